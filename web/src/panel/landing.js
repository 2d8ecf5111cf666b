// Where a new row lands: asks the run for its place, shows it on the stage, and says what its neighbours are.
import { answerSentence } from "../model/answer_words.js";
import { formatNumber } from "../model/words.js";
import { element } from "../view/dom.js";
import { isDark } from "../view/theme.js";
import { createPortraits } from "../view/portraits.js";

// A new row is { values } or { cells }, as Session.embed and embedRow take them, or null.
export function createLanding(page) {
  const said = element("p", { className: "answer", role: "status" });
  const tiles = createPortraits(page, "Its nearest neighbours, by distance", (row) => page.choose(row));
  const root = element("section", { className: "landing", "aria-label": "Where it lands" }, said, tiles.root);
  tiles.root.hidden = true;

  let row = null;
  let asked = {}; // { row, snapshot } that was asked for last
  let waits = false;

  const isAsked = (snapshot) => asked.row === row && asked.snapshot === snapshot;

  // One question at a time; what has changed meanwhile is asked next.
  async function ask() {
    const { session } = page;
    const { snapshot } = session.state;
    if (waits || !row || !snapshot || isAsked(snapshot)) {
      return;
    }
    waits = true;
    asked = { row, snapshot };
    try {
      const { values, cells } = row;
      const found = await (values ? session.embed(values) : session.embedRow(cells));
      row && session === page.session && tell(session, found);
    } catch (error) {
      row && refuse(error.message);
    } finally {
      waits = false;
    }
    row && ask();
  }

  function tell(session, found) {
    const { dataset } = session;
    const label = found.votes[0].label;
    said.textContent = answerSentence(found, dataset);
    tiles.root.hidden = false;
    tiles.show(session, found.neighbors.map(tileOf(dataset, label)), isDark());
    const neighbors = found.neighbors.map(({ row }) => row);
    page.look({ visitor: { position: found.position, values: row.values ?? null, label, neighbors } });
  }

  const tileOf = ({ labels }, label) => ({ row, distance }) => {
    const text = formatNumber(distance, 2);
    return { row, text, words: `at ${text}`, wrong: labels[row] !== label };
  };

  function refuse(words) {
    said.textContent = words;
    tiles.root.hidden = true;
    page.view.visitor && page.look({ visitor: null });
  }

  return {
    root,
    // Another row, or null with what to say instead.
    land(next, words = "") {
      row = next;
      row ? ask() : refuse(words);
    },
    show: ask,
  };
}

// What cannot be asked of a run, in words; "" if it can.
export const refusal = ({ settings }) =>
  settings?.encoder === "free"
    ? "This run has no network: it moves each row by itself, so it has no place for a new one. Choose another " +
      "encoder in the settings."
    : "";
