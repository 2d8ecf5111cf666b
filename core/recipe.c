/* recipe.c - how the columns of tables become those of a matrix. */
#include "recipe.h"

#include "table.h"
#include "tree.h"

/* ---- making one -------------------------------------------------------------------------------------------------- */

void triplet_recipe_destroy(triplet_recipe *recipe) {
  if (!recipe)
    return;
  triplet_context owner = recipe->owner;
  triplet_release(&owner, recipe->inputs);
  triplet_release(&owner, recipe->values);
  triplet_release(&owner, recipe->columns);
  triplet_release(&owner, recipe->missing_texts);
  triplet_strings_release(&recipe->strings);
  triplet_release(&owner, recipe);
}

static bool add_text(triplet_strings *strings, const char *text) {
  return triplet_strings_add(strings, text, strlen(text)) != TRIPLET_NO_STRING;
}

/* A value, and the name of its input. */
static bool add_value(triplet_strings *strings, const char *name, const char *value) {
  if (!add_text(strings, value) || !add_text(strings, name))
    return false;
  strings->bytes[strings->size - 1] = '='; /* in place of the closing 0 */
  return add_text(strings, value);
}

/* All texts, one behind the other: the label, those that are missing, then of each column the name and its values. */
static bool add_texts(triplet_strings *strings, const triplet_ingredients *of) {
  bool fine = add_text(strings, of->label ? of->label : "");
  for (size_t i = 0; i < of->missing_texts.count && fine; i++)
    fine = add_text(strings, of->missing_texts.items[i]);
  for (size_t i = 0; i < of->count && fine; i++) {
    const triplet_ingredient *column = &of->columns[i];
    fine = add_text(strings, column->name);
    for (size_t j = 0; j < column->value_count && fine; j++)
      fine = add_value(strings, column->name, column->values[j]);
  }
  return fine;
}

static const char *next_text(const char **at) {
  const char *text = *at;
  *at += strlen(text) + 1;
  return text;
}

/* Lists of the texts, which stand still now. */
static void list_texts(triplet_recipe *made, const triplet_ingredients *of) {
  const char *at = made->strings.bytes;
  const char *label = next_text(&at), **values = made->values, **inputs = made->inputs;
  made->label = of->label ? label : NULL;
  for (size_t i = 0; i < made->missing_text_count; i++)
    made->missing_texts[i] = next_text(&at);
  for (size_t i = 0; i < of->count; i++) {
    triplet_ingredient *column = &made->columns[i];
    *column = of->columns[i];
    column->name = next_text(&at);
    column->values = values;
    if (column->kind == TRIPLET_COLUMN_NUMBER)
      *inputs++ = column->name;
    for (size_t j = 0; j < column->value_count; j++) {
      *values++ = next_text(&at);
      *inputs++ = next_text(&at);
    }
  }
}

triplet_status triplet_recipe_make(triplet_context *context, const triplet_ingredients *of, triplet_recipe **recipe) {
  triplet_recipe *made = triplet_allocate(context, 1, sizeof *made);
  if (!made)
    return TRIPLET_OUT_OF_MEMORY;
  *made = (triplet_recipe){.owner = triplet_owner_of(context),
                           .has_header = of->has_header,
                           .standardize = of->standardize,
                           .missing = of->missing,
                           .missing_text_count = of->missing_texts.count,
                           .column_count = of->count};
  made->strings.owner = &made->owner;
  for (size_t i = 0; i < of->count; i++) {
    made->value_count += of->columns[i].value_count;
    made->input_count += of->columns[i].kind == TRIPLET_COLUMN_NUMBER;
  }
  made->input_count += made->value_count;
  made->missing_texts = triplet_allocate(&made->owner, made->missing_text_count, sizeof *made->missing_texts);
  made->columns = triplet_allocate(&made->owner, of->count, sizeof *made->columns);
  made->values = triplet_allocate(&made->owner, made->value_count, sizeof *made->values);
  made->inputs = triplet_allocate(&made->owner, made->input_count, sizeof *made->inputs);
  if (!made->missing_texts || !made->columns || !made->values || !made->inputs || !add_texts(&made->strings, of)) {
    if (context)
      context->error = made->owner.error;
    triplet_recipe_destroy(made);
    return TRIPLET_OUT_OF_MEMORY;
  }
  list_texts(made, of);
  *recipe = made;
  return TRIPLET_OK;
}

