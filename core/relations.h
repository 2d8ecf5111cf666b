/* relations.h - who is a positive and who a negative of whom: by a label each, by sets of labels, or by a matrix. What
 * relations.c gives to selections and to evaluation; nothing else asks which of the three it is. */
#ifndef TRIPLET_RELATIONS_H
#define TRIPLET_RELATIONS_H

#include "keys.h"

#pragma GCC visibility push(hidden)

/* ---- the two sets of a batch ------------------------------------------------------------------------------------- */

/* B queries and the R references they are compared with; the same rows unless separate. With relations neither has
 * labels. */
typedef struct triplet_sets {
  triplet_matrix queries, references; /* (B, D), (R, D) */
  triplet_labels labels, reference_labels;
  triplet_ints self; /* B, or not given */
  bool separate;
} triplet_sets;

/* Shapes, labels and references fit. */
triplet_status triplet_sets_check(triplet_context *context, const triplet_batch *batch, triplet_sets *sets);
/* The same of sets that have no rows yet: the queries' labels or relations, and, unless NULL, the references' own. */
triplet_status triplet_sets_check_labels(triplet_context *context, triplet_sets *sets);
/* The reference that is this query itself, or -1. */
int64_t triplet_self_of(const triplet_sets *sets, size_t query);

/* ---- relations --------------------------------------------------------------------------------------------------- */

typedef struct triplet_relations {
  const triplet_sets *sets;
  int64_t ignore_label;
  uint8_t *takes_part;     /* R: usable references that have a label, and not ignore_label */
  size_t count;            /* of these */
  triplet_classes classes; /* the rows of each label, of those that take part */
} triplet_relations;

/* usable: R, or NULL: all are. sets live as long. On failure nothing is kept. */
triplet_status triplet_relations_create(triplet_context *context, const triplet_sets *sets, int64_t ignore_label,
                                        const uint8_t *usable, triplet_relations *relations);
void triplet_relations_release(triplet_context *context, triplet_relations *relations);

/* Whether a query can have positives and negatives: it has a label, and not ignore_label. */
bool triplet_query_takes_part(const triplet_relations *relations, size_t query);
/* 1: the reference is a positive of the query, which takes part; -1: a negative; 0: neither. */
int triplet_relation_of(const triplet_relations *relations, size_t query, size_t reference);

/* How many of them are what to a query. */
typedef struct triplet_related {
  size_t positives, negatives;
} triplet_related;

/* Of a query that takes part and the references of a span, which lie at these distances: the positives, ascending, into
 * positives, which has room for one more than the span; and into negatives the distances, infinite for those that are
 * no negatives; these may be the distances. No distance of a reference that takes part is NaN. */
triplet_related triplet_relate(const triplet_relations *relations, size_t query, triplet_span span,
                               const float *distances, int32_t *positives, float *negatives);

/* The same numbers of any query and all references, without their distances. */
triplet_related triplet_count_related(const triplet_relations *relations, size_t query);

#pragma GCC visibility pop

#endif
