/* In-batch losses: against the listing of every triplet, equal bits, memory, and misuse. */
#include "brute.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- running ----------------------------------------------------------------------------------------------------- */

static void assert_same_output(const batch_output *left, const batch_output *right) {
  assert_same_bits(left->gradient.data, right->gradient.data, left->gradient.count, "gradient");
  assert_same_bits(left->references_gradient.data, right->references_gradient.data, left->references_gradient.count,
                   "references_gradient");
  assert_same_bits(left->losses.data, right->losses.data, left->losses.count, "losses");
  assert_memory_equal(&left->result.loss, &right->result.loss, sizeof left->result.loss);
  assert_int_equal(left->result.stats.active, right->result.stats.active);
  assert_memory_equal(&left->result.stats.mean_negative_distance, &right->result.stats.mean_negative_distance,
                      sizeof(double));
}

/* ---- against the listing ----------------------------------------------------------------------------------------- */

typedef struct repeated {
  const brute_batch *batch;
  const batch_output *first;
} repeated;

static void gives_the_same(triplet_context *context, void *data) {
  const repeated *of = data;
  batch_output again = batch_output_of(of->batch);
  assert_int_equal(batch_output_run(context, of->batch, &again), TRIPLET_OK);
  assert_same_output(of->first, &again);
  batch_output_release(&again);
}

static void equals_the_listing(size_t rounds, size_t most_rows, uint64_t test) {
  seeded from = seeded_from(test);
  for (size_t round = 0; round < rounds; round++) {
    random_batch made;
    random_batch_make(&made, &from, most_rows);
    brute_triplet *triplets;
    const size_t count = brute_select(&made.batch, &triplets);
    brute_answer answer = brute_loss(&made.batch, triplets, count);
    batch_output out = batch_output_of(&made.batch);
    assert_int_equal(batch_output_run(NULL, &made.batch, &out), TRIPLET_OK);
    assert_brute_answer(&made.batch, &out, &answer);
    if (round % 4 == 0)
      on_every_machine(gives_the_same, &(repeated){&made.batch, &out});
    batch_output_release(&out);
    brute_release(&answer);
    free(triplets);
    random_batch_release(&made);
  }
}

static void small_batches_equal_the_listing(void **state) {
  (void)state;
  equals_the_listing(1500, 12, 1);
}

static void larger_batches_equal_the_listing(void **state) {
  (void)state;
  equals_the_listing(120, 64, 2);
}

/* The picks that were drawn are what triplet_mine says; the rest follows. */
static void drawn_triplets_equal_their_listing(void **state) {
  (void)state;
  seeded from = seeded_from(3);
  for (int round = 0; round < 200; round++) {
    random_batch made;
    random_batch_make(&made, &from, 24);
    brute_batch *batch = &made.batch;
    batch->options.mining = TRIPLET_MINING_ALL;
    batch->options.positives = (triplet_positives)(round / 2 % (TRIPLET_POSITIVES_EASY + 1));
    batch->options.negatives = round % 2 ? TRIPLET_NEGATIVES_RANDOM : TRIPLET_NEGATIVES_DISTANCE_WEIGHTED;
    batch->options.cutoff = (const double[]){0.5, 1e-3, 1.2, 2, 7}[round % 5];
    batch->options.far_cutoff = (const double[]){1.4, 1.4, 0.7, 9}[round % 4];
    batch->options.seed = round;

    brute_triplet *triplets;
    const size_t count = brute_list(batch, &triplets);
    brute_answer answer = brute_loss(batch, triplets, count);
    batch_output out = batch_output_of(batch);
    assert_int_equal(batch_output_run(NULL, batch, &out), TRIPLET_OK);
    assert_brute_answer(batch, &out, &answer);
    if (round % 8 < 2)
      on_every_machine(gives_the_same, &(repeated){batch, &out});

    batch_output_release(&out);
    brute_release(&answer);
    free(triplets);
    random_batch_release(&made);
  }
}

