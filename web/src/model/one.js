// The opening's triplet: three points in a plane, a margin, and steps down the gradient of their loss. All figures are
// the library's.

export const ROLES = ["anchor", "positive", "negative"];

// Digits that stand for the three, with their rows in the data, so that they are there before it: 8 x 8 pixels from 0
// to 16, in base 17.
export const DIGITS = {
  anchor: { row: 13, label: 3, pixels: "029fe93004d89g800006ef30000be2000002fb0000002f400156dg6002ccdb00" },
  positive: { row: 1370, label: 3, pixels: "00dgg90002g77g000040ba00001de3000007fb1000012da000891cb000bggf10" },
  negative: { row: 945, label: 8, pixels: "001bf60002fagf0001e56b00005ee300001eg60000a86f1000994g30001ff600" },
};
export const SIDE = 8;

// Shares of ink, pixel after pixel.
export const inkOf = ({ pixels }) => Array.from(pixels, (digit) => parseInt(digit, 17) / 16);

export const MARGIN = { initial: 1, minimum: 0, maximum: 2 };
export const START = { anchor: [0, 0], positive: [1.56, -0.79], negative: [-0.61, 1.26] };
const EDGE = 6; // no coordinate is larger
const RATE = 0.05; // of a step: half a dozen from the start to loss 0
const DECIMALS = 3; // in a link

const clamp = (value, minimum, maximum) => Math.min(Math.max(value, minimum), maximum);
const inside = (place) => place.map((value) => clamp(value, -EDGE, EDGE));
const copied = (places) => Object.fromEntries(ROLES.map((role) => [role, [...places[role]]]));
const matrixOf = (...rows) => ({ data: Float32Array.from(rows.flat()), rows: rows.length, cols: 2 });

// What the loss sees. reach: how far from the anchor it wants positives and negatives; kind: of the negative; moves:
// the negative gradient, which is the way that a step takes each.
export function look(triplet, places, margin) {
  const of = Object.fromEntries(ROLES.map((role) => [role, matrixOf(places[role])]));
  const { loss, active, gradients } = triplet.marginLoss(of.anchor, of.positive, of.negative, {
    margin,
    convention: "exact",
  });
  const [positive, negative] = triplet.distances(of.anchor, matrixOf(places.positive, places.negative)).data;
  const down = ({ data }) => Array.from(data, (slope) => 0 - slope);
  return {
    distances: { positive, negative },
    reach: triplet.reach({ loss: "triplet", margin }, positive),
    loss,
    kind: active === 0 ? "easy" : negative <= positive ? "hard" : "semihard",
    moves: {
      anchor: down(gradients.anchors),
      positive: down(gradients.positives),
      negative: down(gradients.negatives),
    },
  };
}

// Tells "change" whenever anything is another.
export class One extends EventTarget {
  places = copied(START);
  margin = MARGIN.initial;
  steps = 0; // since a point was last moved by hand
  playing = false;
  #triplet;
  #began = copied(START); // where the steps started from
  #seen = null;

  constructor(triplet) {
    super();
    this.#triplet = triplet;
  }

  get seen() {
    this.#seen ??= look(this.#triplet, this.places, this.margin);
    return this.#seen;
  }

  // Whether a step would move anything.
  get canStep() {
    return Object.values(this.seen.moves).some((move) => move.some((value) => value !== 0));
  }

  // Whether steps have led to a loss of 0.
  get isDone() {
    return this.steps > 0 && this.seen.loss === 0;
  }

  move(role, place) {
    this.#set({ ...this.places, [role]: inside(place) });
  }

  setMargin(margin) {
    this.margin = clamp(margin, MARGIN.minimum, MARGIN.maximum);
    this.#change();
  }

  step() {
    if (this.canStep) {
      const { moves } = this.seen;
      for (const role of ROLES) {
        this.places[role] = this.places[role].map((value, axis) => value + RATE * moves[role][axis]);
      }
      this.steps++;
      this.#seen = null;
    }
    this.playing = this.playing && this.canStep;
    this.#change();
  }

  // Whoever shows the steps takes them, at a pace of its own, as long as `playing` is true.
  play() {
    this.playing = this.canStep;
    this.#change();
  }

  pause() {
    this.playing = false;
    this.#change();
  }

  // Back to where the steps started from; from there, to where the page started.
  restart() {
    if (this.steps === 0) {
      this.margin = MARGIN.initial;
      this.#began = copied(START);
    }
    this.#set(this.#began);
  }

  // What is happening, in a sentence.
  get sentence() {
    const { kind, loss } = this.seen;
    if (this.isDone) {
      const steps = this.steps === 1 ? "one step" : `${this.steps} steps`;
      return `Loss 0 after ${steps}: these three have nothing left to teach.`;
    }
    if (loss > 0 && !this.canStep) {
      return "All three are on one spot: no direction leads apart.";
    }
    return {
      hard: "The wrong way round: the eight is nearer than the other three.",
      semihard: "The eight is farther, but within the margin: it still costs.",
      easy: "The eight is beyond the margin. Loss 0: nothing has to move.",
    }[kind];
  }

  // Places and margin as a short text; "" for those of the start.
  encode() {
    const text = (places, margin) =>
      [...ROLES.flatMap((role) => places[role]), margin].map((value) => Number(value.toFixed(DECIMALS))).join();
    const now = text(this.places, this.margin);
    return now === text(START, MARGIN.initial) ? "" : now;
  }

  // What encode gave, or another text, of which nothing comes but the start.
  decode(text) {
    const values = text ? text.split(",").map((value) => (value.trim() ? Number(value) : NaN)) : [];
    const isWhole = values.length === 2 * ROLES.length + 1 && values.every(Number.isFinite);
    const places = ROLES.map((role, i) => [role, values.slice(2 * i, 2 * i + 2)]);
    this.margin = isWhole ? clamp(values.at(-1), MARGIN.minimum, MARGIN.maximum) : MARGIN.initial;
    this.#set(isWhole ? Object.fromEntries(places.map(([role, place]) => [role, inside(place)])) : START);
  }

  #set(places) {
    this.places = copied(places);
    this.#began = copied(places);
    this.steps = 0;
    this.playing = false;
    this.#change();
  }

  #change() {
    this.#seen = null;
    this.dispatchEvent(new Event("change"));
  }
}
