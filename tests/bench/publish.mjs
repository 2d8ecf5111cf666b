// make figures: the last whole run of make bench, build/bench.json, becomes tests/bench/bench.json, and of that are
// made the picture bench.svg and README's words about speed, between two comments there.
//
//   node tests/bench/publish.mjs [--check]    --check: whether the picture and the words are those of bench.json
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { comparisonsOf, machineText, picture, times, wrapped } from "./picture.mjs";
import { absentOf, aimsOf } from "./report.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const files = { run: "build/bench.json", kept: "tests/bench/bench.json", picture: "tests/bench/bench.svg" };
const [begin, end] = ["<!-- Made by `make figures`. -->", "<!-- End of what `make figures` makes. -->"];

const read = (path) => readFileSync(root + path, "utf8");

// ---- words ----------------------------------------------------------------------------------------------------------

const listed = (items) => (items.length > 1 ? `${items.slice(0, -1).join(", ")} and ${items.at(-1)}` : items.join());

// "4.0 to 6.4 ×" for each other of a group.
function rangesOf(comparisons) {
  return [...grouped(comparisons)].map(([of, list]) => {
    const [low, high] = [Math.min, Math.max].map((pick) => times(pick(...list.map(({ value }) => value))));
    return `${of} ${low === high ? low : `${low.replace(" ×", "")} to ${high}`}`;
  });
}

function grouped(comparisons) {
  const groups = new Map();
  for (const one of comparisons) {
    groups.set(one.of, [...(groups.get(one.of) ?? []), one]);
  }
  return groups;
}

function tableOf(comparisons) {
  const groups = [...new Set(comparisons.map(({ group }) => group))];
  const lines = groups.map((group) => {
    const ranges = rangesOf(comparisons.filter((one) => one.group === group));
    return `| ${group} | ${ranges.join(", ")} |`;
  });
  return ["| work | triplet's speed as a multiple of |", "| --- | --- |", ...lines].join("\n");
}

function growthText({ title, variable, exponent }) {
  return `${title} ${variable}^${exponent.value.toFixed(2)}`;
}

function wordsOf({ machine, rows, growths, seconds, date }) {
  const comparisons = comparisonsOf(rows);
  const aims = aimsOf(rows);
  const reached = aims.filter((aim) => aim.reached);
  const absent = absentOf(rows).map(([name]) => name);
  const sizes = growths.filter(({ variable }) => variable !== "threads");
  const paragraphs = [
    "![Speed of triplet as a multiple of its peers', on a logarithmic axis](tests/bench/bench.svg)",
    `Measured on ${date} (${machineText(machine)}) by \`make bench\`, in one run of ${Math.ceil(seconds / 60)} ` +
      "minutes in which contestants took turns, with the peers that `make peers` installs; PyTorch is Debian's. " +
      "Medians of each group, the least and the most:",
    tableOf(comparisons),
    absent.length > 0 && `Not installed were ${listed(absent)}.`,
    `It reaches ${reached.length} of the ${aims.length} aims of the benchmark, which tells at its end what it misses.`,
    `How times grow: ${sizes.map(growthText).join("; ")}.`,
  ];
  return paragraphs.filter(Boolean).map(wrap).join("\n\n");
}

// Lines of 120 characters at most, but of tables and pictures.
function wrap(paragraph) {
  if (/^[|!]/.test(paragraph)) {
    return paragraph;
  }
  return wrapped(paragraph.split(" "), 120, " ").join("\n");
}

// ---- files ----------------------------------------------------------------------------------------------------------

function readmeWith(words) {
  const readme = read("README.md");
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) {
    throw new Error(`README.md has no place for what make figures makes: ${begin} ... ${end}`);
  }
  return `${readme.slice(0, from)}${begin}\n\n${words}\n\n${readme.slice(to)}`;
}

const check = process.argv[2] === "--check";
if (!check && existsSync(root + files.run)) {
  copyFileSync(root + files.run, root + files.kept);
}
const measured = JSON.parse(read(files.kept));
const made = { [files.picture]: picture(measured), "README.md": readmeWith(wordsOf(measured)) };
for (const [path, text] of Object.entries(made)) {
  if (!check) {
    writeFileSync(root + path, text);
  } else if (read(path) !== text) {
    console.error(`${path} is not what make figures makes of ${files.kept}`);
    process.exitCode = 1;
  }
}
