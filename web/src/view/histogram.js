// The distances of the batch's positives and negatives, and the gap that the loss wants between them.
import { element, formatNumber, sharpCanvas, smallFont } from "./dom.js";
import { roundStep } from "./scene.js";
import { colours, onTheme } from "./theme.js";

// What the gap is called, if there is one, and the edge that is left of a gap without width.
const GAPS = { triplet: "margin", contrastive: "margins" };
const EDGES = { multi_similarity: "base" };

// title: the heading of the card.
export function createHistogram(root, title) {
  const gap = element("span");
  const key = element(
    "p",
    { className: "key" },
    element("span", { className: "key-pull", textContent: "d(a, p)" }),
    element("span", { className: "key-push", textContent: "d(a, n)" }),
    gap,
  );
  const canvas = element("canvas", { role: "img", "aria-label": "Histogram of the distances in the batch" });
  root.append(key, element("div", { className: "plot" }, canvas));
  const context = canvas.getContext("2d");
  let shown = null;
  let limit = 0; // of the distances drawn; changes only if it has to
  let top = 0;
  let ratio = 1;

  function calm(now, most, room) {
    return most > now || most < 0.5 * now ? most * room : now;
  }

  function draw() {
    if (!shown) {
      return;
    }
    const palette = colours();
    const { width, height } = canvas;
    const foot = 20 * ratio;
    const x = (distance) => 6 * ratio + (distance / limit) * (width - 12 * ratio);
    const y = (share) => (height - foot) * (1 - 0.82 * Math.min(share / top, 1.15));
    context.clearRect(0, 0, width, height);
    drawGap(palette, x, height - foot);
    bars(shown.negatives, palette.push, x, y);
    bars(shown.positives, palette.pull, x, y);
    context.fillStyle = palette.muted;
    context.font = smallFont(ratio);
    context.textAlign = "center";
    const step = roundStep(limit / 6);
    for (let at = 0; at <= limit * 0.97; at += step) {
      context.textAlign = at === 0 ? "left" : "center";
      context.fillText(formatNumber(at), x(at), height - 5 * ratio);
    }
  }

  // From as far as positives may be, for triplets their mean, to where negatives should begin.
  function drawGap(palette, x, bottom) {
    const { reach } = shown;
    if (!reach) {
      return;
    }
    const [from, to] = [x(reach.pull), x(reach.push)];
    context.fillStyle = palette.line;
    context.fillRect(from, 0, to - from, bottom);
    context.fillStyle = palette.pull;
    context.fillRect(from - ratio, 0, 2 * ratio, bottom);
    context.fillStyle = palette.push;
    for (let y = 0; y < bottom; y += 8 * ratio) {
      context.fillRect(to - ratio, y, 2 * ratio, 5 * ratio);
    }
  }

  function bars(shares, colour, x, y) {
    context.beginPath();
    context.moveTo(x(shown.edges[0]), y(0));
    shares.forEach((share, i) => {
      context.lineTo(x(shown.edges[i]), y(share));
      context.lineTo(x(shown.edges[i + 1]), y(share));
    });
    context.lineTo(x(shown.edges.at(-1)), y(0));
    context.fillStyle = context.strokeStyle = colour;
    context.globalAlpha = 0.32;
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = 1.5 * ratio;
    context.stroke();
  }

  sharpCanvas(canvas, (width, height, sharp) => {
    ratio = sharp;
    draw();
  });
  onTheme(draw);

  return {
    // histogram: of anatomy.js.
    show(histogram) {
      shown = histogram;
      const { loss, reach } = histogram;
      const shares = Math.max(...histogram.positives, ...histogram.negatives);
      limit = calm(limit, Math.max(histogram.edges.at(-1), reach?.push ?? 0, 1e-6), 1.1);
      top = calm(top, Math.max(shares, 1e-6), 1.2);
      draw();
      title.textContent = histogram.ofBatch ? "Distances in the batch" : "Distances in a sample";
      const name = GAPS[loss] ?? EDGES[loss];
      Object.assign(gap, { textContent: name ?? "", className: GAPS[loss] ? "key-gap" : "key-edge", hidden: !name });
      canvas.setAttribute(
        "aria-label",
        `${title.textContent}: positives ${formatNumber(histogram.meanPositive)}, negatives ` +
          `${formatNumber(histogram.meanNegative)} on average` +
          (name && reach ? `, ${name} ${gapWords(loss, reach)}` : ""),
      );
    },
  };
}

function gapWords(loss, { pull, push }) {
  return loss === "contrastive"
    ? `${formatNumber(pull)} and ${formatNumber(push)}`
    : formatNumber(loss === "triplet" ? push - pull : push);
}
