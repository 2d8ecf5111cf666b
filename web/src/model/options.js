// What the core says of the options that the page's trainer takes: their defaults, what they belong to, what they mean.

// Made by `make options` from core/options.c.
export const OPTIONS = {
  trainer: {
    loss: {
      initial: "triplet",
      help: "What is minimised. triplet: max(d(a, p) - d(a, n) + margin, 0), over the triplets that mining selects",
    },
    mining: {
      initial: "all",
      help:
        "Which triplets of a batch count. all: each; hard: per anchor the farthest positive and the nearest " +
        "negative; semihard: per (a, p) the nearest negative beyond the positive; easy_positive: per anchor the " +
        "nearest positive and its semihard negative; distance_weighted, random: per (a, p) a negative that is drawn",
    },
    fallback: {
      initial: "skip",
      belongs: "mining=semihard|easy_positive",
      help: "Where no negative lies beyond the positive. skip: no triplet; farthest: the farthest negative",
    },
    ignoreLabel: {
      initial: null,
      help: "Rows of this label are neither anchor nor positive nor negative",
    },
    margin: {
      initial: 1,
      help: "How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n)",
    },
    swap: {
      initial: false,
      help: "Take min(d(a, n), d(p, n)) for d(a, n) (Balntas et al. 2016)",
    },
    softMargin: {
      initial: false,
      help: "Take softplus(h) for max(h, 0): no triplet is ever quite done (Hermans et al. 2017, with margin 0)",
    },
    reduction: {
      initial: "mean",
      help:
        "How the losses become one. mean: their sum by the number of triplets; sum: their sum; none: one for each " +
        "triplet, in a batch for each anchor, with the gradient of their sum; mean_nonzero: their sum by the number " +
        "of active triplets",
    },
    convention: {
      initial: "exact",
      help:
        "The library to agree with. torch: eps is added to each difference, and a hinge at 0 is active; optax: eps " +
        "is inside the root, and a hinge at 0 has half its gradient; exact: no eps, and a hinge at 0 is inactive",
    },
    distance: {
      initial: "minkowski",
      help:
        "How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, " +
        "y), or 1 where a row is zero",
    },
    p: {
      initial: 2,
      belongs: "distance=minkowski",
      help: "Power of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity the largest difference alone",
    },
    eps: {
      initial: 0.000001,
      belongs: "distance=minkowski,convention=torch|optax",
      help: "Added to each difference (torch) or inside the root (optax)",
    },
    nonfinite: {
      initial: "error",
      help:
        "NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted " +
        "in the result",
    },
    activation: {
      initial: "relu",
      belongs: "layers>1",
      help: "After every layer but the last",
    },
    normalize: {
      initial: false,
      help: "Scale every embedding to length 1",
    },
    dim: {
      initial: 2,
      belongs: "layers=0",
      help: "Width of a free embedding table",
    },
    standardize: {
      initial: true,
      belongs: "layers>0",
      help: "Bring each column to mean 0 and deviation 1 by the training rows; both stay in the model",
    },
    seed: {
      initial: 1,
      help: "Of all that is drawn: initial weights, batches, triplets",
    },
    sampler: {
      initial: "balanced",
      help:
        "How batches are made, in which no row stands twice. balanced: classes of two rows or more are drawn alike, " +
        "and all rows of a class come before one comes again; epoch: every row once before any comes again",
    },
    classesPerBatch: {
      initial: 8,
      help: "Classes in a batch; room that they leave goes to classes of one row, as negatives",
    },
    rowsPerClass: {
      initial: 8,
      help: "The most rows of a class in a batch; a smaller class gives all it has",
    },
    steps: {
      initial: 1000,
      help: "How many steps a run takes and the schedule spans",
    },
    schedule: {
      initial: "constant",
      help: "How the learning rate runs over the steps: constant, or along a cosine or a line down to 0",
    },
    warmup: {
      initial: 0,
      help: "Steps in which the learning rate rises from 0 along a line",
    },
    validation: {
      initial: 0,
      help: "Share of each class's rows set aside for validation while training",
    },
    evaluateEvery: {
      initial: 50,
      belongs: "validation>0",
      help: "Steps between validations, by MAP@R of the rows set aside",
    },
    patience: {
      initial: 0,
      belongs: "validation>0",
      help: "Validations without a better one before training stops; 0: it never does",
    },
    optimizer: {
      help: "An optimizer, or the options of one",
    },
    layers: {
      help:
        "Output width of each dense layer, at most 16, the last being the embedding's; none: a free embedding table " +
        "with a row of dim numbers for each row of data",
    },
    data: {
      help: "Rows to learn from, which are copied",
    },
    labels: {
      help: "One per row",
    },
    columns: {
      help: "Names of the data's columns, which travel with the model",
    },
    classes: {
      help: "Names of the labels, which travel with the model",
    },
  },
  optimizer: {
    name: {
      initial: "adam",
      help: "How weights follow the gradient, by PyTorch's formulas",
    },
    learningRate: {
      initial: 0.001,
      help: "How far a step goes",
    },
    momentum: {
      initial: 0,
      belongs: "name=sgd",
      help: "How much of earlier steps a step repeats",
    },
    nesterov: {
      initial: false,
      belongs: "name=sgd",
      help: "Take the gradient ahead of the step; needs momentum",
    },
    b1: {
      initial: 0.9,
      belongs: "name=adam|adamw",
      help: "Decay of the running mean of gradients",
    },
    b2: {
      initial: 0.999,
      belongs: "name=adam|adamw",
      help: "Decay of the running mean of squared gradients",
    },
    eps: {
      initial: 1e-8,
      belongs: "name=adam|adamw",
      help: "Added to the root of the mean of squared gradients",
    },
    weightDecay: {
      initial: 0,
      help: "Pull of the weights to 0; naming adamw makes it 0.01 unless it is given",
    },
  },
};
// Until here.
