// The worker's side: runs what the page calls, on objects that stay here.
import { loadTriplet } from "./index.js";
import { map } from "./remote.js";

// port: postMessage and onMessage.
export function serve(port) {
  const objects = new Map();
  const answers = new Map();
  let lastObject = 0;
  let lastQuestion = 0;

  function encode(value, transfer) {
    if (typeof value?.free === "function") {
      objects.set(++lastObject, value);
      return { remote: lastObject, fields: fieldsOf(value) };
    }
    if (ArrayBuffer.isView(value)) {
      // A view of the instance's memory is copied, an array of its own moves.
      const own = value.byteLength === value.buffer.byteLength ? value : value.slice();
      transfer.push(own.buffer);
      return own;
    }
    return map(value, (member) => encode(member, transfer));
  }

  function decode(value) {
    if (value?.remote !== undefined) {
      return objects.get(value.remote);
    }
    return value?.callback ? (report) => ask(value.callback, report) : map(value, decode);
  }

  function ask(callback, report) {
    return new Promise((resolve) => {
      answers.set(++lastQuestion, resolve);
      port.postMessage({ id: lastQuestion, callback, report });
    });
  }

  async function call(target, name, values) {
    if (name === "loadTriplet") {
      objects.set(0, await loadTriplet(...values));
      return undefined;
    }
    const object = objects.get(target);
    if (!object) {
      throw new TypeError(`${name}: this object has been freed`);
    }
    if (name === "free") {
      objects.delete(target);
    }
    const member = object[name];
    if (name === "run" && values[0]) {
      return run(object, values[0]);
    }
    if (name in object && typeof member !== "function") {
      return member;
    }
    if (typeof member !== "function") {
      throw new TypeError(`${name}: no such function`);
    }
    return member.apply(object, values);
  }

  // As Trainer.run, with a callback that takes its time.
  async function run(trainer, callback) {
    let report;
    do {
      report = trainer.step();
    } while ((await callback(report)) !== false && !report.stopped);
    trainer.restoreBest();
    return report;
  }

  port.onMessage(async ({ id, target, name, values, answer, value }) => {
    if (answer) {
      answers.get(answer)(value);
      answers.delete(answer);
      return;
    }
    const transfer = [];
    let message;
    try {
      message = { id, result: encode(await call(target, name, values.map(decode)), transfer) };
    } catch (error) {
      message = { id, error: { name: error.name, message: error.message, ...error } };
    }
    port.postMessage(message, transfer);
  });
}

function fieldsOf(object) {
  const names = "cols" in object ? ["rows", "cols"] : "dim" in object ? ["dim", "inputs"] : [];
  return Object.fromEntries(names.map((name) => [name, object[name]]));
}