triplet_ingredients triplet_recipe_ingredients(const triplet_recipe *recipe) {
  return (triplet_ingredients){.label = recipe->label,
                               .has_header = recipe->has_header,
                               .standardize = recipe->standardize,
                               .missing = recipe->missing,
                               .missing_texts = {recipe->missing_texts, recipe->missing_text_count},
                               .columns = recipe->columns,
                               .count = recipe->column_count};
}

/* columns, texts: memory for those of the table. */
static triplet_ingredients ingredients_of(const triplet_table *table, triplet_ingredient *columns, const char **texts) {
  triplet_ingredients of = {.has_header = table->has_header,
                            .standardize = table->standardize,
                            .missing = table->missing,
                            .missing_texts = {texts, table->missing_texts.count},
                            .columns = columns};
  if (table->label < table->column_count)
    of.label = table->columns[table->label].name;
  for (size_t i = 0; i < table->missing_texts.count; i++)
    texts[i] = triplet_dictionary_text(&table->missing_texts, i);
  for (size_t i = 0; i < table->column_count; i++) {
    const triplet_read_column *column = &table->columns[i];
    if (column->use != TRIPLET_COLUMN_INPUT)
      continue;
    const bool number = column->kind == TRIPLET_CELLS_NUMBERS;
    columns[of.count++] = (triplet_ingredient){.name = column->name,
                                               .kind = number ? TRIPLET_COLUMN_NUMBER : TRIPLET_COLUMN_CATEGORY,
                                               .values = column->values,
                                               .value_count = number ? 0 : column->value_count,
                                               .deviation = 1};
  }
  return of;
}

triplet_status triplet_recipe_create(triplet_context *context, const triplet_table *table, triplet_recipe **recipe) {
  triplet_ingredient *columns = triplet_allocate(context, table->column_count, sizeof *columns);
  const char **texts = triplet_allocate(context, table->missing_texts.count, sizeof *texts);
  triplet_status status = TRIPLET_OUT_OF_MEMORY;
  if (columns && texts) {
    const triplet_ingredients of = ingredients_of(table, columns, texts);
    status = triplet_recipe_make(context, &of, recipe);
  }
  triplet_release(context, texts);
  triplet_release(context, columns);
  return status;
}

/* ---- what it is -------------------------------------------------------------------------------------------------- */

size_t triplet_recipe_inputs(const triplet_recipe *recipe) {
  return recipe->input_count;
}

const char *triplet_recipe_input(const triplet_recipe *recipe, size_t index) {
  return recipe->inputs[index];
}

size_t triplet_recipe_columns(const triplet_recipe *recipe) {
  return recipe->column_count;
}

triplet_recipe_column triplet_recipe_column_at(const triplet_recipe *recipe, size_t index) {
  const triplet_ingredient *column = &recipe->columns[index];
  return (triplet_recipe_column){.name = column->name,
                                 .kind = column->kind,
                                 .values = {column->values, column->value_count},
                                 .mean = column->mean,
                                 .deviation = column->deviation,
                                 .fill = column->fill};
}

const char *triplet_recipe_label(const triplet_recipe *recipe) {
  return recipe->label;
}

/* ---- the columns of a table that it takes ------------------------------------------------------------------------ */

static bool has_values(const triplet_read_column *column, const triplet_ingredient *wanted) {
  if (column->value_count != wanted->value_count)
    return false;
  for (size_t i = 0; i < wanted->value_count; i++)
    if (strcmp(column->values[i], wanted->values[i]) != 0)
      return false;
  return true;
}

static bool fits(const triplet_read_column *column, const triplet_ingredient *wanted) {
  if (column->use != TRIPLET_COLUMN_INPUT || strcmp(column->name, wanted->name) != 0)
    return false;
  return wanted->kind == TRIPLET_COLUMN_NUMBER ? column->kind == TRIPLET_CELLS_NUMBERS
                                               : column->kind == TRIPLET_CELLS_TEXTS && has_values(column, wanted);
}

