// The run in words, for those who cannot see it: at once when something happens, now and then while it goes on.
import { activeWords, negativesWords, rawWords, recallSentence, shortened } from "../model/words.js";
import { formatNumber } from "./dom.js";

const PERIOD = 12000; // ms between two reports of a run that goes on

export function createSummary(root, page) {
  let last = { key: "", settings: null, time: -Infinity };
  return {
    period: 1000,
    show() {
      const { state, settings, evaluated, dataset } = page.session;
      const anatomy = page.anatomy();
      const { snapshot, playing, collapsed, recall } = state;
      if (!snapshot) {
        return;
      }

      const standing = playing ? null : [snapshot.step, recall];
      const key = JSON.stringify([playing, collapsed, anatomy?.anchor, dataset.title, standing]);
      const now = performance.now();
      const told = key === last.key && settings === last.settings; // another run has other settings
      if (told && (!playing || now - last.time < PERIOD)) {
        return;
      }
      last = { key, settings, time: now };

      const learned = [
        snapshot.loss === null ? "" : `Loss ${formatNumber(snapshot.loss)}`,
        activeWords(snapshot),
        recallSentence(recall, evaluated, snapshot.step),
      ].filter(Boolean);
      const parts = [
        `${dataset.title}, ${playing ? "training" : "paused"} at step ${snapshot.step}.`,
        learned.length > 0 ? `${learned.join(", ")}.` : "",
        rawWords(recall),
        collapsed ? "The embedding has collapsed onto one point." : "",
        anatomy
          ? `Anchor row ${anatomy.anchor + 1}, class ${shortened(dataset.classes[dataset.labels[anatomy.anchor]])}: ` +
            (anatomy.counts ? `${negativesWords(anatomy.counts)}.` : "it has no positive.")
          : "",
      ];

      root.textContent = parts.filter(Boolean).join(" ");
    },
  };
}
