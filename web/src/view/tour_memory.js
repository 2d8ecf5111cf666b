// How far a visitor has come in the tour. A page may be denied storage; then nothing is remembered.
const KEY = "triplet-tour";

// number: of the step that is seen.
export function remember(number) {
  try {
    localStorage.setItem(KEY, String(number));
  } catch {}
}

// The step that was seen last; 0 if none was.
export function remembered() {
  try {
    const number = Number(localStorage.getItem(KEY));
    return Number.isInteger(number) && number > 0 && number <= 6 ? number : 0;
  } catch {
    return 0;
  }
}