/* A column of the table for each of the recipe's; to be released. */
static triplet_status find_columns(triplet_context *context, const triplet_recipe *recipe, const triplet_table *table,
                                   const triplet_read_column ***columns) {
  const triplet_read_column **found = triplet_allocate(context, recipe->column_count, sizeof *found);
  if (!found)
    return TRIPLET_OUT_OF_MEMORY;
  for (size_t i = 0; i < recipe->column_count; i++) {
    const char *name = recipe->columns[i].name;
    const int32_t code = triplet_dictionary_find(&table->names, name, strlen(name));
    if (code == TRIPLET_NO_CODE || !fits(&table->columns[code], &recipe->columns[i])) {
      triplet_release(context, found);
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "table",
                          "expected a table that was read for this recipe, got one without its column %n", name);
    }
    found[i] = &table->columns[code];
  }
  *columns = found;
  return TRIPLET_OK;
}

static triplet_status check_rows(triplet_context *context, const triplet_table *table, triplet_ints rows) {
  if (!rows.data && rows.count)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "rows", "expected %z rows, got NULL", rows.count);
  for (size_t i = 0; i < rows.count; i++)
    if (rows.data[i] < 0 || (size_t)rows.data[i] >= table->rows)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "rows", "expected rows of %z, got %d at index %i",
                          table->rows, (int64_t)rows.data[i], i);
  return TRIPLET_OK;
}

/* Which of the rows from `first` on. */
static size_t row_at(triplet_ints rows, size_t first, size_t index) {
  return rows.data ? (size_t)rows.data[index] - first : index;
}

/* ---- mean and deviation ------------------------------------------------------------------------------------------ */

/* Sums over the rows of a column, in double, by the tree, of numbers that a power of two brings below 2, so that their
 * squares stay in range. All is measured from the column's first number: one in which nothing varies has a deviation of
 * exactly 0. */
typedef struct number_sums {
  const double *numbers;
  triplet_ints rows;
  size_t count; /* of rows */
  double scale, first, mean;
  bool squares;  /* of what numbers are beyond the mean; else sums of what they are beyond the first */
  double *slots; /* (slots, 2): the sum, and of how many numbers */
} number_sums;

static void sum_numbers(void *of, size_t first, size_t rows, size_t slot) {
  const number_sums *job = of;
  double sum = 0, count = 0;
  for (size_t i = first; i < first + rows; i++) {
    const double number = job->numbers[row_at(job->rows, 0, i)];
    if (number != number)
      continue;
    const double offset = number * job->scale - job->first, rest = offset - job->mean;
    sum += job->squares ? rest * rest : offset;
    count++;
  }
  job->slots[2 * slot] = sum;
  job->slots[2 * slot + 1] = count;
}

static void join_numbers(void *of, size_t slot) {
  double *const sums = ((const number_sums *)of)->slots + 2 * slot;
  sums[0] += sums[2];
  sums[1] += sums[3];
}

