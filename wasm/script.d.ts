/**
 * The package as a classic script, for `<script src>` and `importScripts`. All it does is to set one global, with what
 * the package exports and, as `triplet.worker`, the `loadTriplet` of `triplet/worker`.
 */
declare global {
  var triplet: typeof import("./index.js") & { worker: Pick<typeof import("./worker.js"), "loadTriplet"> };
}
export {};
