/* Indexed triplets: explicit triplets over gathered rows, their gradients added into the table in triplet order. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct indexed_case {
  triplet_options options;
  size_t rows, d, n;
  floats table, weights, margins, grad_output, before; /* before: what already stands in the gradient */
  int32_t *anchors, *positives, *negatives;
} indexed_case;

static indexed_case random_case(seeded *from) {
  static const double ps[] = {1, 1.5, 2, 2, 2, 3, INFINITY};
  indexed_case c = {.options = triplet_margin_options()};

  c.rows = 1 + seeded_below(from, 40);
  c.d = 1 + seeded_below(from, seeded_below(from, 5) ? 20 : 200);
  c.n = 1 + seeded_below(from, 200);

  c.options.convention = (triplet_convention)seeded_below(from, 3);
  c.options.distance = (triplet_distance)(seeded_below(from, 3) ? 0 : seeded_below(from, DISTANCES));
  c.options.p = ps[seeded_below(from, sizeof ps / sizeof *ps)];
  c.options.swap = seeded_below(from, 2);
  c.options.soft_margin = seeded_below(from, 4) == 0;
  c.options.reduction = (triplet_reduction)seeded_below(from, REDUCTIONS);

  c.table = floats_random(from, c.rows * c.d, seeded_below(from, 16), 1);
  c.before = floats_random(from, c.rows * c.d, 0, 1);

  if (seeded_below(from, 3) == 0) {
    c.weights = floats_random(from, c.n, 0, 2);
    c.options.weights = (triplet_floats){c.weights.data, c.n};
  }
  if (seeded_below(from, 3) == 0) {
    c.margins = floats_random(from, c.n, 0, 1);
    c.options.margins = (triplet_floats){c.margins.data, c.n};
  }
  if (c.options.reduction == TRIPLET_REDUCTION_NONE && seeded_below(from, 2)) {
    c.grad_output = floats_random(from, c.n, 0, 2);
    c.options.grad_output = (triplet_floats){c.grad_output.data, c.n};
  }

  int32_t **const lists[] = {&c.anchors, &c.positives, &c.negatives};
  for (size_t list = 0; list < 3; list++) {
    *lists[list] = malloc(c.n * sizeof(int32_t));
    for (size_t i = 0; i < c.n; i++)
      (*lists[list])[i] = (int32_t)seeded_below(from, c.rows);
  }
  return c;
}

static void release_case(indexed_case *c) {
  floats *const lists[] = {&c->table, &c->weights, &c->margins, &c->grad_output, &c->before};
  for (size_t i = 0; i < 5; i++)
    floats_release(lists[i]);
  free(c->anchors);
  free(c->positives);
  free(c->negatives);
}

typedef struct indexed_output {
  floats gradient, losses;
  triplet_result result;
} indexed_output;

static indexed_output output_of(const indexed_case *c) {
  indexed_output out = {.gradient = floats_make(c->rows * c->d, 5), .losses = floats_make(c->n, 1)};
  memcpy(out.gradient.data, c->before.data, c->rows * c->d * sizeof(float));
  return out;
}

static void release_output(indexed_output *out) {
  floats_release(&out->gradient);
  floats_release(&out->losses);
}

static triplet_indexed triplets_of(const indexed_case *c) {
  return (triplet_indexed){.table = triplet_matrix_of(c->table.data, c->rows, c->d),
                           .anchors = {c->anchors, c->n},
                           .positives = {c->positives, c->n},
                           .negatives = {c->negatives, c->n}};
}

static triplet_status run(triplet_context *context, const indexed_case *c, indexed_output *out) {
  const triplet_indexed triplets = triplets_of(c);
  return triplet_indexed_loss(context, &c->options, &triplets, out->gradient.data, out->losses.data, &out->result);
}

