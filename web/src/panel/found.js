// What was found in a visitor's file: its size, the column of classes, what is said of it, its columns, its gaps.
import { MOST_PICTURED } from "../model/pictured.js";
import { count, shortened } from "../model/words.js";
import { element, uniqueId } from "../view/dom.js";
import { createColumnList } from "./columns.js";
import { MISSING } from "./format.js";

// choose(make): calls make(choices) with the Choices in force, and reads the file by them.
export function createFound(choose) {
  let addMissing = null;
  const about = element("p", { className: "file-summary" });
  const notes = element("ul", { className: "notes" });
  const label = element("select", { id: uniqueId("label-column") });
  label.addEventListener("change", () => choose((choices) => choices.choose({ label: label.value })));
  const leaveOut = (name) => choose((choices) => choices.want(name, false));
  const columns = createColumnList({
    use: (name, wanted) => choose((choices) => choices.want(name, wanted)),
    category: (name, wanted) => choose((choices) => choices.category(name, wanted)),
    missing: (texts) => addMissing(texts),
  });
  const missing = createMissing((value) => choose((choices) => choices.choose({ missing: value })));
  const labelled = element("label", { htmlFor: label.id, textContent: "Classes are in" });

  return {
    root: element(
      "div",
      { className: "found" },
      about,
      element("p", { className: "label-column" }, labelled, label),
      notes,
      columns.root,
      missing.root,
    ),
    // table: of TableFile.describe; options: of readTable; add(texts): texts that are to stand for missing cells.
    show({ name, rows, label: chosen, columns: all, notes: others }, options, add) {
      addMissing = add;
      about.replaceChildren(element("b", { textContent: shortened(name) }), sizeWords(rows, all.length));
      notes.replaceChildren(...others.map((note) => noteItem(note, leaveOut)));
      label.replaceChildren(...all.map(optionOf));
      label.value = chosen;
      columns.show({ columns: all, label: chosen, categories: options.categories });
      const gaps = all.some(({ use, missing }) => use === "input" && missing > 0);
      missing.show(gaps || options.missing === "drop", options.missing ?? "mean");
    },
  };
}

function sizeWords(rows, columns) {
  const size = `${count(rows)} rows, ${count(columns)} columns.`;
  const sampled = `${size} All are trained on; the picture shows a sample of ${count(MOST_PICTURED)}.`;
  return rows > MOST_PICTURED ? sampled : size;
}

function optionOf({ name, distinct }) {
  const values = distinct === Infinity ? "many" : count(distinct);
  return element("option", { value: name, textContent: `${shortened(name, 30)} (${values} values)` });
}

// A warning of a column comes with the way to be rid of it.
function noteItem({ text, reason, option, value, warning }, leaveOut) {
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  const words = element("span", { textContent: reason ? `${sentence} (${reason}).` : `${sentence}.` });
  const away = () => leaveOut(value);
  const buttons =
    warning && option === "ignore" && value
      ? [element("button", { type: "button", textContent: "Leave it out", on: { click: away } })]
      : [];
  return element("li", { className: warning ? "warning" : "" }, words, ...buttons);
}

function createMissing(change) {
  const [legend, choices] = MISSING;
  const name = uniqueId("missing");
  const radios = Object.entries(choices).map(([value, textContent]) => {
    const radio = element("input", { type: "radio", name, value, on: { change: () => change(value) } });
    return { radio, value, root: element("label", {}, radio, element("span", { textContent })) };
  });
  const group = { className: "segments", role: "radiogroup", "aria-label": legend };
  const root = element(
    "div",
    { className: "missing" },
    element("span", { className: "name", textContent: legend }),
    element("div", group, ...radios.map(({ root }) => root)),
  );
  return {
    root,
    show(isNeeded, chosen) {
      root.hidden = !isNeeded;
      radios.forEach(({ radio, value }) => (radio.checked = value === chosen));
    },
  };
}
