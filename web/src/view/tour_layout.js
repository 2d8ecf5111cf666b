// Where the tour's card goes, and the line from it to what it points at. Boxes: { left, top, right, bottom } in pixels.
const GAP = 28; // between the card and what it points at

export const boxOf = ({ left, top, width, height }) => ({ left, top, right: left + width, bottom: top + height });
export const grown = ({ left, top, right, bottom }, by) => ({
  left: left - by,
  top: top - by,
  right: right + by,
  bottom: bottom + by,
});
export const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
const holds = (area, box) =>
  box.left >= area.left && box.right <= area.right && box.top >= area.top && box.bottom <= area.bottom;
const clamp = (value, least, most) => Math.max(least, Math.min(value, most));

// The lower right corner of the area, where the eye has learned to look; if that would cover the hole, a place beside
// it.
export function placeCard({ width, height }, hole, area) {
  const at = (left, top) => boxOf({ left, top, width, height });
  const corner = at(area.right - width, area.bottom - height);
  if (!hole || !meet(corner, grown(hole, GAP - 1))) {
    return corner;
  }
  const across = clamp((hole.left + hole.right - width) / 2, area.left, area.right - width);
  const along = clamp((hole.top + hole.bottom - height) / 2, area.top, area.bottom - height);
  const beside = [
    at(corner.left, hole.top - GAP - height),
    at(hole.left - GAP - width, corner.top),
    at(across, hole.top - GAP - height),
    at(hole.left - GAP - width, along),
    at(hole.right + GAP, along),
    at(across, hole.bottom + GAP),
  ];
  return beside.find((box) => holds(area, box) && !meet(box, hole)) ?? corner;
}

// The shortest straight line between two boxes, upright or level where they face each other: [from, to], points [x, y].
// null if they meet.
export function lineBetween(card, hole) {
  if (meet(card, hole)) {
    return null;
  }
  const [x1, x2] = facing(card.left, card.right, hole.left, hole.right);
  const [y1, y2] = facing(card.top, card.bottom, hole.top, hole.bottom);
  return [
    [x1, y1],
    [x2, y2],
  ];
}

// Where two spans are nearest: in the middle of what they share.
function facing(from, to, otherFrom, otherTo) {
  const [start, end] = [Math.max(from, otherFrom), Math.min(to, otherTo)];
  if (start <= end) {
    return [(start + end) / 2, (start + end) / 2];
  }
  return from > otherTo ? [from, otherTo] : [to, otherFrom];
}
