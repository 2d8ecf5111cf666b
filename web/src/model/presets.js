// Six runs that tell a story each: settings beside the defaults, those of the second pane where there are two, and the
// row that is the anchor where one has to be. What is said of a run is so whatever its seed: for 1 to 20 by the figures
// that tests/evaluation/stories.mjs prints.
// What is to be seen when the page opens with a run of its own.
export const opening = {
  title: "What you see",
  story:
    "A small network places every row of data as a point. Each step takes triplets: an anchor, a positive of its " +
    "class, a negative of another. Whole lines pull anchor and positive together, broken lines push the negative " +
    "away, until it is farther than the positive by the margin.",
  try: "Click a point to make it the anchor, or open one of the stories.",
};

export const presets = [
  {
    id: "margin",
    title: "What the margin does",
    story:
      "The margin is how much farther a negative must lie than a positive. With a small one hardly a triplet has a " +
      "loss by step 250, and the clusters stay loose; with a large one most have, and by step 500 each cluster is " +
      "drawn to less than half that width.",
    try: "Move the margin while it runs and watch the histogram's gap and the active share.",
    settings: { margin: 0.05, normalize: true, dim: 3 },
    compare: { margin: 1, normalize: true, dim: 3 },
  },
  {
    id: "random",
    title: "Why random triplets are slow",
    story:
      "Most triplets drawn at random are soon easy: they have no loss and teach nothing. Semi-hard mining " +
      "looks in the same batch for negatives that still have something to say: at step 100 far more of its triplets " +
      "have a loss, and at step 250 its recall is well ahead. By step 2,500 most of that lead is gone.",
    try: "Compare the two curves of the active share, then the held-out recall.",
    settings: { mining: "random", normalize: true, dim: 3, margin: 0.05, learningRate: 0.0003 },
    compare: { mining: "semihard", normalize: true, dim: 3, margin: 0.05, learningRate: 0.0003 },
  },
  {
    id: "collapse",
    title: "Hard mining collapses",
    story:
      "Learned from alone and too fast, the hardest triplets pull everything into one point within 150 steps. " +
      "There every distance is 0 and the loss is the margin, and there it stays; semi-hard triplets part the digits " +
      "at the same pace.",
    try: "Lower the learning rate to 0.001, or choose semi-hard mining, and reset.",
    settings: { mining: "hard", margin: 0.2, learningRate: 0.03, rowsPerClass: 16 },
    compare: { mining: "semihard", margin: 0.2, learningRate: 0.03, rowsPerClass: 16 },
  },
  {
    id: "swap",
    title: "The swap",
    story:
      "A negative may lie farther from the anchor than from the positive. The swap measures it from " +
      "whichever is nearer, so that more triplets have a loss: at step 500 nearly three where there were two. Recall " +
      "is not the better for it.",
    try: "Pause, choose an anchor, and switch the swap on and off: the lines to the negative change sides.",
    settings: { mining: "random", encoder: "linear", swap: false },
    compare: { mining: "random", encoder: "linear", swap: true },
  },
  {
    id: "norms",
    title: "L1 against L2",
    story:
      "What is near depends on the norm: under L1 the ring around an anchor is a square on its corner, " +
      "under L2 a circle. L1 pulls along both axes with the same force, however little is left of the way; " +
      "L2 pulls straight. Nearest neighbours are right as often under either, within five of these 120 rows.",
    try: "Set p to Infinity: the square turns onto its side, and only the longer way counts.",
    settings: { data: "blobs", p: 1, mining: "all" },
    compare: { data: "blobs", p: 2, mining: "all" },
    anchor: 179,
  },
  {
    id: "unseen",
    title: "Classes never seen",
    story:
      "An embedding is meant for classes that nobody labelled yet. This network learns from five of the digits " +
      "alone. Of the other five, which are framed, some four in ten have a neighbour of their own kind before the " +
      "first step and about half at step 500, with some seeds no more: what tells five digits apart says little of " +
      "others.",
    try: "Choose a framed digit and look at its nearest neighbours, then raise the seed and see others held out.",
    settings: { heldOut: 0.5, holdOut: "classes", normalize: true, dim: 3, margin: 0.3 },
  },
];
