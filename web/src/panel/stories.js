// Six runs that each tell a story, and the way into the tour.
import { presets, runOf } from "../model/presets.js";
import { steps } from "../model/tour.js";
import "../style/stories.css";
import { element } from "../view/dom.js";
import { remembered } from "../view/tour_memory.js";

export const title = "Stories";

export function create(body, page) {
  const tour = element("button", {
    type: "button",
    className: "primary",
    on: { click: () => page.look({ tour: Math.max(remembered(), 1), panel: "" }) },
  });

  const buttons = presets.map((preset) =>
    element(
      "button",
      {
        type: "button",
        "data-preset": preset.id,
        on: {
          click() {
            page.closePanel();
            page.run(runOf(preset, page));
          },
        },
      },
      element("strong", { textContent: preset.title }),
      element("span", { textContent: preset.story }),
    ),
  );
  body.append(
    element("p", { className: "hint", textContent: "Each story is a run that shows one thing." }),
    element("ul", {}, ...buttons.map((button) => element("li", {}, button))),
    tour,
  );

  return {
    show() {
      const last = remembered();
      tour.textContent = last > 1 ? `Resume the tour: ${steps[last - 1].name}` : "Take the tour";
      buttons.forEach((button, i) => button.setAttribute("aria-current", String(page.view.story === presets[i].id)));
    },
  };
}
