// What sets two runs apart, in words.

// What a mining takes of a batch, for an anchor and a positive.
const MININGS = {
  all: "every triplet of the batch",
  hard: "farthest positive, nearest negative",
  semihard: "nearest negative beyond the positive",
  easy_positive: "nearest positive, any negative",
  distance_weighted: "negatives at all distances alike",
  random: "any positive, any negative",
};

// [title, detail] of a run by a setting that it does not share; detail may be "".
const TITLES = {
  mining: (label, value) => [value === "all" ? "all triplets" : `${label} mining`, MININGS[value]],
  loss: (label) => [`${label} loss`, ""],
  encoder: (label) => [label, ""],
  optimizer: (label) => [label, ""],
  dim: (label) => [`${label} dimensions`, ""],
  distance: (label) => [`${label} distance`, ""],
};

function titleOf({ key, label, kind, choices }, value) {
  const words = choices?.find((choice) => choice.value === value)?.label ?? String(value);
  if (TITLES[key]) {
    return TITLES[key](words, value);
  }
  const name = label.toLowerCase();
  return [kind === "boolean" ? `${value ? "with" : "without"} ${name}` : `${name} ${words}`, ""];
}

// Of settings beside other settings: a title of the first difference, and details of it or of the next ones.
export function apartWords(fields, mine, other) {
  const apart = fields.filter(({ key, when }) => when(mine) && String(mine[key]) !== String(other[key]));
  const titles = apart.map((field) => titleOf(field, mine[field.key]));
  if (titles.length === 0) {
    const lacking = fields.some(({ key, when }) => when(other) && String(mine[key]) !== String(other[key]));
    return { title: lacking ? "all else alike" : "the same settings", detail: "" };
  }
  const [[title, detail], ...more] = titles;
  const others = more.map(([text]) => text).slice(0, 2);
  return { title, detail: [...(detail && others.length === 0 ? [detail] : []), ...others].join(", ") };
}
