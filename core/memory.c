/* memory.c - cross-batch memory (Wang et al. 2020): a ring of past embeddings and their labels. */
#include "collective.h"
#include "label_list.h"

struct triplet_memory {
  triplet_context owner; /* to be released by */
  size_t capacity, dim;
  size_t next;               /* where the next row goes */
  float *rows;               /* (capacity, dim) */
  triplet_label_list labels; /* of the rows held, in their order */
  triplet_label_list spare;  /* where those of the next push are put together */
};

TRIPLET_INLINE triplet_status create(triplet_context *context, size_t capacity, size_t dim, triplet_memory **memory) {
  if (capacity < 1 || capacity > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "capacity", "expected 1 .. %z, got %z", (size_t)INT32_MAX,
                        capacity);
  if (dim < 1 || dim > SIZE_MAX / sizeof(float))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "dim", "expected 1 .. %z, got %z", SIZE_MAX / sizeof(float),
                        dim);
  triplet_memory *const created = *memory = triplet_allocate(context, 1, sizeof *created);
  if (!created)
    return TRIPLET_OUT_OF_MEMORY;
  *created = (triplet_memory){.owner = triplet_owner_of(context), .capacity = capacity, .dim = dim};
  created->rows = triplet_allocate(context, capacity, dim * sizeof *created->rows);
  if (!created->rows || !triplet_label_list_create(context, true, capacity, capacity, &created->labels) ||
      !triplet_label_list_create(context, true, capacity, capacity, &created->spare))
    return TRIPLET_OUT_OF_MEMORY;
  triplet_compare_number(context, capacity);
  triplet_compare_number(context, dim);
  return TRIPLET_OK;
}

triplet_status triplet_memory_create(triplet_context *context, size_t capacity, size_t dim, triplet_memory **memory) {
  triplet_memory *created = NULL;
  const triplet_status status = TRIPLET_TOGETHER(context, create(context, capacity, dim, &created));
  if (status == TRIPLET_OK)
    *memory = created;
  else
    triplet_memory_destroy(created);
  return status;
}

void triplet_memory_destroy(triplet_memory *memory) {
  if (!memory)
    return;
  triplet_context owner = memory->owner;
  triplet_label_list_release(&owner, &memory->spare);
  triplet_label_list_release(&owner, &memory->labels);
  triplet_release(&owner, memory->rows);
  triplet_release(&owner, memory);
}

/* Rows that are pushed: all that are left of labels from `first` on. */
typedef struct pushed_rows {
  triplet_labels labels;
  size_t first, count;
} pushed_rows;

/* The labels that a place of the ring has after a push: those of a row of the caller's or of its own. */
static triplet_labels labels_after(const triplet_memory *memory, const pushed_rows *pushed, size_t place, size_t *row) {
  const size_t next = memory->next, at = place < next ? place + (memory->capacity - next) : place - next;
  *row = at < pushed->count ? pushed->first + at : place;
  return at < pushed->count ? pushed->labels : triplet_label_list_view(&memory->labels);
}

static triplet_status make_room(triplet_context *context, triplet_memory *memory, size_t integers) {
  if (integers > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "labels", "expected at most %z of all rows held, got %z",
                        (size_t)INT32_MAX, integers);
  if (integers <= memory->spare.room)
    return TRIPLET_OK;
  triplet_label_list larger;
  if (!triplet_label_list_create(&memory->owner, true, memory->capacity, integers, &larger)) {
    if (context)
      context->error = memory->owner.error;
    return TRIPLET_OUT_OF_MEMORY;
  }
  triplet_label_list_release(&memory->owner, &memory->spare);
  memory->spare = larger;
  return TRIPLET_OK;
}

/* Sets differ in size, so those of the rows that stay move, too. */
static triplet_status push_labels(triplet_context *context, triplet_memory *memory, const pushed_rows *pushed) {
  const size_t all = memory->labels.rows + pushed->count, rows = all < memory->capacity ? all : memory->capacity;
  size_t integers = 0, row;
  for (size_t place = 0; place < rows; place++) {
    const triplet_labels from = labels_after(memory, pushed, place, &row);
    integers += triplet_labels_at(from, row).count;
  }
  TRIPLET_TRY(triplet_agree(context, make_room(context, memory, integers)));

  triplet_label_list joined = memory->spare;
  joined.rows = 0;
  for (size_t place = 0; place < rows; place++) {
    const triplet_labels from = labels_after(memory, pushed, place, &row);
    triplet_label_list_add(&joined, from, row);
  }
  memory->spare = memory->labels;
  memory->labels = joined;
  return TRIPLET_OK;
}

static triplet_status push(triplet_context *context, triplet_memory *memory, triplet_matrix *embeddings,
                           const triplet_labels *labels) {
  TRIPLET_TRY(triplet_check_matrix(context, "embeddings", embeddings));
  if (embeddings->cols != memory->dim)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "embeddings", "expected %z columns, got %z", memory->dim,
                        embeddings->cols);
  TRIPLET_TRY(triplet_check_labels(context, "labels", *labels, embeddings->rows));
  triplet_compare_matrix(context, *embeddings);
  triplet_compare_labels(context, *labels);
  const size_t first = embeddings->rows > memory->capacity ? embeddings->rows - memory->capacity : 0;
  TRIPLET_TRY(push_labels(context, memory, &(pushed_rows){*labels, first, embeddings->rows - first}));
  for (size_t i = first; i < embeddings->rows; i++) {
    memcpy(memory->rows + memory->next * memory->dim, embeddings->data + i * memory->dim,
           memory->dim * sizeof *memory->rows);
    memory->next = (memory->next + 1) % memory->capacity;
  }
  return TRIPLET_OK;
}

triplet_status triplet_memory_push(triplet_context *context, triplet_memory *memory, triplet_matrix embeddings,
                                   triplet_labels labels) {
  return TRIPLET_TOGETHER(context, push(context, memory, &embeddings, &labels));
}

triplet_references triplet_memory_references(const triplet_memory *memory) {
  return (triplet_references){.rows = {memory->rows, memory->labels.rows, memory->dim},
                              .labels = triplet_label_list_view(&memory->labels)};
}

void triplet_memory_clear(triplet_memory *memory) {
  memory->labels.rows = memory->next = 0;
}
