// Wires the page together: settings, sessions and the address on one side, views and controls on the other.
import { loadTriplet } from "triplet";
import { anatomy, histogram } from "./model/anatomy.js";
import { load } from "./model/datasets.js";
import { decode, encode, MAX_CHANGES } from "./model/link.js";
import { opening, presets } from "./model/presets.js";
import { Session } from "./model/session.js";
import { createSettings, SHARED, withBrought } from "./model/settings.js";
import { symbolData } from "./model/symbols.js";
import { keepInStep } from "./model/lockstep.js";
import { isOfTriplets } from "./model/trainer_options.js";
import { count, evaluationNote } from "./model/words.js";
import { bindScriptPanel } from "./script/open.js";
import "./style.css";
import { createControls } from "./view/controls.js";
import { createCurves } from "./view/curves.js";
import { element, stillness } from "./view/dom.js";
import { createDownloads } from "./view/downloads.js";
import { createDrawDialog } from "./view/draw_dialog.js";
import { createHelp } from "./view/help.js";
import { createHistogram } from "./view/histogram.js";
import { createInspector } from "./view/inspector.js";
import { showLegend } from "./view/legend.js";
import { createPane } from "./view/pane.js";
import { createStories } from "./view/stories.js";
import { createSummary } from "./view/summary.js";
import { createTableDialog } from "./view/table_dialog.js";
import { bindTheme, onTheme } from "./view/theme.js";
import { createToast } from "./view/toast.js";
import { createTransport } from "./view/transport.js";
import { createReaderWorker, createWorker } from "./worker/create.js";

const ADDRESS_PERIOD = 700; // ms between two writes of the address

const byId = (id) => document.getElementById(id);
const toast = createToast(byId("message"));
bindTheme(byId("theme"));
const triplet = await loadTriplet();
const schema = createSettings(triplet);

const view = {
  anchor: -1,
  positive: undefined,
  highlighted: -1, // class
  lines: true,
  ring: true,
  gradient: false,
  yaw: 0.6,
  pitch: 0.4,
};
const visitorData = { own: null, drawn: null }; // datasets
let symbols = null; // those of the drawn one
const panes = [];
let releasePanes = () => {}; // that are kept in step
let selected = 0;
let pendingChanges = 0; // neither made nor refused: until then the controls show what was asked for
let waitingLink = null; // for its data

const chosenPane = () => panes[selected];
const sessions = () => panes.map(({ session }) => session);

// ---- data ---------------------------------------------------------------------------------------------------------

let loaded = { key: "", dataset: null }; // both panes show the same
async function loadData(settings) {
  if (settings.data in visitorData) {
    return (
      visitorData[settings.data] ??
      Promise.reject(new Error("There is no such data here yet: open a file or draw symbols first."))
    );
  }
  const key = JSON.stringify(SHARED.map((name) => settings[name]));
  if (loaded.key !== key) {
    loaded = { key, dataset: load(settings, { triplet, fetch: (path) => fetch(path) }) };
    loaded.dataset.catch(() => (loaded = { key: "", dataset: null }));
  }
  return loaded.dataset;
}

function useOwn(dataset) {
  const link = waitingLink;
  waitingLink = null;
  visitorData[dataset.name] = dataset;
  if (link?.checksum === dataset.checksum) {
    return startRun(link);
  }
  if (link?.checksum) {
    toast.show("This is not the data of the link, as its checksum differs. A new run starts with it.");
  }
  const settings = { ...chosenPane().session.current, data: dataset.name };
  return startAll((session) => ({
    ...session.current,
    ...Object.fromEntries(SHARED.map((key) => [key, settings[key]])),
  }));
}

function keepSymbols(drawn) {
  symbols = drawn;
  visitorData.drawn = symbolData(drawn);
}

const tableDialog = createTableDialog(createReaderWorker, useOwn);
const drawDialog = createDrawDialog((drawn) => {
  keepSymbols(drawn);
  useOwn(visitorData.drawn);
});

