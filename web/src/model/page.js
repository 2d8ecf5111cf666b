// The state of the page, without the page: the runs there are, what is looked at, what can be undone. Rooms read it and
// call its methods; it tells them by events.
import { anatomy } from "./anatomy.js";
import { load } from "./datasets.js";
import { History } from "./history.js";
import { decode, encode, initialView, MAX_CHANGES } from "./link.js";
import { keepInStep } from "./lockstep.js";
import { Session } from "./session.js";
import { SHARED, withBrought } from "./settings.js";
import { symbolData } from "./symbols.js";
import { isOfTriplets } from "./trainer_options.js";
import { count } from "./words.js";

const HOME = { zoom: 1, x: 0, y: 0 }; // of the camera
const alreadyReported = () => {}; // by the session's "error" event

// Events: "change" anything is another; "start" a new run is in place; "message" with detail: a sentence to say.
export class Page extends EventTarget {
  sessions = [];
  selected = 0; // of the sessions, whose settings and figures are shown
  view = initialView();
  visitorData = { own: null, drawn: null }; // datasets
  symbols = null; // those of the drawn one
  one = null; // the opening's triplet as a short text, for the link
  mistakes = null; // rows of the selected run's picture whose nearest neighbour is of another class; null: not known
  found = null; // all that is known of them, as findMistakes tells; null: nothing
  offered = null; // a file that was dropped or pasted, for the data panel to read
  pending = 0; // changes neither made nor refused: until then controls show what was asked for
  #triplet;
  #schema;
  #kept;
  #fetch;
  #createWorker;
  #isStill;
  #history = new History();
  #loaded = { key: "", dataset: null }; // both runs show the same
  #waitingLink = null; // for its data
  #releaseSessions = () => {}; // that are kept in step
  #seen = {}; // the anatomy, and what it was made of
  #pace = 1;

  // triplet: the loaded library; schema: of createSettings; createWorker() -> a Worker, or what acts like one; kept:
  // the visitor's file of an earlier visit, or null; isStill(): whether the visitor wants no motion.
  constructor({ triplet, schema, createWorker, fetch, kept = null, isStill = () => false }) {
    super();
    this.#triplet = triplet;
    this.#schema = schema;
    this.#kept = kept;
    this.#fetch = fetch;
    this.#createWorker = createWorker;
    this.#isStill = isStill;
  }

  get triplet() {
    return this.#triplet;
  }

  get schema() {
    return this.#schema;
  }

  get kept() {
    return this.#kept;
  }

  get session() {
    return this.sessions[this.selected];
  }

  get comparing() {
    return this.sessions.length > 1;
  }

  // ---- what is looked at --------------------------------------------------------------------------------------------

  look(patch) {
    Object.assign(this.view, patch);
    this.#tell("change");
  }

  // row: -1 for none, null for one of an active triplet or pair.
  choose(row) {
    const anchor = row ?? this.session.state.snapshot?.forces[0] ?? 0;
    if (anchor !== this.view.anchor) {
      this.#remember("anchor");
    }
    this.look({ anchor, positive: undefined });
  }

  // The row that the anchor is paired with.
  pair(row) {
    this.look({ positive: row });
  }

  select(index) {
    this.selected = index;
    this.#tell("change");
  }

  openPanel(name) {
    this.look({ panel: name });
  }

  closePanel() {
    this.look({ panel: "" });
  }

  // "one": the opening's triplet; "run".
  go(place) {
    if (place !== this.view.place) {
      this.look({ place, panel: "", tour: 0 });
      place === "run" && !this.#isStill() ? this.play() : this.pause();
    }
  }

  say(text) {
    this.dispatchEvent(Object.assign(new Event("message"), { detail: text }));
  }

