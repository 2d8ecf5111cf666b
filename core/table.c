/* table.c - the bytes of a file become columns of numbers and of numbered texts.
 *
 * One pass is enough for most tables. What it shows of a column may call for another, of that column alone: a text
 * among numbers makes all of its cells texts. The first row waits until the others tell whether it is a header. */
#include "json.h"
#include "recipe.h"
#include "table.h"

#define CHUNK ((size_t)1 << 20)        /* bytes between two words of progress */
#define MOST_PROBLEMS 8                /* that are kept, to be told; the others are counted */
#define MOST_COLUMNS ((size_t)1 << 22) /* each takes some 300 bytes beside its cells: a file of commas is no table */

/* What is wrong in a row. */
typedef enum problem_kind { WRONG_WIDTH, UNCLOSED_QUOTE, AFTER_QUOTE, NOT_UTF8, NOT_A_NUMBER } problem_kind;

typedef struct problem {
  problem_kind kind;
  size_t row;   /* from 0 with the first row of the file */
  size_t cells; /* of the row, or the column from 0 */
  char shown[TRIPLET_SHOWN_TEXT];
} problem;

static const char *const separator_names[] = {"", "commas", "semicolons", "tabs", "bars", "blanks"};

/* How many cells the first row has beside the others. */
typedef enum first_row_form {
  AS_MANY,
  WITHOUT_ROW_NAMES, /* R writes row names, and no cell for them in the first row */
  WITH_EMPTY_END     /* a separator ends the first row, and not the others */
} first_row_form;

typedef struct reader {
  triplet_context *context;
  const triplet_table_options *options;
  triplet_table *table;

  const char *text; /* UTF-8 up to text + valid */
  size_t size, valid;
  char *decoded;  /* as large as the text: nothing that a context should keep for later calls */
  char *unmarked; /* likewise of a cell that was marked, as far as there is room: */
  size_t unmarked_room;
  triplet_cell_format format;
  first_row_form form;

  triplet_strings first_strings;
  const char **first_row; /* its cells */
  size_t width, capacity; /* cells a row, rows that there may be */
  size_t room;            /* rows that there is memory for: where they are spread, but some of all */

  /* Where rows are spread. */
  triplet_span held; /* those whose cells are kept, as far as they are known */
  size_t begun;      /* ranks whose rows have begun */

  triplet_cells cells;       /* where the pass is */
  const char *first, *begin; /* of the first row, and of the second */
  size_t row, rows;          /* that is read; that have been, with the first */
  bool stopped, out_of_memory, has_decimal_commas;
  double told; /* of the progress */

  problem problems[MOST_PROBLEMS];
  size_t problem_count;
  size_t wider_by_one, narrower_by_one; /* of the rows that have a wrong width */
  size_t of_wrong_width;
  size_t other_width, votes; /* that most such rows have, if any has most */
  size_t of_other_width;     /* rows that have it, at least */
} reader;

/* ---- the text ---------------------------------------------------------------------------------------------------- */

static bool begins_with(const reader *of, const char *sign, size_t size) {
  return of->size >= size && memcmp(of->text, sign, size) == 0;
}

/* What bytes that are no text most likely are, or NULL. */
static const char *other_format(const reader *of) {
  if (of->size == 0)
    return "it is empty";
  if (begins_with(of, "PK\3\4", 4))
    return "it is a ZIP archive, as workbooks of spreadsheets are: save the table as CSV";
  if (begins_with(of, "\x1f\x8b", 2))
    return "it is compressed by gzip: unpack it first";
  if (begins_with(of, "\xff\xfe", 2) || begins_with(of, "\xfe\xff", 2))
    return "it is UTF-16: save the table as CSV in UTF-8";
  if (of->size > 9 && of->text[8] == '{' && memchr(of->text, 0, 8))
    return "it is a model (safetensors), not a table";
  return memchr(of->text, 0, of->size) ? "it is no text: it has zero bytes" : NULL;
}

static triplet_status decode_latin1(reader *of) {
  of->decoded = triplet_allocate(&of->table->owner, of->size, 2);
  if (!of->decoded)
    return TRIPLET_OUT_OF_MEMORY;
  char *out = of->decoded;
  for (size_t i = 0; i < of->size; i++) {
    const unsigned char c = (unsigned char)of->text[i];
    if (c >= 0x80)
      *out++ = (char)(0xc0 | c >> 6);
    *out++ = (char)(c < 0x80 ? c : 0x80 | (c & 0x3f));
  }
  of->text = of->decoded;
  of->size = (size_t)(out - of->decoded);
  return TRIPLET_OK;
}