// ---- runs ---------------------------------------------------------------------------------------------------------

const alreadyReported = () => {}; // by the session's "error" event

function startAll(settingsOf) {
  return Promise.all(
    sessions().map((session) => session.start(settingsOf(session), { playing: !stillness.matches })),
  ).catch(alreadyReported);
}

/**
 * run: as decode gives it.
 * @param {{ settings: any, changes?: any[], compare?: any, view?: Record<string, any> }} run
 */
async function startRun({ settings, changes = [], compare = null, view: wanted = {} }) {
  Object.assign(view, wanted, { positive: undefined, highlighted: -1 });
  const until = wanted.step ?? 0;
  const playing = until === 0 && !stillness.matches;
  setPanes(compare ? 2 : 1);
  const runs = [{ settings, changes }, ...(compare ? [compare] : [])];
  try {
    await Promise.all(
      runs.map((run, i) => sessions()[i].start(run.settings, { changes: run.changes ?? [], until, playing })),
    );
  } catch {
    alreadyReported();
  }
  rotateCameras();
}

function setPanes(count) {
  releasePanes();
  while (panes.length > count) {
    const pane = panes.pop();
    pane.session.close();
    pane.root.remove();
  }
  while (panes.length < count) {
    addPane();
  }
  releasePanes = count > 1 ? keepInStep(sessions()) : () => {};
  select(Math.min(selected, count - 1));
  byId("scene").classList.toggle("compared", count > 1);
  byId("compare").setAttribute("aria-pressed", String(count > 1));
  markDirty();
}

function addPane() {
  const session = new Session({ schema, load: loadData, createWorker });
  session.speed = panes[0]?.session.speed ?? 60;
  const index = panes.length;
  const pane = createPane({
    session,
    onAnchor: setAnchor,
    onRotate(yaw, pitch) {
      Object.assign(view, { yaw, pitch });
      rotateCameras();
    },
    onSelect: () => select(index),
  });

  session.addEventListener("start", () => {
    view.anchor = Math.min(view.anchor, session.dataset.n - 1);
    rotateCameras();
    legend();
    markDirty();
  });
  session.addEventListener("snapshot", markDirty);
  session.addEventListener("state", markDirty);
  session.addEventListener("error", (/** @type {any} */ { detail }) => {
    toast.show(detail.message);
    markDirty();
  });

  panes.push(pane);
  byId("scene").append(pane.root);
}

function compare() {
  if (panes.length > 1) {
    setPanes(1);
    return;
  }
  const { settings, current } = panes[0].session;
  if (!settings) {
    return;
  }
  const apart = isOfTriplets(current)
    ? [["mining", current.mining === "semihard" ? "all" : "semihard"]]
    : withBrought(current, "loss", "triplet");
  startRun({ settings: current, compare: { settings: schema.clamp({ ...current, ...Object.fromEntries(apart) }) } });
  select(1);
}

function changeSetting(key, value) {
  if (key === "data" && value in visitorData && !visitorData[value]) {
    (value === "own" ? tableDialog : drawDialog).open();
    markDirty(); // the control goes back to what is in force
    return;
  }
  const of = SHARED.includes(key) ? sessions() : [chosenPane().session];
  const others = sessions().filter((session) => !of.includes(session)); // restart together with it
  pendingChanges++;
  Promise.all(of.map((session) => session.set(key, value)))
    .then(() => Promise.all(schema.field(key).live ? [] : others.map((session) => session.start())))
    .catch(alreadyReported)
    .finally(() => {
      pendingChanges--;
      markDirty();
    });
}

