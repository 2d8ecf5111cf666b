// The visitor's own file: dropped anywhere or chosen, read as the library reads it, and never sent. What is decided on
// its columns is shown, and can be had otherwise.
import { limits } from "../model/table.js";
import { TableReader } from "../model/table_reader.js";
import { count, shortened } from "../model/words.js";
import { createDialog } from "./dialog.js";
import { element, formatNumber, uniqueId } from "./dom.js";

const LISTED_COLUMNS = 200;
const MOST_CATEGORIES = 32; // different numbers that are offered as categories

const MISSING = { mean: "are filled with the mean", drop: "leave out their rows" };

// How cells are found, in the library's own names, and in words; the first of each is what is done unasked.
const FORMAT = {
  encoding: ["Encoding", { utf8: "UTF-8", latin1: "Latin-1, Windows" }],
  header: ["First line", { auto: "found by its cells", true: "names of the columns", false: "data" }],
  separator: [
    "Between cells",
    { auto: "found in the first line", comma: "comma", semicolon: "semicolon", tab: "tab", pipe: "|", blanks: "blanks" },
  ],
};

const percentless = (part) => [...part].filter(Boolean);

// createWorker: of a TableReader; use(dataset): called when it is to be trained on.
export function createTableDialog(createWorker, use) {
  /** @type {TableReader} */
  let reader = null;
