/* full_sort.h - nearest rows by sorting all of them: an oracle for searches. It starts from the library's own
 * distances, so that every place and every bit must be met. */
#ifndef FULL_SORT_H
#define FULL_SORT_H

#include "support.h"

typedef struct search_problem {
  triplet_options options;
  triplet_neighbor_search search;
} search_problem;

/* data: a search_problem. Distances that are not finite rank last, or the search is refused, as its options say. */
void assert_full_sort(triplet_context *context, void *data);

/* For each query none, some of them twice, more than a short sort takes, or every reference. The caller frees both
 * lists. */
triplet_lists random_lists(seeded *from, size_t queries, size_t references);

#endif
