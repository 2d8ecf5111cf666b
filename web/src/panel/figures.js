// Figures: loss, active share and recall over the steps, of one run or of two, and the distances in the batch.
import { count, evaluatedWords, evenNumber, percent } from "../model/words.js";
import "../style/figures.css";
import { element } from "../view/dom.js";
import { createChart } from "./chart.js";
import { createDistances } from "./distances.js";

export const title = "Figures";

const ascending = (list) => Array.from(list, (_, i) => i + 1);
const known = (list) => Array.from(list, (value) => (Number.isNaN(value) ? null : value));
const bySteps = (list) => [ascending(list), known(list)];

const CURVES = [
  { title: "Loss", colour: "ink", words: (value) => evenNumber(value, 2), tableOf: ({ loss }) => bySteps(loss) },
  { title: "Active", colour: "push", most: 1, words: percent, tableOf: ({ active }) => bySteps(active) },
  {
    title: "Recall",
    colour: "good",
    most: 1,
    words: percent,
    tableOf: ({ recall }) => [recall.map(({ step }) => step), recall.map(({ value }) => value)],
  },
];

export function create(body, page) {
  const charts = CURVES.map((curve) => createChart({ ...curve, seek: (step) => page.seek(step) }));
  const key = element(
    "p",
    { className: "key" },
    element("span", { className: "solid", textContent: "A" }),
    element("span", { className: "dashed", textContent: "B" }),
  );
  const distances = createDistances(page);
  body.append(key, ...charts.map(({ root }) => root), distances.root);

  return {
    period: 250,
    show() {
      const ready = page.sessions.filter(({ settings, state }) => settings && state.snapshot);
      const { dataset, evaluated, state } = page.session;
      if (ready.length === 0 || !state.snapshot) {
        return;
      }
      key.hidden = ready.length < 2;
      const last = Math.max(...ready.map((session) => session.state.reached));
      charts.forEach((chart, i) => {
        const tables = ready.map((session) => CURVES[i].tableOf(session.state.record));
        chart.show(tables, state.step, last);
      });
      charts[1].about(`${state.snapshot.terms} with a loss`);
      charts[2].about(`of ${count(evaluated.queries)} ${evaluatedWords(evaluated, dataset)}`);
      distances.show(page.session);
    },
  };
}
