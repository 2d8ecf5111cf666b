// "Is my file any good?": how many rows find their kind, against the raw columns and against guessing, and from which
// distance on two rows are taken for the same.
import { barNames, goodness, goodnessSentence, thresholdSentence, verdict } from "../model/goodness.js";
import { percent } from "../model/words.js";
import { element } from "../view/dom.js";

// root: filled while there is something to say. found: of findMistakes, or null.
export function createGoodness(root, page) {
  const strong = element("b");
  const rest = element("span");
  const bars = element("dl", { className: "shares" });
  const judged = element("p", { className: "hint" });
  const threshold = element("p", { className: "hint", id: "threshold" });
  root.append(element("p", {}, strong, " ", rest), bars, judged, threshold);

  let shown = ""; // as text
  let verified = null; // the snapshot that the threshold is of, or asked for

  function tell(found, { dataset, state }) {
    const measured = goodness(page.triplet, found, state.recall);
    const next = JSON.stringify([measured, dataset.checksum]);
    if (next === shown) {
      return;
    }
    shown = next;
    root.hidden = measured === null;
    if (measured) {
      [strong.textContent, rest.textContent] = goodnessSentence(measured, found.on, dataset);
      judged.textContent = verdict(measured, dataset, state.snapshot.dim);
      const known = Object.entries(barNames(dataset)).filter(([name]) => measured[name] !== null);
      bars.replaceChildren(...known.flatMap(([name, text]) => bar(name, text, measured)));
    }
  }

  // Of the step that is shown, or absent.
  async function verify(session) {
    const { snapshot } = session.state;
    if (page.playing || verified === snapshot) {
      page.playing && (threshold.textContent = "");
      return;
    }
    verified = snapshot;
    threshold.textContent = "";
    const found = await session.verify().catch(() => null); // it is an extra: without it nothing is said
    if (typeof found?.threshold === "number" && verified === session.state.snapshot && !page.playing) {
      threshold.textContent = thresholdSentence(found);
    }
  }

  return {
    show(found) {
      const { session } = page;
      tell(found, session);
      root.hidden || verify(session);
    },
  };
}

function bar(name, text, measured) {
  const share = measured[name];
  const length = element("span", { className: `share ${name}` });
  length.style.width = `${100 * share}%`;
  const track = element("span", { className: "track", "aria-hidden": "true" }, length);
  if (name === "value") {
    const [low, high] = measured.interval;
    const interval = element("span", { className: "interval" });
    Object.assign(interval.style, { left: `${100 * low}%`, width: `${100 * (high - low)}%` });
    track.append(interval);
  }
  return [
    element("dt", { textContent: text }),
    element("dd", {}, track, element("span", { className: "number", textContent: percent(share) })),
  ];
}
