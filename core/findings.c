/* findings.c - what is told of the columns of a table. */
#include "keys.h"
#include "table.h"

/* ---- what columns are -------------------------------------------------------------------------------------------- */

/* What to give an option for one column, as triplet_note has it. */
static const char *option_value(const char *name) {
  return strchr(name, ',') ? NULL : name;
}

/* The columns that are left out for one reason, in one line. */
static bool tell_left_out(triplet_table *table, triplet_left_out why) {
  static const char *const reasons[] = {[TRIPLET_LEFT_OUT_ORDER] = "whole numbers in order",
                                        [TRIPLET_LEFT_OUT_ID] = "looks like an id",
                                        [TRIPLET_LEFT_OUT_CONSTANT] = "the same in every row",
                                        [TRIPLET_LEFT_OUT_EMPTY] = "empty",
                                        [TRIPLET_LEFT_OUT_DIFFERENT] = "different in every row",
                                        [TRIPLET_LEFT_OUT_TEXT] = "more than 32 different texts",
                                        [TRIPLET_LEFT_OUT_DATES] = "dates or times"};
  triplet_list names = {.length = 0}, values = {.length = 0};
  for (size_t i = 0; i < table->column_count; i++)
    if (table->columns[i].left_out == why) {
      triplet_list_name(&names, table->columns[i].name);
      triplet_list_value(&values, table->columns[i].name);
    }
  if (!names.count)
    return true;
  char text[TRIPLET_MESSAGE_SIZE];
  const size_t begin = triplet_format(text, sizeof text, "left out: ");
  triplet_list_text(&names, text + begin, sizeof text - begin);
  const bool can_be_kept = why != TRIPLET_LEFT_OUT_EMPTY;
  return triplet_notes_add(&table->notes, (triplet_note){.text = text,
                                                         .reason = reasons[why],
                                                         .option = can_be_kept ? "keep" : NULL,
                                                         .value = can_be_kept ? triplet_list_values(&values) : NULL});
}

/* A column of numbers but for some texts, which may mean that one is missing; text: what becomes of it. */
static bool tell_mixed(triplet_table *table, const triplet_read_column *column, const char *text) {
  triplet_list others = {.length = 0}, shown_others = {.length = 0};
  double number;
  for (size_t i = 0; i < column->texts.count; i++) {
    char shown[TRIPLET_SHOWN_TEXT];
    const char *other = triplet_dictionary_text(&column->texts, i);
    if (triplet_table_number(table, other, &number))
      continue;
    triplet_show_text(shown, other, strlen(other));
    triplet_list_add(&shown_others, shown, ", ");
    triplet_list_value(&others, other);
  }
  char reason[TRIPLET_MESSAGE_SIZE];
  const size_t begin = triplet_format(reason, sizeof reason, "numbers, but also ");
  triplet_list_text(&shown_others, reason + begin, sizeof reason - begin);
  return triplet_notes_add(
      &table->notes,
      (triplet_note){.text = text, .reason = reason, .option = "missing_texts", .value = triplet_list_values(&others)});
}

/* Numbers that are written as they are not read; text: what becomes of them. */
static bool tell_marked(triplet_table *table, const triplet_read_column *column, const char *text) {
  char reason[TRIPLET_MESSAGE_SIZE], shown[TRIPLET_SHOWN_TEXT];
  size_t example = 0;
  while (!triplet_is_marked_number(table, triplet_dictionary_text(&column->texts, example)))
    example++;
  const char *marked = triplet_dictionary_text(&column->texts, example);
  triplet_show_text(shown, marked, strlen(marked));
  triplet_format(reason, sizeof reason, "marks of thousands, money or percent are not read, as in %s", shown);
  return triplet_notes_add(&table->notes, (triplet_note){.text = text, .reason = reason, .warning = true});
}

static bool tell_one_left_out(triplet_table *table, const triplet_read_column *column) {
  char text[TRIPLET_MESSAGE_SIZE];
  triplet_format(text, sizeof text, "left out: %n", column->name);
  return column->left_out == TRIPLET_LEFT_OUT_MIXED ? tell_mixed(table, column, text)
                                                    : tell_marked(table, column, text);
}

