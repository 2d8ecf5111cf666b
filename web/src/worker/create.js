export function createWorker() {
  return new Worker(new URL("./main.js", import.meta.url), { type: "module" });
}
