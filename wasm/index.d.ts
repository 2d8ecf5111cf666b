/// <reference lib="esnext.disposable" />
/**
 * Metric learning: the triplet margin loss, its exact gradient, in-batch mining and training, with the same bits in C,
 * Lua, Node.js and the browser.
 *
 * Errors, everywhere: a `TypeError` for a value of the wrong kind or an unknown option, a `RangeError` for one outside
 * its range or shape, a {@link TableError}, {@link MatrixError} or {@link ModelError} for bytes that are at fault, an
 * {@link OutOfMemoryError} when memory is short. Nothing has been written then and the instance stays usable. They
 * carry `argument`, and where it applies `expected` and `got`.
 *
 * Members of options and of other objects may be own or inherited, values or getters; each is read once, before
 * anything is computed. An option that is undefined counts as not given. A figure that was not measured is null.
 */

declare global {
  // As the DOM's library has them, for programs that are compiled without it.
  interface AbortSignal {}
  interface URL {}
  namespace WebAssembly {
    interface Module {}
  }
}

// Typed arrays of memory that is not shared: Float32Array<ArrayBuffer>, without the parameter before TypeScript 5.7.
type Floats = ReturnType<typeof Float32Array.of>;
type Doubles = ReturnType<typeof Float64Array.of>;
type Integers = ReturnType<typeof Int32Array.of>;

/** Bytes to save and send, as Blob, Response and fs.writeFile take them. */
export type Bytes = ReturnType<typeof Uint8Array.of>;

/** A result: rows of float32 in memory of the caller, row-major. */
export interface Rows {
  data: Floats;
  rows: number;
  cols: number;
  /** A copy as an array of rows. */
  toArray(): number[][];
}

/** Numbers, which are rounded to float32; one that would become infinite by that is refused. */
export type NumberList =
  | readonly number[]
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** Rows of the caller, one behind the other in `data`. rows: as many as there are, when not given. */
export interface FlatRows {
  data: NumberList;
  rows?: number;
  cols: number;
}

/**
 * A tensor of another library: of onnxruntime and transformers.js, which have `dims`, or of TensorFlow.js, which have
 * `shape` and `dataSync`. Where rows are expected it has two dimensions. What cannot be read as it is, is refused:
 * texts, numbers of 64 bits as rows, float16 that are given as their bits.
 */
export type TensorLike =
  | { readonly data: ArrayLike<number | bigint | string>; readonly dims: readonly number[] }
  | { readonly data: ArrayLike<number | bigint | string>; readonly shape: readonly number[] }
  | { dataSync(): ArrayLike<number | bigint | string>; readonly shape: readonly number[] };

/** A matrix argument: one in the memory of the instance, an array of rows, or rows of the caller, which are copied. */
export type MatrixLike = Matrix | readonly NumberList[] | FlatRows | TensorLike;

/** Whole numbers that fit int32. */
export type IntegersLike = NumberList | readonly bigint[] | BigInt64Array | BigUint64Array | TensorLike;

/**
 * A label: an integer that fits int32, or a text. Texts are numbered from 0 in order of appearance, so integers beside
 * them have to be negative. A memory and a trainer keep the numbers; the trainer's `classes` are its texts.
 */
export type Label = number | string;

/** A label that is given: a bigint is the number that it is, false is 0 and true 1. */
export type LabelLike = Label | bigint | boolean;

/**
 * Labels of rows: one each, or an array for a row that has several, or none. Rows are positives of each other where
 * they have a label in common and negatives where they have none; a row without labels is neither to anybody.
 */
export type LabelsLike = IntegersLike | readonly (LabelLike | readonly LabelLike[])[];

/**
 * Who is what to whom, instead of labels: a matrix of the queries by the references, or by the queries themselves, of 1
 * (a positive), -1 (a negative) and 0 (neither). It need not be symmetric. Every loss and every mining takes it, as it
 * takes rows of several labels; pytorch-metric-learning's miners take neither (its issues 669 and 742).
 */
export interface Relations {
  relations: MatrixLike;
}

/** One number, or one for each triplet or anchor. */
export type NumbersLike = number | NumberList | FlatRows | Matrix | TensorLike;

/**
 * Memory is short, or a size does not fit 32 bits. An instance reaches 4 GB, or what its engine gives, and one matrix
 * 2 GB. Where a loop makes objects and forgets them, free them: see `withScope`.
 */
export declare class OutOfMemoryError extends RangeError {}

/**
 * A file is no table, or does not fit the options: the message has all that is wrong with it, by row, from 1 below the
 * header, and column.
 */
export declare class TableError extends RangeError {}

/** Bytes are no matrix, not of the format that was asked for, or cut short; of text the message has the row. */
export declare class MatrixError extends RangeError {}

/** Bytes were not saved by a trainer, an encoder or an optimiser, or are damaged. */
export declare class ModelError extends RangeError {}

/** A matrix of float32 in the memory of the instance: calls take it without a copy, and write into it as `out`. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  /**
   * The numbers, row-major, as a view made on access. Any call may move the memory, after which older views have length
   * 0: read `data` anew after each call, and do not use a view after `free`. A view keeps its matrix from being
   * garbage-collected; a subarray of the view does not.
   * @throws TypeError when the matrix has been freed
   */
  readonly data: Floats;
  /** structuredClone and postMessage throw because of it: they would lose the numbers. Send `data.slice()`. */
  readonly memory: symbol;
  /** A copy as an array of rows. */
  toArray(): number[][];
  /**
   * Rows first .. last - 1, or all from `first` on, as a matrix that shows them: what is written to one is in the
   * other. It keeps its matrix from being garbage-collected, and is freed with it; its own `free` leaves the rows
   * alone. It is an argument and an `out` like any other, but as `out` not beside a matrix whose rows it shares.
   */
  subarray(first: number, last?: number): Matrix;
  /** A new matrix with copies of these rows, in this order: a batch, say. */
  select(indices: IntegersLike): Matrix;
  /** Makes every number `value`. This and the next four change the matrix in place and return it. */
  fill(value: number): this;
  /** Multiplies by `factor`. */
  scale(factor: number): this;
  /** Adds `factor` times x, which is as large and may be the matrix itself. factor: 1 when not given. */
  add(x: MatrixLike, factor?: number): this;
  /** Takes the numbers of x, which is as large. */
  copy(x: MatrixLike): this;
  /** A new matrix with the same numbers. */
  copy(): Matrix;
  /** Numbers drawn from a normal distribution of mean 0 and deviation 1, by seed, 0 .. 2^53 - 1. */
  random(seed: number): this;
  /** Frees the memory; a second time it does nothing. A matrix you forget is freed once it is garbage-collected. */
  free(): void;
  [Symbol.dispose](): void;
}

/**
 * Called from time to time during a call, with the share of its work that is done, which rises to 1. If it returns
 * false, the call is cancelled and throws an error named "AbortError"; if it throws, the call ends and throws the same.
 * What `out` holds is unspecified then. While it runs, all other calls of the same instance throw a `TypeError`. A
 * promise is no answer, and refused; in a worker it is one.
 */
export type Progress = (done: number) => unknown;

// Made by `make options` from core/options.c.
export type Reduction = "mean" | "sum" | "none" | "mean_nonzero" | "weighted_mean";
export type Convention = "torch" | "optax" | "exact";
export type Distance = "minkowski" | "squared" | "cosine" | "dot";
export type Nonfinite = "error" | "allow";
export type Mining = "all" | "hard" | "semihard" | "easy_positive" | "distance_weighted" | "random";
export type Positives = "mining" | "all" | "hard" | "easy";
export type Negatives = "mining" | "all" | "hard" | "semihard" | "random" | "distance_weighted";
export type Fallback = "skip" | "farthest";
export type Loss = "triplet" | "contrastive" | "info_nce" | "sup_con" | "multi_similarity";
export type Activation = "relu" | "tanh" | "none";
export type SamplerName = "balanced" | "epoch";

export interface MarginLossOptions {
  /**
   * How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n); finite.
   * @default 1
   */
  margin?: number;
  /** Use min(d(a, n), d(p, n)) in place of d(a, n) (Balntas et al. 2016). @default false */
  swap?: boolean;
  /**
   * Use softplus(h) in place of max(h, 0), so that no loss is ever quite 0 (Hermans et al. 2017, with margin 0).
   * @default false
   */
  softMargin?: boolean;
  /**
   * How the losses are reduced. mean: their sum divided by the number of terms (triplets; pairs or anchors of other
   * losses); sum: their sum; none: one for each triplet, in a batch for each anchor, with the gradient of their sum;
   * mean_nonzero: their sum divided by the number of active terms; weighted_mean: their sum divided by the sum of the
   * weights.
   * @default mean
   */
  reduction?: Reduction;
  /**
   * The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; optax: `eps` is
   * inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge at 0 is inactive.
   * @default torch
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
   * result.
   * @default error
   */
  nonfinite?: Nonfinite;
  /** Weights of the losses, one per triplet. @default none */
  weights?: NumbersLike;
  /** One margin per triplet, in place of `margin`. @default none */
  margins?: NumbersLike;
  /** Factor of the gradient: one number, or with reduction none one per loss. @default none */
  gradOutput?: NumbersLike;
  /** Whether gradients are wanted. @default true */
  gradients?: boolean;
  /** An earlier result, whose matrices are overwritten: a loop then allocates no new ones. @default none */
  out?: Partial<MarginLoss>;
}

export interface IndexedLossOptions {
  /**
   * How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n); finite.
   * @default 1
   */
  margin?: number;
  /** Use min(d(a, n), d(p, n)) in place of d(a, n) (Balntas et al. 2016). @default false */
  swap?: boolean;
  /**
   * Use softplus(h) in place of max(h, 0), so that no loss is ever quite 0 (Hermans et al. 2017, with margin 0).
   * @default false
   */
  softMargin?: boolean;
  /**
   * How the losses are reduced. mean: their sum divided by the number of terms (triplets; pairs or anchors of other
   * losses); sum: their sum; none: one for each triplet, in a batch for each anchor, with the gradient of their sum;
   * mean_nonzero: their sum divided by the number of active terms; weighted_mean: their sum divided by the sum of the
   * weights.
   * @default mean
   */
  reduction?: Reduction;
  /**
   * The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; optax: `eps` is
   * inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge at 0 is inactive.
   * @default torch
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
   * result.
   * @default error
   */
  nonfinite?: Nonfinite;
  /** Weights of the losses, one per triplet. @default none */
  weights?: NumbersLike;
  /** One margin per triplet, in place of `margin`. @default none */
  margins?: NumbersLike;
  /** Factor of the gradient: one number, or with reduction none one per loss. @default none */
  gradOutput?: NumbersLike;
  /** Whether gradients are wanted. @default true */
  gradients?: boolean;
  /** An earlier result, whose matrices are overwritten: a loop then allocates no new ones. @default none */
  out?: Partial<IndexedLoss>;
}

