// Dark and light: the system's choice until the visitor makes one. The colours themselves are in style/base.css; what
// is drawn on a canvas reads them here.
const KEY = "triplet-theme";
const NAMED = ["paper", "panel", "ink", "ink2", "ink3", "line", "pull", "push", "margin", "band", "good"];
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();

const chosen = () => document.documentElement.dataset.theme;
export const isDark = () => (chosen() ? chosen() === "dark" : system.matches);

export function colours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMED.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

export const onTheme = (listener) => listeners.add(listener);
const tell = () => listeners.forEach((listener) => listener());

// A page may be denied storage; the choice then lasts as long as the page.
function remember(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {}
}

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function bindTheme(button) {
  const label = () => {
    button.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
  };
  if (["dark", "light"].includes(remembered())) {
    document.documentElement.dataset.theme = remembered();
  }
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    remember(chosen());
    tell();
  });
  system.addEventListener("change", tell);
  onTheme(label);
  label();
}
