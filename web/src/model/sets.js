// The data sets that a visitor can choose: what they are called, where they come from, and the settings they bring.
import { DEFAULTS } from "./options.js";

const UCI = "UCI Machine Learning Repository, CC BY 4.0";
const SEEDED = "generated here from the seed";

// What every set has that brings nothing else.
const USUAL = {
  dim: 2,
  activation: DEFAULTS.trainer.activation,
  residual: DEFAULTS.trainer.residual,
  learningRate: 0.003,
};

// A network that starts as the identity shows a set of few columns as what it is. With tanh it bends space smoothly:
// ReLU folds the plane, and classes end as streaks.
const asItIs = (dim) => ({ dim, activation: "tanh", residual: true });

// short: for a tile; noun: what rows are called in sentences; seen: the two columns that a small picture shows, where
// they are known; view: of three dimensions; columns: of sets that can start as they are.
const SETS = [
  {
    name: "digits",
    title: "Handwritten digits",
    short: "Digits",
    noun: "digits",
    source: `Alpaydin and Kaynak 1998, 1,797 images of 8 x 8; ${UCI}`,
  },
  {
    name: "iris",
    title: "Iris flowers",
    short: "Iris",
    noun: "flowers",
    source: `Fisher 1936, 150 flowers; ${UCI}`,
    seen: [2, 3],
  },
  {
    name: "rings",
    title: "Nested rings",
    short: "Rings",
    noun: "points",
    source: SEEDED,
    columns: 2,
    seen: [0, 1],
    brings: { ...asItIs(2), learningRate: 0.01 },
  },
  {
    name: "moons",
    title: "Two moons",
    short: "Moons",
    noun: "points",
    source: SEEDED,
    columns: 2,
    seen: [0, 1],
    brings: asItIs(2),
  },
  {
    name: "swiss_roll",
    title: "Swiss roll",
    short: "Roll",
    noun: "points",
    source: SEEDED,
    columns: 3,
    seen: [0, 2],
    view: { yaw: 0.35, pitch: 1.35 },
    brings: asItIs(3),
  },
  {
    name: "blobs",
    title: "Overlapping blobs",
    short: "Blobs",
    noun: "points",
    source: SEEDED,
    columns: 2,
    seen: [0, 1],
    brings: asItIs(2),
  },
  { name: "drawn", title: "Your symbols", short: "Draw", noun: "symbols", source: "" },
  { name: "own", title: "Your file", short: "Your file", noun: "rows", source: "" },
].map((set) => ({ columns: 0, view: {}, ...set, brings: { ...USUAL, ...set.brings } }));

export const setNames = SETS.map(({ name }) => name);

// undefined for a name that is none.
export const setOf = (name) => SETS.find((set) => set.name === name);

export const isSynthetic = ({ data }) => setOf(data)?.columns > 0;

// Whether the encoder can begin as the data themselves: the embedding is as wide as they are.
export const canStartAsData = ({ data, dim }) => setOf(data)?.columns === dim;
