// The opening: one triplet to drag, its loss as a picture, a formula and a ruler, and the way to all digits.
import { look, One, ROLES } from "../../model/one.js";
import "../../style/one.css";
import { stillness } from "../dom.js";
import { fly } from "./flight.js";
import { framing, fresh, toward } from "./frame.js";
import { bindDiscs, bindMargin } from "./hands.js";
import { createPlane } from "./plane.js";
import { createRuler } from "./ruler.js";
import { createWords } from "./words.js";

const GLIDE = 360; // ms, of a step
const STILL = 600; // between two steps without motion
const SHADE = 10; // px below the header in which it fades
const RESTING = 300; // until the link follows

// Draws a triplet, on its way from step to step, in frames of its own.
function createPicture(one, words, triplet) {
  const plane = createPlane(words.plane);
  const ruler = createRuler(words.ruler);
  let frame = fresh();
  let glide = null; // { from, start, duration }: the points are on their way from there to where they are
  let isHeld = false;
  let asked = 0;
  let last = 0;
  let drawn = null;

  function shownAt(now) {
    const t = glide ? Math.min(1, (now - glide.start) / glide.duration) : 1;
    if (t === 1 || stillness.matches) {
      return { t, places: one.places, seen: one.seen };
    }
    const left = one.playing ? 1 - t : (1 - t) ** 3;
    const between = (role) => one.places[role].map((to, axis) => to + left * (glide.from[role][axis] - to));
    const places = Object.fromEntries(ROLES.map((role) => [role, between(role)]));
    return { t, places, seen: look(triplet, places, one.margin) };
  }

  // Whether the frame is still on its way.
  function moveFrame(now, { places, seen }) {
    const aim = framing(frame, plane.size, { places, push: seen.reach.push, radius: plane.size.radius });
    if (!isHeld) {
      const jumps = frame.scale === 0 || stillness.matches;
      frame = jumps ? aim : toward(frame, aim, Math.min(50, now - last));
    }
    return !isHeld && frame !== aim;
  }

  function draw(now) {
    asked = 0;
    const { t, places, seen } = shownAt(now);
    const isMoving = moveFrame(now, { places, seen });
    last = now;
    drawn = plane.draw({ places, seen, frame });
    ruler.draw(seen);
    words.draw(one, seen);

    if (t === 1) {
      glide = null;
      one.playing && picture.glideFrom(() => one.step());
    }
    if (glide || isMoving) {
      ask();
    }
  }

  function ask() {
    asked ||= requestAnimationFrame(draw);
  }

  const picture = {
    plane,
    ask,
    get moves() {
      return asked > 0;
    },
    get drawn() {
      return drawn;
    },
    /** change: of the places, which is shown as a way. */
    glideFrom(change) {
      plane.hint.hide();
      const now = performance.now();
      const { places } = shownAt(now);
      change();
      glide = { from: places, start: now, duration: stillness.matches ? STILL : GLIDE };
      ask();
    },
    held(held) {
      isHeld = held;
      glide = null;
      plane.hint.hide();
      ask();
    },
    pixels: {
      to: (place) => plane.toPixels(place, frame),
      from: (at) => plane.fromPixels(plane.kept(at), frame),
    },
    stop() {
      cancelAnimationFrame(asked);
      asked = 0;
      glide = null;
    },
    resize() {
      const { width, height, top } = words.plane.getBoundingClientRect();
      if (width > 0) {
        const covered = document.getElementById("header").getBoundingClientRect().bottom + SHADE - top;
        plane.resize(width, height, Math.max(0, covered));
        ruler.resize(words.ruler.getBoundingClientRect().width);
        frame = fresh();
        ask();
      }
    },
  };
  return picture;
}

function bindButtons({ play, step }, one, picture) {
  const takeStep = () => picture.glideFrom(() => one.step());
  play.addEventListener("click", () => {
    if (one.playing) {
      one.pause();
    } else if (one.canStep) {
      one.play();
      takeStep();
    } else {
      picture.glideFrom(() => one.restart());
    }
  });
  step.addEventListener("click", () => {
    one.pause();
    takeStep();
  });
}

// stage: where the run is pictured.
export function createOne(root, page, stage) {
  const one = new One(page.triplet);
  const words = createWords();
  root.append(...words.parts);
  const picture = createPicture(one, words, page.triplet);
  bindButtons(words, one, picture);
  bindDiscs(words.plane, one, { grabbed: picture.held, pixels: picture.pixels });
  bindMargin(words.margin, one);

  let linked = ""; // the text of the link that is shown
  let resting = 0;
  let isLeaving = false;
  one.addEventListener("change", () => {
    picture.ask();
    clearTimeout(resting);
    resting = setTimeout(tellPage, RESTING);
  });

  function tellPage() {
    resting = 0;
    const text = one.encode();
    if (text !== linked) {
      linked = text;
      page.one = text || null;
      page.view.place === "one" && page.look({});
    }
  }

  function show() {
    if ((page.one ?? "") !== linked) {
      linked = page.one ?? "";
      one.decode(linked);
    }
    const isHidden = page.view.place !== "one" && !isLeaving;
    if (isHidden !== root.hidden) {
      root.hidden = isHidden;
      isHidden ? (one.pause(), picture.stop()) : picture.resize();
    }
  }

  // The three fly to their own rows of the run's first picture, which waits for them.
  async function leave(to = stage) {
    if (root.hidden || isLeaving || stillness.matches || !picture.drawn) {
      show();
      return;
    }
    const waits = page.playing;
    waits && page.pause();
    one.pause();
    picture.stop();
    isLeaving = true;
    root.classList.add("one-leaving");
    const { left, top } = words.plane.getBoundingClientRect();
    await fly({ plane: picture.plane, from: picture.drawn, origin: [left, top], stage: to });
    isLeaving = false;
    root.classList.remove("one-leaving");
    show();
    waits && page.view.place === "run" && page.play();
  }

  words.all.addEventListener("click", () => {
    page.go("run");
    leave();
  });
  words.skip.addEventListener("click", () => page.go("run"));
  new ResizeObserver(picture.resize).observe(root);
  return {
    get busy() {
      return picture.moves || resting > 0 || isLeaving;
    },
    show,
    leave,
  };
}
