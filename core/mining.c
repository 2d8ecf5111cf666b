/* mining.c - the selection of a batch as index triplets. */
#include "selection.h"

triplet_status triplet_mine_capacity(triplet_context *context, const triplet_options *options, triplet_ints labels,
                                     const triplet_references *references, size_t *capacity) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_MINE, options));
  TRIPLET_TRY(triplet_check_ints(context, "labels", labels, labels.count));
  const triplet_ints reference_labels = references ? references->labels : labels;
  const bool has_self = !references || references->self.data;
  if (references) {
    TRIPLET_TRY(triplet_check_ints(context, "reference_labels", reference_labels, reference_labels.count));
    TRIPLET_TRY(triplet_check_self(context, references->self, labels.count, reference_labels.count));
  }
  triplet_classes classes;
  TRIPLET_TRY(triplet_classes_create(context, reference_labels, options->ignore_label, NULL, &classes));
  double total = 0; /* exact: beyond 2^53 triplets no memory reaches */
  for (size_t i = 0; i < labels.count; i++) {
    if (labels.data[i] == options->ignore_label)
      continue;
    const size_t own = triplet_class_of(&classes, labels.data[i]).count;
    const bool self = has_self && (!references || references->self.data[i] >= 0);
    total += triplet_most_triplets(options->mining, own - (own && self), classes.count - own);
  }
  triplet_release(context, classes.keys);
  if (total > (double)(SIZE_MAX / 4) || total > 0x1p53)
    return triplet_fail(context, TRIPLET_OUT_OF_MEMORY, "labels", "%g triplets are more than memory can hold", total);
  *capacity = (size_t)total;
  return TRIPLET_OK;
}

typedef struct triplet_columns {
  int32_t *anchors, *positives, *negatives;
} triplet_columns;

static void write_picks(const triplet_pick_list *list, size_t queries, triplet_columns out) {
  size_t at = 0;
  for (size_t i = 0; i < queries; i++)
    for (size_t k = 0; k < list->counts[i]; k++, at++) {
      const triplet_pick pick = list->picks[list->first[i] + k];
      out.anchors[at] = (int32_t)i;
      out.positives[at] = pick.positive;
      out.negatives[at] = pick.negative;
    }
}

static void write_all(const triplet_selection *selection, const triplet_desk *desk, triplet_columns out) {
  size_t at = 0;
  for (size_t i = 0; i < selection->queries.rows; i++) {
    if (!selection->usable[i])
      continue;
    const triplet_anchor anchor = triplet_anchor_at(selection, i, desk);
    for (size_t k = 0; k < anchor.positive_count; k++)
      for (size_t j = 0; j < selection->references.rows; j++)
        if (anchor.negatives[j] <= FLT_MAX) {
          out.anchors[at] = (int32_t)i;
          out.positives[at] = anchor.positives[k];
          out.negatives[at] = (int32_t)j;
          at++;
        }
  }
}

static triplet_status mine(triplet_context *context, const triplet_selection *selection, size_t capacity,
                           triplet_columns out, size_t *count, triplet_stats *stats) {
  const bool all = selection->options->mining == TRIPLET_MINING_ALL;
  const size_t references = selection->references.rows;
  triplet_pick_list list = {NULL, NULL, NULL};
  triplet_stats found;
  void *desks = triplet_desks_allocate(context, references, 1);
  triplet_status status = desks ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
  if (status == TRIPLET_OK && !all)
    status = triplet_pick_list_create(context, selection, &list);
  if (status == TRIPLET_OK)
    status = triplet_survey(context, selection, all ? NULL : &list, &found);
  if (status == TRIPLET_OK && found.triplets > capacity)
    status = triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "capacity", "expected room for %z triplets, got %z",
                          (size_t)found.triplets, capacity);
  if (status == TRIPLET_OK) {
    const triplet_desk desk = triplet_desk_at(desks, references, 0);
    if (all)
      write_all(selection, &desk, out);
    else
      write_picks(&list, selection->queries.rows, out);
    *count = (size_t)found.triplets;
    if (stats)
      *stats = found;
  }
  triplet_pick_list_release(context, &list);
  triplet_release(context, desks);
  return status;
}

triplet_status triplet_mine(triplet_context *context, const triplet_options *options, triplet_matrix embeddings,
                            triplet_ints labels, const triplet_references *references, size_t capacity,
                            int32_t *anchors, int32_t *positives, int32_t *negatives, size_t *count,
                            triplet_stats *stats) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_MINE, options));
  TRIPLET_TRY(triplet_check_optional_floats(context, "margins", options->margins, embeddings.rows));
  /* Weights, swap and soft margin are the loss's business. */
  triplet_options selecting = *options;
  selecting.weights = (triplet_floats){NULL, 0};
  selecting.swap = selecting.soft_margin = false;
  triplet_selection selection;
  TRIPLET_TRY(triplet_selection_check(context, &selecting, embeddings, labels, references, &selection));
  TRIPLET_TRY(triplet_selection_create(context, &selection));
  const triplet_columns out = {anchors, positives, negatives};
  const triplet_status status = mine(context, &selection, capacity, out, count, stats);
  triplet_selection_release(context, &selection);
  return status;
}
