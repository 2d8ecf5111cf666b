/* A fuzz target: the bytes choose numbers, texts and what is missing, and how a file of them is written - separators,
 * quotes, blanks, line ends, comments - which must not matter: the table has these cells, and its recipe makes of them
 * what its definition says, in double. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "support.h"

enum { LEAST_COLS = 2, MOST_COLS = 4, MOST_ROWS = 9, MOST_CELL = 40, MOST_FILE = 16 * 1024, MOST_INPUTS = 40 };

typedef struct cell {
  char text[MOST_CELL]; /* as it is written between quotes; empty: missing */
  bool missing;
  double number;
} cell;

typedef struct problem {
  size_t rows, cols, label; /* cols: there is no label */
  bool numbers[MOST_COLS], standardize;
  triplet_separator separator;
  cell cells[MOST_ROWS][MOST_COLS];
  char names[MOST_COLS][8];
} problem;

/* ---- what is written --------------------------------------------------------------------------------------------- */

typedef struct file {
  char text[MOST_FILE];
  size_t size;
} file;

static void put(file *to, const char *text) {
  const size_t length = strlen(text);
  require(to->size + length < MOST_FILE);
  memcpy(to->text + to->size, text, length);
  to->size += length;
}

static void put_line_end(file *to, seeded *from) {
  static const char *const ends[] = {"\n", "\r\n", "\r"};
  put(to, ends[seeded_below(from, 3)]);
}

static char separator_of(const problem *of) {
  static const char separators[] = {[TRIPLET_SEPARATOR_COMMA] = ',',
                                    [TRIPLET_SEPARATOR_SEMICOLON] = ';',
                                    [TRIPLET_SEPARATOR_TAB] = '\t',
                                    [TRIPLET_SEPARATOR_PIPE] = '|'};
  return separators[of->separator];
}

/* In quotes where it has to be, or by chance; a line end in it in any of the ways. */
static void put_cell(file *to, seeded *from, const problem *of, const char *text) {
  const char special[] = {'"', '\n', ',', ';', '|', '\t', 0};
  const size_t kind = seeded_below(from, 4);
  if (kind > 1 && text[strcspn(text, special)] == 0) {
    const bool padded = kind == 2 && of->separator != TRIPLET_SEPARATOR_TAB;
    put(to, padded ? "  " : "");
    put(to, text);
    put(to, padded ? " " : "");
    return;
  }
  put(to, "\"");
  for (; *text; text++) {
    const char one[] = {*text, *text == '"' ? '"' : 0, 0};
    if (*text == '\n')
      put_line_end(to, from);
    else
      put(to, one);
  }
  put(to, "\"");
}

static void put_row(file *to, seeded *from, const problem *of, const cell *cells) {
  const char separator[] = {separator_of(of), 0};
  for (size_t col = 0; col < of->cols; col++) {
    put(to, col ? separator : "");
    put_cell(to, from, of, cells ? cells[col].text : of->names[col]);
  }
  put_line_end(to, from);
  if (seeded_below(from, 8) == 0)
    put(to, "#,;|\t\"\n");
  if (seeded_below(from, 8) == 0)
    put_line_end(to, from);
}

static void write_file(file *to, seeded *from, const problem *of) {
  to->size = 0;
  put(to, seeded_below(from, 4) == 0 ? "\xef\xbb\xbf" : "");
  put_row(to, from, of, NULL);
  for (size_t row = 0; row < of->rows; row++)
    put_row(to, from, of, of->cells[row]);
}

/* ---- what it is made of ------------------------------------------------------------------------------------------ */

static void choose_number(seeded *from, cell *to, bool comma) {
  static const char *const some[] = {"0", "-0", "1e3", "+7", ".5", "5.", "1E-2", "12345678901234567890", "-1e-30"};
  if (seeded_below(from, 2))
    snprintf(to->text, MOST_CELL, "%s", some[seeded_below(from, sizeof some / sizeof *some)]);
  else
    snprintf(to->text, MOST_CELL, "%.*g", 1 + (int)seeded_below(from, 17), seeded_between(from, -1000, 1000));
  to->number = strtod(to->text, NULL);
  char *point = strchr(to->text, '.');
  if (point && comma)
    *point = ',';
}

