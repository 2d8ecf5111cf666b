/* dictionary.h - texts that are kept, and different texts that are numbered. */
#ifndef TRIPLET_DICTIONARY_H
#define TRIPLET_DICTIONARY_H

#include "internal.h"

#pragma GCC visibility push(hidden)

/* Texts one behind the other, each closed by a 0 byte; known by their place, as they move when more is added. */
typedef struct triplet_strings {
  triplet_context *owner; /* of the memory; where it is short, the error is noted here */
  char *bytes;
  size_t size, room;
} triplet_strings;

#define TRIPLET_NO_STRING SIZE_MAX

/* Its place; TRIPLET_NO_STRING when memory is short. */
size_t triplet_strings_add(triplet_strings *strings, const char *text, size_t length);
void triplet_strings_release(triplet_strings *strings);

/* Different texts, numbered in the order in which they came. */
typedef struct triplet_dictionary {
  triplet_strings strings;
  size_t *places; /* of each text */
  uint64_t
      *slots; /* a power of two, at least half of them free: half of a text's hash, then its number from 1; 0: free */
  size_t count, slot_count;
} triplet_dictionary;

#define TRIPLET_NO_CODE (-1)

triplet_dictionary triplet_dictionary_of(triplet_context *owner);
void triplet_dictionary_release(triplet_dictionary *dictionary);
/* The number of a text, which is added if it is new; TRIPLET_NO_CODE when memory is short. */
int32_t triplet_dictionary_code(triplet_dictionary *dictionary, const char *text, size_t length);
/* The number of a text; TRIPLET_NO_CODE where it is not there. */
int32_t triplet_dictionary_find(const triplet_dictionary *dictionary, const char *text, size_t length);
/* A view until a text is added. */
const char *triplet_dictionary_text(const triplet_dictionary *dictionary, size_t code);

#pragma GCC visibility pop

#endif
