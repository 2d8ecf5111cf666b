// Cross-batch memory: a ring of past embeddings and labels, made at the first push, which tells its width.
import { Call } from "./call.js";
import { Numbering, readLabels } from "./labels.js";
import { alive, disposable, Owned } from "./owned.js";

export class Memory {
  static name = "Memory";
  #core;
  #capacity;
  #ring;
  #numbering = new Numbering();

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
      const before = this.#numbering;
      const numbering = before.after();
      const list = call.labels(readLabels(call, labels, "labels", numbering));
      if (before !== this.#numbering) {
        call.refuse("labels", "a memory that stays as it is", "one that was changed while they were read");
      }
      const { memory_create: create, memory_push: push } = call.ready();
      const ring = this.#ring ?? new Owned(core, "memory_destroy", call.made(create(this.#capacity, core.cols(rows))));
      const status = push(alive(ring, call.name), rows, list);
      if (status && ring !== this.#ring) {
        ring.free(); // its width is not told by what failed
      }
      call.check(status);
      this.#ring = ring;
      this.#numbering = numbering.after();
    });
  }

  clear() {
    this.#numbering = new Numbering();
    if (this.#ring) {
      this.#core.exports.memory_clear(alive(this.#ring, "memory.clear"));
    }
  }

  free() {
    (this.#ring ??= new Owned(this.#core, "memory_destroy", 0)).free();
  }

  // That of a memory, or one without texts.
  static numbering(memory) {
    return memory instanceof Memory ? memory.#numbering.after() : new Numbering();
  }

  // Its rows and labels as blocks that last until the next push, for a call of the same core.
  static read(call, memory, argument) {
    if (memory.#core !== call.core) {
      call.refuse(argument, "a memory of the same instance", "one of another");
    }
    const { core } = call;
    if (!memory.#ring) {
      return [call.block(0, 0), 0];
    }
    call.hold(memory.#ring, argument);
    // Copied, because the user's code may push before the call runs.
    const { memory_rows, memory_labels, memory_ends } = core.exports;
    const [rows, integers, ends] = [memory_rows, memory_labels, memory_ends].map((shown) => {
      const from = shown(alive(memory.#ring, call.name));
      const copy = call.block(core.rows(from), core.cols(from));
      core.intsOf(copy).set(core.intsOf(from));
      return copy;
    });
    return [rows, call.labelsOf(integers, ends, 0)];
  }
}

disposable(Memory);
