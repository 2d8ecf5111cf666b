// What the run that is seen is an example of, where it is that of a story.
import { presetOf } from "../model/presets.js";
import "../style/stories.css";
import { element } from "./dom.js";
import { icon } from "./icons.js";

export function createStory(root, page) {
  const title = element("h2");
  const text = element("p");
  const hint = element("p", { className: "hint" });
  const close = element(
    "button",
    {
      type: "button",
      className: "plain icon",
      "aria-label": "Close the story",
      on: { click: () => page.look({ story: "" }) },
    },
    icon("close"),
  );
  root.append(element("header", {}, title, close), text, hint);

  return {
    period: 200,
    show() {
      const { story, tour, place } = page.view;
      const preset = presetOf(story);
      root.hidden = !preset || tour > 0 || place !== "run";
      if (preset) {
        title.textContent = preset.title;
        text.textContent = preset.story;
        hint.textContent = preset.try;
      }
    },
  };
}