static void choose_cell(seeded *from, const problem *of, cell *to, bool number, bool comma) {
  static const char *const missing[] = {"", "NA", "n/a", "NaN", "null", "?", "-", "N/A"};
  static const char *const texts[] = {"a", "b", "B", "x y", "\xc3\xbc", "q\"\"t", "l\nn", "p,q", ";z", "|", "1a", "-b"};
  *to = (cell){.missing = seeded_below(from, 6) == 0};
  if (to->missing)
    snprintf(to->text, MOST_CELL, "%s", missing[seeded_below(from, 8)]);
  else if (number)
    choose_number(from, to, comma && of->separator != TRIPLET_SEPARATOR_COMMA);
  else
    snprintf(to->text, MOST_CELL, "%s", texts[seeded_below(from, sizeof texts / sizeof *texts)]);
}

/* The first row is whole, so that each column is known by its cells. */
static void choose(seeded *from, problem *of) {
  const bool comma = seeded_below(from, 2);
  of->rows = 1 + seeded_below(from, MOST_ROWS);
  of->cols = LEAST_COLS + seeded_below(from, MOST_COLS - LEAST_COLS + 1);
  of->separator = (triplet_separator)(TRIPLET_SEPARATOR_COMMA + seeded_below(from, 4));
  of->standardize = seeded_below(from, 2);
  of->label = seeded_below(from, 2) ? of->cols : seeded_below(from, of->cols);
  for (size_t col = 0; col < of->cols; col++) {
    of->numbers[col] = seeded_below(from, 2);
    snprintf(of->names[col], sizeof of->names[col], "n%zu", col);
    for (size_t row = 0; row < of->rows; row++)
      do
        choose_cell(from, of, &of->cells[row][col], of->numbers[col], comma);
      while (row == 0 && of->cells[row][col].missing);
  }
}

/* ---- what is read ------------------------------------------------------------------------------------------------ */

/* Labels are texts, whatever they look like. */
static bool is_number(const problem *of, size_t col) {
  return of->numbers[col] && of->label != col;
}

/* Of the rows that stay: those that have a label. */
static size_t list_rows(const problem *of, size_t *rows) {
  size_t count = 0;
  for (size_t row = 0; row < of->rows; row++)
    if (of->label == of->cols || !of->cells[row][of->label].missing)
      rows[count++] = row;
  return count;
}

static void check_column(const problem *of, const triplet_table *table, size_t col, const size_t *rows, size_t count) {
  const triplet_column column = triplet_table_column(table, col);
  size_t missing = 0;
  require(strcmp(column.name, of->names[col]) == 0);
  require((column.kind == TRIPLET_COLUMN_NUMBER) == is_number(of, col));
  require((column.use == TRIPLET_COLUMN_LABEL) == (of->label == col));
  for (size_t i = 0; i < count; i++) {
    const cell *own = &of->cells[rows[i]][col];
    missing += own->missing;
    if (is_number(of, col)) {
      require(own->missing ? isnan(column.numbers[i]) : column.numbers[i] == own->number);
    } else {
      require((column.codes[i] < 0) == own->missing);
      require(own->missing || strcmp(column.values.items[column.codes[i]], own->text) == 0);
    }
  }
  require(column.missing == missing);
  for (size_t i = 1; i < column.values.count && !of->numbers[col]; i++)
    require(strcmp(column.values.items[i - 1], column.values.items[i]) < 0);
}

static void check_table(const problem *of, const triplet_table *table, const size_t *rows, size_t count) {
  require(triplet_table_rows(table) == count && triplet_table_columns(table) == of->cols);
  require(triplet_table_label(table) == of->label);
  for (size_t i = 0; i < count; i++)
    require(triplet_table_row(table, i) == rows[i]);
  for (size_t col = 0; col < of->cols; col++)
    check_column(of, table, col, rows, count);
}

/* ---- what is made of it ------------------------------------------------------------------------------------------ */

