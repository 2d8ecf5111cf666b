// Names on clusters: large words with a halo in the colour of their class, which come when a cluster stands apart, keep
// clear of pictures and never overlap.
import { shortened } from "../../model/words.js";
import { colourOf } from "../palette.js";

const [BEGINS, WHOLE] = [0.5, 0.75]; // shares of a class that are nearest its own median, where its name is there
const LONGEST = 18; // letters
const FAMILY = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const PASSES = 24;

// How much of a name is seen, 0 .. 1.
export const presence = (apart) => Math.min(Math.max((apart - BEGINS) / (WHOLE - BEGINS), 0), 1);

// Boxes { x, y, width, height, weight } around their middles, moved until none overlaps another or a disc { x, y,
// radius }; those of the least weight for which there is no room are left out. Moved at most `farthest`.
export function arranged(boxes, discs, farthest) {
  const placed = [];
  for (const box of [...boxes].sort((a, b) => b.weight - a.weight)) {
    const found = settled(box, placed, discs, farthest);
    found && placed.push(found);
  }
  return placed;
}

function settled(box, placed, discs, farthest) {
  const moved = { ...box };
  for (let pass = 0; pass < PASSES; pass++) {
    const pushes = [...placed.map((other) => fromBox(moved, other)), ...discs.map((disc) => fromDisc(moved, disc))];
    const all = pushes.filter(Boolean);
    if (all.length === 0) {
      return Math.hypot(moved.x - box.x, moved.y - box.y) <= farthest ? moved : null;
    }
    const [dx, dy] = all.reduce((most, push) => (Math.hypot(...push) > Math.hypot(...most) ? push : most));
    moved.x += dx;
    moved.y += dy;
  }
  return null;
}

// The shortest way out of another box, or null.
function fromBox(box, other) {
  const [dx, dy] = [box.x - other.x, box.y - other.y];
  const over = [(box.width + other.width) / 2 - Math.abs(dx), (box.height + other.height) / 2 - Math.abs(dy)];
  if (over.some((by) => by <= 0)) {
    return null;
  }
  return over[0] < over[1] ? [(dx < 0 ? -1 : 1) * (over[0] + 0.5), 0] : [0, (dy < 0 ? -1 : 1) * (over[1] + 0.5)];
}

function fromDisc(box, { x, y, radius }) {
  const reach = { x, y, width: 2 * radius, height: 2 * radius };
  return fromBox(box, reach);
}

// Names as pictures, drawn once each, since a halo of text takes long.
export class Names {
  #made = new Map();
  #paper = "";
  #size = 0;

  // paper: a computed colour; size: of the letters, in pixels.
  restyle(paper, size) {
    if (paper !== this.#paper || size !== this.#size) {
      this.#made.clear();
      [this.#paper, this.#size] = [paper, size];
    }
  }

  // clusters: { label, x, y, seen: 0 .. 1, rows } in pixels; discs: to keep clear of. Returns what has been drawn.
  draw(context, clusters, classes, discs) {
    const boxes = clusters.map((cluster) => {
      const { canvas, size, width } = this.#of(cluster.label, classes);
      return { ...cluster, canvas, size, width, height: size * 0.86, weight: cluster.rows };
    });
    const placed = arranged(boxes, discs, this.#size * 2.4);
    for (const { canvas, x, y, seen } of placed) {
      context.globalAlpha = seen;
      context.drawImage(canvas, Math.round(x - canvas.width / 2), Math.round(y - canvas.height / 2));
    }
    context.globalAlpha = 1;
    return placed;
  }

  // Long names are smaller.
  #of(label, classes) {
    if (!this.#made.has(label)) {
      const name = shortened(classes[label], LONGEST);
      const size = Math.round(this.#size * (name.length > 2 ? Math.max(0.5, 1 - 0.06 * name.length) : 1));
      this.#made.set(label, word(name, { size, colour: colourOf(label), paper: this.#paper }));
    }
    return this.#made.get(label);
  }
}

function word(name, { size, colour, paper }) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const font = `700 ${size}px ${FAMILY}`;
  const halo = Math.max(4, size * 0.2);
  context.font = font;
  canvas.width = Math.ceil(context.measureText(name).width + 2 * halo);
  canvas.height = Math.ceil(size * 1.3 + 2 * halo);
  Object.assign(context, { font, textAlign: "center", textBaseline: "alphabetic", lineJoin: "round" });
  const { actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = context.measureText(name);
  const [x, y] = [canvas.width / 2, canvas.height / 2 + (up - down) / 2];
  context.strokeStyle = paper;
  context.lineWidth = 2 * halo * 0.7;
  context.strokeText(name, x, y);
  context.fillStyle = colour;
  context.fillText(name, x, y);
  return { canvas, size, width: canvas.width - 2 * halo };
}