static bool is_input(const triplet_read_column *column, bool category) {
  return column->use == TRIPLET_COLUMN_INPUT && (column->kind == TRIPLET_CELLS_TEXTS) == category;
}

/* What would have an input otherwise: its incomplete rows left out, unless they are most, or else the column. */
static void advise(const triplet_table *table, const triplet_read_column *column, triplet_note *note) {
  const bool drop = column->missing && 2 * column->missing < table->rows;
  note->option = drop ? "missing" : "ignore";
  note->value = drop ? "drop" : option_value(column->name);
}

static bool tell_category(triplet_table *table, const triplet_read_column *column, bool for_recipe) {
  char text[TRIPLET_MESSAGE_SIZE];
  size_t length = 0;
  if (!for_recipe)
    length =
        triplet_format(text, sizeof text, "%n: %z value%s, %z column%s", column->name, column->value_count,
                       column->value_count == 1 ? "" : "s", column->value_count, column->value_count == 1 ? "" : "s");
  if (column->missing)
    length += triplet_format(text + length, sizeof text - length,
                             for_recipe ? "%s%n: %z of %z empty, none of its values"
                                        : "%s%n%z of %z empty, none of its values",
                             length ? "; " : "", for_recipe ? column->name : "", column->missing, table->rows);
  if (for_recipe)
    return triplet_notes_add(&table->notes, (triplet_note){.text = text});
  const bool asked = column->is_category || column->is_kept;
  if (!asked && triplet_is_mostly_numbers(table, column))
    return tell_mixed(table, column, text);
  const triplet_look look = asked ? TRIPLET_LOOK_TEXT : triplet_look_of(table, column);
  if (look == TRIPLET_LOOK_MARKED_NUMBER)
    return tell_marked(table, column, text);
  triplet_note note = {.text = text, .reason = look == TRIPLET_LOOK_DATE ? "dates or times" : NULL};
  advise(table, column, &note);
  return triplet_notes_add(&table->notes, note);
}

/* Lines of one kind, of which there may be too many. */
typedef struct told_kind {
  bool category;
  size_t count, values, missing; /* columns that have something to tell, their values, their missing cells */
} told_kind;

static bool has_news(const triplet_read_column *column, bool category, bool for_recipe) {
  return is_input(column, category) && (column->missing || (category && !for_recipe));
}

static told_kind count_news(const triplet_table *table, bool category, bool for_recipe) {
  told_kind kind = {.category = category};
  for (size_t i = 0; i < table->column_count; i++) {
    const triplet_read_column *column = &table->columns[i];
    if (!has_news(column, category, for_recipe))
      continue;
    kind.count++;
    kind.values += column->value_count;
    kind.missing += column->missing;
  }
  return kind;
}

static bool tell_together(triplet_table *table, const told_kind *kind, bool for_recipe) {
  char text[TRIPLET_MESSAGE_SIZE];
  const size_t cells = kind->count * table->rows;
  triplet_note note = {.text = text};
  if (!kind->category)
    triplet_format(text, sizeof text, "%z columns: %z of %z cells empty, filled with the means of their columns",
                   kind->count, kind->missing, cells);
  else if (kind->missing)
    triplet_format(text, sizeof text,
                   "%z columns of texts: %z values, %z columns; %z of %z cells empty, none of their values",
                   kind->count, kind->values, kind->values, kind->missing, cells);
  else
    triplet_format(text, sizeof text, "%z columns of texts: %z values, %z columns", kind->count, kind->values,
                   kind->values);
  if (kind->missing && !for_recipe) {
    note.option = "missing";
    note.value = "drop";
  }
  return triplet_notes_add(&table->notes, note);
}

static bool tell_missing_numbers(triplet_table *table, const triplet_read_column *column, bool for_recipe) {
  char text[TRIPLET_MESSAGE_SIZE];
  triplet_format(text, sizeof text, "%n: %z of %z empty, filled with the mean", column->name, column->missing,
                 table->rows);
  triplet_note note = {.text = text};
  if (!for_recipe)
    advise(table, column, &note);
  return triplet_notes_add(&table->notes, note);
}

