// The visitor's own file: dropped anywhere or chosen, its columns picked, and never sent.
import { limits, readTable } from "../model/table.js";
import { count, shortened } from "../model/words.js";
import { createDialog } from "./dialog.js";
import { element, uniqueId } from "./dom.js";

const LISTED_COLUMNS = 200;
const SHOWN_COLUMNS = 8;

// use(dataset): called when it is to be trained on.
export function createTableDialog(use) {
  let table = null;
  let reading = null; // AbortController
  const said = element("p", { className: "said", role: "alert" });
  const file = element("input", {
    type: "file",
    accept: ".csv,.tsv,.txt,text/csv,text/tab-separated-values",
    id: uniqueId("file"),
  });

  const choose = element(
    "label",
    { className: "file" },
    "A CSV or TSV file with a header line, columns of numbers and a column of classes",
    file,
  );

  const limit = `At most ${limits.bytes / 1e6} MB, ${count(limits.rows)} rows, ${count(limits.columns)} columns.`;
  const promise = element("p", {
    className: "hint",
    textContent: `Files are read on this machine: nothing is sent anywhere. ${limit}`,
  });
  const expected = element("p", { className: "hint", hidden: true });

  const picker = element("div", { className: "picker", hidden: true });
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
  dialog.root.addEventListener("close", () => reading?.abort());

  const picked = () => ({
    label: Number(picker.querySelector("select").value),
    ignore: [...picker.querySelectorAll("input:not(:checked)")]
      .map(({ value }) => Number(value))
      .concat(table.suggestion.ignore.filter((i) => i >= LISTED_COLUMNS)),
  });

  function check() {
    const { label } = picked();
    for (const box of picker.querySelectorAll("input")) {
      box.parentElement.hidden = Number(box.value) === label;
    }
    const { problems } = table.dataset(picked());
    said.textContent = problems.join(" ");
    go.disabled = problems.length > 0;
  }

  function pick() {
    const { label, ignore } = table.suggestion;
    const id = uniqueId("label-column");
    const listed = table.columns.slice(0, LISTED_COLUMNS);
    const select = element(
      "select",
      { id },
      ...table.columns.map(({ name, distinct }, value) => {
        const values = distinct === Infinity ? "many" : distinct;
        return element("option", { value, textContent: `${shortened(name)} (${values} values)` });
      }),
    );
    select.value = label;

    const boxes = listed.map(({ name, numeric }, i) => {
      const box = element("input", { type: "checkbox", value: i, checked: !ignore.includes(i) });
      return element(
        "label",
        { className: "column" },
        box,
        element("span", { textContent: numeric ? shortened(name) : `${shortened(name)} (not numeric)` }),
      );
    });

    const cells = (row, tag) =>
      element("tr", {}, ...row.slice(0, SHOWN_COLUMNS).map((text) => element(tag, { textContent: shortened(text) })));
    const preview = element(
      "table",
      {},
      element(
        "thead",
        {},
        cells(
          table.columns.map(({ name }) => name),
          "th",
        ),
      ),
      element("tbody", {}, ...table.preview.slice(0, 3).map((row) => cells(row, "td"))),
    );

    picker.replaceChildren(
      element("p", {
        textContent: `${table.name}: ${count(table.rows)} rows, ${count(table.columns.length)} columns`,
      }),
      element("div", { className: "preview", tabIndex: 0, role: "region", "aria-label": "First rows" }, preview),
      element("p", {}, element("label", { htmlFor: id, textContent: "Classes are in " }), select),
      element(
        "fieldset",
        { className: "columns", tabIndex: 0 },
        element("legend", { textContent: "Train on" }),
        ...boxes,
      ),
    );

    picker.hidden = false;
    select.addEventListener("change", check);
    picker.addEventListener("change", check);
    check();
  }

  async function read(source) {
    reading?.abort();
    reading = new AbortController();
    const { signal } = reading;
    picker.hidden = true;
    go.disabled = true;
    dialog.open();
    said.textContent = `Reading ${source.name} …`;
    try {
      table = await readTable(source, { name: source.name, signal });
      said.textContent = "";
      pick();
    } catch (error) {
      if (!signal.aborted) {
        said.textContent =
          error.name === "TableError" ? error.message : `This file could not be read: ${error.message}`;
      }
    }
  }

  file.addEventListener("change", () => file.files.length && read(file.files[0]));
  go.addEventListener("click", () => {
    const { dataset, problems } = table.dataset(picked());
    said.textContent = problems.join(" ");
    if (dataset) {
      dialog.close();
      use(dataset);
    }
  });

  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener(
    "dragleave",
    (event) => event.relatedTarget ?? document.body.classList.remove("dropping"),
  );
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
