/* json.h - the JSON that a model's header is made of: strings, whole numbers and the marks between them. */
#ifndef TRIPLET_JSON_H
#define TRIPLET_JSON_H

#include "internal.h"

#pragma GCC visibility push(hidden)

/* ---- reading, in place: strings are unescaped where they stand --------------------------------------------------- */

typedef struct triplet_json {
  char *at, *end;
} triplet_json;

/* Passes white space, and the mark if it comes next. */
bool triplet_json_take(triplet_json *json, char mark);
/* Nothing but white space is left. */
bool triplet_json_ends(triplet_json *json);
/* Closed by a 0 byte; NULL where no string of valid UTF-8 without a 0 byte comes next. */
char *triplet_json_string(triplet_json *json);
/* false where no whole number >= 0 that fits comes next. */
bool triplet_json_size(triplet_json *json, size_t *value);

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* Counts what is written, and keeps it where there are bytes. */
typedef struct triplet_writer {
  uint8_t *bytes; /* room for all, or NULL */
  size_t size;
} triplet_writer;

void triplet_write_byte(triplet_writer *writer, uint8_t byte);
/* As it stands. */
void triplet_write_text(triplet_writer *writer, const char *text);
/* Inside `depth` strings that lie in each other, so escaped as often. */
void triplet_write_escaped(triplet_writer *writer, const char *text, int depth);
void triplet_write_size(triplet_writer *writer, size_t value);

/* How many bytes of a text come before the first that is not valid UTF-8 (RFC 3629). */
size_t triplet_utf8_length(const char *text, size_t size);
bool triplet_is_utf8(const char *text);

#pragma GCC visibility pop

#endif
