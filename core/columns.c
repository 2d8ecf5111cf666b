/* columns.c - whether there is a header, what the columns of a table are, which of them are learned from, and which
 * rows are left. */
#include "table.h"

/* ---- whether there is a header ----------------------------------------------------------------------------------- */

bool triplet_table_number(const triplet_table *table, const char *text, double *number) {
  return triplet_decimal(text, strlen(text), table->comma, number);
}

bool triplet_is_whole(double number) {
  return number >= -9007199254740992.0 && number <= 9007199254740992.0 && number == (double)(int64_t)number;
}

/* What the numbers of a column have in common. */
typedef struct number_facts {
  bool whole, same, in_order; /* each is one more than the last, from 0 or 1 on */
} number_facts;

/* wants_whole: else they are not looked at as whole numbers, and most columns are known by their first few rows. */
static number_facts facts_of(const double *numbers, size_t rows, bool wants_whole) {
  number_facts facts = {wants_whole, true, numbers[0] == 0 || numbers[0] == 1};
  double first = triplet_missing_number();
  for (size_t row = 0; row < rows && (facts.whole || facts.same || facts.in_order); row++) {
    const double number = numbers[row];
    if (number != number) {
      facts.in_order = false;
      continue;
    }
    if (first != first)
      first = number;
    facts.whole &= triplet_is_whole(number);
    facts.same &= number == first;
    facts.in_order &= number == numbers[0] + (double)row;
  }
  return facts;
}

/* Row numbers below an empty cell, and cells that count the columns: pandas writes both where it was given no names. */
static triplet_status counts_rows(const triplet_table *table, size_t rows, bool *counts) {
  const triplet_read_column *column = &table->columns[0];
  *counts = rows >= TRIPLET_BY_CHANCE && column->kind == TRIPLET_CELLS_NUMBERS;
  if (!*counts)
    return TRIPLET_OK;
  TRIPLET_TRY(triplet_make_whole(table, &column));
  *counts = facts_of(triplet_column_numbers(column) + 1, rows, false).in_order;
  return TRIPLET_OK;
}

static bool counts_columns(const triplet_table *table, const char *const *first_row) {
  double number;
  for (size_t i = 0; i < table->column_count; i++)
    if (!triplet_table_number(table, first_row[i], &number) || number != (double)i)
      return false;
  return table->column_count > 3;
}

/* The cells of the first row, by those below them. */
typedef struct first_row_facts {
  size_t names;                  /* texts above numbers */
  size_t data;                   /* texts that come again */
  size_t above_few, above_many;  /* other texts, above few different ones or many */
  size_t numbers, above_numbers; /* all numbers, and those above numbers */
  double last, step;             /* of the numbers */
  bool in_order, even;           /* whole, each one more than the last; with the same step, as years and waves */
} first_row_facts;

static void note_number(first_row_facts *facts, double number, bool above_numbers) {
  const double step = number - facts->last;
  facts->in_order &= triplet_is_whole(number) && (facts->numbers == 0 || step == 1);
  facts->even &= facts->numbers == 0 || (step != 0 && (facts->numbers == 1 || fabs(step / facts->step - 1) < 1e-6));
  facts->step = step;
  facts->last = number;
  facts->numbers++;
  facts->above_numbers += above_numbers;
}

static void note_text(first_row_facts *facts, const triplet_read_column *column, const char *text, size_t rows) {
  const triplet_dictionary *texts = &column->texts;
  if (column->kind == TRIPLET_CELLS_MIXED)
    return; /* not all of its texts are known */
  if (column->kind == TRIPLET_CELLS_NUMBERS)
    facts->names += column->numbers > 0;
  else if (triplet_dictionary_find(texts, text, strlen(text)) != TRIPLET_NO_CODE)
    facts->data++;
  else if (!column->too_many && 2 * texts->count <= rows)
    facts->above_few++;
  else
    facts->above_many++;
}

