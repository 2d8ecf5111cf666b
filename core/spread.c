/* spread.c - a table whose rows are spread over many ranks: who holds which, and a column of it made whole.
 *
 * Every rank reads the whole file, so that kinds, names, texts and faults are the same on all of them without a word
 * between them. What the cells of a column decide is decided by the cells of all rows, one column after another. */
#include "recipe.h"
#include "table.h"

triplet_span triplet_spread_rows(const triplet_table *table) {
  const triplet_spread *of = table->spread;
  return (triplet_span){of->starts[of->rank], of->starts[of->rank + 1] - of->starts[of->rank]};
}

triplet_status triplet_spread_check(triplet_context *context, const triplet_table *table) {
  const triplet_spread *of = table->spread;
  const bool has_ranks = context && context->ranks;
  const size_t size = has_ranks ? context->ranks->collective.size : 1;
  if (size != of->ranks)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "table",
                        "expected the %z ranks that its rows are spread over, got %z", of->ranks, size);
  if (context->ranks->collective.rank != of->rank)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "table", "expected rank %z, whose rows it has, got rank %z",
                        of->rank, context->ranks->collective.rank);
  return TRIPLET_OK;
}

/* ---- columns made whole ------------------------------------------------------------------------------------------ */

triplet_status triplet_spread_begin(triplet_context *context, const triplet_table *table) {
  triplet_spread *of = table->spread;
  triplet_context owner = triplet_owner_of(&table->owner); /* a context would keep so much for later calls */
  of->cells = triplet_allocate(&owner, of->starts[of->ranks], sizeof(double));
  of->context = context;
  if (of->cells)
    return TRIPLET_OK;
  context->error = owner.error;
  return TRIPLET_OUT_OF_MEMORY;
}

void triplet_spread_end(const triplet_table *table) {
  triplet_spread *of = table->spread;
  triplet_context owner = triplet_owner_of(&table->owner);
  triplet_release(&owner, of->cells);
  of->cells = NULL;
}

triplet_status triplet_spread_gather(const triplet_table *table, const triplet_read_column **column) {
  triplet_spread *of = table->spread;
  if ((*column)->is_whole)
    return TRIPLET_OK;
  const triplet_span own = triplet_spread_rows(table);
  const size_t size = (*column)->kind == TRIPLET_CELLS_TEXTS ? sizeof(int32_t) : sizeof(double);
  memcpy((char *)of->cells + own.first * size, (*column)->cells, own.count * size);
  of->column = **column;
  of->column.cells = of->cells;
  of->column.is_whole = true;
  *column = &of->column;
  return triplet_share_rows(of->context, TRIPLET_OK, (triplet_cut){of->ranks, 1},
                            &(triplet_output){of->cells, size, of->starts}, 1);
}

triplet_status triplet_spread_label(triplet_table *table) {
  triplet_spread *of = table->spread;
  if (table->label == table->column_count)
    return TRIPLET_OK;
  triplet_read_column *label = &table->columns[table->label];
  const triplet_read_column *whole = label;
  TRIPLET_TRY(triplet_spread_gather(table, &whole));
  of->label = triplet_allocate(&table->owner, table->rows, sizeof *of->label);
  if (!of->label)
    return TRIPLET_OUT_OF_MEMORY;
  memcpy(of->label, whole->cells, table->rows * sizeof *of->label);
  label->cells = of->label;
  label->is_whole = true;
  return TRIPLET_OK;
}

/* ---- the rows that are held -------------------------------------------------------------------------------------- */

void triplet_spread_leave_out(const triplet_table *table, const uint8_t *out) {
  triplet_spread *of = table->spread;
  size_t left = 0, row = 0;
  for (size_t rank = 0; rank <= of->ranks; rank++) {
    for (; row < of->starts[rank]; row++)
      left += !out[row];
    of->starts[rank] = left;
  }
}

triplet_status triplet_spread_list(triplet_table *table) {
  triplet_spread *of = table->spread;
  const triplet_span rows = triplet_spread_rows(table);
  of->held = triplet_allocate(&table->owner, rows.count, sizeof *of->held);
  if (!of->held)
    return TRIPLET_OUT_OF_MEMORY;
  for (size_t i = 0; i < rows.count; i++)
    of->held[i] = (int32_t)(rows.first + i);
  return TRIPLET_OK;
}

triplet_ints triplet_table_held(const triplet_table *table) {
  return triplet_is_spread(table) ? (triplet_ints){table->spread->held, triplet_spread_rows(table).count}
                                  : (triplet_ints){NULL, 0};
}

/* ---- the beginning and the end ----------------------------------------------------------------------------------- */

static void compare_text(triplet_context *context, const char *text) {
  triplet_compare_number(context, text != NULL);
  if (text)
    triplet_compare(context, text, strlen(text));
}

static void compare_texts(triplet_context *context, triplet_texts texts) {
  triplet_compare_number(context, texts.count);
  for (size_t i = 0; i < texts.count; i++)
    compare_text(context, texts.items[i]);
}

static void compare_recipe(triplet_context *context, const triplet_recipe *recipe) {
  triplet_compare_number(context, recipe != NULL);
  if (!recipe)
    return;
  const triplet_ingredients of = triplet_recipe_ingredients(recipe);
  triplet_compare_number(context, of.has_header);
  triplet_compare_number(context, of.missing);
  compare_texts(context, of.missing_texts);
  for (size_t i = 0; i < of.count; i++) {
    compare_text(context, of.columns[i].name);
    compare_texts(context, (triplet_texts){of.columns[i].values, of.columns[i].value_count});
  }
}

void triplet_spread_compare(triplet_context *context, const triplet_table_options *options, const char *bytes,
                            size_t size) {
  triplet_compare(context, bytes, size);
  triplet_compare_options(context, TRIPLET_SCHEMA_TABLE, options);
  compare_text(context, options->label);
  compare_text(context, options->comment);
  const triplet_texts lists[] = {options->keep, options->ignore, options->categories, options->missing_texts};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    compare_texts(context, lists[i]);
  compare_recipe(context, options->recipe);
}

triplet_status triplet_spread_create(triplet_context *context, triplet_table *table) {
  const size_t ranks = triplet_rank_count(context);
  triplet_spread *of = triplet_allocate(&table->owner, 1, sizeof *of);
  if (!of)
    return TRIPLET_OUT_OF_MEMORY;
  *of = (triplet_spread){.rank = triplet_rank(context), .ranks = ranks};
  table->spread = of;
  of->starts = triplet_allocate(&table->owner, ranks + 1, sizeof *of->starts);
  return of->starts ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

void triplet_spread_destroy(triplet_table *table) {
  triplet_spread *of = table->spread;
  triplet_release(&table->owner, of->starts);
  triplet_release(&table->owner, of->held);
  triplet_release(&table->owner, of->label);
  triplet_release(&table->owner, of->cells);
  triplet_release(&table->owner, of);
}
