/* tables.h - tables from texts, and what was read of them as text, for tests that compare it with what they expect. */
#ifndef TABLES_H
#define TABLES_H

#include "support.h"

/* Options with these members: TABLE(.label = "k"), and without standardization PLAIN_TABLE(.label = "k"). */
#define TABLE_OPTIONS(standardized, ...)                                                                               \
  (triplet_table_options) {                                                                                            \
    .begun = triplet_table_default_options().begun, .standardize = standardized, __VA_ARGS__                           \
  }
#define TABLE(...) TABLE_OPTIONS(true, __VA_ARGS__)
#define PLAIN_TABLE(...) TABLE_OPTIONS(false, __VA_ARGS__)

#define COUNT_OF(...) (sizeof(const char *[]){__VA_ARGS__} / sizeof(const char *))
#define TEXTS(...)                                                                                                     \
  (triplet_texts) {                                                                                                    \
    (const char *const[]){__VA_ARGS__}, COUNT_OF(__VA_ARGS__)                                                          \
  }

/* Text that grows; released by free. */
typedef struct written {
  char *text;
  size_t size, room;
} written;

void write_bytes(written *to, const char *bytes, size_t size);
void write_format(written *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The test fails with the message where the table is refused. */
triplet_table *read_bytes(const char *bytes, size_t size, triplet_table_options options);
triplet_table *read_text(const char *text, triplet_table_options options);

/* A line a column: "x number input: 1 2 _". Cells are numbers as short as they read the same, or texts; _ is missing.
 * Of a text there are none. */
char *columns_of(const triplet_table *table);
/* A line a note: "left out: id (whole numbers in order; keep id)"; a ! is before warnings. */
char *notes_of(const triplet_table *table);

void assert_columns(const char *text, triplet_table_options options, const char *expected);
void assert_notes(const char *text, triplet_table_options options, const char *expected);
/* It is refused with this message, and the table that was there stays. */
void assert_refused(const char *text, triplet_table_options options, const char *message);
void assert_bytes_refused(const char *bytes, size_t size, triplet_table_options options, const char *message);

#endif
