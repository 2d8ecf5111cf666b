// Draws one embedding on a canvas: points, what pulls and pushes them, an anchor with its margin, names. It knows
// pixels and the model's data, and nothing of the page around it. This is the frame; what is drawn in it has rooms of
// its own.
import { Camera, VIEW } from "./camera.js";
import { drawCollapse, drawHovered, drawMistakes, drawSphere } from "./circles.js";
import { ClassNames } from "./class_names.js";
import { Forces } from "./forces.js";
import { Framing } from "./framing.js";
import { drawGradient } from "./gradient.js";
import { Places } from "./places.js";
import { MAX_TILE, Points } from "./points.js";
import { pixelOf, Raster } from "./raster.js";
import { band, drawRings, outlines } from "./rings.js";
import { Strokes } from "./strokes.js";
import { drawAnatomy, drawForces, haveRoom } from "./triplets.js";
import { Visitor } from "./visitor.js";

const MAX_GLIDE = 500; // ms from one snapshot to the next
const REACH = 22; // CSS pixels from a point that still hit it

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
  #raster = null;
  #places = new Places();
  #points = new Points();
  #names = new ClassNames();
  #framing = new Framing();
  #forces = new Forces();
  #visitor = new Visitor();
  #ratio = 1;
  #colours = null;
  #run = null; // { dataset, heldOut }
  #snapshot = null;
  #from = null;
  #shown = null; // positions on the way from the last snapshot to this one
  #arrived = 0;
  #glide = 0;
  #choosing = null; // { goingOn }: the triplets of the snapshot are not chosen yet
  #last = 0;
  #drawn = []; // everything that the last frame depended on
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
    this.#run = run;
    this.#snapshot = this.#shown = this.#from = null;
    this.#places.restart(run.dataset.n);
    this.#points.restart(run.dataset.n);
    this.#names.restart(run.dataset);
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
    this.#framing.renew(snapshot, goingOn);
    goingOn || this.#names.hurry();
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
    this.#points.forget();
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

  // ---- where things are, in CSS pixels ----------------------------------------------------------------------------

  // The row at a place, or -1.
  rowAt(left, top, reach = REACH) {
    return this.#places.rowAt([left * this.#ratio, top * this.#ratio], reach * this.#ratio);
  }

  // The nearest row from another in a direction on the screen (dx, dy), or the row nearest to the middle.
  rowBeside(row, dx, dy) {
    return this.#places.rowBeside(row, [dx, dy], this.camera.middle);
  }

  // null before anything is drawn.
  placeOf(row) {
    return this.isDrawn ? this.#places.at(row).map((value) => value / this.#ratio) : null;
  }

  // The same for any position of the embedding.
  placeAt(position) {
    if (!this.isDrawn) {
      return null;
    }
    const [x, y] = this.camera.projection(this.#snapshot.dim)(position[0], position[1], position[2]);
    return [x / this.#ratio, y / this.#ratio];
  }

  // The frame's larger half and the middle of the room, for zooming and panning.
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
    this.#framing.hurry();
    this.#names.hurry();
    this.draw(performance.now());
  }

  // For vector files: { width, height, x, y, order, radius, names: [{ label, x, y, size }] }.
  layout() {
    const { width, height } = this.#canvas;
    const ratio = this.#ratio;
    const scaled = (list) => Float32Array.from(list, (value) => value / ratio);
    const unscaled = (of) => Object.fromEntries(Object.entries(of).map(([key, value]) => [key, value / ratio]));
    return {
      width: width / ratio,
      height: height / ratio,
      x: scaled(this.#places.x),
      y: scaled(this.#places.y),
      order: this.#places.order,
      radius: this.#dotRadius,
      names: this.#names.placed.map(({ label, x, y, size }) => ({ label, ...unscaled({ x, y, size }) })),
    };
  }

  // ---- a frame ----------------------------------------------------------------------------------------------------

  // Returns whether anything moves.
  draw(now) {
    if (!this.ready) {
      return false;
    }
    const elapsed = Math.min(now - this.#last, 100);
    this.#last = now;

    const share = this.#interpolate(now);
    const picture = this.#picture();
    this.#look(picture, now, elapsed);
    const naming = this.#names.look(this.#snapshot, { now, elapsed, still: this.still });
    const forces = this.#forcesAt(now);
    this.#points.prepare(picture);
    const visit = this.#visitor.visit(picture, { now, still: this.still });
    const fading = forces.map(({ anchor, strength }) => anchor + strength).join();
    const { camera, marks } = this;
    const state = [this.#snapshot, share, this.#points.dots, this.#raster, camera.pose, naming, fading, visit?.share];
    const isNew = this.#changed([...state, ...Object.values(marks)]);
    isNew && this.#paint(picture, forces, visit);
    return isNew || !camera.arrived;
  }

  #changed(state) {
    const before = this.#drawn;
    this.#drawn = state;
    return state.length !== before.length || state.some((value, i) => value !== before[i]);
  }

  // What the rooms draw with: all in pixels of the canvas, but room in CSS pixels.
  #picture() {
    const { width, height } = this.#canvas;
    const { settings } = this.#snapshot;
    this.#raster ??= new Raster(width, height, MAX_TILE * Math.ceil(this.#ratio));
    return {
      triplet: this.#triplet,
      run: this.#run,
      snapshot: this.#snapshot,
      shown: this.#shown,
      onSphere: settings.normalize && settings.encoder !== "free",
      camera: this.camera,
      marks: this.marks,
      room: this.room,
      ratio: this.#ratio,
      colours: this.#colours,
      canvas: this.#canvas,
      context: this.#context,
      raster: this.#raster,
      strokes: this.#strokes,
      places: this.#places,
      frame: this.#frames,
    };
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

  #look(picture, now, elapsed) {
    const room = Object.fromEntries(Object.entries(this.room).map(([key, value]) => [key, value * this.#ratio]));
    this.#framing.look(picture, room, now);
    this.camera.follow({ room, view: this.view, elapsed, still: this.still, held: this.held });
  }

  #project() {
    this.#places.project(this.camera, this.#shown, this.#snapshot.dim);
  }

  // The triplets to draw; they are chosen anew where the points of another snapshot are known.
  #forcesAt(now) {
    if (this.#choosing) {
      this.#project();
      this.#forces.show(this.#triplet, this.#snapshot, {
        now,
        goingOn: this.#choosing.goingOn,
        labels: this.#run.dataset.labels,
        limit: this.limit,
        hasRoom: haveRoom(this.#places, this.room, this.#ratio),
      });
      this.#choosing = null;
    }
    return this.#forces.at(now, this.still);
  }

  // ---- layers, from below -----------------------------------------------------------------------------------------

  #paint(picture, forces, visit) {
    this.#frames = ++picture.frame;
    this.#project();
    const rings = outlines(picture);
    const paper = pixelOf(this.#colours.paper);
    this.#raster.clear(paper);
    rings && this.#raster.fill(band(rings, this.#snapshot.dim), pixelOf(this.#colours.band, paper));
    this.#points.draw(picture);
    this.#raster.show(this.#context);
    picture.onSphere && drawSphere(picture);
    this.#paintOver(picture, rings, forces);
    visit && this.#visitor.draw(picture, visit);
  }

  // What lies over the points: rings and lines, then names, which keep clear of the discs, which come last.
  #paintOver(picture, rings, forces) {
    this.marks.gradient && drawGradient(picture);
    rings && drawRings(this.#strokes, rings, this.#colours);
    const discs = this.#paintTriplets(picture, forces);
    if (this.#snapshot.collapsed) {
      drawCollapse(picture);
    } else {
      this.#names.draw(picture, (row) => this.#points.isQuiet(row), discs);
    }
    drawMistakes(picture, this.#dotRadius);
    discs.forEach((disc) => this.#strokes.disc(this.#places.at(disc.row), disc.row, disc));
    drawHovered(picture, this.#dotRadius);
  }

  // The lines of triplets; returns the discs at their ends.
  #paintTriplets(picture, forces) {
    const { anatomy, mistakes, brushed, visitor, highlighted } = this.marks;
    if (this.#snapshot.collapsed) {
      return [];
    }
    if (anatomy) {
      return drawAnatomy(anatomy, picture);
    }
    const isQuiet = mistakes || brushed || visitor || highlighted >= 0;
    return isQuiet ? [] : drawForces(forces, picture);
  }

  get #dotRadius() {
    return this.#points.dots.radius / this.#ratio;
  }
}
