/* table.h - the insides of a table, which table.c reads, columns.c decides on and recipe.c makes a matrix of; spread.c
 * knows of one whose rows are spread over many ranks. */
#ifndef TRIPLET_TABLE_H
#define TRIPLET_TABLE_H

#include "cells.h"
#include "collective.h"
#include "decimal.h"
#include "notes.h"

#pragma GCC visibility push(hidden)

#define TRIPLET_MOST_CATEGORIES 32 /* different texts that are categories without being asked for */
#define TRIPLET_BY_CHANCE 20       /* rows: fewer may by chance be numbered, or have different texts */
#define TRIPLET_MOST_TEXTS 1000    /* different texts that are kept of a column that is no category */
#define TRIPLET_UNKEPT_CODE (-2)   /* of a text that is not missing, and not kept */

/* What the cells of a column are, as far as they were read. */
typedef enum triplet_cells_kind {
  TRIPLET_CELLS_NUMBERS = 0, /* numbers, or nothing yet but missing cells */
  TRIPLET_CELLS_TEXTS,       /* texts, numbered by the dictionary */
  TRIPLET_CELLS_MIXED        /* numbers, and a text after them: no more is kept */
} triplet_cells_kind;

/* Why a column is left out. */
typedef enum triplet_left_out {
  TRIPLET_NOT_LEFT_OUT = 0,
  TRIPLET_LEFT_OUT_ASKED, /* it was asked for, or a recipe does not have it */
  TRIPLET_LEFT_OUT_ORDER,
  TRIPLET_LEFT_OUT_ID,
  TRIPLET_LEFT_OUT_CONSTANT,
  TRIPLET_LEFT_OUT_EMPTY,
  TRIPLET_LEFT_OUT_DIFFERENT,
  TRIPLET_LEFT_OUT_TEXT,
  TRIPLET_LEFT_OUT_DATES,
  TRIPLET_LEFT_OUT_MARKED, /* numbers with marks that are not read */
  TRIPLET_LEFT_OUT_MIXED,  /* numbers, but for a few texts */
  TRIPLET_LEFT_OUT_COUNT
} triplet_left_out;

typedef struct triplet_read_column {
  const char *name; /* once names are settled */
  bool unnamed;

  /* How it is to be read. */
  bool is_read;    /* in this pass; the others stay as they are */
  bool as_texts;   /* numbers, too: a label or a category */
  bool as_numbers; /* a text is a fault: the recipe has numbers */
  bool all_texts;  /* of more than TRIPLET_MOST_TEXTS, too */
  bool is_kept;    /* whatever its cells are */
  bool minus_is_text;

  /* What was read. */
  triplet_cells_kind kind;
  void *cells;   /* a double or, of texts, an int32 for each row that is held, the first one's at 0 */
  bool is_whole; /* of each row, whichever are held */
  triplet_dictionary texts;
  bool too_many;                  /* texts: the last ones are not kept */
  size_t numbers, missing, minus; /* cells; minus: of those that are missing */

  /* What was decided. */
  bool is_category;
  triplet_column_use use;
  triplet_left_out left_out;
  const char **values; /* of texts, in order; value_count of them */
  size_t value_count;
} triplet_read_column;

/* Rows that are spread over ranks: each holds those that begin in its part of the file, and reads of the others what
 * they are. */
typedef struct triplet_spread {
  size_t rank, ranks;
  size_t *starts; /* ranks + 1: of each rank its first row, and then how many there are */
  int32_t *held;  /* numbers of this rank's rows */
  int32_t *label; /* the codes of all rows, once the label is whole */

  /* While columns are made whole: with which context, in memory for one, and the one that is. */
  triplet_context *context;
  void *cells;
  triplet_read_column column;
} triplet_spread;

struct triplet_table {
  triplet_context owner;
  triplet_read_column *columns;
  size_t column_count;
  size_t rows;  /* below the header */
  size_t label; /* column_count: none */
  bool has_header;
  bool comma; /* may be the mark of decimals */
  bool standardize;
  triplet_missing missing;
  double *cells;          /* of all columns */
  triplet_spread *spread; /* NULL: every row is held */
  size_t *row_numbers;    /* of the rows that are left; NULL: all are */
  triplet_dictionary names;
  triplet_dictionary missing_texts; /* beside those that always are */
  triplet_notes notes;
};

static inline double *triplet_column_numbers(const triplet_read_column *column) {
  return column->cells;
}

static inline int32_t *triplet_column_codes(const triplet_read_column *column) {
  return column->cells;
}

static inline bool triplet_column_has_codes(const triplet_read_column *column) {
  return column->kind == TRIPLET_CELLS_TEXTS && !column->too_many;
}

static inline bool triplet_cell_is_missing(const triplet_read_column *column, size_t row) {
  if (column->kind == TRIPLET_CELLS_TEXTS)
    return triplet_column_codes(column)[row] == TRIPLET_NO_CODE;
  const double number = triplet_column_numbers(column)[row];
  return number != number;
}

