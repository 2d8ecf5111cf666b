// The data sets as small pictures to choose from. Those that a visitor brings can be opened, and chosen once they are
// here.
import { load } from "../model/datasets.js";
import { setNames, setOf } from "../model/sets.js";
import { thumbnailOf } from "../model/thumbnails.js";
import { shortened } from "../model/words.js";
import { element } from "../view/dom.js";
import { icon } from "../view/icons.js";
import { onTheme } from "../view/theme.js";
import { createThumbnail } from "../view/thumbnail.js";

const OPENED_BY = { own: "data", drawn: "symbols" }; // panels
const ICONS = { own: "plus", drawn: "pen" };
const LIKE_DEFAULTS = { rows: 400, noise: 1, seed: 1 };

export function createSets(page) {
  const tiles = setNames.map((name) => createTile(page, name));
  page.kept?.find(); // its name, for the tile
  onTheme(() => tiles.forEach((tile) => tile.draw()));
  return {
    root: element("div", { className: "sets", role: "group", "aria-label": "Data" }, ...tiles.map(({ root }) => root)),
    // chosen: the name of the set that is in force.
    show: (chosen) => tiles.forEach((tile) => tile.show(chosen)),
  };
}

function createTile(page, name) {
  const { short, title } = setOf(name);
  const panel = OPENED_BY[name];
  const { canvas, draw } = createThumbnail();
  const caption = element("span", { className: "caption", textContent: short });
  const root = element("button", { type: "button", title, "data-set": name, on: { click: choose } });
  const blank = panel ? element("span", { className: "blank" }, icon(ICONS[name])) : canvas;
  root.append(blank, caption);
  let pictured = null; // the dataset of the picture
  let thumbnail = null;

  function choose() {
    if (panel && (!page.visitorData[name] || page.session.current?.data === name)) {
      page.openPanel(panel);
      return;
    }
    page.set("data", name);
    page.look({ ...setOf(name).view, anchor: -1, positive: undefined, highlighted: -1, brushed: null, story: "" });
  }

  function picture(dataset) {
    pictured = dataset;
    thumbnail = thumbnailOf(dataset);
    root.replaceChild(canvas, root.firstChild);
    draw(thumbnail);
  }

  function showVisitors(dataset) {
    if (dataset && dataset !== pictured) {
      picture(dataset);
    } else if (!dataset && pictured) {
      pictured = thumbnail = null;
      root.replaceChild(blank, root.firstChild);
    }
    const own = dataset?.title ?? page.kept?.about?.name;
    caption.textContent = name === "own" && own ? shortened(own, 18) : short;
    root.classList.toggle("dashed", !dataset);
  }

  // A set that cannot be loaded now has no picture; choosing it tells why.
  async function showShipped() {
    const { dataset } = page.session;
    pictured = {};
    try {
      picture(
        dataset?.name === name && dataset.images
          ? dataset
          : await load({ ...LIKE_DEFAULTS, data: name }, { triplet: page.triplet, fetch: (path) => fetch(path) }),
      );
    } catch {
      pictured = null;
    }
  }

  return {
    root,
    draw: () => thumbnail && draw(thumbnail),
    show(chosen) {
      root.setAttribute("aria-pressed", String(chosen === name));
      panel ? showVisitors(page.visitorData[name]) : (pictured ?? showShipped());
    },
  };
}
