// What can be undone and redone: states as they were before each change.
const MOST = 100;
const TOGETHER = 800; // ms: changes of the same thing in such quick succession are one

export class History {
  #past = [];
  #future = [];
  #last = { what: "", time: -Infinity };
  #now;

  // now() -> ms
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  clear() {
    this.#past = [];
    this.#future = [];
  }

  // state: before the change of `what`.
  remember(what, state) {
    const time = this.#now();
    const together = what === this.#last.what && time - this.#last.time < TOGETHER;
    this.#last = { what, time };
    if (!together || this.#past.length === 0) {
      this.#past.push(state);
      this.#past.splice(0, this.#past.length - MOST);
    }
    this.#future = [];
  }

  // The state before, null if there is none; `state`: the present one, to come back to.
  undo(state) {
    return this.#move(this.#past, this.#future, state);
  }

  redo(state) {
    return this.#move(this.#future, this.#past, state);
  }

  #move(from, to, state) {
    this.#last = { what: "", time: -Infinity };
    if (from.length === 0) {
      return null;
    }
    to.push(state);
    return from.pop();
  }
}