// How a pane's settings differ from the other's, in words.
function titleOf(pane) {
  if (panes.length === 1 || !panes.every(({ session }) => session.settings)) {
    return "";
  }
  const [mine, other] = [pane.session.current, panes.find((one) => one !== pane).session.current];
  const inWords = (/** @type {any} */ { kind, choices }, value) =>
    kind === "boolean" ? (value ? "on" : "off") : (choices?.find((choice) => choice.value === value)?.label ?? value);
  const apart = schema.fields.filter(({ key, when }) => when(mine) && String(mine[key]) !== String(other[key]));
  const words = apart.slice(0, 3).map((field) => `${field.label.toLowerCase()} ${inWords(field, mine[field.key])}`);
  return [pane === panes[0] ? "A" : "B", ...words].join(" · ");
}

// Instruments and settings belong to the selected pane.
function select(index) {
  const before = selected;
  selected = index;
  if (selected !== before) {
    legend();
  }
  markDirty();
}

// ---- what is shown ------------------------------------------------------------------------------------------------

// row: -1 for none, null for one of an active triplet or pair.
function setAnchor(row) {
  view.anchor = row === null ? activeAnchor() : row;
  view.positive = undefined;
  tasks.look.due = 0;
  markDirty();
}

function activeAnchor() {
  const { snapshot } = chosenPane().session.state;
  return snapshot?.forces[0] ?? 0;
}

function rotateCameras() {
  for (const { scene } of panes) {
    Object.assign(scene.camera, { yaw: view.yaw, pitch: view.pitch });
  }
}

function legend() {
  const { dataset, heldOut } = chosenPane().session;
  if (dataset) {
    showLegend(byId("legend"), dataset, heldOut, view.highlighted, (label) => {
      view.highlighted = label;
      legend();
      byId("legend").querySelectorAll("button")[Math.max(label, 0)]?.focus();
      markDirty();
    });
  }
}

// By what the loss is of.
const LINES = {
  triplets: {
    textContent: "Triplets",
    title: "Active triplets of the last step: solid lines pull together, dashed lines push apart",
  },
  pairs: {
    textContent: "Pairs",
    title:
      "Of each anchor of the last step its farthest positive and its nearest negative, if they are active: solid " +
      "lines pull together, dashed lines push apart",
  },
};

const toggles = [
  ["lines", "Triplets", "t", ""],
  ["ring", "Ring", "m", "Around the anchor: how near the loss wants its positives, and how far its negatives"],
  ["gradient", "Gradient", "g", "Which way the loss moves the points of the batch"],
].map(([key, text, letter, title]) => {
  const flip = () => {
    view[key] = !view[key];
    markDirty();
  };
  return {
    key,
    letter,
    flip,
    button: element("button", {
      type: "button",
      textContent: text,
      title,
      id: `show-${key}`,
      "aria-pressed": "false",
      on: { click: flip },
    }),
  };
});

// ---- controls -----------------------------------------------------------------------------------------------------

const toggle = () => {
  const playing = chosenPane().session.state.playing || chosenPane().session.state.replaying;
  sessions().forEach((session) => (playing ? session.pause() : session.play()));
};
const step = () => sessions().forEach((session) => session.step());
const reset = () => startAll((session) => session.current);

const transport = createTransport(byId("transport"), {
  toggle,
  step,
  reset,
  speed: (value) => sessions().forEach((session) => (session.speed = value)),
  seek: (to) => sessions().forEach((session) => session.seek(to)),
});
byId("transport").append(
  element(
    "span",
    { className: "toggles", role: "group", "aria-label": "Show" },
    ...toggles.map(({ button }) => button),
  ),
);

const sourceLine = element("p", { className: "hint", id: "source" });
const action = (text, id, run) => element("button", { type: "button", textContent: text, id, on: { click: run } });
const dataButtons = element(
  "div",
  { className: "data-buttons" },
  action("Open a file …", "open-file", () => tableDialog.open()),
  action("Draw symbols …", "open-draw", () => drawDialog.open()),
  sourceLine,
);
const sides = element(
  "div",
  { className: "segments sides", role: "radiogroup", "aria-label": "Settings of" },
  ...["A", "B"].map((name, i) => {
    const radio = element("input", { type: "radio", name: "side", value: i });
    radio.addEventListener("change", () => select(i));
    return element("label", {}, radio, element("span", { textContent: `Settings of ${name}` }));
  }),
);
byId("controls").append(sides);
const controls = createControls(byId("controls"), { schema, change: changeSetting, extras: { data: dataButtons } });

