// The run in words, for those who do not see it: at once when something happens, seldom while it goes on.
import { formatNumber, percent } from "./dom.js";

const PERIOD = 12000; // ms between two reports of a run that goes on

export function createSummary(root) {
  let last = { key: "", time: -Infinity };
  return {
    show({ state, heldOut, dataset }, anatomy) {
      const { snapshot, playing, collapsed } = state;
      if (!snapshot) {
        return;
      }
      const key = JSON.stringify([playing, collapsed, anatomy?.anchor, dataset.title, playing ? 0 : snapshot.step]);
      const now = performance.now();
      if (key === last.key && now - last.time < PERIOD) {
        return;
      }
      if (key === last.key && !playing) {
        return;
      }
      last = { key, time: now };
      const parts = [
        `${dataset.title}, ${playing ? "training" : "paused"} at step ${snapshot.step}.`,
        (snapshot.step
          ? `Loss ${formatNumber(snapshot.loss)}, ${percent(snapshot.activeShare)} of the triplets active, `
          : "") +
          `${percent(snapshot.recallAt1)} of ${heldOut.includes(1) ? "held-out rows" : "rows"} ` +
          "have a nearest neighbour of their own class.",
        collapsed ? "The embedding has collapsed onto one point." : "",
        anatomy
          ? `Anchor row ${anatomy.anchor + 1}, class ${dataset.classes[dataset.labels[anatomy.anchor]]}: ` +
            `${anatomy.counts.hard} hard, ` +
            `${anatomy.counts.semihard} semi-hard and ${anatomy.counts.easy} easy negatives.`
          : "",
      ];
      root.textContent = parts.filter(Boolean).join(" ");
    },
  };
}
