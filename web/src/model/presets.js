// Six runs that tell a story each: settings beside the defaults, and those of the second pane where there are two.
export const presets = [
  {
    id: "margin",
    title: "What the margin does",
    story:
      "The margin is how much farther a negative must lie than a positive. With a small one the clusters " +
      "stop as soon as they hardly part; with a large one they are pushed on until there is room between " +
      "them.",
    try: "Move the margin while it runs and watch the ring, the histogram's gap and the active share.",
    settings: { margin: 0.05 },
    compare: { margin: 1 },
  },
  {
    id: "random",
    title: "Why random triplets stall",
    story:
      "Most triplets drawn at random are soon easy: they have no loss and teach nothing. Semi-hard mining " +
      "looks in the same batch for negatives that still have something to say.",
    try: "Compare the two curves of the active share, then the held-out recall.",
    settings: { mining: "random", normalize: true, dim: 3, margin: 0.2 },
    compare: { mining: "semihard", normalize: true, dim: 3, margin: 0.2 },
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
    settings: { mining: "random", swap: false },
    compare: { mining: "random", swap: true },
  },
  {
    id: "norms",
    title: "L1 against L2",
    story:
      "What is near depends on the norm: under L1 the ring around an anchor is a square on its corner, " +
      "under L2 a circle. Clusters take the shape that the norm finds cheap.",
    try: "Set p to Infinity: the square turns onto its side.",
    settings: { data: "rings", layers: [32, 32], p: 1, mining: "all" },
    compare: { data: "rings", layers: [32, 32], p: 2, mining: "all" },
  },
  {
    id: "unseen",
    title: "Classes never seen",
    story:
      "An embedding is meant for classes that nobody labelled yet. This network learns from the digits 0 to " +
      "4 alone; 5 to 9 are drawn hollow, and still tend to find their own kind.",
    try: "Choose a hollow point and look at its nearest neighbours: guessing would find one in five.",
    settings: { heldOut: 0.5, holdOut: "classes", dim: 3 },
  },
];