static bool is_header(const triplet_table *table, const char *const *first_row, size_t rows) {
  first_row_facts facts = {.in_order = true, .even = true};
  for (size_t i = 0; i < table->column_count; i++) {
    const triplet_read_column *column = &table->columns[i];
    double number;
    if (triplet_table_number(table, first_row[i], &number))
      note_number(&facts, number, column->kind == TRIPLET_CELLS_NUMBERS && column->numbers);
    else if (!triplet_is_missing_text(table, first_row[i])) /* as no name is */
      note_text(&facts, column, first_row[i], rows);
  }

  const size_t odd_names = facts.even ? 0 : facts.above_numbers;
  if (facts.names || facts.data)
    return facts.names > facts.data && facts.names >= facts.data + odd_names;
  if (!facts.numbers)
    return true;
  return facts.in_order && (facts.above_few ? facts.numbers > 1 : facts.above_many && facts.numbers > 2);
}

triplet_status triplet_find_header(const triplet_table *table, const char *const *first_row, size_t rows,
                                   bool *header) {
  if (*first_row[0])
    *header = counts_columns(table, first_row);
  else
    TRIPLET_TRY(counts_rows(table, rows, header));
  *header = *header || is_header(table, first_row, rows);
  return TRIPLET_OK;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

size_t triplet_table_find(const triplet_table *table, const char *name) {
  const int32_t code = triplet_dictionary_find(&table->names, name, strlen(name));
  return code == TRIPLET_NO_CODE ? table->column_count : (size_t)code;
}

typedef struct naming {
  triplet_table *table;
  const char *const *first_row; /* with a header its cells, else NULL */
  triplet_dictionary given;     /* the names in it, which stay with the first columns that have them */
  size_t *times;                /* that a column's name, or the one it was to have, got a number */
} naming;

static bool is_taken(const naming *of, const char *name, size_t length) {
  return triplet_dictionary_find(&of->table->names, name, length) != TRIPLET_NO_CODE ||
         triplet_dictionary_find(&of->given, name, length) != TRIPLET_NO_CODE;
}

static triplet_status settle_name(naming *of, const char *name, size_t length) {
  return triplet_dictionary_code(&of->table->names, name, length) == TRIPLET_NO_CODE ? TRIPLET_OUT_OF_MEMORY
                                                                                     : TRIPLET_OK;
}

/* A name that another column has gets a number that makes it another. times: of that column. */
static triplet_status settle_numbered_name(naming *of, const char *name, size_t length, size_t *times) {
  triplet_context *owner = &of->table->owner;
  enum { MOST_DIGITS = 32 };
  char *longer = triplet_allocate(owner, length + MOST_DIGITS, 1);
  if (!longer)
    return TRIPLET_OUT_OF_MEMORY;
  memcpy(longer, name, length);
  size_t end;
  do
    end = length + triplet_format(longer + length, MOST_DIGITS, "_%z", ++*times + 1);
  while (is_taken(of, longer, end));
  const triplet_status status = settle_name(of, longer, end);
  triplet_release(owner, longer);
  return status;
}

static triplet_status add_name(naming *of, size_t index) {
  char number[32];
  const char *name = of->first_row ? of->first_row[index] : "";
  const bool given = *name;
  if (!given)
    triplet_format(number, sizeof number, of->first_row ? "column_%z" : "%z", index + 1);
  name = given ? name : number;
  const size_t length = strlen(name), first = triplet_table_find(of->table, name);
  if (given ? first == of->table->column_count : !is_taken(of, name, length))
    return settle_name(of, name, length);
  return settle_numbered_name(of, name, length, &of->times[given ? first : index]);
}

static triplet_status add_names(naming *of) {
  const size_t count = of->table->column_count;
  memset(of->times, 0, count * sizeof *of->times);
  for (size_t i = 0; i < count && of->first_row; i++)
    if (*of->first_row[i] &&
        triplet_dictionary_code(&of->given, of->first_row[i], strlen(of->first_row[i])) == TRIPLET_NO_CODE)
      return TRIPLET_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++)
    TRIPLET_TRY(add_name(of, i));
  return TRIPLET_OK;
}

triplet_status triplet_name_columns(triplet_context *context, triplet_table *table, const char *const *first_row) {
  triplet_dictionary_release(&table->names);
  naming of = {.table = table, .first_row = first_row, .given = triplet_dictionary_of(context)};
  of.times = triplet_allocate(context, table->column_count, sizeof *of.times);
  const triplet_status status = of.times ? add_names(&of) : TRIPLET_OUT_OF_MEMORY;
  triplet_dictionary_release(&of.given);
  triplet_release(context, of.times);
  TRIPLET_TRY(status);
  for (size_t i = 0; i < table->column_count; i++) {
    table->columns[i].name = triplet_dictionary_text(&table->names, i);
    table->columns[i].unnamed = first_row && !*first_row[i];
  }
  return TRIPLET_OK;
}

