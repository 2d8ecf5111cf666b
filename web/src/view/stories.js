// The presets as a menu, and a caption with the story of the one that runs.
import { element } from "./dom.js";

// start(preset): called when one is chosen. Returns a function that shows a story without starting a run, or with null
// hides it.
export function createStories(menu, caption, presets, start) {
  const tell = (preset) => {
    caption.hidden = !preset;
    if (preset) {
      const close = element("button", {
        type: "button",
        className: "plain",
        "aria-label": "Close the story",
        textContent: "×",
        on: { click: () => tell(null) },
      });
      caption.replaceChildren(
        element(
          "p",
          {},
          element("strong", { textContent: `${preset.title}. ` }),
          preset.story,
          " ",
          element("em", { textContent: preset.try }),
        ),
        close,
      );
    }
  };

  menu.append(
    ...presets.map((preset) =>
      element(
        "button",
        {
          type: "button",
          "data-preset": preset.id,
          on: {
            click() {
              menu.hidePopover();
              tell(preset);
              start(preset);
            },
          },
        },
        element("strong", { textContent: preset.title }),
        element("span", { textContent: preset.story }),
      ),
    ),
  );
  return tell;
}
