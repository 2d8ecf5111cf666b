// The distances of the batch's positives and negatives, and the margin as the gap that is wanted between them.
import { element, formatNumber, sharpCanvas, smallFont } from "./dom.js";
import { roundStep } from "./scene.js";
import { colours, onTheme } from "./theme.js";

// title: the heading of the card.
export function createHistogram(root, title) {
  const key = element(
    "p",
    { className: "key" },
    element("span", { className: "key-pull", textContent: "d(a, p)" }),
    element("span", { className: "key-push", textContent: "d(a, n)" }),
    element("span", { className: "key-gap", textContent: "margin" }),
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

  // From the mean positive as far as the margin: where no negative should be.
  function drawGap(palette, x, bottom) {
    const { meanPositive, margin } = shown;
    if (meanPositive === null) {
      return;
    }
    const [from, to] = [x(meanPositive), x(meanPositive + margin)];
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
      const shares = Math.max(...histogram.positives, ...histogram.negatives);
      limit = calm(limit, Math.max(histogram.edges.at(-1), histogram.meanPositive + histogram.margin, 1e-6), 1.1);
      top = calm(top, Math.max(shares, 1e-6), 1.2);
      draw();
      title.textContent = histogram.ofBatch ? "Distances in the batch" : "Distances in a sample";
      canvas.setAttribute(
        "aria-label",
        `${title.textContent}: positives ${formatNumber(histogram.meanPositive)}, negatives ` +
          `${formatNumber(histogram.meanNegative)} on average, margin ${formatNumber(histogram.margin)}`,
      );
    },
  };
}
