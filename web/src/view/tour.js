// The tour's card, and a scrim over the page with a hole round the one thing that it points at.
import { thinned } from "../model/figures.js";
import { steps, Tour } from "../model/tour.js";
import "../style/tour.css";
import { element, stillness } from "./dom.js";
import { svgElement } from "./icons.js";
import { boxOf, grown, lineBetween, meet, placeCard } from "./tour_layout.js";
import { remember, remembered } from "./tour_memory.js";

const AROUND = 5; // pixels between what is pointed at and the edge of the hole
const SAMPLES = 120; // of the small curve

export function createTour(root, page, stage) {
  const tour = new Tour(page, () => stillness.matches);
  // At once, so that a tour which begins right after another has ended is not taken for its next step.
  const go = (number) => {
    tour.go(number);
    show();
  };
  const button = (className, textContent, run) =>
    element("button", { type: "button", className, textContent, on: { click: run } });

  const dots = element("span", { className: "dots", "aria-hidden": "true" }, ...steps.map(() => element("i")));
  const where = element("span", { className: "of" });
  const title = element("h2", { id: "tour-title", tabIndex: -1 });
  const text = element("div", { className: "text" });
  const chart = createChart();
  const progress = element("progress", { max: 1, "aria-label": "Training until there is something to see" });
  const action = button("action", "", () => tour.act());
  const resume = button("plain", "", () => go(resumable));
  const back = button("plain", "← Back", () => go(tour.number - 1));
  const next = button("primary", "", () => go(tour.number + 1));
  const card = element(
    "section",
    { className: "card", role: "dialog", "aria-labelledby": title.id, "data-inset": "right" },
    element("div", { className: "head" }, dots, where, button("plain skip-tour", "Skip", () => go(0))),
    element("div", { className: "body" }, title, text, chart.root, progress, action),
    element("div", { className: "foot" }, back, resume, next),
  );
  const hole = element("div", { className: "hole" });
  const line = svgElement("line", {});
  const pointer = svgElement("svg", { class: "pointer", "aria-hidden": "true" });
  pointer.append(line);
  root.append(hole, pointer, card);

  let shown = 0; // the number of the step
  let before = null; // what had the focus
  let resumable = 0; // the step to go on with, as it was when the tour began

  card.addEventListener("keydown", ({ key }) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (by && steps[tour.number + by - 1]) {
      go(tour.number + by);
    }
  });
  document.addEventListener("keydown", (event) => {
    const isOurs = tour.number > 0 && page.view.panel === "" && !document.querySelector("dialog[open], :popover-open");
    if (event.key === "Escape" && isOurs && !event.defaultPrevented) {
      go(0);
    }
  });
  addEventListener("resize", () => point());

  function enter() {
    const { step, number } = tour;
    if (shown === 0) {
      before = document.activeElement;
      resumable = number === 1 ? remembered() : 0;
    }
    shown = number;
    if (!step) {
      card.contains(document.activeElement) && before?.isConnected && before.focus({ preventScroll: true });
      return;
    }
    remember(number);
    root.dataset.tone = step.tone;
    title.textContent = step.title;
    where.textContent = `${number} of ${steps.length}`;
    dots.childNodes.forEach((dot, i) => /** @type {any} */ (dot).classList.toggle("on", i === number - 1));
    back.hidden = number === 1;
    resume.hidden = resumable < 2 || number > 1;
    resume.textContent = `Resume at ${resumable}`;
    resume.title = `Resume the tour: ${steps[Math.max(resumable, 1) - 1].name}`;
    next.textContent = number < steps.length ? `Next: ${steps[number].name}` : "End the tour";
    text.replaceChildren();
    requestAnimationFrame(() => title.focus({ preventScroll: true }));
  }

  function tell() {
    const { step, sentences, progress: share, isSettled } = tour;
    const paragraphs = sentences.map((parts) => JSON.stringify(parts));
    while (text.childElementCount > paragraphs.length) {
      text.lastChild.remove();
    }
    sentences.forEach((parts, i) => {
      const place = /** @type {HTMLElement} */ (text.children[i] ?? text.appendChild(element("p")));
      if (place.dataset.parts !== paragraphs[i]) {
        place.dataset.parts = paragraphs[i];
        place.replaceChildren(...parts.map(written));
      }
    });
    progress.hidden = isSettled || share >= 1;
    progress.value = share;
    action.hidden = !step.action || !isSettled || step.action.isDone(page);
    action.textContent = step.action?.label ?? "";
    chart.show(step.chart ? page.session.state.record : null, page.session.state.snapshot?.step ?? 0);
  }

  // Moves card, hole and line; nothing is pointed at while the picture moves.
  function point() {
    if (root.hidden || !tour.step) {
      return;
    }
    const window = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    const isTold = tour.isSettled && page.view.panel === "";
    const area = areaOf();
    const target = isTold ? targetOf(tour.step.target, page, stage, pictureOf(area, card)) : null;
    const found = target && grown(target.box, target.isRound ? 0 : AROUND);
    const visible = found && meet(found, window) ? clipped(found, grown(window, -3)) : null;
    const { width, height } = card.getBoundingClientRect();
    const place = placeCard({ width, height }, visible, area);
    card.style.left = `${Math.round(place.left)}px`;
    card.style.top = `${Math.round(place.top)}px`;

    root.classList.toggle("pointing", visible !== null);
    const drawn = visible && lineBetween(place, visible);
    pointer.toggleAttribute("hidden", !drawn);
    if (visible) {
      Object.assign(hole.style, {
        left: `${visible.left}px`,
        top: `${visible.top}px`,
        width: `${visible.right - visible.left}px`,
        height: `${visible.bottom - visible.top}px`,
        borderRadius: target.isRound ? "50%" : "",
      });
    }
    if (drawn) {
      const [[x1, y1], [x2, y2]] = drawn;
      Object.entries({ x1, y1, x2, y2 }).forEach(([name, value]) => line.setAttribute(name, String(value)));
    }
  }

  function show() {
    tour.follow();
    root.hidden = tour.number === 0;
    if (tour.number !== shown) {
      enter();
    }
    if (tour.step) {
      tell();
      point();
    }
  }

  return { period: 100, show };
}

