// The tour: six steps, each with its run, the step of training that shows what it tells, and what it points at.
//
// What is told is true of seeds 1 to 5, by the figures that tests/evaluation/stories.mjs prints; the figures in the
// sentences are those of the run that is seen.
import { histogram } from "./anatomy.js";
import { count, finePercent, percent } from "./words.js";

// A sentence as a list of texts and { figure }; null while one of its figures is not known.
function told(texts, ...values) {
  if (!values.every((value) => value !== null && value !== undefined)) {
    return null;
  }
  const lines = texts.map((text) => text.replace(/\s+/g, " "));
  return lines.flatMap((text, i) => (i < values.length ? [text, { figure: values[i] }] : [text]));
}

const WIDER = 3; // the margin that a visitor is offered
const widen = {
  label: `Make the margin ${WIDER}`,
  isDone: ({ session }) => session.current.margin >= WIDER,
  run: (page) => page.set("margin", WIDER),
};
const FAST = 0.05; // the learning rate at which hard mining collapses

/** @typedef {{ label: string, isDone(page: any): boolean, run(page: any, firstStep: number): unknown }} Action */

// at: the step of training that the tour waits for, at `pace` times the natural one; target: what is pointed at, a
// selector, or of the picture a "triplet" or the anchor's "ring"; tone: the colour of its figures; chart: a curve.
/**
 * @type {{
 *   id: string, name: string, title: string, settings: Record<string, any>, at: number, pace: number, target: string,
 *   tone: string, anchored?: boolean, chart?: string, tell(figures: any): any[], action?: Action
 * }[]}
 */
export const steps = [
  {
    id: "forces",
    name: "pull and push",
    title: "Pull together, push apart",
    settings: {},
    at: 20,
    pace: 1,
    target: "triplet",
    tone: "pull",
    // Measured, of means over the pairs of a batch: 1.1 to 1.4 times before the first step, 2.8 to 3.5 at step 20.
    tell: ({ step, apart }) => [
      told`Each step takes some digits as anchors. The solid line pulls in one of the same kind, the positive. The
        dashed line pushes one of another kind away, the negative.`,
      told`After ${step} steps two digits of different kinds lie ${apart} times as far apart as two of one kind. Before
        the first step it was less than one and a half times.`,
    ],
  },
  {
    id: "margin",
    name: "the margin",
    title: "The margin says how far is far enough",
    settings: {},
    at: 40,
    pace: 1,
    anchored: true,
    target: "ring",
    tone: "margin",
    // Measured, of all anchors of a batch: 61 to 75 % of the negatives are beyond the band, at a margin of 3 then 4 to
    // 25 %; 100 steps later different kinds lie 2.3 to 2.4 times as far apart as they would at 1.
    tell: ({ others, easy, near, margin }) => [
      told`The ring goes through one of the anchor's own kind. Beyond it lies a band as wide as the margin.`,
      told`At a margin of ${margin} ${easy} of ${others} digits of other kinds lie beyond the band: they cost nothing.
        The other ${near} are too near. A wider band catches more, and the run then pushes the kinds farther apart.`,
    ],
    action: widen,
  },
  {
    id: "active",
    name: "what is left to learn",
    title: "Ever fewer triplets have anything left to say",
    settings: {},
    at: 300,
    pace: 2,
    target: '[data-figure="active"]',
    tone: "push",
    chart: "active",
    // Measured: 100 % at step 1, 1 to 5 % at step 300, and at a margin of 3 then 50 to 77 % at the next step.
    tell: ({ first, step, active }) => [
      told`At step 1, ${first} of the triplets had a loss. At step ${step} it is ${active}. The others are easy: they
        cost nothing and move nothing.`,
      told`When none is left, the run has learned all that this margin asks for. A wider margin gives it work again.`,
    ],
    action: {
      ...widen,
      async run(page) {
        await widen.run(page);
        page.play();
      },
    },
  },
  {
    id: "collapse",
    name: "hard mining",
    title: "Hard mining can collapse",
    settings: { mining: "hard", learningRate: FAST },
    at: 100,
    pace: 2,
    target: '[data-figure="loss"]',
    tone: "push",
    // Measured: collapsed at step 100, the loss 1.000, recall 10 %; with semi-hard triplets recall is 90 to 94 %.
    tell: ({ step, collapsed, loss, margin, recall }) => [
      told`Hard mining takes the farthest positive and the nearest negative it can find, here at a learning rate of
        0.05.`,
      collapsed && told`After ${step} steps all digits lie on one spot. This is how to tell: the loss stands still at
        ${loss}, and that is the margin, ${margin}, as every distance is 0. Recall is ${recall}, as good as guessing.`,
      collapsed && told`Semi-hard triplets separate the digits at the same learning rate.`,
    ],
    action: {
      label: "Compare with semi-hard",
      isDone: ({ comparing }) => comparing,
      run(page, step) {
        const { settings } = page.session;
        const compare = { settings: page.settingsOf({ ...settings, mining: "semihard" }) };
        return page.run({ settings, compare, view: { tour: page.view.tour, step } });
      },
    },
  },
  {
    id: "recall",
    name: "unseen digits",
    title: "What counts are digits it has never seen",
    settings: {},
    at: 600,
    pace: 4,
    target: '[data-figure="recall"]',
    tone: "good",
    // Measured at step 600: recall 94 to 97 %, while at most 1.4 % of the triplets have a loss.
    tell: ({ heldOut, rows, recallStep, recall, missed, active }) => [
      told`The hollow points are held out: the network is never trained on them.`,
      told`They are ${heldOut} of the ${rows} digits. At step ${recallStep} the nearest trained digit is of their own
        kind for ${recall} of them. That is recall. Guessing would give 10%.`,
      told`A small loss alone proves little: ${active} of the triplets still have one, and yet ${missed} of the
        unseen digits lie nearest to a wrong kind.`,
    ],
    action: { label: "See the mistakes", isDone: () => false, run: (page) => page.openPanel("mistakes") },
  },
  {
    id: "yours",
    name: "your own data",
    title: "Now with data of your own",
    settings: { data: "iris" },
    at: 200,
    pace: 4,
    target: "#settings-tab",
    tone: "good",
    // Measured at step 200: recall 87 to 100 % of 30 flowers.
    tell: ({ rows, heldOut, recallStep, recall }) => [
      told`These ${rows} flowers come from a plain table, with four columns of numbers and one of names. At step
        ${recallStep} the nearest trained flower is of the same kind for ${recall} of the ${heldOut} unseen ones.`,
      told`Yours works the same way: a CSV file with a column of classes. Words, gaps and decimal commas are read, too.
        It never leaves this machine.`,
    ],
    action: { label: "Open a file", isDone: () => false, run: (page) => page.openPanel("data") },
  },
];

