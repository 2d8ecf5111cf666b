/* words.c - words and their numbers as text, as GloVe and word2vec write them: a row a line, blanks between cells.
 *
 * A first line of two whole numbers is word2vec's, which says how many rows and columns follow; without one there are
 * as many columns as the first row ends with numbers. The columns of a row are its last cells, and what stands before
 * them is the word, so that words may hold blanks, as some of GloVe's do; but no number follows one inside a word. All
 * rows are counted before there is memory for any, so that what a file says of itself never costs more than what it
 * has. */
#include "decimal.h"
#include "vectors.h"

/* A line, without the blanks before and behind it, and without its end. */
typedef struct line {
  const char *at, *end;
} line;

typedef struct reader {
  const char *at, *end; /* what is still to be read */
} reader;

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

/* The next line with anything in it. */
static bool next_line(reader *from, line *next) {
  while (from->at < from->end) {
    const char *end = memchr(from->at, '\n', (size_t)(from->end - from->at));
    *next = (line){from->at, end ? end : from->end};
    from->at = end ? end + 1 : from->end;
    while (next->at < next->end && is_blank(*next->at))
      next->at++;
    while (next->at < next->end && is_blank(next->end[-1]))
      next->end--;
    if (next->at < next->end)
      return true;
  }
  return false;
}

static size_t count_cells(line of) {
  size_t count = 0;
  for (const char *at = of.at; at < of.end; at++)
    count += !is_blank(*at) && (at == of.at || is_blank(at[-1]));
  return count;
}

/* Takes the last cell off a line. */
static line take_last(line *from) {
  line cell = {from->end, from->end};
  while (cell.at > from->at && !is_blank(cell.at[-1]))
    cell.at--;
  from->end = cell.at;
  while (from->end > from->at && is_blank(from->end[-1]))
    from->end--;
  return cell;
}

/* Numbers as programs print them, also those that are none. */
static bool is_number(line cell, double *value) {
  if (triplet_decimal(cell.at, (size_t)(cell.end - cell.at), false, value))
    return true;
  const bool negative = cell.at < cell.end && *cell.at == '-';
  cell.at += negative;
  const bool three = cell.end - cell.at == 3;
  if (three && memcmp(cell.at, "nan", 3) == 0)
    *value = (double)triplet_canonical_nan();
  else if (three && memcmp(cell.at, "inf", 3) == 0)
    *value = negative ? -INFINITY : INFINITY;
  else
    return false;
  return true;
}

static bool is_whole(line cell, size_t *value) {
  *value = 0;
  for (const char *at = cell.at; at < cell.end; at++) {
    if (*at < '0' || *at > '9' || *value > INT32_MAX)
      return false;
    *value = *value * 10 + (size_t)(*at - '0');
  }
  return cell.at < cell.end && *value <= INT32_MAX;
}

/* How many rows and columns a file has, or says it has. */
typedef struct extent {
  size_t rows, cols;
} extent;

/* Whether a line is two whole numbers. */
static bool is_extent(line of, extent *said) {
  const line cols = take_last(&of), rows = take_last(&of);
  return of.at == of.end && is_whole(rows, &said->rows) && is_whole(cols, &said->cols);
}

static size_t count_rows(reader from) {
  line next;
  size_t rows = 0;
  while (next_line(&from, &next))
    rows++;
  return rows;
}

/* Passes word2vec's first line, if it is there. Two whole numbers may also be a word and its only number. */
static bool take_extent(reader *from, extent *said) {
  reader after = *from;
  line first, second;
  if (!next_line(&after, &first) || !is_extent(first, said))
    return false;
  reader rest = after;
  if (next_line(&rest, &second) && count_cells(second) == 2 && (said->cols != 1 || said->rows != count_rows(after)))
    return false;
  *from = after;
  return true;
}

static reader begin(triplet_bytes bytes) {
  const char *text = (const char *)bytes.data;
  const bool marked = bytes.size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
  return (reader){bytes.size ? text + (marked ? 3 : 0) : text, bytes.size ? text + bytes.size : text};
}

