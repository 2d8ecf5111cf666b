// The camera: what it frames, how it turns and follows, and what zooming and panning keep in place.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Camera, panned, rotated, VIEW, zoomed } from "../../../web/src/view/stage/camera.js";

const ROOM = { left: 100, top: 50, width: 800, height: 400 };
const LOOKING = { ...VIEW, yaw: 0.6, pitch: 0.4 };

// A seeded cloud, `wide` x `tall`, turned by an angle.
function cloud(n, { wide, tall, angle = 0, seed = 7 }) {
  let state = seed;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
  return Float32Array.from({ length: 2 * n }).map((_, i, all) => {
    if (i % 2 === 0) {
      const [u, v] = [wide * random(), tall * random()];
      all[i + 1] = Math.sin(angle) * u + Math.cos(angle) * v;
      return Math.cos(angle) * u - Math.sin(angle) * v;
    }
    return all[i];
  });
}

function looking(positions, { dim = 2, view = LOOKING, camera = new Camera(), ...how } = {}) {
  camera.aim({ positions, dim, room: ROOM, least: 0, ...how });
  camera.follow({ room: ROOM, view, elapsed: 16, still: true });
  return camera;
}

function pixels(camera, positions, dim = 2) {
  const n = positions.length / dim;
  const [x, y, depth] = [0, 0, 0].map(() => new Float32Array(n));
  camera.projectAll(positions, dim, { x, y, depth });
  return Array.from({ length: n }, (_, i) => [x[i], y[i], depth[i]]);
}

function isInside([x, y], slack = 0) {
  const [right, bottom] = [ROOM.left + ROOM.width, ROOM.top + ROOM.height];
  return x >= ROOM.left - slack && x <= right + slack && y >= ROOM.top - slack && y <= bottom + slack;
}

test("points fill the room, never stretched, however they lie", () => {
  for (const angle of [0, 0.4, 1.2, Math.PI / 2, 2.9]) {
    const positions = cloud(3000, { wide: 4, tall: 2, angle });
    const camera = looking(positions);
    const seen = pixels(camera, positions);
    const spread = (axis) => Math.max(...seen.map((one) => one[axis])) - Math.min(...seen.map((one) => one[axis]));
    assert.ok(spread(0) > 0.85 * ROOM.width && spread(1) > 0.8 * ROOM.height, `${angle}: ${spread(0)} x ${spread(1)}`);

    const project = camera.projection(2);
    const [origin, right, up] = [project(0, 0), project(1, 0), project(0, 1)];
    const length = ([x, y]) => Math.hypot(x - origin[0], y - origin[1]);
    assert.ok(Math.abs(length(right) - length(up)) < 1e-6 && Math.abs(length(right) - camera.scale) < 1e-6);
  }
});

test("99 of 100 points are in the room, and strays do not shrink the rest", () => {
  const positions = cloud(2000, { wide: 2, tall: 2 });
  positions.set([1000, -1000, 500, 800], 0);
  const seen = pixels(looking(positions), positions);
  const inside = seen.filter((place) => isInside(place)).length;
  assert.ok(inside >= 0.98 * 2000 && inside < 2000, String(inside));
  assert.ok(!isInside(seen[0]));
});

test("a small frame is no smaller than asked for, so that a collapse looks like one", () => {
  const positions = cloud(500, { wide: 1e-6, tall: 1e-6 });
  const seen = pixels(looking(positions, { least: 0.5 }), positions);
  assert.ok(seen.every(([x, y]) => Math.hypot(x - seen[0][0], y - seen[0][1]) < 0.1));
});

test("it turns only where that is worth it, and calmly", () => {
  const lying = cloud(1000, { wide: 4, tall: 2 });
  const tilted = cloud(1000, { wide: 4, tall: 2, angle: 0.03 });
  const standing = cloud(1000, { wide: 4, tall: 2, angle: Math.PI / 2 });
  const directionOf = (camera) => {
    const project = camera.projection(2);
    const [[x0, y0], [x1, y1]] = [project(0, 0), project(1, 0)];
    return Math.atan2(y1 - y0, x1 - x0);
  };
  const camera = looking(lying);
  const before = directionOf(camera);
  for (let look = 0; look < 10; look++) {
    looking(tilted, { camera });
  }
  assert.ok(Math.abs(directionOf(camera) - before) < 1e-9, "a little tilt is left as it is");

  for (let look = 0; look < 10; look++) {
    camera.aim({ positions: standing, dim: 2, room: ROOM, least: 0 });
  }
  camera.follow({ room: ROOM, view: LOOKING, elapsed: 16 });
  const step = Math.abs(directionOf(camera) - before);
  assert.ok(step > 0 && step < 0.05, `one frame turns by ${step}`);
  for (let i = 0; i < 400; i++) {
    camera.follow({ room: ROOM, view: LOOKING, elapsed: 16 });
  }
  const turned = Math.abs(Math.cos(directionOf(camera) - before));
  assert.ok(turned < 0.1, "in the end it is turned by a quarter");
});

