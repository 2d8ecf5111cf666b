// The visitor's own file, read as the library reads it. What is decided on its columns is shown, and can be had
// otherwise; it is kept on this machine until it is forgotten.
import "../style/data.css";
import { Choices } from "../model/choices.js";
import { limits } from "../model/table.js";
import { TableReader } from "../model/table_reader.js";
import { count } from "../model/words.js";
import { element } from "../view/dom.js";
import { createReaderWorker } from "../worker/create.js";
import { createFound } from "./found.js";
import { createFormat, faultWords, isAboutFormat } from "./format.js";
import { createSource } from "./source.js";

export const title = "Your own data";
export const broad = true;

export function create(body, page) {
  const { kept } = page;
  /** @type {TableReader} */
  let reader = null; // of the file that is open
  let choices = new Choices();
  let asked = 0; // how often the file was described

  const expected = element("p", { className: "expected" });
  const said = element("p", { className: "said", role: "alert" });
  const source = createSource({ read, forget, say: (text) => (said.textContent = text) });
  const found = createFound(choose);
  const format = createFormat({
    format: (formats) => choose(() => choices.format(formats)),
    missingTexts: (line) => choose(() => choices.missingTexts(line)),
  });
  const go = element("button", { type: "button", className: "primary", id: "use-table", textContent: "Train on it" });
  go.addEventListener("click", use);
  const picker = element("div", { className: "picker", hidden: true }, found.root, format.root);
  const foot = element("div", { className: "foot" }, said, go);
  body.append(expected, source.intro, source.promise, picker, source.buttons, foot);
  go.disabled = true;

  // ---- a file -------------------------------------------------------------------------------------------------------

  function close() {
    asked++;
    reader?.close();
    reader = null;
    picker.hidden = true;
    go.disabled = true;
    said.textContent = "";
  }

  // options: of readTable, from an earlier choice.
  function read(blob, name = blob.name, options = {}) {
    close();
    if (blob.size > limits.bytes) {
      said.textContent = `The file is larger than ${count(limits.bytes / 1e6)} MB, the limit of this page.`;
      return;
    }
    said.textContent = `Reading ${name} …`;
    choices = new Choices(options);
    found.root.hidden = true;
    format.root.open = false;
    format.show(options);
    reader = new TableReader(createReaderWorker);
    tell(reader.open(blob, name, options));
  }

  // The one that is trained on, or that an earlier visit left here.
  async function reopen() {
    const { own } = page.visitorData;
    if (own) {
      read(new Blob([own.table.bytes]), own.title, own.table.options);
      return;
    }
    const before = asked;
    const record = await kept.find();
    if (record && before === asked && !page.awaited) {
      read(record.blob, record.name, record.options);
    }
  }

  async function use() {
    go.disabled = true;
    try {
      const dataset = await reader.dataset();
      page.closePanel();
      page.useData(dataset);
      if (!(await kept.keep(dataset))) {
        page.say("This browser keeps no files for the page: choose it again after a reload.");
      }
    } catch (error) {
      said.textContent = faultWords(error);
    }
    go.disabled = false;
  }

  async function forget() {
    close();
    await kept.forget();
    page.forgetOwn();
  }

  // ---- choices ------------------------------------------------------------------------------------------------------

  // make(choices): changes them.
  function choose(make) {
    make(choices);
    tell(reader.describe(choices.options));
  }

  // Shows what is found, or says what is wrong, unless something else has been asked for meanwhile.
  async function tell(description) {
    const ticket = ++asked;
    go.disabled = true;
    try {
      const table = await description;
      ticket === asked && show(table);
    } catch (error) {
      if (ticket === asked) {
        said.textContent = faultWords(error);
        format.root.open ||= isAboutFormat(error);
      }
    } finally {
      picker.hidden &&= ticket !== asked;
      showButtons(); // a run at rest tells of no change
    }
  }

  function showButtons() {
    foot.hidden = reader === null && said.textContent === "";
    go.hidden = reader === null;
    source.show({ isOpen: reader !== null, isKept: kept.about !== null, isDenied: kept.isDenied });
  }

  function show(table) {
    choices.choose({ label: table.label ?? undefined });
    found.show(table, choices.options, (texts) => format.add(texts));
    found.root.hidden = false;
    said.textContent = table.problems.join(" ");
    go.disabled = table.problems.length > 0;
  }

  return {
    opened: () => reader ?? page.offered ?? reopen(),
    show() {
      const { offered, awaited } = page;
      if (offered) {
        page.offered = null;
        read(offered);
      }
      expected.hidden = awaited === "";
      expected.textContent =
        `This link belongs to a file that stayed with its sender (checksum ${awaited}). ` +
        "Choose the same file to replay the run.";
      showButtons();
    },
  };
}
