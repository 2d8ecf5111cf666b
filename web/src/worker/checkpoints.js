// Saved states of a run to come back to: one every so many steps, and the more steps the farther apart.
const FIRST_SPACING = 25; // steps
const MOST = { count: 80, bytes: 48e6 };

export class Checkpoints {
  #spacing = FIRST_SPACING;
  #saved = []; // { step, bytes }, ascending, from step 0 on

  // save() -> bytes: called if this is a step to come back to.
  pass(step, save) {
    const isNew = step > (this.#saved.at(-1)?.step ?? -1);
    if (isNew && step % this.#spacing === 0) {
      this.#saved.push({ step, bytes: save() });
      this.#thin();
    }
  }

  // The last one before a step, or that of step 0.
  before(step) {
    return this.#saved.findLast((saved) => saved.step < step) ?? this.#saved[0];
  }

  // Forgets what is later than a step.
  back(step) {
    this.#saved = this.#saved.filter((saved) => saved.step <= step);
  }

  // The steps that can be come back to.
  get steps() {
    return this.#saved.map(({ step }) => step);
  }

  #thin() {
    const { count, bytes } = MOST;
    const most = Math.min(count, Math.max(2, Math.floor(bytes / this.#saved.at(-1).bytes.length)));
    while (this.#saved.length > most) {
      this.#spacing *= 2;
      this.#saved = this.#saved.filter(({ step }) => step % this.#spacing === 0);
    }
  }
}