/* ---- what is asked for ------------------------------------------------------------------------------------------- */

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether two names are the same but for capitals of ASCII. */
static bool is_meant(const char *name, const char *other) {
  while (*name && lower(*name) == lower(*other))
    name++, other++;
  return *name == *other;
}

static void add_unknown_name(const triplet_table *table, const char *option, const char *name, triplet_faults *faults) {
  triplet_list known = {.length = 0};
  const char *meant = NULL;
  for (size_t i = 0; i < table->column_count; i++) {
    triplet_list_name(&known, table->columns[i].name);
    meant = !meant && is_meant(table->columns[i].name, name) ? table->columns[i].name : meant;
  }
  char names[TRIPLET_LIST_SIZE], shown[TRIPLET_SHOWN_TEXT];
  triplet_list_text(&known, names, sizeof names);
  triplet_show_text(shown, name, strlen(name));
  if (meant)
    triplet_faults_add(faults, "%s: there is no column %s among %s: did you mean %n?", option, shown, names, meant);
  else
    triplet_faults_add(faults, "%s: there is no column %s among %s", option, shown, names);
}

/* Whether nothing is in a column, not even a name: a separator at the end of each row makes one. What was read so far
 * tells, and before that nothing. */
static bool is_nothing(const triplet_table *table, const triplet_read_column *column) {
  return column->missing > 0 && column->numbers == 0 && column->texts.count == 0 &&
         (!table->has_header || column->unnamed);
}

/* The last column, but for such as are nothing. */
static size_t last_column(const triplet_table *table) {
  for (size_t i = table->column_count; i-- > 0;)
    if (!is_nothing(table, &table->columns[i]))
      return i;
  return table->column_count - 1;
}

/* A column by its name or, where no column has that name, by its number. */
static size_t find_label(const triplet_table *table, const char *label) {
  const size_t count = table->column_count, named = triplet_table_find(table, label);
  double number;
  if (named < count)
    return named;
  if (strcmp(label, "last") == 0)
    return last_column(table);
  if (strcmp(label, "first") == 0)
    return 0;
  return triplet_decimal(label, strlen(label), false, &number) && triplet_is_whole(number) && number >= 1 &&
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
    const size_t found = triplet_table_find(table, names.items[i]);
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
  triplet_list missing = {.length = 0};
  for (size_t i = 0; i < triplet_recipe_columns(recipe); i++) {
    const triplet_recipe_column wanted = triplet_recipe_column_at(recipe, i);
    const size_t found = triplet_table_find(table, wanted.name);
    if (found == table->column_count) {
      triplet_list_name(&missing, wanted.name);
      continue;
    }
    triplet_read_column *column = &table->columns[found];
    column->left_out = TRIPLET_NOT_LEFT_OUT;
    column->as_numbers = wanted.kind == TRIPLET_COLUMN_NUMBER;
    if (!column->as_numbers)
      ask_for_category(column);
    for (size_t j = 0; j < wanted.values.count; j++)
      column->minus_is_text |= strcmp(wanted.values.items[j], "-") == 0;
  }
  if (!missing.count)
    return;
  char names[TRIPLET_LIST_SIZE];
  triplet_list_text(&missing, names, sizeof names);
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
    for (size_t i = 0; i < table->column_count; i++)
      if (table->columns[i].is_kept && table->columns[i].left_out == TRIPLET_LEFT_OUT_ASKED)
        triplet_faults_add(faults, "ignore: column %n is to be kept", table->columns[i].name);
  }

  table->label = options->label ? find_label(table, options->label) : table->column_count;
  if (table->label < table->column_count) {
    triplet_read_column *label = &table->columns[table->label];
    if (options->recipe && label->left_out == TRIPLET_NOT_LEFT_OUT)
      triplet_faults_add(faults, "label: the model learns from column %n", label->name);
    label->as_texts = label->all_texts = true;
    label->as_numbers = false;
  } else if (options->label) {
    add_unknown_name(table, "label", options->label, faults);
  }
}

/* ---- what columns are -------------------------------------------------------------------------------------------- */

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
  return column->unnamed || ends_with(column->name, length, "_id") || ends_with(column->name, length, " id") ||
         (length > 2 && strcmp(column->name + length - 2, "Id") == 0);
}

