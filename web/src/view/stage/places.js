// Where the rows are on the canvas, in pixels, and which of them is where.
const DEPTHS = 6; // layers of space, far to near, that differ in size and strength

export class Places {
  x = new Float32Array(0);
  y = new Float32Array(0);
  order = new Uint32Array(0); // of the rows: far ones first
  #depth = new Float32Array(0);

  // So many rows, whose places are not known yet.
  restart(n) {
    this.order = Uint32Array.from({ length: n }, (_, row) => row);
    [this.x, this.y, this.#depth] = [0, 0, 0].map(() => new Float32Array(n));
  }

  project(camera, positions, dim) {
    camera.projectAll(positions, dim, { x: this.x, y: this.y, depth: this.#depth });
    if (dim === 3) {
      this.#sortByDepth();
    }
  }

  /** @returns {[number, number]} */
  at(row) {
    return [this.x[row], this.y[row]];
  }

  apart(row, other) {
    return Math.hypot(this.x[row] - this.x[other], this.y[row] - this.y[other]);
  }

  layerOf(row) {
    return Math.min(Math.max(Math.floor(((this.#depth[row] + 1) / 2) * DEPTHS), 0), DEPTHS - 1);
  }

  // By counting: exact order within a layer does not show.
  #sortByDepth() {
    const n = this.order.length;
    const starts = new Uint32Array(DEPTHS + 1);
    for (let row = 0; row < n; row++) {
      starts[this.layerOf(row) + 1]++;
    }
    for (let i = 0; i < DEPTHS; i++) {
      starts[i + 1] += starts[i];
    }
    for (let row = 0; row < n; row++) {
      this.order[starts[this.layerOf(row)]++] = row;
    }
  }

  // The row nearest to a place, at most `reach` away, or -1. Looking at each of 20,000 moving points takes 0.04 ms;
  // triangulating them first takes 40 ms.
  rowAt([x, y], reach) {
    let best = reach ** 2;
    let found = -1;
    for (let row = 0; row < this.x.length; row++) {
      const squared = (this.x[row] - x) ** 2 + (this.y[row] - y) ** 2;
      if (squared < best) {
        best = squared;
        found = row;
      }
    }
    return found;
  }

  // The nearest row from another in a direction on the screen [dx, dy], or the row nearest to the middle.
  rowBeside(row, [dx, dy], middle) {
    const [x, y] = row < 0 ? middle : this.at(row);
    let best = Infinity;
    let found = row;
    for (let other = 0; other < this.x.length; other++) {
      const ahead = (this.x[other] - x) * dx + (this.y[other] - y) * dy;
      const aside = Math.abs((this.x[other] - x) * dy - (this.y[other] - y) * dx);
      const cost = row < 0 ? Math.hypot(this.x[other] - x, this.y[other] - y) : ahead + 2 * aside;
      if (other !== row && (row < 0 || ahead > 0) && cost < best) {
        best = cost;
        found = other;
      }
    }
    return found;
  }
}

// How near a layer is, 0 .. 1, of each there is in so many dimensions.
export const layersOf = (dim) =>
  dim === 3 ? Array.from({ length: DEPTHS }, (_, layer) => layer / (DEPTHS - 1)) : [0];
