// Labels as people have them: integers and texts, one or several a row, or a matrix of relations.
/** @import { Call } from "./call.js" */
import { MAX_SIZE, isList, whole } from "./call.js";
import { describe } from "./errors.js";

/**
 * The core knows labels as integers. A text has the number of its place among all texts, in order of appearance: first
 * those that a memory or a trainer knows, then those that a call adds.
 */
export class Numbering {
  added = new Map();
  #known;
  #count;

  /**
   * texts, integers: whether there are texts, and integers that could be taken for one.
   * @param {Map<string, number>} [known]
   */
  constructor(known = new Map(), count = known.size, texts = count > 0, integers = false) {
    this.#known = known;
    this.#count = count;
    this.texts = texts;
    this.integers = integers;
  }

  // As the trainer's classes are named.
  static ofClasses(names) {
    const entries = names.map((name, i) => [name, i]);
    return new Numbering(new Map(entries.reverse()), names.length, false);
  }

  number(text) {
    const number = this.#known.get(text) ?? this.added.get(text) ?? this.#count + this.added.size;
    if (number === this.#count + this.added.size) {
      this.added.set(text, number);
    }
    return number;
  }

  // The texts by their numbers, where labels are texts.
  get names() {
    return new Map(this.texts ? [...this.#known, ...this.added].map(([text, number]) => [number, text]) : []);
  }

  // With what was added known.
  after() {
    const known = this.added.size ? new Map([...this.#known, ...this.added]) : this.#known;
    return new Numbering(known, known.size, known.size > 0, this.integers);
  }
}

/**
 * What the core takes: integers, ends where some rows have several or none, or a block of relations.
 * @typedef {{ integers?: ArrayLike<number>, ends?: ArrayLike<number>, relations?: number }} Labels
 *
 * @param {Call} call
 * @param {Numbering} numbering
 * @returns {Labels}
 */
export function readLabels(call, value, argument, numbering) {
  const list = call.listOf(value, argument);
  if (!isList(list)) {
    const relations = value?.relations;
    if (relations === undefined) {
      call.refuse(argument, "an array of labels or { relations: matrix }", describe(value));
    }
    return { relations: call.matrix(relations, `${argument}.relations`) };
  }

  const integers = [];
  const ends = [];
  const rows = lengthOf(call, list, argument);
  for (let i = 0; i < rows; i++) {
    const row = list[i];
    if (isList(row)) {
      const count = lengthOf(call, row, argument);
      for (let j = 0; j < count; j++) {
        integers.push(readLabel(call, row[j], [argument, i, j], numbering));
      }
    } else {
      integers.push(readLabel(call, row, [argument, i], numbering));
    }
    ends.push(integers.length);
  }
  const single = ends.every((end, i) => end === i + 1);
  return { integers, ends: single ? undefined : ends };
}

/**
 * @param {Call} call
 * @param {Labels} labels
 */
export function labelledRows(call, { integers, ends, relations }) {
  return relations ? call.core.rows(relations) : (ends ?? integers ?? []).length;
}

// Made whole, as a proxy may tell anything.
function lengthOf(call, list, argument) {
  return call.size(Number(list.length) >>> 0, argument, 0, MAX_SIZE, ".length");
}

/**
 * Texts count from 0, so integers that do as well cannot stand beside them; others can: -1, say, for rows without a
 * label.
 * @param {Call} call
 */
function readLabel(call, value, [argument, ...place], numbering) {
  const refuse = (expected, Type) =>
    call.refuse(`${argument}[${place.join("][")}]`, expected, describe(value), Type);
  if (typeof value === "string") {
    if (numbering.integers || value.includes("\0")) {
      refuse(numbering.integers ? "no text beside integers >= 0" : "a text without \\0");
    }
    numbering.texts = true;
    return numbering.number(value);
  }
  const number = typeof value === "boolean" ? Number(value) : whole(value);
  if (typeof number !== "number") {
    refuse(place.length > 1 ? "an int32 or a text" : "an int32, a text or an array of them");
  }
  if ((number | 0) !== number) {
    refuse("an int32", RangeError);
  }
  numbering.integers ||= number >= 0;
  return number >= 0 && numbering.texts ? refuse("no integer >= 0 beside texts") : number;
}