bool triplet_is_word2vec(triplet_bytes bytes) {
  reader from = begin(bytes);
  extent said;
  line first;
  double value;
  if (!take_extent(&from, &said) || said.cols < 2 || !next_line(&from, &first))
    return false;
  bool fits = count_cells(first) > said.cols && !memchr(bytes.data, 0, bytes.size);
  for (size_t i = 0; i < said.cols && fits; i++)
    fits = is_number(take_last(&first), &value);
  return fits;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* Of a first row that no line tells of: those that it ends with, since its word may have blanks. Where that leaves a
 * number inside the word, all cells but the first: then one of them is wrong, and the message tells which. */
static size_t count_numbers(line of) {
  const size_t most = count_cells(of) - 1;
  size_t numbers = 0;
  double value;
  for (line rest = of; numbers < most && is_number(take_last(&rest), &value); numbers++)
    of = rest;
  if (!numbers)
    return most;
  for (size_t cells = count_cells(of); cells > 1; cells--)
    if (is_number(take_last(&of), &value))
      return most;
  return numbers;
}

/* Every row has a word and as many numbers as it should, by their count. */
static triplet_status check_rows(triplet_context *context, reader from, const extent *said, extent *found,
                                 size_t *text_size) {
  line next;
  *found = (extent){0, said ? said->cols : 0};
  *text_size = 0;
  for (; next_line(&from, &next); found->rows++) {
    const size_t numbers = count_cells(next) - 1;
    if (found->rows == 0 && !said)
      found->cols = count_numbers(next);
    if (numbers < found->cols || numbers == 0)
      return triplet_vectors_fail(context, "expected a word and %z numbers in each row, got %z cells in row %i",
                                  found->cols ? found->cols : 1, numbers + 1, found->rows);
    *text_size += (size_t)(next.end - next.at) + 1 - 2 * found->cols; /* a number takes two bytes or more */
  }
  if (said && found->rows != said->rows)
    return triplet_vectors_fail(context, "expected %z rows as the first line says, got %z", said->rows, found->rows);
  return triplet_vectors_check_shape(context, 2, found->rows, found->cols);
}

/* What is left of a line is its word. */
static triplet_status read_numbers(triplet_context *context, line *from, size_t row, size_t cols, float *values) {
  for (size_t j = cols; j-- > 0;) {
    const line cell = take_last(from);
    double value;
    if (!is_number(cell, &value))
      return triplet_vectors_fail(context, "expected a number in row %i, column %i, got other text", row, j);
    values[j] = triplet_to_float(value);
    if (fabs(value) <= DBL_MAX && !triplet_is_finite(values[j]))
      return triplet_fail(context, TRIPLET_NOT_FINITE, "bytes", "row %i, column %i leaves float32: %g", row, j, value);
  }
  line word = *from;
  double number;
  for (size_t cells = count_cells(word); cells > 1; cells--)
    if (is_number(take_last(&word), &number))
      return triplet_vectors_fail(context, "expected a word and %z numbers in each row, got more in row %i", cols, row);
  return TRIPLET_OK;
}

static triplet_status read_rows(triplet_context *context, reader from, triplet_vectors *vectors) {
  char *text = vectors->text;
  line next;
  for (size_t row = 0; next_line(&from, &next); row++) {
    TRIPLET_TRY(read_numbers(context, &next, row, vectors->cols, vectors->data + row * vectors->cols));
    const size_t length = (size_t)(next.end - next.at);
    if (triplet_utf8_length(next.at, length) != length)
      return triplet_vectors_fail(context, "the word of row %i is not UTF-8", row);
    vectors->words[row] = memcpy(text, next.at, length);
    text[length] = 0;
    text += length + 1;
  }
  return TRIPLET_OK;
}

triplet_status triplet_words_read(triplet_context *context, triplet_bytes bytes, triplet_vectors *vectors) {
  if (memchr(bytes.data, 0, bytes.size))
    return triplet_vectors_fail(context,
                                "it is no text, as it has zero bytes; word2vec's binary files have to be saved "
                                "as text");
  reader from = begin(bytes);
  extent said, found;
  size_t text_size;
  const bool is_said = take_extent(&from, &said);
  TRIPLET_TRY(check_rows(context, from, is_said ? &said : NULL, &found, &text_size));
  if (!is_said && !found.rows)
    return triplet_vectors_fail(context, "it is empty");
  vectors->data = triplet_vectors_memory(context, vectors, found.rows * found.cols, sizeof *vectors->data);
  vectors->words = triplet_vectors_memory(context, vectors, found.rows, sizeof *vectors->words);
  vectors->text = triplet_vectors_memory(context, vectors, text_size, 1);
  if (!vectors->data || !vectors->words || !vectors->text)
    return TRIPLET_OUT_OF_MEMORY;
  vectors->rows = found.rows;
  vectors->cols = found.cols;
  return read_rows(context, from, vectors);
}