/* Cut into several chunks and tiles, which the small batches are not. */
static void large_batches_have_the_same_bits_everywhere(void **state) {
  (void)state;
  seeded from = seeded_from(4);
  for (int round = 0; round < 6; round++) {
    random_batch made;
    do {
      random_batch_make(&made, &from, 300);
      if (made.batch.in.embeddings.rows >= 150 && made.batch.options.p <= 2)
        break;
      random_batch_release(&made);
    } while (true);
    made.batch.options.mining = (triplet_mining)round;
    made.batch.options.soft_margin = false;
    batch_output out = batch_output_of(&made.batch);
    assert_int_equal(batch_output_run(NULL, &made.batch, &out), TRIPLET_OK);
    on_every_machine(gives_the_same, &(repeated){&made.batch, &out});
    batch_output_release(&out);
    random_batch_release(&made);
  }
}

/* Of a batch with a row that takes no part the gradient is summed for each row on its own; of one without, both rows of
 * a pair are added to at once. The first part is to be the same. */
typedef struct beginning {
  const brute_batch *batch;
  const batch_output *longer;
} beginning;

static void begins_the_same(triplet_context *context, void *data) {
  const beginning *of = data;
  batch_output out = batch_output_of(of->batch);
  assert_int_equal(batch_output_run(context, of->batch, &out), TRIPLET_OK);
  assert_same_bits(out.gradient.data, of->longer->gradient.data, out.gradient.count, "gradient");
  assert_memory_equal(&out.result.loss, &of->longer->result.loss, sizeof out.result.loss);
  batch_output_release(&out);
}

static void both_rows_of_a_pair_get_the_same(void **state) {
  (void)state;
  enum { MOST = 100, IGNORED = 9 };
  static const size_t sizes[] = {5, 31, 32, 33, 64, 67, MOST}, widths[] = {48, 64, 80, 128, 50};
  static const triplet_distance distances[] = {TRIPLET_DISTANCE_MINKOWSKI, TRIPLET_DISTANCE_SQUARED,
                                               TRIPLET_DISTANCE_COSINE, TRIPLET_DISTANCE_DOT};
  seeded from = seeded_from(12);
  for (size_t round = 0; round < 4 * LOSSES * 7; round++) {
    const size_t rows = sizes[round % 7], cols = widths[round % 5];
    floats x = floats_random(&from, (rows + 1) * cols, 0, 1), weights = floats_make(rows + 1, 0);
    int32_t labels[MOST + 1];
    for (size_t i = 0; i < rows; i++) {
      labels[i] = (int32_t)seeded_below(&from, 3);
      weights.data[i] = 1;
      if (i > 0 && seeded_below(&from, 10) == 0)
        memcpy(x.data + i * cols, x.data + (i - 1) * cols, cols * sizeof(float));
    }
    for (size_t i = 0; round % 4 == 3 && i < 3; i++) /* slopes that only doubles hold, of pairs that may be met late */
      weights.data[seeded_below(&from, rows)] = 1e-30f;
    if (round % 16 == 5)
      memset(x.data, 0, cols * sizeof(float));
    labels[rows] = IGNORED;
    weights.data[rows] = 1;

    brute_batch batch = {triplet_batch_options(),
                         {{x.data, rows + 1, cols}, triplet_labels_of(labels, rows + 1), NULL}};
    triplet_options_set_loss(&batch.options, (triplet_loss)(round / 7 % LOSSES));
    batch.options.distance = distances[round / 7 / LOSSES % 4];
    batch.options.margin = 1;
    batch.options.temperature = 1;
    batch.options.ignore_label = IGNORED;
    batch.options.weights = (triplet_floats){weights.data, rows + 1};
    batch_output longer = batch_output_of(&batch);
    assert_int_equal(batch_output_run(NULL, &batch, &longer), TRIPLET_OK);
    batch.in.embeddings.rows = batch.options.weights.count = rows;
    batch.in.labels = triplet_labels_of(labels, rows);
    on_every_machine(begins_the_same, &(beginning){&batch, &longer});
    batch_output_release(&longer);
    floats_release(&weights);
    floats_release(&x);
  }
}

