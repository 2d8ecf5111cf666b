// Cross-batch memory: a ring of past embeddings and labels, made at the first push, which tells its width.
import { Call } from "./call.js";
import { alive, disposable, Owned } from "./owned.js";

export class Memory {
  #core;
  #capacity;
  #ring;

  constructor(core, options) {
    this.#core = core;
    this.#capacity = Call.with(core, "memory", (call) => {
      const { capacity } = call.options("memory", options);
      return call.size(capacity, "capacity", 1);
    });
  }

  get rows() {
    return this.#ring ? this.#core.rows(this.#core.exports.memory_rows(alive(this.#ring, "memory.rows"))) : 0;
  }

  push(embeddings, labels) {
    const core = this.#core;
    Call.with(core, "memory.push", (call) => {
      const rows = call.matrix(embeddings, "embeddings");
      const list = call.ints(labels, "labels");
      const { memory_create: create, memory_push: push } = call.ready();
      const ring = this.#ring ?? new Owned(core, "memory_destroy", call.made(create(this.#capacity, core.cols(rows))));
      const status = push(alive(ring, call.name), rows, list);
      if (status && ring !== this.#ring) {
        ring.free(); // its width is not told by what failed
      }
      call.check(status);
      this.#ring = ring;
    });
  }

  clear() {
    if (this.#ring) {
      this.#core.exports.memory_clear(alive(this.#ring, "memory.clear"));
    }
  }

  free() {
    (this.#ring ??= new Owned(this.#core, "memory_destroy", 0)).free();
  }

  // Its rows and labels as blocks that last until the next push, for a call of the same core.
  static read(call, memory, argument) {
    if (memory.#core !== call.core) {
      call.refuse(argument, "a memory of the same instance", "one of another");
    }
    const { core } = call;
    if (!memory.#ring) {
      return [call.block(0, 0), call.block(0, 1)];
    }
    call.hold(memory.#ring, argument);
    // Copied, because the user's code may push before the call runs.
    return [core.exports.memory_rows, core.exports.memory_labels].map((shown) => {
      const from = shown(alive(memory.#ring, call.name));
      const copy = call.block(core.rows(from), core.cols(from));
      core.intsOf(copy).set(core.intsOf(from));
      return copy;
    });
  }
}

disposable(Memory);
