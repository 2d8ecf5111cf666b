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

// The side of a disc on which a word of some width meets no line. busy: angles at which lines leave the disc; bounds:
// of all words; taken: names of sides; kept: the name of the side where the word is now.
export function freeSide({ at, radius, width, height, busy, bounds, taken = [], kept = "" }) {
  const gap = height / 2;
  const placed = SIDES.map((side) => {
    const x = at[0] + side.x * (radius + gap);
    const y = at[1] + side.y * (radius + gap + height / 2);
    const left = x - { start: 0, middle: width / 2, end: width }[side.anchor];
    const isIn =
      left >= 0 && left + width <= bounds.width && y - height / 2 >= bounds.top && y + height / 2 <= bounds.height;
    const score =
      Math.min(freedom(side.angle, busy), 1.2) +
      side.favour +
      (side.name === kept ? KEEP : 0) -
      (isIn ? 0 : 2) -
      (taken.includes(side.name) ? 4 : 0);
    return { ...side, at: [x, y], score };
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