/* So many positives that their limits are searched and not compared one by one; on a grid, where many tie. */
static void many_positives_are_counted_right(void **state) {
  (void)state;
  enum { B = 260, D = 2 };
  seeded from = seeded_from(8);
  floats x = floats_random(&from, B * D, 0, 6), distances = floats_make(B * B, 0);
  int32_t labels[B];
  for (size_t i = 0; i < B * D; i++)
    x.data[i] = rintf(x.data[i]);
  for (size_t i = 0; i < B; i++)
    labels[i] = seeded_below(&from, 10) == 0;
  brute_batch batch = {triplet_batch_options(), {{x.data, B, D}, triplet_labels_of(labels, B), NULL}};

  for (int convention = 0; convention < 3; convention++) {
    batch.options.convention = (triplet_convention)convention;
    batch.options.eps = 0;
    batch.options.margin = convention;
    batch.options.reduction = TRIPLET_REDUCTION_SUM;
    assert_int_equal(triplet_distances(NULL, &batch.options, batch.in.embeddings, batch.in.embeddings,
                                       (triplet_matrix){distances.data, B, B}),
                     TRIPLET_OK);

    triplet_stats expected = {0};
    double loss = 0;
    for (size_t a = 0; a < B; a++)
      for (size_t p = 0; p < B; p++)
        for (size_t n = 0; n < B && p != a && labels[p] == labels[a]; n++) {
          const float ap = distances.data[a * B + p], an = distances.data[a * B + n];
          const double h = ((double)ap + batch.options.margin) - (double)an;
          if (labels[n] == labels[a])
            continue;
          expected.triplets++;
          expected.active += convention == TRIPLET_CONVENTION_EXACT ? h > 0 : h >= 0;
          expected.hard += an <= ap;
          expected.semihard += an > ap && h > 0;
          expected.easy += h <= 0;
          loss += h > 0 ? h : 0;
        }

    batch_output out = batch_output_of(&batch);
    assert_int_equal(batch_output_run(NULL, &batch, &out), TRIPLET_OK);
    assert_near("loss", out.result.loss, loss, 1e-12 * loss);
    assert_int_equal(out.result.stats.triplets, expected.triplets);
    assert_int_equal(out.result.stats.active, expected.active);
    assert_int_equal(out.result.stats.hard, expected.hard);
    assert_int_equal(out.result.stats.semihard, expected.semihard);
    assert_int_equal(out.result.stats.easy, expected.easy);
    batch_output_release(&out);
  }
  floats_release(&x);
  floats_release(&distances);
}

/* ---- by hand ----------------------------------------------------------------------------------------------------- */

static const float line[] = {0, 1, 3, 3.5f};
static const int32_t two_classes[] = {5, 5, 6, 6};

static brute_batch line_batch(void) {
  return (brute_batch){triplet_batch_options(),
                       {triplet_matrix_of(line, 4, 1), triplet_labels_of(two_classes, 4), NULL}};
}

/* d(0, 1) = 1, d(2, 3) = 0.5; d(0, 2) = 3, d(0, 3) = 3.5, d(1, 2) = 2, d(1, 3) = 2.5. */
static void a_line_of_four_by_hand(void **state) {
  (void)state;
  brute_batch batch = line_batch();
  batch.options.margin = 1.5;
  batch.options.reduction = TRIPLET_REDUCTION_SUM;
  batch_output out = batch_output_of(&batch);
  assert_int_equal(batch_output_run(NULL, &batch, &out), TRIPLET_OK);
  /* Anchor 1: 1 + 1.5 - 2 = 0.5 with negative 2, exactly 0 with negative 3, which is inactive. Anchors 2 and 3:
   * 0.5 + 1.5 - 2 = 0 at most. */
  assert_true(out.result.loss == 0.5);
  assert_int_equal(out.result.stats.triplets, 8);
  assert_int_equal(out.result.stats.active, 1);
  assert_int_equal(out.result.stats.semihard, 1);
  assert_int_equal(out.result.stats.easy, 7);
  const float expected[] = {-1, 2, -1, 0}; /* of d(1, 0) - d(1, 2) */
  assert_same_bits(out.gradient.data, expected, 4, "gradient");
  batch.options.convention = TRIPLET_CONVENTION_TORCH;
  batch.options.eps = 0;
  assert_int_equal(batch_output_run(NULL, &batch, &out), TRIPLET_OK);
  assert_int_equal(out.result.stats.active, 3);
  assert_true(out.result.loss == 0.5);
  batch_output_release(&out);
}

