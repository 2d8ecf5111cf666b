/* Kernels against the same thing written plainly, on every instruction set: shapes that the tests of the rooms above
 * them do not reach. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

static seeded from;

static uint32_t draw(uint32_t limit) {
  return (uint32_t)seeded_below(&from, limit);
}

static const triplet_kernels *kernels_of(triplet_context *context) {
  from = seeded_from(81);
  return triplet_kernels_of(context);
}

static int ascending(const void *left, const void *right) {
  const float x = *(const float *)left, y = *(const float *)right;
  return (x > y) - (x < y);
}

/* Few different numbers, so that there are ties, and every special one. */
static float number(uint32_t different) {
  switch (draw(20)) {
  case 0:
    return 0;
  case 1:
    return INFINITY;
  default:
    return (float)draw(different) / 8;
  }
}

/* Component k goes to sum k mod 8, and the eight sums are joined in one order; vec.h has it from here. */
static float plain_sum(triplet_term term, const float *x, const float *y, size_t d, size_t stride) {
  float sums[8] = {0};
  for (size_t k = 0; k < d; k++) {
    const float e = term.sum == TRIPLET_SUM_UNIT ? (x[k] - y[k]) + (x[stride / 2 + k] - y[stride / 2 + k])
                                                 : (x[k] - y[k]) + term.shift;
    sums[k % 8] += term.sum == TRIPLET_SUM_DOT ? x[k] * y[k] : term.sum == TRIPLET_SUM_ABSOLUTE ? fabsf(e) : e * e;
  }
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/* Zeros of both signs, numbers whose squares are none or whose sum overflows, and others. */
static float component(bool special) {
  static const float odd[] = {0, -0.0f, 1e-30f, -1e-30f, 3e38f, -INFINITY, 1e-22f};
  return special && draw(3) == 0 ? odd[draw(7)] : (float)draw(2001) / 37 - 27;
}

/* Rows of UNIT have zeros behind both of their halves. */
static void draw_rows(float *rows, size_t count, triplet_sum sum, size_t d, size_t stride) {
  const bool special = draw(2);
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < stride; k++)
      rows[i * stride + k] = sum == TRIPLET_SUM_UNIT && k % (stride / 2) >= d ? 0 : component(special);
}

static void assert_sum(float found, float expected) {
  if (expected != expected)
    assert_true(found != found);
  else
    assert_memory_equal(&found, &expected, sizeof found);
}

/* Every pair of a tile, and the pairs of equal place, in every order of sizes; nothing is written beside them. */
static void check_sums(triplet_context *context, void *data) {
  (void)data;
  const triplet_kernels *kernels = kernels_of(context);
  enum { MOST_ROWS = 130, MOST_COLS = 35 };
  static const size_t rows[] = {1, 2, 3, 4, 7, 63, 64, 65, 66, MOST_ROWS};
  static const size_t cols[] = {1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 32, MOST_COLS};
  static const size_t ds[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 24, 31, 100};
  static const size_t long_ds[] = {127, 128, 129, 255, 256, 257, 300, 511, 512, 520, 600};
  static const triplet_sum kinds[] = {TRIPLET_SUM_SQUARES, TRIPLET_SUM_ABSOLUTE, TRIPLET_SUM_UNIT, TRIPLET_SUM_DOT};
  static float out[MOST_ROWS * (MOST_COLS + 3)];
  for (int turn = 0; turn < 300; turn++) {
    const triplet_sum sum = kinds[turn % 4];
    const bool shifts = sum == TRIPLET_SUM_SQUARES || sum == TRIPLET_SUM_ABSOLUTE;
    const triplet_term term = {sum, shifts && draw(2) ? 0.125f : 0};
    const bool is_long = turn % 16 < 4;
    const size_t d = is_long ? long_ds[draw(11)] : ds[draw(17)];
    const size_t stride = sum == TRIPLET_SUM_UNIT ? triplet_unit_floats(d) : d + draw(2);
    const size_t x_rows = rows[draw(is_long ? 5 : 10)], y_rows = cols[draw(12)];
    float *x = malloc(x_rows * stride * sizeof *x + 1), *y = malloc(y_rows * stride * sizeof *y + 1);
    const triplet_rows own = {.data = x, .rows = x_rows, .cols = d, .stride = stride};
    const triplet_rows others = {.data = y, .rows = y_rows, .cols = d, .stride = stride};
    draw_rows(x, own.rows, sum, d, stride);
    draw_rows(y, others.rows, sum, d, stride);

    const size_t step = others.rows + draw(4);
    for (size_t i = 0; i < own.rows * step; i++)
      out[i] = 12345;
    kernels->tile_sums(term, &own, &others, NULL, out, step);
    for (size_t i = 0; i < own.rows; i++)
      for (size_t j = 0; j < step; j++)
        assert_sum(out[i * step + j],
                   j < others.rows ? plain_sum(term, x + i * stride, y + j * stride, d, stride) : 12345);

    /* Finished as they are taken, or afterwards. */
    const triplet_finish by = {draw(2), draw(2) ? -1 : 0.5f, draw(2) ? 0 : 1e-6f};
    static float finished[MOST_ROWS * (MOST_COLS + 3)];
    bool good = true;
    const bool found = kernels->tile_sums(term, &own, &others, &by, finished, step);
    for (size_t i = 0; i < own.rows; i++) {
      good = kernels->finish(&by, out + i * step, others.rows) && good;
      for (size_t j = 0; j < others.rows; j++)
        assert_sum(finished[i * step + j], out[i * step + j]);
    }
    assert_int_equal(found, good);

    const size_t both = own.rows < others.rows ? own.rows : others.rows;
    const triplet_rows some = triplet_rows_part(&own, 0, both);
    out[both] = 12345;
    kernels->row_sums(term, &some, &others, out);
    for (size_t i = 0; i <= both; i++)
      assert_sum(out[i], i < both ? plain_sum(term, x + i * stride, y + i * stride, d, stride) : 12345);
    free(x);
    free(y);
  }
}

