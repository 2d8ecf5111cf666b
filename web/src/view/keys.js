// Keys that work anywhere on the page, but not while something is typed.
const isTyping = (target) =>
  target.closest("select, textarea, dialog, input:not([type=range], [type=checkbox], [type=radio])") !== null;

export function bindKeys(page) {
  const toggled = (name) => () => (page.view.panel === name ? page.closePanel() : page.openPanel(name));
  const keys = {
    ".": () => page.step(),
    r: () => page.reset(),
    c: () => page.compare(),
    g: () => page.look({ gradient: !page.view.gradient }),
    m: toggled("mistakes"),
    s: toggled("settings"),
    d: toggled("draw"),
    "/": toggled("find"),
    "?": toggled("help"),
  };

  // The link to the picture, which is no link to another run.
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    const picture = document.querySelector(`#${page.view.place === "run" ? "stage" : "one"} [tabindex="0"]`);
    /** @type {HTMLElement} */ (picture)?.focus();
  });

  document.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (event.altKey || isTyping(target) || document.querySelector("dialog[open]")) {
      return;
    }
    const key = event.key.toLowerCase();
    let run = null;
    if (event.ctrlKey || event.metaKey) {
      run = key === "z" ? () => (event.shiftKey ? page.redo() : page.undo()) : key === "y" ? () => page.redo() : null;
    } else if (page.view.place === "run") {
      run = key === " " && !target.closest("button, input, summary, a") ? () => page.toggle() : keys[key];
    }
    if (run) {
      event.preventDefault();
      run();
    }
  });
}
