// The presets as a menu, and the strip that tells the story of the one that runs.
import { element } from "./dom.js";

export function createStories(menu, strip, presets, start) {
  const tell = (preset) => {
    strip.hidden = !preset;
    if (preset) {
      const close = element("button", {
        type: "button",
        className: "plain",
        "aria-label": "Close the story",
        textContent: "×",
        on: { click: () => tell(null) },
      });
      strip.replaceChildren(
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
}
