// The figures of a run at the step that is shown, in words, and its curves as points.
import { isOfTriplets } from "./trainer_options.js";
import { count, evaluatedWords, finePercent, lossWords, nounOf, percent } from "./words.js";

// Figures: [{ name, text, about, at }]; text is null where it was not measured, about says what the figure means, and
// at is the step that it is of where that is an earlier one.
export function figuresOf(session) {
  const { state, settings } = session;
  const { snapshot } = state;
  if (!snapshot || !settings) {
    return [];
  }
  const { step, record, recall } = state;
  const [loss, active] = [record.loss, record.active].map((list) => list[step - 1] ?? NaN);
  const share = recall?.value ?? NaN;
  const text = (value, words) => (Number.isNaN(value) ? null : words(value));
  return [
    { name: "step", text: count(step), about: aboutStep(session) },
    { name: "loss", text: text(loss, lossWords), about: aboutLoss(snapshot) },
    { name: "active", text: text(active, finePercent), about: aboutActive(snapshot) },
    {
      name: "recall",
      text: text(share, percent),
      about: aboutRecall(session, recall),
      at: recall && recall.step < step ? count(recall.step) : "",
    },
  ];
}

function aboutStep({ dataset, state: { snapshot } }) {
  const { length } = snapshot.batch;
  const some = length > 0 ? count(length) : "some of the";
  return `How often the model has learned so far. Each step looks at ${some} ${nounOf(dataset)} and moves all points.`;
}

function aboutLoss({ settings }) {
  return isOfTriplets(settings)
    ? "How much the triplets of this step still break the margin, on average. At 0 there is nothing left to learn."
    : "How far the pairs of this step are from where the loss wants them, on average.";
}

function aboutActive({ terms }) {
  return `How many of this step's ${terms} still have a loss. The others cost nothing and move nothing.`;
}

function aboutRecall({ dataset, evaluated, state: { step } }, recall) {
  const rows = evaluatedWords(evaluated, dataset);
  if (!recall || recall.value === null) {
    return `How many of the ${rows} have a nearest neighbour of their own class.`;
  }
  const at = recall.step < step ? `, as measured at step ${count(recall.step)}` : "";
  const alone = recall.skipped > 0 ? ` Not counted: ${count(recall.skipped)} that are alone in their class.` : "";
  const raw = recall.raw === null ? "" : ` By the raw values alone it would be ${percent(recall.raw)}.`;
  return `${percent(recall.value)} of the ${rows} have a nearest neighbour of their own class${at}.${alone}${raw}`;
}

// Numbers by step, thinned to at most `most` means of as many neighbouring steps each, a power of two, so that the
// groups stay as a run grows: [{ step, value }]. Steps without a number are left out; from and to are steps.
export function thinned(values, count, most) {
  const size = 2 ** Math.max(0, Math.ceil(Math.log2(count / most)));
  const points = [];
  for (let first = 0; first < count; first += size) {
    const last = Math.min(first + size, count);
    let sum = 0;
    let known = 0;
    for (let i = first; i < last; i++) {
      if (!Number.isNaN(values[i])) {
        sum += values[i];
        known++;
      }
    }
    known > 0 && points.push({ step: (first + last + 1) / 2, value: sum / known });
  }
  return points;
}

// A curve in two parts that meet at a step: what has passed and what was recorded beyond.
export function parted(points, step) {
  const at = points.findIndex((point) => point.step > step);
  if (at < 0) {
    return [points, []];
  }
  if (at === 0) {
    return [[], points];
  }
  const [before, after] = [points[at - 1], points[at]];
  const part = (step - before.step) / (after.step - before.step);
  const middle = { step, value: before.value + part * (after.value - before.value) };
  return [
    [...points.slice(0, at), middle],
    [middle, ...points.slice(at)],
  ];
}