/* 2 to this power, which is in the normal range. */
static double power_of_two(int power) {
  const uint64_t bits = (uint64_t)(power + 1023) << 52;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* Brings the largest of the numbers into [1, 2), as far as powers go that have an inverse. */
static void find_scale(number_sums *job) {
  double largest = 0;
  bool any = false;
  job->first = 0;
  for (size_t i = 0; i < job->count; i++) {
    const double number = job->numbers[row_at(job->rows, 0, i)];
    if (number != number)
      continue;
    if (!any)
      job->first = number;
    any = true;
    largest = fabs(number) > largest ? fabs(number) : largest;
  }
  uint64_t bits;
  memcpy(&bits, &largest, sizeof bits);
  int power = (int)(bits >> 52) - 1023;
  if (power < -1000)
    power = -1000;
  if (power > 1000)
    power = 1000;
  job->scale = power_of_two(-power);
  job->first *= job->scale;
}

static void fit_numbers(number_sums *job, bool standardize, triplet_ingredient *ingredient) {
  static const triplet_tree tree = {sum_numbers, join_numbers};
  find_scale(job);
  job->mean = 0;
  job->squares = false;
  triplet_tree_sum(&tree, job->count, job);
  job->mean = job->slots[1] > 0 ? job->slots[0] / job->slots[1] : 0;
  job->squares = true;
  triplet_tree_sum(&tree, job->count, job);

  const double spread = job->slots[1] > 0 ? sqrt(job->slots[0] / job->slots[1]) / job->scale : 0;
  ingredient->fill = (job->first + job->mean) / job->scale;
  ingredient->mean = standardize ? ingredient->fill : 0;
  ingredient->deviation = standardize && spread > 0 ? spread : 1;
}

static triplet_status fit_columns(const triplet_recipe *recipe, const triplet_table *table,
                                  const triplet_read_column **columns, number_sums *job, triplet_ingredient *fitted) {
  memcpy(fitted, recipe->columns, recipe->column_count * sizeof *fitted);
  for (size_t i = 0; i < recipe->column_count; i++) {
    if (fitted[i].kind != TRIPLET_COLUMN_NUMBER)
      continue;
    TRIPLET_TRY(triplet_make_whole(table, &columns[i]));
    job->numbers = triplet_column_numbers(columns[i]);
    fit_numbers(job, recipe->standardize, &fitted[i]);
  }
  return TRIPLET_OK;
}

/* fitted: the columns as they are to be, to be released, whatever comes of it. */
static triplet_status fit(triplet_context *context, const triplet_recipe *recipe, const triplet_table *table,
                          triplet_ints rows, triplet_ingredient **fitted) {
  TRIPLET_TRY(check_rows(context, table, rows));
  triplet_compare_ints(context, rows);
  number_sums job = {.rows = rows, .count = rows.data ? rows.count : table->rows};
  if (job.count == 0)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "rows", "expected at least one row, got none");
  const triplet_read_column **columns;
  TRIPLET_TRY(find_columns(context, recipe, table, &columns));

  *fitted = triplet_allocate(context, recipe->column_count, sizeof **fitted);
  job.slots = triplet_allocate(context, triplet_tree_slots(job.count), 2 * sizeof *job.slots);
  triplet_status status = *fitted && job.slots ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
  if (status == TRIPLET_OK && triplet_is_spread(table))
    status = triplet_spread_begin(context, table);
  if (status == TRIPLET_OK)
    status = fit_columns(recipe, table, columns, &job, *fitted);
  if (triplet_is_spread(table))
    triplet_spread_end(table);
  triplet_release(context, job.slots);
  triplet_release(context, columns);
  return status;
}

static triplet_status fit_on_ranks(triplet_context *context, const triplet_recipe *recipe, const triplet_table *table,
                                   triplet_ints rows, triplet_ingredient **fitted) {
  TRIPLET_TRY(triplet_spread_check(context, table));
  return TRIPLET_TOGETHER(context, fit(context, recipe, table, rows, fitted));
}

triplet_status triplet_recipe_fit(triplet_context *context, triplet_recipe *recipe, const triplet_table *table,
                                  triplet_ints rows) {
  triplet_ingredient *fitted = NULL;
  const triplet_status status = triplet_is_spread(table) ? fit_on_ranks(context, recipe, table, rows, &fitted)
                                                         : fit(context, recipe, table, rows, &fitted);
  if (status == TRIPLET_OK)
    memcpy(recipe->columns, fitted, recipe->column_count * sizeof *fitted);
  triplet_release(context, fitted);
  return status;
}

/* ---- the matrix -------------------------------------------------------------------------------------------------- */

/* What a matrix is made of: some of the rows that are held, which begin with `first`. */
typedef struct chosen_rows {
  triplet_ints rows;
  size_t first;
} chosen_rows;