/* A first line "sep=;" tells Excel the separator. */
static void take_separator_line(reader *of) {
  static const char known[] = ",;\t|";
  const size_t size = 5; /* of sep= and the separator */
  if (!begins_with(of, "sep=", 4) || of->size <= size || (of->text[size] != '\n' && of->text[size] != '\r'))
    return;
  const char *found = of->text[size - 1] ? strchr(known, of->text[size - 1]) : NULL;
  if (!found)
    return;
  if (of->format.separator == TRIPLET_SEPARATOR_AUTO)
    of->format.separator = (triplet_separator)(TRIPLET_SEPARATOR_COMMA + (found - known));
  of->text += size;
  of->size -= size;
}

static triplet_status prepare_text(reader *of) {
  const char *format = other_format(of);
  if (format)
    return triplet_fail(of->context, TRIPLET_BAD_TABLE, "bytes", "%s", format);
  if (of->options->encoding == TRIPLET_ENCODING_LATIN1)
    TRIPLET_TRY(decode_latin1(of));
  if (begins_with(of, "\xef\xbb\xbf", 3)) {
    of->text += 3;
    of->size -= 3;
  }
  take_separator_line(of);
  of->valid = triplet_utf8_length(of->text, of->size);
  return TRIPLET_OK;
}

static size_t count_line_ends(const char *text, size_t size) {
  const char *const end = text + size;
  size_t count = 0;
  for (const char *at = text; (at = memchr(at, '\n', (size_t)(end - at))); at++)
    count++;
  for (const char *at = text; (at = memchr(at, '\r', (size_t)(end - at))); at++)
    count += at + 1 == end || at[1] != '\n';
  return count;
}

/* ---- cells ------------------------------------------------------------------------------------------------------- */

/* A view until the next cell. */
static triplet_cell_state next_cell(reader *of, triplet_cell *cell) {
  const triplet_cell_state state = triplet_cells_next(&of->cells, cell);
  if (state == TRIPLET_CELL_UNCLOSED || !cell->is_marked)
    return state;
  if (cell->length > of->unmarked_room) {
    const size_t doubled = 2 * of->unmarked_room;
    triplet_release(&of->table->owner, of->unmarked);
    of->unmarked_room = cell->length > doubled ? cell->length : doubled;
    of->unmarked = triplet_allocate(&of->table->owner, of->unmarked_room, 1);
  }
  if (of->unmarked)
    *cell = triplet_cell_unmarked(cell, of->unmarked);
  of->out_of_memory |= !of->unmarked;
  return state;
}

static bool equals(const triplet_cell *cell, const char *lower) {
  for (size_t i = 0; i < cell->length; i++) {
    const char c = cell->text[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != lower[i])
      return false;
  }
  return lower[cell->length] == 0;
}

static bool is_asked_missing(const triplet_table *table, const triplet_cell *cell) {
  return table->missing_texts.count &&
         triplet_dictionary_find(&table->missing_texts, cell->text, cell->length) != TRIPLET_NO_CODE;
}

static bool is_missing(const triplet_cell *cell) {
  switch (cell->length) {
  case 0:
    return true;
  case 1:
    return *cell->text == '?' || *cell->text == '-';
  case 2:
    return equals(cell, "na");
  case 3:
    return equals(cell, "n/a") || equals(cell, "nan");
  case 4:
    return equals(cell, "null");
  default:
    return false;
  }
}

bool triplet_is_missing_text(const triplet_table *table, const char *text) {
  const triplet_cell cell = {.text = text, .length = strlen(text)};
  return is_missing(&cell) || is_asked_missing(table, &cell);
}

static void note_problem(reader *of, problem_kind kind, size_t cells, const triplet_cell *cell) {
  if (of->problem_count < MOST_PROBLEMS) {
    problem *noted = &of->problems[of->problem_count];
    *noted = (problem){.kind = kind, .row = of->row, .cells = cells};
    if (cell)
      triplet_show_text(noted->shown, cell->text, cell->length);
  }
  of->problem_count++;
}

/* Where the cells of the row are kept, if they are. */
static bool is_held(const reader *of, size_t *place) {
  *place = of->row;
  if (!triplet_is_spread(of->table))
    return true;
  *place -= of->held.first;
  return *place < of->held.count;
}

static void keep_number(const reader *of, triplet_read_column *column, double number) {
  size_t place;
  if (is_held(of, &place))
    triplet_column_numbers(column)[place] = number;
}

static void keep_code(const reader *of, triplet_read_column *column, int32_t code) {
  size_t place;
  if (is_held(of, &place))
    triplet_column_codes(column)[place] = code;
}

static int32_t code_of_text(reader *of, triplet_read_column *column, const triplet_cell *cell) {
  if (column->all_texts || column->texts.count < TRIPLET_MOST_TEXTS) {
    const int32_t code = triplet_dictionary_code(&column->texts, cell->text, cell->length);
    of->out_of_memory |= code == TRIPLET_NO_CODE;
    return code;
  }
  const int32_t code = triplet_dictionary_find(&column->texts, cell->text, cell->length);
  column->too_many |= code == TRIPLET_NO_CODE;
  return code == TRIPLET_NO_CODE ? TRIPLET_UNKEPT_CODE : code;
}

