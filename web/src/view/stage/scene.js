// Draws one embedding on a canvas: points, what pulls and pushes them, an anchor with its margin, names. It knows pixels
// and the model's data, and nothing of the page around it.
import { KINDS } from "../../model/anatomy.js";
import { clusters, sampleClasses } from "../../model/clusters.js";
import { reachOf } from "../../model/reach.js";
import { pickRows } from "../../model/rows.js";
import { isOfTriplets, measureOptions } from "../../model/trainer_options.js";
import { Camera, VIEW } from "./camera.js";
import { Forces } from "./forces.js";
import { Names, presence } from "./names.js";
import { pixelOf, Raster } from "./raster.js";
import { ringLines } from "./ring.js";
import { band, drawRings, nearestNegative, outlines } from "./rings.js";
import { createDots, createImages } from "./sprites.js";
import { Strokes } from "./strokes.js";
import { drawVisitor, runOf, Visitor } from "./visitor.js";

const MAX_GLIDE = 500; // ms from one snapshot to the next
const AIMING = 60; // ms between two looks at where the points are
const NAMING = 150; // ms between two looks at where the classes are
const FADE = 250; // ms in which a name comes and goes
const NEAR = 0.15; // share of a class within an anchor's reach by which its name stays strong
const DEPTHS = 6; // layers that differ in size and strength
const LEAST = 0.2; // of the margin: half of the smallest frame
const REACH = 22; // CSS pixels from a point that still hit it
const PICTURES = 2.6; // the zoom from which rows are pictures
const [WHOLE, QUIET] = [255, 72]; // strengths of points, of 255
const MAX_TILE = 64; // pixels
const UNIT = { distance: "minkowski", p: 2 }; // of the unit sphere
const ASIDE = [KINDS.easy, KINDS.far]; // drawn faintly when an anchor is chosen

const noMarks = () => ({
  anatomy: null,
  hovered: -1,
  highlighted: -1, // class
  brushed: null, // Set of rows
  mistakes: null, // rows
  gradient: false,
  rings: null, // { anchor, reach } of a hovered anchor
  visitor: null, // a new row: { position, values or null, label, neighbors }
});

export class Scene {
  camera = new Camera();
  marks = noMarks();
  view = { ...VIEW, yaw: 0, pitch: 0 }; // what the visitor asks of the camera
  room = { left: 0, top: 0, width: 1, height: 1 }; // that points are framed in, in CSS pixels
  limit = 5; // triplets drawn at most
  still = false; // no gliding
  held = false; // by the visitor's hand
  #triplet;
  #canvas;
  #context;
  #strokes;
  #names = new Names();
  #forces = new Forces();
  #visitor = new Visitor();
  #ratio = 1;
  #colours = null;
  #run = null; // { dataset, heldOut }
  #samples = null; // rows of each class
  #clusters = []; // and how much of their names is seen
  #placedNames = [];
  #snapshot = null;
  #from = null;
  #shown = null; // positions on the way from the last snapshot to this one
  #arrived = 0;
  #glide = 0;
  #jumping = false; // another moment, of which the frame is taken at once
  #last = 0;
  #due = { aim: 0, name: 0 };
  #choosing = null; // { goingOn }: the triplets of the snapshot are not chosen yet
  #aimed = ""; // what the frame was last made for
  #named = null; // the snapshot of which the classes' places are
  #dots = null; // null: to be made
  #images = null;
  #raster = null;
  #drawn = []; // everything that the last frame depended on
  #x = new Float32Array(0);
  #y = new Float32Array(0);
  #depth = new Float32Array(0);
  #order = new Uint32Array(0);
  #quiet = new Uint8Array(0); // 1 for rows that are drawn faintly
  #kinds = []; // the stamps of each row
  #sequence = []; // in which rows are drawn
  #dressed = []; // what these depend on
  #frames = 0;

