// Runs side by side in lockstep: all reach a step before any shows it and plays on, and they end when all have.
import { stepsPerSecond } from "./pace.js";

const EXCHANGE = 100; // ms from one common step to the next, at full speed
const FRAMES = 60; // common steps a second, at any other pace

const EVENTS = ["start", "state", "error"];

// Returns a function that releases the sessions.
export function keepInStep(sessions) {
  let stride = 1; // steps from one common step to the next
  let since = 0;

  function strideOf(pace, step) {
    const now = performance.now();
    const longer = Math.round((stride * EXCHANGE) / (now - since)) || 1;
    since = now;
    return pace < Infinity ? Math.ceil(stepsPerSecond(pace, step) / FRAMES) : Math.min(longer, 2 * stride);
  }

  function advance() {
    if (sessions.some(({ state }) => state.starting)) {
      return;
    }

    const going = sessions.filter(({ state }) => state.playing);
    const steps = going.map(({ arrived }) => arrived);
    const farthest = Math.max(...steps);
    if (steps.some((step) => step < farthest)) {
      going.forEach((session, i) => (session.limit = Math.min(steps[i] + stride, farthest)));
    } else if (going.every(({ hasEnded }) => hasEnded)) {
      going.forEach((session) => session.pause());
    } else if (going.some(({ limit }) => limit <= farthest)) {
      stride = strideOf(going[0].pace, farthest);
      going.forEach((session) => (session.limit = farthest + stride));
    }
  }

  // Only after all have been told what the visitor did: one that is paused after another would be sent on alone.
  const soon = () => queueMicrotask(advance);

  for (const session of sessions) {
    session.limit = session.arrived;
    EVENTS.forEach((event) => session.addEventListener(event, soon));
  }
  return () => {
    for (const session of sessions) {
      EVENTS.forEach((event) => session.removeEventListener(event, soon));
      session.limit = Infinity;
    }
  };
}
