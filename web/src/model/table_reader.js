// A visitor's file as the page sees it: read by a worker of its own, which holds it.
export class TableReader {
  #worker;
  #waiting = new Map();
  #requests = 0;

  // createWorker() -> a Worker, or what acts like one.
  constructor(createWorker) {
    this.#worker = createWorker();
    this.#worker.onmessage = ({ data: { request, value, error } }) => {
      const { resolve, reject } = this.#waiting.get(request);
      this.#waiting.delete(request);
      error ? reject(Object.assign(new Error(error.message), { name: error.name })) : resolve(value);
    };
    this.#worker.onerror = (event) => {
      const error = new Error(event.message ?? "its worker did not load");
      this.#waiting.forEach(({ reject }) => reject(error));
      this.#waiting.clear();
    };
  }

  // What a File, or another Blob of that name, holds: see TableFile.describe.
  open(blob, name, choices = {}) {
    return this.#request({ type: "open", blob, name, choices });
  }

  // The same by other choices.
  describe(choices) {
    return this.#request({ type: "describe", choices });
  }

  // What is to be trained on.
  dataset() {
    return this.#request({ type: "dataset" });
  }

  // Whatever is under way is never answered.
  close() {
    this.#worker.terminate();
  }

  #request(message) {
    return new Promise((resolve, reject) => {
      const request = ++this.#requests;
      this.#waiting.set(request, { resolve, reject });
      this.#worker.postMessage({ ...message, request });
    });
  }
}
