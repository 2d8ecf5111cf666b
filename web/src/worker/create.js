export function createWorker() {
  return new Worker(new URL("./main.js", import.meta.url), { type: "module" });
}

export function createReaderWorker() {
  return new Worker(new URL("./reader_main.js", import.meta.url), { type: "module" });
}

export function createMistakesWorker() {
  return new Worker(new URL("./mistakes_main.js", import.meta.url), { type: "module" });
}
