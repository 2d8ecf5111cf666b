/* A fuzz target: the bytes choose a batch, its loss, options, rows, labels, sets or relations, references and weights,
 * and what the library says of it - loss, losses, gradients, counts, picks, slopes - is what brute force says, in
 * double. */
#include <math.h>
#include <string.h>

#include "brute_pairs.h"
#include "fuzz.h"
#include "internal.h"

enum { MOST_ROWS = 12 };

/* Rows that are not finite are counted, or refused: then nothing else is to be seen. */
static bool is_refused(triplet_context *with, const brute_batch *batch, batch_output *out, uint64_t nonfinite) {
  const triplet_status status = batch_output_run(with, batch, out);
  const bool refused = batch->options.nonfinite == TRIPLET_NONFINITE_ERROR && nonfinite;
  assert_int_equal(status, refused ? TRIPLET_NOT_FINITE : TRIPLET_OK);
  return refused;
}

static void check_picks(triplet_context *with, const brute_batch *batch, const brute_triplet *triplets, size_t count) {
  mined out = mined_of(with, batch);
  assert_int_equal(out.triplets.count, count);
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(out.triplets.anchors[i], triplets[i].anchor);
    assert_int_equal(out.triplets.positives[i], triplets[i].positive);
    assert_int_equal(out.triplets.negatives[i], triplets[i].negative);
  }
  free(out.triplets.anchors);
}

/* Its negatives may be drawn, too. */
static void choose_draws(seeded *from, triplet_options *options) {
  const size_t kind = seeded_below(from, 8);
  if (kind > 1)
    return;
  options->mining = TRIPLET_MINING_ALL;
  options->positives = (triplet_positives)seeded_below(from, TRIPLET_POSITIVES_EASY + 1);
  options->negatives = kind ? TRIPLET_NEGATIVES_RANDOM : TRIPLET_NEGATIVES_DISTANCE_WEIGHTED;
  options->seed = (int64_t)seeded_below(from, 256);
}

/* Those that violate the margin, of some kind. */
static void check_violating(triplet_context *with, const brute_batch *batch, seeded *from) {
  brute_batch violating = *batch;
  triplet_options *options = &violating.options;
  options->mining = TRIPLET_MINING_ALL;
  options->positives = TRIPLET_POSITIVES_OF_MINING;
  options->negatives = TRIPLET_NEGATIVES_OF_MINING;
  options->swap = options->soft_margin = false;
  options->violating = (triplet_violating)(1 + seeded_below(from, TRIPLET_VIOLATING_EASY));
  brute_triplet *triplets;
  const size_t count = brute_violating(&violating, &triplets);
  check_picks(with, &violating, triplets, count);
  free(triplets);
}

/* Seed after seed each of few negatives is drawn, sooner or later. */
static void check_draws(triplet_context *with, const brute_batch *batch) {
  enum { SEEDS = 100, FEW = 4 };
  brute_batch all = *batch, one = *batch;
  all.options.negatives = TRIPLET_NEGATIVES_ALL;
  brute_triplet *triplets;
  const size_t count = brute_select(&all, &triplets);
  size_t negatives = 0, drawn = 0;
  while (negatives < count && triplets[negatives].anchor == triplets->anchor &&
         triplets[negatives].positive == triplets->positive)
    negatives++;
  bool seen[FEW] = {false};
  for (int64_t seed = 0; seed < SEEDS && negatives > 0 && negatives <= FEW; seed++) {
    one.options.seed = seed;
    mined out = mined_of(with, &one);
    for (size_t i = 0; i < negatives; i++)
      if (out.triplets.negatives[0] == triplets[i].negative)
        drawn += !seen[i], seen[i] = true;
    free(out.triplets.anchors);
  }
  assert_true(drawn == negatives || negatives > FEW);
  free(triplets);
}

static void check_triplets(triplet_context *with, seeded *from) {
  random_batch made;
  random_batch_make(&made, from, MOST_ROWS);
  brute_batch *batch = &made.batch;
  choose_draws(from, &batch->options);
  const bool refuses = seeded_below(from, 2) && !brute_is_drawn(&batch->options);

  brute_triplet *triplets;
  const size_t count = brute_list(batch, &triplets);
  brute_answer answer = brute_loss(batch, triplets, count);
  if (!brute_is_drawn(&batch->options))
    check_picks(with, batch, triplets, count);
  else
    assert_drawn(batch, triplets, count);
  if (batch->options.negatives == TRIPLET_NEGATIVES_RANDOM && seeded_below(from, 4) == 0)
    check_draws(with, batch);
  switch (seeded_below(from, 3)) {
  case 0:
    check_violating(with, batch, from);
    break;
  case 1:
    assert_pair_slopes(with, batch);
    break;
  default:
    break;
  }
  if (refuses)
    batch->options.nonfinite = TRIPLET_NONFINITE_ERROR;
  batch_output out = batch_output_of(batch);
  if (!is_refused(with, batch, &out, answer.stats.nonfinite))
    assert_brute_answer(batch, &out, &answer);

  batch_output_release(&out);
  brute_release(&answer);
  free(triplets);
  random_batch_release(&made);
}

static void check_pairs(triplet_context *with, seeded *from) {
  random_pairs made;
  random_pairs_make(&made, from, MOST_ROWS);
  brute_batch *batch = &made.made.batch;
  brute_pairs found = brute_pair_loss(batch, NULL);
  if (seeded_below(from, 2))
    assert_pair_slopes(with, batch);
  if (seeded_below(from, 2))
    batch->options.nonfinite = TRIPLET_NONFINITE_ERROR;
  batch_output out = batch_output_of(batch);
  if (!is_refused(with, batch, &out, found.answer.stats.nonfinite))
    assert_brute_pairs(batch, &out, &found);

  batch_output_release(&out);
  brute_release(&found.answer);
  random_pairs_release(&made);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  seeded from = seeded_from_bytes(bytes, size);
  triplet_context *with = seeded_context(&from);
  with->kept_pairs = seeded_below(&from, 2) ? TRIPLET_KEPT_PAIRS : 0; /* or what is too much to keep is made again */
  (seeded_below(&from, 2) ? check_pairs : check_triplets)(with, &from);
  triplet_context_destroy(with);
  return 0;
}
