/* table.h - the insides of a table, which table.c reads, columns.c decides on and recipe.c makes a matrix of. */
#ifndef TRIPLET_TABLE_H
#define TRIPLET_TABLE_H

#include "cells.h"
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
  void *cells; /* a double or, of texts, an int32 for each row, the first row's at 0 */
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
  double *cells;       /* of all columns */
  size_t *row_numbers; /* of the rows that are left; NULL: all are */
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

/* ---- columns.c --------------------------------------------------------------------------------------------------- */

/* Whether the first row, whose cells these are, names the columns whose other cells have been read. */
bool triplet_first_row_is_header(const triplet_table *table, const char *const *first_row, size_t rows);

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

/* What is told of each column; false when memory is short. */
bool triplet_tell_columns(triplet_table *table, bool for_recipe);
/* Warns of inputs that tell the label. */
triplet_status triplet_warn_of_label(triplet_context *context, triplet_table *table);

#pragma GCC visibility pop

#endif
