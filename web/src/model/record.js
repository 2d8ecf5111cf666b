// The figures of every step of a run. The worker makes the record, and tells the page what is new in it.
const FIRST_CAPACITY = 1024; // steps

function grown(list, length) {
  if (length <= list.length) {
    return list;
  }
  const larger = new Float64Array(Math.max(FIRST_CAPACITY, 2 * list.length, length));
  larger.set(list);
  return larger;
}

export class RunRecord {
  #loss = new Float64Array(0);
  #active = new Float64Array(0);
  #told = -1; // the last step that news have been of

  steps = 0;
  recall = []; // { step, ...share of worker/evaluator.js }, ascending
  endings = []; // as endingAt of model/ending.js finds them, ascending

  // Of step i + 1 at index i; NaN: it had none.
  get loss() {
    return this.#loss.subarray(0, this.steps);
  }

  // The shares of triplets, or pairs, that had a loss.
  get active() {
    return this.#active.subarray(0, this.steps);
  }

  // Of the next step.
  add(loss, active) {
    this.#append([loss ?? NaN], [active ?? NaN]);
  }

  // Forgets what is later than a step.
  back(step) {
    const isKept = (point) => point.step <= step;
    this.steps = Math.min(this.steps, step);
    this.#told = Math.min(this.#told, step);
    this.recall = this.recall.filter(isKept);
    this.endings = this.endings.filter(isKept);
  }

  // What has been added since the last news.
  news() {
    const told = this.#told;
    const isNew = ({ step }) => step > told;
    const from = Math.max(told, 0);
    this.#told = this.steps;
    return {
      loss: this.loss.slice(from),
      active: this.active.slice(from),
      recall: this.recall.filter(isNew),
      endings: this.endings.filter(isNew),
    };
  }

  // Adds the news of another record, of which all news have been taken in turn.
  take({ loss, active, recall, endings }) {
    this.#append(loss, active);
    this.recall.push(...recall);
    this.endings.push(...endings);
  }

  #append(loss, active) {
    const steps = this.steps + loss.length;
    this.#loss = grown(this.#loss, steps);
    this.#active = grown(this.#active, steps);
    this.#loss.set(loss, this.steps);
    this.#active.set(active, this.steps);
    this.steps = steps;
  }
}