export interface BatchLossOptions {
  /**
   * What is minimised. triplet: max(d(a, p) - d(a, n) + margin, 0), over the triplets that `mining` selects.
   * contrastive: positives nearer than `positiveMargin`, negatives farther than `negativeMargin`. info_nce: each
   * positive against all negatives of its anchor, by a softmax (NT-Xent). sup_con: the positives of an anchor against
   * all its others, by a softmax. multi_similarity: positives nearer and negatives farther than `base`, the hardest
   * most. With the last three `distance` is cosine unless it is given.
   * @default triplet
   */
  loss?: Loss;
  /** How near a positive has to be to have no loss; finite. Belongs to loss = "contrastive". @default 0 */
  positiveMargin?: number;
  /** How far a negative has to be to have no loss; finite. Belongs to loss = "contrastive". @default 1 */
  negativeMargin?: number;
  /**
   * What distances are divided by: the lower, the more the nearest rows count; with sup_con it is 0.1 unless it is
   * given; > 0. Belongs to loss = "info_nce" or "sup_con".
   * @default 0.07
   */
  temperature?: number;
  /**
   * How much more the farthest positives count than the others; > 0. Belongs to loss = "multi_similarity".
   * @default 2
   */
  alpha?: number;
  /**
   * How much more the nearest negatives count than the others; > 0. Belongs to loss = "multi_similarity".
   * @default 50
   */
  beta?: number;
  /**
   * The distance, with cosine and dot the similarity, that positives are drawn and negatives pushed across; finite.
   * Belongs to loss = "multi_similarity".
   * @default 0.5
   */
  base?: number;
  /**
   * How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n); finite.
   * Belongs to loss = "triplet".
   * @default 0.2
   */
  margin?: number;
  /**
   * Use min(d(a, n), d(p, n)) in place of d(a, n) (Balntas et al. 2016). Belongs to loss = "triplet".
   * @default false
   */
  swap?: boolean;
  /**
   * Use softplus(h) in place of max(h, 0), so that no loss is ever quite 0 (Hermans et al. 2017, with margin 0).
   * Belongs to loss = "triplet".
   * @default false
   */
  softMargin?: boolean;
  /**
   * The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; optax: `eps` is
   * inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge at 0 is inactive. Belongs to
   * distance = "minkowski", or loss = "triplet".
   * @default exact
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
   * result.
   * @default error
   */
  nonfinite?: Nonfinite;
  /**
   * Which triplets of a batch are used. all: every one; hard: for each anchor the farthest positive and the nearest
   * negative; semihard: for each (a, p) the nearest negative farther than the positive; easy_positive: for each anchor
   * the nearest positive and its semihard negative; distance_weighted, random: for each (a, p) a negative that is
   * drawn, weighted by its distance or not. Belongs to loss = "triplet".
   * @default all
   */
  mining?: Mining;
  /**
   * Which positives of an anchor are used, where that is to be chosen apart from the negatives. mining: as `mining`
   * says; all: every one; hard: the farthest; easy: the nearest. Belongs to loss = "triplet" and mining = "all".
   * @default mining
   */
  positives?: Positives;
  /**
   * Which negatives go with each positive, where that is to be chosen apart. mining: as `mining` says; all: every one;
   * hard: the anchor's nearest; semihard: the nearest farther than the positive; random, distance_weighted: one that is
   * drawn. Belongs to loss = "triplet" and mining = "all".
   * @default mining
   */
  negatives?: Negatives;
  /**
   * What to do where no negative is farther than the positive. skip: no triplet; farthest: take the farthest negative.
   * Belongs to loss = "triplet" and mining = "semihard" or "easy_positive", or negatives = "semihard".
   * @default skip
   */
  fallback?: Fallback;
  /**
   * Negatives nearer than this, of rows of length 1, are as likely as those at it; > 0. Belongs to loss = "triplet" and
   * mining = "distance_weighted", or negatives = "distance_weighted".
   * @default 0.5
   */
  cutoff?: number;
  /**
   * Negatives as far as this or farther, of rows of length 1, are not drawn; > 0. Belongs to loss = "triplet" and
   * mining = "distance_weighted", or negatives = "distance_weighted".
   * @default 1.4
   */
  farCutoff?: number;
  /**
   * Rows with this label, even among others, are neither anchors nor positives nor negatives; an int32.
   * @default none
   */
  ignoreLabel?: number;
  /**
   * Seed of the negatives that are drawn; 0 .. 2^53 - 1. Belongs to loss = "triplet" and mining = "distance_weighted"
   * or "random", or negatives = "distance_weighted" or "random".
   * @default 0
   */
  seed?: number;
  /** Weights of the losses, one per anchor. @default none */
  weights?: NumbersLike;
  /** One margin per anchor, in place of `margin`. Belongs to loss = "triplet". @default none */
  margins?: NumbersLike;
  /**
   * Rows that positives and negatives are taken from, instead of the batch itself, or a memory, which brings its own
   * labels.
   * @default none
   */
  references?: MatrixLike | Memory;
  /** Labels of the references; none beside relations. Belongs to references. @default none */
  referenceLabels?: LabelsLike;
  /**
   * For each query, the reference that is the query itself and is left out; -1: none is. Belongs to references.
   * @default none
   */
  referenceSelf?: IntegersLike;
  /**
   * Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
   * @default none
   */
  progress?: Progress;
  /**
   * How the losses are reduced. mean: their sum divided by the number of terms (triplets; pairs or anchors of other
   * losses); sum: their sum; none: one for each triplet, in a batch for each anchor, with the gradient of their sum;
   * mean_nonzero: their sum divided by the number of active terms; weighted_mean: their sum divided by the sum of the
   * weights.
   * @default mean
   */
  reduction?: Reduction;
  /** Factor of the gradient: one number, or with reduction none one per loss. @default none */
  gradOutput?: NumbersLike;
  /** Whether gradients are wanted. @default true */
  gradients?: boolean;
  /** An earlier result, whose matrices are overwritten: a loop then allocates no new ones. @default none */
  out?: Partial<BatchLoss>;
  /** Whether the gradient of the references is wanted as well. Belongs to references. @default false */
  referenceGradient?: boolean;
  /**
   * Once it is aborted, the call throws its reason. While a call runs, that is so in `progress`, or in a worker.
   * @default none
   */
  signal?: AbortSignal;
}

export interface MineOptions {
  /**
   * Which triplets of a batch are used. all: every one; hard: for each anchor the farthest positive and the nearest
   * negative; semihard: for each (a, p) the nearest negative farther than the positive; easy_positive: for each anchor
   * the nearest positive and its semihard negative; distance_weighted, random: for each (a, p) a negative that is
   * drawn, weighted by its distance or not.
   * @default all
   */
  mining?: Mining;
  /**
   * Which positives of an anchor are used, where that is to be chosen apart from the negatives. mining: as `mining`
   * says; all: every one; hard: the farthest; easy: the nearest. Belongs to violating = "none" and mining = "all".
   * @default mining
   */
  positives?: Positives;
  /**
   * Which negatives go with each positive, where that is to be chosen apart. mining: as `mining` says; all: every one;
   * hard: the anchor's nearest; semihard: the nearest farther than the positive; random, distance_weighted: one that is
   * drawn. Belongs to violating = "none" and mining = "all".
   * @default mining
   */
  negatives?: Negatives;
  /**
   * What to do where no negative is farther than the positive. skip: no triplet; farthest: take the farthest negative.
   * Belongs to violating = "none" and mining = "semihard" or "easy_positive", or negatives = "semihard".
   * @default skip
   */
  fallback?: Fallback;
  /**
   * Negatives nearer than this, of rows of length 1, are as likely as those at it; > 0. Belongs to violating = "none"
   * and mining = "distance_weighted", or negatives = "distance_weighted".
   * @default 0.5
   */
  cutoff?: number;
  /**
   * Negatives as far as this or farther, of rows of length 1, are not drawn; > 0. Belongs to violating = "none" and
   * mining = "distance_weighted", or negatives = "distance_weighted".
   * @default 1.4
   */
  farCutoff?: number;
  /**
   * Rows with this label, even among others, are neither anchors nor positives nor negatives; an int32.
   * @default none
   */
  ignoreLabel?: number;
  /**
   * Seed of the negatives that are drawn; 0 .. 2^53 - 1. Belongs to violating = "none" and mining = "distance_weighted"
   * or "random", or negatives = "distance_weighted" or "random".
   * @default 0
   */
  seed?: number;
  /**
   * List all triplets of a kind instead of those that `mining` selects. all: within the margin; hard: of these, those
   * whose negative is no farther than the positive; semihard: of these, the others; easy: beyond the margin. Belongs to
   * mining = "all".
   * @default none
   */
  violating?: "none" | "all" | "hard" | "semihard" | "easy";
  /**
   * How much farther than the positive a negative has to be for its triplet to count as easy in the statistics; finite.
   * @default 0.2
   */
  margin?: number;
  /**
   * The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; optax: `eps` is
   * inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge at 0 is inactive.
   * @default exact
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
   * result.
   * @default error
   */
  nonfinite?: Nonfinite;
  /** One margin per anchor, in place of `margin`. @default none */
  margins?: NumbersLike;
  /**
   * Rows that positives and negatives are taken from, instead of the batch itself, or a memory, which brings its own
   * labels.
   * @default none
   */
  references?: MatrixLike | Memory;
  /** Labels of the references; none beside relations. Belongs to references. @default none */
  referenceLabels?: LabelsLike;
  /**
   * For each query, the reference that is the query itself and is left out; -1: none is. Belongs to references.
   * @default none
   */
  referenceSelf?: IntegersLike;
  /**
   * Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
   * @default none
   */
  progress?: Progress;
  /**
   * Once it is aborted, the call throws its reason. While a call runs, that is so in `progress`, or in a worker.
   * @default none
   */
  signal?: AbortSignal;
}

