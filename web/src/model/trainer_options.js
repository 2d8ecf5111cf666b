// How the settings of a run become options of the library, of which only those are given that play a part.
import { isPlaying, playing } from "./belongs.js";
import { DEFAULTS } from "./options.js";
import { canStartAsData } from "./sets.js";

// Settings that change while a run goes on; any other restarts it.
const LIVE = [
  ...["loss", "temperature", "positiveMargin", "negativeMargin", "alpha", "beta", "base"],
  ...["margin", "distance", "p", "swap", "softMargin", "mining", "classesPerBatch", "rowsPerClass", "learningRate"],
];

export const isLive = (key) => LIVE.includes(key);
export const isNetwork = ({ encoder }) => encoder !== "free";

// Whether the loss is one of triplets; the others are of pairs.
export const isOfTriplets = ({ loss }) => loss === "triplet";

// The widths of the trainer's layers; none for a free table.
function widthsOf({ encoder, layers, dim }) {
  return { free: [], linear: [dim], mlp: [...layers, dim] }[encoder];
}

// The options of each schema, whether or not they play a part: settings by the name of an option are that option. The
// names are the library's own, as the scripts print them, too.
function optionsOf(values) {
  const sameName = Object.entries(values).filter(([key]) => Object.hasOwn(DEFAULTS.trainer, key));
  return {
    trainer: {
      layers: widthsOf(values),
      ...Object.fromEntries(sameName),
      normalize: isNetwork(values) && values.normalize,
      residual: isNetwork(values) && values.residual && canStartAsData(values),
    },
    optimizer: { name: values.optimizer, learningRate: values.learningRate },
  };
}

// Whether an option of a schema, "trainer" or "optimizer", plays a part beside the settings.
export const playsPart = (schema, name, values) => isPlaying(schema, name, optionsOf(values)[schema]);

// What the trainer is made with, beside data and labels.
export function trainerOptions(values) {
  const { trainer, optimizer } = optionsOf(values);
  return { ...playing("trainer", trainer), optimizer: playing("optimizer", optimizer) };
}

// [key, value] pairs for trainer.set on a new trainer: settings that play no part yet, but may once others change.
export function latentChanges(values) {
  const { trainer } = optionsOf(values);
  const latent = Object.entries(trainer).filter(([key]) => isLive(key) && !isPlaying("trainer", key, trainer));
  return latent.filter(([key, value]) => value !== DEFAULTS.trainer[key]);
}

// What triplet.split takes beside the labels: if no class has a row to spare, whole classes are held out.
export function splitOptions({ heldOut, seed, holdOut }) {
  return [heldOut, seed, holdOut === "classes" ? "classes" : "auto"];
}

// A live change as the [key, value] that trainer.set takes.
export function trainerChange(key, value) {
  return key === "learningRate" ? ["optimizer", { learningRate: value }] : [key, value];
}

// The options that measure distances, as triplet.distances takes them.
export function measureOptions({ distance, p }) {
  return playing("trainer", { distance, p });
}

// Those of the loss of a batch, as triplet.batchLoss takes them, but for mining.
export function lossOptions({ loss, margin, swap, softMargin, distance, p, ...values }) {
  const { temperature, positiveMargin, negativeMargin, alpha, beta, base } = values;
  const ofPairs = { temperature, positiveMargin, negativeMargin, alpha, beta, base };
  return playing("trainer", { loss, margin, swap, softMargin, distance, p, ...ofPairs });
}