bool triplet_is_mostly_numbers(const triplet_table *table, const triplet_read_column *column) {
  size_t numbers = 0;
  double number;
  for (size_t i = 0; i < column->texts.count; i++)
    numbers += triplet_table_number(table, triplet_dictionary_text(&column->texts, i), &number);
  return 2 * numbers > column->texts.count;
}

static size_t count_digits(const char *text) {
  size_t length = 0;
  while (text[length] >= '0' && text[length] <= '9')
    length++;
  return length;
}

/* A date or a time: groups of digits as in 2024-01-05, 5.1.2024, 05/01/24 or 12:30, whatever follows. */
static bool is_date(const char *text) {
  size_t lengths[3] = {0}, groups = 0;
  const char mark = text[count_digits(text)];
  if (!mark || !strchr("-/.:", mark))
    return false;
  for (const char *at = text; groups < 3; at++) {
    lengths[groups] = count_digits(at);
    at += lengths[groups++];
    if (*at != mark)
      break;
  }
  for (size_t i = 0; i < groups; i++)
    if (lengths[i] < 1 || lengths[i] == 3 || lengths[i] > 4)
      return false;
  if (mark == ':')
    return groups > 1;
  const bool year_first = lengths[0] == 4;
  return groups == 3 && lengths[1] <= 2 && (year_first ? lengths[2] <= 2 : lengths[0] <= 2 && lengths[2] % 2 == 0);
}

bool triplet_is_marked_number(const triplet_table *table, const char *text) {
  size_t digits = 0;
  double number;
  for (const char *at = text; *at; at++) {
    const bool digit = *at >= '0' && *at <= '9';
    digits += digit;
    if (!digit && (unsigned char)*at < 0x80 && !strchr(".,' %$()", *at) && !(at == text && strchr("+-", *at)))
      return false;
  }
  return digits > 0 && !triplet_table_number(table, text, &number);
}

triplet_look triplet_look_of(const triplet_table *table, const triplet_read_column *column) {
  size_t dates = 0, marked = 0;
  for (size_t i = 0; i < column->texts.count; i++) {
    const char *text = triplet_dictionary_text(&column->texts, i);
    const bool date = is_date(text);
    dates += date;
    marked += !date && triplet_is_marked_number(table, text);
  }
  return 2 * dates > column->texts.count    ? TRIPLET_LOOK_DATE
         : 2 * marked > column->texts.count ? TRIPLET_LOOK_MARKED_NUMBER
                                            : TRIPLET_LOOK_TEXT;
}

/* column: whole, of numbers. */
static triplet_left_out why_left_out(const triplet_table *table, const triplet_read_column *column) {
  if (column->missing == table->rows)
    return TRIPLET_LEFT_OUT_EMPTY;
  if (column->kind == TRIPLET_CELLS_NUMBERS) {
    const number_facts facts = facts_of(triplet_column_numbers(column), table->rows, is_called_id(column));
    return facts.same                                           ? TRIPLET_LEFT_OUT_CONSTANT
           : facts.in_order && table->rows >= TRIPLET_BY_CHANCE ? TRIPLET_LEFT_OUT_ORDER
           : facts.whole                                        ? TRIPLET_LEFT_OUT_ID
                                                                : TRIPLET_NOT_LEFT_OUT;
  }
  const size_t different = column->texts.count;
  if (different == 1 && column->missing == 0)
    return TRIPLET_LEFT_OUT_CONSTANT;
  const bool all_different = different == table->rows - column->missing;
  if (all_different && is_called_id(column))
    return TRIPLET_LEFT_OUT_ID;
  const bool different_in_every_row = all_different && different >= TRIPLET_BY_CHANCE;
  if (column->is_category || (different <= TRIPLET_MOST_CATEGORIES && !different_in_every_row))
    return TRIPLET_NOT_LEFT_OUT;
  const triplet_look look = triplet_look_of(table, column);
  return look == TRIPLET_LOOK_DATE                  ? TRIPLET_LEFT_OUT_DATES
         : look == TRIPLET_LOOK_MARKED_NUMBER       ? TRIPLET_LEFT_OUT_MARKED
         : different_in_every_row                   ? TRIPLET_LEFT_OUT_DIFFERENT
         : triplet_is_mostly_numbers(table, column) ? TRIPLET_LEFT_OUT_MIXED
                                                    : TRIPLET_LEFT_OUT_TEXT;
}

