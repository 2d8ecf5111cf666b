// Encoder and optimiser, for those who write their own training loop.
import { Call, MAX_SIZE } from "./call.js";
import { describe } from "./errors.js";
import { fix, Matrix } from "./matrix.js";
import { alive, disposable, pointerOf } from "./owned.js";

/** @param {Call} call */
export function readLayers(call, layers) {
  return call.ints(layers, "layers", 1, MAX_SIZE);
}

export class Encoder {
  static name = "Encoder";
  #core;
  #options;
  #layers;
  /**
   * Of the last forward, for backward: x, activations, embeddings.
   * @type {Matrix[]}
   */
  #kept = [];
  inputs = 0;
  dim = 0;

  static create(core, options) {
    return Call.with(core, "encoder", (call) => {
      const { exports } = core;
      const given = call.options("encoder", options);
      const inputs = call.size(given.inputs, "inputs", 1);
      const layers = readLayers(call, given.layers);
      const seed = call.seed(given.seed, "seed");
      call.ready(undefined, () => exports.set_layers(layers, inputs));
      return new Encoder(call, (parameters) => exports.encoder_init(seed, parameters));
    });
  }

  // bytes: a block, and how many it holds.
  static load(call, bytes, size) {
    const { core } = call;
    const { encoder_load: load } = core.exports;
    core.forget();
    call.check(load(bytes, size, 0));
    return new Encoder(call, (parameters) => load(bytes, size, parameters));
  }

  // The one that the core holds. begin: writes its parameters.
  constructor(call, begin) {
    const { core } = call;
    const { encoder_parameters, encoder_inputs, encoder_dim, encoder_layers } = core.exports;
    this.#core = core;
    this.#options = core.settings("encoder");
    this.#layers = core.intsOf(encoder_layers()).slice();
    this.parameters = new Matrix(core, 1, encoder_parameters());
    fix(this, { inputs: encoder_inputs(), dim: encoder_dim(), parameters: this.parameters });
    call.check(begin(pointerOf(this.parameters)));
  }

  // Returns (N, dim), and keeps what backward needs.
  forward(x, options) {
    return this.#call("encoder.forward", (call) => {
      const core = this.#core;
      call.watchers(options);
      const given = call.matrix(x, "x");
      const rows = core.rows(given);
      call.hold(this.parameters, "parameters");
      this.#shape(call, this.inputs);

      const old = this.#kept;
      const kept = this.#room([
        [rows, core.cols(given)],
        [1, core.exports.encoder_activations(rows)],
        [rows, this.dim],
      ]);
      const [copy, , embeddings] = kept.map(pointerOf);
      core.floatsOf(copy).set(core.floatsOf(given));
      core.exports.set_pass(...kept.map(pointerOf));
      const status = core.exports.encoder_forward(pointerOf(this.parameters));

      // Whatever fails, the last forward stays, unless its memory is what was written to.
      const made = kept.filter((matrix) => !old.includes(matrix));
      if (status) {
        (made.length ? made : old).forEach((matrix) => matrix.free());
        this.#kept = made.length ? old : [];
      } else {
        old.filter((matrix) => !kept.includes(matrix)).forEach((matrix) => matrix.free());
        this.#kept = kept;
      }
      call.check(status);
      return core.copyOf(embeddings);
    });
  }

  // Matrices of these shapes, those of the last forward where they fit.
  #room(shapes) {
    const made = [];
    try {
      return shapes.map(([rows, cols], i) => {
        const old = this.#kept[i];
        if (old?.rows === rows && old.cols === cols) {
          return old;
        }
        made.push(new Matrix(this.#core, rows, cols));
        return made.at(-1);
      });
    } catch (error) {
      made.forEach((matrix) => matrix.free());
      throw error;
    }
  }

  // From the gradient (N, dim) of the embeddings to those of the parameters and of x.
  backward(embeddingsGradient, options) {
    return this.#call("encoder.backward", (call) => {
      const core = this.#core;
      call.watchers(options);
      const from = call.matrix(embeddingsGradient, "embeddingsGradient");
      const [x] = this.#kept;
      if (!x) {
        throw new TypeError("encoder.backward: forward has to come first");
      }
      call.hold(this.parameters, "parameters");
      const parameters = call.output("parameters", undefined, 1, this.parameters.cols);
      const ofX = call.output("x", undefined, x.rows, x.cols);
      this.#shape(call, this.inputs);
      core.exports.set_pass(...this.#kept.map(pointerOf));
      call.check(core.exports.encoder_backward(pointerOf(this.parameters), from, parameters.block, ofX.block));
      return { parameters: call.take(parameters), x: call.take(ofX) };
    });
  }

  // As safetensors bytes, without what backward needs.
  save() {
    return this.#bytes("save");
  }

  // As those of an ONNX model.
  export() {
    return this.#bytes("export");
  }

  #bytes(name) {
    return this.#call(`encoder.${name}`, (call) => {
      const parameters = call.hold(this.parameters, "parameters");
      this.#shape(call, this.inputs);
      return call.written((bytes) => this.#core.exports[`encoder_${name}`](parameters, bytes));
    });
  }

  free() {
    [this.parameters, ...this.#kept].forEach((matrix) => matrix.free());
  }

  #call(name, body) {
    return Call.with(this.#core, name, (call) => {
      call.options("encoder", this.#options, "", { live: true });
      return body(call);
    });
  }

  // Puts the encoder where the core's functions find it.
  #shape(call, inputs) {
    const layers = readLayers(call, this.#layers);
    call.ready(undefined, () => this.#core.exports.set_layers(layers, inputs));
  }
}

