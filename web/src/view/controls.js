// The settings as a form, made from their description: one fieldset for each group.
import { element, formatNumber, uniqueId } from "./dom.js";

const GROUPS = [
  ["data", "Data"],
  ["encoder", "Encoder"],
  ["loss", "Loss"],
  ["mining", "Batch"],
  ["optimizer", "Optimiser"],
  ["run", "Run"],
];
const NOTCHES = 1000; // of a logarithmic slider
const P_STOPS = [1, 1.2, 1.5, 2, 3, 4, 6, 10, Infinity];
const SHORT = 14; // letters in all choices together that fit side by side
const WIDEST = 1e6; // a number beyond this range has no slider

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

function numberControl(field, id, change) {
  const exact = element("input", {
    type: "text",
    inputMode: "decimal",
    className: "exact",
    "aria-label": `${field.label}, exact value`,
  });
  const showExact = entry(exact, (text) => change(readNumber(text)));

  if (field.maximum > WIDEST && field.maximum < Infinity) {
    exact.id = id;
    exact.removeAttribute("aria-label");
    const another = element("button", {
      type: "button",
      textContent: "Another",
      on: { click: () => change(Number(exact.value) + 1) },
      "aria-label": `Another ${field.label.toLowerCase()}`,
    });
    return {
      parts: [element("span", { className: "with-button" }, exact, another)],
      show: (value) => showExact(shownNumber(value)),
    };
  }

  const scale = scaleOf(field);
  const slider = element("input", { type: "range", id, min: scale.min, max: scale.max, step: scale.step });
  const commit = (place) => change(scale.value(Number(place)));
  const showPlace = entry(slider, commit);
  if (field.live) {
    slider.addEventListener("input", () => commit(slider.value));
  }
  return {
    parts: [slider, exact],
    show(value) {
      showPlace(scale.place(value));
      slider.setAttribute("aria-valuetext", value === Infinity ? "infinity" : formatNumber(value, 4));
      showExact(shownNumber(value));
    },
  };
}

function choiceControl(field, id, change) {
  if (field.choices.map(({ label }) => label).join("").length <= SHORT) {
    const radios = field.choices.map(({ value, label }) => {
      const radio = element("input", {
        type: "radio",
        name: id,
        value: String(value),
        on: { change: () => change(value) },
      });
      return [radio, element("label", {}, radio, element("span", { textContent: label })), value];
    });
    const box = element(
      "span",
      { className: "segments", role: "radiogroup", "aria-label": field.label },
      ...radios.map(([, label]) => label),
    );
    return { parts: [box], show: (value) => radios.forEach(([radio, , of]) => (radio.checked = of === value)) };
  }

  const select = element(
    "select",
    { id },
    ...field.choices.map(({ value, label }) => element("option", { value, textContent: label })),
  );
  select.addEventListener("change", () => change(select.value));
  return { parts: [select], show: (value) => (select.value = value) };
}

function otherControl(field, id, change) {
  if (field.kind === "boolean") {
    const box = element("input", {
      type: "checkbox",
      id,
      className: "switch",
      on: { change: () => change(box.checked) },
    });
    return { parts: [box], show: (value) => (box.checked = value) };
  }
  const text = element("input", { type: "text", id });
  const show = entry(text, change);
  return { parts: [text], show: (value) => show(value.join(", ")) };
}

// schema: of createSettings. change(key, value): called for what the visitor asks for. extras: { group: element }, put
// at the end of a group.
export function createControls(root, { schema, change, extras = {} }) {
  const controls = schema.fields.map((field) => {
    const id = uniqueId(`setting-${field.key}`);
    const commit = (value) => change(field.key, schema.clampValue(field.key, value));
    const make = { number: numberControl, integer: numberControl, choice: choiceControl }[field.kind] ?? otherControl;
    const { parts, show } = make(field, id, commit);
    const inGroup = parts[0].matches(".segments");
    const name = element(inGroup ? "span" : "label", {
      className: "name",
      textContent: field.label,
      title: field.help,
    });

    if (!inGroup) {
      name.setAttribute("for", id);
    }
    if (!field.live) {
      name.append(
        element("span", {
          className: "restarts",
          textContent: " ↻",
          title: "Changing this restarts the run",
          "aria-hidden": "true",
        }),
      );
    }

    const row = element("div", { className: `field ${field.kind}`, "data-key": field.key }, name, ...parts);
    return { field, row, show };
  });

  for (const [group, title] of GROUPS) {
    const rows = controls.filter(({ field }) => field.group === group).map(({ row }) => row);
    root.append(
      element(
        "fieldset",
        { "data-group": group },
        element("legend", { textContent: title }),
        ...rows,
        ...(extras[group] ? [extras[group]] : []),
      ),
    );
  }
  return {
    show(values) {
      for (const { field, row, show } of controls) {
        row.hidden = !field.when(values);
        show(values[field.key]);
      }
    },
  };
}
