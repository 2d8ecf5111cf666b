// The visitor's own file: dropped anywhere or chosen, read as the library reads it, and never sent. What is decided on
// its columns is shown, and can be had otherwise.
import { limits } from "../model/table.js";
import { TableReader } from "../model/table_reader.js";
import { count, shortened } from "../model/words.js";
import { createDialog } from "./dialog.js";
import { element, uniqueId } from "./dom.js";
import { createColumnList } from "./table_columns.js";

// How cells are found, by the library's names; the first choice of each is made unasked.
const FORMAT = {
  encoding: ["Encoding", { utf8: "UTF-8", latin1: "Latin-1" }],
  header: ["First line", { auto: "automatic", true: "names of columns", false: "data" }],
  separator: [
    "Between cells",
    { auto: "automatic", comma: "comma", semicolon: "semicolon", tab: "tab", pipe: "|", blanks: "blanks" },
  ],
};

const MISSING = ["Rows with missing cells", { mean: "are completed", drop: "are left out" }];

const nothingChosen = () => ({ keep: new Set(), ignore: new Set(), categories: new Set() });

// createWorker: of a TableReader; use(dataset): called when it is to be trained on.
export function createTableDialog(createWorker, use) {
  /** @type {TableReader} */
  let reader = null;
  let choices = {}; // as readTable takes them, but for sets
  let asked = 0; // how often the file was described

  const said = element("p", { className: "said", role: "alert" });
  const file = element("input", {
    type: "file",
    accept: ".csv,.tsv,.tab,.txt,.data,.dat,text/csv,text/tab-separated-values,text/plain",
    id: uniqueId("file"),
  });
  const choose = element("label", { className: "file" }, "A CSV or TSV file with a column of classes", file);
  const limit = `At most ${limits.bytes / 1e6} MB, ${count(limits.rows)} rows, ${count(limits.columns)} columns.`;
  const promise = element("p", {
    className: "hint",
    textContent: `Files are read on this machine: nothing is sent anywhere. ${limit}`,
  });
  const expected = element("p", { className: "hint", hidden: true });

  // ---- what the file holds ------------------------------------------------------------------------------------------

  const about = element("p", { className: "table-about" });
  const notes = element("ul", { className: "table-notes" });
  const label = element("select", { id: uniqueId("label-column") });
  label.addEventListener("change", () => choice({ label: label.value }));
  const columns = createColumnList({
    use: columnChoice,
    category(name, wanted) {
      wanted ? choices.categories.add(name) : choices.categories.delete(name);
      describe();
    },
    missing(texts) {
      missingTexts.value = [missingTexts.value, texts].filter(Boolean).join(", ");
      changeMissingTexts();
    },
  });
  const missing = segments(...MISSING, (missing) => choice({ missing }));

  const formats = Object.entries(FORMAT).map(([name, [text, options]]) => {
    const select = element(
      "select",
      { id: uniqueId(name), name, on: { change: changeFormat } },
      ...Object.entries(options).map(([value, textContent]) => element("option", { value, textContent })),
    );
    return field(text, select);
  });
  const missingTexts = element("input", {
    type: "text",
    id: uniqueId("missing-texts"),
    placeholder: "unknown, -999",
    on: { change: changeMissingTexts },
  });
  const more = element(
    "details",
    { className: "table-format" },
    element("summary", { textContent: "How cells are read" }),
    ...formats,
    field("Also missing", missingTexts),
  );

  const found = element(
    "div",
    { className: "found" },
    about,
    element(
      "p",
      { className: "table-label" },
      element("label", { htmlFor: label.id, textContent: "Classes are in" }),
      label,
    ),
    notes,
    columns.root,
    missing.root,
  );
  const picker = element("div", { className: "picker", hidden: true }, found, more);
  const go = element("button", {
    type: "button",
    className: "primary",
    textContent: "Train on it",
    disabled: true,
    id: "use-table",
  });

  const body = element("div", {}, promise, expected, choose, said, picker);
  const dialog = createDialog("Your own data", body, [go], "Cancel");
  dialog.root.id = "table-dialog";
  dialog.root.addEventListener("close", () => {
    file.value = ""; // so that the same one can be chosen again
    forget();
  });

  function show({ name, rows, label: chosen, columns: all, notes: others, problems }) {
    choices.label = chosen ?? undefined;
    about.textContent = `${name}: ${count(rows)} rows, ${count(all.length)} columns`;
    notes.replaceChildren(...others.map(noteItem));
    label.replaceChildren(
      ...all.map(({ name: value, distinct }) => {
        const values = distinct === Infinity ? "many" : count(distinct);
        return element("option", { value, textContent: `${shortened(value)} (${values} values)` });
      }),
    );
    label.value = chosen;
    columns.show({ columns: all, label: chosen, categories: choices.categories });
    missing.root.hidden = !(
      choices.missing === "drop" || all.some(({ use, missing }) => use === "input" && missing > 0)
    );
    missing.value = choices.missing ?? "mean";
    said.textContent = problems.join(" ");
    found.hidden = false;
    go.disabled = problems.length > 0;
  }

  // A warning of a column comes with the way to be rid of it.
  function noteItem({ text, reason, option, value, warning }) {
    const words = element("span", { textContent: reason ? `${text} (${reason})` : text });
    const leaveOut = () => columnChoice(value, false);
    const buttons =
      warning && option === "ignore" && value
        ? [element("button", { type: "button", textContent: "Leave it out", on: { click: leaveOut } })]
        : [];
    return element("li", { className: warning ? "warning" : "" }, words, ...buttons);
  }

  // ---- choices ------------------------------------------------------------------------------------------------------

  function choice(made) {
    Object.assign(choices, made);
    describe();
  }

  // What was asked for is taken back; what was not, the opposite is asked for.
  function columnChoice(name, wanted) {
    const [back, forth] = wanted ? [choices.ignore, choices.keep] : [choices.keep, choices.ignore];
    back.delete(name) || forth.add(name);
    describe();
  }

  function changeMissingTexts() {
    const texts = missingTexts.value.split(",").map((text) => text.trim());
    choice({ missingTexts: texts.filter((text, i) => text && texts.indexOf(text) === i) });
  }

  // Columns may have other names then.
  function changeFormat() {
    const made = Array.from(more.querySelectorAll("select")).filter(({ selectedIndex }) => selectedIndex > 0);
    const formats = Object.fromEntries(made.map(({ name, value }) => [name, value]));
    choices = { ...nothingChosen(), missingTexts: choices.missingTexts, ...formats };
    describe();
  }

  const describe = () =>
    told(reader.describe(mapValues(choices, (value) => (value instanceof Set ? [...value] : value))));

  // Shows what is found, or says what is wrong, unless something else has been asked for meanwhile.
  async function told(description) {
    const ticket = ++asked;
    go.disabled = true;
    try {
      const found = await description;
      ticket === asked && show(found);
    } catch (error) {
      if (ticket === asked) {
        said.textContent = faultWords(error);
        more.open ||= /encoding|header|separator/.test(error.message);
      }
    } finally {
      picker.hidden &&= ticket !== asked;
    }
  }

  function forget() {
    asked++;
    reader?.close();
    reader = null;
    picker.hidden = true;
    go.disabled = true;
    said.textContent = "";
  }

  function read(blob) {
    forget();
    dialog.open();
    if (blob.size > limits.bytes) {
      said.textContent = `The file is larger than ${count(limits.bytes / 1e6)} MB, the limit of this page.`;
      return;
    }
    said.textContent = `Reading ${blob.name} …`;
    choices = nothingChosen();
    found.hidden = true;
    missingTexts.value = "";
    more.open = false;
    more.querySelectorAll("select").forEach((select) => (select.selectedIndex = 0));
    reader = new TableReader(createWorker);
    told(reader.open(blob, blob.name));
  }

  file.addEventListener("change", () => file.files.length && read(file.files[0]));
  go.addEventListener("click", async () => {
    go.disabled = true;
    try {
      const dataset = await reader.dataset();
      dialog.close();
      use(dataset);
    } catch (error) {
      said.textContent = faultWords(error);
    }
  });

  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget ?? document.body.classList.remove("dropping"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    event.dataTransfer.files.length && read(event.dataTransfer.files[0]);
  });

  return {
    // checksum: of the data that a link belongs to, or null.
    open(checksum = null) {
      expected.hidden = checksum === null;
      expected.textContent =
        `This link belongs to data that stayed with its sender (checksum ${checksum}). ` +
        "Choose the same file to replay the run.";
      dialog.open();
    },
  };
}

