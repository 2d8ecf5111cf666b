/* A fuzz target: whatever the bytes are, a table is refused with a message, or its columns are sound, line ends do
 * not matter to it, and its recipe makes the same matrix of it when it is read for it. The first bytes are options. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "json.h"

/* ---- options ----------------------------------------------------------------------------------------------------- */

enum { OPTION_BYTES = 6 };

static const char *const some_names[] = {"1", "x", "id", "class"};
static const char *const labels[] = {NULL, "last", "first", "1", "k", "2"};
static const char *const comments[] = {NULL, "#", "//", "a"};

/* Up to three of the names. */
static triplet_texts names_of(uint8_t byte) {
  const size_t first = byte % 4, count = byte / 4 % 4;
  return (triplet_texts){some_names + first, count < 4 - first ? count : 4 - first};
}

static triplet_table_options options_of(const uint8_t *bytes) {
  triplet_table_options options = triplet_table_default_options();
  options.separator = (triplet_separator)(bytes[0] % 6);
  options.header = (triplet_header)(bytes[0] / 6 % 3);
  options.encoding = (triplet_encoding)(bytes[0] / 18 % 2);
  options.missing = (triplet_missing)(bytes[1] % 3);
  options.standardize = bytes[1] / 3 % 2 == 0;
  options.comment = comments[bytes[1] / 6 % 4];
  options.label = labels[bytes[2] % 6];
  options.missing_texts = names_of(bytes[2] / 6);
  options.keep = names_of(bytes[3]);
  options.ignore = names_of(bytes[4]);
  options.categories = names_of(bytes[5]);
  return options;
}

/* ---- what was read ----------------------------------------------------------------------------------------------- */

static bool is_line(const char *text) {
  for (const char *at = text; *at; at++)
    if ((unsigned char)*at < ' ')
      return false;
  return triplet_utf8_length(text, strlen(text)) == strlen(text);
}

static void check_column(const triplet_column *column, size_t rows) {
  require(*column->name && (!column->numbers || !column->codes));
  size_t missing = 0;
  for (size_t row = 0; row < rows && column->numbers; row++)
    missing += column->numbers[row] != column->numbers[row];
  for (size_t row = 0; row < rows && column->codes; row++) {
    require(column->codes[row] >= -1 && (column->codes[row] < 0 || (size_t)column->codes[row] < column->values.count));
    missing += column->codes[row] < 0;
  }
  require(column->missing <= rows && (missing == column->missing || (!column->numbers && !column->codes)));
  for (size_t i = 0; i < column->values.count; i++)
    require(*column->values.items[i] && (i == 0 || strcmp(column->values.items[i - 1], column->values.items[i]) != 0));
}

static void check_table(const triplet_table *table) {
  const size_t rows = triplet_table_rows(table);
  require(rows > 0 && triplet_table_label(table) <= triplet_table_columns(table));
  for (size_t i = 0; i < triplet_table_columns(table); i++) {
    const triplet_column column = triplet_table_column(table, i);
    check_column(&column, rows);
  }
  for (size_t row = 1; row < rows; row++)
    require(triplet_table_row(table, row) > triplet_table_row(table, row - 1));
  for (size_t i = 0; i < triplet_table_notes(table); i++) {
    const triplet_note note = triplet_table_note(table, i);
    require(is_line(note.text) && (!note.reason || is_line(note.reason)) && (note.option || !note.value));
  }
}

static bool same_cells(const triplet_column *left, const triplet_column *right, size_t rows) {
  if (left->kind != right->kind || left->use != right->use || strcmp(left->name, right->name) != 0 ||
      left->missing != right->missing || left->values.count != right->values.count)
    return false;
  for (size_t i = 0; i < left->values.count; i++)
    if (strcmp(left->values.items[i], right->values.items[i]) != 0)
      return false;
  if (left->numbers && memcmp(left->numbers, right->numbers, rows * sizeof *left->numbers) != 0)
    return false;
  return !left->codes || memcmp(left->codes, right->codes, rows * sizeof *left->codes) == 0;
}

static void require_same(const triplet_table *left, const triplet_table *right) {
  const size_t rows = triplet_table_rows(left), columns = triplet_table_columns(left);
  require(rows == triplet_table_rows(right) && columns == triplet_table_columns(right));
  for (size_t i = 0; i < columns; i++) {
    const triplet_column x = triplet_table_column(left, i), y = triplet_table_column(right, i);
    require(same_cells(&x, &y, rows));
  }
}

/* ---- what does not matter ---------------------------------------------------------------------------------------- */

static triplet_table *read(triplet_context *context, const triplet_table_options *options, const char *text,
                           size_t size) {
  triplet_table *table = NULL;
  const triplet_status status = triplet_table_read(context, options, text, size, &table);
  const char *message = triplet_context_error(context)->message;
  require(status == TRIPLET_OK ? table != NULL : !table && status == TRIPLET_BAD_TABLE && *message && is_line(message));
  return table;
}

/* Each line end as LF. */
static void check_line_ends(triplet_context *context, const triplet_table_options *options, const char *text,
                            size_t size, const triplet_table *table) {
  char *changed = malloc(size + 1), *to = changed;
  for (size_t i = 0; i < size; i++)
    if (text[i] != '\r')
      *to++ = text[i];
    else if (i + 1 == size || text[i + 1] != '\n')
      *to++ = '\n';
  triplet_table *other = read(context, options, changed, (size_t)(to - changed));
  require((table != NULL) == (other != NULL));
  if (table)
    require_same(table, other);
  triplet_table_destroy(other);
  free(changed);
}

static void check_recipe(triplet_context *context, triplet_table_options options, const char *text, size_t size,
                         const triplet_table *table) {
  triplet_recipe *recipe = NULL;
  require(triplet_recipe_create(context, table, &recipe) == TRIPLET_OK);
  require(triplet_recipe_fit(context, recipe, table, (triplet_ints){NULL, 0}) == TRIPLET_OK);
  const size_t rows = triplet_table_rows(table), inputs = triplet_recipe_inputs(recipe);
  float *x = malloc((rows * inputs + 1) * sizeof *x), *y = malloc((rows * inputs + 1) * sizeof *y);
  const triplet_ints all = {NULL, 0};
  const triplet_status status = triplet_recipe_matrix(context, recipe, table, all, triplet_matrix_of(x, rows, inputs));
  require(status == TRIPLET_OK || (status == TRIPLET_NOT_FINITE && !options.standardize));

  /* Only a label leaves out rows that a recipe has. */
  options.label = NULL;
  options.recipe = recipe;
  triplet_table *again = read(context, &options, text, size);
  require(again && triplet_table_rows(again) >= rows);
  if (status == TRIPLET_OK && triplet_table_rows(again) == rows) {
    require(triplet_recipe_matrix(context, recipe, again, all, triplet_matrix_of(y, rows, inputs)) == TRIPLET_OK);
    require(memcmp(x, y, rows * inputs * sizeof *x) == 0);
  }
  triplet_table_destroy(again);
  free(y);
  free(x);
  triplet_recipe_destroy(recipe);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (size < OPTION_BYTES)
    return 0;
  const triplet_table_options options = options_of(bytes);
  const char *text = (const char *)bytes + OPTION_BYTES;
  size -= OPTION_BYTES;
  triplet_context *context = triplet_context_create(NULL);
  triplet_table *table = read(context, &options, text, size);
  if (table) {
    check_table(table);
    check_recipe(context, options, text, size, table);
  }
  check_line_ends(context, &options, text, size, table);
  triplet_table_destroy(table);
  triplet_context_destroy(context);
  return 0;
}
