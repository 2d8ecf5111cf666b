// The negatives of an anchor by distance, beside what the loss wants: the positive that they are measured by is a
// handle that goes to any other.
import { negativesByDistance, positivesByDistance } from "../../model/anatomy.js";
import { isOfTriplets } from "../../model/trainer_options.js";
import { count, formatNumber } from "../../model/words.js";
import "../../style/spread.css";
import { element, sharpCanvas, smallFont } from "../dom.js";
import { explain } from "../explain.js";
import { PAD, slides } from "../slide.js";
import { colours, onTheme } from "../theme.js";

const BAR = 8; // px, with the gap
const FOOT = 22; // px for the words below the axis
const ROOM = 1.35; // how far the picture goes beyond what the loss asks for
const KINDS = [
  { name: "hard", title: "hard", about: "As near to the anchor as its positive, or nearer." },
  { name: "semihard", title: "semi-hard", about: "Farther than the positive, but not by the margin." },
  { name: "easy", title: "easy", about: "Farther than the positive by the margin or more: no loss, no push." },
  { name: "near", title: "too near", about: "Nearer to the anchor than the loss wants them." },
  { name: "far", title: "far", about: "Far enough from the anchor." },
];

export function createSpread(page) {
  const counts = KINDS.map(({ name, title, about }) => {
    const button = element("button", { type: "button", className: `count plain ${name}` });
    return { name, title, about, button };
  });
  const line = element("div", { className: "counts" }, ...counts.map(({ button }) => button));
  counts.forEach(({ button, about }) => explain(button)(about));
  line.append(element("span", { className: "hint", textContent: "negatives by distance" }));

  const canvas = element("canvas", { "aria-hidden": "true" });
  const input = element("input", { type: "range", id: "positive", min: "0", step: "1", "aria-label": "Its positive" });
  const track = element("div", { className: "track slides" }, canvas, input);
  const root = element("section", { className: "spread" }, line, track);
  const context = canvas.getContext("2d");
  let ratio = 1;
  /** @type {any} */
  let seen = null; // { anatomy, dataset, settings, positives, limit }

  // ---- another positive ---------------------------------------------------------------------------------------------

  const pair = (positive) => positive && page.pair(positive.row);
  input.addEventListener("input", () => pair(seen.positives[Number(input.value)]));
  slides(track, input, (share) => {
    const wanted = share * seen.limit;
    const off = ({ distance }) => Math.abs(distance - wanted);
    pair(seen.positives.reduce((best, one) => (off(one) < off(best) ? one : best), seen.positives[0]));
  });

  // ---- the picture --------------------------------------------------------------------------------------------------

  const width = () => canvas.width / ratio;
  const bottom = () => canvas.height / ratio - FOOT;
  const x = (distance) => PAD + (distance / seen.limit) * (width() - 2 * PAD);

  function drawBars(palette, { pull, push }) {
    const bins = Math.max(8, Math.floor((width() - 2 * PAD) / BAR));
    const { counts: heights, beyond } = negativesByDistance(seen.anatomy, seen.dataset, seen.limit, bins);
    const top = Math.max(...heights, 1);
    const pitch = (width() - 2 * PAD) / bins;
    const parts = [
      { from: 0, to: pull, colour: palette.push, alpha: 1 },
      { from: pull, to: push, colour: palette.push, alpha: isOfTriplets(seen.settings) ? 0.55 : 1 },
      { from: push, to: seen.limit, colour: palette.margin, alpha: 0.45 },
    ];
    for (const { from, to, colour, alpha } of parts.filter(({ from, to }) => to > from)) {
      context.save();
      context.beginPath();
      context.rect(x(from), 0, x(Math.min(to, seen.limit)) - x(from), bottom());
      context.clip();
      Object.assign(context, { fillStyle: colour, globalAlpha: alpha });
      heights.forEach((height, i) => {
        const tall = (height / top) * (bottom() - 8);
        context.fillRect(PAD + i * pitch + 0.75, bottom() - tall, pitch - 1.5, tall);
      });
      context.restore();
    }
    return beyond;
  }

  function drawAxis(palette) {
    context.fillStyle = palette.line;
    context.fillRect(PAD, bottom(), width() - 2 * PAD, 1);
    Object.assign(context, { fillStyle: palette.pull, globalAlpha: 0.5 });
    for (const { distance } of seen.positives) {
      distance <= seen.limit && context.fillRect(x(distance) - 0.5, bottom() + 1, 1, 4);
    }
    context.globalAlpha = 1;
  }

  function drawReach(palette, { pull, push }) {
    if (push > pull) {
      Object.assign(context, { strokeStyle: palette.margin, lineWidth: 1.75, lineCap: "round" });
      context.setLineDash([1, 4]);
      context.beginPath();
      context.moveTo(x(push), 2);
      context.lineTo(x(push), bottom());
      context.stroke();
      context.setLineDash([]);
    }
    context.fillStyle = palette.pull;
    context.fillRect(x(pull) - 1.25, 0, 2.5, bottom());
    if (seen.anatomy.relative) {
      context.beginPath();
      context.arc(x(pull), bottom() + 0.5, 6, 0, 2 * Math.PI);
      Object.assign(context, { fillStyle: palette.panel, strokeStyle: palette.pull, lineWidth: 2.5 });
      context.fill();
      context.stroke();
    }
  }

  function drawWords(palette, { pull, push }, beyond) {
    context.font = smallFont();
    const foot = bottom() + FOOT - 3;
    let free = PAD; // from here on
    const put = (text, at, colour) => {
      const wide = context.measureText(text).width;
      const left = Math.min(Math.max(at - wide / 2, free), width() - wide);
      if (Math.abs(left + wide / 2 - at) < 30) {
        context.fillStyle = colour;
        context.fillText(text, left, foot);
        free = left + wide + 10;
      }
    };
    put(formatNumber(pull), x(pull), palette.pull);
    if (push > pull) {
      put(isOfTriplets(seen.settings) ? "+ margin" : formatNumber(push), x(push), palette.margin);
    }
    const more = `${count(beyond)} farther →`;
    const wide = context.measureText(more).width;
    if (beyond > 0 && width() - wide > free) {
      context.fillStyle = palette.ink2;
      context.fillText(more, width() - wide, foot);
    }
  }

  function draw() {
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width(), canvas.height / ratio);
    const reach = seen?.anatomy.reach;
    if (!reach) {
      return;
    }
    const palette = colours();
    if (reach.push > reach.pull) {
      context.fillStyle = palette.band;
      context.fillRect(x(reach.pull), 0, x(reach.push) - x(reach.pull), bottom());
    }
    const beyond = drawBars(palette, reach);
    drawAxis(palette);
    drawReach(palette, reach);
    drawWords(palette, reach, beyond);
  }

  sharpCanvas(canvas, (_width, _height, sharp) => {
    ratio = sharp;
    draw();
  });
  onTheme(draw);

  function showPositive({ anatomy, positives }) {
    const at = positives.findIndex(({ row }) => row === anatomy.positive);
    input.disabled = !anatomy.relative || at < 0;
    track.classList.toggle("fixed", input.disabled);
    input.max = String(Math.max(positives.length - 1, 0));
    input.value = String(Math.max(at, 0));
    if (at >= 0) {
      const words = `row ${anatomy.positive + 1}, at distance ${formatNumber(anatomy.distance)}`;
      input.setAttribute("aria-valuetext", `${words}, ${at + 1} of ${positives.length}`);
    }
  }

  return {
    root,
    show({ dataset, state: { snapshot } }, anatomy) {
      const { settings } = snapshot;
      const { reach } = anatomy;
      root.hidden = !reach;
      if (reach) {
        const positives = positivesByDistance(anatomy, dataset);
        const limit = ROOM * Math.max(reach.pull, reach.push) || 1;
        seen = { anatomy, dataset, settings, positives, limit };
        counts.forEach(({ name, title, button }) => {
          button.hidden = anatomy.counts[name] === undefined;
          button.textContent = `${count(anatomy.counts[name] ?? 0)} ${title}`;
        });
        showPositive(seen);
        draw();
      }
    },
  };
}
