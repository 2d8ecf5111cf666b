// How near a loss wants positives and how far it wants negatives, as distances that a picture can show.
import { lossOptions } from "./trainer_options.js";

// { pull, push }: as far as positives may be, and as far as negatives should be, which is one distance if the loss has
// no margin. distance: of the positive that an anchor is paired with, null without one; null if there is nothing to
// tell then.
export const reachOf = (triplet, settings, distance) => triplet.reach(lossOptions(settings), distance);

// Whether the loss is about the positive of a pairing, and not about distances of its own.
export const isRelative = (triplet, settings) => reachOf(triplet, settings, null) === null;