/* Whole numbers, each above the one before, over more rows than chance has them so. */
static bool rises_in_every_row(const triplet_table *table, const triplet_read_column *whole) {
  const double *numbers = triplet_column_numbers(whole);
  for (size_t row = 0; row < table->rows; row++)
    if (!triplet_is_whole(numbers[row]) || (row && !(numbers[row] > numbers[row - 1])))
      return false;
  return true;
}

static triplet_status added(bool is_added) {
  return is_added ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

static triplet_status warn_of_rise(triplet_table *table, const triplet_read_column *column) {
  if (!is_input(column, false) || column->is_kept || table->rows < TRIPLET_BY_CHANCE)
    return TRIPLET_OK;
  TRIPLET_TRY(triplet_make_whole(table, &column));
  if (!rises_in_every_row(table, column))
    return TRIPLET_OK;
  char text[TRIPLET_MESSAGE_SIZE];
  triplet_format(text, sizeof text, "%n rises in every row: does it number the rows?", column->name);
  return added(triplet_notes_add(
      &table->notes,
      (triplet_note){.text = text, .option = "ignore", .value = option_value(column->name), .warning = true}));
}

/* What is told of many columns is told where the first of them has its place. */
triplet_status triplet_tell_columns(triplet_table *table, bool for_recipe) {
  told_kind kinds[] = {count_news(table, false, for_recipe), count_news(table, true, for_recipe)};
  bool told[TRIPLET_LEFT_OUT_COUNT] = {[TRIPLET_NOT_LEFT_OUT] = true, [TRIPLET_LEFT_OUT_ASKED] = true};
  bool fine = true;
  for (size_t i = 0; i < table->column_count && fine; i++) {
    const triplet_read_column *column = &table->columns[i];
    if (column->use == TRIPLET_COLUMN_LEFT_OUT &&
        (column->left_out == TRIPLET_LEFT_OUT_MIXED || column->left_out == TRIPLET_LEFT_OUT_MARKED)) {
      fine = tell_one_left_out(table, column);
    } else if (column->use == TRIPLET_COLUMN_LEFT_OUT && !told[column->left_out]) {
      told[column->left_out] = true;
      fine = tell_left_out(table, column->left_out);
    }
    if (fine && !for_recipe)
      TRIPLET_TRY(warn_of_rise(table, column));
    told_kind *kind = &kinds[column->kind == TRIPLET_CELLS_TEXTS];
    if (!has_news(column, kind->category, for_recipe))
      continue;
    if (kind->count > TRIPLET_LISTED) {
      fine = tell_together(table, kind, for_recipe);
      kind->count = 0; /* told */
    } else if (kind->count) {
      fine =
          kind->category ? tell_category(table, column, for_recipe) : tell_missing_numbers(table, column, for_recipe);
    }
  }
  return added(fine);
}

/* ---- columns that give the label away ---------------------------------------------------------------------------- */

/* The place of a cell among those of its column: equal cells have equal ones. */
static uint64_t place_of(const triplet_read_column *column, size_t row) {
  uint64_t place = 0;
  if (column->kind == TRIPLET_CELLS_TEXTS)
    return (uint64_t)triplet_column_codes(column)[row];
  const double number = triplet_column_numbers(column)[row] + 0.0; /* -0 is 0 */
  memcpy(&place, &number, sizeof place);
  return place;
}

static bool has_twins(uint64_t *places, size_t count, uint64_t *spare) {
  triplet_sort_keys(places, spare, count);
  for (size_t i = 1; i < count; i++)
    if (places[i] == places[i - 1])
      return true;
  return false;
}

/* Whether each label goes with a cell of its own, wherever both are there. column: whole. places, spare: memory for as
 * many as there are labels; seen: likewise. */
static bool tells_label(const triplet_table *table, const triplet_read_column *column, uint64_t *places,
                        uint64_t *spare, uint8_t *seen) {
  const triplet_read_column *label = &table->columns[table->label];
  const int32_t *labels = triplet_column_codes(label);
  memset(seen, 0, label->value_count);
  size_t count = 0, rows = 0;
  for (size_t row = 0; row < table->rows; row++) {
    if (triplet_cell_is_missing(column, row) || labels[row] == TRIPLET_NO_CODE)
      continue;
    const uint64_t place = place_of(column, row);
    if (seen[labels[row]] && places[labels[row]] != place)
      return false;
    count += !seen[labels[row]];
    seen[labels[row]] = 1;
    places[labels[row]] = place;
    rows++;
  }
  return count == label->value_count && 2 * rows >= table->rows && !has_twins(places, count, spare);
}

/* Whether each value of a category goes with one label alone, and not by chance. column: whole. label_of: memory for as
 * many as there are values. */
static bool values_tell_label(const triplet_table *table, const triplet_read_column *column, int32_t *label_of) {
  const int32_t *labels = triplet_column_codes(&table->columns[table->label]);
  const int32_t *codes = triplet_column_codes(column);
  for (size_t i = 0; i < column->value_count; i++)
    label_of[i] = TRIPLET_NO_CODE;
  size_t rows = 0;
  for (size_t row = 0; row < table->rows; row++) {
    if (codes[row] == TRIPLET_NO_CODE || labels[row] == TRIPLET_NO_CODE)
      continue;
    int32_t *label = &label_of[codes[row]];
    if (*label != TRIPLET_NO_CODE && *label != labels[row])
      return false;
    *label = labels[row];
    rows++;
  }
  return column->value_count > 1 && rows >= 10 * column->value_count && 2 * rows >= table->rows;
}

/* Numbers of many kinds are no classes, most likely. */
static bool tell_quantity(triplet_table *table, const triplet_read_column *label) {
  double number;
  for (size_t i = 0; i < label->value_count; i++)
    if (!triplet_table_number(table, label->values[i], &number))
      return true;
  char text[TRIPLET_MESSAGE_SIZE];
  triplet_format(text, sizeof text, "%n has %z different numbers, each of which is taken as a class: is it a quantity?",
                 label->name, label->value_count);
  return label->value_count <= TRIPLET_MOST_CATEGORIES ||
         triplet_notes_add(&table->notes, (triplet_note){.text = text, .warning = true});
}

triplet_status triplet_warn_of_label(triplet_context *context, triplet_table *table) {
  const triplet_read_column *label = &table->columns[table->label];
  const size_t labels = label->value_count;
  if (!tell_quantity(table, label))
    return TRIPLET_OUT_OF_MEMORY;
  if (labels < 2 || table->rows < 2 * labels)
    return TRIPLET_OK;

  size_t most = labels; /* of labels, or of the values of a column */
  for (size_t i = 0; i < table->column_count; i++)
    most = table->columns[i].value_count > most ? table->columns[i].value_count : most;
  uint64_t *places = triplet_allocate(context, most, 2 * sizeof *places + 1);
  if (!places)
    return TRIPLET_OUT_OF_MEMORY;
  triplet_status status = TRIPLET_OK;
  for (size_t i = 0; i < table->column_count && status == TRIPLET_OK; i++) {
    const triplet_read_column *column = &table->columns[i];
    if (column->use != TRIPLET_COLUMN_INPUT)
      continue;
    status = triplet_make_whole(table, &column);
    if (status != TRIPLET_OK)
      break;
    const bool category = column->kind == TRIPLET_CELLS_TEXTS;
    if (!tells_label(table, column, places, places + most, (uint8_t *)(places + 2 * most)) &&
        !(category && values_tell_label(table, column, (int32_t *)(void *)places)))
      continue;
    char text[TRIPLET_MESSAGE_SIZE];
    triplet_format(text, sizeof text, "%n gives %n away: each of its values goes with one class", column->name,
                   label->name);
    status = added(triplet_notes_add(
        &table->notes,
        (triplet_note){.text = text, .option = "ignore", .value = option_value(column->name), .warning = true}));
  }
  triplet_release(context, places);
  return status;
}