export interface DistancesOptions {
  /**
   * The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
   * `eps`. Belongs to distance = "minkowski".
   * @default exact
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
   * result.
   * @default error
   */
  nonfinite?: Nonfinite;
  /** A matrix of the result's shape to write into. @default none */
  out?: Matrix | Rows;
  /**
   * Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
   * @default none
   */
  progress?: Progress;
  /**
   * Once it is aborted, the call throws its reason. While a call runs, that is so in `progress`, or in a worker.
   * @default none
   */
  signal?: AbortSignal;
}

export interface NearestOptions {
  /**
   * The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
   * `eps`. Belongs to distance = "minkowski".
   * @default exact
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
   * result.
   * @default error
   */
  nonfinite?: Nonfinite;
  /** How many references to find for each query. Must be given. @default none */
  k: number;
  /** For each query, the reference that is the query itself and is left out; -1: none is. @default none */
  referenceSelf?: IntegersLike;
  /** For each query, a list of references to leave out, such as what a user has seen. @default none */
  exclude?: readonly IntegersLike[];
  /**
   * Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
   * @default none
   */
  progress?: Progress;
  /**
   * Once it is aborted, the call throws its reason. While a call runs, that is so in `progress`, or in a worker.
   * @default none
   */
  signal?: AbortSignal;
}

export interface EvaluateOptions {
  /**
   * The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
   * `eps`. Belongs to distance = "minkowski".
   * @default exact
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
   * result.
   * @default error
   */
  nonfinite?: Nonfinite;
  /** Rows with this label are left out; an int32. @default none */
  ignoreLabel?: number;
  /** Ranks at which to give recall, each at least 1. @default none */
  k?: IntegersLike;
  /**
   * Rows to compare the queries with, instead of the other queries, or a memory, which brings its own labels.
   * @default none
   */
  references?: MatrixLike | Memory;
  /** Labels of the references; none beside relations. Belongs to references. @default none */
  referenceLabels?: LabelsLike;
  /**
   * For each query, the reference that is the query itself and is left out; -1: none is. Belongs to references.
   * @default none
   */
  referenceSelf?: IntegersLike;
  /**
   * Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
   * @default none
   */
  progress?: Progress;
  /**
   * Once it is aborted, the call throws its reason. While a call runs, that is so in `progress`, or in a worker.
   * @default none
   */
  signal?: AbortSignal;
}

export interface EvaluateHeldOutOptions {
  /**
   * The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
   * `eps`. Belongs to distance = "minkowski".
   * @default exact
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
   * result.
   * @default error
   */
  nonfinite?: Nonfinite;
  /** Rows with this label are left out; an int32. @default none */
  ignoreLabel?: number;
  /** Seed of the sample that is drawn if there are more than `mostQueries`; 0 .. 2^53 - 1. @default 0 */
  seed?: number;
  /** At most this many held-out rows are queries; of more, a sample is drawn by `seed`; 1 .. 1e9. @default 10000 */
  mostQueries?: number;
  /** Ranks at which to give recall, each at least 1. @default none */
  k?: IntegersLike;
  /**
   * Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
   * @default none
   */
  progress?: Progress;
  /**
   * Once it is aborted, the call throws its reason. While a call runs, that is so in `progress`, or in a worker.
   * @default none
   */
  signal?: AbortSignal;
}

export interface EvaluateNeighborsOptions {
  /** Rows with this label are left out; an int32. @default none */
  ignoreLabel?: number;
  /** Ranks at which to give recall, each at least 1. @default none */
  k?: IntegersLike;
  /** Labels of the references, where they are not the queries. @default none */
  referenceLabels?: LabelsLike;
  /** For each query, the reference that is the query itself and is left out; -1: none is. @default none */
  referenceSelf?: IntegersLike;
}

export interface OptimizerOptions {
  /** Update rule, by PyTorch's formulas. @default adam */
  name?: "sgd" | "adam" | "adamw";
  /** Size of a step; >= 0. @default 0.001 */
  learningRate?: number;
  /** How much of the previous steps each step repeats; in [0, 1). Belongs to name = "sgd". @default 0 */
  momentum?: number;
  /** Nesterov's momentum, which looks one step ahead; needs `momentum`. Belongs to name = "sgd". @default false */
  nesterov?: boolean;
  /** Decay of the running mean of gradients; in [0, 1). Belongs to name = "adam" or "adamw". @default 0.9 */
  b1?: number;
  /** Decay of the running mean of squared gradients; in [0, 1). Belongs to name = "adam" or "adamw". @default 0.999 */
  b2?: number;
  /** Added to the root of the mean of squared gradients; >= 0. Belongs to name = "adam" or "adamw". @default 1e-8 */
  eps?: number;
  /** Decay of the weights towards 0; with adamw it is 0.01 unless it is given; >= 0. @default 0 */
  weightDecay?: number;
}

export interface TrainerOptions {
  /**
   * What is minimised. triplet: max(d(a, p) - d(a, n) + margin, 0), over the triplets that `mining` selects.
   * contrastive: positives nearer than `positiveMargin`, negatives farther than `negativeMargin`. info_nce: each
   * positive against all negatives of its anchor, by a softmax (NT-Xent). sup_con: the positives of an anchor against
   * all its others, by a softmax. multi_similarity: positives nearer and negatives farther than `base`, the hardest
   * most. With the last three `distance` is cosine unless it is given.
   * @default triplet
   */
  loss?: Loss;
  /** How near a positive has to be to have no loss; finite. Belongs to loss = "contrastive". @default 0 */
  positiveMargin?: number;
  /** How far a negative has to be to have no loss; finite. Belongs to loss = "contrastive". @default 1 */
  negativeMargin?: number;
  /**
   * What distances are divided by: the lower, the more the nearest rows count; with sup_con it is 0.1 unless it is
   * given; > 0. Belongs to loss = "info_nce" or "sup_con".
   * @default 0.07
   */
  temperature?: number;
  /**
   * How much more the farthest positives count than the others; > 0. Belongs to loss = "multi_similarity".
   * @default 2
   */
  alpha?: number;
  /**
   * How much more the nearest negatives count than the others; > 0. Belongs to loss = "multi_similarity".
   * @default 50
   */
  beta?: number;
  /**
   * The distance, with cosine and dot the similarity, that positives are drawn and negatives pushed across; finite.
   * Belongs to loss = "multi_similarity".
   * @default 0.5
   */
  base?: number;
  /**
   * Which triplets of a batch are used. all: every one; hard: for each anchor the farthest positive and the nearest
   * negative; semihard: for each (a, p) the nearest negative farther than the positive; easy_positive: for each anchor
   * the nearest positive and its semihard negative; distance_weighted, random: for each (a, p) a negative that is
   * drawn, weighted by its distance or not. Belongs to loss = "triplet".
   * @default all
   */
  mining?: Mining;
  /**
   * Which positives of an anchor are used, where that is to be chosen apart from the negatives. mining: as `mining`
   * says; all: every one; hard: the farthest; easy: the nearest. Belongs to loss = "triplet" and mining = "all".
   * @default mining
   */
  positives?: Positives;
  /**
   * Which negatives go with each positive, where that is to be chosen apart. mining: as `mining` says; all: every one;
   * hard: the anchor's nearest; semihard: the nearest farther than the positive; random, distance_weighted: one that is
   * drawn. Belongs to loss = "triplet" and mining = "all".
   * @default mining
   */
  negatives?: Negatives;
  /**
   * What to do where no negative is farther than the positive. skip: no triplet; farthest: take the farthest negative.
   * Belongs to loss = "triplet" and mining = "semihard" or "easy_positive", or negatives = "semihard".
   * @default skip
   */
  fallback?: Fallback;
  /**
   * Negatives nearer than this, of rows of length 1, are as likely as those at it; > 0. Belongs to loss = "triplet" and
   * mining = "distance_weighted", or negatives = "distance_weighted".
   * @default 0.5
   */
  cutoff?: number;
  /**
   * Negatives as far as this or farther, of rows of length 1, are not drawn; > 0. Belongs to loss = "triplet" and
   * mining = "distance_weighted", or negatives = "distance_weighted".
   * @default 1.4
   */
  farCutoff?: number;
  /**
   * Rows with this label, even among others, are neither anchors nor positives nor negatives; an int32.
   * @default none
   */
  ignoreLabel?: number;
  /**
   * How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n); finite.
   * Belongs to loss = "triplet".
   * @default 1
   */
  margin?: number;
  /**
   * Use min(d(a, n), d(p, n)) in place of d(a, n) (Balntas et al. 2016). Belongs to loss = "triplet".
   * @default false
   */
  swap?: boolean;
  /**
   * Use softplus(h) in place of max(h, 0), so that no loss is ever quite 0 (Hermans et al. 2017, with margin 0).
   * Belongs to loss = "triplet".
   * @default false
   */
  softMargin?: boolean;
  /**
   * How the losses are reduced. mean: their sum divided by the number of terms (triplets; pairs or anchors of other
   * losses); sum: their sum; none: one for each triplet, in a batch for each anchor, with the gradient of their sum;
   * mean_nonzero: their sum divided by the number of active terms; weighted_mean: their sum divided by the sum of the
   * weights.
   * @default mean
   */
  reduction?: Reduction;
  /**
   * The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; optax: `eps` is
   * inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge at 0 is inactive. Belongs to
   * distance = "minkowski", or loss = "triplet".
   * @default exact
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
   * result.
   * @default error
   */
  nonfinite?: Nonfinite;
  /** Activation after every layer but the last. Belongs to layers > 1. @default relu */
  activation?: Activation;
  /** Scale every embedding to length 1. @default false */
  normalize?: boolean;
  /**
   * Add what the layers give to the row itself, so that the encoder is the identity at first: an adapter. The last
   * width is that of the data. Rows that a trainer is not to standardise begin as they are. Belongs to layers > 0.
   * @default false
   */
  residual?: boolean;
  /**
   * What goes through the encoder. both: queries and references; queries: these alone, which learn to find the
   * references as they are. Belongs to references.
   * @default both
   */
  adapt?: "both" | "queries";
  /** Width of a free embedding table; 1 .. 2147483647. Belongs to layers = 0. @default 2 */
  dim?: number;
  /**
   * Bring each column to mean 0 and deviation 1, measured on the training rows and kept in the model. Belongs to layers
   * > 0.
   * @default true
   */
  standardize?: boolean;
  /** Seed of everything random: initial weights, batches, triplets; 0 .. 2^53 - 1. @default 1 */
  seed?: number;
  /**
   * How batches are drawn; none holds a row twice. balanced: classes with two or more rows are equally likely, and all
   * rows of a class are used before one is used again; epoch: every row is used once before any is used again.
   * @default balanced
   */
  sampler?: SamplerName;
  /**
   * Classes in a batch; places that they leave free go to classes with a single row, as negatives; 2 .. 1e9.
   * @default 8
   */
  classesPerBatch?: number;
  /** At most this many rows of a class in a batch; a smaller class gives all of its rows; 2 .. 1e9. @default 8 */
  rowsPerClass?: number;
  /** Number of steps that a run takes and the schedule spans; 0 .. 2^53 - 1. @default 1000 */
  steps?: number;
  /** Learning rate over the steps: constant, or falling to 0 along a cosine or a line. @default constant */
  schedule?: "constant" | "cosine" | "linear";
  /** Number of steps in which the learning rate rises linearly from 0; 0 .. 2^53 - 1. @default 0 */
  warmup?: number;
  /** Share of each class's rows set aside for validation while training; in [0, 1]. @default 0 */
  validation?: number;
  /**
   * Steps from one validation to the next, by MAP@R of the rows set aside; 1 .. 2^53 - 1. Belongs to validation > 0.
   * @default 50
   */
  evaluateEvery?: number;
  /**
   * Number of validations without improvement after which training stops; 0: never; 0 .. 2^53 - 1. Belongs to
   * validation > 0.
   * @default 0
   */
  patience?: number;
  /** An optimizer, or the options of one. @default none */
  optimizer?: OptimizerOptions | Optimizer;
  /**
   * Output width of each dense layer, at most 16, the last being the embedding's; none: a free embedding table with a
   * row of `dim` numbers for each row of data.
   * @default none
   */
  layers?: readonly number[];
  /** Rows to train on, which are copied. Must be given. @default none */
  data: MatrixLike;
  /**
   * Labels of the rows; a row without any is not trained on; they must be given where `references` are not.
   * @default none
   */
  labels?: LabelsLike;
  /**
   * Rows of which each belongs to the same row of the data, which are its queries: pairs to train on, which need no
   * labels.
   * @default none
   */
  references?: MatrixLike;
  /** Names of the data's columns, which are saved with the model. @default none */
  columns?: readonly string[];
  /**
   * Names of the labels, which are saved with the model; texts among the labels are added; label i is classes[i].
   * @default none
   */
  classes?: readonly string[];
  /** The recipe that the data were made by, fitted, which is saved with the model. @default none */
  recipe?: Recipe;
}

