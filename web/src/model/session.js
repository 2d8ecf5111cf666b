// A run as the page sees it: talks to the worker that trains, keeps its snapshots, and can show earlier ones.
import { withBrought, withChanges } from "./settings.js";

// Snapshots kept to scrub through; beyond either limit every other one is dropped.
const MAX_KEPT = 400;
const MAX_KEPT_BYTES = 128e6;
const MAX_CURVE = 2000; // points; beyond it every other one is dropped

// What a snapshot tells of its own step; null where it was not measured.
const known = (value) => (value === null ? null : { value });
const FIGURES = {
  loss: ({ loss }) => known(loss),
  active: ({ activeShare }) => known(activeShare),
  recall: ({ recall }) => recall,
};

// A list of points { step, value } of each figure.
const emptyCurves = () => Object.fromEntries(Object.keys(FIGURES).map((name) => [name, []]));

// An earlier point of the same step is of other settings, and is replaced.
function extendCurves(curves, snapshot) {
  const { step } = snapshot;
  for (const [name, figureOf] of Object.entries(FIGURES)) {
    const figure = figureOf(snapshot);
    const points = curves[name].filter((point) => point.step < step);
    figure && points.push({ step, ...figure });
    curves[name] = points.length > MAX_CURVE ? points.filter((_, i) => i % 2 === 0) : points;
  }
}

// Events: "start" a new run is in place; "snapshot" there is something new to draw; "state" anything else has changed;
// "error" with detail { message, key }: something was refused, or the run cannot go on.
export class Session extends EventTarget {
  #schema;
  #load;
  #worker;
  #replies = new Map();
  #requests = 0;
  #starts = 0;
  #settled = 0; // the last start that has succeeded or failed
  #run = 0; // the request that started the current run: late messages of the run before are told by it
  #unanswered = 0; // starts that the worker has not answered
  #ended = 0; // the run that has stopped meanwhile
  #requested = false; // a snapshot that has not come
  #kept = [];
  #shown = null; // the kept snapshot that is shown; null: the newest
  #status = "loading";
  #playing = true;
  #until = 0;
  #speed = 30;
  #limit = Infinity;
  #withheld = null; // the snapshot at the limit, shown when the limit moves on
  #changes = [];
  #curves = emptyCurves();

  dataset = null;
  settings = null; // at step 0
  heldOut = null; // a byte for each row, 1 for those that are not trained on
  evaluated = null; // what recall is measured on: { on, queries, total } of worker/evaluator.js