static floats gathered(const indexed_case *c, const int32_t *indices) {
  floats rows = floats_make(c->n * c->d, 0);
  for (size_t i = 0; i < c->n; i++)
    memcpy(rows.data + i * c->d, c->table.data + (size_t)indices[i] * c->d, c->d * sizeof(float));
  return rows;
}

static void add_row(float *table, size_t d, int32_t row, const float *gradient) {
  for (size_t k = 0; k < d; k++)
    table[(size_t)row * d + k] += gradient[k];
}

/* The same through triplet_margin_loss, which test_margin.c holds against the reference. */
static indexed_output expected_of(const indexed_case *c) {
  indexed_output out = output_of(c);
  floats a = gathered(c, c->anchors), p = gathered(c, c->positives), n = gathered(c, c->negatives);
  floats by_a = floats_make(c->n * c->d, 0), by_p = floats_make(c->n * c->d, 0), by_n = floats_make(c->n * c->d, 0);
  assert_int_equal(triplet_margin_loss(
                       NULL, &c->options,
                       &(triplet_explicit){triplet_matrix_of(a.data, c->n, c->d), triplet_matrix_of(p.data, c->n, c->d),
                                           triplet_matrix_of(n.data, c->n, c->d)},
                       (triplet_gradients){by_a.data, by_p.data, by_n.data}, out.losses.data, &out.result),
                   TRIPLET_OK);
  for (size_t i = 0; i < c->n; i++) {
    add_row(out.gradient.data, c->d, c->anchors[i], by_a.data + i * c->d);
    add_row(out.gradient.data, c->d, c->positives[i], by_p.data + i * c->d);
    add_row(out.gradient.data, c->d, c->negatives[i], by_n.data + i * c->d);
  }
  floats *const lists[] = {&a, &p, &n, &by_a, &by_p, &by_n};
  for (size_t i = 0; i < 6; i++)
    floats_release(lists[i]);
  return out;
}

static void assert_same_output(const indexed_output *got, const indexed_output *expected) {
  assert_same_bits(got->gradient.data, expected->gradient.data, expected->gradient.count, "gradient");
  assert_same_bits(got->losses.data, expected->losses.data, expected->losses.count, "losses");
  assert_int_equal(got->result.active, expected->result.active);
  assert_int_equal(got->result.nonfinite, expected->result.nonfinite);
  /* Both sum in order, in blocks of their own. */
  if (!(fabs(got->result.loss - expected->result.loss) <= 1e-12 * (1 + fabs(expected->result.loss))))
    fail_msg("loss %.17g, by explicit triplets %.17g", got->result.loss, expected->result.loss);
}

static void test_against_explicit_triplets(void **state) {
  (void)state;
  seeded from = seeded_from(20);
  for (int repeat = 0; repeat < 400; repeat++) {
    indexed_case c = random_case(&from);
    indexed_output got = output_of(&c), expected = expected_of(&c);
    assert_int_equal(run(NULL, &c, &got), TRIPLET_OK);
    assert_same_output(&got, &expected);

    /* Without outputs, the same loss. */
    const triplet_indexed triplets = triplets_of(&c);
    triplet_result result;
    assert_int_equal(triplet_indexed_loss(NULL, &c.options, &triplets, NULL, NULL, &result), TRIPLET_OK);
    assert_memory_equal(&result, &got.result, sizeof result);
    release_output(&got);
    release_output(&expected);
    release_case(&c);
  }
}

typedef struct machine_check {
  const indexed_case *c;
  const indexed_output *expected;
} machine_check;

static void check_bits(triplet_context *context, void *data) {
  const machine_check *check = data;
  indexed_output out = output_of(check->c);
  assert_int_equal(run(context, check->c, &out), TRIPLET_OK);
  assert_same_output(&out, check->expected);
  assert_memory_equal(&out.result, &check->expected->result, sizeof out.result);
  release_output(&out);
}

