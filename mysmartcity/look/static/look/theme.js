// Lets a person choose light or dark. The choice is kept in a cookie, so that the server writes it into
// <html data-theme> and the page never flashes in the wrong colours. Without it the system decides.

const button = document.querySelector("[data-theme-toggle]");
const root = document.documentElement;

function isDark() {
  const chosen = root.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function show() {
  for (const part of button.querySelectorAll("[data-when]")) {
    part.hidden = part.dataset.when !== (isDark() ? "dark" : "light");
  }
  button.hidden = false;
}

if (button) {
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax${secure}`;
    show();
  });
  show();
}
