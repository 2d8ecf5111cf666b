// A run as the page sees it: talks to the worker that trains, keeps what it tells, and can show what was before.
import { withChanges } from "./settings.js";

// What is kept to scrub through; past either limit every other snapshot goes.
const MAX_KEPT = 400;
const MAX_KEPT_BYTES = 128e6;
const MAX_CURVE = 2000; // points; past it neighbours are merged

const CURVES = ["step", "loss", "active", "recall"];

function emptyCurves() {
  return Object.fromEntries(CURVES.map((name) => [name, []]));
}

function extendCurves(curves, { step, loss, activeShare, recallAt1 }) {
  [step, loss, activeShare, recallAt1].forEach((value, i) => curves[CURVES[i]].push(value));
  if (curves.step.length > MAX_CURVE) {
    for (const name of CURVES) {
      const of = curves[name];
      curves[name] = of.flatMap((value, i) => (i % 2 ? [name === "step" ? value : (of[i - 1] + value) / 2] : []));
    }
  }
}

// Events: "start" a new run is in place, "snapshot" there is a new picture, "state" anything else has changed, "error"
// with detail { message, key }: something was refused or the run cannot go on.
export class Session extends EventTarget {
  #schema;
  #load;
  #worker;
  #replies = new Map();
  #requests = 0;
  #starts = 0;
  #settled = 0; // of the starts, the last that has stood or failed
  #asked = false; // for a snapshot that has not come
  #kept = [];
  #shown = null; // a kept snapshot that is looked at; null: the newest
  #status = "loading";
  #playing = true;
  #until = 0;
  #speed = 30;
  #limit = Infinity;
  #held = null; // the snapshot at the limit, to be seen when the limit moves
  #changes = [];
  #curves = emptyCurves();

  dataset = null;
  settings = null; // at step 0
  heldOut = null; // a byte for each row, 1 for those that are not trained on

