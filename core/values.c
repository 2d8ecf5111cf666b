/* values.c - the different texts of columns, in order, as those of a recipe or those that rows have. */
#include "table.h"

/* Numbers in their order, then texts in that of their bytes. */
static int compare_values(const triplet_table *table, const char *x, const char *y) {
  double a, b;
  const bool x_is = triplet_table_number(table, x, &a), y_is = triplet_table_number(table, y, &b);
  if (x_is && y_is && a != b)
    return a < b ? -1 : 1;
  return x_is == y_is ? strcmp(x, y) : x_is ? -1 : 1;
}

static void sift_down(const triplet_table *table, const char **values, size_t root, size_t count) {
  for (size_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && compare_values(table, values[child], values[child + 1]) < 0)
      child++;
    if (compare_values(table, values[root], values[child]) >= 0)
      return;
    const char *larger = values[child];
    values[child] = values[root];
    values[root] = larger;
  }
}

/* Heapsort. */
static void sort_values(const triplet_table *table, const char **values, size_t count) {
  for (size_t root = count / 2; root-- > 0;)
    sift_down(table, values, root, count);
  for (size_t last = count; last-- > 1;) {
    const char *largest = values[0];
    values[0] = values[last];
    values[last] = largest;
    sift_down(table, values, 0, last);
  }
}

/* The values that rows have, in order, and codes that are their places. */
static triplet_status order_values(triplet_context *context, triplet_table *table, triplet_read_column *column) {
  const size_t count = column->texts.count;
  column->values = triplet_allocate(&table->owner, count, sizeof *column->values);
  int32_t *places = triplet_allocate(context, count, sizeof *places);
  if (!column->values || !places) {
    triplet_release(context, places);
    return TRIPLET_OUT_OF_MEMORY;
  }
  int32_t *codes = triplet_column_codes(column);
  memset(places, 0, count * sizeof *places);
  for (size_t row = 0; row < table->rows; row++)
    if (codes[row] != TRIPLET_NO_CODE)
      places[codes[row]] = 1;
  for (size_t code = 0; code < count; code++)
    if (places[code])
      column->values[column->value_count++] = triplet_dictionary_text(&column->texts, code);
  sort_values(table, column->values, column->value_count);
  for (size_t i = 0; i < column->value_count; i++)
    places[triplet_dictionary_find(&column->texts, column->values[i], strlen(column->values[i]))] = (int32_t)i;
  for (size_t row = 0; row < table->rows; row++)
    if (codes[row] != TRIPLET_NO_CODE)
      codes[row] = places[codes[row]];
  triplet_release(context, places);
  return TRIPLET_OK;
}

/* The values of a recipe's category, and codes that are their places; others are missing. Returns how many rows have
 * others, of which unknown lists the texts. */
static triplet_status match_values(triplet_context *context, triplet_table *table, triplet_read_column *column,
                                   triplet_texts known, triplet_list *unknown, size_t *rows) {
  const size_t count = column->texts.count;
  column->values = triplet_allocate(&table->owner, known.count, sizeof *column->values);
  int32_t *places = triplet_allocate(context, count, sizeof *places);
  if (!column->values || !places) {
    triplet_release(context, places);
    return TRIPLET_OUT_OF_MEMORY;
  }
  for (size_t code = 0; code < count; code++)
    places[code] = TRIPLET_NO_CODE;
  for (size_t i = 0; i < known.count; i++) {
    const size_t length = strlen(known.items[i]);
    int32_t code = triplet_dictionary_find(&column->texts, known.items[i], length);
    if (code != TRIPLET_NO_CODE)
      places[code] = (int32_t)i;
    else
      code = triplet_dictionary_code(&column->texts, known.items[i], length);
    if (code == TRIPLET_NO_CODE) {
      triplet_release(context, places);
      return TRIPLET_OUT_OF_MEMORY;
    }
  }
  for (size_t i = 0; i < known.count; i++) /* their texts do not move any more */
    column->values[i] = triplet_dictionary_text(
        &column->texts, (size_t)triplet_dictionary_find(&column->texts, known.items[i], strlen(known.items[i])));
  column->value_count = known.count;

  for (size_t code = 0; code < count; code++)
    if (places[code] == TRIPLET_NO_CODE) {
      char shown[TRIPLET_SHOWN_TEXT];
      const char *text = triplet_dictionary_text(&column->texts, code);
      triplet_show_text(shown, text, strlen(text));
      triplet_list_add(unknown, shown, ", ");
    }
  int32_t *codes = triplet_column_codes(column);
  for (size_t row = 0; row < table->rows; row++)
    if (codes[row] != TRIPLET_NO_CODE) {
      codes[row] = places[codes[row]];
      *rows += codes[row] == TRIPLET_NO_CODE;
    }
  triplet_release(context, places);
  return TRIPLET_OK;
}

/* Texts that are inputs or the label get values; of others codes stay as they are. */
triplet_status triplet_order_values(triplet_context *context, triplet_table *table,
                                    const triplet_table_options *options) {
  for (size_t i = 0; i < table->column_count; i++) {
    triplet_read_column *column = &table->columns[i];
    if (triplet_column_has_codes(column) && column->use != TRIPLET_COLUMN_LEFT_OUT &&
        (!options->recipe || i == table->label))
      TRIPLET_TRY(order_values(context, table, column));
  }
  for (size_t i = 0; options->recipe && i < triplet_recipe_columns(options->recipe); i++) {
    const triplet_recipe_column known = triplet_recipe_column_at(options->recipe, i);
    triplet_read_column *column = &table->columns[triplet_table_find(table, known.name)];
    if (known.kind == TRIPLET_COLUMN_NUMBER || column->use != TRIPLET_COLUMN_INPUT)
      continue;
    triplet_list unknown = {.length = 0};
    size_t rows = 0;
    TRIPLET_TRY(match_values(context, table, column, known.values, &unknown, &rows));
    if (!rows)
      continue;
    char names[TRIPLET_LIST_SIZE], text[2 * TRIPLET_MESSAGE_SIZE];
    triplet_list_text(&unknown, names, sizeof names);
    triplet_format(text, sizeof text, "%s: %z of %z rows have values that the model does not know: %s", column->name,
                   rows, table->rows, names);
    if (!triplet_notes_add(&table->notes, (triplet_note){.text = text, .warning = true}))
      return TRIPLET_OUT_OF_MEMORY;
  }
  return TRIPLET_OK;
}
