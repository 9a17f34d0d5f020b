// Small things on every page: a form is sent once, links can be copied and shared.

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault(); // the second tap of an impatient thumb
      return;
    }
    form.dataset.sent = "yes";
    const button = form.querySelector("[data-busy]");
    if (button) {
      button.setAttribute("aria-busy", "true");
      button.querySelector("span").textContent = button.dataset.busy;
    }
  });
}

// Coming back by the Back button: the form may be sent again.
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  }
});

function say(button, words) {
  button.querySelector("span").textContent = words;
  button.setAttribute("role", "status");
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    say(button, button.dataset.copied);
  });
}

for (const button of document.querySelectorAll("[data-share]")) {
  const canShare = "share" in navigator;
  if (!canShare && !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const { share: url, shareTitle: title } = button.dataset;
    if (canShare) {
      await navigator.share({ title, url }).catch(() => {}); // closed without sharing
    } else {
      await navigator.clipboard.writeText(url);
      say(button, button.dataset.copied);
    }
  });
}

// After a form came back with faults, the summary is read first.
document.getElementById("errors")?.focus();
