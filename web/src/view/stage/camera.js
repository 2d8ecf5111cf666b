// From the embedding's coordinates to pixels. The camera frames the points so that they fill the room there is: it
// turns a plane so that it does, never stretches, and follows calmly. The visitor zooms, pans and, in three dimensions,
// rotates; what they ask for is the page's view: { zoom, x, y, yaw, pitch }, where x and y are of the frame's larger
// half.
const KEPT = 0.99; // share of the points in the frame
const SAMPLE = 1024; // points that a frame is measured by
const FILLED = 0.97; // of the room
const WORTH_A_TURN = 1.12; // times larger that a turn must make the picture
const TURNS = 12; // that are tried
const TRIED = 300; // points that they are tried on
const TRIAL = 6; // looks at the points from one trial to the next
const GLIDE = 220; // ms
const TURN = 900; // ms
const ASKED = 70; // ms, for what the visitor asks for
const VISIBLE = 1 / 20; // pixels
const TINY = 1e-4;
const [MIN_ZOOM, MAX_ZOOM] = [0.5, 40];

// ---- what the visitor asks for --------------------------------------------------------------------------------------

export const VIEW = { zoom: 1, x: 0, y: 0 }; // everything in the frame

// `at`: pixels from the middle of the room that stay where they are; half: the frame's larger half in pixels.
export function zoomed({ zoom, x, y }, factor, at = [0, 0], half = 1) {
  const next = Math.min(Math.max(zoom * factor, MIN_ZOOM), MAX_ZOOM);
  const kept = (shift, from) => shift + from * (1 / next - 1 / zoom);
  return { zoom: next, x: kept(x, at[0] / half), y: kept(y, at[1] / half) };
}

export const panned = ({ zoom, x, y }, dx, dy, half) => ({ x: x + dx / (zoom * half), y: y + dy / (zoom * half) });

export function rotated({ yaw, pitch }, byYaw, byPitch) {
  const whole = 2 * Math.PI;
  return {
    yaw: ((((yaw + byYaw + Math.PI) % whole) + whole) % whole) - Math.PI,
    pitch: Math.min(Math.max(pitch + byPitch, -Math.PI / 2), Math.PI / 2),
  };
}

// ---- the camera -----------------------------------------------------------------------------------------------------

// All is in the pixels of `room`: { left, top, width, height }.
export class Camera {
  #target = null; // the frame: { x, y, z, turn, half, scale, depth }, half: its larger half
  #frame = null; // on its way there
  #room = null; // its middle, on its way, too
  #looks = 0; // at a plane
  #asked = null; // what is seen of the visitor's view: { zoom, x, y, yaw, pitch }

  arrived = false; // where it was told to look

  // The next frame is taken at once, as that of other points.
  restart() {
    this.#looks = 0;
    this.#target = this.#frame = null;
  }

  // The next frame is taken at once, but turned calmly, the shorter way.
  jump() {
    if (this.#target) {
      const { turn } = this.#target;
      this.#frame = { ...this.#target, turn: nearestTurn(this.#frame?.turn ?? turn, turn, 2 * Math.PI) };
    }
  }

  get framed() {
    return this.#frame !== null;
  }

  // Looks at points: dim of them in a row; least: half the smallest frame, so that a collapse looks like one; onSphere:
  // they lie on the unit sphere, all of which is shown; around: { x, y, radius } that should be seen whole if it can;
  // turns: whether a plane may be turned; alone: it is turned as these points ask for, however it was turned before.
  aim({ positions, dim, room, least, onSphere = false, around = null, turns = true, alone = false }) {
    const points = sampled(positions, dim);
    const smallest = Math.max(least, TINY);
    if (onSphere || dim === 3) {
      const ball = onSphere ? { x: 0, y: 0, z: 0, half: 1.04 } : ballOf(points, smallest);
      const scale = (FILLED * Math.min(room.width, room.height)) / (2 * ball.half);
      this.#target = { ...ball, turn: 0, scale, depth: ball.half };
    } else {
      const frame = turns ? this.#plane(points, { room, least: smallest, alone }) : frameOf(points, 0, room, smallest);
      this.#target = withAround(frame, around, room);
    }
  }

