// Wires the page together: the state, the rooms that show it, keys and the address.
import { loadTriplet } from "triplet";
import { Kept } from "./model/kept.js";
import { MistakeFinder } from "./model/mistake_finder.js";
import { Page } from "./model/page.js";
import { createSettings } from "./model/settings.js";
import { bindScriptPanel } from "./script/open.js";
import "./style/base.css";
import "./style/dead.css";
import { bindAddress } from "./view/address.js";
import { createBar } from "./view/bar/bar.js";
import { stillness } from "./view/dom.js";
import { runFrames } from "./view/frames.js";
import { createHeader } from "./view/header.js";
import { bindIncoming } from "./view/incoming.js";
import { bindKeys } from "./view/keys.js";
import { createLegend } from "./view/legend.js";
import { createOne } from "./view/one/one.js";
import { createLater } from "./view/later.js";
import { keepOffline } from "./view/offline.js";
import { createPanels } from "./view/panels.js";
import { createStage } from "./view/stage/stage.js";
import { bindTheme } from "./view/theme.js";
import { createToast } from "./view/toast.js";
import { createMistakesWorker, createReaderWorker, createWorker } from "./worker/create.js";

const LINKS = { guide: "./guide/", source: "" };

const UNDER_WAY = 20; // steps: what is beside the picture comes after it

const byId = (id) => document.getElementById(id);
const toast = createToast(byId("message"));
const triplet = await loadTriplet();
const page = new Page({
  triplet,
  schema: createSettings(triplet),
  createWorker,
  fetch: (path) => fetch(path),
  kept: new Kept({ storage: () => indexedDB, createWorker: createReaderWorker }),
  isStill: () => stillness.matches,
});
let said = "";
page.addEventListener("message", (/** @type {any} */ { detail }) => toast.show((said = detail)));

const openScript = bindScriptPanel(toast.show, () => {
  const { settings, state, dataset, heldOut } = page.session;
  return state.snapshot && { settings, changes: state.changes, dataset, heldOut, snapshot: state.snapshot };
});
const stage = createStage(byId("stage"), page);
const header = createHeader(byId("header"), page, { links: LINKS, script: openScript });
bindTheme(header.theme);
const address = bindAddress(page);
const isUnderWay = () => {
  const { snapshot, step } = page.session.state;
  return page.view.place === "run" && snapshot !== null && (!page.playing || step >= UNDER_WAY);
};
const loadBefore = async () => (await import("./view/before.js")).createBefore(byId("before"), page, stage);
const loadSummary = async () => (await import("./view/summary.js")).createSummary(byId("summary"), page);
const loadCard = async () => (await import("./view/card/card.js")).createCard(byId("card"), page);
const loadCompared = async () => (await import("./view/compared.js")).createCompared(byId("compared"), page, stage);
const loadEnding = async () => (await import("./view/ending.js")).createEnding(byId("ending"), page);
const loadStory = async () => (await import("./view/story.js")).createStory(byId("story"), page);
const loadTour = async () => (await import("./view/tour.js")).createTour(byId("tour"), page, stage);
const failedLater = ({ message }) => page.say(`A part of the page could not be loaded: ${message}.`);
const rooms = [
  stage,
  header,
  createBar(byId("bar"), page),
  createLater(() => page.view.anchor >= 0, loadCard, failedLater),
  createLater(() => page.comparing, loadCompared, failedLater),
  createLater(() => page.sessions.some(({ state }) => state.ending), loadEnding, failedLater),
  createLegend(byId("legend"), page),
  createLater(isUnderWay, loadBefore, failedLater),
  createPanels(byId("drawer"), page, stage),
  createOne(byId("one"), page, stage),
  createLater(() => page.view.story !== "", loadStory, failedLater),
  createLater(() => page.view.tour > 0, loadTour, failedLater),
  createLater(isUnderWay, loadSummary, failedLater),
  new MistakeFinder(page, createMistakesWorker),
  address,
];
bindKeys(page);
bindIncoming(page);
const watch = () => (page.hidden = document.visibilityState === "hidden");
document.addEventListener("visibilitychange", watch);

const opened = page.open(location.hash);
watch();
if (page.view.place === "run") {
  await opened; // one triplet needs no data
  if (!page.session.settings) {
    throw new Error(said); // public/alive.js tells it
  }
}
let isAlive = false; // once a frame has been drawn
runFrames(page, rooms, (now) => {
  page.sessions.forEach((session) => session.requestSnapshot());
  const moves = stage.draw(now);
  isAlive ||= dispatchEvent(new Event("alive"));
  return moves;
});
keepOffline();
