// Snapshots that have been seen, to show at once when a run goes back to where they were taken.
const MOST = { count: 300, bytes: 64e6 };

export class KeptSnapshots {
  #kept = []; // ascending

  // Of several of a step the last stays. Beyond the limits every other one is dropped.
  keep(snapshot) {
    const after = this.#kept.findLastIndex(({ step }) => step < snapshot.step) + 1;
    this.#kept.splice(after, Number(this.#kept[after]?.step === snapshot.step), snapshot);
    const most = Math.min(MOST.count, Math.max(2, Math.floor(MOST.bytes / snapshot.positions.byteLength)));
    if (this.#kept.length > most) {
      const last = this.#kept.length - 1;
      this.#kept = this.#kept.filter((_, i) => i % 2 === 0 || i === last);
    }
  }

  // The last one up to a step; undefined: none.
  upTo(step) {
    return this.#kept.findLast((snapshot) => snapshot.step <= step);
  }

  // Forgets what is later than a step.
  back(step) {
    this.#kept = this.#kept.filter((snapshot) => snapshot.step <= step);
  }

  get steps() {
    return this.#kept.map(({ step }) => step);
  }
}
