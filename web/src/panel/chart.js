// One figure over the steps, with axes: what it was at a step is told where the pointer is, and a click goes there.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { count } from "../model/words.js";
import { element, smallFont } from "../view/dom.js";
import { colours, onTheme } from "../view/theme.js";
import { roundedUp } from "./rounded.js";

const HEIGHT = 118; // px
const DASH = [6, 4];
const together = uPlot.sync("steps");

// most: of the axis, where that is fixed; words(value); seek(step): when it is clicked.
/** @param {any} figure */
export function createChart({ title, colour, most, words, seek }) {
  const about = element("span", { className: "hint" });
  const told = element("output");
  const host = element("div", { className: "plot", role: "img" });
  const root = element(
    "figure",
    { className: "chart" },
    element("figcaption", {}, element("b", { textContent: title }), about, told),
    host,
  );
  let plot = null;
  let runs = 0;
  /** @type {any} */
  let data = [[0]];
  let step = 0;
  let last = 0;

  function tell(index) {
    const values = data.slice(1).map((column) => lastUpTo(column, index ?? data[0].findLastIndex((at) => at <= step)));
    const at = index === null || index === undefined ? "" : `step ${count(data[0][index])}: `;
    told.textContent = values.some((value) => value !== null)
      ? at + values.map((value) => (value === null ? "–" : words(value))).join(" / ")
      : "";
  }

  function axis(palette) {
    return {
      stroke: palette.ink2,
      font: smallFont(),
      grid: { stroke: palette.line, width: 1 },
      ticks: { show: false },
      gap: 4,
    };
  }

  function make() {
    plot?.destroy();
    const palette = colours();
    const series = Array.from({ length: runs }, (_, run) => ({
      stroke: palette[colour],
      width: 1.75,
      dash: run ? DASH : [],
      points: { show: false },
      spanGaps: true,
    }));
    /** @type {any} */
    const scales = {
      x: { time: false, range: () => [0, Math.max(last, 10)] },
      y: { range: (_, _least, largest) => [0, most ?? roundedUp(largest)] },
    };
    const axes = [
      { ...axis(palette), size: 22, values: (_, splits) => splits.map((at) => count(at)) },
      { ...axis(palette), size: 42, space: 28, values: (_, splits) => splits.map((at) => (at ? words(at) : "0")) },
    ];
    plot = new uPlot(
      {
        width: host.clientWidth || 300,
        height: HEIGHT,
        padding: [6, 14, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false }, sync: { key: together.key } },
        scales,
        axes,
        series: [{}, ...series],
        hooks: { setCursor: [({ cursor }) => tell(cursor.idx)], draw: [mark] },
      },
      data,
      host,
    );
    plot.over.addEventListener("click", () => seek(Math.round(plot.posToVal(plot.cursor.left, "x"))));
  }

  // The step that is shown.
  function mark({ ctx, bbox, valToPos }) {
    const at = Math.round(valToPos(step, "x", true));
    ctx.save();
    ctx.fillStyle = colours().ink;
    ctx.fillRect(at - devicePixelRatio / 2, bbox.top, devicePixelRatio, bbox.height);
    ctx.restore();
  }

  new ResizeObserver(() => plot?.setSize({ width: host.clientWidth || 300, height: HEIGHT })).observe(host);
  onTheme(() => runs && make());

  return {
    root,
    about: (text) => (about.textContent = text),
    // tables: [steps, values] of each run; shown: the step on the stage; reached: the last of all.
    show(tables, shown, reached) {
      data = uPlot.join(tables);
      step = shown;
      last = reached;
      if (runs !== tables.length) {
        runs = tables.length;
        make();
      } else {
        plot.setData(data);
      }
      plot.cursor.idx === null || plot.cursor.left < 0 ? tell(null) : tell(plot.cursor.idx);
      const here = told.textContent ? `, at step ${count(shown)} ${told.textContent}` : "";
      host.setAttribute("aria-label", `${title} over the steps${here}`);
    },
  };
}

function lastUpTo(column, index) {
  for (let i = index; i >= 0; i--) {
    if (column[i] !== null && column[i] !== undefined) {
      return column[i];
    }
  }
  return null;
}
