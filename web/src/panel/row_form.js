// The columns of a row that is not in the data, to be filled in.
import { inputsOf, newRow, rangeWords, textsOf } from "../model/new_row.js";
import { shortened } from "../model/words.js";
import { element, uniqueId } from "../view/dom.js";

const SHOWN = 30; // columns; the others stay as they were at the start

// changed(row, fault): a row as a run is asked with it, or null and what is wrong.
export function createRowForm(page, changed) {
  const { dataset } = page.session;
  const inputs = inputsOf(page.triplet, dataset);
  const fields = inputs.slice(0, SHOWN).map(fieldOf);
  const rest = inputs.length - fields.length;
  const textsOfTypical = () => inputs.map((input) => input.typical);
  const textsOfAnchor = () => textsOf(page.triplet, dataset, page.view.anchor);
  let texts = [];

  const start = (text, run) => element("button", { type: "button", textContent: text, on: { click: run } });
  const typical = start("A typical row", () => fill(textsOfTypical()));
  const anchor = start("The anchor", () => fill(textsOfAnchor()));
  const root = element(
    "form",
    { className: "row-form", on: { submit: (event) => event.preventDefault() } },
    element("p", { className: "hint", textContent: "Fill in a row and see where it lands." }),
    element(
      "p",
      { className: "starts" },
      element("span", { className: "hint", textContent: "Start from" }),
      typical,
      anchor,
    ),
    ...fields.map(({ label }) => label),
    ...(rest > 0
      ? [element("p", { className: "hint", textContent: `The other ${rest} columns stay as they are at the start.` })]
      : []),
  );

  function fieldOf(input, i) {
    const id = uniqueId("cell");
    const control = input.kind === "number" ? numberField(id, input) : choiceOf(id, input);
    control.addEventListener("input", () => {
      texts[i] = control.value;
      tell();
    });
    const name = element("span", { className: "name", textContent: shortened(input.name, 40) });
    const range = input.kind === "number" ? element("span", { className: "hint", textContent: rangeWords(input) }) : "";
    return { control, label: element("label", { htmlFor: id }, element("span", {}, name, " ", range), control) };
  }

  function put(others) {
    texts = others;
    fields.forEach(({ control }, i) => (control.value = texts[i]));
  }

  function fill(others) {
    put(others);
    tell();
  }

  function tell() {
    const { row = null, fault = "" } = newRow(dataset, inputs, texts);
    changed(row, fault);
  }

  put(page.view.anchor >= 0 ? textsOfAnchor() : textsOfTypical());
  return { root, again: tell, show: () => (anchor.disabled = page.view.anchor < 0) };
}

const numberField = (id, input) =>
  element("input", { id, type: "text", inputMode: "decimal", autocomplete: "off", placeholder: rangeWords(input) });

const choiceOf = (id, { values }) =>
  element(
    "select",
    { id },
    element("option", { value: "", textContent: "missing" }),
    ...values.map((value) => element("option", { value, textContent: shortened(value, 40) })),
  );
