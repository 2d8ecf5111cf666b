// What the core says of the options that the page's trainer takes: their defaults, what they belong to, what they mean.
// Name members of HELP in full: those that no script names are left out of the page.

// Made by `make options` from core/options.c.
export const DEFAULTS = {
  trainer: {
    loss: "triplet",
    mining: "all",
    fallback: "skip",
    ignoreLabel: null,
    margin: 1,
    swap: false,
    softMargin: false,
    reduction: "mean",
    convention: "exact",
    distance: "minkowski",
    p: 2,
    eps: 0.000001,
    nonfinite: "error",
    activation: "relu",
    normalize: false,
    dim: 2,
    standardize: true,
    seed: 1,
    sampler: "balanced",
    classesPerBatch: 8,
    rowsPerClass: 8,
    steps: 1000,
    schedule: "constant",
    warmup: 0,
    validation: 0,
    evaluateEvery: 50,
    patience: 0,
  },
  optimizer: {
    name: "adam",
    learningRate: 0.001,
    momentum: 0,
    nesterov: false,
    b1: 0.9,
    b2: 0.999,
    eps: 1e-8,
    weightDecay: 0,
  },
};

export const BELONGS = {
  trainer: {
    fallback: "mining=semihard|easy_positive",
    p: "distance=minkowski",
    eps: "distance=minkowski,convention=torch|optax",
    activation: "layers>1",
    dim: "layers=0",
    standardize: "layers>0",
    evaluateEvery: "validation>0",
    patience: "validation>0",
  },
  optimizer: {
    momentum: "name=sgd",
    nesterov: "name=sgd",
    b1: "name=adam|adamw",
    b2: "name=adam|adamw",
    eps: "name=adam|adamw",
  },
};

export const HELP = {
  trainer: {
    loss: "What is minimised. triplet: max(d(a, p) - d(a, n) + margin, 0), over the triplets that mining selects.",
    mining:
      "Which triplets of a batch count. all: each; hard: per anchor the farthest positive and the nearest negative; " +
      "semihard: per (a, p) the nearest negative beyond the positive; easy_positive: per anchor the nearest positive " +
      "and its semihard negative; distance_weighted, random: per (a, p) a negative that is drawn.",
    fallback: "Where no negative lies beyond the positive. skip: no triplet; farthest: the farthest negative.",
    ignoreLabel: "Rows of this label are neither anchor nor positive nor negative.",
    margin: "How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n).",
    swap: "Take min(d(a, n), d(p, n)) for d(a, n) (Balntas et al. 2016).",
    softMargin: "Take softplus(h) for max(h, 0): no triplet is ever quite done (Hermans et al. 2017, with margin 0).",
    reduction:
      "How the losses become one. mean: their sum by the number of triplets; sum: their sum; none: one for each " +
      "triplet, in a batch for each anchor, with the gradient of their sum; mean_nonzero: their sum by the number of " +
      "active triplets.",
    convention:
      "The library to agree with. torch: eps is added to each difference, and a hinge at 0 is active; optax: eps is " +
      "inside the root, and a hinge at 0 has half its gradient; exact: no eps, and a hinge at 0 is inactive.",
    distance:
      "How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p); squared: sum (x - y)^2; cosine: 1 - cos(x, y), " +
      "or 1 where a row is zero.",
    p: "Power of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity the largest difference alone.",
    eps: "Added to each difference (torch) or inside the root (optax).",
    nonfinite:
      "NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted " +
      "in the result.",
    activation: "After every layer but the last.",
    normalize: "Scale every embedding to length 1.",
    dim: "Width of a free embedding table.",
    standardize: "Bring each column to mean 0 and deviation 1 by the training rows; both stay in the model.",
    seed: "Of all that is drawn: initial weights, batches, triplets.",
    sampler:
      "How batches are made, in which no row stands twice. balanced: classes of two rows or more are drawn alike, " +
      "and all rows of a class come before one comes again; epoch: every row once before any comes again.",
    classesPerBatch: "Classes in a batch; room that they leave goes to classes of one row, as negatives.",
    rowsPerClass: "The most rows of a class in a batch; a smaller class gives all it has.",
    steps: "How many steps a run takes and the schedule spans.",
    schedule: "How the learning rate runs over the steps: constant, or along a cosine or a line down to 0.",
    warmup: "Steps in which the learning rate rises from 0 along a line.",
    validation: "Share of each class's rows set aside for validation while training.",
    evaluateEvery: "Steps between validations, by MAP@R of the rows set aside.",
    patience: "Validations without a better one before training stops; 0: it never does.",
    optimizer: "An optimizer, or the options of one.",
    layers:
      "Output width of each dense layer, at most 16, the last being the embedding's; none: a free embedding table " +
      "with a row of dim numbers for each row of data.",
    data: "Rows to learn from, which are copied.",
    labels: "One per row.",
    columns: "Names of the data's columns, which travel with the model.",
    classes: "Names of the labels, which travel with the model.",
  },
  optimizer: {
    name: "How weights follow the gradient, by PyTorch's formulas.",
    learningRate: "How far a step goes.",
    momentum: "How much of earlier steps a step repeats.",
    nesterov: "Take the gradient ahead of the step; needs momentum.",
    b1: "Decay of the running mean of gradients.",
    b2: "Decay of the running mean of squared gradients.",
    eps: "Added to the root of the mean of squared gradients.",
    weightDecay: "Pull of the weights to 0; naming adamw makes it 0.01 unless it is given.",
  },
};
// Until here.
