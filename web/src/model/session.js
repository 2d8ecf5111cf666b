// A run as the page sees it: talks to the worker that trains, and knows what it has told.
import { KeptSnapshots } from "./snapshots.js";
import { pictured } from "./pictured.js";
import { RunRecord } from "./record.js";
import { withBrought, withChanges } from "./settings.js";

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
  #stopped = 0; // the run that has stopped meanwhile
  #orders = 0; // what has been ordered: what the worker says of the time before an order is told by it
  #requested = false; // a snapshot that has not come
  #rests = true; // by the last that the worker has told
  #status = "loading";
  #playing = true;
  #hidden = false;
  #pace = 1;
  #until = 0; // what is trained to, whatever the pace
  #sought = null; // { step, order }: where the run goes to; null: it is there
  #limit = Infinity;
  #step = 0; // of the run, as far as it is known
  #sentFrom = -1; // the step that it was sent on from: endings up to there are told no more
  #changes = [];
  #record = new RunRecord();
  #kept = new KeptSnapshots();
  #shown = null; // a snapshot
  #withheld = null; // the snapshot at the limit, shown when the limit moves on

  dataset = null; // the rows that are pictured, as model/pictured.js gives them
  settings = null; // at step 0
  heldOut = null; // a byte for each of these rows, 1 for those that are not trained on
  evaluated = null; // what recall is measured on: { on, queries, total, every } of worker/evaluator.js

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
      this.#rests = true;
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
      const order = this.#orders;
      this.#unanswered++;
      this.#stopped = 0;
      const begun = await this.#request({
        type: "start",
        dataset: { values: table ? null : values, labels, n, d, columns, classes, table },
        settings,
        changes,
        until,
        playing: this.#playing,
        pace: this.#pace,
        hidden: this.#hidden,
        limit: this.#playing ? this.#limit : Infinity, // a replay shows the steps on its way
        order,
      }).finally(() => this.#unanswered--);

      this.#settled = ticket;
      this.#begin(begun, { dataset, settings, changes, until });
      this.#rests = !this.#playing && until === 0 && order === this.#orders;
    } catch (error) {
      this.#settled = Math.max(this.#settled, ticket);
      this.#playing = before && this.#stopped !== this.#run;
      if (this.#status === "loading") {
        this.#status = "failed";
      }
      throw this.#fail(error);
    }
  }

  #begin({ run, rows, heldOut, evaluated, snapshot, news }, { dataset, settings, changes, until }) {
    this.#status = "ready";
    this.#run = run;
    Object.assign(this, { dataset: pictured(dataset, rows), settings, heldOut, evaluated });
    this.#changes = changes;
    this.#until = until;
    this.#sentFrom = until - 1;
    this.#record = new RunRecord();
    this.#record.take(news);
    this.#kept = new KeptSnapshots();
    this.#sought = this.#withheld = null;
    this.#requested = false;
    this.#keep(snapshot);
    this.#tell("start");
    this.#tell("snapshot");
  }

  // Restarts with the current settings; live changes are forgotten.
  reset() {
    return this.start();
  }

  // The same run with these changes, up to a step.
  replay(changes, until) {
    return this.start(this.settings, { changes, until, playing: false });
  }

  // A live setting changes from the next step on and is logged, with what it brings; what was recorded of later steps
  // is forgotten. Any other restarts the run.
  async set(key, untrusted) {
    const pairs = withBrought(this.current, key, this.#schema.clampValue(key, untrusted));
    if (!this.#schema.field(key).live) {
      return this.start({ ...this.current, ...Object.fromEntries(pairs) });
    }
    try {
      const { changes, step } = await this.#request({ type: "change", pairs });
      this.#changes = changes;
      this.#rests = false; // there is another snapshot
      this.#step = this.#sentFrom = step;
      this.#record.back(step);
      this.#kept.back(step);
      this.#tell("state");
    } catch (error) {
      throw this.#fail(error, key);
    }
  }

  play() {
    this.#playing = true;
    this.#sentFrom = this.#step;
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
    this.#sentFrom = this.#step;
    this.#command({ type: "step", count });
  }

  // Pauses, and goes to a step that has been or is yet to come: what was seen of it is shown at once, and the step
  // itself when the run is there. The run goes on from there with the same changes; a live change makes a branch.
  seek(to) {
    const step = Math.max(0, Math.floor(to));
    this.#playing = false;
    this.#until = 0;
    this.#withheld = null;
    this.#limit = this.#limit < Infinity ? step : Infinity;
    this.#step = step;
    this.#sentFrom = step - 1;
    this.#command({ type: "seek", step });
    this.#sought = { step, order: this.#orders };
    this.#show(this.#kept.upTo(step) ?? this.#shown);
  }

  // Times the natural pace of model/pace.js; Infinity: as fast as it goes.
  get pace() {
    return this.#pace;
  }
  set pace(pace) {
    this.#pace = pace;
    this.#worker.postMessage({ type: "pace", pace });
    this.#tell("state");
  }

  // While nobody sees the page nothing is computed.
  get hidden() {
    return this.#hidden;
  }
  set hidden(hidden) {
    this.#hidden = hidden;
    this.#worker.postMessage({ type: "hidden", hidden });
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

  // The step that the run is known to have come to, shown or not.
  get arrived() {
    return this.#sought?.step ?? (this.#withheld ?? this.#shown)?.step ?? 0;
  }

  // Whether it has come to an ending since it was sent on.
  get hasEnded() {
    return this.#endingUpTo(this.arrived) !== null;
  }

  // ---- questions, of the run where it is ----------------------------------------------------------------------------

  modelBytes() {
    return this.#request({ type: "model" });
  }

  // Which distance tells classes apart: { threshold, accuracy, interval, far, tar, pairs, on } of worker/questions.js.
  verify() {
    return this.#request({ type: "verify" });
  }

  // Where a row of so many columns lands, of data that are no table: { position, neighbors: [{ row, distance }], votes:
  // [{ label, share }] }.
  embed(values) {
    return this.#request({ type: "embed", values });
  }

  // The same of a row as { column: text }.
  embedRow(cells) {
    return this.#request({ type: "embed", cells });
  }

  close() {
    this.#worker.terminate();
  }

  // ---- what is seen -------------------------------------------------------------------------------------------------

  // To be called once a frame; training does not wait for it.
  requestSnapshot() {
    if (!this.#requested && this.#status === "ready") {
      this.#requested = true;
      this.#worker.postMessage({ type: "snapshot" });
    }
  }

  // The settings with the changes made so far.
  get current() {
    return this.settings && withChanges(this.settings, this.#changes, this.#step);
  }

  get state() {
    const snapshot = this.#shown;
    const step = this.#sought?.step ?? snapshot?.step ?? 0;
    return {
      status: this.#status,
      starting: this.#settled < this.#starts,
      step,
      reached: this.#record.steps, // the last recorded step
      playing: this.#playing,
      replaying: step < this.#until,
      seeking: this.#sought !== null,
      resting: this.#rests && this.#replies.size === 0 && this.#settled === this.#starts, // and all of it is shown
      collapsed: snapshot?.collapsed ?? false,
      snapshot,
      recall: this.#recall(),
      record: this.#record,
      ending: this.#playing ? null : this.#endingUpTo(step),
      changes: this.#changes, // also those that are yet to be made
      pace: this.#pace,
    };
  }

  // The last measured up to what is shown.
  #recall() {
    const { step, recall } = this.#shown ?? {};
    return recall ? { step, ...recall } : (this.#record.recall.findLast((point) => point.step <= step) ?? null);
  }

  #endingUpTo(step) {
    return this.#record.endings.findLast((ending) => ending.step > this.#sentFrom && ending.step <= step) ?? null;
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
      this.#tell("snapshot");
    }
  }

  #keep(snapshot) {
    this.#kept.keep(snapshot);
    this.#shown = snapshot;
    this.#step = snapshot.step;
  }

  // ---- the worker ---------------------------------------------------------------------------------------------------

  #command(message) {
    this.#rests = false;
    this.#worker.postMessage({ ...message, order: ++this.#orders });
    this.#tell("state");
  }

  #request(message) {
    return new Promise((resolve, reject) => {
      const request = ++this.#requests;
      this.#replies.set(request, { resolve, reject });
      this.#worker.postMessage({ ...message, request });
    });
  }

  #receive(message) {
    const { type, run } = message;
    if (type === "reply") {
      const { resolve, reject } = this.#replies.get(message.request);
      this.#replies.delete(message.request);
      message.error === undefined ? resolve(message.value) : reject(new Error(message.error));
    } else if (run === this.#run && type === "snapshot") {
      this.#requested = false;
      this.#take(message);
    } else if (run === this.#run) {
      this.#hear(message);
    }
  }

  // A snapshot of the time before the run was sent elsewhere is not shown.
  #take({ order, snapshot, news }) {
    this.#record.take(news);
    if (order < this.#sought?.order) {
      this.#kept.keep(snapshot);
      return;
    }
    this.#rests = order === this.#orders && snapshot.recall !== null; // which a run at rest always has
    this.#sought = null;
    this.#withheld = snapshot;
    this.#playing && this.#limit < Infinity ? this.#tell("state") : this.#reveal();
  }

  // The run has stopped.
  #hear({ run, order, news, error }) {
    this.#record.take(news);
    this.#stopped = run;
    if (this.#unanswered === 0 && (error !== undefined || order === this.#orders)) {
      this.#halt();
    }
    if (error !== undefined) {
      this.#rests = true;
      this.#fail(new Error(error));
    }
    this.#tell("state");
  }

  #halt() {
    this.#until = 0;
    this.#playing = false;
    this.#sought = null;
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
