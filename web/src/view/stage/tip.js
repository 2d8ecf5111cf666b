// What a hovered row is: its picture or its values, its class, its number.
import { count, shortened } from "../../model/words.js";
import { element } from "../dom.js";
import { portrait, valueList } from "../portrait.js";

const VALUES = 4;
const GAP = 16; // CSS pixels from the row

export function createTip(triplet) {
  const root = element("div", { className: "tip", hidden: true, "aria-hidden": "true" });
  let shown = { row: -1, dataset: null };

  function describe({ dataset, heldOut }, row) {
    const told = element(
      "p",
      {},
      element("b", { textContent: shortened(dataset.classes[dataset.labels[row]], 30) }),
      element("span", { textContent: `row ${count((dataset.rows?.[row] ?? row) + 1)}` }),
      element("span", { textContent: heldOut[row] ? "unseen" : "trained on" }),
    );
    const values = valueList(triplet, dataset, row, VALUES);
    root.replaceChildren(...(values ? [told, values] : [portrait({ dataset, heldOut }, row), told]));
  }

  // place: of the row in the pane; room: what is not covered, and box: the pane, in the window.
  function show(session, row, place, { room, box }) {
    const isOver = place && place.every((at, axis) => at >= 0 && at <= [box.width, box.height][axis]);
    if (root.hidden === Boolean(isOver)) {
      root.hidden = !isOver;
    }
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