/* The column, and so the table, has something to learn from. */
static bool can_be_input(const triplet_read_column *column) {
  return column->kind == TRIPLET_CELLS_NUMBERS || triplet_column_has_codes(column);
}

static size_t count_inputs(const triplet_table *table) {
  size_t count = 0;
  for (size_t i = 0; i < table->column_count; i++)
    count += table->columns[i].use == TRIPLET_COLUMN_INPUT;
  return count;
}

static triplet_status leave_out(const triplet_table *table, triplet_read_column *column) {
  const triplet_read_column *whole = column;
  if (column->kind == TRIPLET_CELLS_NUMBERS)
    TRIPLET_TRY(triplet_make_whole(table, &whole));
  column->left_out = why_left_out(table, whole);
  return TRIPLET_OK;
}

static triplet_status choose_uses(triplet_table *table, bool for_recipe) {
  size_t inputs = 0;
  for (size_t i = 0; i < table->column_count; i++) {
    triplet_read_column *column = &table->columns[i];
    if (column->left_out == TRIPLET_NOT_LEFT_OUT && i != table->label && !for_recipe && !column->is_kept)
      TRIPLET_TRY(leave_out(table, column));
    column->use = i == table->label  ? TRIPLET_COLUMN_LABEL
                  : column->left_out ? TRIPLET_COLUMN_LEFT_OUT
                                     : TRIPLET_COLUMN_INPUT;
    inputs += column->use == TRIPLET_COLUMN_INPUT;
  }
  for (size_t i = 0; i < table->column_count && inputs == 0; i++) {
    triplet_read_column *column = &table->columns[i];
    if ((column->left_out == TRIPLET_LEFT_OUT_ORDER || column->left_out == TRIPLET_LEFT_OUT_ID) &&
        can_be_input(column)) {
      column->left_out = TRIPLET_NOT_LEFT_OUT;
      column->use = TRIPLET_COLUMN_INPUT;
      inputs++;
    }
  }
  return TRIPLET_OK;
}

/* ---- which rows are left ----------------------------------------------------------------------------------------- */

/* Marks the rows in which a column has no cell, and adds to count how many were not marked before. */
static triplet_status mark_missing(const triplet_table *table, const triplet_read_column *column, uint8_t *out,
                                   size_t *count) {
  if (!column->missing)
    return TRIPLET_OK;
  TRIPLET_TRY(triplet_make_whole(table, &column));
  for (size_t row = 0; row < table->rows; row++)
    if (!out[row] && triplet_cell_is_missing(column, row)) {
      out[row] = 1;
      ++*count;
    }
  return TRIPLET_OK;
}

static triplet_status count_missing(const triplet_table *table, triplet_read_column *column, const uint8_t *out) {
  const triplet_read_column *whole = column;
  if (!column->missing)
    return TRIPLET_OK;
  TRIPLET_TRY(triplet_make_whole(table, &whole));
  column->missing = 0;
  for (size_t row = 0; row < table->rows; row++)
    column->missing += !out[row] && triplet_cell_is_missing(whole, row);
  return TRIPLET_OK;
}

static triplet_status keep_rows(const triplet_table *table, triplet_read_column *column, const uint8_t *out) {
  TRIPLET_TRY(count_missing(table, column, out));
  const triplet_span rows = triplet_column_rows(table, column);
  size_t kept = 0;
  for (size_t i = 0; i < rows.count; i++) {
    if (out[rows.first + i])
      continue;
    if (column->kind == TRIPLET_CELLS_TEXTS)
      triplet_column_codes(column)[kept++] = triplet_column_codes(column)[i];
    else
      triplet_column_numbers(column)[kept++] = triplet_column_numbers(column)[i];
  }
  return TRIPLET_OK;
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
    TRIPLET_TRY(keep_rows(table, &table->columns[i], out));
  if (triplet_is_spread(table))
    triplet_spread_leave_out(table, out);
  table->rows = left;
  return TRIPLET_OK;
}

/* count: rows that are left out because a cell of an input is missing. */
static bool tell_missing_rows(triplet_table *table, bool for_recipe, size_t count) {
  char text[TRIPLET_MESSAGE_SIZE];
  triplet_format(text, sizeof text, "%z of %z rows are left out: cells of theirs are empty", count, table->rows);
  triplet_note note = {.text = text};
  if (!for_recipe) {
    note.option = "missing";
    note.value = "mean";
  }
  return !count || triplet_notes_add(&table->notes, note);
}

