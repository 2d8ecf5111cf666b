// A new row on the picture: it flies to its place, and lines lead to its nearest neighbours.
import { discRadius } from "./triplets.js";

const FLIGHT = 900; // ms to its first place
const MOVE = 350; // ms from one place to the next, as it is changed

export class Visitor {
  #shown = null; // the visitor of the last frame
  #from = [0, 0]; // in pixels
  #at = [0, 0];
  #began = 0;
  #time = 0;

  // Where the visitor is on its way to its place, and the share of the way that is behind; null: there is none. A new
  // row comes from the side where it was made.
  visit({ marks, snapshot, camera, room, ratio }, { now, still }) {
    const { visitor } = marks;
    if (visitor?.position.length !== snapshot.dim) {
      this.#shown = null;
      return null;
    }
    const { left, top, width, height } = room;
    const start = [left + width, top + height / 2].map((value) => value * ratio);
    const to = camera.projection(snapshot.dim)(...visitor.position);
    return this.#fly(visitor, { to, start, now, still });
  }

  #fly(visitor, { to, start, now, still }) {
    if (visitor !== this.#shown) {
      const isNew = !this.#shown;
      this.#from = isNew ? start : this.#at;
      this.#time = isNew ? FLIGHT : MOVE;
      this.#began = now;
      this.#shown = visitor;
    }
    const passed = still ? 1 : Math.min((now - this.#began) / this.#time, 1);
    const share = 1 - (1 - passed) ** 3;
    this.#at = [0, 1].map((axis) => this.#from[axis] + (to[axis] - this.#from[axis]) * share);
    return { at: this.#at, share };
  }

  // Its lines are as strong as it has come far.
  draw({ marks, run, strokes, places, colours, room }, { at, share }) {
    const { visitor } = marks;
    const neighbors = visitor.neighbors.map((row) => places.at(row));
    const style = { colour: colours.ink2, width: 1.8, strength: share };
    const radius = Math.round(discRadius(room) * 1.2);
    neighbors.forEach((to) => strokes.line(at, to, style));
    neighbors.forEach((to) => strokes.ring(to, 7, style));
    strokes.disc(at, 0, { colour: colours.ink, radius, run: runOf(visitor, run.dataset) });
  }
}

// A data set of this one row, in the colour of the class that it looks like.
function runOf({ values, label }, dataset) {
  const labels = Int32Array.of(label);
  const images = values ? dataset.images : null;
  return { dataset: { ...dataset, n: 1, labels, values, images }, heldOut: Uint8Array.of(1) };
}
