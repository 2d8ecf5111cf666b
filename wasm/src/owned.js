// Objects that own memory of the instance: freed by hand, by `using`, or, as a net, after they are collected.

const registry = new FinalizationRegistry(([release, pointer]) => release(pointer));

export let pointerOf; // 0 when freed

export class Owned {
  #pointer;
  #release;

  constructor(pointer, release) {
    this.#pointer = pointer;
    this.#release = release;
    if (pointer) {
      registry.register(this, [release, pointer], this);
    }
  }

  free() {
    if (this.#pointer) {
      registry.unregister(this);
      this.#release(this.#pointer);
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
