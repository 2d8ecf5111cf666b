/* cells.h - the bytes of a table, cut into rows and cells. */
#ifndef TRIPLET_CELLS_H
#define TRIPLET_CELLS_H

#include "internal.h"

#pragma GCC visibility push(hidden)

typedef struct triplet_cell {
  const char *text; /* without the blanks around it, or inside its quotes */
  size_t length;
  bool is_marked; /* the text stands there with doubled quotes, or line ends that are not LF */
} triplet_cell;

typedef enum triplet_cell_state {
  TRIPLET_CELL_MORE = 0, /* another cell of the row follows */
  TRIPLET_CELL_LAST,
  TRIPLET_CELL_UNCLOSED,   /* a quote is opened and never closed */
  TRIPLET_CELL_AFTER_QUOTE /* text follows a closing quote */
} triplet_cell_state;

/* How cells are told apart. */
typedef struct triplet_cell_format {
  triplet_separator separator; /* not auto */
  bool merged;                 /* separators that follow each other are one; of blanks they always are */
  const char *comment;         /* or NULL */
} triplet_cell_format;

typedef struct triplet_cells {
  const char *at, *end;
  const char *comment;
  size_t comment_length;
  bool merged;
  uint8_t marks[256]; /* what each byte is outside quotes */
} triplet_cells;

triplet_cells triplet_cells_begin(const char *text, size_t size, triplet_cell_format format);
/* Whether there is another row; lines of nothing but blanks, and comments, are passed over. */
bool triplet_cells_row(triplet_cells *cells);
/* The next cell of the row. */
triplet_cell_state triplet_cells_next(triplet_cells *cells, triplet_cell *cell);
/* The text of a cell that is marked, without its marks. to: as many bytes as it has with them. */
triplet_cell triplet_cell_unmarked(const triplet_cell *cell, char *to);

/* What stands between the cells of a text, by its first line that is no comment. */
triplet_separator triplet_cells_separator(const char *text, size_t size, const char *comment);

#pragma GCC visibility pop

#endif
