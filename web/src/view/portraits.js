// Rows as a line of small pictures, each a button that chooses its row.
import "../style/portraits.css";
import { oneOf } from "../model/words.js";
import { element } from "./dom.js";
import { portrait } from "./portrait.js";

// choose(row): when one is pressed. The buttons stay as the rows change, so that the focus does.
export function createPortraits(page, title, choose) {
  const heading = element("h3", { textContent: title });
  const list = element("ol");
  const root = element("section", { className: "portraits" }, heading, list);
  let drawn = {}; // the data set and the theme's pictures

  function addTile() {
    const button = element("button", { type: "button" });
    const rowOf = () => Number(button.dataset.row);
    button.addEventListener("click", () => choose(rowOf()));
    button.addEventListener("pointerenter", () => page.look({ hovered: rowOf() }));
    button.addEventListener("pointerleave", () => page.look({ hovered: -1 }));
    const picture = element("span", { className: "picture" });
    const words = element("span", { className: "number" });
    button.append(picture, words);
    list.append(element("li", {}, button));
    return { button, picture, words };
  }

  const tiles = [];
  return {
    root,
    heading,
    // rows: [{ row, text, words, wrong }]: what stands below each and how it is read out; wrong: of another class.
    show(session, rows, theme) {
      const fresh = drawn.dataset !== session.dataset || drawn.heldOut !== session.heldOut || drawn.theme !== theme;
      drawn = { dataset: session.dataset, heldOut: session.heldOut, theme };
      while (tiles.length < rows.length) {
        tiles.push(addTile());
      }
      tiles.splice(rows.length).forEach(({ button }) => button.parentElement.remove());
      rows.forEach(({ row, text, words, wrong }, i) => {
        const { button, picture, words: below } = tiles[i];
        if (fresh || button.dataset.row !== String(row)) {
          button.dataset.row = String(row);
          picture.replaceChildren(portrait(session, row));
        }
        button.classList.toggle("wrong", wrong);
        button.setAttribute("aria-label", `Row ${row + 1}, ${classWords(session.dataset, row)}, ${words}`);
        below.textContent = text;
      });
    },
  };
}

const classWords = ({ classes, labels }, row) => oneOf(classes[labels[row]]);
