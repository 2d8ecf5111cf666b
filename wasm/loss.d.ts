/**
 * The losses, mining, distances, search and verification of the package, in half its size: without what trains,
 * evaluates, draws and reads files. What is here is as it is there.
 */
import type { Field, LoadOptions, Triplet as Whole } from "./index.js";

export { OutOfMemoryError } from "./index.js";
export type { LoadOptions, Progress, Field } from "./index.js";
export type { Rows, Matrix, MatrixLike, IntegersLike, NumbersLike, Label, LabelsLike, Relations } from "./index.js";
export type { Reduction, Convention, Distance, Nonfinite, Loss, Mining, Positives, Negatives } from "./index.js";
export type { Fallback, MarginLossOptions, MarginLoss, IndexedLossOptions, IndexedLoss } from "./index.js";
export type { BatchLossOptions, BatchLoss, Stats, MineOptions, Triplets, MemoryOptions, Memory } from "./index.js";
export type { DistancesOptions, NearestOptions, VerifyOptions, VerifyPairsOptions, Verification } from "./index.js";

type Losses = "marginLoss" | "indexedLoss" | "batchLoss" | "mine";
type Search = "distances" | "nearest" | "verify" | "verifyPairs";

/** The functions of one instance, with a memory of its own. */
export interface Triplet extends Pick<Whole, "version" | "matrix" | "memory" | "withScope" | Losses | Search> {
  /** The names of the functions that take options; or what the options of one are. */
  schema(): string[];
  schema(name: "memory" | Losses | Search): Field[];
}

/** A new instance. Finds its own WebAssembly; the build without SIMD is loaded only where SIMD is missing. */
export declare function loadTriplet(options?: LoadOptions): Promise<Triplet>;
