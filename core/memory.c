/* memory.c - cross-batch memory (Wang et al. 2020): a ring of past embeddings and their labels. */
#include "internal.h"

struct triplet_memory {
  triplet_context owner; /* to be released by */
  size_t capacity, dim;
  size_t count, next; /* rows held; where the next one goes */
  float *rows;        /* (capacity, dim) */
  int32_t *labels;
};

triplet_status triplet_memory_create(triplet_context *context, size_t capacity, size_t dim, triplet_memory **memory) {
  if (capacity < 1 || capacity > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "capacity", "expected 1 .. %z, got %z", (size_t)INT32_MAX,
                        capacity);
  if (dim < 1 || dim > SIZE_MAX / sizeof(float))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "dim", "expected 1 .. %z, got %z", SIZE_MAX / sizeof(float),
                        dim);
  triplet_memory *created = triplet_allocate(context, 1, sizeof *created);
  if (!created)
    return TRIPLET_OUT_OF_MEMORY;
  *created = (triplet_memory){.owner = triplet_owner_of(context), .capacity = capacity, .dim = dim};
  created->rows = triplet_allocate(context, capacity, dim * sizeof *created->rows);
  created->labels = created->rows ? triplet_allocate(context, capacity, sizeof *created->labels) : NULL;
  if (!created->labels) {
    triplet_memory_destroy(created);
    return TRIPLET_OUT_OF_MEMORY;
  }
  *memory = created;
  return TRIPLET_OK;
}

void triplet_memory_destroy(triplet_memory *memory) {
  if (!memory)
    return;
  triplet_context owner = memory->owner;
  triplet_release(&owner, memory->labels);
  triplet_release(&owner, memory->rows);
  triplet_release(&owner, memory);
}

triplet_status triplet_memory_push(triplet_context *context, triplet_memory *memory, triplet_matrix embeddings,
                                   triplet_labels labels) {
  TRIPLET_TRY(triplet_check_matrix(context, "embeddings", &embeddings));
  if (embeddings.cols != memory->dim)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "embeddings", "expected %z columns, got %z", memory->dim,
                        embeddings.cols);
  TRIPLET_TRY(triplet_check_labels(context, "labels", labels, embeddings.rows));
  const size_t first = embeddings.rows > memory->capacity ? embeddings.rows - memory->capacity : 0;
  for (size_t i = first; i < embeddings.rows; i++) {
    memcpy(memory->rows + memory->next * memory->dim, embeddings.data + i * memory->dim,
           memory->dim * sizeof *memory->rows);
    memory->labels[memory->next] = labels.integers.data[i];
    memory->next = (memory->next + 1) % memory->capacity;
    memory->count += memory->count < memory->capacity;
  }
  return TRIPLET_OK;
}

triplet_references triplet_memory_references(const triplet_memory *memory) {
  return (triplet_references){.rows = {memory->rows, memory->count, memory->dim},
                              .labels = triplet_labels_of(memory->labels, memory->count)};
}

void triplet_memory_clear(triplet_memory *memory) {
  memory->count = memory->next = 0;
}
