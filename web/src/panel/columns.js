// The columns of a visitor's file: what each of them is, what becomes of it, and boxes to have it otherwise.
import { count, shortened } from "../model/words.js";
import { element, formatNumber } from "../view/dom.js";

const LISTED = 200;
const MOST_CATEGORIES = 32; // different numbers that are offered as categories

const rangeWords = ([low, high]) => (low <= high ? `${formatNumber(low, 4)} to ${formatNumber(high, 4)}` : "");

function valueWords(values, distinct) {
  const more = distinct > values.length && distinct < Infinity ? [`${count(distinct - values.length)} more`] : [];
  return [...values.map((text) => shortened(text, 20)), ...more].join(", ");
}

// change: { use(name, wanted), category(name, wanted), missing(texts) }: what is to be had otherwise.
export function createColumnList(change) {
  const list = element("div", { className: "column-list" });
  const rest = element("p", { className: "hint" });
  const root = element(
    "fieldset",
    { className: "columns" },
    element("legend", { textContent: "Learn from" }),
    list,
    rest,
  );
  let rows = new Map();

  function createRow(name) {
    const box = element("input", { type: "checkbox", on: { change: () => change.use(name, box.checked) } });
    const kinds = ["number", "category"].map((value) => element("option", { value, textContent: value }));
    const kind = element("select", { "aria-label": `${shortened(name)} is a` }, ...kinds);
    kind.addEventListener("change", () => change.category(name, kind.value === "category"));
    const fixed = element("span", { className: "kind" });
    const about = element("span", { className: "column-about" });
    const notes = element("span", { className: "column-notes" });
    const label = element(
      "label",
      {},
      box,
      element("span", { className: "column-name", textContent: shortened(name) }),
    );
    const root = element("div", { className: "column" }, label, fixed, kind, about, notes);

    return {
      root,
      show(column, label, categories) {
        const { range, values, distinct, use } = column;
        const either = (range && distinct <= MOST_CATEGORIES) || categories.includes(name);
        root.hidden = name === label;
        root.classList.toggle("left-out", use === "left_out");
        box.checked = use === "input";
        kind.value = column.kind;
        fixed.textContent = column.kind;
        kind.hidden = !either || use === "left_out";
        fixed.hidden = !kind.hidden;
        about.textContent = range ? rangeWords(range) : valueWords(values, distinct);
        notes.replaceChildren(...column.notes.flatMap(noteOf));
      },
    };
  }

  function noteOf({ text, option, value }) {
    const said = element("span", { textContent: text });
    if (option !== "missingTexts" || !value) {
      return [said];
    }
    const take = () => change.missing(value);
    return [said, element("button", { type: "button", textContent: "These are missing", on: { click: take } })];
  }

  return {
    root,
    // categories: the columns of numbers that are to be such.
    show({ columns, label, categories }) {
      const listed = columns.slice(0, LISTED);
      if (listed.some(({ name }) => !rows.has(name)) || listed.length !== rows.size) {
        rows = new Map(listed.map(({ name }) => [name, createRow(name)]));
        list.replaceChildren(...Array.from(rows.values(), (row) => row.root));
      }
      listed.forEach((column) => rows.get(column.name).show(column, label, categories));
      const others = columns.length - listed.length;
      rest.textContent = others > 0 ? `${count(others)} more columns are used as they are read.` : "";
    },
  };
}
