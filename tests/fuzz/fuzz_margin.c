/* A fuzz target: the bytes choose rows and triplets of them, explicit or indexed, their options, weights and margins.
 * Distances are what their formulas give in double; losses, counts and gradients are what these distances make of the
 * hinges; and what is not finite is counted, or refused. */
#include <math.h>
#include <string.h>

#include "brute.h"
#include "fuzz.h"
#include "reference.h"

enum { LISTS = 3, MOST_TRIPLETS = 7, MOST_TABLE = 8, MOST_COLS = 10, MOST_SLOTS = LISTS * MOST_TRIPLETS + MOST_TABLE };

typedef struct problem {
  triplet_options options;
  size_t n, rows, d;
  bool one_anchor;
  float table[MOST_TABLE * MOST_COLS], distances[MOST_TABLE * MOST_TABLE];
  float weights[MOST_TRIPLETS], margins[MOST_TRIPLETS], grad_output[MOST_TRIPLETS];
  int32_t columns[LISTS][MOST_TRIPLETS]; /* anchors, positives, negatives */
} problem;

/* ---- what is asked ----------------------------------------------------------------------------------------------- */

static void choose_options(seeded *from, problem *of) {
  static const double norms[] = {2, 1, 3, INFINITY, 1.5}, margins[] = {1, 0.2, 0, -0.5, 3}, eps[] = {1e-6, 1e-3, 0};
  triplet_options *options = &of->options;
  *options = triplet_margin_options();
  options->convention = (triplet_convention)seeded_below(from, 3);
  options->distance = (triplet_distance)(seeded_below(from, 2) ? seeded_below(from, DISTANCES) : 0);
  options->p = norms[seeded_below(from, 5)];
  options->eps = eps[seeded_below(from, 3)];
  options->margin = margins[seeded_below(from, 5)];
  options->swap = seeded_below(from, 2);
  options->soft_margin = seeded_below(from, 4) == 0;
  options->reduction = (triplet_reduction)seeded_below(from, REDUCTIONS);
  options->nonfinite = (triplet_nonfinite)seeded_below(from, 2);
  seeded_fill(from, of->weights, of->n, 2);
  seeded_fill(from, of->margins, of->n, 1);
  seeded_fill(from, of->grad_output, of->n, 3);
  if (seeded_below(from, 2))
    options->weights = (triplet_floats){of->weights, of->n};
  if (seeded_below(from, 2))
    options->margins = (triplet_floats){of->margins, of->n};
  if (seeded_below(from, 2))
    options->grad_output = (triplet_floats){of->grad_output, options->reduction == TRIPLET_REDUCTION_NONE ? of->n : 1};
  of->weights[seeded_below(from, of->n)] = 0;
}

/* Plain numbers or those of a grid, which make ties; one may be none. */
static void choose_rows(seeded *from, problem *of) {
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  const bool whole = seeded_below(from, 2);
  seeded_fill(from, of->table, of->rows * of->d, 2);
  for (size_t i = 0; i < of->rows * of->d && whole; i++)
    of->table[i] = rintf(of->table[i]);
  if (seeded_below(from, 6) == 0)
    of->table[seeded_below(from, of->rows * of->d)] = bad[seeded_below(from, 3)];
  of->one_anchor = seeded_below(from, 4) == 0;
  for (size_t list = 0; list < LISTS; list++)
    for (size_t i = 0; i < of->n; i++)
      of->columns[list][i] =
          list == 0 && i > 0 && of->one_anchor ? of->columns[0][0] : (int32_t)seeded_below(from, of->rows);
}

static bool is_finite(const problem *of, size_t row) {
  for (size_t k = 0; k < of->d; k++)
    if (!isfinite(of->table[row * of->d + k]))
      return false;
  return true;
}

static void check_distances(triplet_context *with, problem *of) {
  triplet_options options = of->options;
  options.nonfinite = TRIPLET_NONFINITE_ALLOW;
  const triplet_matrix rows = {of->table, of->rows, of->d};
  assert_int_equal(triplet_distances(with, &options, rows, rows, (triplet_matrix){of->distances, of->rows, of->rows}),
                   TRIPLET_OK);
  double *wide = doubles_of(of->table, of->rows * of->d);
  for (size_t i = 0; i < of->rows; i++)
    for (size_t j = 0; j < of->rows; j++) {
      const double *x = wide + i * of->d, *y = wide + j * of->d;
      const float got = of->distances[i * of->rows + j];
      if (is_finite(of, i) && is_finite(of, j))
        assert_near("distance", got, reference_distance(&options, x, y, of->d),
                    2e-6 * reference_size(&options, x, y, of->d) + 1e-12);
      else
        assert_false(isfinite(got));
    }
  free(wide);
}

