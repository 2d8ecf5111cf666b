// The loss as lengths: what d(a, p) and the margin are longer than d(a, n).
import { svgElement } from "../icons.js";
import { set } from "./shapes.js";

const SHORTEST = 3.4; // what the ruler's width stands for, at least
const KINDS = ["hard", "semihard", "easy"];
const WORDS = { hard: "hard", semihard: "semi-hard", easy: "easy" };

/** @param {SVGSVGElement} svg */
export function createRuler(svg) {
  let width = 1;
  let text = 13; // px
  const made = (name, of) => svg.appendChild(svgElement(name, { class: of }));
  const written = (of, words) => Object.assign(made("text", of), { textContent: words });

  const chip = made("rect", "one-chip");
  const names = Object.fromEntries(KINDS.map((kind) => [kind, written("one-name", WORDS[kind])]));
  const bars = {
    positive: made("rect", "one-bar one-positive"),
    margin: made("rect", "one-bar one-margin"),
    negative: made("rect", "one-bar one-negative"),
    loss: made("rect", "one-left-over"),
  };
  const words = {
    positive: written("one-bar-word one-on-bar", "d(a, p)"),
    margin: written("one-bar-word one-on-margin", "margin"),
    negative: written("one-bar-word one-on-bar", "d(a, n)"),
    loss: written("one-bar-word one-loss-word", ""),
  };
  const ends = { pull: made("line", "one-end one-positive"), push: made("line", "one-end one-margin-end") };

  const lengths = new Map(); // of words, at this size
  function lengthOf(element) {
    const key = element.textContent.replace(/\d/g, "0");
    if (!lengths.has(key)) {
      lengths.set(key, element.getComputedTextLength());
    }
    return lengths.get(key);
  }

  // The names over their stretches, moved aside where they would meet.
  function drawNames(x, kind) {
    const pad = 0.75 * text;
    const widths = KINDS.map((name) => lengthOf(names[name]) + 2 * pad);
    const middles = [x.pull / 2, (x.pull + x.push) / 2, (x.push + Math.max(width, x.push + 4 * text)) / 2];
    for (let i = 2, limit = width; i >= 0; i--) {
      middles[i] = Math.min(middles[i], limit - widths[i] / 2);
      limit = middles[i] - widths[i] / 2;
    }
    for (let i = 0, limit = 0; i < 3; i++) {
      middles[i] = Math.max(middles[i], limit + widths[i] / 2);
      limit = middles[i] + widths[i] / 2;
    }
    const height = 1.9 * text;
    KINDS.forEach((name, i) => {
      set(names[name], { x: middles[i], y: height / 2 + 0.36 * text });
      names[name].classList.toggle("one-here", name === kind);
    });
    const here = KINDS.indexOf(kind);
    set(chip, { x: middles[here] - widths[here] / 2, width: widths[here], y: 0, height, rx: height / 2 });
  }

  // In what is left over, beside the line that may cross it; else after it.
  function placeOfLoss(x, loss) {
    const length = lengthOf(words.loss);
    const parts = x.pull > x.negative ? [[x.pull, x.push], [x.negative, x.pull]] : [[x.negative, x.push]];
    const part = loss > 0 && parts.find(([from, to]) => to - from > length + 0.8 * text);
    const after = Math.max(x.negative, loss > 0 ? x.push : 0) + 0.6 * text;
    return part ? (part[0] + part[1] - length) / 2 : Math.min(after, width - length);
  }

  function drawBars(x, { loss }) {
    const height = 1.3 * text;
    const top = 2.6 * text;
    const below = top + height + 0.4 * text;
    set(bars.positive, { x: 0, y: top, width: x.pull, height });
    set(bars.margin, { x: x.pull, y: top, width: x.push - x.pull, height });
    set(bars.negative, { x: 0, y: below, width: x.negative, height });
    set(bars.loss, {
      x: x.negative + 1,
      y: below + 0.75,
      width: Math.max(0, x.push - x.negative - 1.75),
      height: height - 1.5,
    });
    bars.loss.toggleAttribute("hidden", loss === 0);

    words.loss.textContent = `loss ${loss === 0 ? 0 : loss.toFixed(2)}`;
    words.loss.classList.toggle("one-none", loss === 0);
    const within = { positive: [0, x.pull], margin: [x.pull, x.push], negative: [0, x.negative] };
    for (const [name, [from, to]] of Object.entries(within)) {
      set(words[name], {
        visibility: to - from < lengthOf(words[name]) + text ? "hidden" : "visible",
        x: name === "margin" ? (from + to) / 2 : from + 0.5 * text,
        y: (name === "negative" ? below : top) + 0.98 * text,
      });
    }
    set(words.loss, { x: placeOfLoss(x, loss), y: below + 0.98 * text });
    for (const end of ["pull", "push"]) {
      set(ends[end], { x1: x[end], x2: x[end], y1: top - 0.3 * text, y2: below + height + 0.3 * text });
    }
  }

  return {
    resize(to) {
      width = Math.max(1, to);
      text = Math.min(Math.max(12, width / 38), 26);
      lengths.clear();
      svg.style.setProperty("font-size", `${text.toFixed(1)}px`);
      set(svg, { viewBox: `0 0 ${width} ${6 * text}` });
      svg.style.setProperty("height", `${(6 * text).toFixed(1)}px`);
    },
    draw({ distances, reach, loss, kind }) {
      const whole = Math.max(SHORTEST, reach.push + 0.4, distances.negative + (loss === 0 ? 0.8 : 0.1));
      const at = (distance) => (distance / whole) * width;
      const x = { pull: at(reach.pull), push: at(reach.push), negative: at(distances.negative) };
      drawNames(x, kind);
      drawBars(x, { loss });
    },
  };
}
