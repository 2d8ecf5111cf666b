// What floats over the picture and leaves it less room: visible elements with data-inset, by the side they lie at.
const WIDE = 0.62; // of the window: what lies at a side and is wider is a sheet from below
const LEAST = 0.3; // of the window that is left for the picture whatever covers it

// Pixels that are covered at each side of the window.
export function measureInsets() {
  const found = { top: 0, right: 0, bottom: 0, left: 0 };
  for (const part of document.querySelectorAll("[data-inset]")) {
    const box = part.getBoundingClientRect();
    if (box.width > 0 && box.height > 0) {
      const asked = /** @type {HTMLElement} */ (part).dataset.inset;
      const side = box.width > WIDE * innerWidth && asked !== "top" ? "bottom" : asked;
      found[side] = Math.max(found[side], covered[side](box));
    }
  }
  return limited(found);
}

const covered = {
  top: ({ bottom }) => bottom,
  bottom: ({ top }) => innerHeight - top,
  left: ({ right }) => right,
  right: ({ left }) => innerWidth - left,
};

function limited({ top, right, bottom, left }) {
  const most = (of, other, size) => Math.max(0, Math.min(of, size * (1 - LEAST) - other));
  return {
    top,
    left,
    right: most(right, left, innerWidth),
    bottom: most(bottom, top, innerHeight),
  };
}
