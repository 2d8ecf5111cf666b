// From the embedding's coordinates to pixels. The frame follows the points calmly: it moves only when they leave it or
// fill too little of it, and then glides. The visitor can zoom, pan and, in three dimensions, rotate.
const PADDING = 1.16; // of the frame around the points
const TOO_SMALL = 0.62; // a share of the frame: move closer
const GLIDE = 260; // ms
const HURRY = 80; // ms, towards points that are out of sight
const WIDE = 3.2;
const TINY = 1e-4;
const MAX_ZOOM = 40;

export class Camera {
  yaw = 0.6;
  pitch = 0.4;
  zoom = 1;
  shift = [0, 0]; // in units of the embedding, on the screen
  #target = null;
  #frame = null; // { x, y, z, halfWidth, halfHeight }

  // The next frame is taken without gliding.
  restart() {
    this.#target = this.#frame = null;
  }

  reset() {
    this.zoom = 1;
    this.shift = [0, 0];
  }

  zoomBy(factor) {
    this.zoom = Math.min(Math.max(this.zoom * factor, 0.25), MAX_ZOOM);
  }

  rotate(yaw, pitch) {
    const whole = 2 * Math.PI;
    this.yaw = ((((this.yaw + yaw + Math.PI) % whole) + whole) % whole) - Math.PI;
    this.pitch = Math.min(Math.max(this.pitch + pitch, -Math.PI / 2), Math.PI / 2);
  }

  // positions: what to show; least: half the smallest frame, so that a collapse looks like one; elapsed: ms since the
  // last call; still: no gliding.
  follow({ positions, dim, normalized, least, elapsed, still }) {
    const box = normalized ? UNIT : boxOf(positions, dim, Math.max(least, TINY));
    if (!this.#target || needsNewFrame(this.#target, box)) {
      this.#target = { ...box, halfWidth: box.halfWidth * PADDING, halfHeight: box.halfHeight * PADDING };
    }
    this.#frame ??= { ...this.#target };
    const share = still ? 1 : 1 - Math.exp(-elapsed / (isOutside(this.#frame, box) ? HURRY : GLIDE));
    for (const key of Object.keys(this.#target)) {
      this.#frame[key] += (this.#target[key] - this.#frame[key]) * share;
    }
  }

  // Where it looks from, to tell whether it has moved.
  get pose() {
    return [this.yaw, this.pitch, this.zoom, ...this.shift, ...Object.values(this.#frame)].join();
  }

  // Pixels per unit.
  scale(width, height) {
    const { halfWidth, halfHeight } = this.#frame;
    return 0.44 * this.zoom * Math.min(width / halfWidth, height / halfHeight);
  }

  // Pixels are sums x' = left + ax x + ay y + az z, and so for y' and depth (-1 far .. 1 near): the rows of a matrix.
  #matrix(dim, width, height) {
    const { x, y, z, halfWidth } = this.#frame;
    const scale = this.scale(width, height);
    const [siny, cosy, sinp, cosp] = [
      Math.sin(this.yaw),
      Math.cos(this.yaw),
      Math.sin(this.pitch),
      Math.cos(this.pitch),
    ];
    const flat = [
      [scale, 0, 0],
      [0, -scale, 0],
      [0, 0, 0],
    ];
    const rotated = [
      [scale * cosy, 0, scale * siny],
      [-scale * sinp * siny, -scale * cosp, scale * sinp * cosy],
      [(-cosp * siny) / halfWidth, sinp / halfWidth, (cosp * cosy) / halfWidth],
    ];
    const middle = [width / 2 + this.shift[0] * scale, height / 2 + this.shift[1] * scale, 0];
    return (dim === 2 ? flat : rotated).map((row, i) => [...row, middle[i] - row[0] * x - row[1] * y - row[2] * z]);
  }

  // Returns a function (x, y, z) -> [pixel x, pixel y].
  projection(dim, width, height) {
    const [across, down] = this.#matrix(dim, width, height);
    return (x, y, z) => [across, down].map((row) => row[0] * x + row[1] * y + row[2] * z + row[3]);
  }

  // Writes the pixels x, y and the depths of all positions.
  projectAll(positions, dim, { width, height }, { x: toX, y: toY, depth: toDepth }) {
    const [[xx, xy, xz, x0], [yx, yy, yz, y0], [dx, dy, dz, d0]] = this.#matrix(dim, width, height);
    for (let row = 0, i = 0; i < positions.length; row++, i += dim) {
      const [x, y, z] = [positions[i], positions[i + 1], dim === 3 ? positions[i + 2] : 0];
      toX[row] = xx * x + xy * y + xz * z + x0;
      toY[row] = yx * x + yy * y + yz * z + y0;
      toDepth[row] = dx * x + dy * y + dz * z + d0;
    }
  }
}

const UNIT = { x: 0, y: 0, z: 0, halfWidth: 1, halfHeight: 1 };

// The frame of the points: a rectangle in the plane, in space a ball that looks the same from every side.
function boxOf(positions, dim, least) {
  const middle = [0, 0, 0];
  const half = [0, 0, 0];
  for (let axis = 0; axis < dim; axis++) {
    const [low, high] = extent(positions, axis, dim);
    if (Number.isFinite(low + high)) {
      middle[axis] = (low + high) / 2;
      half[axis] = (high - low) / 2;
    }
  }
  const ball = Math.max(Math.hypot(...half) * 0.85, least);
  const [halfWidth, halfHeight] = dim === 2 ? [Math.max(half[0], least), Math.max(half[1], least)] : [ball, ball];
  return { x: middle[0], y: middle[1], z: middle[2], halfWidth, halfHeight };
}

// From minimum to maximum, without what lies beyond WIDE deviations: one stray point must not shrink the rest.
function extent(positions, axis, dim) {
  let [low, high, sum, squares] = [Infinity, -Infinity, 0, 0];
  for (let i = axis; i < positions.length; i += dim) {
    const value = positions[i];
    low = value < low ? value : low;
    high = value > high ? value : high;
    sum += value;
    squares += value * value;
  }
  const mean = (sum * dim) / positions.length;
  const reach = WIDE * Math.sqrt(Math.max((squares * dim) / positions.length - mean * mean, 0));
  return [Math.max(low, mean - reach), Math.min(high, mean + reach)];
}

const isOutside = (frame, box) =>
  Math.abs(box.x - frame.x) + box.halfWidth > frame.halfWidth ||
  Math.abs(box.y - frame.y) + box.halfHeight > frame.halfHeight;

function needsNewFrame(frame, box) {
  const deeper = Math.abs(box.z - frame.z) > frame.halfWidth / 2;
  const filled = Math.max(box.halfWidth / frame.halfWidth, box.halfHeight / frame.halfHeight);
  return isOutside(frame, box) || deeper || filled < TOO_SMALL;
}
