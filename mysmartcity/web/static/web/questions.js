// Shows a question only while the answer it hangs on is chosen. Without this module all are shown, and a
// hint says when each counts; the server leaves out what was not asked.

const dependants = [...document.querySelectorAll("[data-needs]")];

function isChosen(name, value) {
  const fields = document.querySelectorAll(`[name="${CSS.escape(name)}"]`);
  return [...fields].some((field) =>
    ["radio", "checkbox"].includes(field.type) ? field.checked && field.value === value : field.value === value,
  );
}

function update() {
  for (const part of dependants) {
    const asked = isChosen(part.dataset.needs, part.dataset.needsValue);
    part.hidden = !asked;
    for (const field of part.querySelectorAll("input, textarea, select")) field.disabled = !asked;
  }
}

if (dependants.length) {
  document.addEventListener("change", update);
  update();
}
