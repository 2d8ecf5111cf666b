// Objects that own memory of the instance: freed by hand, by `using`, or, as a net, after they are collected.

// Old workers of Cloudflare have none: there, what nobody frees stays.
const registry =
  globalThis.FinalizationRegistry &&
  new FinalizationRegistry(([core, release, pointer]) => core.release(release, pointer));

// structuredClone and postMessage refuse it with these words. Without it they would make an empty object of one that
// lives in the instance.
const MEMORY = Symbol("what lies in WebAssembly is sent as `toArray()` or `save()`");

export let pointerOf; // 0 when freed
export let rootOf; // whose memory it is: its own, unless it shows that of another

export class Owned {
  #core;
  #release;
  #pointer;
  #root;
  memory = MEMORY;

  // release: the name of what the core gives it back with; root: whose memory it shows, and without which it is freed.
  constructor(core, release, pointer, root) {
    this.#root = root;
    this.#core = core;
    this.#release = release;
    this.#pointer = pointer;
    if (pointer) {
      registry?.register(this, [core, release, pointer], this);
    }
  }

  free() {
    if (this.#pointer) {
      registry?.unregister(this);
      this.#core.release(this.#release, this.#pointer);
      this.#pointer = 0;
    }
  }

  // What console.log shows in Node.js.
  [Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) {
    const type = /** @type {any} */ (this.constructor);
    const { memory, ...own } = this;
    return `${type.name} ${pointerOf(this) ? inspect(type.shown?.(this) ?? own, options) : "(freed)"}`;
  }

  static {
    pointerOf = (owned) => (owned.#root && !owned.#root.#pointer ? 0 : owned.#pointer);
    rootOf = (owned) => owned.#root ?? owned;
  }
}

// `using` frees, where JavaScript has it.
export function disposable(type) {
  if (Symbol.dispose) {
    type.prototype[Symbol.dispose] = function () {
      this.free();
    };
  }
}

disposable(Owned);

// The pointer of an object of this kind, for a method that needs it alive.
export function alive(owned, where) {
  const pointer = pointerOf(owned);
  if (!pointer) {
    throw new TypeError(`${where}: this object has been freed`);
  }
  return pointer;
}
