// Keeps the mistakes of a page's run known: of a run at rest, and while the panel that lists them is open also of one
// that plays.

// A room that shows nothing: page.mistakes are the rows, page.found is all that findMistakes found.
export class MistakeFinder {
  period = 400;
  #page;
  #createWorker;
  #worker = null;
  #asked = null; // the snapshot that is being looked at
  #of = null; // what was found is of this snapshot

  // createWorker() -> a Worker, or what acts like one.
  constructor(page, createWorker) {
    this.#page = page;
    this.#createWorker = createWorker;
  }

  get busy() {
    return this.#asked !== null;
  }

  show() {
    const { session, view, playing } = this.#page;
    const { snapshot, starting } = session.state;
    const wanted = snapshot !== null && !starting && view.place === "run" && (this.#isOpen || !playing);
    if (wanted && !this.#asked && snapshot !== this.#of?.snapshot) {
      this.#ask(session, snapshot);
    }
    if (this.#page.found && !this.#isCurrent(this.#of)) {
      this.#know(null, null);
    }
  }

  get #isOpen() {
    return this.#page.view.panel === "mistakes";
  }

  // What is shown, or while the panel is open an earlier step of the run that plays.
  #isCurrent({ snapshot, heldOut }) {
    const { session, playing } = this.#page;
    return snapshot === session.state.snapshot || (this.#isOpen && playing && heldOut === session.heldOut);
  }

  #ask({ dataset, heldOut, evaluated }, snapshot) {
    this.#worker ??= this.#start();
    this.#asked = { snapshot, heldOut };
    const { positions, dim, settings, step } = snapshot;
    this.#worker.postMessage({
      run: { snapshot: { positions, dim, settings, step }, labels: dataset.labels, heldOut, on: evaluated.on },
    });
  }

  #start() {
    const worker = this.#createWorker();
    worker.onmessage = ({ data: { found = null } }) => {
      const of = this.#asked;
      this.#asked = null;
      this.#know(this.#isCurrent(of) ? found : null, of);
    };
    return worker;
  }

  close() {
    this.#worker?.terminate();
  }

  // of: the run that it was found in.
  #know(found, of) {
    this.#of = of;
    Object.assign(this.#page, { found, mistakes: found?.rows ?? null });
    this.#page.look({});
  }
}
