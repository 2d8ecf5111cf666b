/* keys.c - rows sorted by distance or label, the nearest few of them, and the rows of each class. */
#include "keys.h"

/* ---- floats in their order --------------------------------------------------------------------------------------- */

/* ---- sorting ----------------------------------------------------------------------------------------------------- */

static void insertion_sort(uint64_t *keys, size_t count) {
  for (size_t i = 1; i < count; i++) {
    const uint64_t key = keys[i];
    size_t j = i;
    for (; j > 0 && keys[j - 1] > key; j--)
      keys[j] = keys[j - 1];
    keys[j] = key;
  }
}

#define MOST_DIGIT_BITS 12
#define FEW 2048 /* of which digits have at most FEW_DIGIT_BITS, as all digits are looked at */
#define FEW_DIGIT_BITS 8
#define SORTED_BY_INSERTION 64 /* at most */

/* Of so many bits, after so many lower ones. */
typedef struct digit {
  uint64_t least; /* of all keys: what these are taken from */
  int shift, bits;
} digit;

static inline size_t digit_of(digit at, uint64_t key) {
  return (size_t)((key - at.least) >> at.shift) & (((size_t)1 << at.bits) - 1);
}

/* From `from` to `to`; those of the same digit keep their order. */
static void sort_by_digit(const uint64_t *from, uint64_t *to, size_t count, digit at) {
  size_t places[1 << MOST_DIGIT_BITS], next = 0;
  memset(places, 0, sizeof *places << at.bits);
  for (size_t i = 0; i < count; i++)
    places[digit_of(at, from[i])]++;
  for (size_t value = 0; value >> at.bits == 0; value++) {
    const size_t some = places[value];
    places[value] = next;
    next += some;
  }
  for (size_t i = 0; i < count; i++)
    to[places[digit_of(at, from[i])]++] = from[i];
}

/* Else by radix, of the distance or label alone: that leaves the rows, which ascend, in their order. There are no more
 * digits than tell the least from the most. */
void triplet_sort_keys(uint64_t *keys, uint64_t *spare, size_t count) {
  if (count <= SORTED_BY_INSERTION) {
    insertion_sort(keys, count);
    return;
  }
  uint64_t least = UINT64_MAX, most = 0;
  for (size_t i = 0; i < count; i++) {
    least = keys[i] < least ? keys[i] : least;
    most = keys[i] > most ? keys[i] : most;
  }
  least = least >> 32 << 32;
  int bits = 0;
  while ((most - least) >> 32 >> bits)
    bits++;
  const int most_bits = count < FEW ? FEW_DIGIT_BITS : MOST_DIGIT_BITS, digits = (bits + most_bits - 1) / most_bits;
  digit at = {least, 32, digits ? (bits + digits - 1) / digits : 0};
  uint64_t *from = keys, *to = spare;
  for (; at.shift < 32 + bits; at.shift += at.bits) {
    sort_by_digit(from, to, count, at);
    uint64_t *const sorted = to;
    to = from;
    from = sorted;
  }
  if (from != keys)
    memcpy(keys, from, count * sizeof *keys);
}

/* ---- classes ----------------------------------------------------------------------------------------------------- */

bool triplet_contains_label(triplet_ints labels, int64_t label) {
  for (size_t i = 0; i < labels.count; i++)
    if (labels.data[i] == label)
      return true;
  return false;
}

static bool contains_all(triplet_ints labels, triplet_ints wanted) {
  for (size_t i = 0; i < wanted.count; i++)
    if (!triplet_contains_label(labels, wanted.data[i]))
      return false;
  return true;
}

bool triplet_same_labels(triplet_ints one, triplet_ints other) {
  return contains_all(one, other) && contains_all(other, one);
}

bool triplet_labels_meet(triplet_ints one, triplet_ints other) {
  for (size_t i = 0; i < one.count; i++)
    if (triplet_contains_label(other, one.data[i]))
      return true;
  return false;
}

