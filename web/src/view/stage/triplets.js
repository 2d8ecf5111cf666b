// Triplets on the picture, as lines that pull and push and discs at their ends: those that count most, or the one of
// the chosen anchor. Both return their discs, which are drawn last: { row, colour, radius, strength }.
import { pickRows } from "../../model/rows.js";
import { isOfTriplets, measureOptions } from "../../model/trainer_options.js";
import { nearestNegative } from "./rings.js";

// Of the disc of an anchor among several, in whole CSS pixels.
export const discRadius = ({ width, height }) =>
  Math.round(0.68 * Math.min(Math.max(0.031 * Math.sqrt(width * height), 14), 28));

// Returns a function that tells whether the discs of a triplet keep clear of those of others.
export function haveRoom(places, room, ratio) {
  const clear = 2.4 * discRadius(room) * ratio;
  const ends = ({ anchor, positive, negative }) => [anchor, positive, negative].filter((row) => row >= 0);
  return (one, others) =>
    others.every((other) =>
      ends(one).every((row) => ends(other).every((end) => places.apart(row, end) > clear)),
    );
}

export function drawForces(forces, picture) {
  const { strokes, places, colours, room } = picture;
  const { pull, push, ink } = colours;
  const lineTo = (from, to, style) => to >= 0 && strokes.line(places.at(from), places.at(to), style);
  for (const { anchor, positive, negative, strength } of forces) {
    const from = pusher({ anchor, positive, negative }, picture);
    lineTo(from, negative, { colour: push, width: 3.2, style: "dashed", strength });
    lineTo(anchor, positive, { colour: pull, width: 3.4, strength });
  }

  const radius = discRadius(room);
  const disc = (row, colour, strength, size = 0.82) => ({ row, colour, strength, radius: Math.round(radius * size) });
  return forces
    .flatMap(({ anchor, positive, negative, strength }) => [
      disc(positive, pull, strength),
      disc(negative, push, strength),
      disc(anchor, ink, strength, 1),
    ])
    .filter(({ row }) => row >= 0);
}

// The row from which the negative is measured: from the positive, if the swap does.
function pusher({ anchor, positive, negative }, { triplet, snapshot, shown }) {
  const { dim, settings } = snapshot;
  if (!(isOfTriplets(settings) && settings.swap && positive >= 0 && negative >= 0)) {
    return anchor;
  }
  const [from, to] = [[anchor, positive], [negative]].map((rows) => pickRows(shown, dim, rows));
  const measure = { ...measureOptions(settings), nonfinite: "allow" };
  const [ofAnchor, ofPositive] = triplet.distances(from, to, measure).data;
  return ofPositive < ofAnchor ? positive : anchor;
}

export function drawAnatomy(anatomy, { strokes, places, colours, room }) {
  const { pull, push, ink } = colours;
  const radius = Math.round(discRadius(room) * 1.2);
  const negative = nearestNegative(anatomy);
  const small = { radius: Math.round(radius * 0.8) };
  const from = places.at(anatomy.anchor);
  const discs = [{ row: anatomy.anchor, colour: ink, radius }];
  if (anatomy.positive !== null) {
    strokes.line(from, places.at(anatomy.positive), { colour: pull, width: 4 });
    discs.unshift({ row: anatomy.positive, colour: pull, ...small });
  }
  if (negative !== null) {
    strokes.line(from, places.at(negative), { colour: push, width: 4, style: "dashed" });
    discs.unshift({ row: negative, colour: push, ...small });
  }
  return discs;
}
