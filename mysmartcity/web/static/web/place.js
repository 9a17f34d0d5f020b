// GPS: fills in where the phone is. Asks only when the button is pressed.

const PRECISE = { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 };

function locate() {
  return new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject, PRECISE));
}

// On the report's place screen: the exact point is sent with the form.
const box = document.querySelector("[data-gps]");
if (box && "geolocation" in navigator) {
  const words = box.querySelector("[data-gps-words]");
  const value = box.querySelector("[data-gps-value]");
  const button = box.querySelector("[data-gps-button]");
  box.hidden = false;
  button.addEventListener("click", async () => {
    button.setAttribute("aria-busy", "true");
    words.textContent = words.dataset.waiting;
    try {
      const { coords } = await locate();
      value.value = `${coords.latitude.toFixed(6)},${coords.longitude.toFixed(6)}`;
      value.disabled = false;
      value.form.submit();
    } catch {
      words.textContent = words.dataset.denied;
      button.removeAttribute("aria-busy");
    }
  });
}

// On the first page: the suburb is enough, so the point is rounded to about 100 m before it is sent.
const here = document.querySelector("[data-locate]");
if (here && "geolocation" in navigator) {
  here.hidden = false;
  here.addEventListener("click", async () => {
    here.setAttribute("aria-busy", "true");
    try {
      const { coords } = await locate();
      location.href = `${here.dataset.locate}?lat=${coords.latitude.toFixed(3)}&lng=${coords.longitude.toFixed(3)}`;
    } catch {
      here.removeAttribute("aria-busy");
      document.getElementById("q").focus();
    }
  });
}
