// Sliders whose track is a drawing: an unseen range input has the keys and the words, and pointers go where they point.
import "../style/slide.css";

export const PAD = 9; // px of the track at both ends, for half a handle

// go(share): to this share of the track, from 0 to 1.
export function slides(root, input, go) {
  function drag({ clientX }) {
    const { left, width } = root.getBoundingClientRect();
    go(Math.min(Math.max((clientX - left - PAD) / (width - 2 * PAD), 0), 1));
  }
  root.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || input.disabled) {
      return;
    }
    event.preventDefault(); // the input's own idea of where its handle is
    root.setPointerCapture(event.pointerId);
    input.focus({ preventScroll: true });
    drag(event);
  });
  root.addEventListener("pointermove", (event) => root.hasPointerCapture(event.pointerId) && drag(event));
}
