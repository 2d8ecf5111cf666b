// The cells of a text of separated values. Each character is looked at once, so that time is linear in the length.
const DELIMITERS = [",", "\t", ";", "|"];
const QUOTE = '"';
const CARRIAGE_RETURN = 13;
const NEWLINE = 10;

export const isLineEnd = (code) => code === NEWLINE || code === CARRIAGE_RETURN;

// A quote that is not closed, or closed in the middle of its cell.
export class QuoteError extends Error {
  name = "QuoteError";
}

// The most frequent delimiter of the first line that is not empty, outside quotes; "" if there is no such line yet.
export function delimiterOf(text) {
  const counts = DELIMITERS.map(() => 0);
  let quoted = false;
  let empty = true;
  for (let i = 0; i < text.length && (quoted || empty || !isLineEnd(text.charCodeAt(i))); i++) {
    quoted = quoted !== (text[i] === QUOTE);
    empty &&= isLineEnd(text.charCodeAt(i));
    if (!quoted && DELIMITERS.includes(text[i])) {
      counts[DELIMITERS.indexOf(text[i])]++;
    }
  }
  return empty ? "" : DELIMITERS[counts.indexOf(Math.max(...counts))];
}

// Lists of cells, line by line, without those of empty lines. Throws a QuoteError.
export function* recordsOf(text, delimiter) {
  const between = delimiter.charCodeAt(0);
  let record = [];
  for (let at = 0; at < text.length || record.length > 0; ) {
    const [cell, end] = text[at] === QUOTE ? quotedCell(text, at, between) : plainCell(text, at, between);
    record.push(cell);
    at = end + 1;
    if (text.charCodeAt(end) !== between) {
      if (record.length > 1 || record[0] !== "") {
        yield record;
      }
      record = [];
    }
  }
}

const isCellEnd = (code, between) => code === between || isLineEnd(code) || Number.isNaN(code);

function plainCell(text, start, between) {
  let end = start;
  while (!isCellEnd(text.charCodeAt(end), between)) {
    end++;
  }
  return [text.slice(start, end), end];
}

function quotedCell(text, start, between) {
  let cell = "";
  for (let from = start + 1; ; ) {
    const close = text.indexOf(QUOTE, from);
    if (close < 0) {
      throw new QuoteError();
    }
    cell += text.slice(from, close);
    from = close + 2;
    if (text[close + 1] !== QUOTE) {
      const [blank, end] = plainCell(text, close + 1, between);
      if (blank.trim() !== "") {
        throw new QuoteError();
      }
      return [cell, end];
    }
    cell += QUOTE;
  }
}
