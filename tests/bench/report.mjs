// The table that make bench prints.

const digits = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

// Seconds, in the unit that suits them.
export function timeText(seconds) {
  const [size, unit] = [
    [1, "s"],
    [1e-3, "ms"],
    [1e-6, "µs"],
  ].find(([least]) => seconds >= least) ?? [1e-9, "ns"];
  return `${digits(seconds / size)} ${unit}`;
}

function figureText({ who, of, form, value, low, high, aim, reached }, ours) {
  const range = `${digits(low)} .. ${digits(high)}`;
  const whose = who === ours ? "" : `${who}: `;
  const what = { time: `x the time of ${of}`, speed: `x the speed of ${of}`, seconds: "s" }[form];
  const sign = form === "speed" ? ">=" : "<=";
  const verdict = aim ? `aim ${sign} ${aim}: ${reached ? "reached" : "NOT REACHED"}` : "";
  return `${`${whose}${digits(value)} ${what}`.padEnd(52)} ${range.padEnd(18)} ${verdict}`.trimEnd();
}

export function printRow({ name, group, title, contestants, figures }, groupBefore) {
  if (group !== groupBefore) {
    console.log(`\n${group.toUpperCase()}`);
  }
  console.log(`\n${title}  [only=${name}]`);
  for (const { name: who, absent, value, low, high, runs, version } of contestants) {
    const times = absent ?? `${timeText(value).padStart(8)}   ${timeText(low)} .. ${timeText(high)}`;
    console.log(`  ${who.padEnd(30)} ${times}${runs > 1 ? `, runs of ${runs}` : ""}${version ? ` (${version})` : ""}`);
  }
  for (const figure of figures) {
    console.log(`    ${figureText(figure, contestants[0].name)}`);
  }
}

export function printGrowths(growths) {
  if (growths.length > 0) {
    console.log("\nGROWTH: time ~ size ^ exponent\n");
  }
  for (const { title, variable, values, exponent, times } of growths) {
    const range = `${exponent.low.toFixed(2)} .. ${exponent.high.toFixed(2)}`;
    const sizes = values.map((value, i) => `${value}: ${timeText(times[i])}`).join(", ");
    console.log(
      `  ${`${title}, by ${variable}`.padEnd(48)} ${exponent.value.toFixed(2).padStart(5)} (${range})  ${sizes}`,
    );
  }
}

export const aimsOf = (rows) =>
  rows.flatMap((row) => row.figures.filter(({ aim }) => aim).map((figure) => ({ row, ...figure })));

export const absentOf = (rows) => {
  const all = rows.flatMap(({ contestants }) => contestants.filter(({ absent }) => absent));
  return [...new Map(all.map(({ name, absent }) => [name, absent]))];
};

export function printSummary({ rows, seconds }) {
  const aims = aimsOf(rows);
  const missed = aims.filter(({ reached }) => !reached);
  const reached = aims.length > 0 ? `${aims.length - missed.length} of ${aims.length} aims reached, ` : "";
  console.log(`\n${reached}${seconds} s`);
  for (const { row, ...figure } of missed) {
    console.log(`  ${row.name.padEnd(24)} ${figureText(figure, row.contestants[0].name)}`);
  }
  for (const [name, why] of absentOf(rows)) {
    console.log(`  without ${name}: ${why}`);
  }
}
