/* index.c - references that are made ready once, for many searches. */
#include "index.h"

#include "collective.h"
#include "search.h"

triplet_status triplet_index_read(triplet_context *context, const triplet_options *options, triplet_matrix references,
                                  triplet_index *index) {
  const triplet_measure measure = triplet_measure_of(context, options);
  triplet_rows same = {0};
  *index = (triplet_index){.owner = triplet_owner_of(context), .options = *options};
  return triplet_rows_create(context, &measure, references, references, &same, &index->rows);
}

void triplet_index_release(triplet_context *context, triplet_index *index) {
  triplet_rows none = {0};
  for (size_t i = 0; TRIPLET_HAS_FILTER && i < index->block_count; i++)
    triplet_filter_block_release(context, &index->blocks[i]);
  triplet_release(context, index->blocks);
  triplet_release(context, index->copy);
  triplet_rows_release(context, &none, &index->rows);
}

/* Rows that the distance made of the caller's are the index's own already. */
static triplet_status copy_rows(triplet_context *context, triplet_index *index) {
  const triplet_rows *rows = &index->rows;
  if (rows->lengths)
    return TRIPLET_OK;
  index->copy = triplet_allocate(context, rows->rows, rows->cols * sizeof *index->copy);
  if (!index->copy)
    return TRIPLET_OUT_OF_MEMORY;
  memcpy(index->copy, rows->data, rows->rows * rows->cols * sizeof *index->copy);
  index->rows.data = index->copy;
  return TRIPLET_OK;
}

static uint64_t hash_of(const triplet_rows *rows) {
  return triplet_ranks_hash(rows->rows, rows->data, rows->rows * rows->stride * sizeof *rows->data);
}

/* One that was made where there were no other ranks has its rows read at each search. */
void triplet_compare_index(triplet_context *context, const triplet_index *index) {
  if (!triplet_is_shared(context))
    return;
  triplet_compare_options(context, TRIPLET_SCHEMA_INDEX, &index->options);
  triplet_compare_number(context, index->hash ? index->hash : hash_of(&index->rows));
}

/* The queries, which nobody knows yet, are taken to be like the references. */
static triplet_status set_blocks(triplet_context *context, triplet_index *index) {
  const triplet_measure measure = triplet_measure_of(context, &index->options);
  const size_t all = index->rows.rows, most = triplet_filter_block_rows(&measure, index->rows.cols);
  if (!most || !all)
    return TRIPLET_OK;
  const size_t count = triplet_chunks(all, most);
  index->blocks = triplet_allocate(context, count, sizeof *index->blocks);
  if (!index->blocks)
    return TRIPLET_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++) {
    const size_t left = all - i * most;
    const triplet_rows part = triplet_rows_part(&index->rows, i * most, left < most ? left : most);
    TRIPLET_TRY(triplet_filter_block_create(context, part.rows, part.cols, &index->blocks[i]));
    index->block_count++;
    TRIPLET_TRY(triplet_filter_block_set(context, &measure, &part, &part, &index->blocks[i]));
  }
  return TRIPLET_OK;
}

TRIPLET_INLINE triplet_status create(triplet_context *context, const triplet_options *options,
                                     triplet_matrix *references, triplet_index **index) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_INDEX, options));
  TRIPLET_TRY(triplet_check_references(context, references));
  triplet_compare_matrix(context, *references);
  triplet_index *const created = *index = triplet_allocate(context, 1, sizeof *created);
  if (!created)
    return TRIPLET_OUT_OF_MEMORY;
  TRIPLET_TRY(triplet_index_read(context, options, *references, created));
  TRIPLET_TRY(copy_rows(context, created));
  if (triplet_is_shared(context))
    created->hash = hash_of(&created->rows);
  return TRIPLET_HAS_FILTER ? set_blocks(context, created) : TRIPLET_OK;
}

triplet_status triplet_index_create(triplet_context *context, const triplet_options *options, triplet_matrix references,
                                    triplet_index **index) {
  triplet_index *created = NULL;
  const triplet_status status = TRIPLET_TOGETHER(context, create(context, options, &references, &created));
  if (status == TRIPLET_OK)
    *index = created;
  else
    triplet_index_destroy(created);
  return status;
}

void triplet_index_destroy(triplet_index *index) {
  if (!index)
    return;
  triplet_context owner = index->owner;
  triplet_index_release(&owner, index);
  triplet_release(&owner, index);
}

size_t triplet_index_rows(const triplet_index *index) {
  return index->rows.rows;
}

size_t triplet_index_cols(const triplet_index *index) {
  return index->rows.cols;
}
