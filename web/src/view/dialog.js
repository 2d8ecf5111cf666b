// A modal dialog with a heading, a body and a row of buttons; Escape and the first button close it.
import { element, uniqueId } from "./dom.js";

// Returns { root, open(), close() }.
export function createDialog(title, body, buttons = [], closeText = "Close") {
  const id = uniqueId("dialog");
  const close = element("button", { type: "button", textContent: closeText, on: { click: () => root.close() } });
  const root = element(
    "dialog",
    { "aria-labelledby": id },
    element("h2", { id, textContent: title }),
    body,
    element("div", { className: "dialog-buttons" }, close, ...buttons),
  );
  document.body.append(root);
  return { root, open: () => root.open || root.showModal(), close: () => root.close() };
}
