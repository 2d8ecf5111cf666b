// The presets as a menu, and the caption that tells the story of the one that runs.
import { element } from "./dom.js";

// start(preset): one has been chosen. Returns what tells a story without a run of its own, or null for none.
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