const mapValues = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));

// What the library says of a file, with its options as this dialog calls them.
function faultWords({ name, message }) {
  const told = message.replace(/(\w+) = "(\w+)"/g, (whole, option, value) => {
    const [text, choices] = { ...FORMAT, missing: MISSING }[option] ?? [];
    return choices ? `"${text}: ${choices[value]}"` : whole;
  });
  const lines = told.replace(/; (?=row \d|and \d)/g, "\n");
  return name === "TableError" ? lines : `This file could not be read: ${lines}`;
}

function field(text, input) {
  return element("p", {}, element("label", { htmlFor: input.id, textContent: text }), input);
}

function segments(legend, choices, change) {
  const name = uniqueId("choice");
  const radios = Object.entries(choices).map(([value, textContent]) => {
    const radio = element("input", { type: "radio", name, value, on: { change: () => change(value) } });
    return [radio, element("label", {}, radio, element("span", { textContent }))];
  });
  const root = element(
    "div",
    { className: "choice", role: "radiogroup", "aria-label": legend },
    element("span", { textContent: legend }),
    element("div", { className: "segments" }, ...radios.map(([, label]) => label)),
  );
  return {
    root,
    set value(value) {
      radios.forEach(([radio]) => (radio.checked = radio.value === value));
    },
  };
}
