// Counts the letters that are left under a text field with data-count="<limit>".
// The sentences come from the page, so that they are translated: "%" stands for the number.

function update(field) {
  const note = document.getElementById(`${field.id}-count`);
  const left = Number(field.dataset.count) - field.value.length;
  note.textContent = (left < 0 ? note.dataset.over : note.dataset.left).replace("%", Math.abs(left));
  note.toggleAttribute("data-too-long", left < 0);
}

for (const field of document.querySelectorAll("[data-count]")) {
  field.addEventListener("input", () => update(field));
  update(field);
}