/* Rows that are kept: all, unless some have too few cells, which is a fault. */
static size_t kept_rows(const reader *of) {
  return of->rows < of->capacity ? of->rows : of->capacity;
}

/* The first text of a column: without numbers before it, all are texts, and those that were missing are no longer
 * marked by a number. The first row of the file may come last. */
static void meet_text(reader *of, triplet_read_column *column, size_t index, const triplet_cell *cell) {
  if (column->as_numbers) {
    note_problem(of, NOT_A_NUMBER, index, cell);
    keep_number(of, column, triplet_missing_number());
  } else if (column->numbers == 0) {
    column->kind = TRIPLET_CELLS_TEXTS;
    for (size_t place = 0; place < of->room; place++)
      triplet_column_codes(column)[place] = TRIPLET_NO_CODE;
    keep_code(of, column, code_of_text(of, column, cell));
  } else {
    column->kind = TRIPLET_CELLS_MIXED;
  }
}

static void add_cell(reader *of, size_t index, const triplet_cell *cell) {
  triplet_read_column *column = &of->table->columns[index];
  if (!column->is_read || column->kind == TRIPLET_CELLS_MIXED)
    return;
  double number;
  const bool asked = is_asked_missing(of->table, cell);
  const bool is_number = !asked && column->kind != TRIPLET_CELLS_TEXTS &&
                         triplet_decimal(cell->text, cell->length, of->table->comma, &number);
  of->has_decimal_commas |= is_number && of->table->comma && memchr(cell->text, ',', cell->length);
  const bool is_minus = !asked && cell->length == 1 && *cell->text == '-';
  const bool missing = asked || (!is_number && is_missing(cell) && !(is_minus && column->minus_is_text));
  column->numbers += is_number;
  column->missing += missing;
  column->minus += missing && is_minus;

  if (column->kind == TRIPLET_CELLS_TEXTS)
    keep_code(of, column, missing ? TRIPLET_NO_CODE : code_of_text(of, column, cell));
  else if (is_number || missing)
    keep_number(of, column, is_number ? number : triplet_missing_number());
  else
    meet_text(of, column, index, cell);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* What a rank holds begins in its part of the text behind the first row's begin; the first has that row. */
static triplet_span part_of_rank(const reader *of, size_t rank) {
  const triplet_cut cut = {(size_t)(of->text + of->size - of->first), 1};
  return triplet_rows_of_rank(cut, rank, of->table->spread->ranks);
}

static void begin_rows(reader *of) {
  of->held = (triplet_span){0, of->table->spread->rank == 0 ? of->room : 0};
  of->begun = 0;
}

/* The rows of a rank begin where the next row does. */
static void begin_rank(reader *of, size_t rank) {
  triplet_spread *spread = of->table->spread;
  spread->starts[rank] = rank ? kept_rows(of) : 0;
  if (rank && rank == spread->rank)
    of->held = (triplet_span){of->row, of->room};
  else if (rank == spread->rank + 1)
    of->held.count = of->row - of->held.first;
}

static void pass_ranks(reader *of) {
  const size_t at = (size_t)(of->cells.at - of->first), ranks = of->table->spread->ranks;
  while (of->begun < ranks && at >= part_of_rank(of, of->begun).first)
    begin_rank(of, of->begun++);
}

static void end_rows(reader *of) {
  while (of->begun <= of->table->spread->ranks)
    begin_rank(of, of->begun++);
}

/* The width that most rows of a wrong width have is left in the end (Boyer and Moore 1981). */
static void vote_for_width(reader *of, size_t width) {
  if (of->votes == 0) {
    of->other_width = width;
    of->of_other_width = 0;
  }
  const bool same = width == of->other_width;
  of->of_other_width += same;
  of->votes = same ? of->votes + 1 : of->votes - 1;
}

static void read_row(reader *of) {
  if (triplet_is_spread(of->table))
    pass_ranks(of);
  triplet_cell cell;
  triplet_cell_state state = TRIPLET_CELL_MORE;
  size_t count = 0, filled = 0; /* cells; up to the last that is not empty */
  while (state == TRIPLET_CELL_MORE) {
    state = next_cell(of, &cell);
    const bool is_cell = state == TRIPLET_CELL_MORE || state == TRIPLET_CELL_LAST;
    const bool is_text = of->cells.at <= of->text + of->valid;
    if (!is_cell || !is_text) {
      note_problem(of,
                   !is_text                         ? NOT_UTF8
                   : state == TRIPLET_CELL_UNCLOSED ? UNCLOSED_QUOTE
                                                    : AFTER_QUOTE,
                   count, NULL);
      of->stopped = true;
      return;
    }
    if (count < of->width && of->row < of->capacity)
      add_cell(of, count, &cell);
    count++;
    if (cell.length)
      filled = count;
  }

  /* A separator at the end of a row makes no cell. */
  if (count < of->width || filled > of->width) {
    of->of_wrong_width++;
    vote_for_width(of, count);
    of->wider_by_one += count == of->width + 1;
    of->narrower_by_one += count + 1 == of->width;
    note_problem(of, WRONG_WIDTH, count, NULL);
  }
  of->rows = ++of->row;
}

/* Work on chunks, told as a share of what is still to be done: how many passes there are shows as they go. */
static triplet_status watched(reader *of, size_t chunks, triplet_work work, double share) {
  const double told = of->told + (1 - of->told) * share;
  const triplet_watch whole = triplet_watch_part(of->context, of->told, told);
  const triplet_status status = triplet_sequence_watched(of->context, chunks, work, of);
  triplet_watch_restore(of->context, whole);
  of->told = told;
  return status;
}

static void read_chunk(void *job, size_t chunk, size_t worker) {
  (void)worker;
  reader *of = job;
  const size_t reached = (chunk + 1) * CHUNK;
  const char *limit = reached < of->size ? of->text + reached : of->text + of->size;
  while (!of->stopped && !of->out_of_memory && of->cells.at < limit && triplet_cells_row(&of->cells))
    read_row(of);
}

static void add_first_row(reader *of) {
  of->row = 0;
  for (size_t i = 0; i < of->width; i++) {
    const triplet_cell cell = {.text = of->first_row[i], .length = strlen(of->first_row[i])};
    add_cell(of, i, &cell);
  }
}

/* The columns that are to be read; of the first row, if it is known to be one of data. */
static triplet_status read_rows(reader *of) {
  for (size_t i = 0; i < of->width; i++) {
    triplet_read_column *column = &of->table->columns[i];
    if (!column->is_read)
      continue;
    triplet_dictionary_release(&column->texts);
    column->kind = column->as_texts ? TRIPLET_CELLS_TEXTS : TRIPLET_CELLS_NUMBERS;
    column->numbers = column->missing = column->minus = 0;
    column->too_many = false;
  }
  of->problem_count = of->wider_by_one = of->narrower_by_one = of->of_wrong_width = of->of_other_width = of->votes = 0;
  of->cells = triplet_cells_begin(of->text, of->size, of->format);
  of->cells.at = of->begin;
  if (triplet_is_spread(of->table))
    begin_rows(of);
  if (!of->table->has_header)
    add_first_row(of);
  of->row = of->rows = 1;
  TRIPLET_TRY(watched(of, of->size / CHUNK + 1, read_chunk, 0.8));
  if (triplet_is_spread(of->table))
    end_rows(of);
  return of->out_of_memory ? TRIPLET_OUT_OF_MEMORY : TRIPLET_OK;
}

/* ---- the first row ----------------------------------------------------------------------------------------------- */

static triplet_status keep_first_cell(reader *of, const triplet_cell *cell) {
  return triplet_strings_add(&of->first_strings, cell->text, cell->length) == TRIPLET_NO_STRING ? TRIPLET_OUT_OF_MEMORY
                                                                                                : TRIPLET_OK;
}

static triplet_status read_first_row(reader *of) {
  of->cells = triplet_cells_begin(of->text, of->size, of->format);
  if (!triplet_cells_row(&of->cells))
    return triplet_fail(of->context, TRIPLET_BAD_TABLE, "bytes", "it has no rows");
  of->first = of->cells.at;
  triplet_cell cell;
  for (triplet_cell_state state = TRIPLET_CELL_MORE; state == TRIPLET_CELL_MORE; of->width++) {
    state = next_cell(of, &cell);
    if (of->out_of_memory)
      return TRIPLET_OUT_OF_MEMORY;
    if (of->width == MOST_COLUMNS)
      return triplet_fail(of->context, TRIPLET_BAD_TABLE, "bytes", "expected at most %z columns, got more",
                          MOST_COLUMNS);
    if (of->cells.at > of->text + of->valid)
      return triplet_fail(of->context, TRIPLET_BAD_TABLE, "bytes",
                          "the first row, column %z: not UTF-8; encoding = \"latin1\" reads Latin-1", of->width + 1);
    if (state == TRIPLET_CELL_UNCLOSED || state == TRIPLET_CELL_AFTER_QUOTE)
      return triplet_fail(of->context, TRIPLET_BAD_TABLE, "bytes", "the first row, column %z: %s", of->width + 1,
                          state == TRIPLET_CELL_UNCLOSED ? "a quote is opened and never closed"
                                                         : "text follows a closing quote");
    TRIPLET_TRY(keep_first_cell(of, &cell));
  }
  of->begin = of->cells.at;
  return TRIPLET_OK;
}

/* Memory for the columns, and the first row as a list. */
static triplet_status create_columns(reader *of) {
  triplet_table *table = of->table;
  const size_t line_ends = count_line_ends(of->begin, (size_t)(of->text + of->size - of->begin));
  const size_t most = of->size / of->width; /* a row has at least a byte for each cell */
  of->capacity = of->room = 2 + (line_ends < most ? line_ends : most);
  if (triplet_is_spread(table)) {
    const triplet_span own = part_of_rank(of, table->spread->rank);
    const size_t room = 2 + count_line_ends(of->first + own.first, own.count);
    of->room = room < of->capacity ? room : of->capacity;
  }
  of->first_row = triplet_allocate(of->context, of->width, sizeof *of->first_row);
  table->columns = triplet_allocate(&table->owner, of->width, sizeof *table->columns);
  if (!of->first_row || !table->columns)
    return TRIPLET_OUT_OF_MEMORY;
  table->column_count = of->width;
  const char *text = of->first_strings.bytes;
  for (size_t i = 0; i < of->width; i++, text += strlen(text) + 1) {
    of->first_row[i] = text;
    table->columns[i] = (triplet_read_column){.is_read = true, .texts = triplet_dictionary_of(&table->owner)};
  }

  if (of->room > SIZE_MAX / sizeof(double) / of->width)
    return triplet_fail(of->context, TRIPLET_OUT_OF_MEMORY, "bytes", "%z columns are too many", of->width);
  table->cells = triplet_allocate(&table->owner, of->room * of->width, sizeof *table->cells);
  if (!table->cells)
    return TRIPLET_OUT_OF_MEMORY;
  for (size_t i = 0; i < of->width; i++)
    table->columns[i].cells = table->cells + i * of->room;
  return TRIPLET_OK;
}

static void release_columns(triplet_table *table) {
  for (size_t i = 0; i < table->column_count; i++) {
    triplet_release(&table->owner, table->columns[i].values);
    triplet_dictionary_release(&table->columns[i].texts);
  }
  triplet_release(&table->owner, table->cells);
  triplet_release(&table->owner, table->columns);
  triplet_dictionary_release(&table->names);
  table->cells = NULL;
  table->columns = NULL;
  table->column_count = 0;
}

static triplet_status open_first_row(reader *of) {
  release_columns(of->table);
  triplet_release(of->context, of->first_row);
  triplet_strings_release(&of->first_strings);
  of->first_strings = (triplet_strings){.owner = of->context};
  of->first_row = NULL;
  of->width = 0;
  if (of->form == WITHOUT_ROW_NAMES) {
    TRIPLET_TRY(keep_first_cell(of, &(triplet_cell){.text = ""}));
    of->width = 1;
  }
  TRIPLET_TRY(read_first_row(of));
  of->width -= of->form == WITH_EMPTY_END;
  return create_columns(of);
}

/* ---- the whole table --------------------------------------------------------------------------------------------- */

/* Names and options, where the header is known before the columns are. */
static triplet_status ask(reader *of, bool has_header, triplet_faults *faults) {
  of->table->has_header = has_header;
  TRIPLET_TRY(triplet_name_columns(of->context, of->table, has_header ? of->first_row : NULL));
  triplet_ask_columns(of->table, of->options, faults);
  return TRIPLET_OK;
}

static bool knows_header(const triplet_table_options *options) {
  return options->recipe || options->header != TRIPLET_HEADER_AUTO;
}

static bool has_wrong_widths(const reader *of) {
  return of->of_wrong_width && !of->stopped;
}

static triplet_status read_as(reader *of, bool merged, first_row_form form, bool header) {
  of->format.merged = merged;
  of->form = form;
  TRIPLET_TRY(open_first_row(of));
  triplet_faults ignored = {.count = 0}; /* the columns' names may turn out to be others */
  TRIPLET_TRY(ask(of, header, &ignored));
  return read_rows(of);
}

static bool ends_empty(const reader *of) {
  return of->width > 1 && !*of->first_row[of->width - 1];
}

/* Again where another reading may explain why rows have other widths than the first. */
static triplet_status read_first_pass(reader *of, bool header) {
  TRIPLET_TRY(read_as(of, false, AS_MANY, header));
  if (!has_wrong_widths(of))
    return TRIPLET_OK;
  const size_t others = of->rows - 1;
  const bool tabs = of->format.separator == TRIPLET_SEPARATOR_TAB && of->options->separator == TRIPLET_SEPARATOR_AUTO;
  first_row_form form = AS_MANY;
  if (header && of->wider_by_one == others)
    form = WITHOUT_ROW_NAMES;
  else if (header && of->narrower_by_one == others && ends_empty(of))
    form = WITH_EMPTY_END;

  if (tabs)
    TRIPLET_TRY(read_as(of, true, AS_MANY, header));
  if (has_wrong_widths(of) && (tabs || form != AS_MANY))
    return read_as(of, false, form, header);
  return TRIPLET_OK;
}

/* Columns that were not read as they are wanted. Returns whether there are any. A pass may show that another is called
 * for: of a label that turned out to be another column, and has a text among its numbers. */
static bool choose_columns_again(triplet_table *table, bool *was_as_texts) {
  bool any = false;
  for (size_t i = 0; i < table->column_count; i++) {
    triplet_read_column *column = &table->columns[i];
    const bool has_plus = column->minus && triplet_dictionary_find(&column->texts, "+", 1) != TRIPLET_NO_CODE;
    const bool mixed = column->kind == TRIPLET_CELLS_MIXED;
    column->is_read =
        column->as_texts != was_as_texts[i] || mixed || has_plus || (column->too_many && column->all_texts);
    column->as_texts |= mixed;
    was_as_texts[i] = column->as_texts;
    column->minus_is_text |= has_plus;
    any |= column->is_read;
  }
  return any;
}

/* Most rows agree on another width than the first line has, which then is to blame. */
static bool is_first_line_wrong(const reader *of) {
  enum { AGREEING = 3 };
  return of->of_other_width >= AGREEING && 2 * of->of_other_width > of->rows - 1;
}

static void add_wrong_first_line(const reader *of, triplet_faults *faults) {
  static const char marks[] = "#;%@!|*/";
  triplet_faults_add(faults,
                     "most rows have %z cell%s, where the first line has %z: is it a title, or are cells not separated "
                     "by %s?",
                     of->other_width, of->other_width == 1 ? "" : "s", of->width,
                     separator_names[of->format.separator]);
  if (memchr(marks, *of->first, sizeof marks - 1))
    triplet_faults_add(faults, "comment = \"%s\" passes over lines that begin so", (const char[]){*of->first, 0});
}

static void add_problem(const reader *of, const problem *one, triplet_faults *faults) {
  static const char *const texts[] = {[UNCLOSED_QUOTE] = "a quote is opened and never closed",
                                      [AFTER_QUOTE] = "text follows a closing quote",
                                      [NOT_UTF8] = "not UTF-8; encoding = \"latin1\" reads Latin-1"};
  const size_t row = one->row + !of->table->has_header;
  if (one->kind == WRONG_WIDTH)
    triplet_faults_add(faults, "row %z: %z cell%s, where the first line has %z", row, one->cells,
                       one->cells == 1 ? "" : "s", of->width);
  else if (one->kind == NOT_A_NUMBER)
    triplet_faults_add(faults, "row %z, column %n: expected a number, got %s", row, of->table->columns[one->cells].name,
                       one->shown);
  else if (one->cells < of->width)
    triplet_faults_add(faults, "row %z, column %n: %s", row, of->table->columns[one->cells].name, texts[one->kind]);
  else
    triplet_faults_add(faults, "row %z: %s", row, texts[one->kind]);
}

static void add_problems(const reader *of, triplet_faults *faults) {
  const bool first_line = is_first_line_wrong(of);
  size_t told = 0;
  if (first_line)
    add_wrong_first_line(of, faults);
  for (size_t i = 0; i < of->problem_count && i < MOST_PROBLEMS; i++) {
    const problem *one = &of->problems[i];
    if (first_line && one->kind == WRONG_WIDTH)
      continue;
    add_problem(of, one, faults);
    told++;
  }
  faults->count += of->problem_count - (first_line ? of->of_wrong_width : 0) - told;
}

/* What is told of how the file is read, where that is not what a CSV file is expected to be. */
static bool tell_format(const reader *of) {
  char text[TRIPLET_MESSAGE_SIZE];
  const triplet_separator separator = of->format.separator;
  bool told = true;
  const bool expected = separator == TRIPLET_SEPARATOR_COMMA || of->width == 1;
  if (of->options->separator == TRIPLET_SEPARATOR_AUTO && !expected) {
    triplet_format(text, sizeof text, "cells are separated by %s%s%s", separator_names[separator],
                   of->format.merged ? ", several of which count as one" : "",
                   of->has_decimal_commas ? "; commas are decimal" : "");
    told = triplet_notes_add(&of->table->notes, (triplet_note){.text = text, .option = "separator"});
  }
  if (!of->table->has_header && !knows_header(of->options)) {
    triplet_format(text, sizeof text, "no header: the columns are called 1 to %z", of->width);
    told &= triplet_notes_add(&of->table->notes, (triplet_note){.text = text, .option = "header", .value = "true"});
  }
  return told;
}

/* For the last word of progress. */
static void no_work(void *job, size_t chunk, size_t worker) {
  (void)job;
  (void)chunk;
  (void)worker;
}

/* Its cells come before those of the other rows. */
static void pass_over_header(triplet_table *table) {
  triplet_spread *spread = table->spread;
  if (triplet_is_spread(table))
    for (size_t rank = 1; rank <= spread->ranks; rank++)
      spread->starts[rank]--;
  for (size_t i = 0; i < table->column_count && !(triplet_is_spread(table) && spread->rank > 0); i++) {
    triplet_read_column *column = &table->columns[i];
    if (column->kind == TRIPLET_CELLS_TEXTS)
      column->cells = triplet_column_codes(column) + 1;
    else
      column->cells = triplet_column_numbers(column) + 1;
  }
}

static triplet_status read_columns(reader *of, bool *was_as_texts) {
  triplet_table *table = of->table;
  for (size_t i = 0; i < table->column_count; i++)
    was_as_texts[i] = table->columns[i].as_texts;

  bool header = table->has_header;
  if (!knows_header(of->options) && of->form == AS_MANY)
    TRIPLET_TRY(triplet_find_header(table, of->first_row, kept_rows(of) - 1, &header));
  const bool passed_over = table->has_header && !header;
  triplet_faults faults = {.count = 0};
  TRIPLET_TRY(ask(of, header, &faults));
  if (passed_over)
    add_first_row(of);
  add_problems(of, &faults);
  TRIPLET_TRY(triplet_faults_status(of->context, &faults));
  while (choose_columns_again(table, was_as_texts))
    TRIPLET_TRY(read_rows(of));
  if (of->out_of_memory)
    return TRIPLET_OUT_OF_MEMORY;

  table->rows = of->rows - header;
  if (table->rows == 0)
    return triplet_fail(of->context, TRIPLET_BAD_TABLE, "bytes", "it has a header, and no rows");
  if (table->rows > INT32_MAX)
    return triplet_fail(of->context, TRIPLET_BAD_TABLE, "bytes", "expected at most %z rows, got %z", (size_t)INT32_MAX,
                        table->rows);
  if (header)
    pass_over_header(table);
  if (!tell_format(of))
    return TRIPLET_OUT_OF_MEMORY;
  TRIPLET_TRY(triplet_decide_columns(of->context, table, of->options, &faults));
  return watched(of, 1, no_work, 1);
}

static triplet_status keep_missing_texts(triplet_table *table, triplet_texts texts) {
  for (size_t i = 0; i < texts.count; i++)
    if (triplet_dictionary_code(&table->missing_texts, texts.items[i], strlen(texts.items[i])) == TRIPLET_NO_CODE)
      return TRIPLET_OUT_OF_MEMORY;
  return TRIPLET_OK;
}

static triplet_status read_table(reader *of) {
  TRIPLET_TRY(keep_missing_texts(of->table, of->options->missing_texts));
  if (of->options->recipe)
    TRIPLET_TRY(keep_missing_texts(of->table, triplet_recipe_ingredients(of->options->recipe).missing_texts));
  of->format.separator = of->options->separator;
  of->format.comment = of->options->comment;
  TRIPLET_TRY(prepare_text(of));
  if (of->format.separator == TRIPLET_SEPARATOR_AUTO)
    of->format.separator = triplet_cells_separator(of->text, of->size, of->options->comment);
  of->table->comma = of->format.separator != TRIPLET_SEPARATOR_COMMA;

  const bool header = of->options->recipe ? triplet_recipe_ingredients(of->options->recipe).has_header
                                          : of->options->header != TRIPLET_HEADER_FALSE;
  TRIPLET_TRY(read_first_pass(of, header));
  if (triplet_is_spread(of->table))
    TRIPLET_TRY(triplet_spread_begin(of->context, of->table));
  bool *was_as_texts = triplet_allocate(of->context, of->width, sizeof *was_as_texts);
  if (!was_as_texts)
    return TRIPLET_OUT_OF_MEMORY;
  const triplet_status status = read_columns(of, was_as_texts);
  triplet_release(of->context, was_as_texts);
  return status;
}

/* What is given of texts is there. */
static triplet_status check_texts(triplet_context *context, const triplet_table_options *options) {
  const struct {
    const char *name;
    triplet_texts texts;
  } lists[] = {{"keep", options->keep},
               {"ignore", options->ignore},
               {"categories", options->categories},
               {"missing_texts", options->missing_texts}};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    for (size_t j = 0; j < lists[i].texts.count; j++)
      if (!lists[i].texts.items || !lists[i].texts.items[j])
        return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, lists[i].name, "expected a text at index %i, got NULL",
                            j);
  if (options->comment && !*options->comment)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "comment",
                        "expected a text that comments begin with, got \"\"");
  return TRIPLET_OK;
}