export interface EncoderOptions {
  /** Activation after every layer but the last. Belongs to layers > 1. @default relu */
  activation?: Activation;
  /** Scale every embedding to length 1. @default false */
  normalize?: boolean;
  /**
   * Add what the layers give to the row itself, so that the encoder is the identity at first: an adapter. The last
   * width is that of the data. Rows that a trainer is not to standardise begin as they are. Belongs to layers > 0.
   * @default false
   */
  residual?: boolean;
  /** Columns of the data. Must be given. @default none */
  inputs: number;
  /** Output width of each dense layer, at most 16, the last being the embedding's. Must be given. @default none */
  layers: readonly number[];
  /** Seed of the initial weights. Must be given. @default none */
  seed: number;
}

export interface MemoryOptions {
  /** At most this many rows are kept. Must be given. @default none */
  capacity: number;
}

export interface TableOptions {
  /** Column with the class of each row: its name, else its number from 1, first or last. @default none */
  label?: string | number;
  /** Columns to learn from although they would be left out. @default none */
  keep?: string | readonly string[];
  /** Columns to leave out. @default none */
  ignore?: string | readonly string[];
  /** Columns to take as categories: of numbers, or of more than 32 texts. @default none */
  categories?: string | readonly string[];
  /**
   * What becomes of missing cells. mean: a number is the mean of its column, a category none of its values; drop: the
   * row is left out; error: the table is refused.
   * @default mean
   */
  missing?: "mean" | "drop" | "error";
  /** Cells that are missing beside empty ones, NA, N/A, NaN, null, ? and -. @default none */
  missingTexts?: string | readonly string[];
  /** Bring numbers to mean 0 and deviation 1. @default true */
  standardize?: boolean;
  /**
   * What stands between cells. auto: what the first line has most of; blanks: any number of spaces and tabs.
   * @default auto
   */
  separator?: "auto" | "comma" | "semicolon" | "tab" | "pipe" | "blanks";
  /** Whether the first row names the columns. auto: told by its cells. @default auto */
  header?: "auto" | "true" | "false" | boolean;
  /** Encoding of the text. @default utf8 */
  encoding?: "utf8" | "latin1";
  /** Lines that begin with this text are passed over. @default none */
  comment?: string;
  /** The recipe that the table is read for. @default none */
  recipe?: Recipe;
  /**
   * Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
   * @default none
   */
  progress?: Progress;
  /**
   * Once it is aborted, the call throws its reason. While a call runs, that is so in `progress`, or in a worker.
   * @default none
   */
  signal?: AbortSignal;
}

export interface ClassifyOptions {
  /**
   * The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
   * `eps`. Belongs to distance = "minkowski".
   * @default exact
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
   * result.
   * @default error
   */
  nonfinite?: Nonfinite;
  /** How many nearest references vote; 1 .. 1e9. @default 5 */
  k?: number;
  /**
   * References farther than this have no vote, and a query without a vote is of no known class; inf: all vote; finite.
   * @default Infinity
   */
  threshold?: number;
  /** For each query, the reference that is the query itself and is left out; -1: none is. @default none */
  referenceSelf?: IntegersLike;
  /** For each query, a list of references to leave out, such as what a user has seen. @default none */
  exclude?: readonly IntegersLike[];
  /**
   * Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
   * @default none
   */
  progress?: Progress;
  /**
   * Once it is aborted, the call throws its reason. While a call runs, that is so in `progress`, or in a worker.
   * @default none
   */
  signal?: AbortSignal;
}

export interface VerifyOptions {
  /**
   * The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
   * `eps`. Belongs to distance = "minkowski".
   * @default exact
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
   * result.
   * @default error
   */
  nonfinite?: Nonfinite;
  /** Rows with this label are left out; an int32. @default none */
  ignoreLabel?: number;
  /** False acceptance rates, each in [0, 1], to give the true acceptance rate at. @default none */
  far?: readonly number[] | Float64Array;
  /**
   * Also judge this threshold, the largest distance of a pair that counts as the same; inf: none; finite.
   * @default Infinity
   */
  threshold?: number;
  /** Seed of the sample that is drawn if there are more than `mostPairs`; 0 .. 2^53 - 1. @default 0 */
  seed?: number;
  /**
   * At most this many pairs of the rarer kind, the same or different, are used; of more, a sample is drawn by `seed`; 1
   * .. 1e9.
   * @default 10000000
   */
  mostPairs?: number;
  /** At most this many points of the ROC curve; 2 .. 1000000. @default 500 */
  curve?: number;
  /**
   * Rows to pair the queries with, instead of the other queries, or a memory, which brings its own labels.
   * @default none
   */
  references?: MatrixLike | Memory;
  /** Labels of the references; none beside relations. Belongs to references. @default none */
  referenceLabels?: LabelsLike;
  /**
   * For each query, the reference that is the query itself and is left out; -1: none is. Belongs to references.
   * @default none
   */
  referenceSelf?: IntegersLike;
  /**
   * Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
   * @default none
   */
  progress?: Progress;
  /**
   * Once it is aborted, the call throws its reason. While a call runs, that is so in `progress`, or in a worker.
   * @default none
   */
  signal?: AbortSignal;
}

export interface VerifyPairsOptions {
  /**
   * The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
   * `eps`. Belongs to distance = "minkowski".
   * @default exact
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
   * result.
   * @default error
   */
  nonfinite?: Nonfinite;
  /** False acceptance rates, each in [0, 1], to give the true acceptance rate at. @default none */
  far?: readonly number[] | Float64Array;
  /**
   * Also judge this threshold, the largest distance of a pair that counts as the same; inf: none; finite.
   * @default Infinity
   */
  threshold?: number;
  /** At most this many points of the ROC curve; 2 .. 1000000. @default 500 */
  curve?: number;
  /**
   * Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
   * @default none
   */
  progress?: Progress;
  /**
   * Once it is aborted, the call throws its reason. While a call runs, that is so in `progress`, or in a worker.
   * @default none
   */
  signal?: AbortSignal;
}

export interface SamplerOptions {
  /** Labels of the rows; a row without any is in no batch. Must be given. @default none */
  labels: LabelsLike;
  /**
   * How batches are drawn; none holds a row twice. balanced: classes with two or more rows are equally likely, and all
   * rows of a class are used before one is used again; epoch: every row is used once before any is used again.
   * @default balanced
   */
  sampler?: SamplerName;
  /**
   * Classes in a batch; places that they leave free go to classes with a single row, as negatives; 2 .. 1e9.
   * @default 8
   */
  classesPerBatch?: number;
  /** At most this many rows of a class in a batch; a smaller class gives all of its rows; 2 .. 1e9. @default 8 */
  rowsPerClass?: number;
  /** Seed of the batches; 0 .. 2^53 - 1. @default 1 */
  seed?: number;
}

export interface DecodeMatrixOptions {
  /** Format of the bytes; auto: told by them. @default auto */
  format?: "auto" | "npy" | "safetensors" | "fvecs" | "text";
  /** Name of the tensor to read of safetensors; none: the only one that has two dimensions. @default none */
  tensor?: string;
}