/* What can be made of a sum: every kind of number, in every place of a register. */
static void check_finishing(triplet_context *context, void *data) {
  (void)data;
  const triplet_kernels *kernels = kernels_of(context);
  static const float odd[] = {0, -0.0f, 0x1p-100f, 0x1p-101f, 1e-44f, FLT_MAX, INFINITY, -INFINITY, NAN, -3};
  static const struct { float factor, eps; } scales[] = {{1, 0}, {1, 1e-6f}, {0.5f, 0}, {-1, 0}};
  enum { MOST = 40 };
  for (size_t n = 0; n <= MOST; n++)
    for (size_t turn = 0; turn < 60; turn++) {
      float sums[MOST], roots[MOST + 1], scaled[MOST + 1], biased[MOST + 1], bias[MOST];
      const float eps = turn % 3 ? 0 : 1e-6f, factor = scales[turn % 4].factor, offset = scales[turn % 4].eps;
      const bool all_plain = turn % 5 == 0, rectify = turn % 2;
      bool good = true, inside = true;
      float largest = 0;
      for (size_t i = 0; i < n; i++) {
        sums[i] = all_plain || draw(5) ? (float)draw(1000) / 7 + 0.5f : odd[draw(9)];
        bias[i] = draw(9) ? (float)draw(9) - 4 : odd[draw(10)];
        good = good && sums[i] + eps >= 0x1p-100f && sums[i] + eps <= FLT_MAX;
        inside = inside && fabsf(sums[i]) >= 0x1p-100f && fabsf(sums[i]) <= FLT_MAX;
        largest = fabsf(sums[i]) <= largest || largest != largest ? largest : fabsf(sums[i]);
      }
      memcpy(roots, sums, n * sizeof *sums);
      memcpy(scaled, sums, n * sizeof *sums);
      memcpy(biased, sums, n * sizeof *sums);
      roots[n] = scaled[n] = biased[n] = 12345;
      assert_int_equal(kernels->finish(&(triplet_finish){.root = true, .eps = eps}, roots, n), good);
      assert_int_equal(kernels->finish(&(triplet_finish){false, factor, offset}, scaled, n), inside);
      assert_sum(kernels->largest(sums, n), largest);
      kernels->biased(biased, bias, n, rectify);
      for (size_t i = 0; i <= n; i++) {
        const float sum = i < n ? sums[i] + eps : 0, made = i < n ? sums[i] * factor + offset : 0;
        const float moved = i < n ? sums[i] + bias[i] : 0;
        const float root = i == n ? 12345 : sum == 0 ? 0 : sum >= 0x1p-100f && sum <= FLT_MAX ? sqrtf(sum) : NAN;
        assert_sum(roots[i], root);
        assert_same_bits(&scaled[i], &(float){i == n ? 12345 : made != made ? triplet_canonical_nan() : made}, 1, "");
        const float kept = moved != moved ? triplet_canonical_nan() : rectify && moved < 0 ? 0 : moved;
        assert_same_bits(&biased[i], &(float){i == n ? 12345 : kept}, 1, "");
      }
    }
}