disposable(Encoder);

export class Optimizer {
  static name = "Optimizer";
  #core;
  #options;
  #state;
  #steps = 0;

  constructor(core, options, live = false) {
    this.#core = core;
    this.#options = options;
    this.#call("optimizer", (call) => call.ready(), { live });
  }

  // bytes: a block, and how many it holds.
  static load(call, bytes, size) {
    const { core } = call;
    const { optimizer_load: load } = core.exports;
    core.forget();
    const { steps, count } = call.check(load(bytes, size, 0));
    const state = count ? new Matrix(core, 1, count) : undefined;
    call.check(load(bytes, size, state ? pointerOf(state) : 0));
    const optimizer = new Optimizer(core, core.settings("optimizer"), true);
    optimizer.#state = state;
    optimizer.#steps = steps;
    return optimizer;
  }

  get steps() {
    return this.#steps;
  }

  // One step of `parameters`, a matrix that is changed in place.
  update(parameters, gradient) {
    this.#call("optimizer.update", (call) => {
      const core = this.#core;
      if (!Matrix.is(parameters, core)) {
        call.refuse("parameters", "a matrix", describe(parameters));
      }
      const { rows, cols } = parameters;
      const to = call.hold(parameters, "parameters", true);
      const from = call.matrixLike(gradient, "gradient", parameters, "parameters");

      // Momentum, means of gradients and the like: as many numbers as the first update needs.
      call.ready();
      const size = core.exports.optimizer_state(rows * cols);
      if (!this.#state) {
        this.#state = new Matrix(core, 1, size);
        this.#state.data.fill(0);
      }
      const state = alive(this.#state, call.name);
      if (this.#state.cols !== size) {
        call.refuse("parameters", "as many as in the first update", `${rows} x ${cols}`, RangeError);
      }

      call.check(core.exports.optimizer_update(this.#steps + 1, to, from, state));
      this.#steps++;
    });
  }

  // As safetensors bytes: with its steps, and what it remembers of them.
  save() {
    return this.#call("optimizer.save", (call) => {
      const state = this.#state ? alive(this.#state, call.name) : 0;
      const { optimizer_save: save } = call.ready();
      return call.written((bytes) => save(this.#steps, state, bytes));
    });
  }

  get(key) {
    return this.#call("optimizer.get", (call) => {
      call.ready();
      return this.#core.option("optimizer", call.field("optimizer", key));
    });
  }

  set(key, value) {
    const before = this.#options;
    this.#options = { ...before, [key]: value };
    try {
      this.#call("optimizer.set", (call) => {
        call.field("optimizer", key);
        call.ready();
      });
    } catch (error) {
      this.#options = before;
      throw error;
    }
  }

  // Its options, for a trainer.
  static options(optimizer) {
    return optimizer.#options;
  }

  free() {
    (this.#state ??= new Matrix(this.#core, 0, 0)).free();
  }

  #call(name, body, how = { live: true }) {
    return Call.with(this.#core, name, (call) => {
      this.#options = call.options("optimizer", this.#options, "", how);
      return body(call);
    });
  }
}

disposable(Optimizer);
