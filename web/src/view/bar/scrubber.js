// Scrubber and curve in one: what has been learned is drawn strong up to the step that is shown, what was recorded
// beyond it faint, and the handle goes to any step.
import { parted, thinned } from "../../model/figures.js";
import { count, percent } from "../../model/words.js";
import "../../style/scrubber.css";
import { element, sharpCanvas } from "../dom.js";
import { PAD, slides } from "../slide.js";
import { colours, onTheme } from "../theme.js";

const FIRST = 100; // steps that an empty run has room for
const AHEAD = 58; // px beyond the last step, for the labels
const FOOT = 11; // px below the curves
const POINT = 3; // px from one point of a curve to the next
const FUTURE = 0.38;
const DASH = [5, 4];
const LABEL = 11; // px

export function createScrubber(page) {
  const input = element("input", { type: "range", id: "scrub", min: "0", step: "1", "aria-label": "Step shown" });
  const canvas = element("canvas", { "aria-hidden": "true" });
  const root = element("div", { className: "scrubber slides" }, canvas, input);
  const context = canvas.getContext("2d");
  let ratio = 1;
  let horizon = FIRST;

  // ---- the way to a step --------------------------------------------------------------------------------------------

  input.addEventListener("input", () => page.seek(Number(input.value)));

  slides(root, input, (share) => page.seek(Math.round(Math.min(share * horizon, Number(input.max)))));

  // ---- the picture --------------------------------------------------------------------------------------------------

  const x = (step) => PAD + (step / horizon) * (canvas.width / ratio - 2 * PAD);
  const bottom = () => canvas.height / ratio - FOOT;
  const y = (share) => bottom() - share * (bottom() - 4);

  function line(points, { colour, width, alpha = 1, dash = [] }) {
    if (points.length === 0) {
      return;
    }
    context.beginPath();
    points.forEach(({ step, value }, i) => context[i ? "lineTo" : "moveTo"](x(step), y(value)));
    Object.assign(context, { strokeStyle: colour, lineWidth: width, globalAlpha: alpha, lineJoin: "round" });
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  function area(points, colour, alpha) {
    if (points.length > 1) {
      context.beginPath();
      context.moveTo(x(points[0].step), y(0));
      points.forEach(({ step, value }) => context.lineTo(x(step), y(value)));
      context.lineTo(x(points.at(-1).step), y(0));
      Object.assign(context, { fillStyle: colour, globalAlpha: alpha });
      context.fill();
      context.globalAlpha = 1;
    }
  }

  // The curves of a run: each with its points, its looks and its label; weight: the larger, the sooner it is labelled.
  function curvesOf({ record }, index, palette, many) {
    const most = canvas.width / ratio / POINT;
    const loss = thinned(record.loss, record.loss.length, most);
    const top = Math.max(...loss.map(({ value }) => value), Number.MIN_VALUE);
    const name = many ? `${"AB"[index]} ` : "";
    const dash = index ? DASH : [];
    const recall = record.recall.filter(({ value }) => value !== null);
    const rooted = loss.map(({ step, value }) => ({ step, value: Math.sqrt(Math.max(value, 0) / top) }));
    return [
      { label: `${name}loss`, points: rooted, colour: palette.ink, dash, weight: 0, filled: index === 0 },
      { label: `${name}recall`, points: recall, colour: palette.good, dash, weight: 1 },
    ].filter(({ points }) => points.length > 0);
  }

  function drawCurve({ points, colour, dash, filled }, step) {
    const [past, future] = parted(points, step);
    if (filled) {
      area(past, colour, 0.13);
      area(future, colour, 0.05);
    }
    line(future, { colour, width: 1.25, alpha: FUTURE, dash });
    line(past, { colour, width: 2, dash });
  }

  // At the ends of the curves, apart from one another.
  function drawLabels(curves, palette) {
    const gap = LABEL + 1;
    const left = 11 + x(Math.max(...curves.map(({ points }) => points.at(-1).step)));
    const ends = curves
      .map(({ label, colour, points }) => ({ label, colour, top: y(points.at(-1).value) + LABEL / 2 }))
      .sort((a, b) => a.top - b.top);
    const most = bottom() - 3;
    ends.forEach((one, i) => (one.top = Math.max(one.top, LABEL, i > 0 ? ends[i - 1].top + gap : 0)));
    ends.reverse().forEach((one, i) => (one.top = Math.min(one.top, most, i > 0 ? ends[i - 1].top - gap : most)));
    Object.assign(context, { font: `600 ${LABEL}px ${fontFamily()}`, textAlign: "left", lineJoin: "round" });
    for (const { label, colour, top } of ends) {
      const at = Math.min(left, canvas.width / ratio - context.measureText(label).width - 1);
      Object.assign(context, { strokeStyle: palette.panel, lineWidth: 4, fillStyle: colour });
      context.strokeText(label, at, top);
      context.fillText(label, at, top);
    }
  }

  function drawHandle(step, palette) {
    const [at, foot] = [x(step), bottom()];
    const rule = (from, to, colour, width) => {
      context.beginPath();
      context.moveTo(from, foot);
      context.lineTo(to, foot);
      Object.assign(context, { strokeStyle: colour, lineWidth: width, lineCap: "round" });
      context.stroke();
    };
    rule(x(0), x(horizon), palette.line, 3);
    rule(x(0), at, palette.ink, 3);
    context.fillStyle = palette.ink;
    context.fillRect(at - 0.75, 0, 1.5, foot);
    context.beginPath();
    context.arc(at, foot, 6.5, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: palette.panel, strokeStyle: palette.ink, lineWidth: 2.5 });
    context.fill();
    context.stroke();
  }

  function draw() {
    const states = page.sessions.map(({ state }) => state);
    const { snapshot, step } = page.session?.state ?? {};
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, canvas.width / ratio, canvas.height / ratio);
    if (!snapshot) {
      return;
    }
    const palette = colours();
    const curves = states.flatMap((state, index) => curvesOf(state, index, palette, states.length > 1));
    const fits = Math.max(1, Math.floor(bottom() / (LABEL + 1)));
    curves.forEach((curve) => drawCurve(curve, step));
    drawLabels([...curves].sort((a, b) => b.weight - a.weight).slice(0, fits), palette);
    drawHandle(step, palette);
  }

  sharpCanvas(canvas, (width, height, sharp) => {
    ratio = sharp;
    draw();
  });
  onTheme(draw);

  return {
    root,
    show() {
      const { step, reached } = page.session.state;
      const room = canvas.clientWidth - 2 * PAD;
      horizon = (Math.max(FIRST, reached) * room) / Math.max(room - AHEAD, 1);
      input.max = String(reached);
      input.value = String(step);
      input.setAttribute("aria-valuetext", wordsOf(page.session.state));
      draw();
    },
  };
}

function wordsOf({ step, reached, record }) {
  const active = record.active[step - 1];
  const words = step > 0 && !Number.isNaN(active) ? `, ${percent(active)} active` : "";
  return `Step ${count(step)} of ${count(reached)}${words}`;
}

const fontFamily = () => getComputedStyle(document.body).fontFamily;
