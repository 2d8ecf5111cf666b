// Wires the page together: the state, the rooms that show it, keys and the address.
import { loadTriplet } from "triplet";
import { MistakeFinder } from "./model/mistake_finder.js";
import { Page } from "./model/page.js";
import { createSettings } from "./model/settings.js";
import { bindScriptPanel } from "./script/open.js";
import "./style/base.css";
import { bindAddress } from "./view/address.js";
import { createBar } from "./view/bar.js";
import { stillness } from "./view/dom.js";
import { runFrames } from "./view/frames.js";
import { createHeader } from "./view/header.js";
import { bindKeys } from "./view/keys.js";
import { createPanels } from "./view/panels.js";
import { createStage } from "./view/stage.js";
import { createSummary } from "./view/summary.js";
import { bindTheme } from "./view/theme.js";
import { createToast } from "./view/toast.js";
import { createMistakesWorker, createWorker } from "./worker/create.js";

const LINKS = { guide: "", source: "" };

const byId = (id) => document.getElementById(id);
const toast = createToast(byId("message"));
const triplet = await loadTriplet();
const page = new Page({
  triplet,
  schema: createSettings(triplet),
  createWorker,
  fetch: (path) => fetch(path),
  isStill: () => stillness.matches,
});
page.addEventListener("message", (/** @type {any} */ { detail }) => toast.show(detail));

const openScript = bindScriptPanel(toast.show, () => {
  const { settings, state, dataset, heldOut } = page.session;
  return state.snapshot && { settings, changes: state.changes, dataset, heldOut, snapshot: state.snapshot };
});
const stage = createStage(byId("stage"), page);
const header = createHeader(byId("header"), page, { links: LINKS, script: openScript });
bindTheme(header.theme);
const address = bindAddress(page);
const rooms = [
  stage,
  header,
  createBar(byId("bar"), page),
  createPanels(byId("drawer"), page, stage),
  createSummary(byId("summary"), page),
  new MistakeFinder(page, createMistakesWorker),
  address,
];
bindKeys(page);
const watch = () => (page.hidden = document.visibilityState === "hidden");
document.addEventListener("visibilitychange", watch);

await page.open(location.hash);
watch();
runFrames(page, rooms, (now) => {
  page.sessions.forEach((session) => session.requestSnapshot());
  stage.draw(now);
});
