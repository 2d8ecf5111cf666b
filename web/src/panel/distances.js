// The distances of the batch's positives and negatives, and the gap that the loss wants between them.
import { histogram } from "../model/anatomy.js";
import { formatNumber } from "../model/words.js";
import { element, sharpCanvas, smallFont } from "../view/dom.js";
import { colours, onTheme } from "../view/theme.js";
import { roundedUp } from "./rounded.js";

const FOOT = 18; // px for the numbers below the axis

// What the gap is called, if there is one, and the edge that is left of a gap without width.
const GAPS = { triplet: "margin", contrastive: "margins" };
const EDGES = { multi_similarity: "base" };

export function createDistances(page) {
  const about = element("span", { className: "hint" });
  const gap = element("span");
  const key = element(
    "p",
    { className: "key" },
    element("span", { className: "of-pull", textContent: "same class" }),
    element("span", { className: "of-push", textContent: "other classes" }),
    gap,
  );
  const canvas = element("canvas", { role: "img", "aria-label": "Distances" });
  const root = element(
    "figure",
    { className: "chart distances" },
    element("figcaption", {}, element("b", { textContent: "Distances" }), about),
    key,
    canvas,
  );
  const context = canvas.getContext("2d");
  let shown = null;
  let limit = 0; // of the distances drawn; changes only if it has to
  let top = 0;
  let ratio = 1;

  const calm = (now, most, room) => (most > now || most < 0.5 * now ? most * room : now);
  const width = () => canvas.width / ratio;
  const bottom = () => canvas.height / ratio - FOOT;
  const x = (distance) => 4 + (distance / limit) * (width() - 8);
  const y = (share) => bottom() * (1 - 0.86 * Math.min(share / top, 1.15));

  function draw() {
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width(), canvas.height / ratio);
    if (!shown) {
      return;
    }
    const palette = colours();
    shown.reach && drawGap(palette, shown.reach);
    drawShares(shown.negatives, palette.push);
    drawShares(shown.positives, palette.pull);
    drawAxis(palette);
  }

  // From as far as positives may be, for triplets their mean, to where negatives should begin.
  function drawGap(palette, { pull, push }) {
    context.fillStyle = palette.band;
    context.fillRect(x(pull), 0, x(push) - x(pull), bottom());
    context.fillStyle = palette.pull;
    context.fillRect(x(pull) - 0.75, 0, 1.5, bottom());
    context.fillStyle = palette.margin;
    for (let at = 0; at < bottom(); at += 6) {
      context.fillRect(x(push) - 0.75, at, 1.5, 3);
    }
  }

  function drawShares(shares, colour) {
    const { edges } = shown;
    context.beginPath();
    context.moveTo(x(edges[0]), y(0));
    shares.forEach((share, i) => {
      context.lineTo(x(edges[i]), y(share));
      context.lineTo(x(edges[i + 1]), y(share));
    });
    context.lineTo(x(edges.at(-1)), y(0));
    Object.assign(context, { fillStyle: colour, strokeStyle: colour, globalAlpha: 0.28, lineWidth: 1.5 });
    context.fill();
    context.globalAlpha = 1;
    context.stroke();
  }

  function drawAxis(palette) {
    Object.assign(context, { fillStyle: palette.ink2, font: smallFont() });
    const step = roundedUp(limit / 6);
    for (let at = 0; at <= limit * 0.97; at += step) {
      context.textAlign = at === 0 ? "left" : "center";
      context.fillText(formatNumber(at), x(at), bottom() + FOOT - 4);
    }
  }

  sharpCanvas(canvas, (_width, _height, sharp) => {
    ratio = sharp;
    draw();
  });
  onTheme(draw);

  return {
    root,
    show({ state: { snapshot }, dataset }) {
      shown = histogram(page.triplet, { snapshot, dataset });
      const { loss, reach, positives, negatives, edges } = shown;
      limit = calm(limit, Math.max(edges.at(-1), reach?.push ?? 0, 1e-6), 1.1);
      top = calm(top, Math.max(...positives, ...negatives, 1e-6), 1.2);
      draw();

      about.textContent = shown.ofBatch ? "of the pairs of the batch" : "of the pairs of a sample";
      const name = GAPS[loss] ?? EDGES[loss];
      Object.assign(gap, { textContent: name ?? "", className: GAPS[loss] ? "of-gap" : "of-edge", hidden: !name });
      canvas.setAttribute("aria-label", wordsOf(shown, name));
    },
  };
}

function wordsOf({ loss, reach, meanPositive, meanNegative }, name) {
  const [near, far] = [meanPositive, meanNegative].map((mean) => formatNumber(mean));
  const means = `Distances: positives ${near}, negatives ${far} on average`;
  return name && reach ? `${means}, ${name} ${gapWords(loss, reach)}` : means;
}

function gapWords(loss, { pull, push }) {
  return loss === "contrastive"
    ? `${formatNumber(pull)} and ${formatNumber(push)}`
    : formatNumber(loss === "triplet" ? push - pull : push);
}
