// The points themselves: what stamp each row has, in which order they are drawn, and which of them are pictures.
import { KINDS } from "../../model/anatomy.js";
import { layersOf } from "./places.js";
import { pixelOf } from "./raster.js";
import { createDots, createImages } from "./sprites.js";

const PICTURES = 2.6; // the zoom from which rows are pictures
const [WHOLE, QUIET] = [255, 72]; // strengths of points, of 255
const ASIDE = [KINDS.easy, KINDS.far]; // drawn faintly when an anchor is chosen

export const MAX_TILE = 64; // pixels

export class Points {
  dots = null; // null: to be made
  #images = null;
  #quiet = new Uint8Array(0); // 1 for rows that are drawn faintly
  #kinds = []; // the stamps of each row
  #sequence = []; // in which rows are drawn
  #dressed = []; // what these depend on

  restart(n) {
    this.#quiet = new Uint8Array(n);
    this.#kinds = new Array(n).fill(null);
    this.forget();
  }

  forget() {
    this.dots = this.#images = null;
  }

  isQuiet(row) {
    return this.#quiet[row] === 1;
  }

  // Makes the stamps, as large as the number of points and the zoom allow.
  prepare({ run, snapshot, camera, colours, ratio, room }) {
    const { dataset } = run;
    const { paper } = colours;
    const zoom = Math.min(1.6, Math.sqrt(Math.max(camera.zoom, 0.5)));
    const spread = 0.155 * Math.sqrt((room.width * room.height * 1.15) / dataset.n);
    const radius = Math.round(8 * Math.min(Math.max(spread, 1.7), 6) * zoom * ratio) / 8;
    if (this.dots?.radius !== radius) {
      this.dots = createDots({ radius, ratio, paper, levels: levelsOf(snapshot.dim) });
    }
    this.#preparePictures(dataset, { zoom: camera.zoom, ratio, ground: pixelOf(paper) });
  }

  #preparePictures(dataset, { zoom, ratio, ground }) {
    if (!dataset.images || zoom < PICTURES) {
      this.#images = null;
      return;
    }
    const size = 4 * Math.round((Math.min(44, 15 + zoom * 3.2) * ratio) / 4);
    const side = Math.min(size, MAX_TILE * Math.ceil(ratio));
    if (this.#images?.side !== side) {
      this.#images = { ...createImages(dataset, side, ground), side };
    }
  }

  draw(picture) {
    const { raster, places, canvas } = picture;
    this.#dress(picture);
    const pictures = this.#images ? rowsWithRoom(places, this.#images.side * 0.86, canvas) : new Set();
    const kinds = pictures.size > 0 ? this.#kinds.map((kind, row) => (pictures.has(row) ? null : kind)) : this.#kinds;
    raster.scatter(this.#sequence, kinds, places.x, places.y);
    for (const row of pictures) {
      const { width, height } = this.#images;
      const [x, y] = places.at(row);
      const stamp = this.#images.of(row, this.#quiet[row] ? QUIET : WHOLE);
      raster.stamp(stamp, Math.round(x - width / 2), Math.round(y - height / 2));
    }
  }

  // Which rows are drawn faintly, with which stamps and in which order: far ones and faint ones first. In the plane
  // that changes with the marks alone.
  #dress({ run, marks, snapshot, raster, places, frame }) {
    const { anatomy, highlighted, brushed, mistakes } = marks;
    const deep = snapshot.dim === 3;
    const state = [this.dots, raster, run, anatomy, highlighted, brushed, mistakes, deep && frame];
    if (state.every((one, i) => one === this.#dressed[i])) {
      return;
    }
    this.#dressed = state;
    const { heldOut, dataset } = run;
    const { labels } = dataset;
    const isAside = asideOf(marks, labels);
    for (let row = 0; row < labels.length; row++) {
      const quiet = Number(isAside(row));
      const layer = deep ? places.layerOf(row) : 0;
      this.#quiet[row] = quiet;
      this.#kinds[row] = raster.cut(this.dots.ofKind(labels[row], heldOut[row], 2 * layer + quiet));
    }
    this.#sequence = [1, 0].flatMap((quiet) => Array.from(places.order.filter((row) => this.#quiet[row] === quiet)));
  }
}

// Returns a function that tells whether a row is aside of what is marked.
function asideOf({ anatomy, highlighted, brushed, mistakes }, labels) {
  if (anatomy) {
    return (row) => ASIDE.includes(anatomy.kinds[row]);
  }
  const only = mistakes ? new Set(mistakes) : brushed;
  return only ? (row) => !only.has(row) : (row) => highlighted >= 0 && labels[row] !== highlighted;
}

// The rows that are drawn as pictures: first come, first served, near ones first.
function rowsWithRoom(places, side, { width, height }) {
  const columns = Math.ceil(width / side) + 2;
  const cells = new Map();
  const found = new Set();
  const isFree = (row, cell) =>
    [-1, 0, 1].every((down) =>
      [-1, 0, 1].every((across) => {
        const other = cells.get(cell + down * columns + across);
        return other === undefined || places.apart(other, row) > side;
      }),
    );
  for (let i = places.order.length - 1; i >= 0; i--) {
    const row = places.order[i];
    const [x, y] = places.at(row);
    const isInside = x > -side && y > -side && x < width + side && y < height + side;
    const cell = (Math.floor(y / side) + 1) * columns + Math.floor(x / side) + 1;
    if (isInside && !cells.has(cell) && isFree(row, cell)) {
      cells.set(cell, row);
      found.add(row);
    }
  }
  return found;
}

// Looks of dots: near or far, and of each whole or faint.
function levelsOf(dim) {
  return layersOf(dim).flatMap((near) =>
    [WHOLE, QUIET].map((strength) =>
      dim === 3
        ? { strength: Math.round(strength * (0.4 + 0.6 * near)), size: 0.7 + 0.55 * near }
        : { strength, size: 1 },
    ),
  );
}
