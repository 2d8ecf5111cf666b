// How the cells of a file are read, where the library is not to find out by itself.
import { element, uniqueId } from "../view/dom.js";

// By the library's names; the first choice of each is made unasked.
const FORMAT = {
  encoding: ["Encoding", { utf8: "UTF-8", latin1: "Latin-1" }],
  header: ["First line", { auto: "automatic", true: "names of columns", false: "data" }],
  separator: [
    "Between cells",
    { auto: "automatic", comma: "comma", semicolon: "semicolon", tab: "tab", pipe: "|", blanks: "blanks" },
  ],
};
export const MISSING = ["Rows with missing cells", { mean: "are completed", drop: "are left out" }];

// change: { format(formats), missingTexts(line) }.
export function createFormat(change) {
  const selects = Object.entries(FORMAT).map(([name, [text, options]]) => {
    const select = element(
      "select",
      { id: uniqueId(name), name },
      ...Object.entries(options).map(([value, textContent]) => element("option", { value, textContent })),
    );
    select.addEventListener("change", () => change.format(chosen()));
    return { name, select, field: field(text, select) };
  });
  const chosen = () => {
    const made = selects.filter(({ select }) => select.selectedIndex > 0);
    return Object.fromEntries(made.map(({ name, select }) => [name, select.value]));
  };

  const texts = element("input", { type: "text", id: uniqueId("missing-texts"), placeholder: "unknown, -999" });
  texts.addEventListener("change", () => change.missingTexts(texts.value));
  const root = element(
    "details",
    { className: "format" },
    element("summary", { textContent: "How cells are read" }),
    ...selects.map(({ field }) => field),
    field("Also missing", texts),
  );
  return {
    root,
    // options: of readTable.
    show(options) {
      selects.forEach(({ name, select }) => (select.value = String(options[name] ?? select.options[0].value)));
      texts.value = (options.missingTexts ?? []).join(", ");
    },
    add(more) {
      texts.value = [texts.value, more].filter(Boolean).join(", ");
      change.missingTexts(texts.value);
    },
  };
}

const field = (text, input) =>
  element("p", {}, element("label", { htmlFor: input.id, textContent: text }), input);

// What the library says of a file, with its options as this page calls them.
export function faultWords({ name, message }) {
  const told = message.replace(/(\w+) = "(\w+)"/g, (whole, option, value) => {
    const [text, choices] = { ...FORMAT, missing: MISSING }[option] ?? [];
    return choices ? `"${text}: ${choices[value]}"` : whole;
  });
  const lines = told.replace(/; (?=row \d|and \d)/g, "\n");
  return name === "TableError" ? lines : `This file could not be read: ${lines}`;
}

export const isAboutFormat = ({ message }) => /encoding|header|separator/.test(message);
