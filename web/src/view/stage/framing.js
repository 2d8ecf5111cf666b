// What the camera is asked to frame: the points of a snapshot, no smaller than the loss means them to be, with the
// margin around a chosen anchor.
import { reachOf } from "../../model/reach.js";
import { isOfTriplets } from "../../model/trainer_options.js";
import { ringLines } from "./ring.js";

const AIMING = 60; // ms between two looks at where the points are
const LEAST = 0.2; // of the margin: half of the smallest frame

export class Framing {
  #due = 0;
  #aimed = ""; // what the frame was last made for
  #jumps = false; // another moment, of which the frame is taken at once
  #alone = true; // that moment is still shown: it is seen as if nothing had been before, so that links say what is seen
  #step = -1;

  // Another snapshot. goingOn: of a run that has only gone on since the last.
  renew({ step }, goingOn) {
    this.#aimed = "";
    this.#alone = !goingOn || (this.#alone && step === this.#step);
    this.#step = step;
    if (!goingOn) {
      this.#jumps = true;
      this.hurry();
    }
  }

  // The next look is at once.
  hurry() {
    this.#due = 0;
  }

  // Where the points are is asked now and then; the frame follows at every frame. room: in pixels.
  look({ triplet, snapshot, camera, marks, onSphere }, room, now) {
    const { anatomy } = marks;
    const wanted = [...Object.values(room), anatomy?.anchor, anatomy?.reach?.push, snapshot.step].join();
    if (now < this.#due || wanted === this.#aimed) {
      return;
    }
    const { dim, settings, positions } = snapshot;
    camera.aim({
      positions,
      dim,
      room,
      least: leastExtent(triplet, settings),
      onSphere,
      alone: this.#alone,
      around: anatomy?.reach && dim === 2 ? around(triplet, snapshot, anatomy) : null,
    });
    this.#aimed = wanted;
    this.#due = now + AIMING;
    if (this.#jumps) {
      camera.jump();
      this.#jumps = false;
    }
  }
}

// The circle about an anchor that its margin is within; null for rays, which end nowhere.
function around(triplet, { positions, settings }, { anchor, reach }) {
  const center = [positions[2 * anchor], positions[2 * anchor + 1], 0];
  const points = ringLines(triplet, center, reach.push, { settings, dim: 2 });
  if (settings.distance === "cosine" || points.length === 0) {
    return null;
  }
  const away = points.flat().map(([x, y]) => Math.hypot(x - center[0], y - center[1]));
  return { x: center[0], y: center[1], radius: Math.max(...away) };
}

// A part of what the loss keeps between positives and negatives; one that names nothing is taken for 1.
function leastExtent(triplet, settings) {
  const { pull, push } = reachOf(triplet, settings, 0);
  return LEAST * (isOfTriplets(settings) || push > pull ? push - pull : 1);
}
