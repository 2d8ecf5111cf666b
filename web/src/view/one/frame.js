// Which part of the plane the opening shows: always the rings and the three points, moving no more than that takes.

const WIDTH = 5.5; // of the plane at least, in both directions
const LARGEST = 4; // a ring farther out may be cut
const SETTLING = 110; // ms

export const fresh = () => ({ x: 0, y: 0, scale: 0 });

function boxOf(places, push, border) {
  const [x, y] = places.anchor;
  const reach = Math.min(push, LARGEST);
  const points = Object.values(places);
  const side = (axis, at) => [
    Math.min(at - reach, ...points.map((point) => point[axis] - border)),
    Math.max(at + reach, ...points.map((point) => point[axis] + border)),
  ];
  return [side(0, x), side(1, y)];
}

// The nearest middle from which what is seen takes in a stretch.
function middle(now, stretch, seen) {
  const [from, to] = stretch;
  const [least, most] = [to - seen / 2, from + seen / 2];
  return least > most ? (from + to) / 2 : Math.min(Math.max(now, least), most);
}

// frame: the present one, { x, y } of its middle and pixels a unit; top: pixels that are covered there; room: that are
// kept free on all sides.
export function framing(frame, { width, height, top, room }, { places, push, radius }) {
  const [w, h] = [width - 2 * room, height - top - 2 * room];
  const least = Math.min(w, h) / WIDTH;
  const [across, down] = boxOf(places, push, radius / (frame.scale || least));
  const scale = Math.max(1, Math.min(least, w / (across[1] - across[0]), h / (down[1] - down[0])));
  return { scale, x: middle(frame.x, across, w / scale), y: middle(frame.y, down, h / scale) };
}

// A step of `passed` ms from one frame toward another; the other itself once they look the same.
export function toward(frame, aim, passed) {
  const share = 1 - Math.exp(-passed / SETTLING);
  const near = Math.hypot(frame.x - aim.x, frame.y - aim.y) * aim.scale + Math.abs(frame.scale - aim.scale);
  return near < 0.3
    ? aim
    : {
        x: frame.x + share * (aim.x - frame.x),
        y: frame.y + share * (aim.y - frame.y),
        scale: frame.scale * (aim.scale / frame.scale) ** share,
      };
}
