// What explains a button: shown beside it by hovering, by a tap or click, and by keys; Escape and a click elsewhere
// hide it.
import "../style/explain.css";
import { element, uniqueId } from "./dom.js";

const PATIENCE = 350; // ms of hovering
const GAP = 8; // px

// Returns a function that sets the words.
export function explain(button) {
  const id = uniqueId("about");
  const note = element("p", { id, className: "about card", popover: "" });
  button.setAttribute("popovertarget", id);
  button.setAttribute("aria-describedby", id);
  button.after(note);
  note.addEventListener("toggle", (event) => /** @type {any} */ (event).newState === "open" && place(note, button));

  let timer = 0;
  button.addEventListener("pointerenter", (event) => {
    if (event.pointerType === "mouse") {
      timer = window.setTimeout(() => note.matches(":popover-open") || note.showPopover(), PATIENCE);
    }
  });
  button.addEventListener("pointerleave", (event) => {
    clearTimeout(timer);
    event.pointerType === "mouse" && note.hidePopover();
  });
  return (words) => {
    if (note.textContent !== words) {
      note.textContent = words;
    }
  };
}

// Above a button, or below where there is no room, and within the window.
export function place(note, button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = note;
  const left = Math.min(Math.max(at.left + at.width / 2 - width / 2, GAP), innerWidth - width - GAP);
  const above = at.top - height - GAP;
  note.style.left = `${left}px`;
  note.style.top = `${above < GAP ? at.bottom + GAP : above}px`;
}