static triplet_status spread_rows(triplet_context *context, const triplet_table_options *options,
                                  triplet_table *table) {
  return options->shard && triplet_is_shared(context) ? triplet_spread_create(context, table) : TRIPLET_OK;
}

static triplet_status make(triplet_context *context, const triplet_table_options *options, const char *bytes,
                           size_t size, triplet_table **table) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_TABLE, options));
  TRIPLET_TRY(check_texts(context, options));
  if (!bytes && size)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "bytes", "expected %z bytes, got NULL", size);

  if (triplet_is_shared(context))
    triplet_spread_compare(context, options, bytes, size);
  triplet_context owner = triplet_owner_of(context);
  triplet_table *made = triplet_allocate(context, 1, sizeof *made);
  if (!made)
    return TRIPLET_OUT_OF_MEMORY;
  *made = (triplet_table){.owner = owner, .standardize = options->standardize, .missing = options->missing};
  if (options->recipe)
    made->missing = triplet_recipe_ingredients(options->recipe).missing;
  made->names = triplet_dictionary_of(&made->owner);
  made->missing_texts = triplet_dictionary_of(&made->owner);
  made->notes.strings.owner = &made->owner;

  reader of = {.context = context, .options = options, .table = made, .text = bytes, .size = size};
  of.first_strings.owner = context;
  triplet_status status = spread_rows(context, options, made);
  if (status == TRIPLET_OK)
    status = read_table(&of);
  if (triplet_is_spread(made))
    triplet_spread_end(made);
  triplet_release(context, of.first_row);
  triplet_strings_release(&of.first_strings);
  triplet_release(&made->owner, of.unmarked);
  triplet_release(&made->owner, of.decoded);
  if (status != TRIPLET_OK) {
    if (context && made->owner.error.status != TRIPLET_OK)
      context->error = made->owner.error;
    triplet_table_destroy(made);
    return status;
  }
  *table = made;
  return TRIPLET_OK;
}