static triplet_status choose_rows(triplet_table *table, bool for_recipe, uint8_t *out) {
  char text[TRIPLET_MESSAGE_SIZE];
  size_t unlabelled = 0, incomplete = 0;
  memset(out, 0, table->rows);
  if (table->label < table->column_count && !for_recipe) {
    const triplet_read_column *label = &table->columns[table->label];
    TRIPLET_TRY(mark_missing(table, label, out, &unlabelled));
    triplet_format(text, sizeof text, "%z of %z rows are left out: %n is empty", unlabelled, table->rows, label->name);
    if (unlabelled && !triplet_notes_add(&table->notes, (triplet_note){.text = text}))
      return TRIPLET_OUT_OF_MEMORY;
  }
  for (size_t i = 0; i < table->column_count && table->missing == TRIPLET_MISSING_DROP; i++)
    if (table->columns[i].use == TRIPLET_COLUMN_INPUT)
      TRIPLET_TRY(mark_missing(table, &table->columns[i], out, &incomplete));
  if (!tell_missing_rows(table, for_recipe, incomplete))
    return TRIPLET_OUT_OF_MEMORY;
  return unlabelled + incomplete ? leave_out_rows(table, out, unlabelled + incomplete) : TRIPLET_OK;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static void refuse_missing(const triplet_table *table, bool for_recipe, triplet_faults *faults) {
  for (size_t i = 0; i < table->column_count && table->missing == TRIPLET_MISSING_ERROR; i++)
    if (table->columns[i].use == TRIPLET_COLUMN_INPUT && table->columns[i].missing)
      triplet_faults_add(faults, "column %n: %z of %z cells are empty%s", table->columns[i].name,
                         table->columns[i].missing, table->rows, for_recipe ? "" : "; missing = \"mean\" fills them");
}

/* With what is told of columns that are left out, and so which option would have one learned from. */
static triplet_status refuse_nothing(triplet_table *table, triplet_faults *faults) {
  if (count_inputs(table))
    return TRIPLET_OK;
  triplet_list asked = {.length = 0};
  for (size_t i = 0; i < table->column_count; i++)
    if (table->columns[i].left_out == TRIPLET_LEFT_OUT_ASKED && i != table->label)
      triplet_list_name(&asked, table->columns[i].name);
  const size_t first = table->notes.count;
  TRIPLET_TRY(triplet_tell_columns(table, false));

  const bool any = asked.count || table->notes.count > first;
  triplet_faults_add(faults, any ? "no column is left to learn from" : "there is no column to learn from");
  char text[TRIPLET_LIST_SIZE];
  triplet_list_text(&asked, text, sizeof text);
  if (asked.count)
    triplet_faults_add(faults, "left out: %s (ignore)", text);
  for (size_t i = first; i < table->notes.count; i++) {
    const triplet_note note = triplet_notes_at(&table->notes, i);
    if (note.option && note.value && !strchr(note.value, '"'))
      triplet_faults_add(faults, "%s (%s; %s = \"%s\")", note.text, note.reason, note.option, note.value);
    else
      triplet_faults_add(faults, "%s (%s)", note.text, note.reason);
  }
  return TRIPLET_OK;
}

triplet_status triplet_decide_columns(triplet_context *context, triplet_table *table,
                                      const triplet_table_options *options, triplet_faults *faults) {
  const bool for_recipe = options->recipe;
  if (triplet_is_spread(table))
    TRIPLET_TRY(triplet_spread_label(table));
  TRIPLET_TRY(choose_uses(table, for_recipe));
  if (!for_recipe)
    TRIPLET_TRY(refuse_nothing(table, faults));
  refuse_missing(table, for_recipe, faults);
  TRIPLET_TRY(triplet_faults_status(context, faults));

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

  if (triplet_is_spread(table))
    TRIPLET_TRY(triplet_spread_list(table));
  TRIPLET_TRY(triplet_order_values(context, table, options));
  TRIPLET_TRY(triplet_tell_columns(table, for_recipe));
  return !for_recipe && table->label < table->column_count ? triplet_warn_of_label(context, table) : TRIPLET_OK;
}
