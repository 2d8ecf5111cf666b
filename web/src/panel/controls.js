// One setting as it can be changed: its name, what it means, whether it starts the run again, and its control.
import { helpOf } from "../model/help.js";
import { element, formatNumber, uniqueId } from "../view/dom.js";

const NOTCHES = 1000; // of a logarithmic slider
const P_STOPS = [1, 1.2, 1.5, 2, 3, 4, 6, 10, Infinity];
const WIDEST = 1e6; // a number beyond this range has no slider
const WIDE = 42; // letters that fit side by side
const MOST_ABREAST = 4;

// How positions of a slider and values correspond.
function scaleOf({ minimum, maximum, step, logarithmic, kind }) {
  const tidy = (value) => (kind === "integer" ? Math.round(value) : Number(value.toPrecision(3)));
  if (maximum === Infinity) {
    const nearest = (value) => P_STOPS.reduce((best, stop, i) => (stop <= value ? i : best), 0);
    return { min: 0, max: P_STOPS.length - 1, step: 1, place: nearest, value: (place) => P_STOPS[place] };
  }
  if (logarithmic) {
    const range = Math.log(maximum / minimum);
    return {
      min: 0,
      max: NOTCHES,
      step: 1,
      place: (value) => Math.round((Math.log(value / minimum) / range) * NOTCHES),
      value: (place) => tidy(minimum * Math.exp((place / NOTCHES) * range)),
    };
  }
  return { min: minimum, max: maximum, step, place: (value) => value, value: Number };
}

const shownNumber = (value) => (value === Infinity ? "∞" : String(value));
const readNumber = (text) => (/^\s*(∞|inf(inity)?)\s*$/i.test(text) ? Infinity : Number(text.trim() || NaN));

// Calls commit(text) for each finished entry; returns a function that shows a value, except in the middle of an entry.
function entry(input, commit) {
  let begun = false;
  input.addEventListener("input", () => (begun = true));
  input.addEventListener("blur", () => (begun = false));
  input.addEventListener("change", () => {
    begun = false;
    commit(input.value);
  });
  return (value) => begun || (input.value = value);
}

// ---- one of each kind: { head, body: what stands beside the name and below it, show(value) } ----------------------

function sliderControl(field, id, change) {
  const exact = element("input", {
    type: "text",
    inputMode: "decimal",
    className: "exact",
    "aria-label": `${field.label}, exact value`,
  });
  const showExact = entry(exact, (text) => change(readNumber(text)));
  const scale = scaleOf(field);
  const slider = element("input", { type: "range", id, min: scale.min, max: scale.max, step: scale.step });
  const valueAt = () => scale.value(Number(slider.value));
  const showPlace = entry(slider, () => change(valueAt()));
  const fill = () => {
    slider.style.setProperty("--share", String((Number(slider.value) - scale.min) / (scale.max - scale.min)));
  };

  // While it is dragged the number follows; a run that would start again waits for the end.
  slider.addEventListener("input", () => {
    showExact(shownNumber(valueAt()));
    fill();
    field.live && change(valueAt());
  });
  return {
    head: exact,
    body: slider,
    show(value) {
      showPlace(scale.place(value));
      fill();
      slider.setAttribute("aria-valuetext", value === Infinity ? "infinity" : formatNumber(value, 4));
      showExact(shownNumber(value));
    },
  };
}

// Too wide for a slider.
function numberControl(field, id, change) {
  const exact = element("input", { type: "text", inputMode: "numeric", id });
  const another = element("button", {
    type: "button",
    textContent: "Another",
    "aria-label": `Another ${field.label.toLowerCase()}`,
    on: { click: () => change(Number(exact.value) + 1) },
  });
  const show = entry(exact, (text) => change(readNumber(text)));
  return { body: element("div", { className: "with-button" }, exact, another), show: (value) => show(String(value)) };
}

function segmentsControl({ choices, label }, id, change) {
  const radios = choices.map(({ value, label }) => {
    const radio = element("input", { type: "radio", name: id, value: String(value) });
    radio.addEventListener("change", () => change(value));
    return { radio, value, root: element("label", {}, radio, element("span", { textContent: label })) };
  });
  const abreast = choices.length > MOST_ABREAST ? "in-threes" : "";
  const body = element(
    "div",
    { className: `segments ${abreast}`, role: "radiogroup", "aria-label": label },
    ...radios.map(({ root }) => root),
  );
  const show = (chosen) => radios.forEach(({ radio, value }) => (radio.checked = value === chosen));
  return { body, isGroup: true, show };
}

function selectControl({ choices }, id, change) {
  const options = choices.map(({ value, label }) => element("option", { value, textContent: label }));
  const body = element("select", { id }, ...options);
  body.addEventListener("change", () => change(body.value));
  return { body, show: (value) => (body.value = value) };
}

function switchControl(_, id, change) {
  const head = element("input", { type: "checkbox", id, className: "switch" });
  head.addEventListener("change", () => change(head.checked));
  return { head, show: (value) => (head.checked = value) };
}

function layersControl(_, id, change) {
  const body = element("input", { type: "text", id });
  const show = entry(body, change);
  return { body, show: (value) => show(value.join(", ")) };
}

function makerOf({ kind, choices, maximum }) {
  if (choices) {
    const longest = Math.max(...choices.map(({ label }) => label.length));
    const abreast = choices.length > MOST_ABREAST ? 3 : choices.length;
    return longest * abreast <= WIDE ? segmentsControl : selectControl;
  }
  const isWide = maximum > WIDEST && maximum < Infinity;
  return { boolean: switchControl, layers: layersControl }[kind] ?? (isWide ? numberControl : sliderControl);
}

// ---- what it means -----------------------------------------------------------------------------------------------

// A small button, and the words that it shows and hides. of: what they are about.
export function createHelp(of, words) {
  const help = element("p", { className: "help", id: uniqueId("help"), textContent: words, hidden: true });
  const ask = element("button", {
    type: "button",
    className: "ask",
    textContent: "?",
    "aria-label": `About ${of}`,
    "aria-expanded": "false",
    "aria-controls": help.id,
  });
  ask.addEventListener("click", () => {
    help.hidden = !help.hidden;
    ask.setAttribute("aria-expanded", String(!help.hidden));
  });
  return { ask, help };
}

// ---- the setting -------------------------------------------------------------------------------------------------

// field: of createSettings; change(value): called for what the visitor asks for.
export function createControl(field, change) {
  const id = uniqueId(`setting-${field.key}`);
  const { head = "", body = "", isGroup = false, show } = makerOf(field)(field, id, change);
  const name = element(isGroup ? "span" : "label", { className: "name", textContent: field.label });
  isGroup || name.setAttribute("for", id);
  const again = element("span", { className: "again", textContent: field.live ? "" : "starts again" });
  const { ask, help } = createHelp(field.label.toLowerCase(), helpOf(field));
  const line = element("p", { className: "line" });
  const root = element(
    "div",
    { className: `setting ${field.kind}`, "data-key": field.key },
    element("div", { className: "head" }, name, ask, again, head),
    ...(isGroup ? [body, line] : [line, body]),
    help,
  );
  return {
    root,
    show(values) {
      root.hidden = !field.when(values);
      show(values[field.key]);
      const { line: words = "" } = field;
      line.textContent = typeof words === "string" ? words : words[values[field.key]];
    },
  };
}