/* The calls of many ranks, if they are to share the rows, are one. */
/* As long as options are not checked, it may be any byte. */
static bool may_share_out(const triplet_table_options *options) {
  return TRIPLET_HAS_RANKS && options && *(const unsigned char *)&options->shard;
}

triplet_status triplet_table_read(triplet_context *context, const triplet_table_options *options, const char *bytes,
                                  size_t size, triplet_table **table) {
  if (!may_share_out(options))
    return make(context, options, bytes, size, table);
  triplet_table *made = NULL;
  const triplet_status status = TRIPLET_TOGETHER(context, make(context, options, bytes, size, &made));
  if (status == TRIPLET_OK)
    *table = made;
  else
    triplet_table_destroy(made);
  return status;
}

void triplet_table_destroy(triplet_table *table) {
  if (!table)
    return;
  release_columns(table);
  if (triplet_is_spread(table))
    triplet_spread_destroy(table);
  triplet_dictionary_release(&table->missing_texts);
  triplet_context owner = table->owner;
  triplet_notes_release(&table->notes);
  triplet_release(&owner, table->row_numbers);
  triplet_release(&owner, table);
}

/* ---- what a table is --------------------------------------------------------------------------------------------- */

size_t triplet_table_rows(const triplet_table *table) {
  return table->rows;
}

