// Elements without markup: text from anywhere stays text.
export { formatNumber } from "../model/words.js";

// properties: of the element, with data-, aria- and role as attributes; on: listeners by event.
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "on") {
      Object.entries(value).forEach(([event, listener]) => made.addEventListener(event, listener));
    } else if (/^(aria-|data-|role$|popover|for$|list$)/.test(key)) {
      made.setAttribute(key, value);
    } else {
      made[key] = value;
    }
  }
  made.append(...children);
  return made;
}

let ids = 0;
export const uniqueId = (prefix) => `${prefix}-${++ids}`;

// A canvas as sharp as the screen. Calls resized(width, height, ratio) in device pixels, at first and on each change.
export function sharpCanvas(canvas, resized) {
  const fit = () => {
    const ratio = Math.min(devicePixelRatio || 1, 3);
    const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      resized(width, height, ratio);
    }
  };
  new ResizeObserver(fit).observe(canvas);
  fit();
}

export const stillness = matchMedia("(prefers-reduced-motion: reduce)");

// For charts: the page's font a size smaller, in whole CSS pixels (uPlot reads no others) times `ratio`.
export function smallFont(ratio = 1) {
  const { fontFamily, fontSize } = getComputedStyle(document.documentElement);
  return `${Math.round(0.76 * parseFloat(fontSize)) * ratio}px ${fontFamily}`;
}
