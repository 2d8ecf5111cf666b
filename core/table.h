/* table.h - the insides of a table, which table.c reads, columns.c decides on and recipe.c makes a matrix of. */
#ifndef TRIPLET_TABLE_H
#define TRIPLET_TABLE_H

#include "cells.h"
#include "decimal.h"
#include "dictionary.h"

#pragma GCC visibility push(hidden)

#define TRIPLET_MOST_CATEGORIES 32 /* different texts that are categories without being asked for */
#define TRIPLET_MOST_TEXTS 1000    /* different texts that are kept of a column that is no category */
#define TRIPLET_SHOWN_TEXT 48      /* room for a text as messages show it */
#define TRIPLET_MESSAGE_SIZE 600   /* room for a line of them */

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
  TRIPLET_LEFT_OUT_TEXT,
  TRIPLET_LEFT_OUT_MIXED, /* numbers, but for a few texts */
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
  bool too_many;                  /* texts: the last ones have no code */
  size_t numbers, missing, minus; /* cells; minus: of those that are missing */

  /* What was decided. */
  bool is_category;
  triplet_column_use use;
  triplet_left_out left_out;
  const char **values; /* of texts, in order; value_count of them */
  size_t value_count;
} triplet_read_column;

/* Places in the table's strings. */
typedef struct triplet_table_note_places {
  size_t text, reason, value;
  const char *option;
  bool warning;
} triplet_table_note_places;

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
  triplet_strings strings; /* of the notes */
  triplet_table_note_places *notes;
  size_t note_count, note_room;
};

static inline double *triplet_column_numbers(const triplet_read_column *column) {
  return column->cells;
}

static inline int32_t *triplet_column_codes(const triplet_read_column *column) {
  return column->cells;
}

static inline double triplet_missing_number(void) {
  return (double)triplet_canonical_nan();
}

/* ---- what is wrong with a table, in one message -------------------------------------------------------------------- */

typedef struct triplet_faults {
  char text[TRIPLET_MESSAGE_SIZE];
  size_t length, count, told;
} triplet_faults;

void triplet_faults_add(triplet_faults *faults, const char *format, ...);
/* TRIPLET_BAD_TABLE where there are any. */
triplet_status triplet_faults_status(triplet_context *context, const triplet_faults *faults);

/* A text as messages show it: in quotes, on one line, cut where it is long. */
void triplet_show_text(char shown[TRIPLET_SHOWN_TEXT], const char *text, size_t length);

/* ---- columns.c ----------------------------------------------------------------------------------------------------- */

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

/* recipe.c */
bool triplet_recipe_has_header(const triplet_recipe *recipe);
triplet_missing triplet_recipe_missing(const triplet_recipe *recipe);

/* A line of what is told; false when memory is short. */
typedef struct triplet_told {
  const char *text, *reason, *option, *value; /* but text, each may be NULL */
  bool warning;
} triplet_told;
bool triplet_tell(triplet_table *table, triplet_told note);

#pragma GCC visibility pop

#endif
