// The picture of speed that README shows: how many times as fast as each of its peers triplet is, be it more or less
// than one.
import { timeText } from "./report.mjs";

const WIDTH = 880;
const LINE = 18;
const TOP = 122;
const columns = { title: 24, time: 350, peer: 504, axis: 526, end: 800 };

// ---- what is shown -------------------------------------------------------------------------------------------------

// Of each row its comparisons with what others wrote, triplet's speed as a multiple of theirs.
export function comparisonsOf(rows) {
  return rows.flatMap(({ name, group, title, contestants, figures }) => {
    const rivals = new Set(contestants.filter(({ kind }) => kind === "peer" || kind === "hand").map((one) => one.name));
    return figures
      .filter(({ who, of }) => who === "triplet" && rivals.has(of))
      .map(({ of, form, value, low, high }) => {
        const speed = form === "speed" ? { value, low, high } : { value: 1 / value, low: 1 / high, high: 1 / low };
        const kind = contestants.find((one) => one.name === of).kind;
        return { row: name, group, title, time: contestants[0].value, of, kind, ...speed };
      });
  });
}

export const times = (value) => `${value < 9.95 ? value.toFixed(value < 0.995 ? 2 : 1) : Math.round(value)} ×`;

export function versionsOf(rows) {
  const versions = new Map();
  for (const { name, kind, version } of rows.flatMap(({ contestants }) => contestants)) {
    if (kind === "peer" && version) {
      versions.set(name.replace(/ \(.*| \+ optax|torch\.cdist/g, ""), version);
    }
  }
  versions.delete("");
  return [...versions].map(([name, version]) => `${name} ${version}`);
}

// ---- drawing -------------------------------------------------------------------------------------------------------

const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
const text = (x, y, content, of = "") => `<text x="${x}" y="${y}"${of && ` class="${of}"`}>${escape(content)}</text>`;
const line = (x1, y1, x2, y2, of) => `<path class="${of}" d="M${x1} ${y1}L${x2} ${y2}"/>`;

// Broken between words, so that no line is longer.
export function wrapped(words, most, between) {
  const lines = [""];
  for (const word of words) {
    const longer = lines.at(-1) ? lines.at(-1) + between + word : word;
    if (longer.length > most && lines.at(-1)) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = longer;
    }
  }
  return lines;
}

function scaleOf(comparisons) {
  const low = Math.floor(Math.log10(Math.min(0.5, ...comparisons.map(({ value }) => value))));
  const high = Math.ceil(Math.log10(Math.max(10, ...comparisons.map(({ value }) => value))));
  const width = columns.end - columns.axis;
  const x = (value) => {
    const share = (Math.log10(value) - low) / (high - low);
    return Math.round(10 * (columns.axis + width * Math.min(1, Math.max(0, share)))) / 10;
  };
  const decades = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  return { x, decades };
}

const decadeText = (value) => (value < 1 ? `1/${Math.round(1 / value)}` : String(value));

function drawComparison({ of, kind, value, low, high }, scale, y) {
  const [from, to, left, right] = [1, value, low, high].map(scale.x);
  const side = value >= 1 ? "ahead" : "behind";
  return [
    text(columns.peer, y + 4, of, kind === "hand" ? "end soft" : "end"),
    line(from, y, to, y, `stem ${side}`),
    line(left, y, right, y, `spread ${side}`),
    `<circle class="${side}" cx="${to}" cy="${y}" r="4"/>`,
    text(Math.max(from, to, right) + 9, y + 4, times(value), side),
  ];
}

// [elements, the height they take].
function drawRows(comparisons, scale) {
  const drawn = [];
  let y = TOP;
  let group;
  let row;
  for (const comparison of comparisons) {
    if (comparison.group !== group) {
      y += group ? 14 : 8;
      ({ group } = comparison);
      drawn.push(text(columns.title, y + 4, group, "group"));
      y += LINE + 2;
    } else if (comparison.row !== row) {
      y += 5;
    }
    if (comparison.row !== row) {
      ({ row } = comparison);
      drawn.push(text(columns.title, y + 4, comparison.title.replaceAll(" x ", " × ")));
      drawn.push(text(columns.time, y + 4, timeText(comparison.time), "end soft"));
    }
    drawn.push(...drawComparison(comparison, scale, y));
    y += LINE;
  }
  return [drawn, y];
}

