// Small comforts of the desk; every page works without them.

// A fact block is copied with one press.
for (const button of document.querySelectorAll("[data-copy-from]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copyFrom).textContent);
    button.textContent = button.dataset.copied;
    button.setAttribute("role", "status");
  });
}

// A tap on the drawn map is a point: the page asks again with it.
for (const frame of document.querySelectorAll("[data-tap]")) {
  const drawing = frame.querySelector("svg");
  const form = document.getElementById(frame.dataset.tap);
  const [south, west, north, east] = frame.dataset.box.split(",").map(Number);
  frame.classList.add("may-tap");
  drawing.addEventListener("click", (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
    const { width, height } = drawing.viewBox.baseVal;
    const squeeze = Math.cos(((south + north) / 2) * (Math.PI / 180));
    const scale = Math.min(width / ((east - west) * squeeze), height / (north - south));
    form.elements.lat.value = ((south + north) / 2 - (at.y - height / 2) / scale).toFixed(5);
    form.elements.lng.value = ((west + east) / 2 + (at.x - width / 2) / scale / squeeze).toFixed(5);
    form.requestSubmit();
  });
}
