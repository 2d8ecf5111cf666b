// What the gradient does to the rows of the batch, as arrows against it.
const LONGEST = 0.12; // of the room
const LEAST = 1 / 50; // of the longest, that is drawn

export function drawGradient({ snapshot, shown, camera, strokes, places, colours, ratio, room }) {
  const { batch, gradient, dim } = snapshot;
  const norms = Array.from(batch, (_, i) => Math.hypot(...gradient.subarray(i * dim, (i + 1) * dim)));
  const longest = norms.reduce((most, norm) => Math.max(most, norm), 0);
  if (!(longest > 0) || !Number.isFinite(longest)) {
    return;
  }

  const project = camera.projection(dim);
  const unit = (LONGEST * Math.min(room.width, room.height) * ratio) / (longest * camera.scale);
  const arrows = Array.from(batch.keys())
    .filter((i) => norms[i] >= longest * LEAST)
    .flatMap((i) => {
      const at = (axis) => shown[batch[i] * dim + axis] - unit * gradient[i * dim + axis];
      return arrow(places.at(batch[i]), project(at(0), at(1), dim === 3 ? at(2) : 0), 5 * ratio);
    });
  strokes.path(arrows, { colour: colours.ink, width: 1.6, halo: 2.4 });
}

// The strokes of an arrow.
function arrow(from, to, head) {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const barb = (side) => [to[0] + head * Math.cos(angle + side), to[1] + head * Math.sin(angle + side)];
  return [
    [from, to],
    [barb(2.6), to, barb(-2.6)],
  ];
}