static void test_bits_on_every_machine(void **state) {
  (void)state;
  seeded from = seeded_from(21);
  for (int repeat = 0; repeat < 60; repeat++) {
    indexed_case c = random_case(&from);
    indexed_output expected = output_of(&c);
    assert_int_equal(run(NULL, &c, &expected), TRIPLET_OK);
    on_every_machine(check_bits, &(machine_check){&c, &expected});
    release_output(&expected);
    release_case(&c);
  }
}

/* One row in all three places: nothing pulls, and the row keeps what stood there. */
static void test_one_row_thrice(void **state) {
  (void)state;
  const float table[] = {3, 4};
  const int32_t zero[] = {0};
  float gradient[] = {7, -7};
  triplet_options options = triplet_margin_options();
  triplet_result result;
  assert_int_equal(
      triplet_indexed_loss(NULL, &options,
                           &(triplet_indexed){triplet_matrix_of(table, 1, 2), {zero, 1}, {zero, 1}, {zero, 1}},
                           gradient, NULL, &result),
      TRIPLET_OK);
  assert_true(result.loss == 1);
  assert_int_equal(result.active, 1);
  assert_true(gradient[0] == 7 && gradient[1] == -7);
}

/* By hand: users at 0 and 1, items at 3 and 5; both triplets share the table. */
static void test_by_hand(void **state) {
  (void)state;
  const float table[] = {0, 1, 3, 5};
  const int32_t anchors[] = {0, 1}, positives[] = {3, 2}, negatives[] = {2, 3};
  float gradient[] = {0, 0, 0, 0}, losses[2];
  triplet_options options = triplet_margin_options();
  options.convention = TRIPLET_CONVENTION_EXACT;
  options.margin = 2.5;
  options.reduction = TRIPLET_REDUCTION_SUM;
  triplet_result result;
  assert_int_equal(triplet_indexed_loss(
                       NULL, &options,
                       &(triplet_indexed){triplet_matrix_of(table, 4, 1), {anchors, 2}, {positives, 2}, {negatives, 2}},
                       gradient, losses, &result),
                   TRIPLET_OK);
  assert_true(losses[0] == 4.5f && losses[1] == 0.5f); /* 5 + 2.5 - 3 and 2 + 2.5 - 4 */
  assert_true(result.loss == 5);
  assert_int_equal(result.active, 2);
  assert_true(gradient[0] == 0 && gradient[1] == 0); /* both pull in one direction */
  assert_true(gradient[2] == 0 && gradient[3] == 0); /* +1 as positive, -1 as negative */
}

static void test_nothing_to_do(void **state) {
  (void)state;
  const float table[] = {1, 2, 3, 4};
  const float untouched[] = {5, 6, 7, 8};
  float gradient[] = {5, 6, 7, 8};
  for (int reduction = 0; reduction < REDUCTIONS; reduction++) {
    triplet_options options = triplet_margin_options();
    options.reduction = (triplet_reduction)reduction;
    triplet_result result;
    assert_int_equal(triplet_indexed_loss(NULL, &options, &(triplet_indexed){.table = {(float *)table, 2, 2}}, gradient,
                                          NULL, &result),
                     TRIPLET_OK);
    assert_true(result.loss == 0);
    assert_int_equal(result.active, 0);
    assert_same_bits(gradient, untouched, 4, "gradient without triplets");
    assert_int_equal(
        triplet_indexed_loss(NULL, &options, &(triplet_indexed){.table = {NULL, 0, 2}}, NULL, NULL, &result),
        TRIPLET_OK);
  }
}