static void check_moves(triplet_context *context, void *data) {
  (void)data;
  const triplet_kernels *kernels = kernels_of(context);
  enum { MOST = 48, STEP = 64 };
  float from_here[MOST * STEP];
  static float there[2][STEP * STEP] __attribute__((aligned(64)));
  for (int turn = 0; turn < 300; turn++) {
    const bool stream = turn % 3 == 0;
    const size_t rows = stream ? 16 * (1 + draw(3)) : 1 + draw(37), cols = stream ? 16 * (1 + draw(3)) : 1 + draw(37);
    const bool both = draw(2);
    for (size_t i = 0; i < MOST * STEP; i++)
      from_here[i] = (float)draw(1 << 20);
    for (size_t i = 0; i < STEP * STEP; i++)
      there[0][i] = there[1][i] = -1;
    const triplet_rows part = {.data = from_here, .rows = rows, .cols = cols, .stride = STEP};
    kernels->place(&part, &(triplet_outputs){there[0], both ? there[1] : NULL, STEP}, stream);
    for (size_t i = 0; i < STEP; i++)
      for (size_t j = 0; j < STEP; j++) {
        assert_true(there[0][i * STEP + j] == (i < rows && j < cols ? from_here[i * STEP + j] : -1));
        assert_true(there[1][i * STEP + j] == (both && j < rows && i < cols ? from_here[j * STEP + i] : -1));
      }
  }
}

static void check_rank(triplet_context *context, void *data) {
  (void)data;
  const triplet_kernels *kernels = kernels_of(context);
  static const size_t counts[] = {1,   2,   7,   8,   31,   32,   33,    40,    63,    64,   65,
                                  127, 254, 255, 256, 1000, 4096, 16383, 16384, 16385, 40000};
  static const size_t sizes[] = {1, 7, 8, 31, 32, 33, 64, 100};
  static float edges[40000], values[100];
  uint32_t ranks[101];
  for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
      const uint32_t different = draw(2) ? 50 : 5000;
      for (size_t i = 0; i < counts[c]; i++)
        edges[i] = number(different);
      qsort(edges, counts[c], sizeof *edges, ascending);
      for (size_t i = 0; i < sizes[s]; i++)
        values[i] = number(different);
      ranks[sizes[s]] = 12345;
      kernels->rank(edges, counts[c], values, sizes[s], ranks);
      for (size_t i = 0; i < sizes[s]; i++) {
        uint32_t expected = 0;
        while (expected < counts[c] && edges[expected] <= values[i])
          expected++;
        assert_int_equal(ranks[i], expected);
      }
      assert_int_equal(ranks[sizes[s]], 12345);
    }
}

