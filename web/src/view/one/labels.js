// Where words find room in the opening's picture. Angles are in radians, clockwise from the right, as y grows downward.

export const turn = (angle, from) => Math.abs(Math.atan2(Math.sin(angle - from), Math.cos(angle - from)));
const freedom = (angle, busy) => Math.min(...busy.map((other) => turn(angle, other)));

const KEEP = 0.35; // by how much another place has to be better

const SIDES = [
  { name: "below", angle: Math.PI / 2, x: 0, y: 1, anchor: "middle", favour: 0.2 },
  { name: "above", angle: -Math.PI / 2, x: 0, y: -1, anchor: "middle", favour: 0.15 },
  { name: "right", angle: 0, x: 1, y: 0, anchor: "start", favour: 0 },
  { name: "left", angle: Math.PI, x: -1, y: 0, anchor: "end", favour: 0 },
];

/** A box around a middle, [left, top, right, bottom]. @param {number[]} middle */
export const boxAround = ([x, y], width, height) => [x - width / 2, y - height / 2, x + width / 2, y + height / 2];

/** How much of a box others cover, from 0 to 1 each. @param {number[]} box @param {number[][]} others */
export function covered([left, top, right, bottom], others) {
  /** @param {number[]} other */
  const shared = ([l, t, r, b]) =>
    Math.max(0, Math.min(right, r) - Math.max(left, l)) * Math.max(0, Math.min(bottom, b) - Math.max(top, t));
  return others.reduce((sum, other) => sum + shared(other) / ((right - left) * (bottom - top)), 0);
}

// The side of a disc on which a word of some width meets neither lines nor other things. busy: angles at which lines
// leave the disc; obstacles: boxes; bounds: the box of all words; kept: the name of the side where the word is now.
export function freeSide({ at, radius, width, height, busy, obstacles, bounds, kept = "" }) {
  const placed = SIDES.map((side) => {
    const away = radius + height / 2;
    const x = at[0] + side.x * away;
    const y = at[1] + side.y * (away + height / 2);
    const box = boxAround([x + (side.x * width) / 2, y], width, height);
    const score =
      Math.min(freedom(side.angle, busy), 1.2) +
      side.favour +
      (side.name === kept ? KEEP : 0) -
      2 * (1 - covered(box, [bounds])) -
      3 * covered(box, obstacles);
    return { ...side, at: [x, y], box, score };
  });
  return placed.reduce((best, side) => (side.score > best.score ? side : best));
}

// The angle on the upper half of a circle at which a word is farthest from all that is busy. fits(angle): whether it is
// in the picture there; kept: the angle where it is now.
export function freeAngle({ busy, fits, kept = null }) {
  const score = (angle) =>
    Math.min(freedom(angle, busy), 1.1) - 0.15 * Math.abs(angle + Math.PI / 2) - (fits(angle) ? 0 : 1);
  const angles = Array.from({ length: 29 }, (_, i) => -Math.PI / 2 + (i - 14) * 0.08);
  const best = angles.reduce((a, b) => (score(b) > score(a) ? b : a));
  return kept !== null && score(kept) + KEEP / 2 > score(best) ? kept : best;
}