/* One column; returns the first row whose number leaves float32, or as many as there are. */
static size_t write_numbers(const triplet_ingredient *of, const double *numbers, chosen_rows rows, triplet_matrix x) {
  for (size_t i = 0; i < x.rows; i++) {
    const double number = numbers[row_at(rows.rows, rows.first, i)], value = number == number ? number : of->fill;
    const double offset = value - of->mean;
    const float written =
        (float)(fabs(offset) <= DBL_MAX ? offset / of->deviation : (value / 2 - of->mean / 2) / (of->deviation / 2));
    if (!triplet_is_finite(written))
      return i;
    x.data[i * x.cols] = written;
  }
  return x.rows;
}

static void write_categories(const triplet_ingredient *of, const int32_t *codes, chosen_rows rows, triplet_matrix x) {
  for (size_t i = 0; i < x.rows; i++) {
    float *to = x.data + i * x.cols;
    const int32_t code = codes[row_at(rows.rows, rows.first, i)];
    memset(to, 0, of->value_count * sizeof *to);
    if (code != TRIPLET_NO_CODE)
      to[code] = 1;
  }
}

/* Returns the first column with a number that leaves float32, and that one's row, or as many as there are. */
static size_t write_columns(const triplet_recipe *recipe, const triplet_read_column *const *columns, chosen_rows rows,
                            triplet_matrix x, size_t *row) {
  triplet_matrix part = x; /* from the column on that is written next */
  for (size_t i = 0; i < recipe->column_count; i++) {
    const triplet_ingredient *of = &recipe->columns[i];
    if (of->kind == TRIPLET_COLUMN_CATEGORY) {
      write_categories(of, triplet_column_codes(columns[i]), rows, part);
      part.data += of->value_count;
      continue;
    }
    *row = write_numbers(of, triplet_column_numbers(columns[i]), rows, part);
    if (*row < x.rows)
      return i;
    part.data++;
  }
  return recipe->column_count;
}

static triplet_status check_held(triplet_context *context, const triplet_table *table, triplet_ints rows) {
  const triplet_span held = triplet_held_rows(table);
  for (size_t i = 0; i < rows.count; i++)
    if ((size_t)rows.data[i] - held.first >= held.count)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "rows",
                          "expected rows that this rank holds, got %d at index %i", (int64_t)rows.data[i], i);
  return TRIPLET_OK;
}

static triplet_status make_matrix(triplet_context *context, const triplet_recipe *recipe, const triplet_table *table,
                                  triplet_ints rows, triplet_matrix x) {
  TRIPLET_TRY(check_rows(context, table, rows));
  if (triplet_is_spread(table))
    TRIPLET_TRY(check_held(context, table, rows));
  const triplet_span held = triplet_held_rows(table);
  const size_t count = rows.data ? rows.count : held.count;
  if (x.rows != count || x.cols != recipe->input_count)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "x", "expected %z x %z, got %z x %z", count,
                        recipe->input_count, x.rows, x.cols);
  TRIPLET_TRY(triplet_check_matrix(context, "x", &x));
  const triplet_read_column **columns;
  TRIPLET_TRY(find_columns(context, recipe, table, &columns));

  size_t row = 0;
  const size_t column = write_columns(recipe, columns, (chosen_rows){rows, held.first}, x, &row);
  triplet_release(context, columns);
  size_t first = column;
  if (triplet_is_spread(table))
    TRIPLET_TRY(triplet_ranks_least(context, &first));
  if (column > first || column == recipe->column_count) /* another rank tells of it */
    return TRIPLET_OK;
  return triplet_fail(
      context, TRIPLET_NOT_FINITE, "table", "row %z, column %n: the number is too far from the others for float32",
      triplet_table_row(table, held.first + row_at(rows, held.first, row)) + 1, recipe->columns[column].name);
}

triplet_status triplet_recipe_matrix(triplet_context *context, const triplet_recipe *recipe, const triplet_table *table,
                                     triplet_ints rows, triplet_matrix x) {
  if (!triplet_is_spread(table))
    return make_matrix(context, recipe, table, rows, x);
  TRIPLET_TRY(triplet_spread_check(context, table));
  return TRIPLET_TOGETHER(context, make_matrix(context, recipe, table, rows, x));
}
