// How near a loss wants positives and how far it wants negatives, as distances that a picture can show.

// From the distance of the positive that an anchor is paired with. pull: as far as positives may be; push: as far as
// negatives should be; they are one distance if the loss has no margin. base is a similarity where cosine measures.
const REACHES = {
  triplet: ({ margin }, distance) => ({ pull: distance, push: distance + margin }),
  contrastive: ({ positiveMargin, negativeMargin }) => ({ pull: positiveMargin, push: negativeMargin }),
  info_nce: (_, distance) => ({ pull: distance, push: distance }),
  sup_con: (_, distance) => ({ pull: distance, push: distance }),
  multi_similarity({ base, distance: measure }) {
    const at = measure === "cosine" ? 1 - base : base;
    return { pull: at, push: at };
  },
};

// Whether the loss is about the positive of a pairing, and not about distances of its own.
export const isRelative = ({ loss }) => REACHES[loss].length > 1;

// distance: null without a positive. Returns null if there is nothing to tell then.
export function reachOf(settings, distance) {
  return distance === null && isRelative(settings) ? null : REACHES[settings.loss](settings, distance);
}