size_t triplet_table_columns(const triplet_table *table) {
  return table->column_count;
}

size_t triplet_table_label(const triplet_table *table) {
  return table->label;
}

size_t triplet_table_row(const triplet_table *table, size_t row) {
  return table->row_numbers ? table->row_numbers[row] : row;
}

triplet_column triplet_table_column(const triplet_table *table, size_t index) {
  const triplet_read_column *of = &table->columns[index];
  triplet_column column = {.name = of->name,
                           .kind = TRIPLET_COLUMN_TEXT,
                           .use = of->use,
                           .values = {of->values, of->value_count},
                           .missing = of->missing};
  if (of->kind == TRIPLET_CELLS_NUMBERS) {
    column.kind = TRIPLET_COLUMN_NUMBER;
    column.numbers = triplet_column_numbers(of);
  } else if (of->values) {
    column.kind = TRIPLET_COLUMN_CATEGORY;
    column.codes = triplet_column_codes(of);
  } else if (of->kind == TRIPLET_CELLS_TEXTS && of->texts.count <= TRIPLET_MOST_CATEGORIES) {
    column.kind = TRIPLET_COLUMN_CATEGORY;
  }
  return column;
}

size_t triplet_table_notes(const triplet_table *table) {
  return table->notes.count;
}

triplet_note triplet_table_note(const triplet_table *table, size_t index) {
  return triplet_notes_at(&table->notes, index);
}
