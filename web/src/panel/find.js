// Find a row by its number, its class or its cells, or ask for one: arrow keys go through what is found, Enter makes a
// row the anchor.
import { cellWords } from "../model/cells.js";
import { findRows, hardestNegative } from "../model/find.js";
import { count, formatNumber, nounOf, shortened } from "../model/words.js";
import "../style/find.css";
import { element, uniqueId } from "../view/dom.js";
import { portrait } from "../view/portrait.js";

const SHOWN = 50;
const VALUES = 3;
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

export const title = "Find a row";

export function create(body, page) {
  const list = element("ul", { id: uniqueId("found"), className: "found-rows", role: "listbox", "aria-label": "Rows" });
  const field = element("input", {
    type: "search",
    autocomplete: "off",
    spellcheck: false,
    role: "combobox",
    "aria-label": "Row number, class or value",
    "aria-controls": list.id,
    "aria-expanded": "false",
    "aria-autocomplete": "list",
    on: { input: search, keydown: goThrough },
  });
  const said = element("p", { className: "hint", role: "status" });
  const asked = element("div", { className: "asked" });
  body.append(field, said, list, asked);

  let rows = [];
  let at = -1; // of the rows, where the arrow keys are
  let searched = {}; // the run whose rows these are
  let offered = ""; // what can be asked for, as text

  // ---- search -------------------------------------------------------------------------------------------------------

  function search() {
    const { session } = page;
    const { rows: fitting, total } = findRows(page.triplet, session, field.value, SHOWN);
    [rows, at, searched] = [fitting, -1, session.dataset];
    said.textContent = wordsOf(total);
    list.replaceChildren(...rows.map((row, i) => option(session, row, i)));
    field.setAttribute("aria-expanded", String(rows.length > 0));
    asked.hidden = field.value.trim() !== "";
    mark();
  }

  function wordsOf(total) {
    const noun = nounOf(page.session.dataset);
    if (field.value.trim() === "") {
      return `A number from 1 to ${count(page.session.dataset.n)}, a class or a value.`;
    }
    const shown = total > SHOWN ? `, of which ${SHOWN} are shown` : "";
    return total === 0 ? `No ${noun} like this.` : `${count(total)} ${total === 1 ? "row" : noun}${shown}`;
  }

  function option(session, row, i) {
    const values = session.dataset.images ? "" : cellWords(page.triplet, session.dataset, row, VALUES);
    return element(
      "li",
      {
        id: `${list.id}-${i}`,
        role: "option",
        className: "row",
        on: { click: () => choose(row), pointerenter: () => goTo(i), pointerleave: () => page.look({ hovered: -1 }) },
      },
      ...told(session, row, values),
    );
  }

  function told(session, row, more, lead = "") {
    const { dataset, heldOut } = session;
    const name = shortened(dataset.classes[dataset.labels[row]], 30);
    const facts = [`row ${row + 1}`, heldOut[row] ? "unseen" : "", more].filter(Boolean);
    return [
      portrait(session, row),
      element(
        "span",
        {},
        element("b", { textContent: lead || name }),
        element("span", { className: "hint", textContent: (lead ? [name, ...facts] : facts).join(" · ") }),
      ),
    ];
  }

  function goThrough(event) {
    const step = STEPS[event.key];
    if (step && rows.length > 0) {
      event.preventDefault();
      goTo((at + step + (at < 0 && step < 0 ? 1 : 0) + rows.length) % rows.length);
      list.children[at].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && rows.length > 0) {
      choose(rows[Math.max(at, 0)]);
    }
  }

  function goTo(i) {
    at = i;
    mark();
    page.look({ hovered: rows[i] });
  }

  function choose(row) {
    page.choose(row);
    mark();
  }

  function mark() {
    [...list.children].forEach((child, i) => {
      child.classList.toggle("here", i === at);
      child.setAttribute("aria-selected", String(rows[i] === page.view.anchor));
    });
    at < 0
      ? field.removeAttribute("aria-activedescendant")
      : field.setAttribute("aria-activedescendant", `${list.id}-${at}`);
  }

  // ---- what can be asked for ----------------------------------------------------------------------------------------

  // The rows that answer, each a click away: [{ row, lead, more }].
  function answers() {
    const { session, mistakes } = page;
    const anatomy = page.anatomy();
    const hardest = anatomy && hardestNegative(anatomy, session.dataset.labels);
    const active = session.state.snapshot?.forces[0];
    return [
      hardest && {
        row: hardest.row,
        lead: `Hardest negative of row ${anatomy.anchor + 1}`,
        more: `at ${formatNumber(hardest.distance, 2)}`,
      },
      mistakes?.length > 0 && { row: mistakes[0], lead: "A mistake", more: "" },
      active >= 0 && { row: active, lead: "Of a triplet that has a loss", more: "" },
    ].filter(Boolean);
  }

  function offer() {
    const all = answers();
    const next = JSON.stringify(all);
    if (next !== offered && !asked.matches(":active")) {
      offered = next;
      const focused = [...asked.children].indexOf(document.activeElement);
      asked.replaceChildren(
        ...all.map(({ row, lead, more }) =>
          element(
            "button",
            {
              type: "button",
              className: "row",
              on: {
                click: () => page.choose(row),
                pointerenter: () => page.look({ hovered: row }),
                pointerleave: () => page.look({ hovered: -1 }),
              },
            },
            ...told(page.session, row, more, lead),
          ),
        ),
      );
      /** @type {HTMLElement} */ (asked.children[focused])?.focus();
    }
  }

  return {
    show() {
      const { dataset } = page.session;
      if (dataset && dataset !== searched) {
        search();
      }
      mark();
      dataset && offer();
    },
    opened() {
      field.select();
      field.focus();
    },
    closed: () => page.look({ hovered: -1 }),
  };
}
