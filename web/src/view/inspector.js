// The anchor: what it is, how its negatives divide, and its neighbours as lists to choose from.
import { isRelative } from "../model/reach.js";
import { element, formatNumber } from "./dom.js";
import { describe, portrait } from "./portrait.js";

const LISTS = [
  { name: "nearest", title: "Nearest" },
  { name: "hard", title: "Hard" },
  { name: "semihard", title: "Semi-hard" },
  { name: "near", title: "Negatives too near" },
  { name: "positives", title: "Positives" },
];
const KINDS = [
  { name: "positive", title: "positive" },
  { name: "hard", title: "hard" },
  { name: "semihard", title: "semi-hard" },
  { name: "easy", title: "easy" },
  { name: "near", title: "too near" },
  { name: "far", title: "far" },
];

// What the loss wants around an anchor.
function wishOf({ positive, distance, reach }, settings) {
  if (!reach) {
    return "It has no positive.";
  }
  const [within, beyond] = [formatNumber(reach.pull), formatNumber(reach.push)];
  if (isRelative(settings)) {
    const farther = reach.push > reach.pull ? `should be beyond ${beyond}` : "should be farther";
    return `Its positive, row ${positive + 1}, is at distance ${formatNumber(distance)}; negatives ${farther}.`;
  }
  return `Positives should be ${reach.pull > 0 ? `within ${within}` : "at its place"}, negatives beyond ${beyond}.`;
}

// choose(row, -1 for none, null for any): another anchor; pair(row): another positive for it.
export function createInspector(root, { choose, pair }) {
  let shown = ""; // the anatomy, as text
  let shownRun = {};

  function chip(session, { row, distance }, run) {
    return element(
      "button",
      {
        type: "button",
        "data-row": row,
        title: describe(session, row),
        "aria-label": `${describe(session, row)}, distance ${formatNumber(distance)}`,
        on: { click: () => run(row) },
      },
      portrait(session, row),
      element("span", { textContent: formatNumber(distance, 2) }),
    );
  }

  function invite() {
    root.replaceChildren(
      element("h2", { textContent: "Anchor" }),
      element("p", {
        className: "hint",
        textContent:
          "Click a point to make it the anchor. The ring shows how near the loss wants its positives, and how far " +
          "its negatives.",
      }),
      element("button", {
        type: "button",
        textContent: "Choose one for me",
        id: "choose-anchor",
        on: { click: () => choose(null) },
      }),
    );
  }

  function tell(session, anatomy) {
    const { anchor, counts, positives, negatives, nearest } = anatomy;
    const kinds = KINDS.filter(({ name }) => counts?.[name] !== undefined);
    const total = kinds.reduce((sum, { name }) => sum + counts[name], 0) || 1;
    const parts = kinds.map(({ name }) => {
      const part = element("span", { className: `part ${name}` });
      part.style.flexGrow = counts[name] / total;
      return part;
    });
    const numbers = kinds.map(({ name, title }) =>
      element("span", { className: `count ${name}`, textContent: `${counts[name]} ${title}` }),
    );

    const rows = { nearest, positives, ...negatives };
    const lists = LISTS.filter(({ name }) => rows[name]?.length > 0).map(({ name, title }) =>
      element(
        "div",
        { className: "list", "data-list": name },
        element("h3", { textContent: title }),
        element(
          "div",
          { className: "chips" },
          ...rows[name].map((other) => chip(session, other, name === "positives" ? pair : choose)),
        ),
      ),
    );

    root.replaceChildren(
      element(
        "h2",
        {},
        "Anchor ",
        portrait(session, anchor),
        element("span", { className: "anchor-name", textContent: describe(session, anchor) }),
        element("button", {
          type: "button",
          className: "plain",
          "aria-label": "Clear the anchor",
          textContent: "×",
          on: { click: () => choose(-1) },
        }),
      ),
      element("p", { className: "hint", textContent: wishOf(anatomy, session.state.snapshot.settings) }),
      element("div", { className: "parts", "aria-hidden": "true" }, ...parts),
      element("p", { className: "counts" }, ...numbers),
      ...lists,
    );
  }

  invite();
  return {
    show(session, anatomy) {
      const next = JSON.stringify(anatomy);
      if (next === shown && session.dataset === shownRun.dataset && session.heldOut === shownRun.heldOut) {
        return;
      }
      shownRun = { dataset: session.dataset, heldOut: session.heldOut };
      const focused =
        root.contains(document.activeElement) &&
        document.activeElement.closest("[data-list]")?.getAttribute("data-list");
      shown = next;
      anatomy ? tell(session, anatomy) : invite();
      if (focused) {
        root.querySelector(`[data-list="${focused}"] button`)?.focus({ preventScroll: true });
      }
    },
  };
}