export interface PairSlopesOptions {
  /**
   * What is minimised. triplet: max(d(a, p) - d(a, n) + margin, 0), over the triplets that `mining` selects.
   * contrastive: positives nearer than `positiveMargin`, negatives farther than `negativeMargin`. info_nce: each
   * positive against all negatives of its anchor, by a softmax (NT-Xent). sup_con: the positives of an anchor against
   * all its others, by a softmax. multi_similarity: positives nearer and negatives farther than `base`, the hardest
   * most. With the last three `distance` is cosine unless it is given.
   * @default triplet
   */
  loss?: Loss;
  /** How near a positive has to be to have no loss; finite. Belongs to loss = "contrastive". @default 0 */
  positiveMargin?: number;
  /** How far a negative has to be to have no loss; finite. Belongs to loss = "contrastive". @default 1 */
  negativeMargin?: number;
  /**
   * What distances are divided by: the lower, the more the nearest rows count; with sup_con it is 0.1 unless it is
   * given; > 0. Belongs to loss = "info_nce" or "sup_con".
   * @default 0.07
   */
  temperature?: number;
  /**
   * How much more the farthest positives count than the others; > 0. Belongs to loss = "multi_similarity".
   * @default 2
   */
  alpha?: number;
  /**
   * How much more the nearest negatives count than the others; > 0. Belongs to loss = "multi_similarity".
   * @default 50
   */
  beta?: number;
  /**
   * The distance, with cosine and dot the similarity, that positives are drawn and negatives pushed across; finite.
   * Belongs to loss = "multi_similarity".
   * @default 0.5
   */
  base?: number;
  /**
   * How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n); finite.
   * Belongs to loss = "triplet".
   * @default 0.2
   */
  margin?: number;
  /**
   * Use min(d(a, n), d(p, n)) in place of d(a, n) (Balntas et al. 2016). Belongs to loss = "triplet".
   * @default false
   */
  swap?: boolean;
  /**
   * Use softplus(h) in place of max(h, 0), so that no loss is ever quite 0 (Hermans et al. 2017, with margin 0).
   * Belongs to loss = "triplet".
   * @default false
   */
  softMargin?: boolean;
  /**
   * The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; optax: `eps` is
   * inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge at 0 is inactive. Belongs to
   * distance = "minkowski", or loss = "triplet".
   * @default exact
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
   * result.
   * @default error
   */
  nonfinite?: Nonfinite;
  /**
   * Which triplets of a batch are used. all: every one; hard: for each anchor the farthest positive and the nearest
   * negative; semihard: for each (a, p) the nearest negative farther than the positive; easy_positive: for each anchor
   * the nearest positive and its semihard negative; distance_weighted, random: for each (a, p) a negative that is
   * drawn, weighted by its distance or not. Belongs to loss = "triplet".
   * @default all
   */
  mining?: Mining;
  /**
   * Which positives of an anchor are used, where that is to be chosen apart from the negatives. mining: as `mining`
   * says; all: every one; hard: the farthest; easy: the nearest. Belongs to loss = "triplet" and mining = "all".
   * @default mining
   */
  positives?: Positives;
  /**
   * Which negatives go with each positive, where that is to be chosen apart. mining: as `mining` says; all: every one;
   * hard: the anchor's nearest; semihard: the nearest farther than the positive; random, distance_weighted: one that is
   * drawn. Belongs to loss = "triplet" and mining = "all".
   * @default mining
   */
  negatives?: Negatives;
  /**
   * What to do where no negative is farther than the positive. skip: no triplet; farthest: take the farthest negative.
   * Belongs to loss = "triplet" and mining = "semihard" or "easy_positive", or negatives = "semihard".
   * @default skip
   */
  fallback?: Fallback;
  /**
   * Negatives nearer than this, of rows of length 1, are as likely as those at it; > 0. Belongs to loss = "triplet" and
   * mining = "distance_weighted", or negatives = "distance_weighted".
   * @default 0.5
   */
  cutoff?: number;
  /**
   * Negatives as far as this or farther, of rows of length 1, are not drawn; > 0. Belongs to loss = "triplet" and
   * mining = "distance_weighted", or negatives = "distance_weighted".
   * @default 1.4
   */
  farCutoff?: number;
  /**
   * Rows with this label, even among others, are neither anchors nor positives nor negatives; an int32.
   * @default none
   */
  ignoreLabel?: number;
  /**
   * Seed of the negatives that are drawn; 0 .. 2^53 - 1. Belongs to loss = "triplet" and mining = "distance_weighted"
   * or "random", or negatives = "distance_weighted" or "random".
   * @default 0
   */
  seed?: number;
  /** Weights of the losses, one per anchor. @default none */
  weights?: NumbersLike;
  /** One margin per anchor, in place of `margin`. Belongs to loss = "triplet". @default none */
  margins?: NumbersLike;
  /**
   * Rows that positives and negatives are taken from, instead of the batch itself, or a memory, which brings its own
   * labels.
   * @default none
   */
  references?: MatrixLike | Memory;
  /** Labels of the references; none beside relations. Belongs to references. @default none */
  referenceLabels?: LabelsLike;
  /**
   * For each query, the reference that is the query itself and is left out; -1: none is. Belongs to references.
   * @default none
   */
  referenceSelf?: IntegersLike;
  /**
   * Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
   * @default none
   */
  progress?: Progress;
  /**
   * Once it is aborted, the call throws its reason. While a call runs, that is so in `progress`, or in a worker.
   * @default none
   */
  signal?: AbortSignal;
}

export interface ReachOptions {
  /**
   * What is minimised. triplet: max(d(a, p) - d(a, n) + margin, 0), over the triplets that `mining` selects.
   * contrastive: positives nearer than `positiveMargin`, negatives farther than `negativeMargin`. info_nce: each
   * positive against all negatives of its anchor, by a softmax (NT-Xent). sup_con: the positives of an anchor against
   * all its others, by a softmax. multi_similarity: positives nearer and negatives farther than `base`, the hardest
   * most. With the last three `distance` is cosine unless it is given.
   * @default triplet
   */
  loss?: Loss;
  /** How near a positive has to be to have no loss; finite. Belongs to loss = "contrastive". @default 0 */
  positiveMargin?: number;
  /** How far a negative has to be to have no loss; finite. Belongs to loss = "contrastive". @default 1 */
  negativeMargin?: number;
  /**
   * What distances are divided by: the lower, the more the nearest rows count; with sup_con it is 0.1 unless it is
   * given; > 0. Belongs to loss = "info_nce" or "sup_con".
   * @default 0.07
   */
  temperature?: number;
  /**
   * How much more the farthest positives count than the others; > 0. Belongs to loss = "multi_similarity".
   * @default 2
   */
  alpha?: number;
  /**
   * How much more the nearest negatives count than the others; > 0. Belongs to loss = "multi_similarity".
   * @default 50
   */
  beta?: number;
  /**
   * The distance, with cosine and dot the similarity, that positives are drawn and negatives pushed across; finite.
   * Belongs to loss = "multi_similarity".
   * @default 0.5
   */
  base?: number;
  /**
   * How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n); finite.
   * Belongs to loss = "triplet".
   * @default 0.2
   */
  margin?: number;
  /**
   * Use min(d(a, n), d(p, n)) in place of d(a, n) (Balntas et al. 2016). Belongs to loss = "triplet".
   * @default false
   */
  swap?: boolean;
  /**
   * Use softplus(h) in place of max(h, 0), so that no loss is ever quite 0 (Hermans et al. 2017, with margin 0).
   * Belongs to loss = "triplet".
   * @default false
   */
  softMargin?: boolean;
  /**
   * The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; optax: `eps` is
   * inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge at 0 is inactive. Belongs to
   * distance = "minkowski", or loss = "triplet".
   * @default exact
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
}

export interface RingOptions {
  /**
   * The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
   * `eps`. Belongs to distance = "minkowski".
   * @default exact
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * Stay on the sphere around the origin on which the center lies: directions are those of great circles.
   * @default false
   */
  sphere?: boolean;
}

export interface PrincipalAxesOptions {
  /** How many axes to find; there are no more than columns; 1 .. 1e9. @default 2 */
  count?: number;
}

export interface IndexOptions {
  /**
   * The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
   * `eps`. Belongs to distance = "minkowski".
   * @default exact
   */
  convention?: Convention;
  /**
   * How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
   * where a row is zero. dot: minus the inner product.
   * @default minkowski
   */
  distance?: Distance;
  /**
   * Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference; in [1,
   * Infinity]. Belongs to distance = "minkowski".
   * @default 2
   */
  p?: number;
  /**
   * Added to each difference (torch) or inside the root (optax); >= 0. Belongs to distance = "minkowski" and convention
   * = "torch" or "optax".
   * @default 0.000001
   */
  eps?: number;
  /**
   * NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
   * result.
   * @default error
   */
  nonfinite?: Nonfinite;
}

export interface IndexNearestOptions {
  /** How many references to find for each query. Must be given. @default none */
  k: number;
  /** For each query, the reference that is the query itself and is left out; -1: none is. @default none */
  referenceSelf?: IntegersLike;
  /** For each query, a list of references to leave out, such as what a user has seen. @default none */
  exclude?: readonly IntegersLike[];
  /**
   * Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
   * @default none
   */
  progress?: Progress;
  /**
   * Once it is aborted, the call throws its reason. While a call runs, that is so in `progress`, or in a worker.
   * @default none
   */
  signal?: AbortSignal;
}
// Until here.

/** Statistics of a batch: of the selected triplets, or for other losses of its pairs. What plays no part is missing. */
export interface Stats {
  /** Triplets, or pairs, with a non-zero gradient before reduction. */
  active: number;
  /** Selected; like the next three, of the triplet loss and of `mine` alone. */
  triplets?: number;
  /** d(a, n) <= d(a, p). */
  hard?: number;
  /** d(a, p) < d(a, n), loss > 0. */
  semihard?: number;
  /** Those without a loss. */
  easy?: number;
  /** (a, p) and (a, n), those without gradient too; like the next four, of the other losses alone. */
  pairs?: number;
  positivePairs?: number;
  negativePairs?: number;
  /** With a non-zero gradient before reduction. */
  activePositivePairs?: number;
  activeNegativePairs?: number;
  anchorsWithoutPositive: number;
  anchorsWithoutNegative: number;
  /** Rows that are not finite. */
  nonfinite: number;
  /** Over the pairs, or the distinct (a, p) of the triplets; null without any. */
  meanPositiveDistance: number | null;
  /** Over the pairs, or the distinct (a, n) of the triplets; null without any. */
  meanNegativeDistance: number | null;
  /** Every distance is below 1e-3 of the loss's own scale: its margin, temperature or 1 / beta. */
  collapsed: boolean;
}

/** Options that decide on what a loss returns. */
export interface Asked<R extends Reduction, G extends boolean> {
  reduction?: R;
  gradients?: G;
}

/** With reduction none there is no one loss, with gradients false there are none. */
type LossOf<R extends Reduction> = R extends "none" ? Rows | Matrix : number;
type Wanted<G extends boolean, Gradient> = G extends false ? undefined : Gradient;

export interface MarginLoss<R extends Reduction = Reduction, G extends boolean = boolean> {
  /** The reduced loss; with reduction none (N, 1). */
  loss: LossOf<R>;
  /** Triplets with a non-zero gradient before reduction. */
  active: number;
  /** Triplets whose distances are not finite. */
  nonfinite: number;
  /** Shaped as the inputs; missing with gradients false. */
  gradients: Wanted<G, { anchors: Rows | Matrix; positives: Rows | Matrix; negatives: Rows | Matrix }>;
}

