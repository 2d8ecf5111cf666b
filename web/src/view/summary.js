// The run in words, for those who cannot see it: at once when something happens, now and then while it goes on.
import { endingWords } from "../model/offers.js";
import {
  activeWords,
  count,
  lossWords,
  negativesWords,
  neighborsWords,
  oneOf,
  rawWords,
  recallSentence,
} from "../model/words.js";

const PERIOD = 12000; // ms between two reports of a run that goes on
const NEIGHBORS = 7;

export function createSummary(root, page) {
  let last = { key: "", settings: null, time: -Infinity };

  function isNews({ state, settings, dataset }, anatomy) {
    const { step, playing, collapsed, ending } = state;
    const standing = playing ? null : [step, ending?.step];
    const key = JSON.stringify([playing, collapsed, anatomy?.anchor, dataset.title, standing]);
    const now = performance.now();
    const told = key === last.key && settings === last.settings; // another run has other settings
    if (told && (!playing || now - last.time < PERIOD)) {
      return false;
    }
    last = { key, settings, time: now };
    return true;
  }

  return {
    period: 1000,
    show() {
      const { session } = page;
      const anatomy = page.anatomy();
      if (page.view.place === "run" && session.state.snapshot && isNews(session, anatomy)) {
        const parts = [progress(session), rawWords(session.state.recall), end(session), anchorWords(session, anatomy)];
        root.textContent = parts.filter(Boolean).join(" ");
      }
    },
  };
}

function progress({ state: { snapshot, playing, recall }, evaluated, dataset }) {
  const learned = [
    snapshot.loss === null ? "" : `Loss ${lossWords(snapshot.loss)}`,
    activeWords(snapshot),
    recallSentence(recall, evaluated, snapshot.step),
  ].filter(Boolean);
  const where = `${dataset.title}, ${playing ? "training" : "paused"} at step ${count(snapshot.step)}.`;
  return learned.length > 0 ? `${where} ${learned.join(", ")}.` : where;
}

function end(session) {
  const { ending, collapsed } = session.state;
  if (!ending) {
    return collapsed ? "The embedding has collapsed onto one point." : "";
  }
  const { share, title, text } = endingWords(session);
  return [share, title, text].filter(Boolean).join(" ");
}

function anchorWords({ dataset }, anatomy) {
  if (!anatomy) {
    return "";
  }
  const { anchor, counts, nearest } = anatomy;
  const what = `Anchor row ${anchor + 1}, ${oneOf(dataset.classes[dataset.labels[anchor]])}`;
  return counts
    ? `${what}: ${neighborsWords(dataset, anchor, nearest.slice(0, NEIGHBORS))}; ${negativesWords(counts)}.`
    : `${what}: it has no positive.`;
}