/* Mean and deviation of the numbers that are there. */
static void measure(const problem *of, size_t col, const size_t *rows, size_t count, double *mean, double *deviation) {
  double sum = 0, squares = 0, known = 0;
  for (size_t i = 0; i < count; i++)
    if (!of->cells[rows[i]][col].missing) {
      sum += of->cells[rows[i]][col].number;
      known++;
    }
  *mean = known > 0 ? sum / known : 0;
  for (size_t i = 0; i < count; i++)
    if (!of->cells[rows[i]][col].missing)
      squares += pow(of->cells[rows[i]][col].number - *mean, 2);
  *deviation = squares > 0 ? sqrt(squares / known) : 1;
}

static void require_near(double got, double expected, double size) {
  require(fabs(got - expected) <= 1e-6 * size + 1e-37);
}

static void check_number(const problem *of, size_t col, const size_t *rows, size_t count, triplet_matrix x,
                         size_t input) {
  double mean, deviation;
  measure(of, col, rows, count, &mean, &deviation);
  for (size_t i = 0; i < count; i++) {
    const cell *own = &of->cells[rows[i]][col];
    const double got = x.data[i * x.cols + input], value = own->missing ? mean : own->number;
    if (!of->standardize)
      require_near(got, value, fabs(value) + fabs(mean));
    else if (deviation > 1e-9 * fabs(mean)) /* else rounding decides */
      require_near(got, (value - mean) / deviation, (fabs(value) + fabs(mean)) / deviation * 1e-9 + 10);
  }
}

/* Columns of 0 and 1, one for each of the values; returns how many. */
static size_t check_category(const problem *of, const triplet_table *table, size_t col, const size_t *rows,
                             triplet_matrix x, size_t input) {
  const triplet_texts values = triplet_table_column(table, col).values;
  for (size_t i = 0; i < x.rows; i++)
    for (size_t k = 0; k < values.count; k++) {
      const cell *own = &of->cells[rows[i]][col];
      const bool is = !own->missing && strcmp(own->text, values.items[k]) == 0;
      require(x.data[i * x.cols + input + k] == (float)is);
    }
  return values.count;
}

static void check_recipe(triplet_context *with, const problem *of, const triplet_table *table, const size_t *rows,
                         size_t count) {
  float room[MOST_ROWS * MOST_INPUTS];
  triplet_recipe *recipe = NULL;
  const triplet_ints all = {NULL, 0};
  require(triplet_recipe_create(with, table, &recipe) == TRIPLET_OK);
  require(triplet_recipe_fit(with, recipe, table, all) == TRIPLET_OK);
  const size_t inputs = triplet_recipe_inputs(recipe);
  require(inputs <= MOST_INPUTS);
  const triplet_matrix x = triplet_matrix_of(room, count, inputs);
  require(triplet_recipe_matrix(with, recipe, table, all, x) == TRIPLET_OK);
  size_t input = 0;
  for (size_t col = 0; col < of->cols; col++) {
    if (triplet_table_column(table, col).use != TRIPLET_COLUMN_INPUT)
      continue;
    if (of->numbers[col])
      check_number(of, col, rows, count, x, input++);
    else
      input += check_category(of, table, col, rows, x, input);
  }
  require(input == inputs);
  triplet_recipe_destroy(recipe);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static problem of;
  static file text;
  seeded from = seeded_from_bytes(bytes, size);
  choose(&from, &of);
  write_file(&text, &from, &of);
  const char *names[MOST_COLS];
  size_t kept = 0;
  for (size_t col = 0; col < of.cols; col++)
    if (col != of.label)
      names[kept++] = of.names[col];
  triplet_table_options options = triplet_table_default_options();
  options.separator = of.separator;
  options.header = TRIPLET_HEADER_TRUE;
  options.comment = "#";
  options.standardize = of.standardize;
  options.label = of.label < of.cols ? of.names[of.label] : NULL;
  options.keep = (triplet_texts){names, kept}; /* nothing is left out for being always the same */

  size_t rows[MOST_ROWS];
  const size_t count = list_rows(&of, rows);
  triplet_context *with = triplet_context_create(NULL);
  triplet_table *table = NULL;
  require(triplet_table_read(with, &options, text.text, text.size, &table) == TRIPLET_OK);
  check_table(&of, table, rows, count);
  check_recipe(with, &of, table, rows, count);
  triplet_table_destroy(table);
  triplet_context_destroy(with);
  return 0;
}