static void test_not_finite(void **state) {
  (void)state;
  const float table[] = {0, 0, 1, 1, NAN, 2, 3, 3};
  const int32_t anchors[] = {0, 0, 1}, positives[] = {1, 1, 0}, negatives[] = {3, 2, 3};
  const triplet_indexed triplets = {triplet_matrix_of(table, 4, 2), {anchors, 3}, {positives, 3}, {negatives, 3}};
  triplet_options options = triplet_margin_options();
  options.margin = 9;
  float gradient[8] = {0}, losses[3];
  triplet_result result;
  triplet_context *context = triplet_context_create(NULL);
  assert_error(context, triplet_indexed_loss(context, &options, &triplets, gradient, losses, &result),
               TRIPLET_NOT_FINITE, "table", "1 of 3 triplets have a distance that is not finite");
  triplet_context_destroy(context);
  options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  memset(gradient, 0, sizeof gradient);
  assert_int_equal(triplet_indexed_loss(NULL, &options, &triplets, gradient, losses, &result), TRIPLET_OK);
  assert_int_equal(result.nonfinite, 1);
  assert_int_equal(result.active, 2);
  assert_int_equal(bits_of(losses[1]), 0x7fc00000);
  assert_true(isfinite(losses[0]) && isfinite(losses[2]));
  for (size_t k = 0; k < 6; k++)
    assert_int_equal(bits_of(gradient[k]), 0x7fc00000);
  assert_true(isfinite(gradient[6]) && isfinite(gradient[7]));
}

/* ---- misuse ------------------------------------------------------------------------------------------------------ */

typedef struct misuse_call {
  triplet_options options;
  triplet_indexed triplets;
} misuse_call;

static const int32_t good[] = {0, 1, 2}, negative[] = {0, -1, 2}, beyond[] = {0, 1, 3}, least[] = {INT32_MIN, 0, 0};
static const float two[] = {1, 1};

#define MISUSE(name, statement)                                                                                        \
  static void name(misuse_call *call) {                                                                                \
    statement;                                                                                                         \
  }

MISUSE(no_table, call->triplets.table.data = NULL)
MISUSE(huge_table, call->triplets.table.rows = SIZE_MAX)
MISUSE(negative_anchor, call->triplets.anchors.data = negative)
MISUSE(least_anchor, call->triplets.anchors.data = least)
MISUSE(positive_beyond, call->triplets.positives.data = beyond)
MISUSE(negative_beyond, call->triplets.negatives.data = beyond)
MISUSE(fewer_positives, call->triplets.positives.count = 2)
MISUSE(more_negatives, call->triplets.negatives.count = 4)
MISUSE(no_anchors, call->triplets.anchors.data = NULL)
MISUSE(no_negatives, call->triplets.negatives.data = NULL)
MISUSE(empty_table, call->triplets.table.rows = 0)
MISUSE(half_p, call->options.p = 0.5)
MISUSE(nan_margin, call->options.margin = NAN)
MISUSE(two_weights, (call->options.weights = (triplet_floats){two, 2}))

static const struct {
  void (*spoil)(misuse_call *call);
  const char *argument, *message;
} misuses[] = {
    {.spoil = no_table, .argument = "table", .message = "expected 3 x 2 floats, got NULL"},
    {.spoil = huge_table, .argument = "table", .message = "18446744073709551615 x 2 floats do not fit in memory"},
    {.spoil = negative_anchor, .argument = "anchors", .message = "expected row numbers below 3, got -1 at index 1"},
    {.spoil = least_anchor,
     .argument = "anchors",
     .message = "expected row numbers below 3, got -2147483648 at index 0"},
    {.spoil = positive_beyond, .argument = "positives", .message = "expected row numbers below 3, got 3 at index 2"},
    {.spoil = negative_beyond, .argument = "negatives", .message = "expected row numbers below 3, got 3 at index 2"},
    {.spoil = fewer_positives, .argument = "positives", .message = "expected 3 integers, got 2"},
    {.spoil = more_negatives, .argument = "negatives", .message = "expected 3 integers, got 4"},
    {.spoil = no_anchors, .argument = "anchors", .message = "expected 3 integers, got 0"},
    {.spoil = no_negatives, .argument = "negatives", .message = "expected 3 integers, got 0"},
    {.spoil = empty_table, .argument = "anchors", .message = "expected row numbers below 0, got 0 at index 0"},
    {.spoil = half_p, .argument = "p", .message = "expected a number in [1, inf], got 0.5"},
    {.spoil = nan_margin, .argument = "margin", .message = "expected a finite number, got nan"},
    {.spoil = two_weights, .argument = "weights", .message = "expected 3 numbers, got 2"},
};

