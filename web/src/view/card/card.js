// The anchor: what it is, its neighbours, and how the loss sees the others around it.
import { count, evenNumber, finePercent, formatNumber, neighborsWords, oneOf } from "../../model/words.js";
import "../../style/card.css";
import { element } from "../dom.js";
import { icon } from "../icons.js";
import { portrait, valueList } from "../portrait.js";
import { createSpread } from "./spread.js";
import { nearestNegative } from "../stage/rings.js";
import { isDark } from "../theme.js";
import { createPortraits } from "../portraits.js";

const NEIGHBORS = 7;
const VALUES = 4;

export function createCard(root, page) {
  const who = createWho(page);
  const choose = (row) => page.choose(row);
  const nearest = createPortraits(page, "Nearest neighbours, by distance", choose);
  const pulls = createPortraits(page, "", choose);
  const pushes = createPortraits(page, "", choose);
  const spread = createSpread(page);
  const close = element("button", {
    type: "button",
    className: "plain icon close",
    "aria-label": "Let the anchor go",
    on: { click: () => choose(-1) },
  });
  close.append(icon("close"));
  root.append(who.root, nearest.root, pulls.root, pushes.root, spread.root, close);
  root.addEventListener("keydown", (event) => event.key === "Escape" && choose(-1));

  function showNearest(session, { anchor, nearest: rows }, theme) {
    const { labels, classes } = session.dataset;
    const shown = rows.slice(0, NEIGHBORS).map(({ row, distance }) => {
      const wrong = labels[row] !== labels[anchor];
      const not = wrong ? `, not ${oneOf(classes[labels[anchor]])}` : "";
      return { row, wrong, text: evenNumber(distance), words: `distance ${formatNumber(distance)}${not}` };
    });
    nearest.show(session, shown, theme);
  }

  // Of a loss of pairs: the rows that have most of its pull and of its push.
  function showShares(session, shares, theme) {
    const sides = [
      { tiles: pulls, side: shares.pull, wrong: false, verb: "pull" },
      { tiles: pushes, side: shares.push, wrong: true, verb: "push" },
    ];
    for (const { tiles, side, wrong, verb } of sides) {
      tiles.root.hidden = side.rows === 0;
      tiles.heading.textContent = shareWords(verb, side);
      const shown = side.listed.map(({ row, share, distance }) => ({
        row,
        wrong,
        text: finePercent(share),
        words: `${finePercent(share)} of the ${verb}, distance ${formatNumber(distance)}`,
      }));
      tiles.show(session, shown, theme);
    }
  }

  return {
    show() {
      const { session } = page;
      const anatomy = page.view.place === "run" ? page.anatomy() : null;
      root.hidden = !anatomy;
      if (!anatomy) {
        return;
      }
      const theme = isDark();
      root.classList.toggle("shares", anatomy.shares !== null);
      who.show(session, anatomy, theme);
      nearest.root.hidden = anatomy.shares !== null;
      pulls.root.hidden = pushes.root.hidden = anatomy.shares === null;
      anatomy.shares ? showShares(session, anatomy.shares, theme) : showNearest(session, anatomy, theme);
      spread.show(session, anatomy);
    },
  };
}

const shareWords = (verb, { rows, half }) =>
  half === rows ? `All of the ${verb}` : `Half of the ${verb} is from ${count(half)} of ${count(rows)}`;

function createWho(page) {
  const picture = element("span", { className: "picture" });
  const title = element("h2");
  const row = element("p");
  const neighbors = element("p");
  const negative = element("button", { type: "button", className: "negative" });
  negative.addEventListener("click", () => page.choose(Number(negative.dataset.row)));
  const words = element("div", {}, title, row, neighbors, negative);
  const root = element("section", { className: "who" }, picture, words);
  let drawn = [];

  // Its picture, or its values.
  function draw(session, anchor) {
    const values = valueList(page.triplet, session.dataset, anchor, VALUES);
    picture.replaceChildren(portrait(session, anchor));
    words.querySelector("dl")?.remove();
    values && words.append(values);
  }

  // The hardest of its negatives, which becomes the anchor by a click.
  function showNegative({ classes, labels }, anatomy) {
    const row = nearestNegative(anatomy);
    negative.hidden = row === null;
    if (row !== null) {
      negative.dataset.row = String(row);
      const what = oneOf(classes[labels[row]]);
      negative.textContent = `Nearest negative: ${what}, at ${evenNumber(anatomy.distances[row])}`;
    }
  }

  return {
    root,
    show(session, anatomy, theme) {
      const { anchor, positive, nearest } = anatomy;
      const { dataset, heldOut } = session;
      showNegative(dataset, anatomy);
      const next = [dataset, heldOut, anchor, theme];
      if (next.some((one, i) => one !== drawn[i])) {
        drawn = next;
        draw(session, anchor);
      }
      const run = page.comparing ? ` in ${"AB"[page.selected]}` : "";
      title.textContent = `Anchor: ${oneOf(dataset.classes[dataset.labels[anchor]])}${run}`;
      row.textContent = `row ${anchor + 1} · ${heldOut[anchor] ? "unseen" : "trained on"}`;
      neighbors.textContent =
        positive === null ? "alone in its class" : neighborsWords(dataset, anchor, nearest.slice(0, NEIGHBORS));
    },
  };
}
