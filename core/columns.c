/* columns.c - what the columns of a table are, which of them are learned from, and what is told of it. */
#include "keys.h"
#include "table.h"

#define LISTED 12   /* columns that a line names, or that have lines of their own; more are counted */
#define SEQUENCE 20 /* rows: fewer whole numbers in order may be chance */

/* ---- whether there is a header ----------------------------------------------------------------------------------- */

static bool is_number(const triplet_table *table, const char *text, double *number) {
  return triplet_decimal(text, strlen(text), table->comma, number);
}

static bool is_whole(double number) {
  return number >= -9007199254740992.0 && number <= 9007199254740992.0 && number == (double)(int64_t)number;
}

bool triplet_first_row_is_header(const triplet_table *table, const char *const *first_row, size_t rows) {
  size_t names = 0, maybe_names = 0, data = 0, numbers = 0;
  bool in_order = true; /* the numbers of the first row are whole and each is one more than the last */
  double last = 0;
  for (size_t i = 0; i < table->column_count; i++) {
    const triplet_read_column *column = &table->columns[i];
    const triplet_dictionary *texts = &column->texts;
    double number;
    if (is_number(table, first_row[i], &number)) {
      in_order &= is_whole(number) && (numbers == 0 || number == last + 1);
      last = number;
      numbers++;
    } else if (!*first_row[i]) {
      continue;
    } else if (column->kind == TRIPLET_CELLS_NUMBERS && column->numbers) {
      names++;
    } else if (column->kind == TRIPLET_CELLS_TEXTS) {
      if (triplet_dictionary_find(texts, first_row[i], strlen(first_row[i])) != TRIPLET_NO_CODE)
        data++;
      else if (2 * texts->count <= rows)
        maybe_names++;
    }
  }
  if (names || data)
    return names > data;
  return numbers == 0 || (maybe_names && numbers > 1 && in_order);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* The column of a name; column_count: none. */
static size_t find_name(const triplet_table *table, const char *name) {
  const int32_t code = triplet_dictionary_find(&table->names, name, strlen(name));
  return code == TRIPLET_NO_CODE ? table->column_count : (size_t)code;
}

/* A name that comes again gets a number that makes it another. times: of each column's name so far. */
static triplet_status add_name(triplet_table *table, const char *const *names, size_t index, size_t *times) {
  char number[32];
  const char *name = names ? names[index] : "";
  if (!*name) {
    triplet_format(number, sizeof number, names ? "column_%z" : "%z", index + 1);
    name = number;
  }
  const size_t length = strlen(name), first = find_name(table, name);
  int32_t code = first < index ? TRIPLET_NO_CODE : triplet_dictionary_code(&table->names, name, length);
  if (first >= index)
    return code == TRIPLET_NO_CODE ? TRIPLET_OUT_OF_MEMORY : TRIPLET_OK;

  char *longer = triplet_allocate(&table->owner, length + sizeof number, 1);
  if (!longer)
    return TRIPLET_OUT_OF_MEMORY;
  memcpy(longer, name, length);
  size_t end;
  do
    end = length + triplet_format(longer + length, sizeof number, "_%z", ++times[first] + 1);
  while (triplet_dictionary_find(&table->names, longer, end) != TRIPLET_NO_CODE);
  code = triplet_dictionary_code(&table->names, longer, end);
  triplet_release(&table->owner, longer);
  return code == TRIPLET_NO_CODE ? TRIPLET_OUT_OF_MEMORY : TRIPLET_OK;
}

triplet_status triplet_name_columns(triplet_context *context, triplet_table *table, const char *const *first_row) {
  triplet_dictionary_release(&table->names);
  size_t *times = triplet_allocate(context, table->column_count, sizeof *times);
  if (!times)
    return TRIPLET_OUT_OF_MEMORY;
  memset(times, 0, table->column_count * sizeof *times);
  triplet_status status = TRIPLET_OK;
  for (size_t i = 0; i < table->column_count && status == TRIPLET_OK; i++)
    status = add_name(table, first_row, i, times);
  triplet_release(context, times);

  for (size_t i = 0; i < table->column_count && status == TRIPLET_OK; i++) {
    table->columns[i].name = triplet_dictionary_text(&table->names, i);
    table->columns[i].unnamed = first_row && !*first_row[i];
  }
  return status;
}

/* ---- what is asked for ------------------------------------------------------------------------------------------- */

/* Appends a name to a list of them, of which only so many are told. */
typedef struct name_list {
  char text[TRIPLET_MESSAGE_SIZE / 2];
  size_t length, count, told;
} name_list;

static void list_name(name_list *list, const char *name, const char *gap) {
  const size_t room = sizeof list->text - list->length;
  list->count++;
  if (list->told + 1 < list->count || list->told == LISTED || strlen(name) + strlen(gap) >= room)
    return;
  list->told++;
  list->length += triplet_format(list->text + list->length, room, "%s%s", list->length ? gap : "", name);
}

static size_t end_of_list(const name_list *list, char *text, size_t size) {
  if (list->told == list->count)
    return triplet_format(text, size, "%s", list->text);
  return triplet_format(text, size, "%s and %z more", list->text, list->count - list->told);
}

static void add_unknown_name(const triplet_table *table, const char *option, const char *name, triplet_faults *faults) {
  name_list known = {.length = 0};
  for (size_t i = 0; i < table->column_count; i++)
    list_name(&known, table->columns[i].name, ", ");
  char names[sizeof known.text + 32], shown[TRIPLET_SHOWN_TEXT];
  end_of_list(&known, names, sizeof names);
  triplet_show_text(shown, name, strlen(name));
  triplet_faults_add(faults, "%s: there is no column %s among %s", option, shown, names);
}

/* A column by its name or, where no column has that name, by its number. */
static size_t find_label(const triplet_table *table, const char *label) {
  const size_t count = table->column_count, named = find_name(table, label);
  double number;
  if (named < count)
    return named;
  if (strcmp(label, "last") == 0)
    return count - 1;
  if (strcmp(label, "first") == 0)
    return 0;
  return triplet_decimal(label, strlen(label), false, &number) && is_whole(number) && number >= 1 &&
                 number <= (double)count
             ? (size_t)number - 1
             : count;
}

typedef void (*ask_column)(triplet_read_column *column);

static void ask_to_keep(triplet_read_column *column) {
  column->all_texts = column->is_kept = true;
}

static void ask_to_ignore(triplet_read_column *column) {
  column->left_out = TRIPLET_LEFT_OUT_ASKED;
}

static void ask_for_category(triplet_read_column *column) {
  column->as_texts = column->all_texts = column->is_category = true;
}

static void ask_each(triplet_table *table, const char *option, triplet_texts names, ask_column ask,
                     triplet_faults *faults) {
  for (size_t i = 0; i < names.count; i++) {
    const size_t found = find_name(table, names.items[i]);
    if (found < table->column_count)
      ask(&table->columns[found]);
    else
      add_unknown_name(table, option, names.items[i], faults);
  }
}

/* The columns of a recipe are read, and no others. */
static void ask_for_recipe(triplet_table *table, const triplet_recipe *recipe, triplet_faults *faults) {
  for (size_t i = 0; i < table->column_count; i++)
    ask_to_ignore(&table->columns[i]);
  name_list missing = {.length = 0};
  for (size_t i = 0; i < triplet_recipe_columns(recipe); i++) {
    const triplet_recipe_column wanted = triplet_recipe_column_at(recipe, i);
    const size_t found = find_name(table, wanted.name);
    if (found == table->column_count) {
      list_name(&missing, wanted.name, ", ");
      continue;
    }
    triplet_read_column *column = &table->columns[found];
    column->left_out = TRIPLET_NOT_LEFT_OUT;
    column->as_numbers = wanted.kind == TRIPLET_COLUMN_NUMBER;
    if (!column->as_numbers)
      ask_for_category(column);
  }
  if (!missing.count)
    return;
  char names[sizeof missing.text + 32];
  end_of_list(&missing, names, sizeof names);
  triplet_faults_add(faults, "columns that the model was trained on are missing: %s", names);
}

void triplet_ask_columns(triplet_table *table, const triplet_table_options *options, triplet_faults *faults) {
  for (size_t i = 0; i < table->column_count; i++) {
    triplet_read_column *column = &table->columns[i];
    column->as_texts = column->as_numbers = column->all_texts = column->is_kept = column->is_category = false;
    column->left_out = TRIPLET_NOT_LEFT_OUT;
  }
  if (options->recipe) {
    ask_for_recipe(table, options->recipe, faults);
  } else {
    ask_each(table, "keep", options->keep, ask_to_keep, faults);
    ask_each(table, "ignore", options->ignore, ask_to_ignore, faults);
    ask_each(table, "categories", options->categories, ask_for_category, faults);
  }

  table->label = options->label ? find_label(table, options->label) : table->column_count;
  if (table->label < table->column_count) {
    triplet_read_column *label = &table->columns[table->label];
    if (options->recipe && label->left_out == TRIPLET_NOT_LEFT_OUT)
      triplet_faults_add(faults, "label: the model learns from column %s", label->name);
    label->as_texts = label->all_texts = true;
    label->as_numbers = false;
  } else if (options->label) {
    add_unknown_name(table, "label", options->label, faults);
  }
}

/* ---- what columns are -------------------------------------------------------------------------------------------- */

static bool has_codes(const triplet_read_column *column) {
  return column->kind == TRIPLET_CELLS_TEXTS && !column->too_many;
}

static bool is_missing(const triplet_read_column *column, size_t row) {
  if (column->kind == TRIPLET_CELLS_TEXTS)
    return triplet_column_codes(column)[row] == TRIPLET_NO_CODE;
  const double number = triplet_column_numbers(column)[row];
  return number != number;
}

/* What the numbers of a column have in common. */
typedef struct number_facts {
  bool whole, same, in_order; /* each is one more than the last, from 0 or 1 on */
} number_facts;

static number_facts facts_of(const double *numbers, size_t rows) {
  number_facts facts = {true, true, numbers[0] == 0 || numbers[0] == 1};
  double first = triplet_missing_number();
  for (size_t row = 0; row < rows; row++) {
    const double number = numbers[row];
    if (number != number) {
      facts.in_order = false;
      continue;
    }
    if (first != first)
      first = number;
    facts.whole &= is_whole(number);
    facts.same &= number == first;
    facts.in_order &= number == numbers[0] + (double)row;
  }
  return facts;
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool ends_with(const char *name, size_t length, const char *end) {
  const size_t size = strlen(end);
  if (size > length)
    return false;
  for (size_t i = 0; i < size; i++)
    if (lower(name[length - size + i]) != end[i])
      return false;
  return true;
}

/* Whether a column is called what those are that number or name the rows. */
static bool is_called_id(const triplet_read_column *column) {
  static const char *const names[] = {"id", "index", "unnamed: 0"};
  const size_t length = strlen(column->name);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (length == strlen(names[i]) && ends_with(column->name, length, names[i]))
      return true;
  return column->unnamed || ends_with(column->name, length, "_id");
}

/* Most of its different texts are numbers. */
static bool is_mostly_numbers(const triplet_table *table, const triplet_read_column *column) {
  size_t numbers = 0;
  double number;
  for (size_t i = 0; i < column->texts.count; i++)
    numbers += is_number(table, triplet_dictionary_text(&column->texts, i), &number);
  return 2 * numbers > column->texts.count;
}

static triplet_left_out why_left_out(const triplet_table *table, const triplet_read_column *column) {
  if (column->missing == table->rows)
    return TRIPLET_LEFT_OUT_EMPTY;
  if (column->kind == TRIPLET_CELLS_NUMBERS) {
    const number_facts facts = facts_of(triplet_column_numbers(column), table->rows);
    return facts.same                                  ? TRIPLET_LEFT_OUT_CONSTANT
           : facts.in_order && table->rows >= SEQUENCE ? TRIPLET_LEFT_OUT_ORDER
           : facts.whole && is_called_id(column)       ? TRIPLET_LEFT_OUT_ID
                                                       : TRIPLET_NOT_LEFT_OUT;
  }
  const size_t different = column->texts.count;
  if (different == 1 && column->missing == 0)
    return TRIPLET_LEFT_OUT_CONSTANT;
  if (different == table->rows && is_called_id(column))
    return TRIPLET_LEFT_OUT_ID;
  if (different <= TRIPLET_MOST_CATEGORIES || column->is_category)
    return TRIPLET_NOT_LEFT_OUT;
  return is_mostly_numbers(table, column) ? TRIPLET_LEFT_OUT_MIXED : TRIPLET_LEFT_OUT_TEXT;
}

/* The column, and so the table, has something to learn from. */
static bool can_be_input(const triplet_read_column *column) {
  return column->kind == TRIPLET_CELLS_NUMBERS || has_codes(column);
}

static size_t count_inputs(const triplet_table *table) {
  size_t count = 0;
  for (size_t i = 0; i < table->column_count; i++)
    count += table->columns[i].use == TRIPLET_COLUMN_INPUT;
  return count;
}

static void choose_uses(triplet_table *table, bool for_recipe) {
  for (size_t i = 0; i < table->column_count; i++) {
    triplet_read_column *column = &table->columns[i];
    if (column->left_out == TRIPLET_NOT_LEFT_OUT && i != table->label && !for_recipe && !column->is_kept)
      column->left_out = why_left_out(table, column);
    column->use = i == table->label  ? TRIPLET_COLUMN_LABEL
                  : column->left_out ? TRIPLET_COLUMN_LEFT_OUT
                                     : TRIPLET_COLUMN_INPUT;
  }
  for (size_t i = 0; i < table->column_count && !count_inputs(table); i++) {
    triplet_read_column *column = &table->columns[i];
    if ((column->left_out == TRIPLET_LEFT_OUT_ORDER || column->left_out == TRIPLET_LEFT_OUT_ID) &&
        can_be_input(column)) {
      column->left_out = TRIPLET_NOT_LEFT_OUT;
      column->use = TRIPLET_COLUMN_INPUT;
    }
  }
}

/* ---- which rows are left ----------------------------------------------------------------------------------------- */

/* Marks the rows in which a column has no cell. Returns how many were not marked before. */
static size_t mark_missing(const triplet_table *table, const triplet_read_column *column, uint8_t *out) {
  size_t count = 0;
  for (size_t row = 0; row < table->rows; row++)
    if (!out[row] && is_missing(column, row)) {
      out[row] = 1;
      count++;
    }
  return count;
}

static void keep_rows(const triplet_table *table, triplet_read_column *column, const uint8_t *out) {
  size_t kept = 0;
  column->missing = 0;
  for (size_t row = 0; row < table->rows && column->kind != TRIPLET_CELLS_MIXED; row++) {
    if (out[row])
      continue;
    column->missing += is_missing(column, row);
    if (column->kind == TRIPLET_CELLS_TEXTS)
      triplet_column_codes(column)[kept++] = triplet_column_codes(column)[row];
    else
      triplet_column_numbers(column)[kept++] = triplet_column_numbers(column)[row];
  }
}

static triplet_status leave_out_rows(triplet_table *table, const uint8_t *out, size_t count) {
  const size_t left = table->rows - count;
  table->row_numbers = triplet_allocate(&table->owner, left, sizeof *table->row_numbers);
  if (!table->row_numbers)
    return TRIPLET_OUT_OF_MEMORY;
  size_t kept = 0;
  for (size_t row = 0; row < table->rows; row++)
    if (!out[row])
      table->row_numbers[kept++] = row;
  for (size_t i = 0; i < table->column_count; i++)
    keep_rows(table, &table->columns[i], out);
  table->rows = left;
  return TRIPLET_OK;
}

/* Cells of inputs that are missing in rows that are left so far, told or a fault as the options say. */
static bool tell_missing_rows(triplet_table *table, size_t count) {
  char text[TRIPLET_MESSAGE_SIZE];
  triplet_format(text, sizeof text, "%z of %z rows are left out: cells of theirs are empty", count, table->rows);
  return !count || triplet_tell(table, (triplet_told){.text = text, .option = "missing", .value = "mean"});
}

static triplet_status choose_rows(triplet_table *table, bool for_recipe, uint8_t *out) {
  char text[TRIPLET_MESSAGE_SIZE];
  size_t unlabelled = 0, incomplete = 0;
  memset(out, 0, table->rows);
  if (table->label < table->column_count && !for_recipe) {
    const triplet_read_column *label = &table->columns[table->label];
    unlabelled = mark_missing(table, label, out);
    triplet_format(text, sizeof text, "%z of %z rows are left out: %s is empty", unlabelled, table->rows, label->name);
    if (unlabelled && !triplet_tell(table, (triplet_told){.text = text}))
      return TRIPLET_OUT_OF_MEMORY;
  }
  for (size_t i = 0; i < table->column_count && table->missing == TRIPLET_MISSING_DROP; i++)
    if (table->columns[i].use == TRIPLET_COLUMN_INPUT)
      incomplete += mark_missing(table, &table->columns[i], out);
  if (!tell_missing_rows(table, incomplete))
    return TRIPLET_OUT_OF_MEMORY;
  return unlabelled + incomplete ? leave_out_rows(table, out, unlabelled + incomplete) : TRIPLET_OK;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* Numbers in their order, then texts in that of their bytes. */
static int compare_values(const triplet_table *table, const char *x, const char *y) {
  double a, b;
  const bool x_is = is_number(table, x, &a), y_is = is_number(table, y, &b);
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
                                   triplet_texts known, name_list *unknown, size_t *rows) {
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
      list_name(unknown, shown, ", ");
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

/* ---- what is told ------------------------------------------------------------------------------------------------ */

static size_t tell_text(triplet_table *table, const char *text) {
  return text ? triplet_strings_add(&table->strings, text, strlen(text)) : TRIPLET_NO_STRING;
}

bool triplet_tell(triplet_table *table, triplet_told note) {
  if (table->note_count == table->note_room) {
    const size_t room = 2 * table->note_room + 8;
    triplet_table_note_places *notes = triplet_allocate(&table->owner, room, sizeof *notes);
    if (!notes)
      return false;
    if (table->note_count)
      memcpy(notes, table->notes, table->note_count * sizeof *notes);
    triplet_release(&table->owner, table->notes);
    table->notes = notes;
    table->note_room = room;
  }
  const triplet_table_note_places places = {.text = tell_text(table, note.text),
                                            .reason = tell_text(table, note.reason),
                                            .value = tell_text(table, note.value),
                                            .option = note.option,
                                            .warning = note.warning};
  if (places.text == TRIPLET_NO_STRING || (note.reason && places.reason == TRIPLET_NO_STRING) ||
      (note.value && places.value == TRIPLET_NO_STRING))
    return false;
  table->notes[table->note_count++] = places;
  return true;
}

/* The columns that are left out for one reason, in one line. */
static bool tell_left_out(triplet_table *table, triplet_left_out why) {
  static const char *const reasons[] = {[TRIPLET_LEFT_OUT_ORDER] = "whole numbers in order",
                                        [TRIPLET_LEFT_OUT_ID] = "looks like an id",
                                        [TRIPLET_LEFT_OUT_CONSTANT] = "the same in every row",
                                        [TRIPLET_LEFT_OUT_EMPTY] = "empty",
                                        [TRIPLET_LEFT_OUT_TEXT] = "more than 32 different texts"};
  name_list names = {.length = 0}, values = {.length = 0};
  for (size_t i = 0; i < table->column_count; i++)
    if (table->columns[i].left_out == why) {
      list_name(&names, table->columns[i].name, ", ");
      list_name(&values, table->columns[i].name, ",");
    }
  if (!names.count)
    return true;
  char text[TRIPLET_MESSAGE_SIZE];
  const size_t begin = triplet_format(text, sizeof text, "left out: ");
  end_of_list(&names, text + begin, sizeof text - begin);
  const bool can_be_kept = why != TRIPLET_LEFT_OUT_EMPTY;
  return triplet_tell(table, (triplet_told){.text = text,
                                            .reason = reasons[why],
                                            .option = can_be_kept ? "keep" : NULL,
                                            .value = can_be_kept && values.told == values.count ? values.text : NULL});
}

/* A column of numbers but for some texts, which may mean that a number is missing. */
static bool tell_mixed(triplet_table *table, const triplet_read_column *column) {
  name_list others = {.length = 0}, shown_others = {.length = 0};
  double number;
  for (size_t i = 0; i < column->texts.count; i++) {
    char shown[TRIPLET_SHOWN_TEXT];
    const char *text = triplet_dictionary_text(&column->texts, i);
    if (is_number(table, text, &number))
      continue;
    triplet_show_text(shown, text, strlen(text));
    list_name(&shown_others, shown, ", ");
    list_name(&others, text, ",");
  }
  char text[TRIPLET_MESSAGE_SIZE], reason[TRIPLET_MESSAGE_SIZE];
  triplet_format(text, sizeof text, "left out: %s", column->name);
  const size_t begin = triplet_format(reason, sizeof reason, "numbers, but also ");
  end_of_list(&shown_others, reason + begin, sizeof reason - begin);
  return triplet_tell(table, (triplet_told){.text = text,
                                            .reason = reason,
                                            .option = "missing_texts",
                                            .value = others.told == others.count ? others.text : NULL});
}

static bool tell_all_left_out(triplet_table *table) {
  bool told = true;
  for (int why = TRIPLET_LEFT_OUT_ORDER; why < TRIPLET_LEFT_OUT_MIXED && told; why++)
    told = tell_left_out(table, (triplet_left_out)why);
  for (size_t i = 0; i < table->column_count && told; i++)
    if (table->columns[i].left_out == TRIPLET_LEFT_OUT_MIXED)
      told = tell_mixed(table, &table->columns[i]);
  return told;
}

static bool is_input(const triplet_read_column *column, bool category) {
  return column->use == TRIPLET_COLUMN_INPUT && (column->kind == TRIPLET_CELLS_TEXTS) == category;
}

static bool tell_category(triplet_table *table, const triplet_read_column *column, bool for_recipe) {
  char text[TRIPLET_MESSAGE_SIZE];
  size_t length = 0;
  if (!for_recipe)
    length =
        triplet_format(text, sizeof text, "%s: %z value%s, %z column%s", column->name, column->value_count,
                       column->value_count == 1 ? "" : "s", column->value_count, column->value_count == 1 ? "" : "s");
  if (column->missing)
    length +=
        triplet_format(text + length, sizeof text - length,
                       for_recipe ? "%s%s: %z of %z empty, none of its values" : "%s%s%z of %z empty, none of them",
                       length ? "; " : "", for_recipe ? column->name : "", column->missing, table->rows);
  return triplet_tell(table, (triplet_told){.text = text,
                                            .option = column->missing ? "missing" : "ignore",
                                            .value = column->missing ? "drop" : column->name});
}

static bool tell_categories(triplet_table *table, bool for_recipe) {
  size_t count = 0, values = 0, missing = 0;
  for (size_t i = 0; i < table->column_count; i++)
    if (is_input(&table->columns[i], true) && (!for_recipe || table->columns[i].missing)) {
      count++;
      values += table->columns[i].value_count;
      missing += table->columns[i].missing;
    }
  if (count > LISTED) {
    char text[TRIPLET_MESSAGE_SIZE];
    triplet_format(text, sizeof text, "%z columns of texts: %z values, %z columns; %z of %z cells empty, none of them",
                   count, values, values, missing, count * table->rows);
    return triplet_tell(table, (triplet_told){.text = text, .option = "missing", .value = "drop"});
  }
  bool told = true;
  for (size_t i = 0; i < table->column_count && told; i++)
    if (is_input(&table->columns[i], true) && (!for_recipe || table->columns[i].missing))
      told = tell_category(table, &table->columns[i], for_recipe);
  return told;
}

static bool tell_missing_numbers(triplet_table *table) {
  size_t count = 0, missing = 0;
  char text[TRIPLET_MESSAGE_SIZE];
  triplet_told note = {.text = text, .option = "missing", .value = "drop"};
  for (size_t i = 0; i < table->column_count; i++) {
    count += is_input(&table->columns[i], false) && table->columns[i].missing;
    missing += is_input(&table->columns[i], false) ? table->columns[i].missing : 0;
  }
  if (count > LISTED) {
    triplet_format(text, sizeof text, "%z columns: %z of %z cells empty, filled with the means of their columns", count,
                   missing, count * table->rows);
    return triplet_tell(table, note);
  }
  bool told = true;
  for (size_t i = 0; i < table->column_count && told; i++) {
    const triplet_read_column *column = &table->columns[i];
    if (!is_input(column, false) || !column->missing)
      continue;
    triplet_format(text, sizeof text, "%s: %z of %z empty, filled with the mean", column->name, column->missing,
                   table->rows);
    told = triplet_tell(table, note);
  }
  return told;
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

/* Whether each label goes with a cell of its own, wherever both are there. places, spare: memory for as many as there
 * are labels; seen: likewise. */
static bool tells_label(const triplet_table *table, const triplet_read_column *column, uint64_t *places,
                        uint64_t *spare, uint8_t *seen) {
  const triplet_read_column *label = &table->columns[table->label];
  const int32_t *labels = triplet_column_codes(label);
  memset(seen, 0, label->value_count);
  size_t count = 0, rows = 0;
  for (size_t row = 0; row < table->rows; row++) {
    if (is_missing(column, row) || labels[row] == TRIPLET_NO_CODE)
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

static triplet_status warn_of_label(triplet_context *context, triplet_table *table) {
  const triplet_read_column *label = &table->columns[table->label];
  const size_t labels = label->value_count;
  if (labels < 2 || table->rows < 2 * labels)
    return TRIPLET_OK;
  uint64_t *places = triplet_allocate(context, labels, 2 * sizeof *places + 1);
  if (!places)
    return TRIPLET_OUT_OF_MEMORY;
  bool told = true;
  for (size_t i = 0; i < table->column_count && told; i++) {
    const triplet_read_column *column = &table->columns[i];
    if (column->use != TRIPLET_COLUMN_INPUT ||
        !tells_label(table, column, places, places + labels, (uint8_t *)(places + 2 * labels)))
      continue;
    char text[TRIPLET_MESSAGE_SIZE];
    triplet_format(text, sizeof text, "%s tells %s, one to one", column->name, label->name);
    told =
        triplet_tell(table, (triplet_told){.text = text, .option = "ignore", .value = column->name, .warning = true});
  }
  triplet_release(context, places);
  return told ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static void refuse_missing(const triplet_table *table, triplet_faults *faults) {
  for (size_t i = 0; i < table->column_count && table->missing == TRIPLET_MISSING_ERROR; i++)
    if (table->columns[i].use == TRIPLET_COLUMN_INPUT && table->columns[i].missing)
      triplet_faults_add(faults, "column %s: %z of %z cells are empty; missing = \"mean\" fills them",
                         table->columns[i].name, table->columns[i].missing, table->rows);
}

static void refuse_nothing(const triplet_table *table, triplet_faults *faults) {
  if (count_inputs(table))
    return;
  name_list names = {.length = 0};
  for (size_t i = 0; i < table->column_count; i++)
    if (table->columns[i].use == TRIPLET_COLUMN_LEFT_OUT)
      list_name(&names, table->columns[i].name, ", ");
  char text[sizeof names.text + 32];
  end_of_list(&names, text, sizeof text);
  triplet_faults_add(faults, names.count ? "no column is left to learn from: %s" : "there is no column to learn from",
                     text);
}

/* Texts that are inputs or the label get values; of others codes stay as they are. */
static triplet_status order_all_values(triplet_context *context, triplet_table *table,
                                       const triplet_table_options *options) {
  for (size_t i = 0; i < table->column_count; i++) {
    triplet_read_column *column = &table->columns[i];
    if (has_codes(column) && column->use != TRIPLET_COLUMN_LEFT_OUT && (!options->recipe || i == table->label))
      TRIPLET_TRY(order_values(context, table, column));
  }
  for (size_t i = 0; options->recipe && i < triplet_recipe_columns(options->recipe); i++) {
    const triplet_recipe_column known = triplet_recipe_column_at(options->recipe, i);
    triplet_read_column *column = &table->columns[find_name(table, known.name)];
    if (known.kind == TRIPLET_COLUMN_NUMBER || column->use != TRIPLET_COLUMN_INPUT)
      continue;
    name_list unknown = {.length = 0};
    size_t rows = 0;
    TRIPLET_TRY(match_values(context, table, column, known.values, &unknown, &rows));
    if (!rows)
      continue;
    char names[sizeof unknown.text + 32], text[2 * TRIPLET_MESSAGE_SIZE];
    end_of_list(&unknown, names, sizeof names);
    triplet_format(text, sizeof text, "%s: %z of %z rows have values that the model does not know: %s", column->name,
                   rows, table->rows, names);
    if (!triplet_tell(table, (triplet_told){.text = text, .warning = true}))
      return TRIPLET_OUT_OF_MEMORY;
  }
  return TRIPLET_OK;
}

triplet_status triplet_decide_columns(triplet_context *context, triplet_table *table,
                                      const triplet_table_options *options, triplet_faults *faults) {
  const bool for_recipe = options->recipe;
  choose_uses(table, for_recipe);
  if (!for_recipe)
    refuse_nothing(table, faults);
  refuse_missing(table, faults);
  TRIPLET_TRY(triplet_faults_status(context, faults));
  if (!for_recipe && !tell_all_left_out(table))
    return TRIPLET_OUT_OF_MEMORY;

  uint8_t *out = triplet_allocate(context, table->rows, sizeof *out);
  if (!out)
    return TRIPLET_OUT_OF_MEMORY;
  const triplet_status status = choose_rows(table, for_recipe, out);
  triplet_release(context, out);
  TRIPLET_TRY(status);
  if (table->rows == 0)
    return triplet_fail(context, TRIPLET_BAD_TABLE, "bytes",
                        "no row is left: in each the label or, with missing = \"drop\", "
                        "another cell is empty");

  TRIPLET_TRY(order_all_values(context, table, options));
  if (!tell_categories(table, for_recipe) || !tell_missing_numbers(table))
    return TRIPLET_OUT_OF_MEMORY;
  return !for_recipe && table->label < table->column_count ? warn_of_label(context, table) : TRIPLET_OK;
}