test("it comes to where it was told to look, and stands still there", () => {
  const positions = cloud(1000, { wide: 4, tall: 2, angle: 1.2 });
  const camera = looking(cloud(1000, { wide: 2, tall: 4 }));
  assert.ok(camera.arrived);
  const view = { ...LOOKING, zoom: 3, x: 0.2 };
  camera.aim({ positions, dim: 2, room: ROOM, least: 0, alone: true });
  let frames = 0;
  do {
    camera.follow({ room: ROOM, view, elapsed: 16 });
    frames++;
  } while (!camera.arrived && frames < 2000);
  assert.ok(frames > 100 && frames < 1000, `after ${frames} frames`);
  const there = pixels(camera, positions);
  camera.follow({ room: ROOM, view, elapsed: 16 });
  assert.deepEqual(pixels(camera, positions), there);
  assert.deepEqual(pixels(looking(positions, { view, alone: true }), positions), there);
});

test("a picture alone is turned the same, whatever was before it", () => {
  const room = { left: 0, top: 0, width: 500, height: 480 };
  const picture = cloud(1000, { wide: 4, tall: 3.6, angle: 1.1 });
  const seenAfter = (angles) => {
    const camera = new Camera();
    for (const angle of angles) {
      camera.aim({ positions: cloud(1000, { wide: 4, tall: 1, angle }), dim: 2, room, least: 0 });
      camera.follow({ room, view: LOOKING, elapsed: 16, still: true });
    }
    camera.aim({ positions: picture, dim: 2, room, least: 0, alone: true });
    camera.jump();
    camera.follow({ room, view: LOOKING, elapsed: 16, still: true });
    return pixels(camera, picture);
  };
  const opened = seenAfter([]);
  for (const way of [[0], [0.7], [2.5, 0.2], Array.from({ length: 60 }, (_, i) => i / 5)]) {
    const farthest = Math.max(...seenAfter(way).map(([x, y], i) => Math.hypot(x - opened[i][0], y - opened[i][1])));
    assert.ok(farthest < 1e-2, `after ${way}: ${farthest} pixels`);
  }
});

test("a jump takes the frame at once, but the turn stays calm", () => {
  const camera = looking(cloud(1000, { wide: 4, tall: 2 }));
  const far = cloud(1000, { wide: 40, tall: 20 }).map((value) => value + 100);
  camera.aim({ positions: far, dim: 2, room: ROOM, least: 0 });
  camera.jump();
  camera.follow({ room: ROOM, view: LOOKING, elapsed: 16 });
  const inside = pixels(camera, far).filter((place) => isInside(place)).length;
  assert.ok(inside > 970, String(inside));
});

test("zooming keeps what is under the pointer, panning moves by pixels", () => {
  const positions = cloud(500, { wide: 3, tall: 2 });
  const camera = looking(positions);
  const [x, y] = pixels(camera, positions)[5];
  const at = [x - camera.middle[0], y - camera.middle[1]];
  let view = LOOKING;
  for (const factor of [1.5, 3, 0.7, 2]) {
    view = { ...view, ...zoomed(view, factor, at, camera.half) };
    looking(positions, { camera, view });
    const [nowX, nowY] = pixels(camera, positions)[5];
    assert.ok(Math.hypot(nowX - x, nowY - y) < 1e-2, `${factor}: ${nowX - x} ${nowY - y}`);
  }
  view = { ...view, ...panned(view, 30, -12, camera.half) };
  looking(positions, { camera, view });
  const [nowX, nowY] = pixels(camera, positions)[5];
  assert.ok(Math.hypot(nowX - x - 30, nowY - y + 12) < 1e-2);
  assert.equal(zoomed(view, 1e9).zoom, 40);
});

test("in space near points are in front, and rotating a whole turn changes nothing", () => {
  const positions = new Float32Array([0, 0, 1, 0, 0, -1, 1, 0, 0, 0, 1, 0]);
  const front = { ...VIEW, yaw: 0, pitch: 0 };
  const camera = looking(positions, { dim: 3, view: front });
  const seen = pixels(camera, positions, 3);
  assert.ok(seen[0][2] > seen[1][2]);
  assert.ok(Math.hypot(seen[0][0] - seen[1][0], seen[0][1] - seen[1][1]) < 1e-3);
  assert.ok(seen[2][0] > seen[0][0] && seen[3][1] < seen[0][1], "x to the right, y up");

  const { yaw, pitch } = rotated({ yaw: 3, pitch: 1.5 }, 2 * Math.PI, 1);
  assert.ok(Math.abs(yaw - 3) < 1e-9 && pitch === Math.PI / 2);
});

test("the circle around an anchor is seen whole where there is room", () => {
  const positions = cloud(1000, { wide: 4, tall: 2 });
  const around = { x: -1.8, y: 0.9, radius: 0.5 };
  const camera = looking(positions, { around });
  const project = camera.projection(2);
  for (let angle = 0; angle < 6.28; angle += 0.1) {
    const place = project(around.x + around.radius * Math.cos(angle), around.y + around.radius * Math.sin(angle));
    assert.ok(isInside(place, 1), `${angle}: ${place}`);
  }
});
