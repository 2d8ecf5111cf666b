// What a hovered row is: its picture or its values, its class, its number.
import { count, shortened } from "../model/words.js";
import { element, formatNumber } from "./dom.js";
import { picture } from "./sprites.js";

const SIDE = 60; // CSS pixels of the picture
const VALUES = 4; // columns told
const GAP = 16; // from the row

export function createTip() {
  const root = element("div", { className: "tip", hidden: true, "aria-hidden": "true" });
  let shown = { row: -1, dataset: null };

  function describe({ dataset, heldOut }, row) {
    const name = shortened(dataset.classes[dataset.labels[row]]);
    const told = [
      element("b", { textContent: name }),
      element("span", { textContent: `row ${count((dataset.rows?.[row] ?? row) + 1)}` }),
      element("span", { textContent: heldOut[row] ? "unseen" : "trained on" }),
    ];
    if (dataset.images) {
      root.replaceChildren(picture({ dataset, heldOut }, row, SIDE), element("p", {}, ...told));
    } else {
      root.replaceChildren(element("p", {}, ...told), values(dataset, row));
    }
  }

  function values({ columns, values, d }, row) {
    const some = columns.slice(0, VALUES).flatMap((column, i) => [
      element("dt", { textContent: shortened(column, 20) }),
      element("dd", { textContent: formatNumber(values[row * d + i]) }),
    ]);
    const rest = columns.length - VALUES;
    const more = rest > 0 ? [element("dt", { className: "more", textContent: `and ${count(rest)} more` })] : [];
    return element("dl", {}, ...some, ...more);
  }

  // place: of the row in the pane; room: what is not covered, and box: the pane, in the window.
  function show(session, row, place, room, box) {
    const isOver = row >= 0 && place[0] >= 0 && place[1] >= 0 && place[0] <= box.width && place[1] <= box.height;
    root.hidden = !isOver;
    if (!isOver) {
      return;
    }
    if (shown.row !== row || shown.dataset !== session.dataset) {
      describe(session, row);
      shown = { row, dataset: session.dataset };
    }
    const [width, height] = [root.offsetWidth, root.offsetHeight];
    const [right, bottom] = [room.left - box.left + room.width, room.top - box.top + room.height];
    const left = place[0] + GAP + width > Math.max(right, width) ? place[0] - GAP - width : place[0] + GAP;
    const top = Math.min(place[1] - height / 2, bottom - height);
    root.style.transform = `translate(${Math.round(Math.max(left, 8))}px, ${Math.round(Math.max(top, 8))}px)`;
  }

  return { root, show, forget: () => (shown = { row: -1, dataset: null }) };
}