static void nothing_to_learn_from_is_zero(void **state) {
  (void)state;
  static const int32_t labels[][4] = {{1, 1, 1, 1}, {1, 2, 3, 4}};
  for (triplet_mining mining = TRIPLET_MINING_ALL; mining <= TRIPLET_MINING_RANDOM; mining++)
    for (int reduction = 0; reduction < REDUCTIONS; reduction++)
      for (int kind = 0; kind < 3; kind++) {
        brute_batch batch = line_batch();
        batch.options.mining = mining;
        batch.options.reduction = (triplet_reduction)reduction;
        if (kind < 2)
          batch.in.labels.integers.data = labels[kind];
        else
          batch.in.labels.integers.count = batch.in.embeddings.rows = 0;
        batch_output out = batch_output_of(&batch);
        pattern_set(out.gradient.data, out.gradient.count * sizeof(float));
        assert_int_equal(batch_output_run(NULL, &batch, &out), TRIPLET_OK);
        assert_true(out.result.loss == 0);
        assert_int_equal(out.result.stats.triplets, 0);
        assert_int_equal(out.result.stats.anchors_without_negative, kind == 0 ? 4 : 0);
        assert_int_equal(out.result.stats.anchors_without_positive, kind == 1 ? 4 : 0);
        for (size_t i = 0; i < out.gradient.count; i++)
          assert_int_equal(bits_of(out.gradient.data[i]), 0);
        batch_output_release(&out);
      }
}

