// The opening's words: what it is about, the formula with its figures, what is happening, and what can be done.
import { MARGIN } from "../../model/one.js";
import { element } from "../dom.js";
import { icon, svgElement } from "../icons.js";

const figure = (value) => value.toFixed(2);
const part = (of, ...children) => element("span", { className: `one-part ${of}` }, ...children);
const letters = (...names) => names.map((name) => element("i", {}, name));

function distanceTo(name) {
  const [d, a, other] = letters("d", "a", name);
  return element("span", {}, d, "(", a, ", ", other, ")");
}

// A term over its figure.
function term(of, name, figures) {
  return part(`one-term ${of}`, name, figures);
}

function createFormula() {
  const positive = element("b", { className: "number" });
  const negative = element("b", { className: "number" });
  const loss = element("b", { className: "number" });
  const margin = element("b", {
    className: "number",
    tabIndex: 0,
    role: "slider",
    "aria-label": "Margin",
    "aria-valuemin": MARGIN.minimum,
    "aria-valuemax": MARGIN.maximum,
  });
  const [marginName, lossName] = letters("margin", "loss");
  const root = element(
    "div",
    { className: "one-formula", role: "group", "aria-label": "The loss" },
    part("", "max(0,"),
    term("one-positive", distanceTo("p"), positive),
    part("", "−"),
    term("one-negative", distanceTo("n"), negative),
    part("", "+"),
    term("one-margin", marginName, margin),
    part("", ")"),
    part("", "="),
    term("one-loss", lossName, loss),
  );
  return {
    root,
    margin,
    draw({ distances, loss: lost }, width) {
      positive.textContent = figure(distances.positive);
      negative.textContent = figure(distances.negative);
      margin.textContent = figure(width);
      loss.textContent = figure(lost);
      margin.setAttribute("aria-valuenow", figure(width));
    },
  };
}

function button(of, name, ...children) {
  return element("button", { type: "button", className: of }, ...children, element("span", {}, name));
}

export function createWords() {
  const colour = (of, text) => element("span", { className: of }, text);
  const skip = element("button", { type: "button", className: "one-skip" }, "Skip to the full run");
  const head = element(
    "div",
    { className: "one-head" },
    element(
      "h2",
      {},
      colour("one-positive", "Pull"),
      " what belongs together. ",
      element("br"),
      colour("one-negative", "Push"),
      " the rest a margin away.",
    ),
    element("p", { className: "one-lead" }, "Two threes and an eight. The loss is what is left over. ", skip),
  );
  const plane = /** @type {SVGSVGElement} */ (svgElement("svg", { class: "one-plane", role: "group" }));
  plane.setAttribute("aria-label", "Three points to drag");

  const formula = createFormula();
  const ruler = /** @type {SVGSVGElement} */ (svgElement("svg", { class: "one-ruler", "aria-hidden": "true" }));
  const sentence = element("p", { className: "one-sentence", role: "status" });
  const play = button("primary", "Play", icon("play"));
  const step = button("one-step", "One step");
  const all = button("one-all", "All 1,797 digits");
  all.append(icon("onward"));
  const actions = element("div", { className: "one-actions" }, play, step, all);
  const body = element("div", { className: "one-body" }, formula.root, ruler, sentence, actions);

  let shown = "";
  const say = (text) => text !== sentence.textContent && (sentence.textContent = text);
  function label(one) {
    const name = one.playing ? "Pause" : one.canStep ? "Play" : "Start again";
    if (name !== shown) {
      shown = name;
      const picture = { Pause: "pause", Play: "play", "Start again": "reset" }[name];
      play.classList.toggle("one-solid", name === "Play");
      play.replaceChildren(icon(picture), element("span", {}, name));
    }
  }
  return {
    parts: [head, plane, body],
    plane,
    ruler,
    margin: formula.margin,
    play,
    step,
    all,
    skip,
    draw(one, seen) {
      formula.draw(seen, one.margin);
      say(one.sentence);
      label(one);
      step.disabled = !one.canStep;
      body.classList.toggle("one-over", one.seen.loss === 0);
    },
  };
}