static inline double triplet_missing_number(void) {
  return (double)triplet_canonical_nan();
}

/* ---- spread.c ---------------------------------------------------------------------------------------------------- */

static inline bool triplet_is_spread(const triplet_table *table) {
  return TRIPLET_HAS_RANKS && table->spread;
}

/* Of the ranks of the context, which are not told yet who holds what. On failure the table is to be destroyed. */
triplet_status triplet_spread_create(triplet_context *context, triplet_table *table);
void triplet_spread_destroy(triplet_table *table);
/* Ranks compare what they read, and how. */
void triplet_spread_compare(triplet_context *context, const triplet_table_options *options, const char *bytes,
                            size_t size);

/* The rows whose cells this rank has. */
triplet_span triplet_spread_rows(const triplet_table *table);

static inline triplet_span triplet_held_rows(const triplet_table *table) {
  return triplet_is_spread(table) ? triplet_spread_rows(table) : (triplet_span){0, table->rows};
}

static inline triplet_span triplet_column_rows(const triplet_table *table, const triplet_read_column *column) {
  return column->is_whole ? (triplet_span){0, table->rows} : triplet_held_rows(table);
}

/* Columns are made whole from here on, by calls that all ranks make together, until it ends. */
triplet_status triplet_spread_begin(triplet_context *context, const triplet_table *table);
void triplet_spread_end(const triplet_table *table);

/* Puts in place of a column the same with the cells of all rows, a view until the next one. */
triplet_status triplet_spread_gather(const triplet_table *table, const triplet_read_column **column);

static inline triplet_status triplet_make_whole(const triplet_table *table, const triplet_read_column **column) {
  return triplet_is_spread(table) ? triplet_spread_gather(table, column) : TRIPLET_OK;
}

/* Makes the label whole for good. */
triplet_status triplet_spread_label(triplet_table *table);
/* Leaves out rows: out has 1 for each such. */
void triplet_spread_leave_out(const triplet_table *table, const uint8_t *out);
/* Lists the rows that are held, once all is decided. */
triplet_status triplet_spread_list(triplet_table *table);
/* A context of the ranks that the table is spread over. */
triplet_status triplet_spread_check(triplet_context *context, const triplet_table *table);

/* ---- columns.c --------------------------------------------------------------------------------------------------- */

/* Whether the first row, whose cells these are, names the columns whose other cells have been read. */
triplet_status triplet_find_header(const triplet_table *table, const char *const *first_row, size_t rows, bool *header);

/* Names each column, once; first_row: with a header its cells, else NULL. */
triplet_status triplet_name_columns(triplet_context *context, triplet_table *table, const char *const *first_row);

/* Sets how columns are to be read, and which one is the label, by the options; what these name and the table does not
 * have are faults. */
void triplet_ask_columns(triplet_table *table, const triplet_table_options *options, triplet_faults *faults);

/* What each column is and what it is used for, which rows are left, and what is told of all this. */
triplet_status triplet_decide_columns(triplet_context *context, triplet_table *table,
                                      const triplet_table_options *options, triplet_faults *faults);

/* Whether most of a column's different texts are numbers. */
bool triplet_is_mostly_numbers(const triplet_table *table, const triplet_read_column *column);

/* table.c: whether a cell of this text is missing, in a column without a +. */
bool triplet_is_missing_text(const triplet_table *table, const char *text);

/* The column of a name; column_count: none. */
size_t triplet_table_find(const triplet_table *table, const char *name);
bool triplet_is_whole(double number);
/* The number that a text is. */
bool triplet_table_number(const triplet_table *table, const char *text, double *number);

/* What most of the different texts of a column look like. */
typedef enum triplet_look { TRIPLET_LOOK_TEXT = 0, TRIPLET_LOOK_DATE, TRIPLET_LOOK_MARKED_NUMBER } triplet_look;
triplet_look triplet_look_of(const triplet_table *table, const triplet_read_column *column);
/* Digits, and marks that numbers are written with but that are not read: of thousands, of money, a %. */
bool triplet_is_marked_number(const triplet_table *table, const char *text);

/* ---- values.c ---------------------------------------------------------------------------------------------------- */

/* The values of inputs and of the label, the texts that rows have or those of the recipe; codes become their places. */
triplet_status triplet_order_values(triplet_context *context, triplet_table *table,
                                    const triplet_table_options *options);

/* ---- findings.c -------------------------------------------------------------------------------------------------- */

/* What is told of each column. */
triplet_status triplet_tell_columns(triplet_table *table, bool for_recipe);
/* Warns of inputs that tell the label. */
triplet_status triplet_warn_of_label(triplet_context *context, triplet_table *table);

#pragma GCC visibility pop

#endif
