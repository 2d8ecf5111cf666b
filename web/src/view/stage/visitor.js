// A new row on the picture: it flies to its place, and lines lead to its nearest neighbours.
const FLIGHT = 900; // ms to its first place
const MOVE = 350; // ms from one place to the next, as it is changed

export class Visitor {
  #shown = null; // the visitor of the last frame
  #from = [0, 0]; // in pixels
  #at = [0, 0];
  #began = 0;
  #time = 0;

  // Where a visitor is, on its way to a place; start: where a new one comes from. share: of the way, and of the
  // strength of its lines.
  fly(visitor, { to, start, now, still }) {
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

  leave() {
    this.#shown = null;
  }
}

// strokes: of the picture. neighbors: places in pixels; run: of Strokes.disc, with the visitor as its only row.
export function drawVisitor(strokes, { at, share }, { neighbors, run, colours, radius }) {
  neighbors.forEach((to) => strokes.line(at, to, { colour: colours.ink2, width: 1.8, strength: share }));
  neighbors.forEach((to) => strokes.ring(to, 7, { colour: colours.ink2, width: 1.8, strength: share }));
  strokes.disc(at, 0, { colour: colours.ink, radius, run });
}

// A data set of this one row, in the colour of the class that it looks like.
export function runOf({ values, label }, dataset) {
  const labels = Int32Array.of(label);
  const images = values ? dataset.images : null;
  return { dataset: { ...dataset, n: 1, labels, values, images }, heldOut: Uint8Array.of(1) };
}
