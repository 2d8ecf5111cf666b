// Objects that own memory of the instance: freed by hand, by `using`, or, as a net, after they are collected.

const registry = new FinalizationRegistry(([core, release, pointer]) => core.release(release, pointer));

export let pointerOf; // 0 when freed

export class Owned {
  #core;
  #release;
  #pointer;

  // release: the name of what the core gives it back with.
  constructor(core, release, pointer) {
    this.#core = core;
    this.#release = release;
    this.#pointer = pointer;
    if (pointer) {
      registry.register(this, [core, release, pointer], this);
    }
  }

  free() {
    if (this.#pointer) {
      registry.unregister(this);
      this.#core.release(this.#release, this.#pointer);
      this.#pointer = 0;
    }
  }

  static {
    pointerOf = (owned) => owned.#pointer;
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