export interface IndexedLoss<R extends Reduction = Reduction, G extends boolean = boolean> {
  loss: LossOf<R>;
  active: number;
  nonfinite: number;
  /** Shaped as the table; missing with gradients false. */
  gradient: Wanted<G, Rows | Matrix>;
}

export interface BatchLoss<R extends Reduction = Reduction, G extends boolean = boolean> {
  /** The reduced loss; with reduction none (B, 1). */
  loss: LossOf<R>;
  /** As stats.active. */
  active: number;
  nonfinite: number;
  stats: Stats;
  /** (B, D); missing with gradients false. */
  gradient: Wanted<G, Rows | Matrix>;
  /** (R, D), when asked for. */
  referenceGradient?: Rows | Matrix;
}

/** Row numbers, (queries, k). */
export interface NeighborRows {
  data: Integers;
  rows: number;
  cols: number;
  /** A copy as an array of rows. */
  toArray(): number[][];
}

/** What files of matrices are. */
export type FileFormat = "npy" | "safetensors" | "fvecs" | "text";

/** Row numbers of triplets, from 0. */
export interface Triplets {
  anchors: Integers;
  positives: Integers;
  negatives: Integers;
}

/** How near a loss wants positives, and how far it wants negatives; without a margin both are in one place. */
export interface Reaches {
  /** Positives beyond it are drawn nearer. */
  pull: number;
  /** Negatives within it are pushed away. */
  push: number;
}

/** The axes along which rows vary most, that of most variance first. */
export interface PrincipalAxes {
  /** (1, D). */
  mean: Rows;
  /** (count, D), at right angles and of length 1; the largest entry of each is positive. */
  axes: Rows;
  /** Of the variance, one for each axis; null where nothing varies. */
  shares: (number | null)[];
}

/** Shares, 0 .. 1; null where there was no query. */
export interface Figures {
  /** Rows that were evaluated; in a macro average, classes that have one. */
  queries: number;
  /** Rows without a positive, or of ignoreLabel; in a macro average, classes without a query. */
  skipped: number;
  /** Share of the queries whose nearest reference is a positive. */
  precisionAt1: number | null;
  /** Mean share of positives among a query's R nearest references, R being the number of its positives. */
  rPrecision: number | null;
  /** Mean average precision at R (Musgrave et al. 2020). */
  mapAtR: number | null;
  /** Mean average precision, over all ranks. */
  map: number | null;
  /** Mean of 1 / rank of the nearest positive. */
  mrr: number | null;
  /** Share of all triplets with d(a, p) < d(a, n); null without any. */
  tripletAccuracy: number | null;
}

export interface RankedFigures extends Figures {
  /** By k: share of queries with a positive among their k nearest. */
  recallAt: Record<number, number | null>;
}

/**
 * Bounds that hold the true figure of 95 samples in 100, if rows are drawn alike and independently: of shares Wilson's
 * (1927) score interval; of other means by the normal law, as Agresti and Coull (1998) have it for shares, with about
 * two values of 0 and two of 1 added, so that values which are all alike are not certain.
 */
export type Interval = [low: number, high: number];

/** Null where there is no figure. */
export interface Intervals {
  precisionAt1: Interval | null;
  rPrecision: Interval | null;
  mapAtR: Interval | null;
  map: Interval | null;
  mrr: Interval | null;
  recallAt: Record<number, Interval | null>;
}

export interface Evaluation extends RankedFigures {
  /** Of the figures over all queries. */
  intervals: Intervals;
  /** Means over the classes, in which each counts alike; null with relations. */
  macro: RankedFigures;
  /**
   * The queries of each label, those of several under each of them; ascending, texts in order of appearance. None with
   * relations.
   */
  classes: (Figures & { label: Label })[];
}

export interface HeldOutEvaluation {
  /**
   * Held-out rows compared with the training rows, which is what a user of the model gets. knnAccuracy: share of the
   * queries whose class has the most votes of their 5 nearest training rows, each of which votes for all labels it has;
   * one of the query's must win. Null where whole classes are held out.
   */
  againstTraining: Evaluation & {
    knnAccuracy: number | null;
    macro: { knnAccuracy: number | null };
    intervals: { knnAccuracy: Interval | null };
  };
  /** Held-out rows compared with each other. */
  amongThemselves: Evaluation;
  /** Rows held out. */
  heldOut: number;
  /** How many of them were evaluated: all, or a sample of `mostQueries`. */
  queries: number;
}

/** What `classify` finds, one for each query. */
export interface Classification {
  /** The class with the most votes, as its label was given; null where no neighbour has a vote: of no known class. */
  labels: (Label | null)[];
  /** The share of the votes that the class has, in (0, 1]; 0 where there is none. */
  votes: Floats;
}

/**
 * What a verification finds. A pair is accepted as the same where its distance is <= a threshold. FAR (false acceptance
 * rate) is the share of pairs of different classes that are accepted, TAR (true acceptance rate) that of pairs of the
 * same class. Null: there was no pair of one of the kinds. A threshold of -Infinity accepts nothing.
 */
export interface Verification {
  /** Pairs of the same class. */
  same: number;
  /** Pairs of different classes. */
  different: number;
  /** Pairs of the rarer kind that were looked at; fewer where it was sampled. */
  used: number;
  /** Area under the curve: the share of all (same, different) in which the same is nearer; at one distance half. */
  auc: number | null;
  /** Equal error rate: where FAR = 1 - TAR. */
  eer: number | null;
  /** Of the point nearest to it. */
  eerThreshold: number | null;
  /** The most pairs, as a share, that a threshold tells right. */
  accuracy: number | null;
  /** That threshold; of several the smallest. */
  threshold: number | null;
  /** For each rate of `far` the highest TAR whose FAR is no greater: `tar[0.01]`. */
  tar: Record<number, number | null>;
  /** Where that is. */
  thresholdAt: Record<number, number | null>;
  /** What the given `threshold` does; where it was given. */
  judged?: { threshold: number | null; far: number | null; tar: number | null; accuracy: number | null };
  /**
   * Corners of the ROC curve from (0, 0) to (1, 1), ascending; of more than were asked for some, evenly along it. Its
   * thresholds are distances of pairs, the others lie in the middle between two. None without pairs of both kinds.
   */
  curve?: { far: Doubles; tar: Doubles; thresholds: Doubles };
}

/** Makes batches of row numbers, at most `rowsPerClass` rows of each of `classesPerBatch` classes. */
export interface Sampler {
  /** As of a matrix. */
  readonly memory: symbol;
  /** No batch has more rows; 0 where a balanced sampler finds no class of two rows. */
  readonly batchRows: number;
  /** The rows of the next batch, class by class. */
  next(): Integers;
  free(): void;
  [Symbol.dispose](): void;
}

/** A cross-batch memory: a ring of past embeddings and labels, to use as `references`. */
export interface Memory {
  /** Rows held now. */
  readonly rows: number;
  /** Copies (N, D) rows and N labels in; the oldest go out first. */
  push(embeddings: MatrixLike, labels: LabelsLike): void;
  clear(): void;
  free(): void;
  [Symbol.dispose](): void;
}

/** Dense layers, forward and backward, as torch.nn.Linear in torch.nn.Sequential. */
export interface Encoder {
  readonly inputs: number;
  /** Width of the embedding. */
  readonly dim: number;
  /** (1, count): for each layer W (out, in), then b (out). Change them in place. */
  readonly parameters: Matrix;
  /** (N, inputs) -> (N, dim); keeps what backward needs. */
  forward(x: MatrixLike, options?: Watch): Rows;
  /**
   * From the gradient (N, dim) of the last forward's result to those of the parameters and of x. A forward that was
   * cancelled leaves none.
   */
  backward(gradient: MatrixLike, options?: Watch): { parameters: Rows; x: Rows };
  /** As safetensors bytes, with the names that a trainer's weights have; `load` takes them. */
  save(): Bytes;
  /**
   * As an ONNX model, which other runtimes run: its input `x` (N, inputs) gives `embeddings` (N, dim), float32 both,
   * whose last digits differ from those of `forward`: in onnxruntime by less than 1e-6 of the largest number.
   */
  export(): Bytes;
  free(): void;
  [Symbol.dispose](): void;
}

export interface Optimizer {
  /** Updates done. */
  readonly steps: number;
  /** One update of `parameters` in place, by a gradient of its shape. */
  update(parameters: Matrix, gradient: MatrixLike): void;
  get<Key extends keyof OptimizerOptions>(key: Key): Required<OptimizerOptions>[Key];
  set<Key extends keyof OptimizerOptions>(key: Key, value: Required<OptimizerOptions>[Key]): void;
  /** As safetensors bytes, with its updates and what it remembers of them; `load` takes them. */
  save(): Bytes;
  free(): void;
  [Symbol.dispose](): void;
}

/** What `get` of a trainer tells: its options, but not what it was given to learn from. */
export interface TrainerSettings
  extends Required<
    Omit<TrainerOptions, "data" | "labels" | "references" | "columns" | "classes" | "recipe" | "layers" | "optimizer">
  > {
  layers: number[];
  optimizer: Required<OptimizerOptions>;
}

/** What a step reports. */
export interface Step {
  /** Counts from 1. */
  step: number;
  /** NaN, like the learning rate, after a run that took no step. */
  loss: number;
  /** As stats.active. */
  active: number;
  /** The one that this step used. */
  learningRate: number;
  /** MAP@R of the validation rows at the last validation; undefined before the first. */
  validation: number | undefined;
  /** The validation at the end of this step was the best so far. */
  improved: boolean;
  /** Patience has run out, or `steps` are done. */
  stopped: boolean;
  /** Every batch of the last 20 steps was collapsed. */
  collapsed: boolean;
  /** Of this step's batch. */
  stats: Stats;
}

/**
 * Trains an embedding, applies and evaluates it, saves and loads it. The same seed and data give the same bits
 * everywhere.
 */
/** The k nearest references of each query: their rows, and how far they are. */
export interface Neighbors {
  indices: NeighborRows;
  distances: Rows;
}

/**
 * References that are searched time and again, in the memory of the instance: 4 D bytes of each, with cosine 8 D + 8.
 */
export interface Index {
  /** As of a matrix. */
  readonly memory: symbol;
  readonly rows: number;
  readonly cols: number;
  /** What the instance's `nearest` finds with the references and options of the index, to the bit. */
  nearest(queries: MatrixLike, options: IndexNearestOptions): Neighbors;
  /**
   * The same in slices of a few milliseconds, of 8 queries at least, between which the page is drawn and served.
   * `progress` is called between them and may return a promise, and a signal ends the search there.
   */
  nearestAsync(queries: MatrixLike, options: IndexNearestOptions): Promise<Neighbors>;
  /** Frees it. An index you forget is freed once it is garbage-collected. */
  free(): void;
  [Symbol.dispose](): void;
}