const known = (value) => value !== null && value !== undefined && !Number.isNaN(value);
const written = (value, write) => (known(value) ? write(value) : null);

// What the sentences tell of the selected run as it is shown, as texts; null where it was not measured. Each is worked
// out when it is asked for.
export function figuresOf(page) {
  const { state, dataset, heldOut } = page.session;
  const { snapshot, recall } = state;
  const counts = () => page.anatomy()?.counts ?? null;
  const near = () => counts() && counts().hard + counts().semihard;
  return {
    step: count(snapshot.step),
    margin: decimal(snapshot.settings.margin),
    rows: count(dataset.total ?? dataset.n),
    heldOut: count(heldOut.reduce((sum, one) => sum + one, 0)),
    get apart() {
      return written(apartOf(page.triplet, snapshot, dataset), oneDecimal);
    },
    get others() {
      return written(near() && near() + counts().easy, count);
    },
    get easy() {
      return written(counts()?.easy, count);
    },
    get near() {
      return written(near(), count);
    },
    first: written(state.record.active[0], percent),
    active: written(snapshot.activeShare, finePercent),
    loss: written(snapshot.loss, decimal),
    collapsed: snapshot.collapsed,
    recall: written(recall?.value, percent),
    recallStep: written(recall?.step, count),
    missed: written(recall && known(recall.value) ? 1 - recall.value : null, percent),
  };
}

// How many times as far apart pairs of different classes are as those of one class; null before the first step.
const found = new WeakMap(); // by snapshot
function apartOf(triplet, snapshot, dataset) {
  if (snapshot.step > 0 && !found.has(snapshot)) {
    const { meanPositive, meanNegative } = histogram(triplet, { snapshot, dataset });
    found.set(snapshot, meanPositive > 0 ? meanNegative / meanPositive : null);
  }
  return found.get(snapshot) ?? null;
}

