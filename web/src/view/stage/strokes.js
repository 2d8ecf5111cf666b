// The strokes of the picture: lines with a halo of paper, rings, and discs that hold the picture of a row.
import { drawRow } from "./sprites.js";

const HALO = 3.5; // CSS pixels
const DASHES = { solid: [], dashed: [7, 8], dotted: [0.1, 6] };

export class Strokes {
  #context;
  #pictures = new Map(); // of rows, by row and size

  // unit: device pixels to a CSS pixel.
  constructor(context) {
    this.#context = context;
    this.unit = 1;
    this.colours = null;
    this.run = null; // { dataset, heldOut }
  }

  // Another run, size or theme.
  forget(changes) {
    Object.assign(this, changes);
    this.#pictures.clear();
  }

  line(from, to, { colour, width = 3.3, style = "solid", strength = 1 }) {
    this.path([[from, to]], { colour, width, style, strength });
  }

  // Lists of points, each joined by lines.
  path(lists, { colour, width, style = "solid", strength = 1, halo = HALO }) {
    const context = this.#context;
    context.beginPath();
    for (const points of lists) {
      points.forEach(([x, y], i) => context[i ? "lineTo" : "moveTo"](x, y));
    }
    context.globalAlpha = strength;
    context.lineCap = context.lineJoin = "round";
    if (halo > 0) {
      context.lineWidth = (width + halo) * this.unit;
      context.strokeStyle = this.colours.paper;
      context.stroke();
    }
    context.setLineDash(DASHES[style].map((length) => length * this.unit));
    context.lineWidth = width * this.unit;
    context.strokeStyle = colour;
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  ring([x, y], radius, { colour, width = 2, strength = 1 }) {
    const context = this.#context;
    context.globalAlpha = strength;
    context.beginPath();
    context.arc(x, y, radius * this.unit, 0, 2 * Math.PI);
    context.lineWidth = width * this.unit;
    context.strokeStyle = colour;
    context.stroke();
    context.globalAlpha = 1;
  }

  // The picture of a row in a disc. radius: in CSS pixels; run: the row's own, whose picture is not kept.
  disc([x, y], row, { radius, colour, strength = 1, run = null }) {
    const canvas = run ? this.#paint(run, row, radius) : this.#pictureOf(row, radius);
    const context = this.#context;
    context.globalAlpha = strength;
    context.drawImage(canvas, Math.round(x - canvas.width / 2), Math.round(y - canvas.height / 2));
    this.ring([x, y], radius, { colour, width: 2.4, strength });
  }

  #pictureOf(row, radius) {
    const key = `${row} ${radius}`;
    if (!this.#pictures.has(key)) {
      this.#pictures.set(key, this.#paint(this.run, row, radius));
    }
    return this.#pictures.get(key);
  }

  #paint(run, row, radius) {
    const half = radius * this.unit;
    const side = Math.ceil(2 * half);
    const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
    const context = canvas.getContext("2d");
    context.fillStyle = this.colours.panel;
    context.beginPath();
    context.arc(side / 2, side / 2, half, 0, 2 * Math.PI);
    context.fill();
    drawRow(context, { ...run, paper: this.colours.panel }, row, { x: side / 2, y: side / 2, size: half * 1.24 });
    return canvas;
  }
}
