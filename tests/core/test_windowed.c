/* Batches whose distances are not kept: everything that a call gives has the bits that it has where they are, for every
 * loss, every strategy and every kind of labels. */
#include "brute_pairs.h"

#include <stdlib.h>
#include <string.h>

#include "internal.h"

typedef struct outcome {
  batch_output batch;
  floats slopes;
  int32_t *mined; /* anchors, positives, negatives */
  size_t mined_count;
} outcome;

enum { MOST_MINED = 20000 };

static outcome outcome_of(triplet_context *context, const brute_batch *batch) {
  outcome out = {.batch = batch_output_of(batch), .mined = calloc(3 * MOST_MINED, sizeof *out.mined)};
  assert_int_equal(batch_output_run(context, batch, &out.batch), TRIPLET_OK);
  const size_t b = batch->in.embeddings.rows, r = batch->in.references ? batch->in.references->rows.rows : b;
  out.slopes = floats_make(b * r, 0);
  assert_int_equal(triplet_pair_slopes(context, &batch->options, &batch->in, triplet_matrix_of(out.slopes.data, b, r)),
                   TRIPLET_OK);
  triplet_triplets mined = {out.mined, out.mined + MOST_MINED, out.mined + 2 * MOST_MINED, MOST_MINED, 0};
  if (triplet_mine(context, &batch->options, &batch->in, &mined, NULL) == TRIPLET_OK)
    out.mined_count = mined.count;
  return out;
}

static void release_outcome(outcome *out) {
  batch_output_release(&out->batch);
  floats_release(&out->slopes);
  free(out->mined);
}

static void assert_same_outcome(const outcome *left, const outcome *right) {
  assert_same_bits(left->batch.gradient.data, right->batch.gradient.data, left->batch.gradient.count, "gradient");
  assert_same_bits(left->batch.references_gradient.data, right->batch.references_gradient.data,
                   left->batch.references_gradient.count, "references_gradient");
  assert_same_bits(left->batch.losses.data, right->batch.losses.data, left->batch.losses.count, "losses");
  assert_same_bits(left->slopes.data, right->slopes.data, left->slopes.count, "slopes");
  assert_memory_equal(&left->batch.result.loss, &right->batch.result.loss, sizeof left->batch.result.loss);
  assert_memory_equal(&left->batch.result.stats, &right->batch.result.stats, offsetof(triplet_stats, collapsed) + 1);
  assert_int_equal(left->mined_count, right->mined_count);
  assert_memory_equal(left->mined, right->mined, 3 * MOST_MINED * sizeof *left->mined);
}

/* With distances kept, and not, on some threads. */
static void assert_same_on_both_sides(const brute_batch *batch, size_t threads) {
  triplet_context *contexts[] = {triplet_context_create(NULL), triplet_context_create(NULL)};
  outcome outcomes[2];
  contexts[0]->kept_pairs = SIZE_MAX;
  contexts[1]->kept_pairs = 0;
  assert_int_equal(triplet_context_set_threads(contexts[1], threads), TRIPLET_OK);
  for (size_t i = 0; i < 2; i++)
    outcomes[i] = outcome_of(contexts[i], batch);
  assert_same_outcome(&outcomes[0], &outcomes[1]);
  for (size_t i = 0; i < 2; i++) {
    release_outcome(&outcomes[i]);
    triplet_context_destroy(contexts[i]);
  }
}

static void small_batches(void **state) {
  (void)state;
  seeded from = seeded_from(41);
  for (int round = 0; round < 1500; round++) {
    random_pairs made;
    random_pairs_make(&made, &from, 40);
    triplet_options *options = &made.made.batch.options;
    assert_same_on_both_sides(&made.made.batch, 1 + (size_t)round % 4);

    /* The same rows by the triplet loss, every strategy in turn. */
    options->loss = TRIPLET_LOSS_TRIPLET;
    options->mining = (triplet_mining)(round % (TRIPLET_MINING_RANDOM + 1));
    if (round % 7 == 0) {
      options->mining = TRIPLET_MINING_ALL;
      options->positives = (triplet_positives)seeded_below(&from, 4);
      options->negatives = (triplet_negatives)seeded_below(&from, 6);
    }
    options->convention = (triplet_convention)seeded_below(&from, 3);
    options->soft_margin = round % 5 == 0;
    options->swap = round % 11 == 0;
    options->fallback = (triplet_fallback)(round % 2);
    assert_same_on_both_sides(&made.made.batch, 1 + (size_t)round % 4);
    random_pairs_release(&made);
  }
}

/* More rows than a window has, so that a row is in several. */
static void many_windows(void **state) {
  (void)state;
  enum { B = 2600, R = 1500, D = 3 };
  seeded from = seeded_from(42);
  floats x = floats_random(&from, B * D, 0, 1), y = floats_random(&from, R * D, 1, 1);
  int32_t labels[B], others[R];
  for (size_t i = 0; i < B; i++)
    labels[i] = (int32_t)seeded_below(&from, 90);
  for (size_t i = 0; i < R; i++)
    others[i] = (int32_t)seeded_below(&from, 90);
  const triplet_references references = {{y.data, R, D}, triplet_labels_of(others, R), {NULL, 0}};

  for (int variant = 0; variant < 3 * 7; variant++) {
    static const triplet_mining minings[] = {TRIPLET_MINING_ALL, TRIPLET_MINING_HARD, TRIPLET_MINING_SEMIHARD};
    const int side = variant / 7, of = variant % 7;
    brute_batch batch = {triplet_batch_options(), {{x.data, B, D}, triplet_labels_of(labels, B), NULL}};
    triplet_options_set_loss(&batch.options, of < 3 ? TRIPLET_LOSS_TRIPLET : (triplet_loss)(of - 2));
    batch.options.mining = of < 3 ? minings[of] : TRIPLET_MINING_ALL;
    batch.options.convention = side == 2 ? TRIPLET_CONVENTION_TORCH : TRIPLET_CONVENTION_EXACT; /* has directions */
    batch.options.distance = TRIPLET_DISTANCE_MINKOWSKI;
    if (side == 1)
      batch.in.references = &references;
    assert_same_on_both_sides(&batch, 2);
  }
  floats_release(&x);
  floats_release(&y);
}

/* At the largest number a hinge of softplus still has its slope. */
static void as_far_as_numbers_go(void **state) {
  (void)state;
  static const float x[] = {0, 0, FLT_MAX};
  static const int32_t labels[] = {1, 1, 2};
  brute_batch batch = {triplet_batch_options(), {triplet_matrix_of(x, 3, 1), triplet_labels_of(labels, 3), NULL}};
  batch.options.soft_margin = true;
  batch.options.margin = FLT_MAX;
  assert_same_on_both_sides(&batch, 1);
  outcome out = outcome_of(NULL, &batch);
  assert_true(out.slopes.data[2] == -0.5f && out.slopes.data[3 + 2] == -0.5f);
  release_outcome(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(small_batches),
      cmocka_unit_test(many_windows),
      cmocka_unit_test(as_far_as_numbers_go),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
