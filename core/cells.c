/* cells.c - where cells begin and end. Each byte is looked at once, or twice inside quotes. */
#include "cells.h"

#include "decimal.h"

/* What a byte is outside quotes; a cell ends at the last two. */
enum { PLAIN = 0, BLANK, SEPARATOR, LINE_END };

static const char separators[] = {0, ',', ';', '\t', '|', ' '};

triplet_cells triplet_cells_begin(const char *text, size_t size, triplet_cell_format format) {
  triplet_cells cells = {.at = text,
                         .end = text + size,
                         .comment = format.comment,
                         .comment_length = format.comment ? strlen(format.comment) : 0,
                         .merged = format.merged || format.separator == TRIPLET_SEPARATOR_BLANKS};
  const bool blanks = format.separator == TRIPLET_SEPARATOR_BLANKS;
  cells.marks[' '] = cells.marks['\t'] = blanks ? SEPARATOR : BLANK;
  cells.marks[(unsigned char)separators[format.separator]] = SEPARATOR;
  cells.marks['\n'] = cells.marks['\r'] = LINE_END;
  return cells;
}

static int mark_at(const triplet_cells *cells, const char *at) {
  return at < cells->end ? cells->marks[(unsigned char)*at] : LINE_END;
}

static const char *pass_blanks(const triplet_cells *cells, const char *at) {
  while (mark_at(cells, at) == BLANK)
    at++;
  return at;
}

/* Blanks, and separators where these are merged. */
static const char *pass_gap(const triplet_cells *cells, const char *at) {
  for (int mark; mark = mark_at(cells, at), mark == BLANK || (mark == SEPARATOR && cells->merged);)
    at++;
  return at;
}

static const char *after_line_end(const triplet_cells *cells, const char *at) {
  if (at == cells->end)
    return at;
  return at + (*at == '\r' && at + 1 < cells->end && at[1] == '\n' ? 2 : 1);
}

static bool is_comment(const triplet_cells *cells, const char *at) {
  return cells->comment && (size_t)(cells->end - at) >= cells->comment_length &&
         memcmp(at, cells->comment, cells->comment_length) == 0;
}

bool triplet_cells_row(triplet_cells *cells) {
  while (cells->at < cells->end) {
    const char *at = cells->at;
    if (is_comment(cells, at)) {
      while (at < cells->end && cells->marks[(unsigned char)*at] != LINE_END)
        at++;
    } else {
      const char *first = pass_gap(cells, at);
      if (mark_at(cells, first) != LINE_END) {
        cells->at = cells->merged ? first : at;
        return true;
      }
      at = first;
    }
    cells->at = after_line_end(cells, at);
  }
  return false;
}

/* Behind a cell that ends at `at`. */
static triplet_cell_state pass_end(triplet_cells *cells, const char *at) {
  if (mark_at(cells, at) == SEPARATOR) {
    at++;
    if (cells->merged)
      at = pass_gap(cells, at);
    if (!cells->merged || mark_at(cells, at) != LINE_END) {
      cells->at = at;
      return TRIPLET_CELL_MORE;
    }
  }
  cells->at = after_line_end(cells, at);
  return TRIPLET_CELL_LAST;
}

/* Doubled quotes are one, and each line end is LF. */
triplet_cell triplet_cell_unmarked(const triplet_cell *cell, char *to) {
  const char *from = cell->text, *const end = from + cell->length;
  char *out = to;
  while (from < end) {
    const char c = *from++;
    if (c == '"' || (c == '\r' && from < end && *from == '\n'))
      from++;
    *out++ = c == '\r' ? '\n' : c;
  }
  return (triplet_cell){.text = to, .length = (size_t)(out - to)};
}

/* first: behind the opening quote. */
static triplet_cell_state quoted_cell(triplet_cells *cells, const char *first, triplet_cell *cell) {
  bool is_marked = false;
  const char *at = first;
  while ((at = memchr(at, '"', (size_t)(cells->end - at))) && at + 1 < cells->end && at[1] == '"') {
    is_marked = true;
    at += 2;
  }
  if (!at)
    return TRIPLET_CELL_UNCLOSED;

  const size_t length = (size_t)(at - first);
  *cell = (triplet_cell){first, length, is_marked || memchr(first, '\r', length)};
  at = pass_blanks(cells, at + 1);
  return mark_at(cells, at) == PLAIN ? TRIPLET_CELL_AFTER_QUOTE : pass_end(cells, at);
}