/* ---- what is expected -------------------------------------------------------------------------------------------- */

typedef struct expectation {
  double loss, size, losses[MOST_TRIPLETS], slopes[MOST_TRIPLETS], an_shares[MOST_TRIPLETS];
  uint64_t active, nonfinite;
  bool lost[MOST_TRIPLETS]; /* not finite */
} expectation;

static float distance(const problem *of, size_t i, size_t one, size_t other) {
  return of->distances[(size_t)of->columns[one][i] * of->rows + (size_t)of->columns[other][i]];
}

static expectation expect(const problem *of) {
  const triplet_options *options = &of->options;
  expectation made = {0};
  double weights = 0;
  for (size_t i = 0; i < of->n; i++) {
    const double margin = options->margins.data ? of->margins[i] : options->margin;
    const double weight = options->weights.data ? of->weights[i] : 1;
    const brute_hinge hinge =
        brute_hinge_of(options, margin, distance(of, i, 0, 1), distance(of, i, 0, 2), distance(of, i, 1, 2));
    weights += weight;
    for (size_t list = 0; list < LISTS; list++)
      made.lost[i] = made.lost[i] || !is_finite(of, (size_t)of->columns[list][i]);
    made.nonfinite += made.lost[i];
    if (made.lost[i])
      continue;
    made.losses[i] = weight * hinge.loss;
    made.slopes[i] = weight * hinge.slope;
    made.an_shares[i] = hinge.an_share;
    made.active += hinge.active && weight != 0;
    made.loss += made.losses[i];
    made.size += fabs(made.losses[i]);
  }
  const double divisors[REDUCTIONS] = {[TRIPLET_REDUCTION_MEAN] = (double)of->n,
                                       [TRIPLET_REDUCTION_SUM] = 1,
                                       [TRIPLET_REDUCTION_NONE] = 1,
                                       [TRIPLET_REDUCTION_MEAN_NONZERO] = (double)made.active,
                                       [TRIPLET_REDUCTION_WEIGHTED_MEAN] = weights};
  const double divisor = divisors[options->reduction], factor = divisor != 0 ? 1 / divisor : 0;
  made.loss = made.nonfinite && divisor != 0 ? (double)NAN : made.loss * factor;
  made.size *= fabs(factor);
  for (size_t i = 0; i < of->n; i++)
    made.slopes[i] *=
        factor * (options->grad_output.data ? of->grad_output[options->grad_output.count == 1 ? 0 : i] : 1);
  return made;
}

/* Gradients have a row for each slot; where what is added to it is not finite, it is not. */
typedef struct slots {
  size_t of_triplet[LISTS][MOST_TRIPLETS];
  double gradient[MOST_SLOTS * MOST_COLS], size[MOST_SLOTS];
  bool lost[MOST_SLOTS];
} slots;

static brute_place place_of(const problem *of, slots *to, size_t list, size_t i) {
  const size_t slot = to->of_triplet[list][i];
  return (brute_place){of->table + (size_t)of->columns[list][i] * of->d, to->gradient + slot * of->d, to->size + slot};
}

static void add_up(const problem *of, const expectation *expected, slots *to) {
  for (size_t i = 0; i < of->n; i++) {
    const brute_place a = place_of(of, to, 0, i), p = place_of(of, to, 1, i), n = place_of(of, to, 2, i);
    const double slope = expected->slopes[i], an_share = expected->an_shares[i];
    for (size_t list = 0; list < LISTS; list++)
      to->lost[to->of_triplet[list][i]] |= expected->lost[i];
    if (expected->lost[i])
      continue;
    brute_add_pair(&of->options, of->d, slope, a, p);
    brute_add_pair(&of->options, of->d, -slope * an_share, a, n);
    brute_add_pair(&of->options, of->d, -slope * (1 - an_share), p, n);
  }
}

/* ---- what is said ------------------------------------------------------------------------------------------------ */

static void check_result(const problem *of, const expectation *expected, const triplet_result *result,
                         const float *losses) {
  assert_int_equal(result->active, expected->active);
  assert_int_equal(result->nonfinite, expected->nonfinite);
  assert_near("loss", result->loss, expected->loss, 1e-12 * expected->size);
  for (size_t i = 0; i < of->n && losses; i++)
    assert_near("losses", losses[i], expected->lost[i] ? (double)NAN : expected->losses[i],
                of->options.soft_margin ? 1e-6 * fabs(expected->losses[i]) + 1e-11
                                        : 6e-8 * fabs(expected->losses[i]) + 1e-37);
}