function drawAxis({ x, decades }, bottom) {
  return decades.flatMap((value) => [
    line(x(value), TOP - 6, x(value), bottom, value === 1 ? "same" : "grid"),
    text(x(value), TOP - 14, decadeText(value), "middle soft"),
    text(x(value), bottom + 18, decadeText(value), "middle soft"),
  ]);
}

const style = `
:root { --paper: #ffffff; --ink: #1f2328; --soft: #59636e; --line: #d8dee4; --ahead: #0b7a75; --behind: #bc4c00 }
@media (prefers-color-scheme: dark) {
:root { --paper: #0d1117; --ink: #e6edf3; --soft: #9198a1; --line: #2d333b; --ahead: #4cc2b5; --behind: #f0883e }
}
text { font: 12.5px system-ui, -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: var(--ink) }
.paper { fill: var(--paper); stroke: var(--line) }
.heading { font-size: 22px; font-weight: 600 }
.group { font-weight: 600 }
.soft { fill: var(--soft) }
.small { font-size: 11.5px; fill: var(--soft) }
.end { text-anchor: end }
.middle { text-anchor: middle }
.grid { stroke: var(--line) }
.same { stroke: var(--soft) }
.stem { stroke-width: 2; opacity: 0.45 }
.spread { stroke-width: 5; opacity: 0.25; stroke-linecap: round }
path.ahead { stroke: var(--ahead) }
path.behind { stroke: var(--behind) }
circle.ahead, text.ahead { fill: var(--ahead) }
circle.behind, text.behind { fill: var(--behind) }
text.ahead, text.behind { font-weight: 600; font-variant-numeric: tabular-nums }
`;

export function picture({ machine, rows, date }) {
  const comparisons = comparisonsOf(rows);
  const ahead = comparisons.filter(({ value }) => value >= 1).length;
  const scale = scaleOf(comparisons);
  const [drawn, bottom] = drawRows(comparisons, scale);
  const about = [
    `${date}, one thread each, in turns in one run: the median of the ratios of its rounds, the least and the most.`,
    ...wrapped([machineText(machine), `Node.js ${machine.node.slice(1)}`, ...versionsOf(rows)], 120, " · "),
  ];
  const height = bottom + 60 + 16 * about.length;
  const claim =
    `It is ahead in ${ahead} of ${comparisons.length} comparisons with libraries of others and ` +
    "loops by hand (in grey).";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`,
    `  role="img" aria-labelledby="title claim">`,
    `<style>${style}</style>`,
    `<rect class="paper" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
    `<text id="title" class="heading" x="${columns.title}" y="44">triplet’s speed as a multiple of its peers’</text>`,
    `<text id="claim" class="soft" x="${columns.title}" y="68">`,
    claim,
    "</text>",
    text(scale.x(1) - 10, TOP - 30, "← slower", "end soft"),
    text(scale.x(1) + 10, TOP - 30, "faster →", "soft"),
    text(columns.time, TOP - 14, "takes", "end soft"),
    text(columns.peer, TOP - 14, "beside", "end soft"),
    ...drawAxis(scale, bottom),
    ...drawn.filter(Boolean),
    ...about.flatMap((words, i) => [
      `<text class="small" x="${columns.title}" y="${bottom + 50 + 16 * i}">`,
      ...wrapped(escape(words).split(" "), 110, " "),
      "</text>",
    ]),
    "</svg>",
    "",
  ].join("\n");
}

const widths = { avx512f: "AVX-512", avx2: "AVX2", sse2: "SSE2" };

export function machineText({ processor, cores, widest, compiler }) {
  const name = processor.replace(/\(R\)|\(TM\)| CPU| Processor| @.*/g, "").trim();
  const [, version] = /(\d+\.\d+(?:\.\d+)?)\s*$/.exec(compiler) ?? [];
  const made = `${compiler.startsWith("cc") ? "gcc" : compiler.split(" ")[0]} ${version ?? ""}`.trim();
  return `${name}, ${cores} cores${widths[widest] ? `, ${widths[widest]}` : ""}, ${made}`;
}