const written = (part) => (part.figure ? element("b", { textContent: part.figure }) : part);

// Where the card may be: between header and bar, and beside what stands at the right edge, where there is room.
function areaOf() {
  const gap = innerWidth <= 640 || innerHeight <= 480 ? 8 : 16;
  const edge = (id, side) => document.getElementById(id).getBoundingClientRect()[side];
  const lefts = ["drawer", "settings-tab"].map((id) => edge(id, "left")).filter((left) => left > innerWidth / 2);
  return {
    left: gap,
    top: edge("header", "bottom") + 4,
    right: (innerWidth > 640 ? Math.min(innerWidth, ...lefts) : innerWidth) - gap,
    bottom: Math.min(...["bar", "card"].map((id) => edge(id, "top") || innerHeight)) - gap,
  };
}

// Where the picture is seen beside the card, or above it.
function pictureOf(area, card) {
  const { width, height } = card.getBoundingClientRect();
  const isSheet = width > 0.6 * innerWidth;
  return isSheet ? { ...area, bottom: area.bottom - height } : { ...area, right: area.right - width };
}

// { box, isRound } of what a step points at, in the window; null if it is not there.
function targetOf(target, page, stage, area) {
  if (target === "triplet") {
    return tripletOf(page, stage, area);
  }
  if (target === "ring") {
    return ringOf(page, stage, area);
  }
  const found = document.querySelector(target);
  const box = found?.getBoundingClientRect();
  return box?.width > 0 ? { box: boxOf(box), isRound: false } : null;
}

// The ends of a triplet that is drawn: of those the one nearest to the middle of the room.
function tripletOf({ session, selected }, stage, area) {
  const { scene } = stage.panes[selected];
  const anchors = new Set(session.state.snapshot.forces.filter((_, i) => i % 3 === 0));
  const drawn = [...anchors].map((row) => scene.forceOf(row)).filter(Boolean);
  const away = ({ left, right, top, bottom }) =>
    Math.hypot((left + right - area.left - area.right) / 2, (top + bottom - area.top - area.bottom) / 2);
  const boxes = drawn
    .map(({ anchor, positive, negative }) => around([anchor, positive, negative].map((row) => stage.placeOf(row))))
    .sort((one, other) => away(one) - away(other));
  return boxes.length > 0 ? { box: boxes[0], isRound: false } : null;
}

const ROUND = 24; // pixels about a place: the picture that is drawn there
function around(places) {
  const [x, y] = [0, 1].map((axis) => places.map((place) => place[axis]));
  return grown({ left: Math.min(...x), top: Math.min(...y), right: Math.max(...x), bottom: Math.max(...y) }, ROUND);
}

// The anchor with its ring and the band beyond it, as far as there is room.
function ringOf(page, stage, area) {
  const seen = page.anatomy();
  const [anchor, positive] = seen ? [seen.anchor, seen.positive].map((row) => row !== null && stage.placeOf(row)) : [];
  if (!anchor || !positive || !seen.reach) {
    return null;
  }
  const [x, y] = anchor;
  const radius = Math.hypot(positive[0] - x, positive[1] - y) * (seen.reach.push / seen.distance) + 12;
  const room = Math.min(x - area.left, area.right - x, y - area.top, area.bottom - y);
  const outer = Math.max(48, Math.min(radius, room));
  return { box: { left: x - outer, top: y - outer, right: x + outer, bottom: y + outer }, isRound: true };
}

const clipped = (box, area) => ({
  left: Math.max(box.left, area.left),
  top: Math.max(box.top, area.top),
  right: Math.min(box.right, area.right),
  bottom: Math.min(box.bottom, area.bottom),
});

// The share of triplets that had a loss, of every step so far.
function createChart() {
  const [width, height] = [320, 56];
  const area = svgElement("path", { class: "area" });
  const curve = svgElement("path", { class: "curve" });
  const dot = svgElement("circle", { r: 4 });
  const svg = svgElement("svg", { viewBox: `-2 -6 ${width + 8} ${height + 8}`, "aria-hidden": "true" });
  svg.append(area, curve, dot);
  const from = element("span", { textContent: "active triplets" });
  const until = element("span");
  const caption = element("figcaption", {}, from, until);
  const root = element("figure", { className: "curve-of-active", hidden: true }, caption);
  root.prepend(svg);

  return {
    root,
    show(record, step) {
      const known = Math.min(step, record?.steps ?? 0);
      root.hidden = known < 2;
      if (root.hidden) {
        return;
      }
      const points = thinned(record.active, known, SAMPLES).map(({ step: at, value }) => [
        (width * (at - 1)) / (known - 1),
        height * (1 - value),
      ]);
      const path = `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;
      curve.setAttribute("d", path);
      area.setAttribute("d", `${path}L${points.at(-1)[0]} ${height}L0 ${height}Z`);
      dot.setAttribute("cx", String(points.at(-1)[0]));
      dot.setAttribute("cy", String(points.at(-1)[1]));
      until.textContent = `step ${known}`;
    },
  };
}