  constructor(canvas, triplet) {
    this.#triplet = triplet;
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
    this.#strokes = new Strokes(this.#context);
  }

  // ---- what is drawn ----------------------------------------------------------------------------------------------

  // A new run: { dataset, heldOut }.
  show(run) {
    const { n, labels, classes } = run.dataset;
    this.#run = run;
    this.#samples = sampleClasses(labels, classes.length);
    this.#snapshot = this.#shown = this.#from = null;
    this.#clusters = [];
    this.#order = Uint32Array.from({ length: n }, (_, row) => row);
    [this.#x, this.#y, this.#depth] = [0, 0, 0].map(() => new Float32Array(n));
    this.#quiet = new Uint8Array(n);
    this.#kinds = new Array(n).fill(null);
    this.marks = noMarks(); // which were other rows
    this.#forces.clear();
    this.#forget();
    this.camera.restart();
  }

  // goingOn: the run has only gone on since the last snapshot; otherwise it is another moment, shown at once. glides:
  // points are on their way for a while.
  move(snapshot, { goingOn = true, glides = true, now = performance.now() } = {}) {
    const isFirst = !this.#shown || this.#shown.length !== snapshot.positions.length;
    const jump = this.still || isFirst || !goingOn || !glides;
    this.#glide = jump ? 0 : Math.min(now - this.#arrived, MAX_GLIDE);
    this.#arrived = now;
    this.#from = jump ? snapshot.positions : this.#shown.slice();
    this.#shown = this.#from.slice();
    this.#snapshot = snapshot;
    this.#aimed = "";
    if (!goingOn) {
      this.#due = { aim: 0, name: 0 };
      this.#jumping = true;
    }
    this.#choosing = { goingOn: !jump && (this.#choosing?.goingOn ?? true) };
  }

  recolour(colours) {
    this.#colours = colours;
    this.#forget();
  }

  resize(ratio) {
    this.#ratio = ratio;
    this.#raster = null;
    this.#forget();
  }

  #forget() {
    this.#dots = this.#images = null;
    this.#strokes.forget({ unit: this.#ratio, colours: this.#colours, run: this.#run });
  }

  get ready() {
    return this.#snapshot !== null && this.#colours !== null;
  }

  get isDrawn() {
    return this.ready && this.camera.framed;
  }

  get snapshot() {
    return this.#snapshot;
  }

  // ---- where things are -------------------------------------------------------------------------------------------

