// The script panel: an editor, buttons to run and stop, the script's output and its picture. It lives in a shadow root,
// where the editor can have styles without breaking the page's policy. Nothing runs until Run is pressed.
import { ScriptRunner } from "triplet/lua";
import digits from "../../../tests/data/digits.csv?url";
import iris from "../../../tests/data/iris.csv?url";
import { dataCsv, fileNames } from "../model/exports.js";
import { luaScript } from "../model/scripts.js";
import { element } from "../view/dom.js";
import { download } from "../view/download.js";
import "./dialog.css";
import { createEditor } from "./editor.js";
import { pack, unpack } from "./link.js";
import { createOutput } from "./output.js";
import css from "./panel.css?inline";
import { createPicture } from "./picture.js";

const sources = import.meta.glob("../../../lua/examples/*.lua", { query: "?raw", import: "default", eager: true });
const TITLES = {
  first_loss: "A loss by hand",
  iris: "Iris flowers",
  digits: "Digits, semi-hard mining",
  unseen_classes: "Classes never seen",
  faces: "Faces: an adapter, and a threshold",
  sentences: "Questions and answers",
  recommender: "A recommender",
  shop: "A recommender for new users",
};
const examples = new Map(Object.entries(sources).map(([path, text]) => [path.match(/(\w+)\.lua$/)[1], text]));
const PAGE = "run"; // the page's own, as a script
const SHARED = "script"; // from a link

// The folder that a script runs in: data has the same path as in the checkout.
const FILES = { "tests/data/digits.csv": digits, "tests/data/iris.csv": iris };
let files = null;

async function loadFile([path, url]) {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${path}: HTTP status ${response.status}`);
  }
  return [path, await response.text()];
}

function loadFiles() {
  files ??= Promise.all(Object.entries(FILES).map(loadFile)).then(Object.fromEntries);
  files.catch(() => (files = null));
  return files;
}

// currentRun: see open.js.
export function createPanel(currentRun) {
  const button = (textContent, id, click, className = "") =>
    element("button", { type: "button", textContent, id, className, on: { click } });
  const menu = element("select", { id: "example" },
    ...Object.entries(TITLES).map(([value, textContent]) => element("option", { value, textContent })),
    element("option", { value: PAGE, textContent: "This page's run" }),
    element("option", { value: SHARED, textContent: "Script from a link", hidden: true, disabled: true }));
  const runButton = button("Run", "run", run, "primary");
  const stopButton = button("Stop", "stop", stop);
  const status = element("span", { id: "status", role: "status" });
  const editorRoot = element("div", { id: "editor" });
  const canvas = element("canvas", { id: "picture", tabIndex: 0, role: "img", "aria-label": "The script's picture" });
  const caption = element("figcaption", { id: "caption" });
  const log = element("pre", { id: "output", role: "log", tabIndex: 0, "aria-label": "The script's output" });
  const written = element("div", { id: "written" });
  const host = element("div", {});
  const root = element("dialog", { id: "script-panel", "aria-label": "Lua script" }, host);

  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  const title = element("h2", { textContent: "Lua script" });
  const closeButton = button("Close", "close", () => root.close());
  const others = [button("Reset", "reset", reset), button("Share", "share", share), status, closeButton];
  const results = element("div", { id: "results" }, element("figure", {}, canvas, caption), log, written);
  shadow.append(
    element("header", {}, title, element("label", {}, "Example ", menu), runButton, stopButton, ...others),
    element("div", { id: "body" }, editorRoot, results));
  document.body.append(root);

  const editor = createEditor(editorRoot, run);
  const output = createOutput(log, editor.goTo);
  const picture = createPicture(canvas, caption);
  const runner = new ScriptRunner({ print: output.print, draw: picture.show });
  let original = "";
  let current = null; // the run whose end is awaited

  function showState(text) {
    runButton.disabled = current !== null;
    stopButton.disabled = current === null;
    status.textContent = text;
  }

  function clear() {
    output.clear();
    picture.clear();
    written.replaceChildren();
    editor.mark(0);
  }

  function choose(value, text) {
    abandon();
    menu.value = value;
    original = text;
    editor.text = text;
    clear();
    output.note(
      `Scripts can read ${Object.keys(FILES).join(", ")}, and this page's data as ${fileNames.dataCsv}. Files that ` +
        "they write can be saved here.",
    );
    showState("Ctrl+Enter runs the script");
  }

  function pageScript() {
    const run = currentRun();
    return run ? `arg = { "${fileNames.dataCsv}" }\n${luaScript(run)}` : "-- The page has no run yet.\n";
  }

  // The data that the page shows, for scripts that ask for it.
  function pageData(source) {
    const run = source.includes(fileNames.dataCsv) && currentRun();
    return run ? { [fileNames.dataCsv]: dataCsv(run) } : {};
  }

  // Back to the original text; the visitor's changes are lost.
  function reset() {
    choose(menu.value, original);
  }

  async function run() {
    if (current) {
      return;
    }
    clear();
    const own = (current = {});
    const source = editor.text;
    showState("Loading …");
    try {
      const given = { ...(await loadFiles()), ...pageData(source) };
      if (own === current) {
        const running = runner.run(source, { name: `${menu.value}.lua`, files: given });
        showState("Running …");
        finish(own, await running);
      }
    } catch (error) {
      finish(own, { failure: { message: error.message, line: 0, traceback: "" }, written: {} });
    }
  }

  // At any time, even before the script begins.
  function stop() {
    const own = current;
    runner.stop();
    finish(own, { failure: { message: "stopped", stopped: true }, written: {} });
  }

  // Without saying so.
  function abandon() {
    current = null;
    runner.stop();
  }

  function finish(own, { failure, written: made }) {
    if (own === null || own !== current) {
      return;
    }
    current = null;
    output.flush();
    if (failure?.stopped) {
      output.note(failure.message);
    } else if (failure) {
      output.fail(failure);
      editor.mark(failure.line);
    }
    showState(!failure ? "Done" : failure.stopped ? "Stopped" : "Failed");
    const links = Object.entries(made).map(([path, bytes]) =>
      button(`Save ${path}`, "", () => download(path.split("/").pop(), bytes, "application/octet-stream")));
    written.replaceChildren(...links);
  }

  async function share() {
    const link = new URL(location.href);
    const pairs = new URLSearchParams(link.hash.slice(1));
    const packed = await pack(editor.text);
    if (packed === null) {
      status.textContent = "The script is too long for a link.";
      return;
    }
    pairs.set("script", packed);
    link.hash = pairs.toString();
    try {
      await navigator.clipboard.writeText(link.href);
      status.textContent = "Link copied. The script runs when its reader presses Run.";
    } catch {
      history.replaceState(null, "", link);
      status.textContent = "The link is in the address bar. The script runs when its reader presses Run.";
    }
  }

  menu.addEventListener("change", () => choose(menu.value, examples.get(menu.value) ?? pageScript()));
  root.addEventListener("close", stop);
  choose("iris", examples.get("iris"));

  // packed: the script of a link, which is shown but not run.
  async function open(packed) {
    if (!root.open) {
      root.showModal();
    }
    if (packed) {
      const text = await unpack(packed);
      if (text === null) {
        showState("The script in the link is damaged or too long.");
      } else {
        menu.lastElementChild.hidden = menu.lastElementChild.disabled = false;
        choose(SHARED, text);
        showState("From a link: read it, then press Run");
      }
    }
    editor.focus();
  }

  return { open };
}