/** Who is told how far a call is, and may cancel it. */
export interface Watch {
  progress?: Progress;
  /** Cancels the call once it is aborted: see {@link NearestOptions.signal}. */
  signal?: AbortSignal;
}

export interface FitOptions {
  /** Ends it once it is aborted. */
  signal?: AbortSignal;
  /**
   * Called after each slice with the report of its last step; a promise is waited for. False ends the training there,
   * and `fit` gives that report; what is thrown rejects it.
   */
  onProgress?: (report: Step) => unknown;
}

export interface Trainer {
  /** As of a matrix. */
  readonly memory: symbol;
  readonly dim: number;
  /** Columns of the data. */
  readonly inputs: number;
  /** Steps done. */
  readonly steps: number;
  /** Whether there is nothing left to do: patience has run out, or `steps` are done. */
  readonly stopped: boolean;
  readonly columns: string[];
  readonly classes: string[];
  /**
   * The largest distance of rows that count as the same, as `verify` finds it; null: none. Set it to keep it with the
   * model. A step and `restoreBest`, which change the weights, take it away, and the rows that are kept as well.
   */
  get threshold(): number | null;
  set threshold(threshold: number | null);
  /** A copy: texts about the model, which travel with it. Set an object of texts by whatever names. */
  get facts(): Record<string, string>;
  set facts(facts: Record<string, string>);
  /** A copy of the rows that are kept with the model, with their labels, by the names of classes; null: none. */
  readonly keptRows: { embeddings: Rows; labels: (Label | Label[])[] } | null;
  /** Keeps embedded rows (M, dim) with their labels, to classify by; anybody who has the model can read them. */
  keepRows(embeddings: MatrixLike, labels: LabelsLike): void;
  /** Keeps none. */
  keepRows(): void;
  /** That of the table that the data came from, for tables to come; null without one. */
  readonly recipe: Recipe | null;
  /** A copy (1, count). */
  readonly parameters: Rows;
  /** A copy: data rows of the last step's batch, none before the first step and after one that failed. */
  readonly lastBatch: Integers;
  /** A copy: data rows that are set aside by `validation`. */
  readonly validationRows: Integers;
  /**
   * The triplets that the last step used, as data rows; none before the first step, after one that failed, and of a
   * loss that is not one of triplets.
   */
  lastTriplets(): Triplets;
  /** One batch forward, backward, update. `report`: an earlier step to fill. */
  step(report?: Partial<Step>): Step;
  /**
   * Trains until it stops by itself or the callback returns false, and returns the last report. When it stops by
   * itself, the weights of the best validation are put in place; after that, `run` takes no step. A callback that
   * returns a promise ends it with a `TypeError`: nobody would wait.
   */
  run(callback?: (report: Step) => unknown): Step;
  /**
   * `run` for a page that stays responsive: the same steps to the bit, in slices of about 5 ms, a step at least,
   * between which frames are drawn and events answered. Other calls may come in between, those that change the trainer
   * as well. It ends as `run` does, or when `onProgress` says so; once `signal` is aborted, before the next step, it is
   * rejected with the signal's reason. The trainer is whole after that, and `fit` or `run` goes on with the next step.
   */
  fit(options?: FitOptions): Promise<Step>;
  /** Puts the weights of the best validation in place. */
  restoreBest(): void;
  /** Raw rows (M, D) -> (M, dim); without x, the embeddings of its own data. */
  embed(x?: MatrixLike, options?: Watch): Rows;
  /**
   * Without x, of its own data, of pairs the data against their references. Distances are those of the trainer's loss.
   * References are embedded as well, but with adapt = "queries" compared as they are.
   */
  evaluate(x?: MatrixLike, labels?: LabelsLike | Relations, options?: EvaluateOptions): Evaluation;
  /**
   * `verify` of the embedded rows, as `evaluate` takes them; its `threshold` becomes the trainer's, unless it accepts
   * nothing. Choose it on other rows than those that were trained on.
   */
  verify(x?: MatrixLike, labels?: LabelsLike | Relations, options?: VerifyOptions): Verification;
  /** What an option is now. */
  get<Key extends keyof TrainerSettings>(key: Key): TrainerSettings[Key];
  /**
   * A change from the next step on; the encoder, dim, seed and standardisation cannot change. Another loss brings its
   * distance and temperature, unless these differ from what the loss before it brought.
   */
  set<Key extends keyof TrainerOptions>(key: Key, value: TrainerOptions[Key]): void;
  /** Gives a loaded trainer data of the model's shape, to train on; with references they are pairs. */
  attach(data: MatrixLike, labels: LabelsLike): void;
  attach(data: MatrixLike, labels: LabelsLike | undefined, references: MatrixLike): void;
  /** The model as safetensors bytes: training resumes from them to the bit. */
  save(): Bytes;
  /**
   * The encoder with its standardisation as an ONNX model, which other runtimes run: its input `x` (N, inputs) gives
   * `embeddings` (N, dim), float32 both, whose last digits differ from those of `embed`: in onnxruntime by less than
   * 1e-6 of the largest number. x is what `embed` takes; but with a recipe it is what the table has: columns of numbers
   * as they are, NaN where one is missing, and of a category a column for each of its values, 1 in that of the row's
   * and 0 elsewhere. The model's metadata `inputs` is the JSON list of their names. A RangeError for a free table,
   * which has no encoder.
   */
  export(): Bytes;
  free(): void;
  [Symbol.dispose](): void;
}

/** A column of a table. */
export interface TableColumn {
  /** As in the header, but each once: a second x is x_2; without a name column_3, without a header 1, 2, 3. */
  name: string;
  /**
   * number: each cell that is not missing is a number; category: other columns of at most 32 different texts, or of
   * `categories`; text: others.
   */
  kind: "number" | "category" | "text";
  use: "input" | "label" | "left_out";
  /** Cells. */
  missing: number;
  /**
   * The different texts that rows have: numbers in their order, then texts in that of bytes. Undefined of numbers, and
   * of texts that are left out and more than 1,000.
   */
  values?: string[];
}

/** What was decided on while a table was read: a line. */
export interface TableNote {
  /** "left out: id" */
  text: string;
  /** "row numbers" */
  reason?: string;
  /** The option that would have it otherwise, "keep", and what to give it: "id"; columns with commas between them. */
  option?: string;
  value?: string;
  /** Something that may spoil what is learned from the table. */
  warning: boolean;
}

/** The columns of a file, in the memory of the instance. */
export interface Table {
  /** As of a matrix. */
  readonly memory: symbol;
  /** Those that are not left out for a missing cell. */
  readonly rows: number;
  readonly columns: TableColumn[];
  /** The column of the label; null without one. */
  readonly label: string | null;
  /** The values of the label, which `labels` are the numbers of; none without a label. */
  readonly classes: string[];
  /** In the order of the columns as far as there is one. */
  readonly notes: TableNote[];
  /** Of its inputs; of a table that was read for a recipe, that recipe. It lives on after `free`, but is not fitted. */
  readonly recipe: Recipe;
  /** A copy: the class of each row, -1 where it is missing, as only `recipe` allows; null without a label. */
  readonly labels: Integers | null;
  /** A copy: the number of each row in the file, from 0 below the header. */
  readonly rowNumbers: Integers;
  /** A copy of a column of numbers, NaN where one is missing. */
  numbers(name: string): Doubles;
  /** A copy of another column that has `values`, null where a cell is missing. */
  texts(name: string): (string | null)[];
  /** Frees the memory; a table you forget is freed once it is garbage-collected. */
  free(): void;
  [Symbol.dispose](): void;
}

/** What a recipe makes of a column of the table: a number an input, a category one for each value. */
export interface RecipeColumn {
  name: string;
  kind: "number" | "category";
  /** Of a category. */
  values?: string[];
  /** Of numbers; fill stands for a missing one, before it is standardised. */
  mean?: number;
  deviation?: number;
  fill?: number;
}

/**
 * What the inputs of a table become: a number (x - mean) / deviation, or 0 where it is missing; a category a column of
 * 0 and 1 for each of its values, all 0 where it is missing. With `standardize` false numbers stay as they are, and the
 * mean stands for missing ones.
 */
export interface Recipe {
  /** What the columns of the matrix are called: "age", "sex=male". */
  readonly inputs: string[];
  /** Mean 0 and deviation 1 until it is fitted. */
  readonly columns: RecipeColumn[];
  /** The label of the table that it was made for; null without one. */
  readonly label: string | null;
  /**
   * Takes mean and deviation of the numbers of these rows of its table, at least one, or of all. The recipe of a
   * trainer cannot be fitted.
   */
  fit(rows?: IntegersLike): void;
  /**
   * (M, inputs): these rows of its table, or of one that was read for it, in this order; or all.
   * @throws RangeError for another table, and where a number leaves float32
   */
  matrix(table: Table, rows?: IntegersLike): Rows;
  /** Frees the memory, but of a trainer's recipe, which goes with the trainer. */
  free(): void;
  [Symbol.dispose](): void;
}

/** An option as the core describes it. */
export interface Field {
  name: string;
  kind: "number" | "integer" | "boolean" | "choice" | "value";
  default: number | boolean | string | null;
  minimum?: number;
  maximum?: number;
  choices?: string[];
  /**
   * Conditions on other options, separated by commas, that all hold where it plays a part: the choice is one of these,
   * the number (of a list its length) is equal or greater, the option is given: "mining=semihard|easy_positive",
   * "validation>0", "references". Of conditions with slashes between them one holds: "distance=minkowski/loss=triplet".
   */
  belongs?: string;
}

