/* keys.h - rows with what they are sorted by, both in one number of 64 bits: a distance or a label, then the row, so
 * that equals come in the order of their rows. */
#ifndef TRIPLET_KEYS_H
#define TRIPLET_KEYS_H

#include "internal.h"

#pragma GCC visibility push(hidden)

static inline size_t triplet_key_row(uint64_t key) {
  return (size_t)(uint32_t)key;
}

/* ---- distances --------------------------------------------------------------------------------------------------- */

/* The place of a float among all floats, one after the other: numbers that sort as they do. -0 has the place of 0. */
#define TRIPLET_PLACE_OF_ZERO 0x80000000u
#define TRIPLET_PLACE_OF_INFINITY 0xff800000u

static inline uint32_t triplet_float_place(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint32_t size = bits & 0x7fffffffu;
  return bits == size ? TRIPLET_PLACE_OF_ZERO + size : TRIPLET_PLACE_OF_ZERO - size;
}

static inline float triplet_float_at(uint32_t place) {
  const uint32_t from_zero = place - TRIPLET_PLACE_OF_ZERO;
  const uint32_t bits = place >= TRIPLET_PLACE_OF_ZERO ? from_zero : (0u - from_zero) | 0x80000000u;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* The place of the least float >= value: a float lies below value exactly when it lies before that. */
static inline uint32_t triplet_place_at_least(double value) {
  if (value > FLT_MAX)
    return TRIPLET_PLACE_OF_INFINITY;
  const float near = (float)value;
  return triplet_float_place(near) + (near < value);
}
/* Of the least float > value: a float is at most value exactly when it lies before that. */
static inline uint32_t triplet_place_above(double value) {
  if (value >= FLT_MAX)
    return TRIPLET_PLACE_OF_INFINITY;
  const float near = (float)value;
  return triplet_float_place(near) + (near <= value);
}

static inline uint64_t triplet_distance_key(float distance, size_t row) {
  return (uint64_t)triplet_float_place(distance) << 32 | (uint32_t)row;
}

static inline uint32_t triplet_key_place(uint64_t key) {
  return (uint32_t)(key >> 32);
}

static inline float triplet_key_distance(uint64_t key) {
  return triplet_float_at(triplet_key_place(key));
}

/* Ascending, of keys whose rows ascend; spare has room for count. */
void triplet_sort_keys(uint64_t *keys, uint64_t *spare, size_t count);

/* The `capacity` smallest of the keys offered, unordered until sorted. */
typedef struct triplet_nearest_heap {
  uint64_t *keys;
  size_t count, capacity;
} triplet_nearest_heap;

void triplet_heap_offer(triplet_nearest_heap *heap, uint64_t key);
/* The rows first .. end - 1, after which no lower ones are offered, at these distances. */
void triplet_heap_offer_rows(triplet_nearest_heap *heap, const float *distances, size_t first, size_t end);
/* Ascending; nothing can be offered afterwards. */
void triplet_heap_sort(triplet_nearest_heap *heap);

/* ---- labels ------------------------------------------------------------------------------------------------------ */

static inline bool triplet_has_relations(triplet_labels labels) {
  return labels.relations.data != NULL;
}

/* Rows that have labels. */
static inline size_t triplet_labelled_rows(triplet_labels labels) {
  return labels.ends.data ? labels.ends.count : labels.integers.count;
}

static inline triplet_ints triplet_labels_at(triplet_labels labels, size_t row) {
  if (!labels.ends.data)
    return (triplet_ints){labels.integers.data + row, 1};
  const int32_t first = row ? labels.ends.data[row - 1] : 0;
  return (triplet_ints){labels.integers.data + first, (size_t)(labels.ends.data[row] - first)};
}

/* Whether two rows have the same labels, in whatever order. */
bool triplet_same_labels(triplet_ints one, triplet_ints other);
/* Whether two rows have a label in common. */
bool triplet_labels_meet(triplet_ints one, triplet_ints other);
bool triplet_contains_label(triplet_ints labels, int64_t label);
/* Whether a row has a label, and not the one to ignore. */
static inline bool triplet_is_labelled(triplet_labels labels, size_t row, int64_t ignore_label) {
  if (!labels.ends.data)
    return labels.integers.data[row] != ignore_label;
  const triplet_ints own = triplet_labels_at(labels, row);
  return own.count > 0 && !triplet_contains_label(own, ignore_label);
}

/* ---- classes: the rows of each label ----------------------------------------------------------------------------- */

/* Keys of labels, ascending. */
typedef struct triplet_classes {
  uint64_t *keys;
  size_t count;
} triplet_classes;

/* To which a row is added. label: any int32, or INT32_MAX + 1. */
static inline uint64_t triplet_label_key(int64_t label) {
  return (uint64_t)(label - INT32_MIN) << 32;
}

/* The label of a key. */
static inline int32_t triplet_key_label(uint64_t key) {
  return (int32_t)((int64_t)(key >> 32) + INT32_MIN);
}

/* The rows of one label, ascending. */
typedef struct triplet_class {
  const uint64_t *keys;
  size_t count;
} triplet_class;

/* Of the rows that are usable (NULL: all are) and have not ignore_label; a row of several labels under each of them.
 * Released by freeing keys. */
triplet_status triplet_classes_create(triplet_context *context, triplet_labels labels, int64_t ignore_label,
                                      const uint8_t *usable, triplet_classes *classes);
triplet_class triplet_class_of(const triplet_classes *classes, int32_t label);
/* How many of its rows come before a row. */
size_t triplet_class_rows_below(triplet_class of, size_t row);
/* The class that begins at a place among the keys. */
triplet_class triplet_class_from(const triplet_classes *classes, size_t first);

#pragma GCC visibility pop

#endif
