// triplet/lua: Lua 5.4 with the module triplet, for scripts that run natively and in a page with the same bits.
/** @import { Failure, Files, LuaOptions, RunOptions, WasmSource } from "./index.js" */
import { createInterpreter } from "./interpreter.js";

const compiled = new Map();

async function fetchBytes(url) {
  const response = await fetch(url).catch((error) => {
    throw new Error(`${url}: ${error.cause?.message ?? error.message}. The option wasm also takes its bytes`);
  });
  if (!response.ok) {
    throw new Error(`${url}: HTTP status ${response.status}`);
  }
  return response.arrayBuffer();
}

/**
 * From a URL, bytes, or a compiled module.
 * @param {WasmSource} [source]
 */
async function compile(source = new URL("./lua.wasm", import.meta.url)) {
  if (source instanceof WebAssembly.Module) {
    return source;
  }
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    return WebAssembly.compile(source);
  }
  const url = String(source);
  if (!compiled.has(url)) {
    compiled.set(url, fetchBytes(url).then(WebAssembly.compile));
    compiled.get(url).catch(() => compiled.delete(url));
  }
  return compiled.get(url);
}

/**
 * An interpreter in this thread, for Node.js and for workers of your own.
 * @param {LuaOptions & { files?: Files }} options
 */
export async function loadLua({ wasm, print, draw, files } = {}) {
  return createInterpreter({ wasm: await compile(wasm), print, draw, files });
}

const LONGEST = 2 ** 31 - 1; // ms, of a timer

const createWorker = () => new Worker(new URL("./lua-worker.js", import.meta.url), { type: "module" });

// Runs scripts in a page, each in a worker and a Lua of its own, so that the page always responds and any script can be
// stopped: in an endless loop, inside a C function, under pcall.
export class ScriptRunner {
  #options;
  /** @type {((failure: Partial<Failure>) => void) | null} */
  #end = null; // ends the running script with a failure
  /** @type {Partial<Failure> | null} */
  #fault = null; // of the worker, perhaps before a script runs in it
  #closed = false;
  #worker = this.#prepare();

  /** @param {LuaOptions} options */
  constructor({ wasm, print = () => {}, draw = () => {} } = {}) {
    this.#options = { wasm, print, draw };
  }

  // A worker that is ready for the next script.
  #prepare() {
    const worker = createWorker();
    this.#fault = null;
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fault = { message: `the interpreter stopped: ${event.message ?? "its worker could not be loaded"}` };
      this.#end?.(this.#fault);
    };
    return worker;
  }

  get running() {
    return this.#end !== null;
  }

  /**
   * Resolves when the script has ended.
   * @param {string} source
   * @param {RunOptions} options
   * @returns {Promise<{ failure: Failure | null, written: Record<string, Uint8Array> }>}
   */
  async run(source, { name = "script.lua", files = {}, seconds = Infinity } = {}) {
    if (this.running || this.#closed) {
      throw new Error(this.running ? "a script is running: stop it first" : "the runner is closed");
    }
    const { print, draw } = this.#options;
    if (this.#fault) {
      this.#worker = this.#prepare();
    }
    const worker = this.#worker;

    let timer;
    const ended = new Promise((resolve) => {
      const fail = (failure) => resolve({ failure: { line: 0, traceback: "", ...failure }, written: {} });
      this.#end = fail;
      worker.onmessage = ({ data }) => {
        if (data.print !== undefined) {
          print(data.print);
        } else if (data.frame) {
          draw(data.frame);
        } else if (data.done) {
          resolve({ failure: data.failure, written: data.written });
        }
      };
      if (seconds < Infinity) {
        const limit = () => fail({ message: `stopped after ${seconds} s`, stopped: true });
        timer = setTimeout(limit, Math.min(1000 * seconds, LONGEST));
      }
      // The worker waits for its script; from now on whatever happens ends in `resolve`.
      compile(this.#options.wasm)
        .then((wasm) => worker.postMessage({ wasm, source, name, files }))
        .catch((error) => fail({ message: `Lua could not be loaded: ${error.message}` }));
    });
    const result = await ended;

    // One script a worker: nothing of it is left for the next one.
    clearTimeout(timer);
    worker.onmessage = worker.onerror = null;
    worker.terminate();
    this.#end = null;
    if (!this.#closed) {
      this.#worker = this.#prepare();
    }
    return result;
  }

  stop() {
    this.#end?.({ message: "stopped", stopped: true });
  }

  // Ends the script and the worker that waits for the next one.
  close() {
    this.#closed = true;
    this.stop();
    this.#worker.terminate();
  }
}
