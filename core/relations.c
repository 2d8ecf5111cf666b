/* relations.c - who is a positive and who a negative of whom. */
#include "relations.h"

#include "collective.h"

/* ---- the two sets of a batch ------------------------------------------------------------------------------------- */

static triplet_status check_row_count(triplet_context *context, const char *argument, size_t rows) {
  if (rows > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected at most %z rows, got %z",
                        (size_t)INT32_MAX, rows);
  return TRIPLET_OK;
}

static triplet_status check_relations(triplet_context *context, triplet_sets *sets) {
  triplet_matrix *relations = &sets->labels.relations;
  const size_t rows = sets->queries.rows, cols = sets->references.rows;
  if (sets->labels.integers.count || sets->labels.ends.count)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "labels", "expected labels or relations, got both");
  TRIPLET_TRY(triplet_check_shape(context, "labels.relations", relations, rows, cols, "queries x references"));
  for (size_t i = 0; i < rows * cols; i++) {
    const float value = relations->data[i];
    if (value != 1 && value != 0 && value != -1)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "labels.relations",
                          "expected 1, -1 or 0, got %g at row %i, column %i", (double)value, i / cols, i % cols);
  }
  return TRIPLET_OK;
}

triplet_status triplet_sets_check_labels(triplet_context *context, triplet_sets *sets) {
  if (!triplet_has_relations(sets->labels)) {
    TRIPLET_TRY(triplet_check_labels(context, "labels", sets->labels, sets->queries.rows));
    if (sets->separate)
      TRIPLET_TRY(triplet_check_labels(context, "reference_labels", sets->reference_labels, sets->references.rows));
    return TRIPLET_OK;
  }
  TRIPLET_TRY(check_relations(context, sets));
  const triplet_labels *others = &sets->reference_labels;
  if (sets->separate && (others->integers.count || others->ends.count || triplet_has_relations(*others)))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "reference_labels",
                        "expected none beside relations, which say all, got some");
  return TRIPLET_OK;
}

triplet_status triplet_sets_check(triplet_context *context, const triplet_batch *batch, triplet_sets *sets) {
  const triplet_references *references = batch->references;
  *sets = (triplet_sets){
      .queries = batch->embeddings,
      .labels = batch->labels,
      .references = references ? references->rows : batch->embeddings,
      .reference_labels = references ? references->labels : batch->labels,
      .separate = references != NULL,
  };
  TRIPLET_TRY(triplet_check_matrix(context, "embeddings", &sets->queries));
  TRIPLET_TRY(check_row_count(context, "embeddings", sets->queries.rows));
  if (!references)
    sets->references = sets->queries;
  TRIPLET_TRY(triplet_check_matrix(context, "references", &sets->references));
  if (sets->references.cols != sets->queries.cols)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references", "expected %z columns like embeddings, got %z",
                        sets->queries.cols, sets->references.cols);
  TRIPLET_TRY(check_row_count(context, "references", sets->references.rows));
  TRIPLET_TRY(triplet_sets_check_labels(context, sets));
  triplet_compare_matrix(context, sets->queries);
  triplet_compare_labels(context, sets->labels);
  if (!references)
    return TRIPLET_OK;
  sets->self = references->self;
  TRIPLET_TRY(triplet_check_self(context, sets->self, sets->queries.rows, sets->references.rows));
  triplet_compare_matrix(context, sets->references);
  triplet_compare_labels(context, sets->reference_labels);
  triplet_compare_ints(context, sets->self);
  return TRIPLET_OK;
}

int64_t triplet_self_of(const triplet_sets *sets, size_t query) {
  if (!sets->separate)
    return (int64_t)query;
  return sets->self.data ? sets->self.data[query] : -1;
}

bool triplet_query_takes_part(const triplet_relations *relations, size_t query) {
  const triplet_labels labels = relations->sets->labels;
  return triplet_has_relations(labels) || triplet_is_labelled(labels, query, relations->ignore_label);
}

/* ---- relations --------------------------------------------------------------------------------------------------- */

triplet_status triplet_relations_create(triplet_context *context, const triplet_sets *sets, int64_t ignore_label,
                                        const uint8_t *usable, triplet_relations *relations) {
  const size_t references = sets->references.rows;
  const bool given = triplet_has_relations(sets->labels);
  *relations = (triplet_relations){
      .sets = sets, .ignore_label = ignore_label, .takes_part = triplet_allocate(context, references, 1)};
  if (!relations->takes_part)
    return TRIPLET_OUT_OF_MEMORY;
  for (size_t j = 0; j < references; j++) {
    relations->takes_part[j] =
        (!usable || usable[j]) && (given || triplet_is_labelled(sets->reference_labels, j, ignore_label));
    relations->count += relations->takes_part[j];
  }
  if (given)
    return TRIPLET_OK;
  const triplet_status status =
      triplet_classes_create(context, sets->reference_labels, ignore_label, relations->takes_part, &relations->classes);
  if (status != TRIPLET_OK)
    triplet_relations_release(context, relations);
  return status;
}

void triplet_relations_release(triplet_context *context, triplet_relations *relations) {
  triplet_release(context, relations->classes.keys);
  triplet_release(context, relations->takes_part);
  *relations = (triplet_relations){0};
}

