// The names of the classes on the picture: where each class is, and how much of its name is seen.
import { clusters, sampleClasses } from "../../model/clusters.js";
import { Names, presence } from "./names.js";

const NAMING = 150; // ms between two looks at where the classes are
const FADE = 250; // ms in which a name comes and goes
const NEAR = 0.15; // share of a class within an anchor's reach by which its name stays strong

export class ClassNames {
  placed = []; // as they were drawn last
  #names = new Names();
  #samples = null; // rows of each class
  #clusters = []; // and how much of their names is seen
  #due = 0;
  #named = null; // the snapshot of which the classes' places are

  restart({ labels, classes }) {
    this.#samples = sampleClasses(labels, classes.length);
    this.#clusters = [];
  }

  // The next look is at once.
  hurry() {
    this.#due = 0;
  }

  // Looks where the classes are now and then; returns how much of their names is seen, to tell whether that changes.
  look(snapshot, { now, elapsed, still }) {
    if (now >= this.#due && this.#named !== snapshot) {
      const seen = new Map(this.#clusters.map((cluster) => [cluster.label, cluster.seen]));
      this.#clusters = clusters(snapshot.positions, snapshot.dim, this.#samples)
        .filter(Boolean)
        .map((cluster) => ({ ...cluster, seen: seen.get(cluster.label) ?? presence(cluster.apart) }));
      this.#due = now + NAMING;
      this.#named = snapshot;
    }
    const change = still ? 1 : elapsed / FADE;
    for (const cluster of this.#clusters) {
      const wanted = presence(cluster.apart);
      cluster.seen += Math.min(Math.max(wanted - cluster.seen, -change), change);
    }
    return this.#clusters.map(({ seen, middle }) => `${seen} ${middle}`).join();
  }

  // isQuiet(row): drawn faintly; discs: of rows, to keep clear of.
  draw({ run, snapshot, marks, camera, canvas, context, colours, places, ratio, room }, isQuiet, discs) {
    const project = camera.projection(snapshot.dim);
    const { width, height } = canvas;
    const shown = this.#clusters
      .filter(({ seen }) => seen > 0)
      .map(({ label, middle, seen }) => {
        const [x, y] = project(middle[0], middle[1], middle[2]);
        return { label, x, y, seen: seen * this.#strength(label, marks, isQuiet), rows: this.#samples[label].length };
      })
      .filter(({ x, y }) => x > 0 && y > 0 && x < width && y < height);
    const clear = discs.map(({ row, radius }) => {
      const [x, y] = places.at(row);
      return { x, y, radius: radius * ratio };
    });
    this.#names.restyle(colours.paper, Math.round(ratio * letters(room)));
    this.placed = this.#names.draw(context, shown, run.dataset.classes, clear);
  }

  #strength(label, { highlighted, anatomy, mistakes }, isQuiet) {
    const isAside = (highlighted >= 0 && label !== highlighted) || (anatomy && !this.#isNear(label, isQuiet));
    return isAside ? 0.45 : mistakes ? 0.9 : 1;
  }

  // Whether some of a class is not aside of the anchor.
  #isNear(label, isQuiet) {
    const rows = this.#samples[label];
    return rows.filter((row) => !isQuiet(row)).length > NEAR * rows.length;
  }
}

// The size of letters, in CSS pixels.
const letters = ({ width, height }) => Math.min(Math.max(0.036 * Math.sqrt(width * height) * 1.18, 20), 54);
