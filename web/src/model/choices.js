// What a visitor wants otherwise than the library decides for a file, as options of readTable.
const LISTS = ["keep", "ignore", "categories"]; // of names of columns

export class Choices {
  #lists;
  #others;

  // options: of readTable, from an earlier choice.
  constructor(options = {}) {
    this.#lists = Object.fromEntries(LISTS.map((list) => [list, new Set(options[list])]));
    this.#others = Object.fromEntries(Object.entries(options).filter(([name]) => !LISTS.includes(name)));
  }

  get options() {
    return { ...this.#others, ...Object.fromEntries(LISTS.map((list) => [list, [...this.#lists[list]]])) };
  }

  // A column to learn from, or not. What was asked for is taken back; what was not, the opposite is asked for.
  want(name, wanted) {
    const { keep, ignore } = this.#lists;
    const [back, forth] = wanted ? [ignore, keep] : [keep, ignore];
    back.delete(name) || forth.add(name);
  }

  // Numbers that are to be categories, or not.
  category(name, wanted) {
    wanted ? this.#lists.categories.add(name) : this.#lists.categories.delete(name);
  }

  // Options that are about no single column.
  choose(options) {
    Object.assign(this.#others, options);
  }

  // Texts that stand for a missing cell, separated by commas.
  missingTexts(line) {
    const texts = line.split(",").map((text) => text.trim());
    this.choose({ missingTexts: texts.filter((text, i) => text && texts.indexOf(text) === i) });
  }

  // How cells are found. Columns may have other names then, so that only what is about none of them stays.
  format(formats) {
    const { missingTexts } = this.#others;
    this.#lists = Object.fromEntries(LISTS.map((list) => [list, new Set()]));
    this.#others = missingTexts ? { missingTexts, ...formats } : formats;
  }
}