  // The plane, turned from where it was if that is worth it; alone: from the axis of its points.
  #plane(points, { room, least, alone }) {
    const before = alone ? undefined : this.#target?.turn;
    const kept = frameOf(points, before ?? principalTurn(points), room, least);
    if (before !== undefined && this.#looks++ % TRIAL !== 0) {
      return kept;
    }
    const wanted = frameOf(points, nearestTurn(bestTurn(points, room, least), kept.turn), room, least);
    return wanted.scale > kept.scale * WORTH_A_TURN ? wanted : kept;
  }

  // elapsed: ms since the last call; still: nothing glides; held: the visitor's hand is on the picture. It ends where
  // it was told to, once that looks the same.
  follow({ room, view, elapsed, still = false, held = false }) {
    const middle = { x: room.left + room.width / 2, y: room.top + room.height / 2 };
    const share = (time) => (still ? 1 : 1 - Math.exp(-elapsed / time));
    this.#frame ??= { ...this.#target };
    this.#room ??= middle;
    const from = this.#frame;
    const to = this.#target;
    const near = share(GLIDE);
    for (const key of ["x", "y", "z", "half", "depth"]) {
      from[key] += (to[key] - from[key]) * near;
    }
    from.scale *= (to.scale / from.scale) ** near;
    from.turn += (to.turn - from.turn) * share(TURN);
    this.#room = toward(this.#room, middle, near);
    this.#ask(view, held ? 1 : share(ASKED));

    const { zoom, x, y, yaw, pitch } = view;
    const end = { frame: to, room: middle, asked: { zoom, x, y, yaw, pitch } };
    const left = extents(end);
    this.arrived = extents(this.#now).every((value, i) => Math.abs(value - left[i]) < VISIBLE);
    if (this.arrived) {
      [this.#frame, this.#room, this.#asked] = [{ ...to }, middle, end.asked];
    }
  }

  get #now() {
    return { frame: this.#frame, room: this.#room, asked: this.#asked };
  }

  // Zoom and shift move in proportion, so that what is under the pointer stays there.
  #ask({ zoom, x, y, yaw, pitch }, share) {
    const to = { zoom, x: zoom * x, y: zoom * y };
    const seen = this.#asked;
    const from = seen ? { zoom: seen.zoom, x: seen.zoom * seen.x, y: seen.zoom * seen.y } : to;
    const now = toward(from, to, share);
    this.#asked = { zoom: now.zoom, x: now.x / now.zoom, y: now.y / now.zoom, yaw, pitch };
  }

  // Where it looks from, to tell whether it has moved, to what can be seen; and to the bit where it has arrived.
  get pose() {
    const { yaw, pitch } = this.#asked;
    return [...extents(this.#now).map((value) => Math.round(value / VISIBLE)), yaw, pitch, this.arrived].join();
  }

  get zoom() {
    return this.#asked?.zoom ?? 1;
  }

  // Pixels per unit.
  get scale() {
    return this.#frame.scale * this.zoom;
  }

  // Pixels of the frame's larger half, before any zoom.
  get half() {
    return this.#frame.half * this.#frame.scale;
  }

  // The middle of the room, in pixels.
  get middle() {
    return [this.#room.x, this.#room.y];
  }

  // Pixels are sums x' = ax x + ay y + az z + left, and so for y' and depth (-1 far .. 1 near): the rows of a matrix.
  #matrix(dim) {
    const { x, y, z, turn, half, scale: unzoomed, depth } = this.#frame;
    const { zoom, x: panX, y: panY, yaw, pitch } = this.#asked;
    const scale = unzoomed * zoom;
    const turned = (angle) => [Math.sin(angle), Math.cos(angle)];
    const [[sint, cost], [siny, cosy], [sinp, cosp]] = [turn, yaw, pitch].map(turned);
    const flat = [
      [scale * cost, scale * sint, 0],
      [scale * sint, -scale * cost, 0],
      [0, 0, 0],
    ];
    const rotated = [
      [scale * cosy, 0, scale * siny],
      [-scale * sinp * siny, -scale * cosp, scale * sinp * cosy],
      [(-cosp * siny) / depth, sinp / depth, (cosp * cosy) / depth],
    ];
    const middle = [this.#room.x + panX * half * scale, this.#room.y + panY * half * scale, 0];
    return (dim === 2 ? flat : rotated).map((row, i) => [...row, middle[i] - row[0] * x - row[1] * y - row[2] * z]);
  }

  // Returns a function (x, y, z) -> [pixel x, pixel y].
  projection(dim) {
    const [across, down] = this.#matrix(dim);
    const along = (row, x, y, z) => row[0] * x + row[1] * y + row[2] * z + row[3];
    return (x, y, z = 0) => /** @type {[number, number]} */ ([along(across, x, y, z), along(down, x, y, z)]);
  }

  // Writes the pixels x, y and the depths of all positions.
  projectAll(positions, dim, { x: toX, y: toY, depth: toDepth }) {
    const [[xx, xy, xz, x0], [yx, yy, yz, y0], [dx, dy, dz, d0]] = this.#matrix(dim);
    for (let row = 0, i = 0; i < positions.length; row++, i += dim) {
      const x = positions[i];
      const y = positions[i + 1];
      const z = dim === 3 ? positions[i + 2] : 0;
      toX[row] = xx * x + xy * y + xz * z + x0;
      toY[row] = yx * x + yy * y + yz * z + y0;
      toDepth[row] = dx * x + dy * y + dz * z + d0;
    }
  }
}

// What sets two pictures of the same points apart, but for yaw and pitch, in pixels.
function extents({ frame: { x, y, z, scale, half, turn }, room, asked }) {
  const unit = scale * asked.zoom;
  const sizes = [1, asked.x, asked.y, turn].map((value) => value * half * unit);
  return [room.x, room.y, ...[x, y, z].map((value) => value * unit), ...sizes];
}

const toward = (from, to, share) =>
  Object.fromEntries(Object.keys(to).map((key) => [key, from[key] + (to[key] - from[key]) * share]));

// ---- frames ---------------------------------------------------------------------------------------------------------

// At most SAMPLE of the points that are finite, as [x, y, z] each.
function sampled(positions, dim) {
  const step = Math.max(1, Math.floor(positions.length / dim / SAMPLE)) * dim;
  const points = [];
  for (let i = 0; i < positions.length; i += step) {
    const point = [positions[i], positions[i + 1], dim === 3 ? positions[i + 2] : 0];
    if (point.every(Number.isFinite)) {
      points.push(point);
    }
  }
  return points;
}

const meanOf = (points, axis) => points.reduce((sum, point) => sum + point[axis], 0) / (points.length || 1);

// The angle of the axis along which points spread the most, -pi/2 .. pi/2.
function principalTurn(points) {
  const [meanX, meanY] = [meanOf(points, 0), meanOf(points, 1)];
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
    yy += (y - meanY) ** 2;
  }
  return Math.atan2(2 * xy, xx - yy) / 2;
}

// The turn by which the points fill the room best: that of the axis along which they spread the most, or one beside it.
function bestTurn(points, room, least) {
  const some = points.filter((_, i) => i % Math.ceil(points.length / TRIED) === 0);
  const first = principalTurn(points);
  const tried = Array.from({ length: TURNS }, (_, i) => frameOf(some, first + (i * Math.PI) / TURNS, room, least));
  return tried.reduce((best, frame) => (frame.scale > best.scale * 1.001 ? frame : best)).turn;
}

// The angle nearest to another of those that are `whole` apart: a picture that is turned by half has the same frame.
const nearestTurn = (angle, to, whole = Math.PI) => angle - whole * Math.round((angle - to) / whole);

// The ends of the middle KEPT of values.
function extentOf(values) {
  const sorted = Float64Array.from(values).sort();
  const cut = Math.floor(((1 - KEPT) / 2) * sorted.length);
  return sorted.length > 0 ? [sorted[cut], sorted[sorted.length - 1 - cut]] : [0, 0];
}

// The frame of points in a plane that is turned so far.
function frameOf(points, turn, room, least) {
  const [sine, cosine] = [Math.sin(turn), Math.cos(turn)];
  const [left, right] = extentOf(points.map(([x, y]) => cosine * x + sine * y));
  const [low, high] = extentOf(points.map(([x, y]) => cosine * y - sine * x));
  const [u, v] = [(left + right) / 2, (low + high) / 2];
  const [wide, tall] = [right - left, high - low].map((length) => Math.max(length / 2, least));
  return {
    x: cosine * u - sine * v,
    y: sine * u + cosine * v,
    z: 0,
    turn,
    half: Math.max(wide, tall),
    scale: (FILLED / 2) * Math.min(room.width / wide, room.height / tall),
    depth: 1,
  };
}

function ballOf(points, least) {
  const [x, y, z] = [0, 1, 2].map((axis) => meanOf(points, axis));
  const [, farthest] = extentOf(points.map((point) => Math.hypot(point[0] - x, point[1] - y, point[2] - z)));
  return { x, y, z, half: Math.max(0.84 * farthest, least) }; // few points are at the corners of the view

}

// Moved so far that a circle is seen whole, and if the room is too small for it, a fifth smaller at most.
function withAround(frame, around, room) {
  if (!around) {
    return frame;
  }
  const { turn, half } = frame;
  const fitting = (FILLED * Math.min(room.width, room.height)) / (2 * around.radius);
  const scale = Math.min(frame.scale, Math.max(fitting, frame.scale * 0.8));
  const [sine, cosine] = [Math.sin(turn), Math.cos(turn)];
  const [dx, dy] = [around.x - frame.x, around.y - frame.y];
  const shift = (apart, side) => {
    const free = side / (2 * scale) - around.radius; // how far from the middle the circle may be
    return apart - Math.min(Math.max(apart, -Math.max(free, 0)), Math.max(free, 0));
  };
  const [u, v] = [shift(cosine * dx + sine * dy, room.width), shift(cosine * dy - sine * dx, room.height)];
  return { ...frame, x: frame.x + cosine * u - sine * v, y: frame.y + sine * u + cosine * v, half, scale };
}
