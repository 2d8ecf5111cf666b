// What the tests of the model share: the library, the schema, files as the site serves them, and the worker's training
// at the other end of a port.
import { readFileSync } from "node:fs";
import { loadTriplet } from "../../../build/npm/index.js";
import { packDigits } from "../../../web/pack.js";
import { load } from "../../../web/src/model/datasets.js";
import { pick, pickRows } from "../../../web/src/model/rows.js";
import { Session } from "../../../web/src/model/session.js";
import { createSettings } from "../../../web/src/model/settings.js";
import { TableFile } from "../../../web/src/model/table.js";
import { trainerOptions } from "../../../web/src/model/trainer_options.js";
import { serve as serveReader } from "../../../web/src/worker/reader.js";
import { serve } from "../../../web/src/worker/trainer.js";

const data = (name) => readFileSync(new URL(`../../data/${name}`, import.meta.url));

export const triplet = await loadTriplet();
export const schema = createSettings(triplet);

const files = {
  "data/digits.bin": () => packDigits(String(data("digits.csv"))),
  "data/iris.csv": () => data("iris.csv"),
};

export async function fetch(path) {
  return files[path] ? new Response(files[path]()) : new Response("", { status: 404 });
}

export const loadShipped = (settings) => load(settings, { triplet, fetch });

// A visitor's file, as its dialog sees it.
export const tableFile = (source, name = "table.csv") =>
  new TableFile(triplet, typeof source === "string" ? new TextEncoder().encode(source) : source, name);

export function workerOf(serve) {
  const { port1, port2 } = new MessageChannel();
  const close = serve(port2, loadTriplet());
  return Object.assign(port1, {
    terminate() {
      port1.close();
      close?.();
    },
  });
}

export const createWorker = () => workerOf(serve);
export const createReaderWorker = () => workerOf(serveReader);

// Runs a body with a session that asks for pictures as a page does, and closes it.
export async function withSession(body, { load = loadShipped } = {}) {
  const session = new Session({ schema, load, createWorker });
  const errors = [];
  session.addEventListener("error", ({ detail }) => errors.push(detail.message));
  const frames = setInterval(() => session.requestSnapshot(), 2);
  try {
    return await body(session, errors);
  } finally {
    clearInterval(frames);
    session.close();
  }
}

const LIMIT = 120000; // ms until what is waited for is given up: machines may be slow and busy

// Until a condition holds.
export async function until(session, holds) {
  const start = performance.now();
  while (!holds(session.state)) {
    if (performance.now() - start > LIMIT) {
      throw new Error(`waited in vain for ${holds}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return session.state;
}

// Until what is shown is all there is, and nothing goes on.
export const rest = (session) => until(session, ({ resting }) => resting);

// The trainer after `steps`, the rows it has, and what it makes of all rows, by the library alone. tell(report): called
// after each step.
export async function trained(settings, ...how) {
  return trainedOn(await loadShipped(settings), settings, ...how);
}

export function trainedOn({ values, labels, n, d }, settings, changes, steps, tell = (report) => report) {
  const x = { data: values, rows: n, cols: d };
  const isFree = settings.encoder === "free";
  const { training, heldOut } = triplet.split(labels, isFree ? 0 : settings.heldOut, settings.seed, settings.holdOut);
  const trainer = triplet.trainer({
    ...trainerOptions(settings),
    data: pickRows(values, d, training),
    labels: pick(labels, training),
  });
  for (let step = 0; step <= steps; step++) {
    for (const [, key, value] of changes.filter(([at]) => at === step)) {
      trainer.set(...(key === "learningRate" ? ["optimizer", { learningRate: value }] : [key, value]));
    }
    if (step < steps) {
      tell(trainer.step());
    }
  }
  return { trainer, training, heldOut, labels, embedding: isFree ? trainer.embed() : trainer.embed(x) };
}