/* Bins lie as their values do, and of what lies in a bin of edges nothing is missed. */
static void check_count_bins(triplet_context *context, void *data) {
  (void)data;
  const triplet_kernels *kernels = kernels_of(context);
  enum { EDGES = 20, MOST = 1000 };
  static const double ranges[][2] = {{0, 0},          {0, 1e-45},      {1, 2},         {0, 3e38},
                                     {-3e38, 3.4e38}, {-1e-30, 1e-30}, {1e30, 1.1e30}, {-5, -4.9}};
  static uint32_t counts[MOST + TRIPLET_MORE_BINS], expected[MOST + TRIPLET_MORE_BINS], unsure[102];
  static float values[100], edges[EDGES];
  for (size_t range = 0; range < sizeof ranges / sizeof *ranges; range++)
    for (size_t n = 0; n <= 100; n++) {
      const double low = ranges[range][0], width = ranges[range][1] - low;
      const size_t last = TRIPLET_LEAST_BINS + draw(MOST - TRIPLET_LEAST_BINS);
      for (size_t i = 0; i < EDGES; i++)
        edges[i] = (float)(low + width * draw(101) / 100);
      qsort(edges, EDGES, sizeof *edges, ascending);
      const triplet_bins bins = triplet_bins_of(&(triplet_edges){edges, EDGES, 0}, last, counts);
      for (size_t i = 0; i < EDGES; i++)
        assert_int_equal(counts[triplet_bin_of(&bins, edges[i])], TRIPLET_BIN_OF_EDGES);
      for (size_t i = 0; i < n; i++) {
        const double inner = low + width * draw(101) / 100;
        values[i] = draw(10) && inner < FLT_MAX ? (float)inner : draw(2) ? -INFINITY : INFINITY;
      }

      memcpy(expected, counts, sizeof expected);
      unsure[n + 1] = 12345;
      const size_t found = kernels->count_bins(&bins, values, n, unsure);
      size_t listed = 0, beyond = 0;
      for (size_t i = 0; i < n; i++) {
        const size_t bin = triplet_bin_of(&bins, values[i]);
        for (size_t j = 0; j < n; j++)
          assert_true(values[i] > values[j] || bin <= triplet_bin_of(&bins, values[j]));
        assert_true(bin <= last || values[i] > edges[EDGES - 1]);
        beyond += values[i] > edges[EDGES - 1];
        if (bin <= last && counts[bin] >= TRIPLET_BIN_OF_EDGES && listed < found && unsure[listed] == i)
          listed++;
        else
          assert_true(values[i] > edges[EDGES - 1] || counts[bin] < TRIPLET_BIN_OF_EDGES);
        expected[bin] += values[i] <= edges[EDGES - 1];
      }
      assert_int_equal(found, listed);
      assert_int_equal(unsure[n + 1], 12345);
      for (size_t bin = 0; bin < last; bin++)
        assert_int_equal(counts[bin], expected[bin]);
      size_t past = 0;
      for (size_t lane = 0; lane < TRIPLET_MORE_BINS; lane++)
        past += counts[last + lane];
      assert_in_range(past - expected[last], 0, beyond + 7); /* lanes without a value lie beyond */
    }
}

static void check_argmin(triplet_context *context, void *data) {
  (void)data;
  const triplet_kernels *kernels = kernels_of(context);
  for (size_t n = 1; n <= 100; n++)
    for (uint32_t different = 1; different <= 100; different += 33) {
      float values[100];
      size_t expected = 0;
      for (size_t i = 0; i < n; i++) {
        values[i] = number(different) + 1;
        if (values[i] < values[expected])
          expected = i;
      }
      assert_int_equal(kernels->argmin(values, n), expected);
    }
  const float far[9] = {INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY};
  assert_int_equal(kernels->argmin(far, 9), 0);
}

/* Plain numbers, or with one at each end of what is plain. */
static void check_coefficients(triplet_context *context, void *data) {
  (void)data;
  const triplet_kernels *kernels = kernels_of(context);
  static const float strange[] = {1e-30f, 1e30f, INFINITY};
  for (size_t n = 1; n <= 40; n++)
    for (int turn = 0; turn < 24; turn++) {
      float weights[40], backward[40], distances[40], out[41];
      bool plain = true;
      for (size_t i = 0; i < n; i++) {
        weights[i] = (float)draw(3) * ((float)draw(1000) / 7 - 60);
        backward[i] = (float)draw(2) * ((float)draw(1000) / 3 - 100);
        distances[i] = (float)draw(4) * (float)draw(100) / 9;
      }

      if (turn >= 12) {
        float *list = turn % 2 ? distances : weights;
        list[draw((uint32_t)n)] = strange[turn % 3];
      }

      const double scale = turn % 4 == 0 ? 1 : 1.0 / 3;
      const float *back = turn % 5 ? backward : NULL;
      float expected[40];
      for (size_t i = 0; i < n; i++) {
        const double slope = ((double)weights[i] + (back ? back[i] : 0)) * scale;
        const double size = fabs(slope), distance = distances[i] > 0 ? distances[i] : 1;
        plain = plain && (slope == 0 || (size > 1e-18 && size < 1e18)) && distance > 1e-18 && distance < 1e18;
        expected[i] = (float)(slope / distance);
      }

      out[n] = 12345;
      assert_int_equal(kernels->coefficients(weights, back, distances, scale, n, out), plain);
      if (plain)
        assert_same_bits(out, expected, n, "coefficients");
      assert_true(out[n] == 12345);
    }
}

/* What a term takes of a pair, component by component. */
static float taken(triplet_term term, const triplet_rows *x, size_t i, const triplet_rows *y, size_t j, size_t k) {
  const float *own = x->data + i * x->stride + k, *other = y->data + j * y->stride + k;
  if (term.sum == TRIPLET_SUM_DOT)
    return *other;
  if (term.sum == TRIPLET_SUM_UNIT)
    return (*own - *other) + (own[x->stride / 2] - other[x->stride / 2]);
  const float difference = *own - *other + term.shift;
  return term.sum == TRIPLET_SUM_ABSOLUTE ? (float)(difference > 0) - (float)(difference < 0) : difference;
}