/* before: what each number was, to which was added. */
static void check_rows(const problem *of, const slots *expected, size_t first, size_t rows, const float *got,
                       float before) {
  for (size_t i = 0; i < rows; i++) {
    const double *row = expected->gradient + (first + i) * of->d;
    double sum[MOST_COLS];
    const double size = expected->size[first + i] + fabsf(before);
    for (size_t k = 0; k < of->d; k++)
      sum[k] = expected->lost[first + i] ? (double)NAN : row[k] + (double)before;
    assert_rows("gradient", got + i * of->d, sum, &size, 1, of->d);
  }
}

static bool is_refused(const problem *of, const expectation *expected, triplet_status status) {
  const bool refused = of->options.nonfinite == TRIPLET_NONFINITE_ERROR && expected->nonfinite;
  assert_int_equal(status, refused ? TRIPLET_NOT_FINITE : TRIPLET_OK);
  return refused;
}

static void check_explicit(triplet_context *with, const problem *of, const expectation *expected, seeded *from) {
  float rows[LISTS][MOST_TRIPLETS * MOST_COLS], gradients[LISTS][MOST_TRIPLETS * MOST_COLS], losses[MOST_TRIPLETS];
  slots into = {0};
  for (size_t list = 0; list < LISTS; list++)
    for (size_t i = 0; i < of->n; i++) {
      into.of_triplet[list][i] = list == 0 && of->one_anchor ? 0 : list * of->n + i;
      memcpy(rows[list] + i * of->d, of->table + (size_t)of->columns[list][i] * of->d, of->d * sizeof(float));
    }
  add_up(of, expected, &into);
  const triplet_explicit triplets = {
      {rows[0], of->one_anchor ? 1 : of->n, of->d}, {rows[1], of->n, of->d}, {rows[2], of->n, of->d}};
  const size_t left_out = seeded_below(from, 2 * LISTS); /* one of the outputs, or none */
  float *const outputs[LISTS + 1] = {gradients[0], gradients[1], gradients[2], losses};
  float *wanted[LISTS + 1];
  for (size_t list = 0; list <= LISTS; list++)
    wanted[list] = list == left_out ? NULL : outputs[list];
  triplet_result result;
  if (is_refused(of, expected,
                 triplet_margin_loss(with, &of->options, &triplets,
                                     (triplet_gradients){wanted[0], wanted[1], wanted[2]}, wanted[LISTS], &result)))
    return;
  check_result(of, expected, &result, wanted[LISTS]);
  for (size_t list = 0; list < LISTS; list++)
    if (wanted[list])
      check_rows(of, &into, list * of->n, list == 0 ? triplets.anchors.rows : of->n, wanted[list], 0);
}

static void check_indexed(triplet_context *with, const problem *of, const expectation *expected) {
  float gradient[MOST_TABLE * MOST_COLS], losses[MOST_TRIPLETS];
  slots into = {0};
  for (size_t list = 0; list < LISTS; list++)
    for (size_t i = 0; i < of->n; i++)
      into.of_triplet[list][i] = (size_t)of->columns[list][i];
  add_up(of, expected, &into);
  const float before = 0.5f;
  for (size_t i = 0; i < of->rows * of->d; i++)
    gradient[i] = before;
  const triplet_indexed triplets = {
      {(float *)of->table, of->rows, of->d}, {of->columns[0], of->n}, {of->columns[1], of->n}, {of->columns[2], of->n}};
  triplet_result result;
  if (is_refused(of, expected, triplet_indexed_loss(with, &of->options, &triplets, gradient, losses, &result)))
    return;
  check_result(of, expected, &result, losses);
  check_rows(of, &into, 0, of->rows, gradient, before);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  seeded from = seeded_from_bytes(bytes, size);
  problem of = {.n = 1 + seeded_below(&from, MOST_TRIPLETS),
                .rows = 1 + seeded_below(&from, MOST_TABLE),
                .d = 1 + seeded_below(&from, MOST_COLS)};
  choose_options(&from, &of);
  choose_rows(&from, &of);
  triplet_context *with = seeded_context(&from);
  check_distances(with, &of);
  const expectation expected = expect(&of);
  if (seeded_below(&from, 2))
    check_indexed(with, &of, &expected);
  else
    check_explicit(with, &of, &expected, &from);
  triplet_context_destroy(with);
  return 0;
}
