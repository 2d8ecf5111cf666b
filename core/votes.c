/* votes.c - the class that the nearest rows elect. */
#include "votes.h"

triplet_status triplet_electorate_create(triplet_context *context, triplet_labels labels, size_t most,
                                         triplet_electorate *electorate) {
  const size_t rows = triplet_labelled_rows(labels), voters = most < rows ? most : rows;
  size_t widest = 0;
  for (size_t i = 0; i < rows; i++) {
    const size_t count = triplet_labels_at(labels, i).count;
    widest = count > widest ? count : widest;
  }
  const bool all = widest && voters > labels.integers.count / widest; /* more than there are cannot be asked */
  *electorate = (triplet_electorate){.labels = labels, .room = all ? labels.integers.count : voters * widest};
  electorate->memory =
      triplet_allocate(context, electorate->room, 2 * triplet_workers(context) * sizeof *electorate->memory);
  return electorate->memory ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

void triplet_electorate_release(triplet_context *context, triplet_electorate *electorate) {
  triplet_release(context, electorate->memory);
  *electorate = (triplet_electorate){0};
}

/* The votes are sorted by label, then by voter, so that the first of each label is the nearest row's. */
triplet_election triplet_elect(const triplet_electorate *electorate, size_t worker, const uint64_t *rows,
                               size_t count) {
  uint64_t *const keys = electorate->memory + worker * 2 * electorate->room;
  triplet_election election = {0};
  size_t cast = 0, nearest = 0;
  for (size_t i = 0; i < count; i++) {
    const triplet_ints labels = triplet_labels_at(electorate->labels, triplet_key_row(rows[i]));
    for (size_t k = 0; k < labels.count; k++)
      keys[cast++] = triplet_label_key(labels.data[k]) | i;
    election.voters += labels.count > 0;
  }
  triplet_sort_keys(keys, keys + electorate->room, cast);

  for (size_t i = 0, end; i < cast; i = end) {
    const int32_t label = triplet_key_label(keys[i]);
    size_t votes = 0;
    for (end = i; end < cast && triplet_key_label(keys[end]) == label; end++)
      votes += end == i || keys[end] != keys[end - 1]; /* a label that a row has twice is one vote */
    if (votes > election.votes || (votes == election.votes && triplet_key_row(keys[i]) < nearest)) {
      nearest = triplet_key_row(keys[i]);
      election.votes = votes;
      election.label = label;
    }
  }
  return election;
}
