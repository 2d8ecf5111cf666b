/**
 * The package in a worker of its own: the same functions and options, each result a promise. `progress` is called on
 * the page, and may be asynchronous; `false`, or a `signal` that is aborted, rejects the promise at once, and stops the
 * worker where memory can be shared with it (in Node.js, and on pages that are cross-origin isolated): elsewhere that
 * call goes on to its end.
 */
import type * as sync from "./index.js";

export { MatrixError, ModelError, OutOfMemoryError, TableError } from "./index.js";

/**
 * What stands here for an object in the worker: methods as they are, properties as `await object.name()`, which sets
 * those that can be set when it is given a value.
 */
type Remote<T, Staying extends keyof T = never> = { readonly [Key in Staying]: T[Key] } & {
  [Key in Exclude<keyof T, Staying | symbol> as T[Key] extends symbol ? never : Key]: T[Key] extends (
    ...values: never
  ) => unknown
    ? Method<T[Key]>
    : Key extends "threshold" | "facts"
      ? (value?: T[Key]) => Promise<T[Key]>
      : () => Promise<Result<T[Key]>>;
} & { [Symbol.asyncDispose](): Promise<void> };

export type Matrix = Remote<sync.Matrix, "rows" | "cols">;
export type Encoder = Remote<sync.Encoder, "dim" | "inputs">;
/**
 * The callback of `run` is called on the page, and may be asynchronous: each step waits for its answer. Without one,
 * later calls of the trainer wait until the run is over, and those of other objects are served meanwhile. During `fit`,
 * and a `run` with a callback, the trainer's own are served as well.
 */
export type Trainer = Omit<Remote<sync.Trainer, "dim" | "inputs">, "get"> & {
  /** What an option is now. */
  get<Key extends keyof sync.TrainerSettings>(key: Key): Promise<sync.TrainerSettings[Key]>;
};
export type Index = Remote<sync.Index, "rows" | "cols">;
export type Memory = Remote<sync.Memory>;
export type Optimizer = Remote<sync.Optimizer>;
export type Sampler = Remote<sync.Sampler, "batchRows">;
export type Table = Remote<sync.Table, "rows" | "columns" | "label" | "classes" | "notes">;
export type Recipe = Remote<sync.Recipe>;

/** Functions have two signatures at most. */
type Method<T> = T extends { (...values: infer Values): infer R; (...values: infer Others): infer Other }
  ? unknown[] extends Values
    ? Single<T>
    : {
        (...values: Arguments<Values>): Promise<Result<R>>;
        (...values: Arguments<Others>): Promise<Result<Other>>;
      }
  : Single<T>;

type Single<T> = T extends (...values: infer Values) => infer R
  ? (...values: Arguments<Values>) => Promise<Result<Awaited<R>>>
  : never;

type Arguments<T> = { [I in keyof T]: Argument<T[I]> };

/** Matrices of the page are copied; other objects have to be of this worker. */
type Argument<T> = T extends Whole
  ? T
  : T extends sync.Matrix
    ? T | Matrix
    : T extends sync.Memory
      ? Memory
      : T extends sync.Optimizer
        ? Optimizer
        : T extends sync.Table
          ? Table
          : T extends sync.Recipe
            ? Recipe
            : { [Key in keyof T]: Argument<T[Key]> };

type Result<T> = T extends Whole
  ? T
  : T extends sync.Matrix
    ? Matrix
    : T extends sync.Encoder
      ? Encoder
      : T extends sync.Trainer
        ? Trainer
        : T extends sync.Index
          ? Index
          : T extends sync.Memory
            ? Memory
            : T extends sync.Optimizer
              ? Optimizer
              : T extends sync.Sampler
                ? Sampler
                : T extends sync.Table
                  ? Table
                  : T extends sync.Recipe
                    ? Recipe
                    : { [Key in keyof T]: Result<T[Key]> };

/** Has nothing inside that lives in the worker. */
type Whole =
  | (number | string | boolean | null | undefined)
  | (ArrayBufferView | ArrayBuffer | readonly unknown[])
  | ((...values: never) => unknown);

/** Functions whose results depend on their options, and those that a worker has otherwise or not. */
type Others = "marginLoss" | "indexedLoss" | "batchLoss" | "load" | "withScope";

export type Triplet = Omit<Remote<sync.Triplet>, typeof Symbol.asyncDispose | Others> & {
  marginLoss<R extends sync.Reduction = "mean", G extends boolean = true>(
    anchors: Argument<sync.MatrixLike>,
    positives: Argument<sync.MatrixLike>,
    negatives: Argument<sync.MatrixLike>,
    options?: Argument<sync.MarginLossOptions> & sync.Asked<R, G>,
  ): Promise<Result<sync.MarginLoss<R, G>>>;
  indexedLoss<R extends sync.Reduction = "mean", G extends boolean = true>(
    table: Argument<sync.MatrixLike>,
    indices: Parameters<sync.Triplet["indexedLoss"]>[1],
    options?: Argument<sync.IndexedLossOptions> & sync.Asked<R, G>,
  ): Promise<Result<sync.IndexedLoss<R, G>>>;
  batchLoss<R extends sync.Reduction = "mean", G extends boolean = true>(
    embeddings: Argument<sync.MatrixLike>,
    labels: Argument<sync.LabelsLike | sync.Relations>,
    options?: Argument<sync.BatchLossOptions> & sync.Asked<R, G>,
  ): Promise<Result<sync.BatchLoss<R, G>>>;
  /** Whatever `save` wrote. */
  load<Saved extends Trainer | Encoder | Optimizer = Trainer>(bytes: Uint8Array | ArrayBuffer): Promise<Saved>;
  /** Ends the worker; what is under way and what is called later is rejected with an error named "AbortError". */
  terminate(): void;
};

export interface LoadOptions extends sync.LoadOptions {
  /**
   * The worker to live in, in the place of a new one of the file beside this one: a Worker that runs
   * `triplet/worker-thread` and serves nobody else, or where that script is: a URL, its text, or a TrustedScriptURL. It
   * may be on another host that lets scripts import it. `terminate` ends the worker, as does a `signal` that is aborted
   * while it loads. When you end it yourself, what is under way is rejected with an error named "AbortError" where that
   * can be known: in Node.js, and where there are Web Locks (https and localhost), once `loadTriplet` has resolved.
   */
  worker?: { postMessage(message: unknown): void; terminate(): unknown } | URL | string | { toJSON(): string };
}

/** A new worker with an instance in it. Rejected when the worker's file, which lies beside this one, is not found. */
export declare function loadTriplet(options?: LoadOptions): Promise<Triplet>;
