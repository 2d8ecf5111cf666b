// The page in the address bar: a new entry in the browser's history for another place, the same one for anything else.
// Back and forward open what they lead to.
const PERIOD = 700; // ms between two writes
const AS_SHARED = 60000; // ms that a shared address stays as it is

// What makes another place of the same page.
const ONE = "one";
const placeOf = ({ view, comparing, session }) =>
  view.place === ONE ? ONE : [view.tour > 0, view.story, comparing, session.settings.data].join(" ");

export function bindAddress(page) {
  let place = /^(#one=|$)/.test(location.hash) ? ONE : null; // of what was written last
  let opening = 0; // until what an entry leads to is there, nothing is written
  let kept = 0; // until then it stays as shared

  function write(hash) {
    const now = placeOf(page);
    const moved = place !== null && now !== place;
    place = now;
    if (hash !== location.hash) {
      history[moved ? "pushState" : "replaceState"](null, "", hash || location.pathname + location.search);
    }
  }

  addEventListener("popstate", async () => {
    opening++;
    await page.open(location.hash);
    opening--;
    place = placeOf(page);
    kept = 0;
  });

  return {
    period: PERIOD,
    show() {
      if (opening === 0 && page.session?.settings && performance.now() >= kept) {
        write(page.address(page.playing ? 0 : (page.session.state.snapshot?.step ?? 0)));
      }
    },
    // Writes the address of the step that is shown, which stays for a while.
    share() {
      write(page.address(page.session.state.snapshot.step));
      kept = performance.now() + AS_SHARED;
      return location.href;
    },
  };
}
