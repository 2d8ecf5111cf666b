/** The package in a worker of its own: the same functions, each a promise. */
import type * as sync from "./index.js";

export { OutOfMemoryError } from "./index.js";

/** What lives in the worker is reached by promises: methods as they are, properties as `await object.name()`. */
type Remote<T> = {
  [Key in keyof T as Key extends string ? Key : never]: T[Key] extends (...values: infer Values) => infer Result
    ? (...values: { [I in keyof Values]: Argument<Values[I]> }) => Promise<Async<Result>>
    : () => Promise<T[Key]>;
} & { [Symbol.asyncDispose](): Promise<void> };

export type Matrix = Omit<Remote<sync.Matrix>, "rows" | "cols"> & { readonly rows: number; readonly cols: number };
export type Encoder = Omit<Remote<sync.Encoder>, "dim" | "inputs"> & { readonly dim: number; readonly inputs: number };
export type Trainer = Omit<Remote<sync.Trainer>, "dim" | "inputs" | "run"> & {
  readonly dim: number;
  readonly inputs: number;
  /** The callback runs on the page; each step waits for its answer. */
  run(callback?: (report: sync.Step) => unknown): Promise<sync.Step>;
};
export type Memory = Remote<sync.Memory>;
export type Optimizer = Remote<sync.Optimizer>;

type Async<T> = T extends sync.Matrix
  ? Matrix
  : T extends sync.Encoder
    ? Encoder
    : T extends sync.Trainer
      ? Trainer
      : T extends sync.Memory
        ? Memory
        : T extends sync.Optimizer
          ? Optimizer
          : T;

type Argument<T> = T extends sync.Matrix ? T | Matrix : T;

export type Triplet = Remote<Omit<sync.Triplet, "matrix" | "trainer" | "marginLoss" | "batchLoss">> & {
  matrix(rows: number, cols: number, values?: Float32Array | readonly number[]): Promise<Matrix>;
  matrix(rows: readonly (readonly number[])[] | sync.Rows): Promise<Matrix>;
  marginLoss(
    anchors: sync.MatrixLike | Matrix,
    positives: sync.MatrixLike | Matrix,
    negatives: sync.MatrixLike | Matrix,
    options?: sync.MarginLossOptions,
  ): Promise<sync.MarginLoss>;
  batchLoss(
    embeddings: sync.MatrixLike | Matrix,
    labels: sync.IntegersLike,
    options?: sync.BatchLossOptions,
  ): Promise<sync.BatchLoss>;
  trainer(options: Omit<sync.TrainerOptions, "data"> & { data: sync.MatrixLike | Matrix }): Promise<Trainer>;
  /** Ends the worker. */
  terminate(): void;
};

/** A new worker with an instance in it. */
export declare function loadTriplet(options?: sync.LoadOptions): Promise<Triplet>;
