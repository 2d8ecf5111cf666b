// The same picture in a canvas of any size with a title, from any snapshot: for files and the frames of an animation.
import { colours } from "../theme.js";
import { Scene } from "./scene.js";

const SIDE = 720; // CSS pixels that the smaller side stands for, so that dots and words keep their proportions
const EDGE = 28;
const FRAME = 80; // ms between two frames, for the camera
const TITLE = { size: 28, line: 34, small: 17, family: 'system-ui, "Segoe UI", Roboto, Arial, sans-serif' };

// Returns draw(snapshot) -> the canvas. title: lines, the first of which is large; view: of the page.
/** @param {{ width?: number, height?: number, title?: string, view?: any }} size */
export function createFilm(triplet, session, size) {
  const { width = 1080, height = width, title = "", view } = size;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const unit = Math.min(width, height) / SIDE;
  const lines = title.split("\n").filter(Boolean);
  const above = lines.length > 0 ? EDGE + TITLE.line * lines.length : 0;
  const scene = new Scene(canvas, triplet);
  scene.show({ dataset: session.dataset, heldOut: session.heldOut });
  scene.recolour(colours());
  scene.resize(unit);
  scene.view = { ...view, zoom: 1, x: 0, y: 0 };
  scene.room = {
    left: EDGE,
    top: above + EDGE,
    width: width / unit - 2 * EDGE,
    height: height / unit - above - 2 * EDGE,
  };

  let frame = 0;
  return (snapshot) => {
    const now = 1000 + FRAME * frame;
    scene.move(snapshot, { goingOn: frame > 0, glides: false, now });
    scene.draw(now);
    frame++;
    write(canvas.getContext("2d"), lines, unit);
    return canvas;
  };
}

function write(context, lines, unit) {
  const { ink, ink2, paper } = colours();
  lines.forEach((line, i) => {
    const size = i === 0 ? TITLE.size : TITLE.small;
    context.font = `${i === 0 ? 680 : 400} ${size * unit}px ${TITLE.family}`;
    Object.assign(context, { textAlign: "left", textBaseline: "alphabetic", lineJoin: "round", strokeStyle: paper });
    context.lineWidth = 5 * unit;
    context.fillStyle = i === 0 ? ink : ink2;
    const [x, y] = [EDGE * unit, (EDGE + TITLE.line * (i + 0.7)) * unit];
    context.strokeText(line, x, y);
    context.fillText(line, x, y);
  });
}