  // schema: of createSettings. load(settings) -> Promise<Dataset>. createWorker() -> a Worker, or what acts like one.
  constructor({ schema, load, createWorker }) {
    super();
    this.#schema = schema;
    this.#load = load;
    this.#worker = createWorker();
    this.#worker.onmessage = ({ data }) => this.#receive(data);
    this.#worker.onerror = (event) => {
      const what = this.#status === "ready" ? "Training has stopped" : "Training could not be started";
      const error = new Error(`${what}: ${event.message ?? "its worker did not load"}`);
      this.#halt();
      if (this.#replies.size === 0) {
        this.#fail(error);
      }
      this.#replies.forEach(({ reject }) => reject(error));
      this.#replies.clear();
    };
  }

  // ---- runs ---------------------------------------------------------------------------------------------------------

  /**
   * Starts a run, which replaces the current one when it is ready. changes: to be made on the way; until: train to this
   * step at full speed. Rejects, and leaves the current run as it is, if the data or the options are refused.
   * @param {Record<string, any>} settings
   * @param {{ changes?: any[], until?: number, playing?: boolean }} how
   */
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

      const { values, labels, n, d, columns, classes, table } = dataset;
      this.#unanswered++;
      this.#ended = 0;
      const { heldOut, evaluated, snapshot, run } = await this.#request({
        type: "start",
        dataset: { values: table ? null : values, labels, n, d, columns, classes, table },
        settings,
        changes,
        until,
        playing: this.#playing,
        speed: this.#speed,
        limit: this.#playing ? this.#limit : Infinity, // a replay shows the steps on its way
      }).finally(() => this.#unanswered--);

      this.#settled = ticket;
      this.#run = run;
      Object.assign(this, { dataset, settings, heldOut, evaluated });
      this.#status = "ready";
      this.#until = until;
      this.#changes = changes.filter(([step]) => step === 0);
      this.#curves = emptyCurves();

      this.#kept = [];
      this.#shown = this.#withheld = null;
      this.#requested = false;
      this.#keep(snapshot);
      this.#tell("start");
      this.#tell("snapshot");
    } catch (error) {
      this.#settled = Math.max(this.#settled, ticket);
      this.#playing = before && this.#ended !== this.#run;
      if (this.#status === "loading") {
        this.#status = "failed";
      }
      throw this.#fail(error);
    }
  }

  // Restarts with the current settings; live changes are forgotten.
  reset() {
    return this.start();
  }

  // The same run with these changes, up to a step.
  replay(changes, until) {
    return this.start(this.settings, { changes, until, playing: false });
  }

  // A live setting changes from the next step on and is logged, with what it brings; any other restarts the run.
  async set(key, untrusted) {
    const pairs = withBrought(this.current, key, this.#schema.clampValue(key, untrusted));
    if (!this.#schema.field(key).live) {
      return this.start({ ...this.current, ...Object.fromEntries(pairs) });
    }
    try {
      const { changes } = await this.#request({ type: "change", pairs });
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

  // Playing goes no farther than this step, which is shown when the limit moves on; Infinity: it runs alone.
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

  // The last step that a snapshot has come of, shown or not.
  get reached() {
    return (this.#withheld ?? this.#kept.at(-1))?.step ?? 0;
  }

  modelBytes() {
    return this.#request({ type: "model" });
  }

  close() {
    this.#worker.terminate();
  }

  // ---- snapshots ----------------------------------------------------------------------------------------------------

  // To be called once a frame; training does not wait for it.
  requestSnapshot() {
    if (!this.#requested && this.#status === "ready") {
      this.#requested = true;
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
    const snapshot = this.#shown ?? newest ?? null;
    return {
      status: this.#status,
      starting: this.#settled < this.#starts,
      step: newest?.step ?? 0,
      playing: this.#playing,
      replaying: (newest?.step ?? 0) < this.#until,
      live: this.#shown === null,
      collapsed: snapshot?.collapsed ?? false,
      snapshot,
      recall: this.#curves.recall.findLast(({ step }) => step <= snapshot?.step) ?? null, // the last measured
      curves: this.#curves,
      changes: this.#changes,
      stepsPerSecond: newest?.stepsPerSecond ?? null,
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
    if (this.#withheld) {
      this.#keep(this.#withheld);
      this.#withheld = null;
      this.#tell(this.#shown ? "state" : "snapshot");
    }
  }

  #keep(snapshot) {
    if (this.#kept.at(-1)?.step === snapshot.step) {
      this.#kept.pop();
    }
    this.#kept.push(snapshot);
    extendCurves(this.#curves, snapshot);
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

  #receive({ type, request, run, value, error, snapshot, changes }) {
    if (type === "reply") {
      const { resolve, reject } = this.#replies.get(request);
      this.#replies.delete(request);
      error === undefined ? resolve(value) : reject(new Error(error));
    } else if (run === this.#run && type === "snapshot") {
      this.#requested = false;
      this.#changes = changes;
      this.#withheld = snapshot;
      this.#playing && this.#limit < Infinity ? this.#tell("state") : this.#reveal();
    } else if (run === this.#run) {
      this.#ended = run;
      if (this.#unanswered === 0) {
        this.#halt();
      }
      if (error !== undefined) {
        this.#fail(new Error(error));
      }
      this.#tell("state");
    }
  }

  #halt() {
    this.#until = 0;
    this.#playing = false;
    this.#reveal();
  }

  #tell(type) {
    this.dispatchEvent(new Event(type));
  }

  #fail(error, key) {
    this.dispatchEvent(Object.assign(new Event("error"), { detail: { message: error.message, key } }));
    return error;
  }
}
