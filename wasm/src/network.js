// Encoder and optimiser, for those who write their own training loop.
import { Call, MAX_SIZE } from "./call.js";
import { describe } from "./errors.js";
import { Matrix } from "./matrix.js";
import { alive, disposable, pointerOf } from "./owned.js";

export function readLayers(call, layers) {
  return call.ints(layers, "layers", 1, MAX_SIZE);
}

export class Encoder {
  #core;
  #options;
  // What backward needs of the last forward.
  #x;
  #activations;
  #embeddings;

  constructor(core, options) {
    this.#core = core;
    this.#options = { ...options, layers: [...(options?.layers ?? [])] };
    this.#call("encoder", (call) => {
      const seed = call.seed(this.#options.seed, "seed");
      this.#shape(call);
      this.inputs = this.#options.inputs;
      this.dim = core.exports.encoder_dim();
      this.parameters = new Matrix(core, 1, core.exports.encoder_parameters());
      call.check(core.exports.encoder_init(seed, alive(this.parameters, call.name)));
    });
  }

  // Returns (N, dim), and keeps what backward needs.
  forward(x) {
    return this.#call("encoder.forward", (call) => {
      const core = this.#core;
      const given = call.matrix(x, "x");
      const rows = core.rows(given);
      call.hold(this.parameters, "parameters");
      this.#shape(call);
      this.#x = this.#reuse(this.#x, rows, core.cols(given));
      this.#activations = this.#reuse(this.#activations, 1, core.exports.encoder_activations(rows));
      this.#embeddings = this.#reuse(this.#embeddings, rows, this.dim);
      core.floatsOf(pointerOf(this.#x)).set(core.floatsOf(given));
      call.check(
        core.exports.encoder_forward(...[this.parameters, this.#x, this.#activations, this.#embeddings].map(pointerOf)),
      );
      return { data: this.#embeddings.data.slice(), rows, cols: this.dim };
    });
  }

  // From the gradient (N, dim) of the embeddings to those of the parameters and of x.
  backward(gradient) {
    return this.#call("encoder.backward", (call) => {
      if (!this.#embeddings) {
        throw new TypeError("encoder.backward: forward has to come first");
      }
      const from = call.matrix(gradient, "gradient");
      const parameters = call.output("parameters", undefined, 1, this.parameters.cols);
      const x = call.output("x", undefined, this.#x.rows, this.#x.cols);
      call.hold(this.parameters, "parameters");
      this.#shape(call);
      call.check(
        this.#core.exports.encoder_backward(
          ...[this.parameters, this.#x, this.#activations, this.#embeddings].map(pointerOf),
          from,
          parameters.block,
          x.block,
        ),
      );
      return { parameters: call.take(parameters), x: call.take(x) };
    });
  }

  free() {
    for (const matrix of [this.parameters, this.#x, this.#activations, this.#embeddings]) {
      matrix?.free();
    }
  }

  #call(name, body) {
    return Call.with(this.#core, name, (call) => {
      call.options("encoder", this.#options);
      return body(call);
    });
  }

  // Puts the encoder where the core's functions find it.
  #shape(call) {
    const layers = readLayers(call, this.#options.layers);
    const inputs = call.size(this.#options.inputs, "inputs", 1);
    call.ready();
    this.#core.exports.set_layers(layers, inputs);
  }

  #reuse(matrix, rows, cols) {
    if (matrix?.rows === rows && matrix.cols === cols) {
      return matrix;
    }
    matrix?.free();
    return new Matrix(this.#core, rows, cols);
  }
}

disposable(Encoder);

export class Optimizer {
  #core;
  #options;
  #state;
  steps = 0;

  constructor(core, options) {
    this.#core = core;
    this.#options = { ...options };
    this.#call("optimizer", (call) => call.ready());
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
      const from = call.matrix(gradient, "gradient");
      if (core.rows(from) !== rows || core.cols(from) !== cols) {
        const got = `${core.rows(from)} x ${core.cols(from)}`;
        call.refuse("gradient", `${rows} x ${cols} like parameters`, got, RangeError);
      }
      call.ready();
      const size = core.exports.optimizer_state(rows * cols);
      if (!this.#state) {
        this.#state = new Matrix(core, 1, size);
        this.#state.data.fill(0);
      } else if (this.#state.cols !== size) {
        call.refuse("parameters", "as many as in the first update", `${rows} x ${cols}`, RangeError);
      }
      call.check(core.exports.optimizer_update(this.steps + 1, to, from, alive(this.#state, call.name)));
      this.steps++;
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
      this.#call("optimizer.set", (call) => call.ready());
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
    this.#state?.free();
  }

  #call(name, body) {
    return Call.with(this.#core, name, (call) => {
      call.options("optimizer", this.#options);
      return body(call);
    });
  }
}

disposable(Optimizer);
