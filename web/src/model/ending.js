// When a run has come to its end: a rule of its recorded steps alone, so that every replay ends at the same one.
// tests/evaluation/endings.mjs prints where runs end, and what they would have gained by going on.

const INACTIVE = 200; // steps in which nothing had a loss
const COLLAPSED = 100; // steps in which all points were in one place
const PATIENCE = 400; // steps in which recall was no better than before
const WINDOW = 200; // steps whose mean loss is compared with that of as many before
const FALL = 0.01; // of the first loss: what falls less over a window does not fall any more
const FIRST = 50; // steps that the first loss is the mean of

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const known = (values) => values.filter((value) => !Number.isNaN(value));
const best = (points) => Math.max(...points.map(({ value }) => value ?? -Infinity));

/**
 * Whether a run ends at its last recorded step, at which recall has been recorded; null: it does not. since: the step
 * of its last change, from which on all counts.
 * @param {import("./record.js").RunRecord} record
 */
export function endingAt(record, since) {
  const { steps: step } = record;
  const past = step - since;
  const last = (list, count) => list.subarray(step - count, step);
  const points = record.recall.filter((point) => point.step >= since);
  const from = (count) => points.filter((point) => point.step >= step - count);

  const isCollapsed = past >= COLLAPSED && from(COLLAPSED).every(({ collapsed }) => collapsed);
  const isInactive = past >= INACTIVE && last(record.active, INACTIVE).every((share) => !(share > 0));
  const isSettled = past > PATIENCE && !isBetter(points, step - PATIENCE) && !isFalling(record.loss, since);
  const reason = isCollapsed ? "collapsed" : isInactive ? "inactive" : isSettled ? "settled" : "";
  if (!reason) {
    return null;
  }
  const shares = known(last(record.active, Math.min(past, WINDOW)));
  const { value: recall } = points.at(-1);
  return { step, reason, recall, active: shares.length ? mean(shares) : null };
}

// Whether recall has been better after a step than up to it.
function isBetter(points, step) {
  const after = points.findIndex((point) => point.step > step);
  return best(points.slice(after)) > best(points.slice(0, after));
}

function isFalling(loss, since) {
  const end = loss.length;
  const [before, now] = [end - 2 * WINDOW, end - WINDOW].map((from) => mean(known(loss.slice(from, from + WINDOW))));
  return before - now > FALL * mean(known(loss.slice(since, since + FIRST)));
}