static void test_misuse_writes_nothing(void **state) {
  (void)state;
  const float table[6] = {0};
  for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
    misuse_call call = {triplet_margin_options(), {triplet_matrix_of(table, 3, 2), {good, 3}, {good, 3}, {good, 3}}};
    misuses[i].spoil(&call);
    float gradient[6], losses[4];
    triplet_result result;
    pattern_set(gradient, sizeof gradient);
    pattern_set(losses, sizeof losses);
    pattern_set(&result, sizeof result);
    triplet_context *context = triplet_context_create(NULL);
    assert_error(context, triplet_indexed_loss(context, &call.options, &call.triplets, gradient, losses, &result),
                 TRIPLET_INVALID_ARGUMENT, misuses[i].argument, misuses[i].message);
    triplet_context_destroy(context);
    assert_true(pattern_stands(gradient, sizeof gradient));
    assert_true(pattern_stands(losses, sizeof losses));
    assert_true(pattern_stands(&result, sizeof result));
  }
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

typedef struct memory_call {
  const indexed_case *c;
  indexed_output out;
} memory_call;

static triplet_status call_with_memory(triplet_context *context, void *data) {
  memory_call *call = data;
  return run(context, call->c, &call->out);
}

static void nothing_written(void *data) {
  const memory_call *call = data;
  assert_same_bits(call->out.gradient.data, call->c->before.data, call->c->before.count, "gradient without memory");
  assert_true(pattern_stands(call->out.losses.data, call->c->n * sizeof(float)));
}

static void test_failing_memory(void **state) {
  (void)state;
  seeded from = seeded_from(22);
  for (int repeat = 0; repeat < 20; repeat++) {
    indexed_case c = random_case(&from);
    memory_call call = {&c, output_of(&c)};
    assert_int_equal(fail_each_allocation(call_with_memory, nothing_written, &call),
                     c.options.distance == TRIPLET_DISTANCE_COSINE ? 2 : 1);
    release_output(&call.out);
    release_case(&c);
  }
}

/* Scratch is a block of rows, however many triplets there are. */
static void test_scratch_does_not_grow(void **state) {
  (void)state;
  seeded from = seeded_from(23);
  size_t peaks[2];
  for (size_t i = 0; i < 2; i++) {
    const size_t n = i ? 100000 : 1000;
    floats table = floats_random(&from, 10 * 8, 0, 1);
    int32_t *indices = malloc(n * sizeof *indices);
    for (size_t k = 0; k < n; k++)
      indices[k] = (int32_t)(k % 10);

    counted_memory memory = {0};
    const triplet_allocator allocator = counted_allocator(&memory);
    triplet_context *context = triplet_context_create(&allocator);
    const triplet_options options = triplet_margin_options();
    const triplet_ints list = {indices, n};
    float gradient[80] = {0};
    triplet_result result;
    assert_int_equal(triplet_indexed_loss(context, &options,
                                          &(triplet_indexed){triplet_matrix_of(table.data, 10, 8), list, list, list},
                                          gradient, NULL, &result),
                     TRIPLET_OK);

    triplet_context_destroy(context);
    peaks[i] = memory.peak;
    free(indices);
    floats_release(&table);
  }
  assert_int_equal(peaks[0], peaks[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_against_explicit_triplets),
      cmocka_unit_test(test_bits_on_every_machine),
      cmocka_unit_test(test_one_row_thrice),
      cmocka_unit_test(test_by_hand),
      cmocka_unit_test(test_nothing_to_do),
      cmocka_unit_test(test_not_finite),
      cmocka_unit_test(test_misuse_writes_nothing),
      cmocka_unit_test(test_failing_memory),
      cmocka_unit_test(test_scratch_does_not_grow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
