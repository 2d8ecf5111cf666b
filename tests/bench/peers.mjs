// Other libraries' ways to the same loss and gradients on one thread: torch's convention, p = 2, margin 1, mean. Each
// gives a function that makes ready what stays from call to call and returns the call, which gives the loss; with
// copies, the call starts from typed arrays and ends with typed arrays, without, everything stays where the library
// keeps it.

async function tensorflow() {
  const tf = await import("@tensorflow/tfjs");
  await import("@tensorflow/tfjs-backend-wasm");
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  await tf.setBackend("wasm");
  const distance = (x, y) => tf.norm(tf.add(tf.sub(x, y), 1e-6), "euclidean", 1);
  const loss = (a, p, n) => tf.mean(tf.relu(tf.add(tf.sub(distance(a, p), distance(a, n)), 1)));
  const withGradients = tf.valueAndGrads(loss);
  const tensor = ({ data, rows, cols }) => tf.tensor2d(data, [rows, cols]);
  return {
    resident(inputs) {
      const tensors = inputs.map(tensor);
      return () => tf.tidy(() => withGradients(tensors).value.dataSync()[0]);
    },
    copied: (inputs) => () =>
      tf.tidy(() => {
        const { value, grads } = withGradients(inputs.map(tensor));
        grads.forEach((gradient) => gradient.dataSync());
        return value.dataSync()[0];
      }),
  };
}

async function jax() {
  const { defaultDevice, init, jit, numpy: np, valueAndGrad } = await import("@jax-js/jax");
  await init("wasm");
  defaultDevice("wasm");
  const distance = (x, y) => np.sqrt(np.square(x.sub(y).add(1e-6)).sum(1));
  const loss = (a, p, n) => np.maximum(distance(a.ref, p).sub(distance(a, n)).add(1), 0).mean();
  const withGradients = jit(valueAndGrad(loss, { argnums: [0, 1, 2] }));
  const array = ({ data, rows, cols }) => np.array(data).reshape([rows, cols]);
  return {
    resident(inputs) {
      const arrays = inputs.map(array);
      return () => {
        const [value, gradients] = withGradients(...arrays.map((one) => one.ref));
        gradients.forEach((gradient) => gradient.dispose());
        return value.dataSync()[0];
      };
    },
    copied: (inputs) => () => {
      const [value, gradients] = withGradients(...inputs.map(array));
      gradients.forEach((gradient) => gradient.dataSync());
      return value.dataSync()[0];
    },
  };
}

function reasonOf({ code, message }) {
  return code === "ERR_MODULE_NOT_FOUND" ? "not installed (make peers)" : message.split("\n")[0];
}

// [name, what it gives, or why it is left out].
export async function loadPeers() {
  const peers = [];
  for (const [name, load] of [["@tensorflow/tfjs, wasm", tensorflow], ["@jax-js/jax, wasm", jax]]) {
    peers.push([name, await load().catch(reasonOf)]);
  }
  return peers;
}
