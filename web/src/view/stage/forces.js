// The few triplets that are drawn, on their way in and out: while a run goes on each stays long enough to be seen, as
// long as it has a loss.
import { chosen, mostOf, ranked } from "../../model/strongest.js";

const [IN, OUT] = [180, 260]; // ms
const [SHORTEST, LONGEST] = [900, 2600]; // ms that one is shown

const keyOf = ({ anchor, positive, negative }) => `${anchor} ${positive} ${negative}`;

export class Forces {
  #shown = new Map(); // by key: { anchor, positive, negative, loss, since, strength, leaving }
  #last = 0;

  clear() {
    this.#shown.clear();
  }

  // Another snapshot. goingOn: a run that has only gone on keeps what it shows; limit: of mostOf; labels, hasRoom: of
  // chosen.
  show(triplet, snapshot, { now, goingOn, limit, labels, hasRoom }) {
    const before = goingOn ? [...this.#shown.values()].filter(({ leaving }) => !leaving) : [];
    const { fresh, held } = ranked(triplet, { snapshot, held: before });
    const most = mostOf(snapshot, limit);
    const kept = held.filter(({ loss, since }) => loss > 0 && now - since < LONGEST);
    const fixed = kept.filter(({ since }) => now - since < SHORTEST);
    const some = (fixed.length > most ? fixed : kept).slice(0, most);
    const next = new Map(chosen(fresh, { labels, hasRoom, most, kept: some }).map((one) => [keyOf(one), one]));

    if (!goingOn) {
      this.clear();
    }
    this.#shown.forEach((one, key) => (one.leaving = !next.has(key)));
    next.forEach((one, key) => {
      const known = this.#shown.get(key);
      this.#shown.set(key, { since: now, strength: goingOn ? 0 : 1, ...known, ...one, leaving: false });
    });
  }

  // Those to draw, with their strength, 0 .. 1. still: nothing fades.
  at(now, still) {
    const elapsed = now - this.#last;
    this.#last = now;
    this.#shown.forEach((one, key) => {
      const change = one.leaving ? -elapsed / OUT : elapsed / IN;
      one.strength = still ? Number(!one.leaving) : Math.min(Math.max(one.strength + change, 0), 1);
      if (one.leaving && one.strength === 0) {
        this.#shown.delete(key);
      }
    });
    return [...this.#shown.values()];
  }
}