  // What the loss sees around the anchor; null without one.
  anatomy(session = this.session) {
    const { anchor, positive } = this.view;
    const { snapshot } = session.state;
    if (anchor < 0 || !snapshot || anchor >= session.dataset.n) {
      return null;
    }
    const of = [session, snapshot, anchor, positive];
    const index = this.sessions.indexOf(session);
    if (!this.#seen[index]?.of.every((one, i) => one === of[i])) {
      const { dataset } = session;
      this.#seen[index] = { of, found: anatomy(this.#triplet, { snapshot, dataset, anchor, positive }) };
    }
    return this.#seen[index].found;
  }

  // ---- playing ------------------------------------------------------------------------------------------------------

  get playing() {
    return this.sessions.some(({ state }) => state.playing || state.replaying);
  }

  // Whether all that was asked for is there to be shown, and nothing goes on.
  get resting() {
    return this.pending === 0 && this.sessions.every(({ state }) => state.resting);
  }

  play() {
    this.sessions.forEach((session) => session.play());
  }

  pause() {
    this.sessions.forEach((session) => session.pause());
  }

  toggle() {
    this.playing ? this.pause() : this.play();
  }

  step() {
    this.sessions.forEach((session) => session.step());
  }

  seek(step) {
    this.sessions.forEach((session) => session.seek(step));
  }

  reset() {
    this.#remember("reset");
    return this.#startAll((session) => session.current);
  }

  // Times the natural pace; Infinity: full speed.
  get pace() {
    return this.#pace;
  }
  set pace(pace) {
    this.#pace = pace;
    this.sessions.forEach((session) => (session.pace = pace));
    this.#tell("change");
  }

  // A page that nobody sees computes nothing.
  set hidden(hidden) {
    this.sessions.forEach((session) => (session.hidden = hidden));
  }

  // ---- runs ---------------------------------------------------------------------------------------------------------

  settingsOf(patch = {}) {
    return this.#schema.clamp({ ...this.#schema.defaults(), ...patch });
  }

  /**
   * Replaces the runs, and what is looked at. view.step: the step to replay to.
   * @param {{ settings: any, changes?: any[], compare?: any, view?: Record<string, any> }} run
   */
  run(run) {
    this.#remember("run");
    return this.#begin(run);
  }

