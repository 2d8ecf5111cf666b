// The bar: play, one step, back to the start; scrubber and curve in one; the pace; the figures of the shown step.
import { figuresOf } from "../../model/figures.js";
import "../../style/bar.css";
import { element, uniqueId } from "../dom.js";
import { explain, place } from "../explain.js";
import { icon } from "../icons.js";
import { createScrubber } from "./scrubber.js";

const PACES = [
  { pace: 0.5, sign: "0.5×", words: "half as fast" },
  { pace: 1, sign: "1×", words: "slow at first, then faster" },
  { pace: 2, sign: "2×", words: "twice as fast" },
  { pace: 4, sign: "4×", words: "four times as fast" },
  { pace: Infinity, sign: "max", words: "as fast as this machine can" },
];

export function createBar(root, page) {
  const button = (id, label, picture, run) =>
    element(
      "button",
      { type: "button", id, className: "plain icon", "aria-label": label, title: label, on: { click: run } },
      icon(picture),
    );
  const play = element("button", { type: "button", id: "play", on: { click: () => page.toggle() } });
  const buttons = element(
    "div",
    { className: "buttons" },
    play,
    button("step", "One step", "step", () => page.step()),
    button("reset", "Start again", "reset", () => page.reset()),
  );
  const scrubber = createScrubber(page);
  const pace = createPace(page);
  const figures = createFigures(page);
  root.append(buttons, scrubber.root, pace.root, figures.root);

  function showPlay() {
    const { playing } = page;
    const label = playing ? "Pause" : "Play";
    if (play.getAttribute("aria-label") !== label) {
      play.setAttribute("aria-label", label);
      play.title = label;
      play.replaceChildren(icon(playing ? "pause" : "play"));
    }
  }

  return {
    period: 60,
    show() {
      root.hidden = page.view.place !== "run";
      if (!root.hidden) {
        showPlay();
        [scrubber, pace, figures].forEach((part) => part.show());
      }
    },
  };
}

// A button that says the pace and opens a choice of paces.
function createPace(page) {
  const name = uniqueId("pace");
  const button = element("button", { type: "button", id: "pace", popovertarget: name });
  const radios = PACES.map(({ pace }) => {
    const radio = element("input", { type: "radio", name });
    radio.addEventListener("change", () => (page.pace = pace));
    return radio;
  });
  const labels = PACES.map(({ sign, words }, i) =>
    element("label", {}, radios[i], element("b", { textContent: sign }), element("span", { textContent: words })),
  );
  const choices = element(
    "div",
    { id: name, className: "choices card", popover: "", role: "radiogroup", "aria-label": "Pace" },
    ...labels,
  );
  choices.addEventListener("toggle", (event) => {
    if (/** @type {any} */ (event).newState === "open") {
      place(choices, button);
      radios.find(({ checked }) => checked)?.focus();
    }
  });
  choices.addEventListener("click", (event) => {
    event.detail > 0 && /** @type {Element} */ (event.target).matches("label *, label") && choices.hidePopover();
  });
  choices.addEventListener("keydown", (event) => event.key === "Enter" && choices.hidePopover());

  return {
    root: element("div", { className: "pace" }, button, choices),
    show() {
      const chosen = PACES.find(({ pace }) => pace === page.pace);
      button.textContent = chosen.sign;
      button.setAttribute("aria-label", `Pace: ${chosen.sign}, ${chosen.words}`);
      radios.forEach((radio, i) => (radio.checked = PACES[i] === chosen));
    },
  };
}

// Of one run or of two: each figure explains itself; what was not measured leaves its place empty.
function createFigures(page) {
  const root = element("div", { className: "figures" });
  const parts = ["step", "loss", "active", "recall"].map((name) => {
    const values = element("span", { className: "amounts" });
    const at = element("span", { className: "at" });
    const button = element(
      "button",
      { type: "button", className: "figure plain", "data-figure": name },
      element("span", { className: "name" }, name, at),
      values,
    );
    root.append(button);
    return { name, at, values, button, about: explain(button) };
  });

  return {
    root,
    show() {
      const all = page.sessions.map(figuresOf);
      parts.forEach(({ name, at, values, button, about }, i) => {
        const shown = all.map((figures) => figures[i]).filter(Boolean);
        const known = shown.filter(({ text }) => text !== null);
        const same = name === "step" && new Set(known.map(({ text }) => text)).size === 1;
        const texts = same ? [known[0].text] : shown.map(({ text }) => text ?? "");
        button.classList.toggle("unknown", known.length === 0);
        button.disabled = known.length === 0;
        if (values.childElementCount !== texts.length) {
          values.replaceChildren(...texts.map(() => element("b")));
        }
        texts.forEach((text, of) => {
          const place = values.children[of];
          place.textContent !== text && (place.textContent = text);
        });
        const chosen = shown[page.selected % shown.length];
        at.textContent = chosen?.at ? ` at ${chosen.at}` : "";
        about(chosen?.about ?? "");
      });
    },
  };
}