/** The functions of one instance, with a memory of its own. */
export interface Triplet {
  /** Of the WebAssembly that runs: "0.1.0". */
  readonly version: string;
  /** Zeros, or a copy of `values`, row by row. */
  matrix(rows: number, cols: number, values?: NumberList): Matrix;
  matrix(rows: MatrixLike): Matrix;
  /**
   * anchors, positives, negatives: (N, D). As torch.nn.functional.triplet_margin_loss. A single row of anchors, (1, D),
   * is the anchor of all, and its gradient the sum over the triplets, in their order.
   */
  marginLoss<R extends Reduction = "mean", G extends boolean = true>(
    anchors: MatrixLike,
    positives: MatrixLike,
    negatives: MatrixLike,
    options?: MarginLossOptions & Asked<R, G>,
  ): MarginLoss<R, G>;
  /** Triplets of rows of one table (R, D). */
  indexedLoss<R extends Reduction = "mean", G extends boolean = true>(
    table: MatrixLike,
    indices: { anchors: IntegersLike; positives: IntegersLike; negatives: IntegersLike },
    options?: IndexedLossOptions & Asked<R, G>,
  ): IndexedLoss<R, G>;
  /** embeddings: (B, D), labels: B. Over the triplets that `mining` selects, or with another `loss` over all pairs. */
  batchLoss<R extends Reduction = "mean", G extends boolean = true>(
    embeddings: MatrixLike,
    labels: LabelsLike | Relations,
    options?: BatchLossOptions & Asked<R, G>,
  ): BatchLoss<R, G>;
  /**
   * The triplets that batchLoss would select, or with `violating` every triplet of a kind, ordered by anchor, positive,
   * negative.
   */
  mine(embeddings: MatrixLike, labels: LabelsLike | Relations, options?: MineOptions): Triplets & { stats: Stats };
  /**
   * What each pair weighs in a loss, (B, R) or without references (B, B): by the distance of every query to every
   * reference, how much the sum of all losses grows. Positive where a pair is drawn together, negative where it is
   * pushed apart, 0 where it plays no part. Those of info_nce and sup_con, times the temperature, are the shares of a
   * softmax.
   */
  pairSlopes(embeddings: MatrixLike, labels: LabelsLike | Relations, options?: PairSlopesOptions): Rows;
  /**
   * How near a loss wants positives and how far it wants negatives. positiveDistance: of the anchor from its positive,
   * null: it has none; then a loss that compares with it gives null.
   */
  reach(options?: ReachOptions, positiveDistance?: number | null): Reaches | null;
  /** x: (N, D), y: (M, D) -> (N, M). */
  distances(x: MatrixLike, y: MatrixLike, options: DistancesOptions & { out: Matrix }): Matrix;
  distances(x: MatrixLike, y: MatrixLike, options?: DistancesOptions): Rows;
  /**
   * The points at a distance from a center, (N, D): of each direction the first on the ray from the center, or with
   * `sphere` on the great circle. Of a direction that never gets there, or is none, a row of NaN.
   */
  ring(center: NumbersLike, directions: MatrixLike, radius: number, options?: RingOptions): Rows;
  /**
   * The k nearest references of each query by exact search, nearest first, ties to the lowest index. Where `exclude`
   * leaves fewer than k, the last indices are -1 and their distances Infinity.
   */
  nearest(queries: MatrixLike, references: MatrixLike | Memory, options: NearestOptions): Neighbors;
  /**
   * References (M, D) to search time and again. What `nearest` makes ready in each call is made once and kept, so that
   * a few queries take only the time of their own distances. They are copied: what becomes of a matrix or a memory
   * afterwards, changed or freed, changes nothing that the index finds.
   */
  index(references: MatrixLike | Memory, options?: IndexOptions): Index;
  /**
   * The class of each query: the k nearest references vote, but for those farther than `threshold`. A reference of
   * several labels votes for each of them; of classes with as many votes that of the nearest voter wins. A memory
   * brings its own labels.
   */
  classify(
    queries: MatrixLike,
    references: MatrixLike,
    referenceLabels: LabelsLike,
    options?: ClassifyOptions,
  ): Classification;
  classify(
    queries: MatrixLike,
    references: Memory,
    referenceLabels?: undefined,
    options?: ClassifyOptions,
  ): Classification;
  /**
   * Verification: how well a threshold tells rows of the same class from rows of different ones. Over all pairs of the
   * rows, or of the rows and `references`; with relations over those that are 1 (the same) or -1 (different).
   */
  verify(embeddings: MatrixLike, labels: LabelsLike | Relations, options?: VerifyOptions): Verification;
  /** The same of given pairs, row i of first and of second, (N, D) each. same: for each whether it is of one class. */
  verifyPairs(
    first: MatrixLike,
    second: MatrixLike,
    same: readonly (boolean | number)[] | IntegersLike,
    options?: VerifyPairsOptions,
  ): Verification;
  /** Of a share, in [0, 1], of so many draws; null where there is none. */
  shareInterval(share: number | null, count: number): Interval | null;
  /** Retrieval by exact search, each row compared with the others or with `references`. */
  evaluate(embeddings: MatrixLike, labels: LabelsLike | Relations, options?: EvaluateOptions): Evaluation;
  /**
   * The same figures of neighbours that were found by other means, by an approximate index, say: for each query its
   * references, nearest first, each once, as `nearest` gives them or as arrays; -1: no more. A figure is null where
   * neighbours that are not given could still change it: recall at a k beyond a list without a positive, rPrecision and
   * mapAtR of lists shorter than R, mrr of lists without a positive, map and tripletAccuracy of lists that lack one. A
   * query's own row and rows that are nothing to it are left out.
   */
  evaluateNeighbors(
    indices: readonly IntegersLike[] | { data: IntegersLike; rows: number; cols: number },
    labels: LabelsLike | Relations,
    options?: EvaluateNeighborsOptions,
  ): Evaluation;
  /** Evaluates rows that were held out of the training; heldOutRows: their numbers, as `split` gives them. */
  evaluateHeldOut(
    embeddings: MatrixLike,
    labels: LabelsLike,
    heldOutRows: IntegersLike,
    options?: EvaluateHeldOutOptions,
  ): HeldOutEvaluation;
  /** Column means and deviations, (1, D) each. */
  standardization(x: MatrixLike): { mean: Rows; deviation: Rows };
  standardize(x: MatrixLike, standardization: { mean: NumbersLike; deviation: NumbersLike }): Rows;
  /** A sample stands for many wide rows. */
  principalAxes(x: MatrixLike, options?: PrincipalAxesOptions): PrincipalAxes;
  /** Where rows lie along axes, (x - mean) axes^T. */
  project(x: MatrixLike, axes: { mean: NumbersLike; axes: MatrixLike }): Rows;
  /**
   * Rows to train on and rows to hold out, drawn by seed, 0 .. 2^53 - 1; fraction in [0, 1]. rows (when not given):
   * of each class of n rows round(fraction x n) are held out, but two always stay. classes: round(fraction x C) of the
   * C classes of two rows or more, whole; at least two of them, and two always stay: none of fewer than four. auto:
   * rows, or classes where no class has more than two rows. A row of several labels counts in each of its classes: it
   * is held out only where two rows of all of them stay, and with whole classes where any of them is held out. A row
   * without labels is never held out.
   */
  split(
    labels: LabelsLike,
    fraction: number,
    seed: number,
    holdOut?: "rows" | "classes" | "auto",
  ): { training: Integers; heldOut: Integers };
  /** Seeded sets that show something; noise 1 is what each picture is made for. */
  synthetic(
    kind: "blobs" | "rings" | "moons" | "swiss_roll",
    rows: number,
    noise: number,
    seed: number,
  ): { x: Rows; labels: Integers };
  /**
   * The bytes of a CSV or TSV file, or its text, as columns: what each is, which are inputs, and what was decided on.
   * With `recipe` it is read as a table of new rows for that: its columns are found by their names, in any order, and
   * keep, ignore, categories, missing and standardize are not looked at.
   * @throws TableError when the file is at fault
   */
  readTable(bytes: Uint8Array | ArrayBuffer | string, options?: TableOptions): Table;
  /**
   * The bytes of a file of one matrix: numpy's .npy, .safetensors, in which the tensor is called "matrix", or .fvecs.
   */
  encodeMatrix(matrix: MatrixLike, options: { format: "npy" | "safetensors" | "fvecs" }): Bytes;
  /** The bytes of a .safetensors file of matrices by their names. */
  encodeMatrices(matrices: Record<string, MatrixLike>): Bytes;
  /**
   * The matrix of a file's bytes: .npy, .safetensors, .fvecs, or the text of GloVe and word2vec, whose words it gives,
   * one a row; null of others. Numbers of other types become float32.
   * @throws MatrixError when the bytes are at fault
   */
  decodeMatrix(
    bytes: Uint8Array | ArrayBuffer,
    options?: DecodeMatrixOptions,
  ): { matrix: Rows; words: string[] | null; format: FileFormat };
  /** What bytes are, as `decodeMatrix` tells it; null: none of these. */
  fileFormat(bytes: Uint8Array | ArrayBuffer): FileFormat | null;
  sampler(options: SamplerOptions): Sampler;
  memory(options: MemoryOptions): Memory;
  encoder(options: EncoderOptions): Encoder;
  optimizer(options?: OptimizerOptions): Optimizer;
  trainer(options: TrainerOptions): Trainer;
  /**
   * Whatever `save` wrote: a trainer, which embeds at once and trains on after `attach`, an encoder or an optimiser.
   * TypeScript takes it for a trainer where it is told nothing else: `load<Encoder>(bytes)`.
   * @throws ModelError when the bytes are none of these
   */
  load<Saved extends Trainer | Encoder | Optimizer = Trainer>(bytes: Uint8Array | ArrayBuffer): Saved;
  /**
   * Runs the function, and frees every matrix, trainer and other object that was made while it ran, but what it
   * returns, by itself or as a member. It ends before a promise is fulfilled, so it takes no asynchronous function.
   */
  withScope<Result>(body: () => Result): Result;
  /** The names of the functions that take options; the options of one. */
  schema(): string[];
  schema(
    name:
      | "marginLoss"
      | "indexedLoss"
      | "batchLoss"
      | "mine"
      | "distances"
      | "nearest"
      | "evaluate"
      | "evaluateHeldOut"
      | "evaluateNeighbors"
      | "optimizer"
      | "trainer"
      | "encoder"
      | "memory"
      | "table"
      | "classify"
      | "verify"
      | "verifyPairs"
      | "sampler"
      | "decodeMatrix"
      | "pairSlopes"
      | "reach"
      | "ring"
      | "principalAxes",
  ): Field[];
}

export interface LoadOptions {
  /**
   * Where the WebAssembly is, in the place of the package's own: a URL, its bytes, or a compiled module; for
   * triplet/external in Node.js, Deno and Bun also a path.
   */
  wasm?: URL | string | ArrayBuffer | ArrayBufferView | WebAssembly.Module;
  /** Once it is aborted, what is fetched is given up, and the promise rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** A new instance. Finds its own WebAssembly; the build without SIMD is loaded only where SIMD is missing. */
export declare function loadTriplet(options?: LoadOptions): Promise<Triplet>;