/* Squares of such numbers over- or underflow; weights and grad_output near the ends of float32 as well. */
static void any_magnitude_gives_right_gradients(void **state) {
  (void)state;
  static const double scales[] = {1e-38, 1e-30, 1e-20, 1e18, 1e30, 1e37};
  seeded from = seeded_from(5);

  for (size_t s = 0; s < sizeof scales / sizeof *scales; s++)
    for (int round = 0; round < 8; round++) {
      floats x = floats_random(&from, 8 * 5, 0, scales[s]), weights = floats_random(&from, 8, 0, 1e30);
      const int32_t labels[] = {1, 1, 1, 2, 2, 2, 3, 3};
      brute_batch batch = {triplet_batch_options(), {{x.data, 8, 5}, triplet_labels_of(labels, 8), NULL}};
      batch.options.mining = (triplet_mining)(round % 4);
      batch.options.margin = 0.3 * scales[s];
      batch.options.distance = round < 6 ? TRIPLET_DISTANCE_MINKOWSKI : TRIPLET_DISTANCE_COSINE;
      batch.options.swap = round % 3 == 0;
      if (round % 2)
        batch.options.weights = (triplet_floats){weights.data, 8};

      brute_triplet *triplets;
      const size_t count = brute_select(&batch, &triplets);
      brute_answer answer = brute_loss(&batch, triplets, count);
      batch_output out = batch_output_of(&batch);
      assert_int_equal(batch_output_run(NULL, &batch, &out), TRIPLET_OK);
      assert_int_equal(out.result.stats.active, answer.stats.active);
      assert_rows("gradient", out.gradient.data, answer.gradient, answer.size, 8, 5);

      batch_output_release(&out);
      brute_release(&answer);
      free(triplets);
      floats_release(&x);
      floats_release(&weights);
    }
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* Distances; the slopes of all pairs, with swap against references also of those, or the picks and the pairs they are
 * made of; 260 bytes per row and thread, rows of length 1 and their distances, and what is linear. */
static size_t bound_of_scratch(const triplet_options *options, bool separate, size_t b, size_t d, size_t rows_per_class,
                               size_t threads) {
  const bool all = options->mining == TRIPLET_MINING_ALL, units = options->mining == TRIPLET_MINING_DISTANCE_WEIGHTED;
  const bool one = options->mining == TRIPLET_MINING_HARD || options->mining == TRIPLET_MINING_EASY_POSITIVE;
  const size_t rows = units ? 2 * b * (2 * d * sizeof(float) + sizeof(double)) + b * b * sizeof(float) : 0;
  const size_t pairs = b * b * sizeof(float), linear = threads * (260 * b + 2048) + 128 * b + 16384 + rows;
  const size_t picks = b * (one ? 1 : rows_per_class), sides = options->swap ? 3 : 2;
  if (!all)
    return pairs + picks * (8 + sides * (16 + 20)) + linear;
  return (options->swap && separate ? 4 : 2) * pairs + linear;
}

static void scratch_is_bounded(void **state) {
  (void)state;
  enum { B = 512, D = 8, THREADS = 3, CLASSES = 16 };
  seeded from = seeded_from(6);
  floats x = floats_random(&from, B * D, 0, 1), gradient = floats_make(B * D, 0), other = floats_make(B * D, 0);
  int32_t labels[B];
  for (size_t i = 0; i < B; i++)
    labels[i] = (int32_t)(i % CLASSES);
  const triplet_references references = {{x.data, B, D}, triplet_labels_of(labels, B), {NULL, 0}};

  for (int variant = 0; variant < 4 * (TRIPLET_MINING_RANDOM + 1); variant++) {
    counted_memory memory = {0};
    const triplet_allocator allocator = counted_allocator(&memory);
    triplet_context *context = triplet_context_create(&allocator);
    assert_int_equal(triplet_context_set_threads(context, THREADS), TRIPLET_OK);
    triplet_options options = triplet_batch_options();
    options.mining = (triplet_mining)(variant / 4);
    options.swap = variant & 1;

    const bool separate = variant & 2;
    const triplet_batch batch = {{x.data, B, D}, triplet_labels_of(labels, B), separate ? &references : NULL};
    const triplet_batch_gradients gradients = {gradient.data, separate ? other.data : NULL};
    triplet_batch_result result;
    assert_int_equal(triplet_batch_loss(context, &options, &batch, gradients, NULL, &result), TRIPLET_OK);
    assert_true(memory.peak <= bound_of_scratch(&options, separate, B, D, B / CLASSES, THREADS));
    triplet_context_destroy(context);
    assert_int_equal(memory.bytes, 0);
  }

  floats_release(&x);
  floats_release(&gradient);
  floats_release(&other);
}

typedef struct failing_call {
  const brute_batch *batch;
  batch_output out;
} failing_call;

static triplet_status call_loss(triplet_context *context, void *data) {
  failing_call *of = data;
  return batch_output_run(context, of->batch, &of->out);
}

static void outputs_stand(void *data) {
  const failing_call *of = data;
  assert_true(pattern_stands(of->out.gradient.data, of->out.gradient.count * sizeof(float)));
  assert_true(pattern_stands(of->out.losses.data, of->out.losses.count * sizeof(float)));
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  seeded from = seeded_from(7);
  for (int round = 0; round < 60; round++) {
    random_batch made;
    random_batch_make(&made, &from, 20);
    made.batch.options.mining = (triplet_mining)(round % 6);
    made.batch.options.swap = round / 6 % 2;
    failing_call of = {&made.batch, batch_output_of(&made.batch)};
    pattern_set(of.out.gradient.data, of.out.gradient.count * sizeof(float));
    pattern_set(of.out.losses.data, of.out.losses.count * sizeof(float));
    fail_each_allocation(call_loss, outputs_stand, &of);
    batch_output_release(&of.out);
    random_batch_release(&made);
  }
}

/* ---- misuse ------------------------------------------------------------------------------------------------------ */

static void misuse_is_refused(void **state) {
  (void)state;
  triplet_context *context = triplet_context_create(NULL);
  brute_batch batch = line_batch();
  float gradient[4], references_gradient[4];
  triplet_batch_result result;
  const float three[] = {1, 2, 3};
  const int32_t self[] = {0, 1, 2, 0}, far_self[] = {0, 1, 2, 4};
#define LOSS(other)                                                                                                    \
  triplet_batch_loss(context, &batch.options, &batch.in, (triplet_batch_gradients){gradient, other}, NULL, &result)

  batch.in.labels.integers.count = 3;
  assert_error(context, LOSS(NULL), TRIPLET_INVALID_ARGUMENT, "labels", "expected labels of 4 rows, got 3");
  batch = line_batch();
  assert_error(context, LOSS(references_gradient), TRIPLET_INVALID_ARGUMENT, "references_gradient",
               "expected NULL without references");
  batch.options.margins = (triplet_floats){three, 3};
  assert_error(context, LOSS(NULL), TRIPLET_INVALID_ARGUMENT, "margins", "expected 4 numbers, got 3");
  batch = line_batch();

  triplet_references references = {triplet_matrix_of(line, 4, 1), triplet_labels_of(two_classes, 4), {self, 4}};
  batch.in.references = &references;
  assert_error(context, LOSS(NULL), TRIPLET_INVALID_ARGUMENT, "reference_self",
               "expected references of the queries' own labels, got label 5 for label 6 at index 3");
  references.self.data = far_self;
  assert_error(context, LOSS(NULL), TRIPLET_INVALID_ARGUMENT, "reference_self", "expected -1 .. 3, got 4 at index 3");
  references.self = (triplet_ints){NULL, 0};
  references.rows = triplet_matrix_of(line, 2, 2);
  assert_error(context, LOSS(NULL), TRIPLET_INVALID_ARGUMENT, "references",
               "expected 1 columns like embeddings, got 2");
  batch = line_batch();

  const float infinite[] = {0, 1, INFINITY, 3};
  batch.in.embeddings = triplet_matrix_of(infinite, 4, 1);
  assert_error(context, LOSS(NULL), TRIPLET_NOT_FINITE, "embeddings", "row 2 or a distance of it is not finite");
  const float huge[] = {0, 1, 2, 3e38f};
  batch.in.embeddings = triplet_matrix_of(huge, 4, 1);
  batch.options.distance = TRIPLET_DISTANCE_SQUARED;
  assert_error(context, LOSS(NULL), TRIPLET_NOT_FINITE, "embeddings", "row 0 or a distance of it is not finite");

  batch = line_batch();
  references = (triplet_references){triplet_matrix_of(infinite, 4, 1), triplet_labels_of(two_classes, 4), {NULL, 0}};
  batch.in.references = &references;
  assert_error(context, LOSS(NULL), TRIPLET_NOT_FINITE, "references", "row 2 or a distance of it is not finite");
  batch.options.ignore_label = two_classes[2]; /* which leaves it out */
  assert_int_equal(LOSS(NULL), TRIPLET_OK);
  assert_int_equal(result.stats.nonfinite, 0);

  const int32_t pairs[] = {5, 6, 5, 6, 5, 6, 5, 7}, ends[] = {2, 4, 6, 8};
  batch = line_batch();
  batch.in.labels = triplet_label_sets_of(pairs, ends, 4);
  references = (triplet_references){triplet_matrix_of(line, 4, 1), batch.in.labels, {self, 4}};
  batch.in.references = &references;
  assert_error(context, LOSS(NULL), TRIPLET_INVALID_ARGUMENT, "reference_self",
               "expected references of the queries' own labels, got others at index 3");

  const float relations[16] = {0};
  batch = line_batch();
  batch.in.labels.relations = triplet_matrix_of(relations, 4, 4);
  assert_error(context, LOSS(NULL), TRIPLET_INVALID_ARGUMENT, "labels", "expected labels or relations, got both");
  references = (triplet_references){triplet_matrix_of(line, 4, 1), triplet_labels_of(two_classes, 4), {NULL, 0}};
  batch.in.references = &references;
  batch.in.labels = triplet_relations_of(relations, 4, 4);
  assert_error(context, LOSS(NULL), TRIPLET_INVALID_ARGUMENT, "reference_labels",
               "expected none beside relations, which say all, got some");
  references.labels = batch.in.labels;
  assert_error(context, LOSS(NULL), TRIPLET_INVALID_ARGUMENT, "reference_labels",
               "expected none beside relations, which say all, got some");
  references.labels = (triplet_labels){0};
  assert_int_equal(LOSS(NULL), TRIPLET_OK);
  const int32_t backwards[] = {0, 1, -2, 3};
  references = (triplet_references){triplet_matrix_of(line, 4, 1), triplet_labels_of(two_classes, 4), {backwards, 4}};
  batch.in.labels = references.labels;
  assert_error(context, LOSS(NULL), TRIPLET_INVALID_ARGUMENT, "reference_self", "expected -1 .. 3, got -2 at index 2");
  references.self.count = 3;
  assert_error(context, LOSS(NULL), TRIPLET_INVALID_ARGUMENT, "reference_self", "expected 4 integers, got 3");

#undef LOSS
  triplet_context_destroy(context);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(small_batches_equal_the_listing),
      cmocka_unit_test(larger_batches_equal_the_listing),
      cmocka_unit_test(drawn_triplets_equal_their_listing),
      cmocka_unit_test(large_batches_have_the_same_bits_everywhere),
      cmocka_unit_test(both_rows_of_a_pair_get_the_same),
      cmocka_unit_test(many_positives_are_counted_right),
      cmocka_unit_test(a_line_of_four_by_hand),
      cmocka_unit_test(nothing_to_learn_from_is_zero),
      cmocka_unit_test(any_magnitude_gives_right_gradients),
      cmocka_unit_test(scratch_is_bounded),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(misuse_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
