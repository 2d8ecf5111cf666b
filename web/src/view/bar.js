// Provisional: play, step, scrub.
import { element } from "./dom.js";

export function createBar(root, page) {
  const play = element("button", { type: "button", id: "play", on: { click: () => page.toggle() } });
  const step = element("button", { type: "button", id: "step", textContent: "Step", on: { click: () => page.step() } });
  const scrub = element("input", { type: "range", id: "scrub", "aria-label": "Scrub through the run" });
  scrub.addEventListener("input", () => page.seek(Number(scrub.value)));
  const stepFigure = element("output", { "data-figure": "step" });
  root.append(play, step, scrub, stepFigure);
  Object.assign(root.style, { left: "16px", right: "16px", bottom: "16px", height: "64px", display: "flex" });
  return {
    show() {
      root.hidden = page.view.place !== "run";
      const { state } = page.session;
      play.textContent = page.playing ? "Pause" : "Play";
      play.setAttribute("aria-label", play.textContent);
      scrub.max = String(state.step);
      scrub.value = String(state.snapshot?.step ?? 0);
      stepFigure.textContent = String(state.snapshot?.step ?? "");
    },
  };
}