const curves = createCurves(byId("curves"));
const distances = createHistogram(byId("histogram"), byId("histogram-title"));
const inspector = createInspector(byId("inspector"), {
  choose: setAnchor,
  pair(row) {
    view.positive = row;
    tasks.look.due = 0;
    markDirty();
  },
});
const summary = createSummary(byId("summary"));
const help = createHelp(byId("help"));
createDownloads(byId("downloads"), chosenPane, toast.show);
const tellStory = createStories(byId("stories"), byId("story"), presets, (preset) => {
  const settings = (of) => schema.clamp({ ...schema.defaults(), ...of });
  select(0);
  startRun({
    settings: settings(preset.settings),
    compare: preset.compare ? { settings: settings(preset.compare) } : null,
    view: { anchor: preset.anchor ?? -1 },
  });
});
byId("compare").addEventListener("click", compare);
byId("share").addEventListener("click", share);
bindScriptPanel(byId("script"), toast.show, () => {
  const {
    settings,
    state: { changes, snapshot },
    dataset,
    heldOut,
  } = chosenPane().session;
  return snapshot && { settings, changes, dataset, heldOut, snapshot };
});

onTheme(() => {
  legend();
  markDirty();
});

const inField = (target) =>
  target.closest("select, textarea, dialog, input:not([type=range], [type=checkbox], [type=radio])");
document.addEventListener("keydown", (event) => {
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    inField(event.target) ||
    document.querySelector("dialog[open]")
  ) {
    return;
  }
  const keys = {
    ".": step,
    r: reset,
    c: compare,
    "?": help.open,
    ...Object.fromEntries(toggles.map(({ letter, flip }) => [letter, flip])),
  };
  const target = /** @type {Element} */ (event.target);
  const isPlayKey = event.key === " " && !target.closest("button, input, summary");
  const run = isPlayKey ? toggle : keys[event.key.toLowerCase()];
  if (run) {
    event.preventDefault();
    run();
  }
});

// ---- the address --------------------------------------------------------------------------------------------------

function hash(step) {
  const [first, second] = sessions();
  const run = ({ settings, state }) => ({ settings, changes: state.changes });
  const { anchor, lines, ring, gradient, yaw, pitch } = view;
  return encode({
    ...run(first),
    compare: second?.settings && run(second),
    view: { step, anchor, lines, ring, gradient, yaw, pitch },
    checksum: first.settings.data === "own" ? first.dataset.checksum : undefined,
    symbols: first.settings.data === "drawn" ? symbols : undefined,
  });
}

function writeAddress() {
  const wanted = panes[0].session.settings ? hash() : location.hash;
  if (wanted !== location.hash) {
    history.replaceState(null, "", wanted);
  }
}

async function share() {
  if (!panes[0].session.settings) {
    return;
  }
  if (sessions().some(({ state }) => state.changes.length > MAX_CHANGES)) {
    toast.show(`This run has more than ${count(MAX_CHANGES)} live changes, too many for a link.`);
    return;
  }
  history.replaceState(null, "", hash(chosenPane().session.state.snapshot.step));
  tasks.address.due = performance.now() + 60000; // so that it stays as shared for a while
  try {
    await navigator.clipboard.writeText(location.href);
    toast.show("Link copied. It replays this run bit for bit.");
  } catch {
    toast.show("The link is in the address bar. It replays this run bit for bit.");
  }
}