triplet_status triplet_classes_create(triplet_context *context, triplet_labels labels, int64_t ignore_label,
                                      const uint8_t *usable, triplet_classes *classes) {
  uint64_t *keys = triplet_allocate(context, labels.integers.count, 2 * sizeof *keys);
  if (!keys)
    return TRIPLET_OUT_OF_MEMORY;
  size_t count = 0;
  for (size_t row = 0; row < triplet_labelled_rows(labels); row++) {
    if ((usable && !usable[row]) || !triplet_is_labelled(labels, row, ignore_label))
      continue;
    const triplet_ints own = triplet_labels_at(labels, row);
    for (size_t i = 0; i < own.count; i++)
      keys[count++] = triplet_label_key(own.data[i]) | row;
  }
  triplet_sort_keys(keys, keys + labels.integers.count, count);

  /* A label that a row has twice. */
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (!kept || keys[i] != keys[kept - 1])
      keys[kept++] = keys[i];
  *classes = (triplet_classes){keys, kept};
  return TRIPLET_OK;
}

static size_t keys_below(const triplet_classes *classes, uint64_t key) {
  size_t low = 0, high = classes->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (classes->keys[middle] < key)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

triplet_class triplet_class_of(const triplet_classes *classes, int32_t label) {
  const size_t first = keys_below(classes, triplet_label_key(label));
  const size_t end = label == INT32_MAX ? classes->count : keys_below(classes, triplet_label_key((int64_t)label + 1));
  return (triplet_class){classes->keys + first, end - first};
}

size_t triplet_class_rows_below(triplet_class of, size_t row) {
  if (!of.count)
    return 0;
  const triplet_classes alone = {(uint64_t *)of.keys, of.count};
  return keys_below(&alone, (of.keys[0] >> 32 << 32) + row);
}

triplet_class triplet_class_from(const triplet_classes *classes, size_t first) {
  size_t end = first + 1;
  while (end < classes->count && classes->keys[end] >> 32 == classes->keys[first] >> 32)
    end++;
  return (triplet_class){classes->keys + first, end - first};
}

/* ---- the smallest keys: a heap with the largest on top ----------------------------------------------------------- */

static void sift_down(uint64_t *keys, size_t count, size_t at) {
  const uint64_t key = keys[at];
  for (size_t child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && keys[child + 1] > keys[child])
      child++;
    if (keys[child] <= key)
      break;
    keys[at] = keys[child];
  }
  keys[at] = key;
}

void triplet_heap_offer(triplet_nearest_heap *heap, uint64_t key) {
  if (heap->count < heap->capacity) {
    heap->keys[heap->count++] = key;
    if (heap->count == heap->capacity)
      for (size_t at = heap->count / 2; at-- > 0;)
        sift_down(heap->keys, heap->count, at);
  } else if (heap->count && key < heap->keys[0]) {
    heap->keys[0] = key;
    sift_down(heap->keys, heap->count, 0);
  }
}

void triplet_heap_offer_rows(triplet_nearest_heap *heap, const float *distances, size_t first, size_t end) {
  size_t j = first;
  for (; j < end && heap->count < heap->capacity; j++)
    triplet_heap_offer(heap, triplet_distance_key(distances[j], j));
  if (j == end)
    return;
  float farthest = triplet_key_distance(heap->keys[0]); /* which no later row at the same distance replaces */
  for (; j < end; j++)
    if (distances[j] < farthest) {
      triplet_heap_offer(heap, triplet_distance_key(distances[j], j));
      farthest = triplet_key_distance(heap->keys[0]);
    }
}

void triplet_heap_sort(triplet_nearest_heap *heap) {
  if (heap->count < heap->capacity)
    for (size_t at = heap->count / 2; at-- > 0;)
      sift_down(heap->keys, heap->count, at);
  for (size_t last = heap->count; last-- > 1;) {
    const uint64_t largest = heap->keys[0];
    heap->keys[0] = heap->keys[last];
    heap->keys[last] = largest;
    sift_down(heap->keys, last, 0);
  }
}
