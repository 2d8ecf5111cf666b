// One message at a time, read out when it appears, gone after a while.
import { element } from "./dom.js";

const SHOWN = 12000; // ms

export function createToast(root) {
  let timer = 0;
  const hide = () => root.replaceChildren();
  return {
    show(message) {
      clearTimeout(timer);
      root.replaceChildren(
        element("p", { textContent: message }),
        element("button", {
          type: "button",
          className: "plain",
          "aria-label": "Close the message",
          textContent: "×",
          on: { click: hide },
        }),
      );
      timer = setTimeout(hide, SHOWN);
    },
  };
}
