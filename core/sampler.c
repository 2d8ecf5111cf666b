/* sampler.c - batches of P classes x K rows each.
 *
 * All that decides the next batch is the caller's generator: every draw leaves the lists as it found them, so that a
 * training resumed with the saved generator goes on to the bit. */
#include "keys.h"

struct triplet_sampler {
  triplet_context owner;
  size_t classes; /* with at least two rows */
  size_t classes_per_batch, rows_per_class;
  int32_t *rows;   /* those of class c are rows[starts[c]] .. rows[starts[c + 1] - 1] */
  int32_t *starts; /* classes + 1 */
  int32_t *order;  /* of the classes: 0, 1, 2, ... between draws */
  int32_t *chosen; /* the classes of a batch */
  int32_t numbers[];
};

/* Those that can be used. */
static void list_classes(const triplet_classes *classes, triplet_sampler *sampler) {
  int32_t rows = 0;
  for (size_t first = 0; first < classes->count;) {
    const triplet_class class = triplet_class_from(classes, first);
    first += class.count;
    if (class.count < 2)
      continue;
    sampler->order[sampler->classes] = (int32_t)sampler->classes;
    sampler->starts[sampler->classes++] = rows;
    for (size_t i = 0; i < class.count; i++)
      sampler->rows[rows++] = (int32_t)triplet_key_row(class.keys[i]);
  }
  sampler->starts[sampler->classes] = rows;
}

triplet_status triplet_sampler_create(triplet_context *context, triplet_ints labels, size_t classes_per_batch,
                                      size_t rows_per_class, triplet_sampler **sampler) {
  TRIPLET_TRY(triplet_check_labels(context, labels));
  if (classes_per_batch < 1)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "classes_per_batch", "expected at least 1, got 0");
  if (rows_per_class < 2)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "rows_per_class", "expected at least 2, got %z",
                        rows_per_class);
  if (!sampler)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "sampler", "expected a place for the sampler, got NULL");
  const size_t most = labels.count / 2; /* classes with two rows */
  const size_t chosen = classes_per_batch < most ? classes_per_batch : most;
  if (chosen && rows_per_class > SIZE_MAX / sizeof(int32_t) / chosen)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "rows_per_class",
                        "a batch of %z x %z rows does not fit in memory", chosen, rows_per_class);
  triplet_classes classes;
  TRIPLET_TRY(triplet_classes_create(context, labels, TRIPLET_NO_LABEL, NULL, &classes));
  /* labels.count is at most INT32_MAX: the sum fits where the list of labels does. */
  const size_t numbers = sizeof(triplet_sampler) / sizeof(int32_t) + labels.count + (most + 1) + most + chosen;
  triplet_sampler *made = triplet_allocate(context, numbers, sizeof(int32_t));
  if (made) {
    *made = (triplet_sampler){.owner = triplet_owner_of(context), .rows_per_class = rows_per_class};
    made->rows = made->numbers;
    made->starts = made->rows + labels.count;
    made->order = made->starts + most + 1;
    made->chosen = made->order + most;
    list_classes(&classes, made);
    made->classes_per_batch = classes_per_batch < made->classes ? classes_per_batch : made->classes;
    *sampler = made;
  }
  triplet_release(context, classes.keys);
  return made ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

void triplet_sampler_destroy(triplet_sampler *sampler) {
  if (!sampler)
    return;
  triplet_context owner = sampler->owner;
  triplet_release(&owner, sampler);
}

size_t triplet_sampler_batch_rows(const triplet_sampler *sampler) {
  return sampler->classes_per_batch * sampler->rows_per_class;
}

static void swap(int32_t *a, int32_t *b) {
  const int32_t kept = *a;
  *a = *b;
  *b = kept;
}

/* drawn: `wanted` of the items without replacement, by a partial Fisher-Yates shuffle that is then taken back. */
static void draw(triplet_random *random, int32_t *items, size_t count, size_t wanted, int32_t *drawn) {
  for (size_t i = 0; i < wanted; i++) {
    const size_t at = i + triplet_random_below(random, count - i);
    drawn[i] = (int32_t)at;
    swap(&items[i], &items[at]);
  }
  for (size_t i = wanted; i-- > 0;) {
    const int32_t item = items[i];
    swap(&items[i], &items[drawn[i]]);
    drawn[i] = item;
  }
}

void triplet_sampler_next(triplet_sampler *sampler, triplet_random *random, int32_t *rows) {
  const size_t wanted = sampler->rows_per_class;
  draw(random, sampler->order, sampler->classes, sampler->classes_per_batch, sampler->chosen);
  for (size_t c = 0; c < sampler->classes_per_batch; c++, rows += wanted) {
    const int32_t *start = sampler->starts + sampler->chosen[c];
    int32_t *members = sampler->rows + start[0];
    const size_t count = (size_t)(start[1] - start[0]);
    const size_t distinct = count < wanted ? count : wanted;
    draw(random, members, count, distinct, rows);
    for (size_t i = distinct; i < wanted; i++)
      rows[i] = members[triplet_random_below(random, count)];
  }
}
