// Loss, active share and held-out recall over the steps, of one run or of two.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { percent } from "../model/words.js";
import { element, formatNumber, smallFont } from "./dom.js";
import { colours, onTheme } from "./theme.js";

const SERIES = [
  { name: "loss", label: "loss", colour: "ink", scale: "loss" },
  { name: "active", label: "active", colour: "push", scale: "share" },
  { name: "recall", label: "recall@1", colour: "found", scale: "share" },
];

const ceiling = (most) => {
  const power = 10 ** Math.floor(Math.log10(most || 1));
  return [1, 2, 3, 5, 10].map((times) => times * power).find((step) => step >= most) ?? most;
};

export function createCurves(root) {
  const names = SERIES.map(({ label, colour }) => element("span", { className: `key-${colour}`, textContent: label }));
  const active = names[SERIES.findIndex(({ name }) => name === "active")];
  const key = element("p", { className: "key" }, ...names);
  const dashes = element("span", { className: "key-dashes", textContent: "B", hidden: true });
  key.append(dashes);
  const host = element("div", {
    className: "plot",
    role: "img",
    "aria-label": "Curves of loss, active share and recall@1",
  });
  root.append(key, host);
  let plot = null;
  let panes = 0;
  /** @type {any} */
  let data = [[0]]; // columns, as uPlot takes them

  function make() {
    plot?.destroy();
    const palette = colours();
    const room = 3.4 * parseFloat(getComputedStyle(document.documentElement).fontSize);

    const axis = {
      stroke: palette.muted,
      font: smallFont(),
      grid: { stroke: palette.line, width: 1 },
      ticks: { show: false },
    };

    const series = Array.from({ length: panes }, (_, pane) =>
      SERIES.map(({ label, colour, scale }) => ({
        label,
        scale,
        stroke: palette[colour],
        width: 1.8,
        dash: pane ? [6, 4] : [],
        points: { show: colour === "found", size: 4, fill: palette[colour] }, // recall, where it was measured
        spanGaps: true,
      })),
    ).flat();

    plot = new uPlot(
      {
        width: Math.max(host.clientWidth, 120),
        height: Math.max(host.clientHeight, 90),
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: (_, least, most) => [0, Math.max(most, 10)] },
          loss: { range: (_, least, most) => [0, ceiling(most)] },
          share: { range: [0, 1] },
        },
        axes: [
          { ...axis, size: room / 2 },
          { ...axis, scale: "loss", size: room, values: (_, splits) => splits.map((value) => formatNumber(value)) },
          {
            ...axis,
            scale: "share",
            side: 1,
            size: room,
            grid: { show: false },
            values: (_, splits) => splits.map((value) => percent(value)),
          },
        ],
        series: [{}, ...series],
      },
      data,
      host,
    );
  }

  new ResizeObserver(() =>
    plot?.setSize({ width: Math.max(host.clientWidth, 120), height: Math.max(host.clientHeight, 90) }),
  ).observe(host);
  onTheme(() => panes && make());

  return {
    // runs: the curves of a session, one or two; terms: what is active, "" if it is not the same in both.
    show(runs, terms) {
      active.textContent = `active ${terms}`;
      const table = (points) => [points.map(({ step }) => step), points.map(({ value }) => value)];
      data = uPlot.join(runs.flatMap((run) => SERIES.map(({ name }) => table(run[name]))));
      if (panes !== runs.length) {
        panes = runs.length;
        dashes.hidden = panes < 2;
        make();
      } else {
        plot.setData(data);
      }
    },
  };
}
