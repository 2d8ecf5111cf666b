// Six runs that tell a story each: settings beside the defaults, those of the second pane where there are two, and the
// row that is the anchor where one has to be. The figures said of them were measured with their seed.
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
      "The margin is how much farther a negative must lie than a positive. With a small one the loss is soon " +
      "gone and the clusters stay where they hardly part; with a large one they are drawn together until " +
      "there is room between them.",
    try: "Move the margin while it runs and watch the histogram's gap and the active share.",
    settings: { margin: 0.05, normalize: true, dim: 3 },
    compare: { margin: 1, normalize: true, dim: 3 },
  },
  {
    id: "random",
    title: "Why random triplets stall",
    story:
      "Most triplets drawn at random are soon easy: they have no loss and teach nothing. Semi-hard mining " +
      "looks in the same batch for negatives that still have something to say.",
    try: "Compare the two curves of the active share, then the held-out recall.",
    settings: { mining: "random", normalize: true, dim: 3, margin: 0.2, learningRate: 0.0005 },
    compare: { mining: "semihard", normalize: true, dim: 3, margin: 0.2, learningRate: 0.0005 },
  },
  {
    id: "collapse",
    title: "Hard mining collapses",
    story:
      "The hardest negatives are the noisiest. Learned from alone and too fast they pull everything into " +
      "one point, where every distance is 0 and the loss is the margin: the gradient is gone, and it stays " +
      "there.",
    try: "Lower the learning rate, or choose semi-hard mining, and reset.",
    settings: { mining: "hard", margin: 0.2, learningRate: 0.01 },
    compare: { mining: "semihard", margin: 0.2, learningRate: 0.01 },
  },
  {
    id: "swap",
    title: "The swap",
    story:
      "A negative may lie farther from the anchor than from the positive. The swap measures it from " +
      "whichever is nearer, so that more triplets are still worth learning from.",
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
      "L2 pulls straight.",
    try: "Set p to Infinity: the square turns onto its side, and only the longer way counts.",
    settings: { data: "blobs", p: 1, mining: "all" },
    compare: { data: "blobs", p: 2, mining: "all" },
    anchor: 179,
  },
  {
    id: "unseen",
    title: "Classes never seen",
    story:
      "An embedding is meant for classes that nobody labelled yet. This network learns from the digits 0 to " +
      "4 alone; 5 to 9 are framed, and still tend to find their own kind.",
    try: "Choose a framed digit and look at its nearest neighbours: guessing would find one in five.",
    settings: { heldOut: 0.5, holdOut: "classes", normalize: true, dim: 3, margin: 0.3 },
  },
];