async function open() {
  const link = decode(location.hash, schema);
  tellStory(link ? null : opening);
  const data = link?.settings.data;
  if (data === "own" && visitorData.own?.checksum !== link.checksum) {
    waitingLink = link;
    await startRun({ settings: schema.defaults() });
    tableDialog.open(link.checksum ?? "unknown");
  } else if (data === "drawn" && !link.symbols) {
    await startRun({ settings: schema.defaults() });
    toast.show("The symbols in this link cannot be read.");
  } else {
    if (data === "drawn") {
      keepSymbols(link.symbols);
      drawDialog.take(symbols);
    }
    await startRun(link ?? { settings: schema.defaults() });
  }
}
addEventListener("hashchange", open);

// ---- frames -------------------------------------------------------------------------------------------------------

// Work that may take longer than a frame has: each task at its own pace, and never two in one frame. due: not before.
const tasks = {
  look: { period: 50, run: look },
  tell: { period: 120, run: tell },
  controls: { period: 150, run: showControls },
  curves: {
    period: 200,
    run: showCurves,
  },
  distances: { period: 120, run: showDistances },
  inspector: { period: 400, run: () => inspector.show(chosenPane().session, chosenPane().scene.marks.anatomy) },
  summary: { period: 1000, run: () => summary.show(chosenPane().session, chosenPane().scene.marks.anatomy) },
  address: { period: ADDRESS_PERIOD, run: writeAddress },
};
Object.values(tasks).forEach((task) => Object.assign(task, { due: 0, dirty: true }));

function markDirty() {
  Object.values(tasks).forEach((task) => (task.dirty = true));
}

function look() {
  for (const { session, scene } of panes) {
    const { snapshot } = session.state;
    const seen = view.anchor >= 0 && snapshot && view.anchor < session.dataset.n;
    Object.assign(scene.marks, {
      lines: view.lines,
      ring: view.ring,
      gradient: view.gradient,
      highlighted: view.highlighted,
      anatomy: seen
        ? anatomy(triplet, {
            snapshot,
            dataset: session.dataset,
            anchor: view.anchor,
            positive: view.positive,
          })
        : null,
    });
  }
  tasks.inspector.dirty = tasks.summary.dirty = true; // they may have run before, on what was seen then
}

function tell() {
  panes.forEach((pane, i) => pane.describe(titleOf(pane), i === selected));
  transport.show(chosenPane().session.state);
  toggles.forEach(({ key, button }) => button.setAttribute("aria-pressed", String(view[key])));
  const { current } = chosenPane().session;
  Object.assign(toggles[0].button, LINES[!current || isOfTriplets(current) ? "triplets" : "pairs"]);
}

function showControls() {
  const { current, dataset, evaluated } = chosenPane().session;
  if (current && pendingChanges === 0) {
    controls.show(current);
    const source = dataset.source ? `: ${dataset.source}` : ", kept on this machine";
    const rows = `${count(dataset.n)} rows of ${dataset.d} columns${source}.`;
    sourceLine.textContent = [rows, evaluationNote(evaluated, current)].filter(Boolean).join(" ");
  }
  sides.hidden = panes.length < 2;
  sides.querySelectorAll("input").forEach((radio, i) => (radio.checked = i === selected));
}

function showCurves() {
  const states = sessions().filter(({ settings }) => settings).map(({ state }) => state);
  const terms = new Set(states.map(({ snapshot }) => snapshot.terms));
  curves.show(states.map(({ curves }) => curves), terms.size === 1 ? [...terms][0] : "");
}

function showDistances() {
  const { state, dataset } = chosenPane().session;
  if (state.snapshot) {
    distances.show(histogram(triplet, { snapshot: state.snapshot, dataset }));
  }
}

function frame(now) {
  requestAnimationFrame(frame);
  for (const pane of panes) {
    pane.session.requestSnapshot();
    pane.draw(now);
  }
  const [task] = Object.values(tasks)
    .filter(({ due, dirty }) => dirty && now >= due)
    .sort((a, b) => a.due - b.due);
  if (task) {
    task.dirty = false;
    const start = performance.now();
    task.run();
    task.due = now + task.period + 8 * (performance.now() - start);
  }
}

await open();
requestAnimationFrame(frame);
