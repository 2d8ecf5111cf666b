// What is said when a run has ended, and what there is to try then.
import { isOfTriplets } from "./trainer_options.js";
import { collapseWords, count, evaluatedWords, formatNumber, percent } from "./words.js";

const LARGEST_MARGIN = 5;

// Of a session whose state has an ending: where it has come, as { share, title } or a title alone, and why nothing more
// is to be had.
export function endingWords({ state, dataset, evaluated, current }) {
  const { ending } = state;
  if (ending.reason === "collapsed") {
    return { share: "", title: "The embedding has collapsed.", text: collapseWords(current) };
  }
  const text = reasonWords(ending, current);
  return ending.recall !== null
    ? { share: percent(ending.recall), title: `of ${evaluatedWords(evaluated, dataset)} find their kind.`, text }
    : { share: "", title: `Learned in ${count(ending.step)} steps.`, text };
}

function reasonWords({ reason }, current) {
  if (reason === "inactive") {
    return isOfTriplets(current) ? "Nothing is left to learn at this margin." : "Nothing is left to learn.";
  }
  return "More steps have not made it any better, so it rests here.";
}

// Two or three things to try: { id, text, change } or { id, text, panel } or { id, text, compare: true }. change: of
// the settings; restarts: whether it takes a new run, as nothing brings a collapsed one back. wrong: how many of the
// rows that are evaluated are mistakes, null where that is not known.
export function offersOf({ state, current, wrong }) {
  return state.ending.reason === "collapsed" ? afterCollapse(current) : afterSuccess(current, wrong);
}

function afterCollapse(current) {
  const slower = current.learningRate / 10;
  const learning = {
    id: "slower",
    text: `Start again, learning rate ${formatNumber(slower)}`,
    change: { learningRate: slower },
    restarts: true,
  };
  const mining = {
    id: "mining",
    text: "Start again with semi-hard mining",
    change: { mining: "semihard" },
    restarts: true,
  };
  return isOfTriplets(current) && current.mining === "hard" ? [mining, learning] : [learning];
}

function afterSuccess(current, wrong) {
  const margin = Math.min(Number((2 * current.margin).toPrecision(2)) || 0.2, LARGEST_MARGIN);
  const larger = isOfTriplets(current) && margin > current.margin;
  return [
    ...(wrong > 0 ? [{ id: "mistakes", text: mistakeWords(wrong), panel: "mistakes" }] : []),
    ...(larger ? [{ id: "margin", text: `A larger margin: ${formatNumber(margin)}`, change: { margin } }] : []),
    { id: "compare", text: `Compare ${isOfTriplets(current) ? "another mining" : "the triplet loss"}`, compare: true },
    ...(wrong > 0 && larger ? [] : [{ id: "data", text: "Try your own data", panel: "data" }]),
  ];
}

const mistakeWords = (wrong) => (wrong === 1 ? "See the one mistake" : `See the ${count(wrong)} mistakes`);
