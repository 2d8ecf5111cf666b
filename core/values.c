/* values.c - the different texts of columns, in order, as those of a recipe or those that rows have. */
#include "table.h"

/* ---- in order ---------------------------------------------------------------------------------------------------- */

/* Numbers in their order, then texts in that of their bytes. */
typedef struct value {
  uint64_t place; /* of a number among all; of a text its first eight bytes */
  uint32_t is_text, code;
} value;

static uint64_t place_of_number(double number) {
  uint64_t bits;
  number += 0.0; /* -0 is 0 */
  memcpy(&bits, &number, sizeof bits);
  return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static uint64_t place_of_text(const char *text) {
  uint64_t place = 0;
  for (int i = 0; i < 8; i++) {
    place = place << 8 | (unsigned char)*text;
    text += *text != 0;
  }
  return place;
}

static value value_of(const triplet_table *table, const triplet_dictionary *texts, size_t code) {
  const char *text = triplet_dictionary_text(texts, code);
  double number;
  const bool is_number = triplet_table_number(table, text, &number);
  return (value){is_number ? place_of_number(number) : place_of_text(text), !is_number, (uint32_t)code};
}

static bool is_after(const triplet_dictionary *texts, const value *x, const value *y) {
  if (x->is_text != y->is_text)
    return x->is_text;
  if (x->place != y->place)
    return x->place > y->place;
  return strcmp(triplet_dictionary_text(texts, x->code), triplet_dictionary_text(texts, y->code)) > 0;
}

/* Merges two runs, of which the second begins at `middle`. */
static void merge(const triplet_dictionary *texts, const value *from, size_t middle, size_t count, value *to) {
  size_t first = 0, second = middle;
  for (size_t i = 0; i < count; i++)
    if (second == count || (first < middle && !is_after(texts, &from[first], &from[second])))
      to[i] = from[first++];
    else
      to[i] = from[second++];
}

/* In one of the two lists, which it returns. */
static const value *sort_values(const triplet_dictionary *texts, value *values, value *spare, size_t count) {
  for (size_t run = 1; run < count; run *= 2) {
    for (size_t begin = 0; begin < count; begin += 2 * run) {
      const size_t left = count - begin;
      merge(texts, values + begin, run < left ? run : left, 2 * run < left ? 2 * run : left, spare + begin);
    }
    value *const sorted = spare;
    spare = values;
    values = sorted;
  }
  return values;
}

/* Codes become places. */
static void place_codes(const triplet_table *table, triplet_read_column *column, const int32_t *places) {
  int32_t *codes = triplet_column_codes(column);
  const size_t count = triplet_column_rows(table, column).count;
  for (size_t i = 0; i < count; i++)
    if (codes[i] != TRIPLET_NO_CODE)
      codes[i] = places[codes[i]];
}

/* The values that rows have, in order, and codes that are their places. whole: of all rows. */
static void list_values(const triplet_table *table, triplet_read_column *column, const int32_t *whole, int32_t *places,
                        value *values) {
  const triplet_dictionary *texts = &column->texts;
  memset(places, 0, texts->count * sizeof *places);
  for (size_t row = 0; row < table->rows; row++)
    if (whole[row] != TRIPLET_NO_CODE)
      places[whole[row]] = 1;
  size_t count = 0;
  for (size_t code = 0; code < texts->count; code++)
    if (places[code])
      values[count++] = value_of(table, texts, code);

  const value *sorted = sort_values(texts, values, values + count, count);
  for (size_t i = 0; i < count; i++) {
    column->values[i] = triplet_dictionary_text(texts, sorted[i].code);
    places[sorted[i].code] = (int32_t)i;
  }
  column->value_count = count;
  place_codes(table, column, places);
}

static triplet_status order_values(triplet_table *table, triplet_read_column *column) {
  triplet_context *owner = &table->owner; /* scratch, too: it may be larger than what a context should keep */
  const size_t count = column->texts.count;
  const triplet_read_column *whole = column;
  TRIPLET_TRY(triplet_make_whole(table, &whole));
  column->values = triplet_allocate(owner, count, sizeof *column->values);
  int32_t *places = triplet_allocate(owner, count, sizeof *places);
  value *values = triplet_allocate(owner, count, 2 * sizeof *values);
  const bool done = column->values && places && values;
  if (done)
    list_values(table, column, triplet_column_codes(whole), places, values);
  triplet_release(owner, values);
  triplet_release(owner, places);
  return done ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

/* ---- of a recipe ------------------------------------------------------------------------------------------------- */

/* The values of a recipe's category, and codes that are their places; others are missing. Returns how many rows have
 * others, of which unknown lists the texts. */
static triplet_status match_values(triplet_context *context, triplet_table *table, triplet_read_column *column,
                                   triplet_texts known, triplet_list *unknown, size_t *rows) {
  const size_t count = column->texts.count;
  const triplet_read_column *whole = column;
  TRIPLET_TRY(triplet_make_whole(table, &whole));
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
  const int32_t *codes = triplet_column_codes(whole);
  for (size_t row = 0; row < table->rows; row++)
    *rows += codes[row] != TRIPLET_NO_CODE && places[codes[row]] == TRIPLET_NO_CODE;
  place_codes(table, column, places);
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
      TRIPLET_TRY(order_values(table, column));
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
    triplet_format(text, sizeof text, "%n: %z of %z rows have values that the model does not know, taken as empty: %s",
                   column->name, rows, table->rows, names);
    if (!triplet_notes_add(&table->notes, (triplet_note){.text = text, .warning = true}))
      return TRIPLET_OUT_OF_MEMORY;
  }
  return TRIPLET_OK;
}
