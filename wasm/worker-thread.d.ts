/**
 * The script of a worker that `loadTriplet({ worker })` of `triplet/worker` takes: it serves the page, or the thread,
 * that has started it, and exports nothing.
 */
export {};
