// What the settings mean, in the core's words where it has the option: loaded with the panel that says it.

// Made by `make options` from core/options.c.
export const HELP = {
  trainer: {
    loss:
      "What is minimised. triplet: max(d(a, p) - d(a, n) + margin, 0), over the triplets that mining selects. " +
      "contrastive: positives nearer than positiveMargin, negatives farther than negativeMargin. info_nce: each " +
      "positive against all negatives of its anchor, by a softmax (NT-Xent). sup_con: the positives of an anchor " +
      "against all its others, by a softmax. multi_similarity: positives nearer and negatives farther than base, the " +
      "hardest most. With the last three distance is cosine unless it is given.",
    positiveMargin: "How near a positive has to be to have no loss.",
    negativeMargin: "How far a negative has to be to have no loss.",
    temperature:
      "What distances are divided by: the lower, the more the nearest rows count; with sup_con it is 0.1 unless it " +
      "is given.",
    alpha: "How much more the farthest positives count than the others.",
    beta: "How much more the nearest negatives count than the others.",
    base: "The distance, with cosine and dot the similarity, that positives are drawn and negatives pushed across.",
    mining:
      "Which triplets of a batch are used. all: every one; hard: for each anchor the farthest positive and the " +
      "nearest negative; semihard: for each (a, p) the nearest negative farther than the positive; easy_positive: " +
      "for each anchor the nearest positive and its semihard negative; distance_weighted, random: for each (a, p) a " +
      "negative that is drawn, weighted by its distance or not.",
    positives:
      "Which positives of an anchor are used, where that is to be chosen apart from the negatives. mining: as mining " +
      "says; all: every one; hard: the farthest; easy: the nearest.",
    negatives:
      "Which negatives go with each positive, where that is to be chosen apart. mining: as mining says; all: every " +
      "one; hard: the anchor's nearest; semihard: the nearest farther than the positive; random, distance_weighted: " +
      "one that is drawn.",
    fallback:
      "What to do where no negative is farther than the positive. skip: no triplet; farthest: take the farthest " +
      "negative.",
    cutoff: "Negatives nearer than this, of rows of length 1, are as likely as those at it.",
    farCutoff: "Negatives as far as this or farther, of rows of length 1, are not drawn.",
    ignoreLabel: "Rows with this label, even among others, are neither anchors nor positives nor negatives.",
    margin: "How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n).",
    swap: "Use min(d(a, n), d(p, n)) in place of d(a, n) (Balntas et al. 2016).",
    softMargin:
      "Use softplus(h) in place of max(h, 0), so that no loss is ever quite 0 (Hermans et al. 2017, with margin 0).",
    reduction:
      "How the losses are reduced. mean: their sum divided by the number of terms (triplets; pairs or anchors of " +
      "other losses); sum: their sum; none: one for each triplet, in a batch for each anchor, with the gradient of " +
      "their sum; mean_nonzero: their sum divided by the number of active terms; weighted_mean: their sum divided by " +
      "the sum of the weights.",
    convention:
      "The library to agree with. torch: eps is added to each difference, and a hinge at 0 is active; optax: eps is " +
      "inside the root, and a hinge at 0 has half its gradient; exact: no eps, and a hinge at 0 is inactive.",
    distance:
      "How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), " +
      "or 1 where a row is zero. dot: minus the inner product.",
    p: "Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference.",
    eps: "Added to each difference (torch) or inside the root (optax).",
    nonfinite:
      "NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted " +
      "in the result.",
    activation: "Activation after every layer but the last.",
    normalize: "Scale every embedding to length 1.",
    residual:
      "Add what the layers give to the row itself, so that the encoder is the identity at first: an adapter. The " +
      "last width is that of the data. Rows that a trainer is not to standardise begin as they are.",
    adapt:
      "What goes through the encoder. both: queries and references; queries: these alone, which learn to find the " +
      "references as they are.",
    dim: "Width of a free embedding table.",
    standardize: "Bring each column to mean 0 and deviation 1, measured on the training rows and kept in the model.",
    seed: "Seed of everything random: initial weights, batches, triplets.",
    sampler:
      "How batches are drawn; none holds a row twice. balanced: classes with two or more rows are equally likely, " +
      "and all rows of a class are used before one is used again; epoch: every row is used once before any is used " +
      "again.",
    classesPerBatch: "Classes in a batch; places that they leave free go to classes with a single row, as negatives.",
    rowsPerClass: "At most this many rows of a class in a batch; a smaller class gives all of its rows.",
    steps: "Number of steps that a run takes and the schedule spans.",
    schedule: "Learning rate over the steps: constant, or falling to 0 along a cosine or a line.",
    warmup: "Number of steps in which the learning rate rises linearly from 0.",
    validation: "Share of each class's rows set aside for validation while training.",
    evaluateEvery: "Steps from one validation to the next, by MAP@R of the rows set aside.",
    patience: "Number of validations without improvement after which training stops; 0: never.",
    optimizer: "An optimizer, or the options of one.",
    layers:
      "Output width of each dense layer, at most 16, the last being the embedding's; none: a free embedding table " +
      "with a row of dim numbers for each row of data.",
    data: "Rows to train on, which are copied.",
    labels: "Labels of the rows; a row without any is not trained on.",
    references:
      "Rows of which each belongs to the same row of the data, which are its queries: pairs to train on, which need " +
      "no labels.",
    columns: "Names of the data's columns, which are saved with the model.",
    classes: "Names of the labels, which are saved with the model; texts among the labels are added.",
    recipe: "The recipe that the data were made by, fitted, which is saved with the model.",
  },
  optimizer: {
    name: "Update rule, by PyTorch's formulas.",
    learningRate: "Size of a step.",
    momentum: "How much of the previous steps each step repeats.",
    nesterov: "Nesterov's momentum, which looks one step ahead; needs momentum.",
    b1: "Decay of the running mean of gradients.",
    b2: "Decay of the running mean of squared gradients.",
    eps: "Added to the root of the mean of squared gradients.",
    weightDecay: "Decay of the weights towards 0; with adamw it is 0.01 unless it is given.",
  },
};
// Until here.

// What the core does not say, or not of this page.
const OWN = {
  data: "The rows to embed. Everything stays on this machine.",
  rows: "Number of points in the synthetic set.",
  noise: "Scales the noise of the synthetic set; 1 is the usual amount.",
  heldOut: "Share of the rows that are never trained on. They are drawn hollow.",
  holdOut: "What is held out, drawn by the seed: rows of every class, or whole classes that the network never sees.",
  encoder:
    "What maps a row to a point: a small network, one linear layer, or nothing, so that each point moves freely.",
  layers: "Widths of the network's hidden layers, at most four, separated by commas.",
  residual: "The first picture is the data as they are, and the network learns what to add. Else it starts at random.",
  normalize: `${HELP.trainer.normalize} All points then lie on the unit circle or sphere.`,
  dim: "Dimensions of the embedding. Drag to rotate three of them.",
  seed: `${HELP.trainer.seed} On this page also of the split and of synthetic sets: the same seed, the same run.`,
};

// field: of createSettings.
export const helpOf = ({ key, core, option }) => OWN[key] ?? HELP[core][option];
