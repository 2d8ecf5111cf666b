// The settings: the data as small pictures, the few that matter, and the rest in groups.
import "../style/settings.css";
import { count, evaluationNote } from "../model/words.js";
import { element } from "../view/dom.js";
import { createControl, createHelp } from "./controls.js";
import { createSets } from "./sets.js";

export const title = "Settings";

const GROUPS = {
  data: "Data",
  loss: "Loss",
  encoder: "Encoder",
  batch: "Batch",
  optimizer: "Optimiser",
  heldOut: "Held out",
  run: "Seed",
};

export function create(body, page) {
  const { schema } = page;
  const controls = schema.fields
    .filter(({ key }) => key !== "data")
    .map((field) => ({
      group: field.group,
      ...createControl(field, (value) => page.set(field.key, schema.clampValue(field.key, value))),
    }));
  const of = (wanted) => controls.filter(({ group }) => group === wanted).map(({ root }) => root);
  const groups = Object.entries(GROUPS).map(([group, name]) =>
    element(
      "fieldset",
      { "data-group": group },
      element("legend", { className: "unseen", textContent: name }),
      ...of(group),
    ),
  );

  const sets = createSets(page);
  const about = createAbout(page);
  const sides = createSides(page);
  const more = element(
    "details",
    { className: "more" },
    element(
      "summary",
      {},
      element("b", { textContent: "More" }),
      element("span", { textContent: "loss, distance, encoder, batch, optimiser, held out, seed" }),
    ),
    ...groups,
  );
  body.append(sides.root, sets.root, about.root, ...of("main"), more);

  return {
    period: 150,
    show() {
      sides.show();
      const { current, dataset, evaluated } = page.session;
      if (!current || page.pending > 0) {
        return;
      }
      sets.show(current.data);
      controls.forEach((control) => control.show(current));
      groups.forEach((group) => (group.hidden = !group.querySelector(".setting:not([hidden])")));
      about.show(dataset, evaluationNote(evaluated, current));
    },
  };
}

// What the chosen data are, and the way to those columns of a visitor's own that are used.
function createAbout(page) {
  const words = element("span", { className: "size", id: "source" });
  const { ask, help } = createHelp("the data", "");
  const open = () => page.openPanel("data");
  const change = element("button", { type: "button", textContent: "Columns", on: { click: open } });
  return {
    root: element("div", { className: "about-data" }, words, ask, change, help),
    show({ n, d, noun, source, title, name, total = n }, note) {
      const where = source ? `${title}: ${source}.` : `${title}: kept on this machine only.`;
      words.textContent = `${count(total)} ${noun} of ${count(d)} columns`;
      help.textContent = [where, note].filter(Boolean).join(" ");
      change.hidden = name !== "own";
    },
  };
}

// Of which of two runs.
function createSides(page) {
  const radios = ["A", "B"].map((name, i) => {
    const radio = element("input", { type: "radio", name: "side", value: i, on: { change: () => page.select(i) } });
    return { radio, label: element("label", {}, radio, element("span", { textContent: `Settings of ${name}` })) };
  });
  const root = element(
    "div",
    { className: "segments sides", role: "radiogroup", "aria-label": "Settings of" },
    ...radios.map(({ label }) => label),
  );
  return {
    root,
    show() {
      root.hidden = !page.comparing;
      radios.forEach(({ radio }, i) => (radio.checked = i === page.selected));
    },
  };
}
