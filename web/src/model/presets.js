// Six runs that each tell a story: their settings where they differ from the defaults, those of the second pane if
// there are two, and the anchor row if it matters. What a story claims is true of seeds 1 to 20, by the figures that
// tests/evaluation/stories.mjs prints.

export const presets = [
  {
    id: "margin",
    title: "What the margin does",
    story:
      "The margin is how much farther than the positive a negative has to be. With a small margin hardly any triplet " +
      "is active at step 250, and the clusters stay loose. With a large one most are active, and by step 500 the " +
      "clusters are less than half as wide.",
    try: "Change the margin while it runs, and watch the active share.",
    settings: { margin: 0.05, normalize: true, dim: 3 },
    compare: { margin: 1, normalize: true, dim: 3 },
  },
  {
    id: "random",
    title: "Why random triplets are slow",
    story:
      "Most random triplets soon become easy: they have no loss and teach nothing. Semi-hard mining picks negatives " +
      "from the same batch that still matter: at step 100 far more of its triplets are active, and at step 250 its " +
      "recall is well ahead. By step 2,500 most of that lead is gone.",
    try: "Open the figures to compare the two curves of the active share, then the recall.",
    settings: { mining: "random", normalize: true, dim: 3, margin: 0.05, learningRate: 0.0003 },
    compare: { mining: "semihard", normalize: true, dim: 3, margin: 0.05, learningRate: 0.0003 },
  },
  {
    id: "collapse",
    title: "Hard mining collapses",
    story:
      "Trained on the hardest triplets alone, and at a high learning rate, the embedding collapses into one point " +
      "within 150 steps. There every distance is 0, the loss equals the margin, and nothing moves any more. " +
      "Semi-hard triplets separate the digits at the same learning rate.",
    try:
      "Reset with all triplets, which separate the digits too, or with a learning rate of 0.001: no collapse, but " +
      "about half the recall.",
    settings: { mining: "hard", margin: 0.2, learningRate: 0.05, rowsPerClass: 16 },
    compare: { mining: "semihard", margin: 0.2, learningRate: 0.05, rowsPerClass: 16 },
  },
  {
    id: "swap",
    title: "Swapping the anchor",
    story:
      "A negative may be nearer to the positive than to the anchor. The swap measures it from whichever of the two " +
      "is nearer, so that more triplets are active: at step 500 nearly three for every two without it. Recall does " +
      "not improve.",
    try: "Pause, choose an anchor, and switch the swap on and off: some lines to negatives move to a positive.",
    settings: { mining: "random", encoder: "linear", swap: false },
    compare: { mining: "random", encoder: "linear", swap: true },
  },
  {
    id: "norms",
    title: "L1 against L2",
    story:
      "What is near depends on the norm: the ring around an anchor is a square on its corner under L1, a circle " +
      "under L2. L1 pulls along both axes with the same force, however small the difference; L2 pulls in a straight " +
      "line. Both find a nearest neighbour of the right class about equally often, within five of 120 rows.",
    try: "Set p to infinity: the square lies on its side, and only the larger difference counts.",
    settings: { data: "blobs", p: 1, mining: "all" },
    compare: { data: "blobs", p: 2, mining: "all" },
    anchor: 179,
  },
  {
    id: "unseen",
    title: "Classes never seen",
    story:
      "An embedding should also serve classes that nobody has labelled yet. This network is trained on only five of " +
      "the digits. Of the other five, which are hollow, about four in ten have a nearest neighbour of their own " +
      "class before the first step, and about half at step 500, with some seeds no more than before: what tells " +
      "five digits apart says little about others.",
    try: "Choose a hollow digit and look at its nearest neighbours, then raise the seed to hold out other digits.",
    settings: { heldOut: 0.5, holdOut: "classes", normalize: true, dim: 3, margin: 0.3 },
  },
];

/** @param {string} id */
export const presetOf = (id) => presets.find((preset) => preset.id === id) ?? null;

/**
 * As page.run takes it.
 * @param {{ id: string, settings: any, compare?: any, anchor?: number }} preset
 */
export function runOf({ id, settings, compare, anchor = -1 }, page) {
  return {
    settings: page.settingsOf(settings),
    compare: compare ? { settings: page.settingsOf(compare) } : null,
    view: { story: id, anchor },
  };
}
