/** triplet/lua: Lua 5.4 with the module `triplet`, for scripts that run natively and in a page with the same bits. */

/** A URL, the bytes of lua.wasm, or a compiled module; by default the file beside this script. It needs WASM SIMD. */
export type WasmSource = string | URL | ArrayBuffer | ArrayBufferView | WebAssembly.Module;

/** What `triplet.show(embeddings, labels, info)` shows. */
export interface Frame {
  /** rows x dim, row-major. */
  positions: Float32Array;
  /** One for each row. */
  labels: Int32Array;
  /** 1, 2 or 3: more columns are projected on their first two principal components. */
  dim: number;
  /** A line about the frame. */
  text: string;
}

export interface Failure {
  /** What lua5.4 would say: "script.lua:3: attempt to ...". */
  message: string;
  /** The line of the script, from 1; 0 when it is not known. */
  line: number;
  traceback: string;
  /** By `stop()` or by `seconds`. */
  stopped?: true;
}

export interface LuaOptions {
  wasm?: WasmSource;
  /** Gets what the script writes to its standard output and error, in pieces that need not be lines. */
  print?: (text: string) => void;
  draw?: (frame: Frame) => void;
}

/** Files of the folder a script runs in, by relative path. A script reaches no other, and no network. */
export type Files = Record<string, string | Uint8Array>;

export interface Interpreter {
  /**
   * Runs a script to its end; null, or what went wrong. name: in messages and arg[0]. Default "script.lua".
   * Throws a RangeError when memory does not hold the script, an Error after a script that broke the interpreter.
   */
  run(source: string, name?: string): Failure | null;
  /** The files that scripts have written. */
  written(): Record<string, Uint8Array>;
}

/** An interpreter in this thread, for Node.js (give it `wasm`) and for workers of your own. Memory ends at 256 MB. */
export function loadLua(options?: LuaOptions & { files?: Files }): Promise<Interpreter>;

export interface RunOptions {
  /** In messages. Default "script.lua". */
  name?: string;
  files?: Files;
  /** Stop the script after that time. Default: never. */
  seconds?: number;
}

/**
 * Runs scripts in a page, each in a worker and a Lua of its own: the page always responds, any script can be stopped.
 * What comes faster than a page can show is thinned out: at most one frame in 33 ms, of at most 10,000 points, which
 * are a seeded sample of every class; of text, after the first 1,000,000 characters, at most 400 in a millisecond, the
 * latest. A message ends after 10,000 characters, a frame's text after 1,000.
 */
export class ScriptRunner {
  constructor(options?: LuaOptions);
  readonly running: boolean;
  /** Resolves when the script has ended; rejects when another is running. */
  run(source: string, options?: RunOptions): Promise<{ failure: Failure | null; written: Record<string, Uint8Array> }>;
  /** Ends the running script, whatever it is doing. */
  stop(): void;
  /** Ends the script and the worker that waits for the next one. */
  close(): void;
}