triplet_cell_state triplet_cells_next(triplet_cells *cells, triplet_cell *cell) {
  const char *first = pass_blanks(cells, cells->at);
  if (first < cells->end && *first == '"')
    return quoted_cell(cells, first + 1, cell);
  const char *at = first, *const end = cells->end;
  while (at < end && cells->marks[(unsigned char)*at] < SEPARATOR)
    at++;
  const char *last = at;
  while (last > first && cells->marks[(unsigned char)last[-1]] == BLANK)
    last--;
  *cell = (triplet_cell){.text = first, .length = (size_t)(last - first)};
  return pass_end(cells, at);
}

/* ---- what stands between cells ----------------------------------------------------------------------------------- */

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* The first line that is no comment, with what its marks are where blanks separate; at the end where there is none. */
static triplet_cells first_line(const char *text, size_t size, const char *comment) {
  const triplet_cell_format blanks = {TRIPLET_SEPARATOR_BLANKS, true, comment};
  triplet_cells cells = triplet_cells_begin(text, size, blanks);
  triplet_cells_row(&cells);
  return cells;
}

/* Whether what blanks cut a line into, quotes apart, are numbers, several of them. Then a tab is but another blank. */
static bool is_numbers_between_blanks(triplet_cells line) {
  triplet_cell cell;
  size_t numbers = 0;
  triplet_cell_state state = TRIPLET_CELL_MORE;
  bool spaces = false;
  while (state == TRIPLET_CELL_MORE) {
    const char *first = line.at;
    if (*first == '"')
      return spaces && numbers > 1;
    state = triplet_cells_next(&line, &cell);
    double number;
    if (!triplet_decimal(cell.text, cell.length, true, &number))
      return false;
    numbers++;
    spaces |= state == TRIPLET_CELL_MORE && memchr(first, ' ', (size_t)(line.at - first));
  }
  return spaces && numbers > 1;
}

triplet_separator triplet_cells_separator(const char *text, size_t size, const char *comment) {
  const triplet_cells line = first_line(text, size, comment);
  if (line.at == line.end)
    return TRIPLET_SEPARATOR_COMMA;
  size_t counts[TRIPLET_SEPARATOR_BLANKS] = {0}, between_digits = 0;
  const char *first = line.at;
  while (first > text && (first[-1] == '\t' || first[-1] == ' ')) /* which were passed over */
    first--;
  bool quoted = false, opens = true; /* whether a quote would, where a cell may begin or behind a quote */
  for (const char *at = first; at < line.end && (quoted || line.marks[(unsigned char)*at] != LINE_END); at++) {
    if (*at == '"' && opens)
      quoted = !quoted;
    if (*at == '"' || quoted)
      continue;
    opens = *at == ' ';
    for (int i = TRIPLET_SEPARATOR_COMMA; i < TRIPLET_SEPARATOR_BLANKS; i++)
      if (*at == separators[i]) {
        counts[i]++;
        opens = true;
      }
    between_digits += *at == ',' && at > first && is_digit(at[-1]) && at + 1 < line.end && is_digit(at[1]);
  }

  if (counts[TRIPLET_SEPARATOR_SEMICOLON] + counts[TRIPLET_SEPARATOR_TAB] + counts[TRIPLET_SEPARATOR_PIPE])
    counts[TRIPLET_SEPARATOR_COMMA] -= between_digits;
  triplet_separator best = TRIPLET_SEPARATOR_BLANKS;
  size_t most = 0;
  for (int i = TRIPLET_SEPARATOR_COMMA; i < TRIPLET_SEPARATOR_BLANKS; i++)
    if (counts[i] > most) {
      most = counts[i];
      best = (triplet_separator)i;
    }
  return best == TRIPLET_SEPARATOR_TAB && is_numbers_between_blanks(line) ? TRIPLET_SEPARATOR_BLANKS : best;
}
