/* Random tables, which are written from known cells with any separator, quotes, line ends, blanks, comments and
 * encoding, and must read back exactly; and what reading may not depend on. */
#define _POSIX_C_SOURCE 200809L
#include "tables.h"

#include "../fuzz/fuzz_table.c"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 12, MOST_COLUMNS = 7, MOST_TEXT = 80, ROUNDS = 6000 };

static const char marks[] = ",;\t| "; /* of the separators from comma on */

/* ---- what is known of a table ------------------------------------------------------------------------------------ */

typedef struct known_cell {
  char text[MOST_TEXT]; /* UTF-8; a line end in it is LF */
  bool missing;
} known_cell;

typedef struct known_table {
  size_t rows, columns;
  known_cell names[MOST_COLUMNS], cells[MOST_ROWS][MOST_COLUMNS];
  bool numbers[MOST_COLUMNS]; /* that are all it has */
} known_table;

/* How it is written. */
typedef struct writing {
  triplet_table_options options;
  triplet_separator separator;
  const char *line_end; /* NULL: any of them, each time */
  bool latin1, quotes_all;
} writing;

static bool one_in(seeded *from, size_t count) {
  return seeded_below(from, count) == 0;
}

static const char *pick(seeded *from, const char *const *texts, size_t count) {
  return texts[seeded_below(from, count)];
}

static void make_number(seeded *from, char *text, bool comma) {
  static const char *const formats[] = {"%.0f", "%.3f", "%g", "%.17g", "%e", "%+.2f", "%+.9E", "%08.2f"};
  static const char *const others[] = {".5", "5.", "-.5e1", "+0", "-0", "1e-400", "00012", "12e+3", "9007199254740993"};
  const double size = pow(10, seeded_between(from, -8, 9));
  if (one_in(from, 5))
    strcpy(text, pick(from, others, sizeof others / sizeof *others));
  else
    snprintf(text, MOST_TEXT, formats[seeded_below(from, sizeof formats / sizeof *formats)],
             seeded_between(from, -size, size));
  char *const point = strchr(text, '.');
  if (comma && point && one_in(from, 2))
    *point = ',';
}

/* Of pieces that a reader could stumble over; never a number, nor missing. */
static void make_text(seeded *from, char *text, bool latin1) {
  static const char *const pieces[] = {
      "a", "b",  "N", "NA", "1", ".", ",", ";", "\t", "|",    " ",        "\"",           "\"\"", "\n",
      "#", "//", "-", "+",  "e", "?", "=", "'", "\\", "\x7f", "\xc3\xa9", "\xe2\x82\xac", "0x",   "nan"};
  const size_t count = sizeof pieces / sizeof *pieces;
  size_t length;
  do {
    text[0] = 0;
    for (size_t i = seeded_below(from, 6) + 1; i-- > 0;) {
      const char *piece = pick(from, pieces, count);
      if (!latin1 || (unsigned char)*piece != 0xe2)
        strcat(text, piece);
    }
    length = strlen(text);
  } while (!strpbrk(text, "abN#=\\'/x") || (length < 4 && strpbrk(text, "Nn")));
}

static bool is_name_new(const known_table *of, size_t column) {
  for (size_t i = 0; i < column; i++)
    if (strcmp(of->names[i].text, of->names[column].text) == 0)
      return false;
  return true;
}

static known_table make_table(seeded *from, const writing *how) {
  known_table made = {.rows = 1 + seeded_below(from, MOST_ROWS), .columns = 1 + seeded_below(from, MOST_COLUMNS)};
  const bool comma = how->separator != TRIPLET_SEPARATOR_COMMA;
  for (size_t i = 0; i < made.columns; i++) {
    do
      make_text(from, made.names[i].text, how->latin1);
    while (!is_name_new(&made, i));
    made.numbers[i] = one_in(from, 2);
    for (size_t row = 0; row < made.rows; row++) {
      known_cell *cell = &made.cells[row][i];
      cell->missing = one_in(from, 6);
      if (!cell->missing && (made.numbers[i] || one_in(from, 4)))
        make_number(from, cell->text, comma);
      else if (!cell->missing)
        make_text(from, cell->text, how->latin1);
    }
  }
  return made;
}

/* ---- writing it -------------------------------------------------------------------------------------------------- */