  // schema: of createSettings. load(settings) -> Promise<Dataset>. createWorker() -> a Worker, or what behaves so.
  constructor({ schema, load, createWorker }) {
    super();
    this.#schema = schema;
    this.#load = load;
    this.#worker = createWorker();
    this.#worker.onmessage = ({ data }) => this.#receive(data);
    this.#worker.onerror = (event) => {
      const error = new Error(`The training could not be started: ${event.message ?? "its worker did not load"}`);
      this.#replies.forEach(({ reject }) => reject(error));
      this.#replies.clear();
    };
  }

  // ---- runs ---------------------------------------------------------------------------------------------------------

  // Starts a run, in place of the one before once it stands. changes: to be made on the way; until: train to this step
  // at full speed. Rejects, and leaves the run before as it is, when data or core refuse.
  async start(settings = this.current ?? this.#schema.defaults(), { changes = [], until = 0, playing } = {}) {
    const ticket = ++this.#starts;
    let before = this.#playing;
    try {
      const dataset = await this.#load(settings);
      if (ticket !== this.#starts) {
        return; // a later start has been asked for
      }
      before = this.#playing;
      this.#playing = playing ?? before;
      this.#limit = this.#limit < Infinity ? until : Infinity;
      const { values, labels, n, d, columns, classes } = dataset;
      const { heldOut, snapshot } = await this.#request({
        type: "start",
        dataset: { values, labels, n, d, columns, classes },
        settings,
        changes,
        until,
        playing: this.#playing,
        speed: this.#speed,
        limit: this.#playing ? this.#limit : Infinity, // a replay shows its way
      });
      this.#settled = ticket;
      Object.assign(this, { dataset, settings, heldOut });
      this.#status = "ready";
      this.#until = until;
      this.#changes = changes.filter(([step]) => step === 0);
      this.#curves = emptyCurves();
      this.#kept = [];
      this.#shown = this.#held = null;
      this.#asked = false;
      this.#keep(snapshot);
      this.#tell("start");
      this.#tell("snapshot");
    } catch (error) {
      this.#settled = Math.max(this.#settled, ticket);
      this.#playing = before;
      if (this.#status === "loading") {
        this.#status = "failed";
      }
      throw this.#fail(error);
    }
  }

  // The same settings from the beginning, as they are now; live changes are forgotten.
  reset() {
    return this.start();
  }

  // The same run with these changes, up to a step.
  replay(changes, until) {
    return this.start(this.settings, { changes, until, playing: false });
  }

  // A live setting changes from the next step on and is logged; any other starts anew.
  async set(key, untrusted) {
    const value = this.#schema.clampValue(key, untrusted);
    if (!this.#schema.field(key).live) {
      return this.start({ ...this.current, [key]: value });
    }
    try {
      const { changes } = await this.#request({ type: "change", key, value });
      this.#changes = changes;
      this.#tell("state");
    } catch (error) {
      throw this.#fail(error, key);
    }
  }

  play() {
    this.#playing = true;
    this.#show(null);
    this.#command({ type: "play" });
  }

  pause() {
    this.#playing = false;
    this.#until = 0;
    this.#reveal();
    this.#command({ type: "pause" });
  }

  step(count = 1) {
    this.#playing = false;
    this.#reveal();
    this.#show(null);
    this.#command({ type: "step", count });
  }

  // Steps per second; Infinity: as fast as it goes.
  get speed() {
    return this.#speed;
  }
  set speed(speed) {
    this.#speed = speed;
    this.#command({ type: "speed", speed });
  }

  // Playing goes no farther than this step, and shows itself there when the limit moves on; Infinity: it runs alone.
  get limit() {
    return this.#limit;
  }
  set limit(limit) {
    if (limit !== this.#limit) {
      this.#limit = limit;
      this.#worker.postMessage({ type: "limit", limit });
      this.#reveal();
    }
  }

  // The step that has been gone to, shown or not.
  get reached() {
    return (this.#held ?? this.#kept.at(-1))?.step ?? 0;
  }

  modelBytes() {
    return this.#request({ type: "model" });
  }

  close() {
    this.#worker.terminate();
  }

  // ---- pictures -----------------------------------------------------------------------------------------------------

  // Call it once a frame; training does not wait for it.
  requestSnapshot() {
    if (!this.#asked && this.#status === "ready") {
      this.#asked = true;
      this.#worker.postMessage({ type: "snapshot" });
    }
  }

  // Pauses and shows the kept snapshot at or before a step.
  seek(step) {
    const at = this.#kept.findLastIndex((snapshot) => snapshot.step <= step);
    this.pause();
    this.#show(this.#kept[Math.max(at, 0)] ?? null);
  }

  // Shows the newest again.
  live() {
    this.#show(null);
  }

  // Of the kept snapshots, ascending.
  get steps() {
    return this.#kept.map(({ step }) => step);
  }

  // The settings with the changes made so far.
  get current() {
    return this.settings && withChanges(this.settings, this.#changes);
  }

  get state() {
    const newest = this.#kept.at(-1);
    return {
      status: this.#status,
      starting: this.#settled < this.#starts,
      step: newest?.step ?? 0,
      playing: this.#playing,
      replaying: (newest?.step ?? 0) < this.#until,
      live: this.#shown === null,
      collapsed: newest?.collapsed ?? false,
      snapshot: this.#shown ?? newest ?? null,
      curves: this.#curves,
      changes: this.#changes,
      stepsPerSecond: newest?.stepsPerSecond ?? 0,
      speed: this.#speed,
    };
  }

  #show(snapshot) {
    if (this.#shown !== snapshot) {
      this.#shown = snapshot;
      this.#tell("snapshot");
    }
  }

  #reveal() {
    if (this.#held) {
      this.#keep(this.#held);
      this.#held = null;
      this.#tell(this.#shown ? "state" : "snapshot");
    }
  }

  #keep(snapshot) {
    if (this.#kept.at(-1)?.step === snapshot.step) {
      this.#kept.pop();
    } else {
      extendCurves(this.#curves, snapshot);
    }
    this.#kept.push(snapshot);
    const limit = Math.min(MAX_KEPT, Math.max(2, Math.floor(MAX_KEPT_BYTES / snapshot.positions.byteLength)));
    if (this.#kept.length > limit) {
      const last = this.#kept.length - 1;
      this.#kept = this.#kept.filter((_, i) => i % 2 === 0 || i === last);
    }
  }

  // ---- the worker ---------------------------------------------------------------------------------------------------

  #command(message) {
    this.#worker.postMessage(message);
    this.#tell("state");
  }

  #request(message) {
    return new Promise((resolve, reject) => {
      const request = ++this.#requests;
      this.#replies.set(request, { resolve, reject });
      this.#worker.postMessage({ ...message, request });
    });
  }

  #receive({ type, request, value, error, snapshot, changes }) {
    switch (type) {
      case "reply": {
        const { resolve, reject } = this.#replies.get(request);
        this.#replies.delete(request);
        return error === undefined ? resolve(value) : reject(new Error(error));
      }
      case "snapshot":
        this.#asked = false;
        this.#changes = changes;
        this.#held = snapshot;
        return this.#playing && this.#limit < Infinity ? this.#tell("state") : this.#reveal();
      default:
        this.#until = 0;
        this.#playing = false;
        this.#reveal();
        if (error !== undefined) {
          this.#fail(new Error(error));
        }
        return this.#tell("state");
    }
  }

  #tell(type) {
    this.dispatchEvent(new Event(type));
  }

  #fail(error, key) {
    this.dispatchEvent(Object.assign(new Event("error"), { detail: { message: error.message, key } }));
    return error;
  }
}