/* Coefficients without 0, with a few, and of nothing but 0; a row that is not finite counts for nothing where its
 * coefficient is 0. */
static void check_accumulate(triplet_context *context, void *data) {
  (void)data;
  const triplet_kernels *kernels = kernels_of(context);
  enum { ROWS = 3, MOST_TERMS = 520, MOST_COLS = 48 };
  static float x[2 * ROWS * MOST_COLS], y[2 * MOST_TERMS * MOST_COLS], c[ROWS * MOST_TERMS];
  static float out[ROWS * MOST_COLS], expected[ROWS * MOST_COLS];
  static const triplet_sum kinds[] = {TRIPLET_SUM_SQUARES, TRIPLET_SUM_ABSOLUTE, TRIPLET_SUM_UNIT, TRIPLET_SUM_DOT};
  static const size_t counts[] = {1, 5, 8, 31, 32, 33, 255, 256, 257, MOST_TERMS};
  for (int turn = 0; turn < 160; turn++) {
    const triplet_sum sum = kinds[turn % 4];
    const bool shifts = sum == TRIPLET_SUM_SQUARES || sum == TRIPLET_SUM_ABSOLUTE;
    const triplet_term term = {sum, shifts && draw(2) ? 0.125f : 0};
    const size_t terms = counts[turn / 4 % 10], d = 1 + draw(MOST_COLS);
    const size_t stride = sum == TRIPLET_SUM_UNIT ? triplet_unit_floats(d) : d;
    const triplet_rows own = {.data = x, .rows = ROWS, .cols = d, .stride = stride};
    const triplet_rows others = {.data = y, .rows = terms, .cols = d, .stride = stride};
    const size_t row_step = turn % 2 ? 1 : terms, term_step = turn % 2 ? ROWS : 1;
    const uint32_t zeros = draw(3); /* one in so many, 0: none */
    for (size_t i = 0; i < ROWS * d; i++)
      out[i] = expected[i] = (float)draw(10);
    for (size_t i = 0; i < ROWS * stride; i++)
      x[i] = (float)draw(100) / 7 - 5;
    for (size_t i = 0; i < terms * stride; i++)
      y[i] = (float)draw(100) / 9 - 5;
    for (size_t i = 0; i < ROWS * terms; i++)
      c[i] = zeros && draw(zeros == 1 ? 1 : 20) == 0 ? 0 : (float)draw(50) / 3 + 0.1f;
    const size_t ignored = draw((uint32_t)terms);
    if (zeros)
      for (size_t i = 0; i < ROWS; i++) {
        c[i * row_step + ignored * term_step] = 0;
        y[ignored * stride] = NAN;
      }

    for (size_t i = 0; i < ROWS; i++)
      for (size_t j = 0; j < terms; j++)
        for (size_t k = 0; k < d; k++) {
          const float weight = c[i * row_step + j * term_step];
          if (weight != 0)
            expected[i * d + k] += weight * taken(term, &own, i, &others, j, k);
        }
    const triplet_coefficients coefficients = {c, row_step, term_step};
    kernels->accumulate(term, &own, &others, &coefficients, out);
    assert_same_bits(out, expected, ROWS * d, "accumulate");
  }
}

