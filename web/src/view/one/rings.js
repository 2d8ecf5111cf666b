// Around the anchor: the ring of the positive, the margin beyond it, and the names of what lies where.
import { boxAround, covered, freeAngle, turn } from "./labels.js";
import { along, circle, made, set, short } from "./shapes.js";

const KINDS = { hard: "hard", semihard: "semi-hard", easy: "easy" };

// size: of the plane, as it is when something is drawn.
export function createRings(parent, size) {
  const hardZone = made(parent, "path", { class: "one-zone-hard" });
  const band = made(parent, "path", { class: "one-band", "fill-rule": "evenodd" });
  const ring = made(parent, "circle", { class: "one-ring" });
  const outer = made(parent, "circle", { class: "one-outer" });
  const measure = made(parent, "path", { class: "one-measure" });
  const marginWord = made(parent, "text", { class: "one-word one-margin-word" });
  marginWord.textContent = "margin";
  const names = Object.fromEntries(
    Object.entries(KINDS).map(([kind, text]) => {
      const id = `one-arc-${kind}`;
      const arc = made(parent, "path", { id, fill: "none" });
      const word = made(parent, "text", { class: "one-kind", "text-anchor": "middle", "data-kind": kind });
      const onArc = made(word, "textPath", { href: `#${id}`, startOffset: "50%" });
      onArc.textContent = text;
      return [kind, { arc, word }];
    }),
  );
  let angle = null; // of the names

  function drawZones({ at, pull, push }) {
    set(hardZone, { d: circle(at.anchor, pull) });
    set(band, { d: circle(at.anchor, push) + circle(at.anchor, pull) });
    set(ring, { cx: at.anchor[0], cy: at.anchor[1], r: pull });
    set(outer, { cx: at.anchor[0], cy: at.anchor[1], r: push });
  }

  // Beside the lines, and where they were before if that will do.
  function drawNames({ at, pull, push }, kind, busy) {
    const { unit, height, top } = size;
    const isIn = (turned) => {
      const y = along(at.anchor, turned, push + 26 * unit)[1];
      return y > top && y < height;
    };
    angle = freeAngle({ busy, fits: isIn, kept: angle });
    const text = Math.max(12, 14 * unit);
    const radii = { hard: pull - 1.4 * text, semihard: (pull + push - 0.7 * text) / 2, easy: push + 0.7 * text };
    const shown = { hard: pull > size.radius + 3 * text, semihard: push - pull > 2 * text, easy: true };
    const boxes = [];
    for (const [name, { arc, word }] of Object.entries(names)) {
      word.toggleAttribute("hidden", !shown[name]);
      word.classList.toggle("one-here", name === kind);
      const r = Math.max(1, radii[name]);
      const [from, to] = [-1.2, 1.2].map((by) => along(at.anchor, angle + by, r).map(short).join(" "));
      set(arc, { d: `M${from}A${short(r)} ${short(r)} 0 0 1 ${to}` });
      boxes.push(boxAround(along(at.anchor, angle, r), shown[name] ? 0.7 * name.length * text : 0, 2 * text));
    }
    return boxes;
  }

  // The margin, measured across the band beside the names.
  function drawMeasure({ at, pull, push }, busy, names) {
    const { unit } = size;
    const by = Math.min(0.75, (118 * unit) / push);
    const free = (turned) => Math.min(...busy.map((other) => turn(turned, other)));
    const across = [angle - by, angle + by].reduce((a, b) => (free(b) > free(a) + 0.05 ? b : a));
    const [from, to] = [pull + 3, push - 3].map((r) => along(at.anchor, across, r));
    const dot = (end) => circle(end, short(2.6 * Math.max(unit, 0.8)));
    const isShown = push - pull > 24 * unit && free(across) > 0.2;
    set(measure, { d: isShown ? `M${from.map(short)}L${to.map(short)}${dot(from)}${dot(to)}` : "" });

    const middle = along(at.anchor, across, (pull + push) / 2);
    const side = across < angle ? -1 : 1;
    const isWritten = drawWord({ at, push }, middle, side, names) && isShown;
    set(marginWord, { visibility: isWritten ? "visible" : "hidden" }); // so that it keeps its length
  }

  // Returns whether there is room for it in the band, beside the names.
  function drawWord({ at, push }, middle, side, names) {
    const { unit } = size;
    const [x, y] = middle;
    const length = marginWord.getComputedTextLength();
    set(marginWord, { x: x + side * 11 * unit, y: y + 5 * unit, "text-anchor": side < 0 ? "end" : "start" });
    const end = side * (x - at.anchor[0]) + 16 * unit + length;
    const box = boxAround([x + side * (11 * unit + length / 2), y], length, 14 * unit);
    return end < Math.sqrt(push ** 2 - (y - at.anchor[1]) ** 2) && covered(box, names) === 0;
  }

  return {
    // at: pixels of the three; pull, push: radii; busy: angles of lines. Returns the boxes of the names.
    draw(circles, kind, busy) {
      drawZones(circles);
      const boxes = drawNames(circles, kind, busy);
      drawMeasure(circles, [...busy, angle], boxes);
      return boxes;
    },
  };
}