  /** @param {{ settings: any, changes?: any[], compare?: any, view?: Record<string, any> }} run */
  async #begin({ settings, changes = [], compare = null, view = {} }) {
    const { step: until = 0, ...looked } = view;
    this.view = { ...initialView(), place: "run", panel: this.view.panel, ...looked };
    this.#setSessions(compare ? 2 : 1);
    const { place } = this.view;
    const playing = until === 0 && place === "run" && !this.#isStill();
    const runs = [{ settings, changes }, ...(compare ? [compare] : [])];
    await Promise.all(
      runs.map((run, i) => this.sessions[i].start(run.settings, { changes: run.changes ?? [], until, playing })),
    ).catch(alreadyReported);
    if (place === "one" && this.view.place === "run" && !this.#isStill()) {
      this.play(); // which was asked for before there was anything to play
    }
  }

  #startAll(settingsOf) {
    const playing = this.view.place === "run" && !this.#isStill();
    return Promise.all(this.sessions.map((session) => session.start(settingsOf(session), { playing }))).catch(
      alreadyReported,
    );
  }

  #setSessions(wanted) {
    this.#releaseSessions();
    while (this.sessions.length > wanted) {
      this.sessions.pop().close();
    }
    while (this.sessions.length < wanted) {
      this.#addSession();
    }
    this.#releaseSessions = wanted > 1 ? keepInStep(this.sessions) : () => {};
    this.selected = Math.min(this.selected, wanted - 1);
    this.#tell("change");
  }

  // A session that nobody sees, on the same data.
  apart() {
    const load = (settings) => this.#load(settings);
    return new Session({ schema: this.#schema, load, createWorker: this.#createWorker });
  }

  #addSession() {
    const session = this.apart();
    session.pace = this.#pace;
    session.addEventListener("start", () => {
      this.view.anchor = Math.min(this.view.anchor, session.dataset.n - 1);
      this.#tell("start");
      this.#tell("change");
    });
    ["snapshot", "state"].forEach((event) => session.addEventListener(event, () => this.#tell("change")));
    session.addEventListener("error", (/** @type {any} */ { detail }) => {
      this.say(detail.message);
      this.#tell("change");
    });
    this.sessions.push(session);
  }

  // A second run that differs in one thing, or one run again.
  compare() {
    const { settings, current } = this.sessions[0];
    if (!settings) {
      return;
    }
    this.#remember("compare");
    if (this.comparing) {
      this.#setSessions(1);
      return;
    }
    const apart = isOfTriplets(current)
      ? [["mining", current.mining === "semihard" ? "hard" : "semihard"]]
      : withBrought(current, "loss", "triplet");
    const other = this.#schema.clamp({ ...current, ...Object.fromEntries(apart) });
    const { anchor, yaw, pitch } = this.view;
    this.#begin({ settings: current, compare: { settings: other }, view: { anchor, yaw, pitch } });
    this.select(1);
  }

  // A setting of the selected run, or of both if they share it: a live one changes as the run goes on, any other
  // restarts it.
  async set(key, value) {
    this.#remember(key);
    const of = SHARED.includes(key) ? this.sessions : [this.session];
    const others = this.sessions.filter((session) => !of.includes(session)); // restart together with it
    if (key === "data" || key === "dim") {
      Object.assign(this.view, HOME);
    }
    this.pending++;
    try {
      await Promise.all(of.map((session) => session.set(key, value)));
      if (!this.#schema.field(key).live) {
        await Promise.all(others.map((session) => session.start()));
      }
    } catch {
      alreadyReported();
    } finally {
      this.pending--;
      this.#tell("change");
    }
  }

  // ---- data ---------------------------------------------------------------------------------------------------------

  async #load(settings) {
    if (settings.data in this.visitorData) {
      return (
        this.visitorData[settings.data] ??
        Promise.reject(new Error("There is no such data here yet: open a file or draw symbols first."))
      );
    }
    const key = JSON.stringify(SHARED.map((name) => settings[name]));
    if (this.#loaded.key !== key) {
      this.#loaded = { key, dataset: load(settings, { triplet: this.#triplet, fetch: this.#fetch }) };
      this.#loaded.dataset.catch(() => (this.#loaded = { key: "", dataset: null }));
    }
    return this.#loaded.dataset;
  }

  // A file has come from somewhere.
  offer(file) {
    this.offered = file;
    this.openPanel("data");
  }

  // Nothing goes on with the visitor's file.
  forgetOwn() {
    this.visitorData = { ...this.visitorData, own: null };
    this.#history.clear();
    const isUsed = this.sessions.some(({ current }) => current?.data === "own");
    return isUsed ? this.#startAll((session) => this.#with(session.current, "data", "digits")) : this.look({});
  }

  #with = (settings, key, value) => ({ ...settings, ...Object.fromEntries(withBrought(settings, key, value)) });

  // The visitor's own data are here: runs on them, or the link that waited for them.
  useData(dataset) {
    this.#remember("data");
    const link = this.#waitingLink;
    this.#waitingLink = null;
    this.visitorData = { ...this.visitorData, [dataset.name]: dataset };
    if (link?.checksum === dataset.checksum) {
      return this.#begin(link);
    }
    if (link?.checksum) {
      this.say("This is not the data of the link, as its checksum differs. A new run starts with it.");
    }
    Object.assign(this.view, HOME, { place: "run", anchor: -1, positive: undefined, story: "" });
    return this.#startAll(({ current }) => this.#with(current, "data", dataset.name));
  }

  useSymbols(symbols) {
    this.symbols = symbols;
    return this.useData(symbolData(symbols));
  }

  // ---- undo and redo ------------------------------------------------------------------------------------------------

  get canUndo() {
    return this.#history.canUndo;
  }

  get canRedo() {
    return this.#history.canRedo;
  }

  undo() {
    return this.#restore(this.#history.undo(this.#state()));
  }

  redo() {
    return this.#restore(this.#history.redo(this.#state()));
  }

  #state() {
    return {
      runs: this.sessions.map(({ settings, state }) => ({ settings, changes: state.changes })),
      step: this.session.state.snapshot?.step ?? 0,
      view: { ...this.view },
      visitorData: this.visitorData,
      symbols: this.symbols,
    };
  }

  // what: changes of the same thing in quick succession, as a slider makes them, are one.
  #remember(what) {
    if (this.session?.settings) {
      this.#history.remember(what, this.#state());
    }
  }

  // Where the runs are the same, only the view changes; where they differ by live changes alone, they go on at the step
  // that has been reached.
  async #restore(state) {
    if (!state) {
      return;
    }
    const now = this.#state();
    Object.assign(this, { visitorData: state.visitorData, symbols: state.symbols });
    const { place, panel } = this.view;
    const view = { ...state.view, place, panel };
    if (JSON.stringify(state.runs) === JSON.stringify(now.runs) && state.visitorData === now.visitorData) {
      this.look(view);
      return;
    }
    const starts = ({ runs }) => JSON.stringify(runs.map(({ settings }) => settings));
    const step = starts(state) === starts(now) ? Math.max(state.step, now.step) : state.step;
    const goOn = this.playing;
    const [first, second] = state.runs;
    await this.#begin({ ...first, compare: second ?? null, view: { ...view, step } });
    goOn && this.play();
  }

  // ---- the address --------------------------------------------------------------------------------------------------

  // The page as the hash of a link. step: to replay to, if it is to be a picture of this very step.
  address(step = 0) {
    const { view, one } = this;
    if (view.place === "one") {
      return one ? encode({ one }) : "";
    }
    const [first, second] = this.sessions;
    const run = ({ settings, state }) => ({ settings, changes: state.changes });
    return encode({
      ...run(first),
      compare: second?.settings && run(second),
      view: { ...view, step },
      checksum: first.settings.data === "own" ? first.dataset.checksum : undefined,
      symbols: first.settings.data === "drawn" ? this.symbols : undefined,
    });
  }

  // Whether a link can carry the runs.
  get isShareable() {
    if (this.sessions.every(({ state }) => state.changes.length <= MAX_CHANGES)) {
      return true;
    }
    this.say(`This run has more than ${count(MAX_CHANGES)} live changes, too many for a link.`);
    return false;
  }

  // Everything as a link says; an empty one opens on one triplet.
  async open(hash) {
    const link = decode(hash, this.#schema);
    this.one = link?.one ?? null;
    this.view.panel = "";
    const begun = (run) => this.#begin(run);
    if (!link || link.one) {
      return begun({ settings: this.#schema.defaults(), view: { place: "one" } });
    }
    const { data } = link.settings;
    if (data === "own" && !(await this.#hasOwn(link.checksum))) {
      this.#waitingLink = link;
      await begun({ settings: this.#schema.defaults() });
      this.openPanel("data");
    } else if (data === "drawn" && !link.symbols) {
      await begun({ settings: this.#schema.defaults() });
      this.say("The symbols in this link cannot be read.");
    } else {
      if (data === "drawn") {
        this.symbols = link.symbols;
        this.visitorData = { ...this.visitorData, drawn: symbolData(link.symbols) };
      }
      await begun(link);
    }
  }

  // Whether the file of this checksum is here, or can be had from an earlier visit.
  async #hasOwn(checksum) {
    const { own: shown } = this.visitorData;
    const own = shown?.checksum === checksum ? shown : await this.#kept?.restore(checksum);
    this.visitorData = { ...this.visitorData, own: own ?? this.visitorData.own };
    return Boolean(own);
  }

  // The checksum of the data that a link waits for; "" if none does.
  get awaited() {
    return this.#waitingLink ? (this.#waitingLink.checksum ?? "unknown") : "";
  }

  #tell(type) {
    this.dispatchEvent(new Event(type));
  }
}
