// What can be taken along: a link to this very step, pictures, films, data, the model, and scripts that repeat the run.
import { dataCsv, embeddingCsv, fileNames, projectorTsv } from "../model/exports.js";
import { replay, stepsOfFilm } from "../model/replay.js";
import { jsScript, luaScript } from "../model/scripts.js";
import { count, recallSentence } from "../model/words.js";
import "../style/share.css";
import { element } from "../view/dom.js";
import { download } from "../view/download.js";
import { createFilm } from "../view/stage/film.js";
import { sceneSvg } from "../view/stage/svg.js";

export const title = "Share";

const PICTURE = { width: 1080, height: 1080 };
const FILM = { gif: { width: 480, height: 480 }, webm: { width: 720, height: 720 } };
const MOST_FRAMES = { gif: 60, webm: 90 };

const TSV = "text/tab-separated-values";

export function create(body, page, stage) {
  const link = element("input", { type: "text", readOnly: true, "aria-label": "The link" });
  link.addEventListener("focus", () => link.select());
  const copied = element("p", { className: "hint", role: "status" });
  const progress = element("progress", { max: 1, hidden: true, "aria-label": "The film is being made" });
  const filmHint = element("p", { className: "hint" });
  const button = (textContent, run, properties = {}) =>
    element("button", { type: "button", textContent, ...properties, on: { click: () => attempt(run) } });

  async function attempt(run) {
    try {
      await run();
    } catch (error) {
      page.say(error.message);
    }
  }

  // ---- link -------------------------------------------------------------------------------------------------------

  const address = () => {
    const here = new URL(location.href);
    here.hash = page.address(stepOf(page));
    return here.href;
  };

  async function copy() {
    if (!page.isShareable) {
      return;
    }
    link.value = address();
    try {
      await navigator.clipboard.writeText(link.value);
      copied.textContent = "Copied. It replays this run to this step, bit for bit.";
    } catch {
      link.focus();
      copied.textContent = "Copy the marked link. It replays this run to this step, bit for bit.";
    }
  }
  const send = button("Send …", () => sent(address()), { hidden: !navigator.share });

  // ---- pictures and films -----------------------------------------------------------------------------------------

  const drawer = (size) => createFilm(page.triplet, page.session, { ...size, view: page.view });
  const png = async () => {
    const canvas = drawer({ ...PICTURE, title: headline(page) })(page.session.state.snapshot);
    download("embedding.png", await new Promise((resolve) => canvas.toBlob(resolve, "image/png")), "image/png");
  };
  const svg = () => download("embedding.svg", sceneSvg(stage.panes[page.selected]), "image/svg+xml");

  async function film(kind) {
    const steps = stepsOfFilm(stepOf(page), MOST_FRAMES[kind]);
    if (steps.length < 2) {
      page.say("There is nothing to see moving yet: let the run play for a while.");
      return;
    }
    films.forEach((each) => (each.disabled = true));
    progress.hidden = false;
    try {
      const made = await import("./film.js");
      const draw = drawer({ ...FILM[kind], title: headline(page, false) });
      const snapshots = await replay(page, steps, (share) => (progress.value = share / 2));
      const content = await made[kind](snapshots, draw, (share) => (progress.value = 0.5 + share / 2));
      download(`run.${kind}`, content, kind === "gif" ? "image/gif" : "video/webm");
    } finally {
      progress.hidden = true;
      films.forEach((each) => (each.disabled = false));
    }
  }
  const films = [
    button("GIF", () => film("gif")),
    button("WebM", () => film("webm"), { hidden: !globalThis.MediaRecorder }),
  ];

  // ---- files ------------------------------------------------------------------------------------------------------

  const run = () => {
    const { settings, state, dataset, heldOut } = page.session;
    return { settings, changes: state.changes, dataset, heldOut, snapshot: state.snapshot };
  };
  const projector = () => {
    const { vectors, metadata } = projectorTsv(run());
    download(fileNames.vectors, vectors, TSV);
    download(fileNames.metadata, metadata, TSV);
  };
  const model = async () => download(fileNames.model, await page.session.modelBytes(), "application/octet-stream");

  const group = (name, buttons, ...others) =>
    element(
      "section",
      { "aria-label": name },
      element("h3", { textContent: name }),
      element("div", { className: "files" }, ...buttons),
      ...others,
    );
  body.append(
    group("A link to this step", [button("Copy the link", copy, { className: "primary" }), send], link, copied),
    group("Picture", [button("PNG", png), button("SVG", svg)]),
    group("Film of the run", films, filmHint, progress),
    group("Data and model", [
      button("Embedding, CSV", () => download(fileNames.embeddingCsv, embeddingCsv(run()), "text/csv")),
      button("Data, CSV", () => download(fileNames.dataCsv, dataCsv(run()), "text/csv")),
      button("Embedding Projector, two TSV", projector),
      button("Model, safetensors", model),
    ]),
    group("Scripts that repeat this run", [
      button("Lua", () => download(fileNames.luaScript, luaScript(run()))),
      button("JavaScript", () => download(fileNames.jsScript, jsScript(run()), "text/javascript")),
    ]),
  );

  return {
    period: 400,
    show() {
      const { state, settings } = page.session;
      if (!settings || !state.snapshot) {
        return;
      }
      if (document.activeElement !== link) {
        link.value = address();
      }
      filmHint.textContent = `From the start to step ${count(state.snapshot.step)}, trained again for it.`;
    },
    closed() {
      copied.textContent = "";
    },
  };
}

const stepOf = (page) => page.session.state.snapshot?.step ?? 0;

// A visitor may change their mind.
async function sent(url) {
  try {
    await navigator.share({ title: document.title, url });
  } catch (error) {
    if (error.name !== "AbortError") {
      throw error;
    }
  }
}

// What a picture is of, as lines.
function headline({ session }, withStep = true) {
  const { dataset, evaluated, settings, state } = session;
  const { step } = state.snapshot;
  const found = state.recall ? recallSentence(state.recall, evaluated, step) : "";
  const about = `${settings.loss === "triplet" ? `margin ${state.snapshot.settings.margin}` : settings.loss}`;
  return [dataset.title, withStep ? `Step ${count(step)}, ${about}` : about, withStep ? found : ""]
    .filter(Boolean)
    .join("\n");
}
