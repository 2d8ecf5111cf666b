/* keys.c - rows sorted by distance or label, the nearest few of them, and the rows of each class. */
#include "keys.h"

/* ---- sorting ----------------------------------------------------------------------------------------------------- */

static void merge(const uint64_t *left, size_t left_count, const uint64_t *right, size_t right_count, uint64_t *out) {
  size_t i = 0, j = 0;
  while (i < left_count && j < right_count) {
    const bool take_right = right[j] < left[i];
    *out++ = take_right ? right[j] : left[i];
    i += !take_right;
    j += take_right;
  }
  memcpy(out, left + i, (left_count - i) * sizeof *out);
  memcpy(out + (left_count - i), right + j, (right_count - j) * sizeof *out);
}

#define SORTED_BY_INSERTION 16

static void insertion_sort(uint64_t *keys, size_t count) {
  for (size_t i = 1; i < count; i++) {
    const uint64_t key = keys[i];
    size_t j = i;
    for (; j > 0 && keys[j - 1] > key; j--)
      keys[j] = keys[j - 1];
    keys[j] = key;
  }
}

/* Merge sort of short runs. */
void triplet_sort_keys(uint64_t *keys, uint64_t *spare, size_t count) {
  for (size_t i = 0; i < count; i += SORTED_BY_INSERTION)
    insertion_sort(keys + i, count - i < SORTED_BY_INSERTION ? count - i : SORTED_BY_INSERTION);
  for (size_t width = SORTED_BY_INSERTION; width < count; width *= 2) {
    for (size_t i = 0; i < count; i += 2 * width) {
      const size_t left = count - i < width ? count - i : width;
      const size_t right = count - i - left < width ? count - i - left : width;
      merge(keys + i, left, keys + i + left, right, spare + i);
    }
    memcpy(keys, spare, count * sizeof *keys);
  }
}

/* ---- classes ----------------------------------------------------------------------------------------------------- */

static uint64_t label_key(int64_t label) {
  return (uint64_t)(label - INT32_MIN) << 32;
}

triplet_status triplet_classes_create(triplet_context *context, triplet_ints labels, int64_t ignore_label,
                                      const uint8_t *usable, triplet_classes *classes) {
  uint64_t *keys = triplet_allocate(context, labels.count, 2 * sizeof *keys);
  if (!keys)
    return TRIPLET_OUT_OF_MEMORY;
  size_t count = 0;
  for (size_t i = 0; i < labels.count; i++)
    if (labels.data[i] != ignore_label && (!usable || usable[i]))
      keys[count++] = label_key(labels.data[i]) | i;
  triplet_sort_keys(keys, keys + labels.count, count);
  *classes = (triplet_classes){keys, count};
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
  const size_t first = keys_below(classes, label_key(label));
  const size_t end = label == INT32_MAX ? classes->count : keys_below(classes, label_key((int64_t)label + 1));
  return (triplet_class){classes->keys + first, end - first};
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
