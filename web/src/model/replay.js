// The way of a run to a step, trained again where nobody sees it, for a film.
const PATIENCE = 8; // ms between two looks

// Steps from 0 to the last: at most `count`, the first ones, in which most happens, at smaller distances.
export function stepsOfFilm(last, count) {
  const steps = Array.from({ length: count }, (_, i) => Math.round(last * (i / (count - 1)) ** 2));
  return [...new Set(steps)];
}

/**
 * The snapshots of a page's selected run at these steps, ascending. told(share): how much is done.
 * @param {any} page
 * @param {number[]} steps
 * @param {(share: number) => void} told
 */
export async function replay(page, steps, told) {
  const { settings, state } = page.session;
  const session = page.apart();
  let failed = null;
  session.addEventListener("error", (/** @type {any} */ { detail }) => (failed = new Error(detail.message)));
  try {
    await session.start(settings, { changes: state.changes, playing: false });
    const snapshots = [];
    for (const step of steps) {
      step > 0 && session.seek(step);
      while (session.state.snapshot?.step !== step) {
        if (failed) {
          throw failed;
        }
        session.requestSnapshot();
        await new Promise((resolve) => setTimeout(resolve, PATIENCE));
      }
      snapshots.push(session.state.snapshot);
      told(snapshots.length / steps.length);
    }
    return snapshots;
  } finally {
    session.close();
  }
}
