// The opening's picture: three digits, the lines between them, the ring of the positive and the margin beyond it.
import { DIGITS, inkOf, ROLES, SIDE } from "../model/one.js";
import { svgElement } from "./icons.js";
import { boxAround, covered, freeAngle, freeSide, turn } from "./one_labels.js";

const OTHERS = ["negative", "positive"]; // the line of the positive lies over that of the negative
const KINDS = { hard: "hard", semihard: "semi-hard", easy: "easy" };
const DISC = 0.066; // radius, of the shorter side
const SMALLEST = 19; // px
const TOUCHED = 24; // px from the middle, at least, that take hold of a disc
const DESIGNED = 46; // the radius at which sizes below are as written
const ARROW = 50; // px for a slope of 1
const GLYPH = 0.58; // half a digit's side, of the radius

const short = (value) => Number(value.toFixed(1));
const along = ([x, y], angle, length) => [x + length * Math.cos(angle), y + length * Math.sin(angle)];
const angleOf = ([x, y]) => Math.atan2(y, x);
const circle = ([x, y], r) => `M${short(x - r)} ${short(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;

export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, String(typeof value === "number" ? short(value) : value));
  }
}

function made(parent, name, attributes = {}) {
  const child = svgElement(name, attributes);
  parent.append(child);
  return child;
}

function glyph(digit) {
  const group = svgElement("g", { class: "one-glyph" });
  inkOf(digit).forEach((ink, i) => {
    if (ink > 0) {
      const [x, y] = [(i % SIDE) - SIDE / 2, Math.floor(i / SIDE) - SIDE / 2];
      made(group, "rect", { x, y, width: 0.96, height: 0.96, rx: 0.14, "fill-opacity": ink ** 0.85 });
    }
  });
  return group;
}

function createDisc(parent, role) {
  const group = made(parent, "g", {
    class: `one-disc one-${role}`,
    "data-role": role,
    role: "button",
    tabindex: 0,
    "aria-roledescription": "point to drag",
  });
  const touched = made(group, "circle", { class: "one-touch" });
  const focus = made(group, "circle", { class: "one-focus" });
  const edge = made(group, "circle", { class: "one-edge" });
  const picture = glyph(DIGITS[role]);
  group.append(picture);
  return {
    group,
    place([x, y], radius, scale = 1) {
      const size = (2 * GLYPH * radius) / SIDE;
      set(touched, { r: Math.max(radius + 6, TOUCHED) });
      set(focus, { r: radius + 6 });
      set(edge, { r: radius });
      picture.setAttribute("transform", `scale(${size.toFixed(3)})`);
      group.setAttribute("transform", `translate(${short(x)} ${short(y)}) scale(${scale.toFixed(3)})`);
    },
  };
}

// An arrow as an outline, so that it has an edge of its own all around.
function arrowPath(from, angle, length, width) {
  const head = Math.min(length, 3.4 * width);
  const [tip, neck] = [along(from, angle, length), along(from, angle, length - head)];
  const across = (point, by) => along(point, angle + Math.PI / 2, by);
  const points = [
    ...[across(from, width / 2), across(neck, width / 2), across(neck, 1.45 * width), tip],
    ...[across(neck, -1.45 * width), across(neck, -width / 2), across(from, -width / 2)],
  ];
  return `M${points.map((point) => point.map(short).join(" ")).join("L")}z`;
}

/** @param {SVGSVGElement} svg */
export function createPlane(svg) {
  const size = { width: 1, height: 1, radius: SMALLEST, unit: 1, room: 0, top: 0 };
  const kept = { names: null, sides: {} }; // where words were, so that they do not jump

  const behind = made(svg, "g", { class: "one-behind" });
  const hardZone = made(behind, "path", { class: "one-zone-hard" });
  const band = made(behind, "path", { class: "one-band", "fill-rule": "evenodd" });
  const ring = made(behind, "circle", { class: "one-ring" });
  const outer = made(behind, "circle", { class: "one-outer" });
  const measure = made(behind, "path", { class: "one-measure" });
  const marginWord = made(behind, "text", { class: "one-word one-margin-word" });
  marginWord.textContent = "margin";
  const names = Object.fromEntries(
    Object.entries(KINDS).map(([kind, text]) => {
      const id = `one-arc-${kind}`;
      const arc = made(behind, "path", { id, fill: "none" });
      const word = made(behind, "text", { class: "one-kind", "text-anchor": "middle", "data-kind": kind });
      const onArc = made(word, "textPath", { href: `#${id}`, startOffset: "50%" });
      onArc.textContent = text;
      return [kind, { arc, word }];
    }),
  );
  const lines = Object.fromEntries(
    OTHERS.map((role) => [role, made(behind, "line", { class: `one-line one-${role}` })]),
  );
  const figures = Object.fromEntries(
    OTHERS.map((role) => [role, made(behind, "text", { class: `one-figure one-${role}`, "text-anchor": "middle" })]),
  );
  const arrows = Object.fromEntries(
    ROLES.map((role) => [role, made(behind, "path", { class: `one-arrow one-${role}` })]),
  );
  const discs = Object.fromEntries([...OTHERS, "anchor"].map((role) => [role, createDisc(svg, role)]));
  const front = made(svg, "g", { class: "one-front" });
  const roleWords = Object.fromEntries(
    ROLES.map((role) => {
      const word = made(front, "text", { class: `one-word one-role one-${role}` });
      word.textContent = role;
      return [role, word];
    }),
  );
  const hint = createHint(front);

  function drawRings({ at, pull, push }, kind, busy) {
    svg.setAttribute("data-kind", kind);
    set(hardZone, { d: circle(at.anchor, pull) });
    set(band, { d: circle(at.anchor, push) + circle(at.anchor, pull) });
    set(ring, { cx: at.anchor[0], cy: at.anchor[1], r: pull });
    set(outer, { cx: at.anchor[0], cy: at.anchor[1], r: push });

    const { unit, height, top } = size;
    const isIn = (angle) => {
      const y = along(at.anchor, angle, push + 26 * unit)[1];
      return y > top && y < height;
    };
    kept.names = freeAngle({ busy, fits: isIn, kept: kept.names });
    const text = Math.max(12, 14 * unit);
    const radii = { hard: pull - 1.4 * text, semihard: (pull + push - 0.7 * text) / 2, easy: push + 0.7 * text };
    const shown = { hard: pull > size.radius + 3 * text, semihard: push - pull > 2 * text, easy: true };
    const boxes = [];
    for (const [name, { arc, word }] of Object.entries(names)) {
      word.toggleAttribute("hidden", !shown[name]);
      word.classList.toggle("one-here", name === kind);
      const r = Math.max(1, radii[name]);
      const [from, to] = [-1.2, 1.2].map((by) => along(at.anchor, kept.names + by, r).map(short).join(" "));
      set(arc, { d: `M${from}A${short(r)} ${short(r)} 0 0 1 ${to}` });
      boxes.push(boxAround(along(at.anchor, kept.names, r), shown[name] ? 0.7 * name.length * text : 0, 2 * text));
    }
    drawMeasure({ at, pull, push }, [...busy, kept.names], boxes);
    return boxes;
  }

  // The margin, measured across the band beside the names.
  function drawMeasure({ at, pull, push }, busy, names) {
    const { unit } = size;
    const by = Math.min(0.75, (118 * unit) / push);
    const free = (angle) => Math.min(...busy.map((other) => turn(angle, other)));
    const angle = [kept.names - by, kept.names + by].reduce((a, b) => (free(b) > free(a) + 0.05 ? b : a));
    const [from, to] = [pull + 3, push - 3].map((r) => along(at.anchor, angle, r));
    const dot = ([x, y]) => circle([x, y], short(2.6 * Math.max(unit, 0.8)));
    const isShown = push - pull > 24 * unit && free(angle) > 0.2;
    set(measure, { d: isShown ? `M${from.map(short)}L${to.map(short)}${dot(from)}${dot(to)}` : "" });

    const [x, y] = along(at.anchor, angle, (pull + push) / 2);
    const side = angle < kept.names ? -1 : 1;
    const length = marginWord.getComputedTextLength();
    const end = side * (x - at.anchor[0]) + 16 * unit + length;
    const isIn = end < Math.sqrt(push ** 2 - (y - at.anchor[1]) ** 2);
    const box = boxAround([x + side * (11 * unit + length / 2), y], length, 14 * unit);
    marginWord.toggleAttribute("hidden", !isShown || !isIn || covered(box, names) > 0);
    set(marginWord, { x: x + side * 11 * unit, y: y + 5 * unit, "text-anchor": side < 0 ? "end" : "start" });
  }

  // Returns the boxes of the figures.
  function drawLines({ at, angles }, distances) {
    const { unit, radius } = size;
    const text = Math.max(14, 20 * unit);
    const boxes = [];
    const apart = turn(angles.positive, angles.negative);
    for (const role of OTHERS) {
      const [[x1, y1], [x2, y2]] = [at.anchor, at[role]];
      set(lines[role], { x1, y1, x2, y2 });

      // Between the lines, where no arrow is, unless there is no room.
      const other = angles[role === "positive" ? "negative" : "positive"];
      const inward = Math.sin(other - angles[role]) > 0 ? 1 : -1;
      const side = (apart < 0.7 ? -1 : 1) * inward;
      const normal = along([0, 0], angles[role] + (side * Math.PI) / 2, 1);
      const away = 1.2 * text * Math.abs(normal[0]) + 0.4 * text * Math.abs(normal[1]) + 8 * unit + 2;
      const [x, y] = [0, 1].map((axis) => (at.anchor[axis] + at[role][axis]) / 2 + away * normal[axis]);
      figures[role].textContent = distances[role].toFixed(2);
      const long = text * (2 * Math.abs(normal[1]) + 0.6 * Math.abs(normal[0])); // along the line
      const isShown = Math.hypot(x2 - x1, y2 - y1) > 2 * radius + long;
      figures[role].toggleAttribute("hidden", !isShown);
      set(figures[role], { x, y: y + 0.36 * text });
      isShown && boxes.push(boxAround([x, y], 2.4 * text, text));
    }
    return boxes;
  }

  function drawArrows({ at }, moves) {
    for (const role of ROLES) {
      const slope = Math.hypot(...moves[role]);
      const angle = angleOf(moves[role]);
      const start = along(at[role], angle, size.radius + 1);
      const length = ARROW * size.unit * slope;
      arrows[role].toggleAttribute("hidden", slope < 0.12);
      set(arrows[role], { d: arrowPath(start, angle, length, 5.5 * size.unit) });
    }
  }

  // Words beside their discs, clear of what is there. taken: boxes.
  function drawWords({ at }, lineAngles, taken) {
    const { unit, radius, width, height, top } = size;
    const text = Math.max(12, 13.5 * unit);
    const bounds = [0, top, width, height];
    const obstacles = [...taken];
    const put = (key, role, wide, high, gap) => {
      const others = ROLES.filter((other) => other !== role);
      const discs = others.map((other) => boxAround(at[other], 1.8 * radius, 1.8 * radius));
      const side = freeSide({
        ...{ at: at[role], radius: radius + gap, width: wide, height: high, busy: lineAngles[role], bounds },
        ...{ obstacles: [...obstacles, ...discs], kept: kept.sides[key] },
      });
      kept.sides[key] = side.name;
      obstacles.push(side.box);
      return side;
    };
    for (const role of ROLES) {
      const { at: place, anchor } = put(role, role, roleWords[role].getComputedTextLength(), text, 2);
      set(roleWords[role], { x: place[0], y: place[1] + 0.36 * text, "text-anchor": anchor });
    }
    if (hint.isShown) {
      const { box } = put("hint", "negative", hint.width(unit), hint.height(unit), 0);
      hint.place(box, unit);
    }
  }

  return {
    discs,
    size,
    hint,
    /** top: pixels that something else covers there. */
    resize(width, height, top) {
      const radius = Math.max(SMALLEST, DISC * Math.min(width, height - top));
      Object.assign(size, { width, height, top, radius, unit: radius / DESIGNED });
      size.room = 34 * Math.max(size.unit, 0.72);
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      svg.style.setProperty("--unit", `${size.unit.toFixed(3)}px`);
    },
    toPixels: ([x, y], frame) => [
      size.width / 2 + (x - frame.x) * frame.scale,
      (size.top + size.height) / 2 + (y - frame.y) * frame.scale,
    ],
    fromPixels: ([left, top], frame) => [
      frame.x + (left - size.width / 2) / frame.scale,
      frame.y + (top - (size.top + size.height) / 2) / frame.scale,
    ],
    // Where a disc is whole.
    kept: ([left, top]) => {
      const within = (value, from, to) => Math.min(Math.max(value, from + size.radius), to - size.radius);
      return [within(left, 0, size.width), within(top, size.top, size.height)];
    },
    draw({ places, seen, frame }) {
      const at = Object.fromEntries(ROLES.map((role) => [role, this.toPixels(places[role], frame)]));
      const angles = Object.fromEntries(
        OTHERS.map((role) => [role, angleOf([0, 1].map((axis) => at[role][axis] - at.anchor[axis]))]),
      );
      const [pull, push] = [seen.reach.pull, seen.reach.push].map((reach) => short(reach * frame.scale));
      const back = (role) => angles[role] + Math.PI;
      const moving = (role) => (Math.hypot(...seen.moves[role]) > 0 ? [angleOf(seen.moves[role])] : []);

      const names = drawRings({ at, pull, push }, seen.kind, [angles.positive, angles.negative]);
      const figures = drawLines({ at, angles }, seen.distances);
      drawArrows({ at }, seen.moves);
      for (const role of ROLES) {
        discs[role].place(at[role], size.radius);
        discs[role].group.setAttribute("aria-label", labelOf(role, seen.distances[role]));
      }
      const busy = {
        anchor: [angles.positive, angles.negative, ...moving("anchor")],
        positive: [back("positive"), ...moving("positive")],
        negative: [back("negative"), ...moving("negative")],
      };
      drawWords({ at }, busy, [...names, ...figures]);
      return at;
    },
  };
}

function labelOf(role, distance) {
  const what = { 3: "a three", 8: "an eight" }[DIGITS[role].label];
  const far = role === "anchor" ? "" : `, at a distance of ${distance.toFixed(2)} from the anchor`;
  return `${role[0].toUpperCase()}${role.slice(1)}, ${what}${far}`;
}

// Shown until the first drag.
function createHint(parent) {
  const group = made(parent, "g", { class: "one-hint" });
  const moving = made(group, "g");
  const back = made(moving, "rect");
  const word = made(moving, "text");
  word.textContent = "drag me";
  let isShown = true;
  return {
    get isShown() {
      return isShown;
    },
    width: (unit) => word.getComputedTextLength() + 26 * unit,
    height: (unit) => 28 * Math.max(unit, 0.85),
    place([left, top, right, bottom], unit) {
      const [width, height] = [right - left, bottom - top];
      set(back, { width, height, rx: height / 2 });
      set(word, { x: 13 * unit, y: height / 2 + 4.5 * Math.max(unit, 0.85) });
      set(group, { transform: `translate(${short(left)} ${short(top)})` });
    },
    hide() {
      isShown = false;
      group.remove();
    },
  };
}