const oneDecimal = (value) => value.toFixed(1);
const decimal = (value) => String(Number(value.toPrecision(3)));

// Of the anchors of active triplets the one nearest to the middle of the picture; null without any.
function centralAnchor({ forces, positions, dim }) {
  const rows = positions.length / dim;
  const middle = Array.from({ length: dim }, (_, axis) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      sum += positions[row * dim + axis];
    }
    return sum / rows;
  });
  const away = (row) => Math.hypot(...middle.map((value, axis) => positions[row * dim + axis] - value));
  const anchors = [...new Set(forces.filter((_, i) => i % 3 === 0))];
  return anchors.sort((one, other) => away(one) - away(other))[0] ?? null;
}

// Follows the step that the page's view names: sets up its run, and waits for what it tells.
export class Tour {
  #page;
  #isStill;
  #entered = 0;
  #isArrived = false;
  #isOpened = false; // by a link, with a run that it brought
  #pace = null; // the visitor's own, to go back to

  constructor(page, isStill = () => false) {
    this.#page = page;
    this.#isStill = isStill;
    page.addEventListener("start", () => (this.#isOpened = page.view.tour !== this.#entered));
  }

  // Of 1 to 6; 0 while there is no tour.
  get number() {
    return this.#page.view.tour;
  }

  get step() {
    return steps[this.number - 1] ?? null;
  }

  // Whether the run is at rest, and can be pointed at.
  get isSettled() {
    const { state } = this.#page.session;
    return !this.#page.playing && !state.starting && state.snapshot?.step > 0;
  }

  // How much of the way the run has gone, as a share.
  get progress() {
    return this.step ? Math.min(1, (this.#page.session.state.snapshot?.step ?? 0) / this.step.at) : 0;
  }

  // What is told so far: nothing with a figure before the step of which it is true.
  get sentences() {
    const { snapshot } = this.#page.session.state;
    const all = snapshot ? this.step.tell(figuresOf(this.#page)).filter(Boolean) : [];
    return snapshot?.step >= this.step.at ? all : all.filter((parts) => parts.every((part) => !part.figure));
  }

  // What the step's button does.
  act() {
    return this.step.action.run(this.#page, this.#firstStep);
  }

  go(number) {
    this.#page.look({ tour: number > steps.length ? 0 : Math.max(number, 0) });
  }

  // To be called whenever the page has changed.
  follow() {
    const page = this.#page;
    if (!page.session || page.session.state.starting) {
      return;
    }
    if (this.number !== this.#entered) {
      const isOpened = this.#isOpened;
      this.#entered = this.number;
      this.#isArrived = this.#isOpened = false;
      this.#setPace();
      this.step && this.#enter(isOpened);
    } else if (this.step && !this.#isArrived) {
      this.#wait();
    }
  }

  // Of a run that is set up: who wants no motion sees it where it is told.
  get #firstStep() {
    return this.#isStill() ? this.step.at : 0;
  }

  #setPace() {
    const page = this.#page;
    page.pace = this.#pace ?? page.pace;
    this.#pace = null;
    if (this.step?.pace > page.pace) {
      [this.#pace, page.pace] = [page.pace, this.step.pace];
    }
  }

  #enter(isOpened) {
    const page = this.#page;
    const { at, anchored } = this.step;
    const settings = page.settingsOf(this.step.settings);
    const { state } = page.session;
    const isRun = page.view.place === "run" && same(page.session.settings, settings);
    if (isRun && isOpened) {
      return;
    }
    if (!isRun || page.comparing || state.changes.length > 0 || (this.#isStill() && state.step < at)) {
      page.run({ settings, view: { tour: this.number, panel: "", step: this.#firstStep } });
      return;
    }
    page.look({ panel: "", story: "", ...(anchored ? {} : { anchor: -1 }) });
    state.step > at ? page.seek(at) : page.play();
  }

  #wait() {
    const page = this.#page;
    const { at, anchored } = this.step;
    const { state } = page.session;
    if (state.replaying || state.step < at) {
      return;
    }
    this.#isArrived = true;
    if (state.playing || state.ending) { // it may have come to its end before it was looked at
      page.pause();
      state.step > at && page.seek(at);
    }
    if (anchored && page.view.anchor < 0) {
      page.choose(centralAnchor(state.snapshot));
    }
  }
}

const same = (settings, others) =>
  settings && Object.keys(others).every((key) => String(settings[key]) === String(others[key]));