int triplet_relation_of(const triplet_relations *relations, size_t query, size_t reference) {
  const triplet_sets *sets = relations->sets;
  if (!relations->takes_part[reference] || triplet_self_of(sets, query) == (int64_t)reference)
    return 0;
  if (triplet_has_relations(sets->labels))
    return (int)sets->labels.relations.data[query * sets->references.rows + reference];
  return triplet_labels_meet(triplet_labels_at(sets->labels, query),
                             triplet_labels_at(sets->reference_labels, reference))
             ? 1
             : -1;
}

/* Of the rows of a label those of a span. */
static triplet_class class_in(const triplet_relations *relations, int32_t label, triplet_span span) {
  const triplet_class all = triplet_class_of(&relations->classes, label);
  if (span.count == relations->sets->references.rows)
    return all;
  const size_t first = triplet_class_rows_below(all, span.first);
  return (triplet_class){all.keys + first, triplet_class_rows_below(all, span.first + span.count) - first};
}

static triplet_related relate_by_matrix(const triplet_relations *relations, size_t query, triplet_span span,
                                        int32_t *positives, float *negatives) {
  const float *row = relations->sets->labels.relations.data + query * relations->sets->references.rows + span.first;
  const int64_t self = triplet_self_of(relations->sets, query);
  triplet_related found = {0, 0};
  for (size_t j = 0; j < span.count; j++) {
    const size_t reference = span.first + j;
    const float relation = relations->takes_part[reference] && self != (int64_t)reference ? row[j] : 0;
    positives[found.positives] = (int32_t)reference;
    found.positives += relation == 1;
    found.negatives += relation == -1;
    if (relation != -1)
      negatives[j] = INFINITY;
  }
  return found;
}

/* Rows of a class come in order; those of several are marked, and found in order. */
static triplet_related relate_by_labels(const triplet_relations *relations, size_t query, triplet_span span,
                                        int32_t *positives, float *negatives) {
  const triplet_ints labels = triplet_labels_at(relations->sets->labels, query);
  const int64_t self = triplet_self_of(relations->sets, query);
  size_t others = span.count, found = 0;
  for (size_t j = 0; relations->count < relations->sets->references.rows && j < span.count; j++)
    if (!relations->takes_part[span.first + j]) {
      negatives[j] = INFINITY;
      others--;
    }
  const uint64_t place = (uint64_t)self - span.first;
  const bool itself = place < span.count && relations->takes_part[self];

  if (labels.count == 1) {
    const triplet_class own = class_in(relations, labels.data[0], span);
    for (size_t i = 0; i < own.count; i++) {
      const size_t row = triplet_key_row(own.keys[i]);
      positives[found] = (int32_t)row;
      found += (int64_t)row != self;
      negatives[row - span.first] = INFINITY;
    }
  } else {
    for (size_t k = 0; k < labels.count; k++) {
      const triplet_class own = class_in(relations, labels.data[k], span);
      for (size_t i = 0; i < own.count; i++)
        negatives[triplet_key_row(own.keys[i]) - span.first] = triplet_canonical_nan();
    }
    for (size_t j = 0; j < span.count; j++)
      if (negatives[j] != negatives[j]) {
        positives[found] = (int32_t)(span.first + j);
        found += (int64_t)(span.first + j) != self;
        negatives[j] = INFINITY;
      }
  }

  if (itself)
    negatives[place] = INFINITY;
  return (triplet_related){found, others - itself - found};
}

triplet_related triplet_relate(const triplet_relations *relations, size_t query, triplet_span span,
                               const float *distances, int32_t *positives, float *negatives) {
  if (negatives != distances)
    memcpy(negatives, distances, span.count * sizeof *distances);
  return triplet_has_relations(relations->sets->labels)
             ? relate_by_matrix(relations, query, span, positives, negatives)
             : relate_by_labels(relations, query, span, positives, negatives);
}

static triplet_related count_by_matrix(const triplet_relations *relations, size_t query) {
  triplet_related found = {0, 0};
  for (size_t j = 0; j < relations->sets->references.rows; j++) {
    const int relation = triplet_relation_of(relations, query, j);
    found.positives += relation == 1;
    found.negatives += relation == -1;
  }
  return found;
}

static triplet_related count_by_labels(const triplet_relations *relations, size_t query) {
  const triplet_sets *sets = relations->sets;
  const triplet_ints labels = triplet_labels_at(sets->labels, query);
  size_t positives = 0;
  for (size_t k = 0; k < labels.count; k++) {
    const triplet_class own = triplet_class_of(&relations->classes, labels.data[k]);
    positives += k ? 0 : own.count;
    for (size_t i = 0; k && i < own.count; i++) /* those that no label before has counted */
      positives += !triplet_labels_meet((triplet_ints){labels.data, k},
                                        triplet_labels_at(sets->reference_labels, triplet_key_row(own.keys[i])));
  }

  const int64_t self = triplet_self_of(sets, query);
  const bool itself = self >= 0 && relations->takes_part[self];
  positives -= itself && triplet_labels_meet(labels, triplet_labels_at(sets->reference_labels, (size_t)self));
  return (triplet_related){positives, relations->count - itself - positives};
}

triplet_related triplet_count_related(const triplet_relations *relations, size_t query) {
  if (!triplet_query_takes_part(relations, query))
    return (triplet_related){0, 0};
  return triplet_has_relations(relations->sets->labels) ? count_by_matrix(relations, query)
                                                        : count_by_labels(relations, query);
}