/* Multiples of 2^-24 and what was lost of them make the quotient; no row touches its neighbour. */
static void check_units(triplet_context *context, void *data) {
  (void)data;
  const triplet_kernels *kernels = kernels_of(context);
  static const double scales[] = {1, 1e30, 1e-30, 0x1p-149};
  enum { ROWS = 3, MOST_COLS = 37, ROOM = 40 };
  for (size_t d = 1; d <= MOST_COLS; d++)
    for (size_t s = 0; s < 4; s++) {
      const size_t stride = triplet_unit_floats(d), lost = stride / 2;
      float x[ROWS * MOST_COLS], units[ROWS * 2 * ROOM + 1];
      double lengths[ROWS];
      for (size_t i = 0; i < ROWS * d; i++)
        x[i] = (float)((double)(draw(2000) + 1) * scales[s]);
      const size_t zero = draw(ROWS);
      memset(x + zero * d, 0, d * sizeof *x);
      units[ROWS * stride] = 12345;
      const triplet_rows rows = triplet_rows_of(x, ROWS, d);
      kernels->units(&rows, units, lengths);
      assert_true(units[ROWS * stride] == 12345);
      for (size_t i = 0; i < ROWS; i++) {
        long double squares = 0;
        for (size_t k = 0; k < d; k++)
          squares += (long double)x[i * d + k] * x[i * d + k];
        const long double length = sqrtl(squares);
        assert_true(fabsl(lengths[i] - length) <= 1e-15L * length);
        for (size_t k = 0; k < lost; k++) {
          const float *unit = units + i * stride + k;
          const long double exact = i == zero || k >= d ? 0 : x[i * d + k] / length;
          assert_true(*unit == ldexpf(truncf(ldexpf(*unit, 24)), -24) && fabsf(unit[lost]) <= 0x1p-25f);
          assert_true(fabsl((long double)*unit + unit[lost] - exact) <= 0x1p-49L);
        }
      }
    }
}

/* Nothing along the row is left, the rest is divided by its length; rows without a length have no gradient. */
static void check_tangents(triplet_context *context, void *data) {
  (void)data;
  const triplet_kernels *kernels = kernels_of(context);
  static const double lengths[] = {2, 1e-44, 1e38, 0, INFINITY, NAN};
  for (size_t d = 1; d <= 37; d++)
    for (size_t s = 0; s < 6; s++) {
      float unit[80] = {0}, gradient[38], squares = 0;
      double along = 0, expected[37];
      for (size_t k = 0; k < d; k++) {
        unit[k] = (float)draw(20) - 9.5f;
        gradient[k] = (float)draw(100) / 7 - 5;
        squares += unit[k] * unit[k];
      }
      for (size_t k = 0; k < d; k++) {
        unit[k] /= sqrtf(squares);
        along += (double)unit[k] * gradient[k];
      }
      for (size_t k = 0; k < d; k++)
        expected[k] = s < 3 ? ((double)gradient[k] - along * unit[k]) / lengths[s] : 0;
      gradient[d] = 12345;
      const triplet_rows rows = {
          .data = unit, .lengths = &lengths[s], .rows = 1, .cols = d, .stride = triplet_unit_floats(d)};
      kernels->tangents(&rows, gradient);
      assert_true(gradient[d] == 12345);
      for (size_t k = 0; k < d; k++) {
        const double size = s < 3 ? 10 / lengths[s] : 0;
        if (fabs(expected[k]) <= FLT_MAX)
          assert_true(fabs(gradient[k] - expected[k]) <= 1e-6 * size + 0x1p-149);
        else
          assert_true(isinf(gradient[k]));
      }
    }
}

static void sums_of_pairs(void **unused) {
  (void)unused;
  on_every_machine(check_sums, NULL);
}

static void sums_become_distances(void **unused) {
  (void)unused;
  on_every_machine(check_finishing, NULL);
}

static void blocks_are_moved(void **unused) {
  (void)unused;
  on_every_machine(check_moves, NULL);
}

static void ranks_among_edges(void **unused) {
  (void)unused;
  on_every_machine(check_rank, NULL);
}

static void bins_have_their_values(void **unused) {
  (void)unused;
  on_every_machine(check_count_bins, NULL);
}

static void the_least_is_the_first_of_equals(void **unused) {
  (void)unused;
  on_every_machine(check_argmin, NULL);
}

static void coefficients_of_slopes(void **unused) {
  (void)unused;
  on_every_machine(check_coefficients, NULL);
}

static void sums_of_weighted_rows(void **unused) {
  (void)unused;
  on_every_machine(check_accumulate, NULL);
}

static void rows_of_length_one(void **unused) {
  (void)unused;
  on_every_machine(check_units, NULL);
}

static void gradients_at_right_angles(void **unused) {
  (void)unused;
  on_every_machine(check_tangents, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_of_pairs),          cmocka_unit_test(sums_become_distances),
      cmocka_unit_test(blocks_are_moved),       cmocka_unit_test(ranks_among_edges),
      cmocka_unit_test(bins_have_their_values), cmocka_unit_test(the_least_is_the_first_of_equals),
      cmocka_unit_test(coefficients_of_slopes), cmocka_unit_test(sums_of_weighted_rows),
      cmocka_unit_test(rows_of_length_one),     cmocka_unit_test(gradients_at_right_angles),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