  // The row at a position in CSS pixels, or -1. Looking at each of 20,000 moving points takes 0.04 ms; triangulating
  // them first takes 40 ms.
  rowAt(left, top, reach = REACH) {
    const [x, y] = [left * this.#ratio, top * this.#ratio];
    let best = (reach * this.#ratio) ** 2;
    let found = -1;
    for (let row = 0; row < this.#x.length; row++) {
      const squared = (this.#x[row] - x) ** 2 + (this.#y[row] - y) ** 2;
      if (squared < best) {
        best = squared;
        found = row;
      }
    }
    return found;
  }

  // The nearest row from another in a direction on the screen (dx, dy), or the row nearest to the middle.
  rowBeside(row, dx, dy) {
    const [x, y] = row < 0 ? this.camera.middle : [this.#x[row], this.#y[row]];
    let best = Infinity;
    let found = row;
    for (let other = 0; other < this.#x.length; other++) {
      const ahead = (this.#x[other] - x) * dx + (this.#y[other] - y) * dy;
      const aside = Math.abs((this.#x[other] - x) * dy - (this.#y[other] - y) * dx);
      const cost = row < 0 ? Math.hypot(this.#x[other] - x, this.#y[other] - y) : ahead + 2 * aside;
      if (other !== row && (row < 0 || ahead > 0) && cost < best) {
        best = cost;
        found = other;
      }
    }
    return found;
  }

  // In CSS pixels; null before anything is drawn.
  placeOf(row) {
    return this.isDrawn ? [this.#x[row] / this.#ratio, this.#y[row] / this.#ratio] : null;
  }

  // The same for any position of the embedding.
  placeAt(position) {
    if (!this.isDrawn) {
      return null;
    }
    const [x, y] = this.camera.projection(this.#snapshot.dim)(position[0], position[1], position[2]);
    return [x / this.#ratio, y / this.#ratio];
  }

  // The frame's larger half and the middle of the room in CSS pixels, for zooming and panning.
  get frame() {
    return {
      half: this.camera.half / this.#ratio,
      middle: this.camera.middle.map((value) => value / this.#ratio),
    };
  }

  // The triplet of which a row is the anchor, among those that are drawn.
  forceOf(row) {
    return this.#forces.at(this.#last, this.still).find(({ anchor, leaving }) => anchor === row && !leaving) ?? null;
  }

  // Draws the snapshot at once, without gliding to it: for files.
  settle() {
    this.#glide = 0;
    this.#due = { aim: 0, name: 0 };
    this.draw(performance.now());
  }

  // For vector files: { width, height (CSS pixels), x, y, order, radius, names: [{ label, x, y }] }.
  layout() {
    const { width, height } = this.#canvas;
    const ratio = this.#ratio;
    const scaled = (list) => Float32Array.from(list, (value) => value / ratio);
    const unscaled = (of) => Object.fromEntries(Object.entries(of).map(([key, value]) => [key, value / ratio]));
    return {
      width: width / ratio,
      height: height / ratio,
      x: scaled(this.#x),
      y: scaled(this.#y),
      order: this.#order,
      radius: this.#dots.radius / ratio,
      names: this.#placedNames.map(({ label, x, y, size }) => ({ label, ...unscaled({ x, y, size }) })),
    };
  }

  // ---- a frame ----------------------------------------------------------------------------------------------------

  draw(now) {
    if (!this.ready) {
      return;
    }
    const elapsed = Math.min(now - this.#last, 100);
    this.#last = now;

    const share = this.#interpolate(now);
    this.#look(now, elapsed);
    const naming = this.#nameClusters(now, elapsed);
    const forces = this.#forcesAt(now);
    this.#prepare();
    const visit = this.#visit(now);
    const fading = forces.map(({ anchor, strength }) => anchor + strength).join();
    const state = [this.#snapshot, share, this.#dots, this.#raster, this.camera.pose, naming, fading, visit?.share];
    if (!this.#changed([...state, ...Object.values(this.marks)])) {
      return;
    }

    this.#frames++;
    this.#project();
    const rings = this.#rings();
    this.#raster.clear(pixelOf(this.#colours.paper));
    if (rings) {
      const { dim } = this.#snapshot;
      this.#raster.fill(band(rings, dim), pixelOf(this.#colours.band, pixelOf(this.#colours.paper)));
    }
    this.#drawPoints();
    this.#raster.show(this.#context);
    this.#drawGround();
    this.#drawOver(rings, forces);
    visit && this.#drawVisitor(visit);
  }

  // What lies over the points: rings and lines, then names, which keep clear of the discs, which come last.
  #drawOver(rings, forces) {
    const { marks } = this;
    if (marks.gradient) {
      this.#drawGradient();
    }
    if (rings) {
      drawRings(this.#strokes, rings, this.#colours);
    }
    const isQuiet = marks.anatomy || marks.mistakes || marks.brushed || marks.visitor || marks.highlighted >= 0;
    const collapsed = this.#snapshot.collapsed;
    const discs = collapsed ? [] : marks.anatomy ? this.#anchorDiscs() : isQuiet ? [] : this.#forceDiscs(forces);
    if (collapsed) {
      this.#drawCollapse();
    } else {
      this.#drawNames(discs);
    }
    this.#drawMistakes();
    discs.forEach((disc) => this.#strokes.disc(this.#at(disc.row), disc.row, disc));
    if (marks.hovered >= 0) {
      this.#strokes.ring(this.#at(marks.hovered), this.#dotRadius + 4, { colour: this.#colours.ink });
    }
  }

  /** @returns {[number, number]} */
  #at(row) {
    return [this.#x[row], this.#y[row]];
  }

  get #dotRadius() {
    return this.#dots.radius / this.#ratio;
  }

  #changed(state) {
    const before = this.#drawn;
    this.#drawn = state;
    return state.length !== before.length || state.some((value, i) => value !== before[i]);
  }

  get #onSphere() {
    const { settings } = this.#snapshot;
    return settings.normalize && settings.encoder !== "free";
  }

  // Returns the share of the way to the snapshot that is behind.
  #interpolate(now) {
    const { positions } = this.#snapshot;
    const share = this.#glide > 0 ? Math.min(Math.max((now - this.#arrived) / this.#glide, 0), 1) : 1;
    if (share === 1) {
      this.#shown.set(positions);
    } else {
      for (let i = 0; i < positions.length; i++) {
        this.#shown[i] = this.#from[i] + (positions[i] - this.#from[i]) * share;
      }
    }
    return share;
  }

  // ---- the camera -------------------------------------------------------------------------------------------------

  // Where the points are is asked now and then; the frame follows at every frame.
  #look(now, elapsed) {
    const room = Object.fromEntries(Object.entries(this.room).map(([key, value]) => [key, value * this.#ratio]));
    const { anatomy } = this.marks;
    const wanted = [...Object.values(room), anatomy?.anchor, anatomy?.reach?.push, this.#snapshot.step].join();
    if (now >= this.#due.aim && wanted !== this.#aimed) {
      const { dim, settings, positions } = this.#snapshot;
      this.camera.aim({
        positions,
        dim,
        room,
        least: leastExtent(this.#triplet, settings),
        onSphere: this.#onSphere,
        around: anatomy?.reach && dim === 2 ? this.#around(anatomy) : null,
      });
      this.#aimed = wanted;
      this.#due.aim = now + AIMING;
      if (this.#jumping) {
        this.camera.jump();
        this.#jumping = false;
      }
    }
    this.camera.follow({ room, view: this.view, elapsed, still: this.still, held: this.held });
  }

  // The circle about an anchor that its margin is within; null for rays, which end nowhere.
  #around({ anchor, reach }) {
    const { positions, settings } = this.#snapshot;
    const center = [positions[2 * anchor], positions[2 * anchor + 1], 0];
    const points = ringLines(this.#triplet, center, reach.push, { settings, dim: 2 });
    if (settings.distance === "cosine" || points.length === 0) {
      return null;
    }
    const away = points.flat().map(([x, y]) => Math.hypot(x - center[0], y - center[1]));
    return { x: center[0], y: center[1], radius: Math.max(...away) };
  }

  #project() {
    const { dim } = this.#snapshot;
    this.camera.projectAll(this.#shown, dim, { x: this.#x, y: this.#y, depth: this.#depth });
    if (dim === 3) {
      this.#sortByDepth(this.#run.dataset.n);
    }
  }

  #layer(row) {
    return Math.min(Math.max(Math.floor(((this.#depth[row] + 1) / 2) * DEPTHS), 0), DEPTHS - 1);
  }

  // Far to near, by counting: exact order within a layer does not show.
  #sortByDepth(n) {
    const starts = new Uint32Array(DEPTHS + 1);
    for (let row = 0; row < n; row++) {
      starts[this.#layer(row) + 1]++;
    }
    for (let i = 0; i < DEPTHS; i++) {
      starts[i + 1] += starts[i];
    }
    for (let row = 0; row < n; row++) {
      this.#order[starts[this.#layer(row)]++] = row;
    }
  }

  // ---- points -----------------------------------------------------------------------------------------------------

  // Makes the points' stamps, as large as their number and the zoom allow.
  #prepare() {
    const { dataset } = this.#run;
    const { width, height } = this.#canvas;
    const { paper } = this.#colours;
    this.#raster ??= new Raster(width, height, MAX_TILE * Math.ceil(this.#ratio));
    const zoom = Math.min(1.6, Math.sqrt(Math.max(this.camera.zoom, 0.5)));
    const spread = 0.155 * Math.sqrt((this.room.width * this.room.height * 1.15) / dataset.n);
    const radius = Math.round(8 * Math.min(Math.max(spread, 1.7), 6) * zoom * this.#ratio) / 8;
    if (this.#dots?.radius !== radius) {
      this.#dots = createDots({ radius, ratio: this.#ratio, paper, levels: levelsOf(this.#snapshot.dim) });
    }
    this.#preparePictures(dataset, pixelOf(paper));
    this.#names.restyle(paper, Math.round(this.#ratio * this.#letters()));
  }

  // In CSS pixels.
  #letters() {
    return Math.min(Math.max(0.036 * Math.sqrt(this.room.width * this.room.height) * 1.18, 20), 54);
  }

  #preparePictures(dataset, ground) {
    const { zoom } = this.camera;
    if (!dataset.images || zoom < PICTURES) {
      this.#images = null;
      return;
    }
    const size = 4 * Math.round((Math.min(44, 15 + zoom * 3.2) * this.#ratio) / 4);
    const side = Math.min(size, MAX_TILE * Math.ceil(this.#ratio));
    if (this.#images?.side !== side) {
      this.#images = { ...createImages(dataset, side, ground), side };
    }
  }

  // Which rows are drawn faintly, with which stamps and in which order: far ones and faint ones first. In the plane that
  // changes with the marks alone.
  #dress() {
    const { anatomy, highlighted, brushed, mistakes } = this.marks;
    const deep = this.#snapshot.dim === 3;
    const state = [this.#dots, this.#raster, this.#run, anatomy, highlighted, brushed, mistakes, deep && this.#frames];
    if (state.every((one, i) => one === this.#dressed[i])) {
      return;
    }
    this.#dressed = state;
    const { heldOut, dataset } = this.#run;
    const { labels } = dataset;
    const only = mistakes ? new Set(mistakes) : brushed;
    const isAside = anatomy
      ? (row) => ASIDE.includes(anatomy.kinds[row])
      : only
        ? (row) => !only.has(row)
        : (row) => highlighted >= 0 && labels[row] !== highlighted;
    for (let row = 0; row < labels.length; row++) {
      const quiet = Number(isAside(row));
      const layer = deep ? this.#layer(row) : 0;
      this.#quiet[row] = quiet;
      this.#kinds[row] = this.#raster.cut(this.#dots.ofKind(labels[row], heldOut[row], 2 * layer + quiet));
    }
    this.#sequence = [1, 0].flatMap((quiet) => Array.from(this.#order.filter((row) => this.#quiet[row] === quiet)));
  }

  #drawPoints() {
    this.#dress();
    const pictures = this.#images ? this.#rowsWithRoom() : new Set();
    const kinds = pictures.size > 0 ? this.#kinds.map((kind, row) => (pictures.has(row) ? null : kind)) : this.#kinds;
    this.#raster.scatter(this.#sequence, kinds, this.#x, this.#y);
    for (const row of pictures) {
      const { width, height } = this.#images;
      const stamp = this.#images.of(row, this.#quiet[row] ? QUIET : WHOLE);
      this.#raster.stamp(stamp, Math.round(this.#x[row] - width / 2), Math.round(this.#y[row] - height / 2));
    }
  }

  // The rows that are drawn as pictures: first come, first served, near ones first.
  #rowsWithRoom() {
    const { width, height } = this.#canvas;
    const side = this.#images.side * 0.86;
    const columns = Math.ceil(width / side) + 2;
    const cells = new Map();
    const found = new Set();
    const isFree = (row, cell) =>
      [-1, 0, 1].every((down) =>
        [-1, 0, 1].every((across) => {
          const other = cells.get(cell + down * columns + across);
          return other === undefined || Math.hypot(this.#x[other] - this.#x[row], this.#y[other] - this.#y[row]) > side;
        }),
      );
    for (let i = this.#order.length - 1; i >= 0; i--) {
      const row = this.#order[i];
      const [x, y] = this.#at(row);
      const isInside = x > -side && y > -side && x < width + side && y < height + side;
      const cell = (Math.floor(y / side) + 1) * columns + Math.floor(x / side) + 1;
      if (isInside && !cells.has(cell) && isFree(row, cell)) {
        cells.set(cell, row);
        found.add(row);
      }
    }
    return found;
  }

  // ---- forces -----------------------------------------------------------------------------------------------------

  // Those to draw; they are chosen anew where the points of another snapshot are known.
  #forcesAt(now) {
    if (this.#choosing) {
      this.#project();
      this.#chooseForces(this.#choosing.goingOn, now);
      this.#choosing = null;
    }
    return this.#forces.at(now, this.still);
  }

  #chooseForces(goingOn, now) {
    const clear = 2.4 * this.#discRadius() * this.#ratio;
    const ends = ({ anchor, positive, negative }) => [anchor, positive, negative].filter((row) => row >= 0);
    const apartEnough = (row, other) =>
      Math.hypot(this.#x[row] - this.#x[other], this.#y[row] - this.#y[other]) > clear;
    const hasRoom = (one, others) =>
      others.every((other) => ends(one).every((row) => ends(other).every((end) => apartEnough(row, end))));
    this.#forces.show(this.#triplet, this.#snapshot, {
      now,
      goingOn,
      labels: this.#run.dataset.labels,
      limit: this.limit,
      hasRoom,
    });
  }

  // In whole CSS pixels.
  #discRadius() {
    return Math.round(0.68 * Math.min(Math.max(0.031 * Math.sqrt(this.room.width * this.room.height), 14), 28));
  }

  // Draws the lines, and returns the discs at their ends.
  #forceDiscs(forces) {
    const { pull, push, ink } = this.#colours;
    const lineTo = (from, to, style) => to >= 0 && this.#strokes.line(this.#at(from), this.#at(to), style);
    for (const { anchor, positive, negative, strength } of forces) {
      const from = this.#pusher(anchor, positive, negative);
      lineTo(from, negative, { colour: push, width: 3.2, style: "dashed", strength });
      lineTo(anchor, positive, { colour: pull, width: 3.4, strength });
    }
    const radius = this.#discRadius();
    const disc = (row, colour, strength, size = 0.82) => ({ row, colour, strength, radius: Math.round(radius * size) });
    return forces
      .flatMap(({ anchor, positive, negative, strength }) => [
        disc(positive, pull, strength),
        disc(negative, push, strength),
        disc(anchor, ink, strength, 1),
      ])
      .filter(({ row }) => row >= 0);
  }

  // The row from which the negative is measured: from the positive, if the swap does.
  #pusher(anchor, positive, negative) {
    const { dim, settings } = this.#snapshot;
    if (!(isOfTriplets(settings) && settings.swap && positive >= 0 && negative >= 0)) {
      return anchor;
    }
    const [from, to] = [[anchor, positive], [negative]].map((rows) => pickRows(this.#shown, dim, rows));
    const measure = { ...measureOptions(settings), nonfinite: "allow" };
    const [ofAnchor, ofPositive] = this.#triplet.distances(from, to, measure).data;
    return ofPositive < ofAnchor ? positive : anchor;
  }

  // ---- the anchor -------------------------------------------------------------------------------------------------

  // The outlines around the chosen anchor, or around the one that is hovered.
  #rings() {
    const { anatomy, rings } = this.marks;
    const of = anatomy?.reach ? anatomy : rings;
    if (!of || this.#snapshot.collapsed) {
      return null;
    }
    const { dim, settings } = this.#snapshot;
    const { width, height } = this.#canvas;
    const length = (2 * (width + height)) / this.camera.scale;
    const shown = { positions: this.#shown, dim, settings, onSphere: this.#onSphere, length };
    return outlines(this.#triplet, of, shown, this.camera.projection(dim));
  }

  #anchorDiscs() {
    const { anatomy } = this.marks;
    const { pull, push, ink } = this.#colours;
    const radius = Math.round(this.#discRadius() * 1.2);
    const negative = nearestNegative(anatomy);
    const small = { radius: Math.round(radius * 0.8) };
    const from = this.#at(anatomy.anchor);
    const discs = [{ row: anatomy.anchor, colour: ink, radius }];
    if (anatomy.positive !== null) {
      this.#strokes.line(from, this.#at(anatomy.positive), { colour: pull, width: 4 });
      discs.unshift({ row: anatomy.positive, colour: pull, ...small });
    }
    if (negative !== null) {
      this.#strokes.line(from, this.#at(negative), { colour: push, width: 4, style: "dashed" });
      discs.unshift({ row: negative, colour: push, ...small });
    }
    return discs;
  }

  #drawMistakes() {
    const rows = this.marks.mistakes ?? [];
    const radius = rows.length > 150 ? this.#dotRadius + 2.5 : 8.5;
    rows.forEach((row) => this.#strokes.ring(this.#at(row), radius, { colour: this.#colours.push }));
  }

  // A new row comes from the side where it was made.
  #visit(now) {
    const { visitor } = this.marks;
    const { dim } = this.#snapshot;
    if (visitor?.position.length !== dim) {
      this.#visitor.leave();
      return null;
    }
    const { left, top, width, height } = this.room;
    const start = [left + width, top + height / 2].map((value) => value * this.#ratio);
    const to = this.camera.projection(dim)(...visitor.position);
    return this.#visitor.fly(visitor, { to, start, now, still: this.still });
  }

  #drawVisitor(visit) {
    const { visitor } = this.marks;
    drawVisitor(this.#strokes, visit, {
      neighbors: visitor.neighbors.map((row) => this.#at(row)),
      run: runOf(visitor, this.#run.dataset),
      colours: this.#colours,
      radius: Math.round(this.#discRadius() * 1.2),
    });
  }

  // ---- names, and what there is instead ---------------------------------------------------------------------------

  // Looks where the classes are now and then; returns how much of their names is seen, to tell whether that changes.
  #nameClusters(now, elapsed) {
    const { positions, dim } = this.#snapshot;
    if (now >= this.#due.name && this.#named !== this.#snapshot) {
      const seen = new Map(this.#clusters.map((cluster) => [cluster.label, cluster.seen]));
      this.#clusters = clusters(positions, dim, this.#samples)
        .filter(Boolean)
        .map((cluster) => ({ ...cluster, seen: seen.get(cluster.label) ?? presence(cluster.apart) }));
      this.#due.name = now + NAMING;
      this.#named = this.#snapshot;
    }
    const change = this.still ? 1 : elapsed / FADE;
    for (const cluster of this.#clusters) {
      const wanted = presence(cluster.apart);
      cluster.seen += Math.min(Math.max(wanted - cluster.seen, -change), change);
    }
    return this.#clusters.map(({ seen, middle }) => `${seen} ${middle}`).join();
  }
  #drawNames(discs) {
    const { classes } = this.#run.dataset;
    const project = this.camera.projection(this.#snapshot.dim);
    const { width, height } = this.#canvas;
    const { highlighted, anatomy, mistakes } = this.marks;
    const strength = (label) =>
      (highlighted >= 0 && label !== highlighted) || (anatomy && !this.#isNear(label)) ? 0.45 : mistakes ? 0.9 : 1;
    const shown = this.#clusters
      .filter(({ seen }) => seen > 0)
      .map(({ label, middle, seen }) => {
        const [x, y] = project(middle[0], middle[1], middle[2]);
        return { label, x, y, seen: seen * strength(label), rows: this.#samples[label].length };
      })
      .filter(({ x, y }) => x > 0 && y > 0 && x < width && y < height);
    const clear = discs.map(({ row, radius }) => {
      const [x, y] = this.#at(row);
      return { x, y, radius: radius * this.#ratio };
    });
    this.#placedNames = this.#names.draw(this.#context, shown, classes, clear);
  }

  // Whether some of a class is not aside of the anchor.
  #isNear(label) {
    const rows = this.#samples[label];
    return rows.filter((row) => !this.#quiet[row]).length > NEAR * rows.length;
  }

  // Calm circles around the one spot.
  #drawCollapse() {
    const spot = this.#at(this.#order[0]);
    [
      [26, 2, 1],
      [50, 1.25, 0.5],
      [84, 1, 0.25],
    ].forEach(([radius, width, strength]) =>
      this.#strokes.ring(spot, radius, { colour: this.#colours.ink, width, strength }),
    );
  }

  // The sphere on which the points lie.
  #drawGround() {
    if (!this.#onSphere) {
      return;
    }
    const { dim } = this.#snapshot;
    const project = this.camera.projection(dim);
    const circles = ringLines(this.#triplet, [0, 0, 0], 1, { settings: UNIT, dim });
    const style = { colour: this.#colours.line, width: 1, halo: 0 };
    this.#strokes.path(circles.map((points) => points.map((point) => project(point[0], point[1], point[2]))), style);
    if (dim === 3) {
      this.#strokes.ring(project(0, 0, 0), this.camera.scale / this.#ratio, style);
    }
  }

  // ---- gradient ---------------------------------------------------------------------------------------------------

  #drawGradient() {
    const { batch, gradient, dim } = this.#snapshot;
    const norms = Array.from(batch, (_, i) => Math.hypot(...gradient.subarray(i * dim, (i + 1) * dim)));
    const longest = norms.reduce((most, norm) => Math.max(most, norm), 0);
    if (!(longest > 0) || !Number.isFinite(longest)) {
      return;
    }

    const project = this.camera.projection(dim);
    const unit = (0.12 * Math.min(this.room.width, this.room.height) * this.#ratio) / (longest * this.camera.scale);
    const arrows = Array.from(batch.keys())
      .filter((i) => norms[i] >= longest / 50)
      .flatMap((i) => {
        const at = (axis) => this.#shown[batch[i] * dim + axis] - unit * gradient[i * dim + axis];
        return arrow(this.#at(batch[i]), project(at(0), at(1), dim === 3 ? at(2) : 0), 5 * this.#ratio);
      });
    this.#strokes.path(arrows, { colour: this.#colours.ink, width: 1.6, halo: 2.4 });
  }
}

// Looks of dots: near or far, and of each whole or faint.
function levelsOf(dim) {
  return Array.from({ length: 2 * (dim === 3 ? DEPTHS : 1) }, (_, level) => {
    const near = (level >> 1) / (DEPTHS - 1);
    const whole = level % 2 === 0 ? WHOLE : QUIET;
    return dim === 3
      ? { strength: Math.round(whole * (0.4 + 0.6 * near)), size: 0.7 + 0.55 * near }
      : { strength: whole, size: 1 };
  });
}

// The strokes of an arrow.
function arrow(from, to, head) {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const barb = (side) => [to[0] + head * Math.cos(angle + side), to[1] + head * Math.sin(angle + side)];
  return [
    [from, to],
    [barb(2.6), to, barb(-2.6)],
  ];
}

// A part of what the loss keeps between positives and negatives; one that names nothing is taken for 1.
function leastExtent(triplet, settings) {
  const { pull, push } = reachOf(triplet, settings, 0);
  return LEAST * (isOfTriplets(settings) || push > pull ? push - pull : 1);
}
