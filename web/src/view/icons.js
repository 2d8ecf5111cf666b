// Pictures on buttons, drawn in the colour of their text.
const SPACE = "http://www.w3.org/2000/svg";

const DOT = "a.6.6 0 1 0 1.2 0a.6.6 0 1 0-1.2 0";
const PATHS = {
  close: "M5 5 13 13 M13 5 5 13",
  sliders: "M2 5H9.6 M14.4 5H16 M12 2.6a2.4 2.4 0 1 0 .01 0 M2 13H3.6 M8.4 13H16 M6 10.6a2.4 2.4 0 1 0 .01 0",
  more: `M3.4 9${DOT}m5 0${DOT}m5 0${DOT}`,
  play: "M6 3.5V14.5L15 9Z",
  pause: "M6 4V14 M12 4V14",
  step: "M4 4V14L11 9Z M14.5 4V14",
  reset: "M4 3.5V7.5H8 M4.3 7A6 6 0 1 1 3.2 10.5",
  onward: "M3.5 9H14 M10 5 14 9 10 13",
  plus: "M9 3V15 M3 9H15",
  pen: "M3 15 4 11 12 3a1.6 1.6 0 0 1 3 3L7 14z",
  theme: "M9 2.5a6.5 6.5 0 1 0 0 13z M9 2.5a6.5 6.5 0 1 1 0 13",
};

export function icon(name) {
  const svg = svgElement("svg", { viewBox: "0 0 18 18", "aria-hidden": "true" });
  svg.append(svgElement("path", { d: PATHS[name] }));
  return svg;
}

/** @param {Record<string, string | number>} attributes */
export function svgElement(name, attributes = {}) {
  const made = document.createElementNS(SPACE, name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, String(value)));
  return made;
}
