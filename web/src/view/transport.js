// Play, pause, step, reset, speed, and a slider back through the run.
import { count } from "../model/words.js";
import { element, formatNumber } from "./dom.js";

const SPEEDS = [1, 2, 5, 10, 30, 60, 120, 300, Infinity];
const speedText = (speed) => (speed === Infinity ? "full speed" : `${speed} steps/s`);

// act: { toggle(), step(), reset(), speed(value), seek(step) }.
export function createTransport(root, act) {
  const button = (label, text, run, properties) =>
    element("button", {
      type: "button",
      textContent: text,
      "aria-label": label,
      title: label,
      on: { click: run },
      ...properties,
    });
  const play = button("Pause", "❚❚", act.toggle, { className: "primary", id: "play" });

  const back = element("input", {
    type: "range",
    id: "scrub",
    min: 0,
    max: 0,
    value: 0,
    "aria-label": "Scrub through the run",
  });
  back.addEventListener("input", () => act.seek(Number(back.value)));

  const pace = element("input", {
    type: "range",
    id: "speed",
    min: 0,
    max: SPEEDS.length - 1,
    "aria-label": "Speed",
  });
  pace.addEventListener("input", () => act.speed(SPEEDS[pace.value]));

  const step = element("output", { className: "step" });
  const rate = element("output", { className: "rate" });
  root.append(
    play,
    button("One step", "❚▶", act.step, { id: "step" }),
    button("Back to step 0", "↺", act.reset, { id: "reset" }),
    step,
    back,
    element("span", { className: "pace" }, pace, rate),
  );
  return {
    show({ playing, replaying, live, snapshot, stepsPerSecond, speed, step: newest }) {
      const running = playing || replaying;
      play.textContent = running ? "❚❚" : "▶";
      play.setAttribute("aria-label", running ? "Pause" : "Play");
      play.title = running ? "Pause" : "Play";

      back.max = newest;
      if (document.activeElement !== back || live) {
        back.value = snapshot?.step ?? 0;
      }
      step.textContent = `step ${count(snapshot?.step ?? 0)}`;

      pace.value = SPEEDS.indexOf(speed);
      pace.setAttribute("aria-valuetext", speedText(speed));
      const measured = speed === Infinity && playing && stepsPerSecond !== null;
      rate.textContent = measured ? `${formatNumber(Math.round(stepsPerSecond))} steps/s` : speedText(speed);
    },
  };
}