static void write_line_end(written *to, seeded *from, const writing *how) {
  static const char *const ends[] = {"\n", "\r\n", "\r"};
  const bool after_cr = to->text[to->size - 1] == '\r'; /* with which an LF would be one */
  const char *end = how->line_end ? how->line_end : pick(from, ends + after_cr, 3 - after_cr);
  write_bytes(to, end, strlen(end));
}

static bool tells_separator(const writing *how, bool first_line) {
  return first_line && how->options.separator == TRIPLET_SEPARATOR_AUTO;
}

/* What no separator is, and a reader passes over. Among numbers and spaces, a tab would be one of the blanks. */
static void write_blanks(written *to, seeded *from, const writing *how, bool first_line) {
  const bool spaces = how->separator == TRIPLET_SEPARATOR_TAB || tells_separator(how, first_line);
  if (how->separator == TRIPLET_SEPARATOR_TAB && tells_separator(how, first_line))
    return;
  while (one_in(from, 4))
    write_bytes(to, spaces || one_in(from, 2) ? " " : "\t", 1);
}

static void write_quoted(written *to, seeded *from, const writing *how, const char *text) {
  write_bytes(to, "\"", 1);
  for (; *text; text++)
    if (*text == '\n')
      write_line_end(to, from, how);
    else
      write_bytes(to, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
  write_bytes(to, "\"", 1);
}

/* The first line is to have no mark of a separator that is none, where it has to be told. */
static bool needs_quotes(const writing *how, const char *text, bool first_line) {
  const char mark[] = {marks[how->separator - TRIPLET_SEPARATOR_COMMA], 0}, *const comment = how->options.comment;
  const char *const others = how->separator == TRIPLET_SEPARATOR_BLANKS ? " \t" : mark;
  const size_t length = strlen(text);
  return how->quotes_all || length == 0 || *text == '"' || strpbrk(text, "\n\r") || strpbrk(text, others) ||
         strchr(" \t", *text) || strchr(" \t", text[length - 1]) ||
         (comment && strncmp(text, comment, strlen(comment)) == 0) ||
         (tells_separator(how, first_line) && strpbrk(text, ",;\t|\""));
}

static void write_cell(written *to, seeded *from, const writing *how, const known_cell *cell, bool first_line) {
  static const char *const missing[] = {"",     "NA",   "N/A", "n/a", "NaN",  "nan",
                                        "null", "NULL", "?",   "-",   "\"\"", "\"NA\""};
  const char *text = cell->missing ? pick(from, missing, sizeof missing / sizeof *missing) : cell->text;
  if (cell->missing && !*text && how->separator == TRIPLET_SEPARATOR_BLANKS)
    text = "NA";
  if (cell->missing || (!needs_quotes(how, text, first_line) && !one_in(from, 4)))
    write_bytes(to, text, strlen(text));
  else
    write_quoted(to, from, how, text);
}

static void write_between(written *to, seeded *from, const writing *how, bool first_line) {
  const bool blanks = how->separator == TRIPLET_SEPARATOR_BLANKS;
  const bool spaces = tells_separator(how, first_line);
  do
    write_bytes(to, blanks && !spaces && one_in(from, 3) ? "\t" : &marks[how->separator - TRIPLET_SEPARATOR_COMMA], 1);
  while (blanks && one_in(from, 3));
}

static void write_row(written *to, seeded *from, const writing *how, const known_cell *cells, size_t count) {
  const bool first_line = !to->size || (to->size == 3 && (unsigned char)to->text[0] == 0xef);
  const bool blanks = how->separator == TRIPLET_SEPARATOR_BLANKS;
  const size_t before = to->size;
  for (size_t i = 0; i < count; i++) {
    if (i)
      write_between(to, from, how, first_line);
    if (!blanks && !(i == 0 && how->options.comment))
      write_blanks(to, from, how, first_line);
    write_cell(to, from, how, &cells[i], first_line);
    if (!blanks)
      write_blanks(to, from, how, first_line);
  }
  if (strspn(to->text + before, " \t") == to->size - before && (count == 1 || blanks))
    write_bytes(to, "NA", 2); /* else it would be no row */
  while (!first_line && one_in(from, 8))
    write_between(to, from, how, false);
}

/* Lines that are none. */
static void write_nothing(written *to, seeded *from, const writing *how) {
  while (one_in(from, 6)) {
    if (how->options.comment && one_in(from, 2)) {
      write_bytes(to, how->options.comment, strlen(how->options.comment));
      write_bytes(to, "a,\"b;\"c\"\t", seeded_below(from, 10));
    } else if (how->separator != TRIPLET_SEPARATOR_TAB) {
      write_blanks(to, from, how, false);
    }
    write_line_end(to, from, how);
  }
}

static void to_latin1(written *text) {
  size_t size = 0;
  for (size_t i = 0; i < text->size; i++) {
    const unsigned char c = (unsigned char)text->text[i];
    text->text[size++] = (char)(c < 0x80 ? c : (c & 3) << 6 | (text->text[++i] & 0x3f));
  }
  text->size = size;
}

static written write_table(const known_table *of, seeded *from, const writing *how) {
  written made = {0};
  write_bytes(&made, "", 0);
  if (!how->latin1 && one_in(from, 3))
    write_bytes(&made, "\xef\xbb\xbf", 3);
  if (how->options.header != TRIPLET_HEADER_FALSE) {
    write_row(&made, from, how, of->names, of->columns);
    write_line_end(&made, from, how);
  }
  for (size_t row = 0; row < of->rows; row++) {
    if (row || how->options.header != TRIPLET_HEADER_FALSE)
      write_nothing(&made, from, how);
    write_row(&made, from, how, of->cells[row], of->columns);
    if (row + 1 < of->rows || one_in(from, 2))
      write_line_end(&made, from, how);
  }
  if (how->latin1)
    to_latin1(&made);
  return made;
}

/* ---- reading it -------------------------------------------------------------------------------------------------- */

static double number_of(const char *text) {
  char copy[MOST_TEXT];
  strcpy(copy, text);
  char *const comma = strchr(copy, ',');
  if (comma)
    *comma = '.';
  return strtod(copy, NULL);
}

/* A number is the same down to its bits. */
static bool same_numbers(double left, double right) {
  return memcmp(&left, &right, sizeof left) == 0;
}

static bool is_read(const triplet_column *column, size_t row, const known_cell *cell, bool numbers) {
  if (numbers)
    return column->numbers && (cell->missing ? isnan(column->numbers[row]) != 0
                                             : same_numbers(column->numbers[row], number_of(cell->text)));
  const int32_t code = column->codes ? column->codes[row] : -2;
  return cell->missing ? code == -1 : code >= 0 && strcmp(column->values.items[code], cell->text) == 0;
}

/* Numbers, as far as a column has cells at all. */
static bool has_numbers_alone(const known_table *of, size_t column) {
  bool any = false;
  for (size_t row = 0; row < of->rows; row++)
    any |= !of->cells[row][column].missing;
  if (of->numbers[column] || !any)
    return true;
  for (size_t row = 0; row < of->rows; row++) {
    const char *text = of->cells[row][column].text;
    if (!of->cells[row][column].missing && strpbrk(text, "abN#=\\'/x"))
      return false;
  }
  return true;
}

static void check_reading(const known_table *of, const written *text, triplet_table_options options) {
  const char *names[MOST_COLUMNS];
  char numbered[MOST_COLUMNS][24];
  for (size_t i = 0; i < of->columns; i++) {
    snprintf(numbered[i], sizeof numbered[i], "%zu", i + 1);
    names[i] = options.header == TRIPLET_HEADER_FALSE ? numbered[i] : of->names[i].text;
  }
  options.keep = (triplet_texts){names, of->columns};
  triplet_table *table = read_bytes(text->text, text->size, options);
  if (triplet_table_rows(table) != of->rows || triplet_table_columns(table) != of->columns)
    fail_msg("%zu x %zu, not %zu x %zu, of\n%s", triplet_table_rows(table), triplet_table_columns(table), of->rows,
             of->columns, text->text);
  for (size_t i = 0; i < of->columns; i++) {
    const triplet_column column = triplet_table_column(table, i);
    assert_string_equal(column.name, names[i]);
    assert_int_equal(column.use, TRIPLET_COLUMN_INPUT);
    for (size_t row = 0; row < of->rows; row++)
      if (!is_read(&column, row, &of->cells[row][i], has_numbers_alone(of, i)))
        fail_msg("row %zu, column %zu is not \"%s\" of\n%s", row + 1, i + 1, of->cells[row][i].text, text->text);
  }
  triplet_table_destroy(table);
}

static writing any_writing(seeded *from) {
  static const char *const ends[] = {"\n", "\r\n", "\r", NULL}, *const comments[] = {"#", "//", "a"};
  writing how = {.options = TABLE(0)};
  how.separator = TRIPLET_SEPARATOR_COMMA + seeded_below(from, 5);
  how.options.separator = how.separator;
  how.options.header = one_in(from, 3) ? TRIPLET_HEADER_FALSE : TRIPLET_HEADER_TRUE;
  how.options.comment = one_in(from, 4) ? pick(from, comments, 3) : NULL;
  how.latin1 = one_in(from, 4);
  how.options.encoding = how.latin1 ? TRIPLET_ENCODING_LATIN1 : TRIPLET_ENCODING_UTF8;
  how.line_end = pick(from, ends, 4);
  how.quotes_all = one_in(from, 5);
  return how;
}

static void tables_read_back(void **state) {
  (void)state;
  seeded from = seeded_from(31);
  for (int round = 0; round < ROUNDS; round++) {
    writing how = any_writing(&from);
    const known_table table = make_table(&from, &how);
    /* Where the first line has a mark, it tells the separator. */
    if (table.columns > 1 && one_in(&from, 2))
      how.options.separator = TRIPLET_SEPARATOR_AUTO;
    const written text = write_table(&table, &from, &how);
    check_reading(&table, &text, how.options);
    free(text.text);
  }
}

/* A header is seen where a column has numbers. */
static void headers_are_seen(void **state) {
  (void)state;
  seeded from = seeded_from(32);
  for (int round = 0; round < ROUNDS / 2; round++) {
    writing how = any_writing(&from);
    how.options.header = TRIPLET_HEADER_TRUE;
    known_table table = make_table(&from, &how);
    const size_t column = seeded_below(&from, table.columns);
    table.numbers[column] = true;
    for (size_t row = 0; row < table.rows; row++)
      snprintf(table.cells[row][column].text, MOST_TEXT, "%zu", row), table.cells[row][column].missing = false;
    for (size_t i = 0; i < table.columns; i++)
      snprintf(table.names[i].text, MOST_TEXT, "name %zu", i);
    const written text = write_table(&table, &from, &how);
    how.options.header = TRIPLET_HEADER_AUTO;
    check_reading(&table, &text, how.options);
    free(text.text);
  }
}

/* ---- what reading does not depend on ----------------------------------------------------------------------------- */

static triplet_table *read_written(const known_table *of, seeded from, const writing *how) {
  const written text = write_table(of, &from, how);
  triplet_context *own = triplet_context_create(NULL);
  triplet_table *table = NULL;
  (void)triplet_table_read(own, &how->options, text.text, text.size, &table);
  triplet_context_destroy(own);
  free(text.text);
  return table;
}

static void line_ends_do_not_matter(void **state) {
  (void)state;
  static const char *const ends[] = {"\n", "\r\n", "\r"};
  seeded from = seeded_from(33);
  size_t tables = 0;
  for (int round = 0; round < ROUNDS / 4; round++) {
    writing how = any_writing(&from);
    const known_table known = make_table(&from, &how);
    char *columns = NULL, *notes = NULL;
    for (size_t i = 0; i < 3; i++) {
      how.line_end = ends[i];
      triplet_table *table = read_written(&known, from, &how);
      if (!table)
        continue; /* nothing to learn from */
      tables++;
      char *const got = columns_of(table), *const told = notes_of(table);
      if (!columns) {
        columns = got;
        notes = told;
      } else {
        assert_string_equal(got, columns);
        assert_string_equal(told, notes);
        free(told);
        free(got);
      }
      triplet_table_destroy(table);
    }
    free(notes);
    free(columns);
  }
  assert_true(tables > ROUNDS / 4);
}

static int compare_lines(const void *left, const void *right) {
  return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The lines of a text in order. */
static void sort_lines(char *text) {
  char *lines[MOST_COLUMNS * MOST_ROWS * 4], *next, *copy = strdup(text), *to = text;
  size_t count = 0;
  for (char *line = strtok_r(copy, "\n", &next); line; line = strtok_r(NULL, "\n", &next))
    lines[count++] = line;
  qsort(lines, count, sizeof *lines, compare_lines);
  for (size_t i = 0; i < count; i++)
    to += sprintf(to, "%s\n", lines[i]);
  *to = 0;
  free(copy);
}

/* Columns in another order are the same columns in that order. */
static void columns_in_any_order(void **state) {
  (void)state;
  seeded from = seeded_from(34);
  size_t tables = 0;
  for (int round = 0; round < ROUNDS / 4; round++) {
    writing how = any_writing(&from);
    how.options.header = TRIPLET_HEADER_TRUE;
    const known_table known = make_table(&from, &how);
    known_table turned = known;
    for (size_t i = 0; i < known.columns; i++) {
      const size_t to = (i + 1) % known.columns;
      turned.names[to] = known.names[i];
      for (size_t row = 0; row < known.rows; row++)
        turned.cells[row][to] = known.cells[row][i];
    }
    how.options.label = known.names[0].text;
    triplet_table *const table = read_written(&known, from, &how), *const other = read_written(&turned, from, &how);
    assert_int_equal(table != NULL, other != NULL);
    if (table) {
      tables++;
      char *const columns = columns_of(table), *const others = columns_of(other);
      sort_lines(columns);
      sort_lines(others);
      assert_string_equal(columns, others);
      free(others);
      free(columns);
    }
    triplet_table_destroy(other);
    triplet_table_destroy(table);
  }
  assert_true(tables > ROUNDS / 10);
}

/* More rows change none that were there: a number may become its text. */
static void rows_that_follow(void **state) {
  (void)state;
  seeded from = seeded_from(35);
  for (int round = 0; round < ROUNDS / 4; round++) {
    writing how = any_writing(&from);
    how.options.header = TRIPLET_HEADER_TRUE;
    known_table whole = make_table(&from, &how), part = whole;
    const char *names[MOST_COLUMNS];
    for (size_t i = 0; i < whole.columns; i++)
      names[i] = whole.names[i].text;
    how.options.keep = (triplet_texts){names, whole.columns};
    part.rows = 1 + seeded_below(&from, whole.rows);
    triplet_table *const all = read_written(&whole, from, &how), *const few = read_written(&part, from, &how);
    assert_true(all && few);
    for (size_t i = 0; i < whole.columns; i++) {
      const triplet_column column = triplet_table_column(all, i), first = triplet_table_column(few, i);
      for (size_t row = 0; row < part.rows; row++) {
        if (column.numbers) {
          assert_true(first.numbers && same_numbers(column.numbers[row], first.numbers[row]));
          continue;
        }
        const char *text = column.codes[row] < 0 ? NULL : column.values.items[column.codes[row]];
        if (first.numbers)
          assert_true(text ? same_numbers(number_of(text), first.numbers[row]) : isnan(first.numbers[row]) != 0);
        else if (text)
          assert_string_equal(first.values.items[first.codes[row]], text);
        else
          assert_int_equal(first.codes[row], -1);
      }
    }
    triplet_table_destroy(few);
    triplet_table_destroy(all);
  }
}

/* ---- the fuzz target, briefly ------------------------------------------------------------------------------------ */

static void lives_through_random_damage(void **state) {
  (void)state;
  static const char bytes[] = ",;\t| \"\n\r#?-+e.0\xc3\xa9\xff";
  seeded from = seeded_from(36);
  for (int round = 0; round < ROUNDS / 2; round++) {
    const writing how = any_writing(&from);
    const known_table table = make_table(&from, &how);
    written text = write_table(&table, &from, &how), damaged = {0};
    for (size_t i = 0; i < OPTION_BYTES; i++) {
      const char option = (char)(one_in(&from, 2) ? 0 : seeded_below(&from, 256));
      write_bytes(&damaged, &option, 1);
    }
    write_bytes(&damaged, text.text, text.size);
    for (size_t changes = seeded_below(&from, 4); changes-- > 0 && text.size;)
      damaged.text[OPTION_BYTES + seeded_below(&from, text.size)] = bytes[seeded_below(&from, sizeof bytes)];
    LLVMFuzzerTestOneInput((const uint8_t *)damaged.text, damaged.size);
    free(damaged.text);
    free(text.text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tables_read_back),        cmocka_unit_test(headers_are_seen),
      cmocka_unit_test(line_ends_do_not_matter), cmocka_unit_test(columns_in_any_order),
      cmocka_unit_test(rows_that_follow),        cmocka_unit_test(lives_through_random_damage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
