// The mistakes of a run: how many, which kinds are taken for which, and each with its nearest neighbours.
import { cellWords } from "../model/cells.js";
import { confusions, isOf } from "../model/mistakes.js";
import { mistakeName, mistakesNotes, mistakesSentence } from "../model/mistake_words.js";
import { formatNumber, shortened } from "../model/words.js";
import "../style/mistakes.css";
import { element } from "../view/dom.js";
import { portrait } from "../view/portrait.js";
import { createGoodness } from "./goodness.js";

const SHOWN = 40; // mistakes at first, and more with each click
const KINDS = 8; // confusions
const VALUES = 3; // of a row without a picture

export const title = "Mistakes";
export const broad = true;

export function create(body, page) {
  const good = element("section", { className: "goodness", "aria-label": "How good it is", hidden: true });
  const goodness = createGoodness(good, page);
  const strong = element("b");
  const rest = element("span");
  const notes = element("p", { className: "hint" });
  const kinds = element("div", { className: "kinds", role: "group", "aria-label": "Which is taken for which" });
  const list = element("ul", { className: "mistakes" });
  const more = element("button", { type: "button", className: "more", on: { click: showMore } });
  const all = element("section", { hidden: true, "aria-label": title });
  all.append(element("p", { className: "lead" }, strong, " ", rest), notes, kinds, list, more);
  body.append(good, all);

  let found = null; // what is listed
  let chosen = null; // the confusion that is listed alone
  let limit = SHOWN;

  const chosenOnes = (labels) => found.list.filter((one) => !chosen || isOf(chosen, one, labels));

  function tell() {
    const { dataset } = page.session;
    [strong.textContent, rest.textContent] = mistakesSentence(found, dataset);
    notes.textContent = mistakesNotes(found, dataset);
    const pairs = confusions(found.list, dataset.labels);
    chosen = (chosen && pairs.find(({ from, to }) => from === chosen.from && to === chosen.to)) ?? null;
    kinds.replaceChildren(...pairs.slice(0, KINDS).map((kind) => chip(kind, dataset)));
    tellList();
  }

  function chip(kind, { classes }) {
    const [from, to] = [kind.from, kind.to].map((label) => shortened(classes[label], 20));
    return element(
      "button",
      {
        type: "button",
        "aria-pressed": String(kind === chosen),
        "aria-label": `${from} taken for ${to}: ${kind.count}`,
        on: { click: () => choose(kind === chosen ? null : kind) },
      },
      element("span", { textContent: `${from} → ${to}` }),
      element("span", { className: "number", textContent: String(kind.count) }),
    );
  }

  function choose(kind) {
    const at = [...kinds.children].indexOf(document.activeElement);
    chosen = kind;
    limit = SHOWN;
    tell();
    /** @type {HTMLElement} */ (kinds.children[at])?.focus();
  }

  function tellList() {
    const { session } = page;
    const ones = chosenOnes(session.dataset.labels);
    const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("data-row") : null;
    list.replaceChildren(...ones.slice(0, limit).map((one) => element("li", {}, entry(session, one))));
    more.hidden = ones.length <= limit;
    more.textContent = `Show ${Math.min(ones.length - limit, SHOWN)} more`;
    list.querySelector(`[data-row="${focused}"]`)?.focus({ preventScroll: true });
    markAnchor();
  }

  function showMore() {
    const at = limit;
    limit += SHOWN;
    tellList();
    list.children[at].querySelector("button").focus();
  }

  // A row, what it lies among, and its neighbours: pictures, or classes with distances.
  function entry(session, mistake) {
    const { row, neighbors } = mistake;
    const { dataset } = session;
    const nearest = neighbors.map((one) => neighbor(session, one));
    const values = dataset.images ? "" : cellWords(page.triplet, dataset, row, VALUES);
    return element(
      "button",
      {
        type: "button",
        className: dataset.images ? "mistake" : "mistake in-words",
        "data-row": row,
        on: {
          click: () => page.choose(row),
          pointerenter: () => page.look({ hovered: row }),
          pointerleave: () => page.look({ hovered: -1 }),
        },
      },
      element("span", { className: "tile" }, portrait(session, row)),
      element(
        "span",
        { className: "told" },
        element("b", { textContent: mistakeName(mistake, dataset) }),
        element("span", {
          className: "hint number",
          textContent: `row ${row + 1} · nearest at ${formatNumber(neighbors[0].distance, 2)}`,
        }),
      ),
      element("span", { className: "nearest" }, ...nearest),
      ...(values ? [element("span", { className: "cells hint", textContent: values })] : []),
    );
  }

  function neighbor(session, { row, distance }) {
    const { dataset } = session;
    const name = shortened(dataset.classes[dataset.labels[row]], 16);
    return element(
      "span",
      { className: "neighbor" },
      portrait(session, row),
      element("span", {
        className: dataset.images ? "unseen" : "number",
        textContent: `${name} ${formatNumber(distance, 2)} `,
      }),
    );
  }

  function markAnchor() {
    for (const button of list.querySelectorAll("button")) {
      const isAnchor = Number(button.dataset.row) === page.view.anchor;
      button.setAttribute("aria-pressed", String(isAnchor));
    }
  }

  // Nothing is exchanged under a finger.
  const isHeld = () => list.matches(":active") || kinds.matches(":active");

  return {
    show() {
      goodness.show(page.found);
      all.hidden = page.found === null;
      if (page.found && page.found !== found && !isHeld()) {
        found = page.found;
        tell();
      }
      markAnchor();
    },
    opened: () => page.look({ marked: "mistakes" }),
    closed: () => page.look({ marked: "", hovered: -1 }),
  };
}
