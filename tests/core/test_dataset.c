/* Standardisation, the stratified split and the synthetic sets against their definitions. */
#include "internal.h"

#include <stdlib.h>

#include "support.h"

/* ---- standardisation --------------------------------------------------------------------------------------------- */

static void standardization(void **unused) {
  (void)unused;
  enum { ROWS = 157, COLS = 9 };
  seeded from = seeded_from(1);
  floats data = floats_random(&from, ROWS * COLS, 1, 3), output = floats_make(ROWS * COLS, 3);
  for (size_t i = 0; i < ROWS; i++) {
    data.data[i * COLS + 2] += 1e6f;
    data.data[i * COLS + 3] *= 1e30f;
    data.data[i * COLS + 4] *= 1e-30f;
    data.data[i * COLS + 5] = 0.1f; /* constant, and its sum in double is rounded */
  }
  const triplet_matrix x = triplet_matrix_of(data.data, ROWS, COLS);
  float mean[COLS], deviation[COLS];
  assert_int_equal(triplet_standardization(context, x, mean, deviation), TRIPLET_OK);
  for (size_t j = 0; j < COLS; j++) {
    long double sum = 0, squares = 0;
    for (size_t i = 0; i < ROWS; i++)
      sum += data.data[i * COLS + j];
    for (size_t i = 0; i < ROWS; i++)
      squares += (data.data[i * COLS + j] - sum / ROWS) * (data.data[i * COLS + j] - sum / ROWS);
    const double spread = j == 5 ? 1 : (double)sqrtl(squares / ROWS);
    assert_true(fabs((double)mean[j] - (double)(sum / ROWS)) <= 1e-7 * (fabs((double)(sum / ROWS)) + 1e-3 * spread));
    assert_true(fabs((double)deviation[j] - spread) <= 1e-7 * spread);
  }
  assert_true(deviation[5] == 1 && mean[5] == 0.1f);

  const triplet_floats means = {mean, COLS}, deviations = {deviation, COLS};
  assert_int_equal(triplet_standardize(context, x, means, deviations, triplet_matrix_of(output.data, ROWS, COLS)),
                   TRIPLET_OK);
  for (size_t i = 0; i < ROWS * COLS; i++) {
    const size_t j = i % COLS;
    assert_true(output.data[i] == (float)(((double)data.data[i] - (double)mean[j]) / (double)deviation[j]));
  }
  assert_int_equal(triplet_standardize(context, x, means, deviations, x), TRIPLET_OK); /* in place */
  assert_same_bits(data.data, output.data, ROWS * COLS, "in place");
  floats_release(&data);
  floats_release(&output);
}

/* Sums in double, by definition: 64 rows in turn, more split at the largest power of two of 64 below. mean NULL: of
 * offsets from the first row, else of the squares of their distance from the mean. */
static double naive_sum(const float *column, const double *mean, float origin, size_t rows) {
  double sum = 0;
  if (rows > 64) {
    size_t left = 64;
    while (2 * left < rows)
      left *= 2;
    sum = naive_sum(column, mean, origin, left);
    return sum + naive_sum(column + left, mean, origin, rows - left);
  }
  for (size_t i = 0; i < rows; i++) {
    const double offset = (double)column[i] - (double)origin;
    sum += mean ? (offset - *mean) * (offset - *mean) : offset;
  }
  return sum;
}

/* Numbers of every size that cancel each other, in any order, so that the rounding of their sum is all that is left. */
static void fill_cancelling(seeded *from, float *column, size_t rows) {
  for (size_t i = 0; i < rows; i++)
    column[i] = i == 0 ? 0 : i % 2 ? (float)exp(seeded_between(from, -20, 20)) : -column[i - 1];
  for (size_t i = 1; i < rows; i++) {
    const size_t other = 1 + seeded_below(from, rows - 1);
    const float kept = column[i];
    column[i] = column[other];
    column[other] = kept;
  }
}

static void standardization_order(void **unused) {
  (void)unused;
  enum { MOST = 9 * 64, COLS = 3 };
  seeded from = seeded_from(7);
  size_t told = 0;
  for (size_t rows = 1; rows <= MOST; rows += 22) {
    float values[MOST * COLS], columns[COLS][MOST], mean[COLS], deviation[COLS];
    for (size_t j = 0; j < COLS; j++) {
      fill_cancelling(&from, columns[j], rows);
      for (size_t i = 0; i < rows; i++)
        values[i * COLS + j] = columns[j][i];
    }
    assert_int_equal(triplet_standardization(context, triplet_matrix_of(values, rows, COLS), mean, deviation),
                     TRIPLET_OK);

    for (size_t j = 0; j < COLS; j++) {
      const double n = (double)rows, expected = naive_sum(columns[j], NULL, columns[j][0], rows) / n;
      const float spread = (float)sqrt(naive_sum(columns[j], &expected, columns[j][0], rows) / n);
      assert_int_equal(bits_of(mean[j]), bits_of((float)expected));
      assert_int_equal(bits_of(deviation[j]), bits_of(spread > 0 ? spread : 1));
      double in_turn = 0;
      for (size_t i = 0; i < rows; i++)
        in_turn += (double)columns[j][i];
      told += mean[j] != (float)(in_turn / n);
    }
  }
  assert_true(told > 10); /* another order gives other bits */
}

static void standardization_errors(void **unused) {
  (void)unused;
  float values[] = {1, 2, 3, 4}, mean[2], deviation[2], output[4];
  pattern_set(mean, sizeof mean);
  pattern_set(deviation, sizeof deviation);
  pattern_set(output, sizeof output);
  const triplet_matrix x = triplet_matrix_of(values, 2, 2), to = triplet_matrix_of(output, 2, 2);
  assert_error(context, triplet_standardization(context, triplet_matrix_of(values, 0, 2), mean, deviation),
               TRIPLET_INVALID_ARGUMENT, "x", "expected at least one row, got none");
  assert_error(context, triplet_standardization(context, x, NULL, deviation), TRIPLET_INVALID_ARGUMENT, "mean",
               "expected 2 floats, got NULL");
  assert_error(context, triplet_standardization(context, x, mean, NULL), TRIPLET_INVALID_ARGUMENT, "deviation",
               "expected 2 floats, got NULL");
  values[3] = INFINITY;
  assert_error(context, triplet_standardization(context, x, mean, deviation), TRIPLET_NOT_FINITE, "x",
               "expected finite numbers, got inf in row 1, column 1");
  assert_true(pattern_stands(mean, sizeof mean) && pattern_stands(deviation, sizeof deviation));

  const float good[] = {1, 2, 3}, bad[] = {1, 0};
  const triplet_floats two = {good, 2}, three = {good, 3}, zero = {bad, 2}, none = {NULL, 0};
  assert_error(context, triplet_standardize(context, x, three, two, to), TRIPLET_INVALID_ARGUMENT, "mean",
               "expected 2 numbers, got 3");
  assert_error(context, triplet_standardize(context, x, none, two, to), TRIPLET_INVALID_ARGUMENT, "mean",
               "expected 2 numbers, got none");
  assert_error(context, triplet_standardize(context, x, two, three, to), TRIPLET_INVALID_ARGUMENT, "deviation",
               "expected 2 numbers, got 3");
  assert_error(context, triplet_standardize(context, x, two, zero, to), TRIPLET_INVALID_ARGUMENT, "deviation",
               "expected numbers > 0, got 0 at index 1");
  assert_error(context, triplet_standardize(context, x, two, two, triplet_matrix_of(output, 1, 2)),
               TRIPLET_INVALID_ARGUMENT, "output", "expected 2 x 2 like x, got 1 x 2");
  assert_true(pattern_stands(output, sizeof output));

  values[1] = -NAN; /* what is not finite passes through, and every NaN is the same */
  values[2] = -INFINITY;
  assert_int_equal(triplet_standardize(context, x, two, two, to), TRIPLET_OK);
  assert_int_equal(bits_of(output[1]), 0x7fc00000);
  assert_true(output[2] == -INFINITY);
  assert_int_equal(
      triplet_standardize(context, triplet_matrix_of(NULL, 2, 0), none, none, triplet_matrix_of(NULL, 2, 0)),
      TRIPLET_OK);
}

static triplet_status standardization_of_iota(triplet_context *with, void *data) {
  static const float values[] = {1, 2, 3, 4};
  return triplet_standardization(with, triplet_matrix_of(values, 2, 2), data, (float *)data + 2);
}

static void untouched_floats(void *data) {
  assert_true(pattern_stands(data, 4 * sizeof(float)));
}

/* ---- split ------------------------------------------------------------------------------------------------------- */

static void split(void **unused) {
  (void)unused;
  enum { ROWS = 500 };
  static const int32_t names[] = {INT32_MIN, -5, 0, 7, INT32_MAX};
  static const double fractions[] = {0, 0.1, 0.2, 0.25, 0.5, 0.9, 1};
  int32_t numbers[ROWS];
  uint8_t held_out[ROWS], again[ROWS], other[ROWS];
  seeded from = seeded_from(2);

  for (size_t rows = 0; rows <= ROWS; rows = rows * 2 + 1)
    for (size_t f = 0; f < sizeof fractions / sizeof *fractions; f++) {
      for (size_t i = 0; i < rows; i++)
        numbers[i] = names[seeded_below(&from, 5)];
      const triplet_labels labels = triplet_labels_of(numbers, rows);
      assert_int_equal(triplet_split(context, labels, TRIPLET_HOLD_OUT_ROWS, fractions[f], 3, held_out), TRIPLET_OK);
      assert_int_equal(triplet_split(NULL, labels, TRIPLET_HOLD_OUT_ROWS, fractions[f], 3, again), TRIPLET_OK);
      assert_memory_equal(held_out, again, rows);

      for (size_t c = 0; c < 5; c++) {
        size_t members = 0, held = 0;
        for (size_t i = 0; i < rows; i++)
          if (numbers[i] == names[c]) {
            assert_true(held_out[i] <= 1);
            members++;
            held += held_out[i];
          }
        const size_t most = members > 2 ? members - 2 : 0, share = (size_t)round(fractions[f] * (double)members);
        assert_int_equal(held, share < most ? share : most); /* two always stay */
      }

      if (rows > 100 && fractions[f] == 0.5) {
        assert_int_equal(triplet_split(context, labels, TRIPLET_HOLD_OUT_ROWS, fractions[f], 4, other), TRIPLET_OK);
        assert_true(memcmp(held_out, other, rows) != 0);
      }
    }
}

/* Every row of a class is as likely as any other. */
static void split_is_fair(void **unused) {
  (void)unused;
  enum { ROWS = 12, SEEDS = 3000 };
  int32_t numbers[ROWS];
  size_t counts[ROWS] = {0};
  for (size_t i = 0; i < ROWS; i++)
    numbers[i] = i % 3 ? 1 : 0; /* 4 and 8 rows: a quarter is 1 and 2 */
  for (int64_t seed = 0; seed < SEEDS; seed++) {
    uint8_t held_out[ROWS];
    assert_int_equal(
        triplet_split(context, triplet_labels_of(numbers, ROWS), TRIPLET_HOLD_OUT_ROWS, 0.25, seed, held_out),
        TRIPLET_OK);
    for (size_t i = 0; i < ROWS; i++)
      counts[i] += held_out[i];
  }
  for (size_t i = 0; i < ROWS; i++)
    assert_true(counts[i] > SEEDS / 4 - 120 && counts[i] < SEEDS / 4 + 120);
}

/* Whole classes of two rows or more, two of which are always left and two held out; each as likely as any other. */
static void split_by_classes(void **unused) {
  (void)unused;
  enum { CLASSES = 9, SEEDS = 4000 };
  int32_t numbers[2 * CLASSES];
  uint8_t held_out[2 * CLASSES], automatic[2 * CLASSES];
  size_t counts[CLASSES] = {0};
  for (int32_t c = 0; c < CLASSES; c++) /* the last has one row */
    numbers[c] = numbers[(size_t)c + CLASSES] = c;
  const size_t rows = 2 * CLASSES - 1;
  const triplet_labels labels = triplet_labels_of(numbers, rows);

  static const double fractions[] = {0, 0.01, 0.25, 0.5, 0.9, 1};
  static const size_t expected[] = {0, 2, 2, 4, 6, 6}; /* of eight */
  for (size_t f = 0; f < 6; f++)
    for (int64_t seed = 0; seed < SEEDS; seed++) {
      assert_int_equal(triplet_split(context, labels, TRIPLET_HOLD_OUT_CLASSES, fractions[f], seed, held_out),
                       TRIPLET_OK);

      size_t held = 0;
      for (size_t c = 0; c + 1 < CLASSES; c++) {
        assert_int_equal(held_out[c], held_out[c + CLASSES]);
        held += held_out[c];
        counts[c] += f == 2 ? held_out[c] : 0;
      }
      assert_int_equal(held, expected[f]);
      assert_int_equal(held_out[CLASSES - 1], 0);

      if (seed < 3) { /* no class has more than two rows */
        assert_int_equal(triplet_split(NULL, labels, TRIPLET_HOLD_OUT_AUTO, fractions[f], seed, automatic), TRIPLET_OK);
        assert_memory_equal(held_out, automatic, rows);
      }
    }

  for (size_t c = 0; c + 1 < CLASSES; c++)
    assert_true(fabs((double)counts[c] - SEEDS / 4.0) <= 120);

  static const size_t classes[] = {2, 3, 4, 6},
                      gone[] = {0, 0, 6, 4}; /* two of them, once there are four; of 12 rows */
  for (size_t k = 0; k < 4; k++) {
    for (size_t i = 0; i < 12; i++)
      numbers[i] = (int32_t)(i % classes[k]);
    assert_int_equal(
        triplet_split(context, triplet_labels_of(numbers, 12), TRIPLET_HOLD_OUT_CLASSES, 0.01, 1, held_out),
        TRIPLET_OK);
    size_t rows_gone = 0;
    for (size_t i = 0; i < 12; i++)
      rows_gone += held_out[i];
    assert_int_equal(rows_gone, gone[k]);
  }

  for (size_t i = 0; i < 7; i++)
    numbers[i] = (int32_t)(i % 3); /* three classes are too few */
  assert_int_equal(triplet_split(context, triplet_labels_of(numbers, 7), TRIPLET_HOLD_OUT_CLASSES, 0.5, 1, held_out),
                   TRIPLET_OK);
  for (size_t i = 0; i < 7; i++)
    assert_int_equal(held_out[i], 0);

  assert_int_equal(triplet_split(context, triplet_labels_of(numbers, 7), TRIPLET_HOLD_OUT_AUTO, 0.5, 1, automatic),
                   TRIPLET_OK); /* one of them has three rows, of which one can go */
  size_t held = 0;
  for (size_t i = 0; i < 7; i++)
    held += automatic[i];
  assert_int_equal(held, 1);
}

/* Rows of 0 to 3 labels; every label from 1 on comes with 0 as often as `common` of 10 rows. */
enum { SET_ROWS = 120, SET_LABELS = 12 };

typedef struct label_sets {
  int32_t integers[5 * SET_ROWS], ends[SET_ROWS];
  bool has[SET_LABELS][SET_ROWS];
  triplet_labels labels;
} label_sets;

static void fill_sets(label_sets *to, seeded *from, size_t common) {
  *to = (label_sets){.ends = {0}};
  int32_t end = 0;
  for (size_t row = 0; row < SET_ROWS; row++) {
    const bool also = seeded_below(from, 10) < common;
    for (size_t i = 0, count = row % 4; i <= count; i++) {
      const size_t label = i < count ? 1 + seeded_below(from, 1 + seeded_below(from, SET_LABELS - 1)) : 0;
      if (i == count && !(also && count))
        continue;
      to->has[label][row] = true;
      to->integers[end++] = (int32_t)label; /* some rows have a label twice */
    }
    to->ends[row] = end;
  }
  to->labels = triplet_label_sets_of(to->integers, to->ends, SET_ROWS);
}

static size_t share_of(double fraction, size_t rows) {
  return (size_t)round(fraction * (double)rows);
}

static size_t rows_of_class(const label_sets *sets, size_t label, const uint8_t *held_out, int side) {
  size_t count = 0;
  for (size_t row = 0; row < SET_ROWS; row++)
    count += sets->has[label][row] && (!held_out || held_out[row] == side);
  return count;
}

/* Two rows of every class stay, or all of fewer, and a class of which fewer went than asked for has none that could. */
static void split_of_sets(void **unused) {
  (void)unused;
  seeded from = seeded_from(9);
  for (int round = 0; round < 200; round++) {
    label_sets sets;
    uint8_t held_out[SET_ROWS];
    fill_sets(&sets, &from, (size_t)round % 11);
    const double fraction = (round % 7) / 6.0;
    assert_int_equal(triplet_split(context, sets.labels, TRIPLET_HOLD_OUT_ROWS, fraction, round, held_out), TRIPLET_OK);

    size_t left[SET_LABELS];
    bool full[SET_ROWS] = {false}; /* rows of a class that can lose none */
    for (size_t label = 0; label < SET_LABELS; label++) {
      const size_t all = rows_of_class(&sets, label, NULL, 0);
      left[label] = rows_of_class(&sets, label, held_out, 0);
      assert_true(left[label] >= (all < 2 ? all : 2));
      for (size_t row = 0; row < SET_ROWS && left[label] <= 2; row++)
        full[row] = full[row] || sets.has[label][row];
    }
    for (size_t row = 0; row < SET_ROWS; row++) {
      assert_true(held_out[row] <= 1);
      assert_true(!held_out[row] || (row % 4 && fraction > 0)); /* a row without labels stays */
      for (size_t label = 0; label < SET_LABELS; label++) {
        const size_t all = rows_of_class(&sets, label, NULL, 0);
        if (sets.has[label][row] && !held_out[row] && all - left[label] < share_of(fraction, all))
          assert_true(full[row]);
      }
    }
  }
}

/* What is held out is whole classes, and two stay that can be trained on. */
static void split_of_sets_by_classes(void **unused) {
  (void)unused;
  seeded from = seeded_from(10);
  size_t rounds_with_some = 0;
  for (int round = 0; round < 200; round++) {
    label_sets sets;
    uint8_t held_out[SET_ROWS];
    fill_sets(&sets, &from, (size_t)round % 11);
    assert_int_equal(triplet_split(context, sets.labels, TRIPLET_HOLD_OUT_CLASSES, 0.25, round, held_out), TRIPLET_OK);
    size_t trainable = 0, held = 0;
    bool explained[SET_ROWS] = {false};
    for (size_t label = 0; label < SET_LABELS; label++) {
      const size_t left = rows_of_class(&sets, label, held_out, 0);
      trainable += left > 1;
      for (size_t row = 0; row < SET_ROWS && !left; row++)
        explained[row] = explained[row] || sets.has[label][row];
    }
    assert_true(trainable >= 2);
    for (size_t row = 0; row < SET_ROWS; row++) {
      assert_true(!held_out[row] || explained[row]);
      held += held_out[row];
    }
    rounds_with_some += held > 0;
  }
  assert_true(rounds_with_some > 190);
}

static void split_of_sets_of_one(void **unused) {
  (void)unused;
  int32_t numbers[60], ends[60];
  for (int32_t i = 0; i < 60; i++) {
    numbers[i] = i * i % 17 % 9;
    ends[i] = i + 1;
  }
  for (int hold_out = TRIPLET_HOLD_OUT_ROWS; hold_out <= TRIPLET_HOLD_OUT_AUTO; hold_out++) {
    uint8_t left[60], right[60];
    assert_int_equal(triplet_split(context, triplet_labels_of(numbers, 60), (triplet_hold_out)hold_out, 0.3, 5, left),
                     TRIPLET_OK);
    assert_int_equal(
        triplet_split(context, triplet_label_sets_of(numbers, ends, 60), (triplet_hold_out)hold_out, 0.3, 5, right),
        TRIPLET_OK);
    assert_memory_equal(left, right, sizeof left);
  }
}

static void split_errors(void **unused) {
  (void)unused;
  const int32_t numbers[] = {1, 1, 2};
  uint8_t held_out[3];
  pattern_set(held_out, sizeof held_out);
  const triplet_labels labels = triplet_labels_of(numbers, 3);
  assert_error(context, triplet_split(context, labels, (triplet_hold_out)3, 0.5, 0, held_out), TRIPLET_INVALID_ARGUMENT,
               "hold_out", "expected one of rows|classes|auto, got number 3");
  assert_error(context, triplet_split(context, labels, TRIPLET_HOLD_OUT_ROWS, 1.5, 0, held_out),
               TRIPLET_INVALID_ARGUMENT, "fraction", "expected a number in [0, 1], got 1.5");
  assert_error(context, triplet_split(context, labels, TRIPLET_HOLD_OUT_ROWS, (double)NAN, 0, held_out),
               TRIPLET_INVALID_ARGUMENT, "fraction", "expected a number in [0, 1], got nan");
  assert_error(context, triplet_split(context, labels, TRIPLET_HOLD_OUT_ROWS, 0.5, -1, held_out),
               TRIPLET_INVALID_ARGUMENT, "seed", "expected an integer in 0 .. 9007199254740991, got -1");
  assert_error(context, triplet_split(context, labels, TRIPLET_HOLD_OUT_ROWS, 0.5, 0, NULL), TRIPLET_INVALID_ARGUMENT,
               "held_out", "expected 3 bytes, got NULL");
  assert_error(context, triplet_split(context, triplet_labels_of(NULL, 3), TRIPLET_HOLD_OUT_ROWS, 0.5, 0, held_out),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected 3 integers, got 0");
  const float relations[] = {1, -1, -1, 1};
  assert_error(context,
               triplet_split(context, triplet_relations_of(relations, 2, 2), TRIPLET_HOLD_OUT_ROWS, 0.5, 0, held_out),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected labels, got a matrix of relations");
  const int32_t ends[] = {1, 0, 3};
  assert_error(context,
               triplet_split(context, triplet_label_sets_of(numbers, ends, 3), TRIPLET_HOLD_OUT_ROWS, 0.5, 0, held_out),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected ends that ascend, got 0 at index 1");
  assert_true(pattern_stands(held_out, sizeof held_out));
}

static triplet_status split_of_three(triplet_context *with, void *data) {
  static const int32_t numbers[] = {1, 1, 2};
  return triplet_split(with, triplet_labels_of(numbers, 3), TRIPLET_HOLD_OUT_ROWS, 0.5, 0, data);
}

static void untouched_bytes(void *data) {
  assert_true(pattern_stands(data, 3));
}

static void memory_runs_out(void **unused) {
  (void)unused;
  float values[4];
  uint8_t held_out[3];
  pattern_set(values, sizeof values);
  pattern_set(held_out, sizeof held_out);
  assert_int_equal(fail_each_allocation(standardization_of_iota, untouched_floats, values), 2);
  assert_int_equal(fail_each_allocation(split_of_three, untouched_bytes, held_out), 2);
}

/* ---- synthetic sets ---------------------------------------------------------------------------------------------- */

static void synthetic(void **unused) {
  (void)unused;
  enum { ROWS = 601 };
  static const int32_t classes[] = {4, 3, 2, 4};
  float values[ROWS * 3], again[ROWS * 3];
  int32_t labels[ROWS];
  for (int kind = 0; kind < 4; kind++) {
    const size_t cols = triplet_synthetic_cols(kind);
    assert_int_equal(cols, kind == TRIPLET_SYNTHETIC_SWISS_ROLL ? 3 : 2);
    const triplet_matrix x = triplet_matrix_of(values, ROWS, cols), y = triplet_matrix_of(again, ROWS, cols);
    assert_int_equal(triplet_synthetic(context, kind, 1, 5, x, labels), TRIPLET_OK);
    assert_int_equal(triplet_synthetic(NULL, kind, 1, 5, y, labels), TRIPLET_OK);
    assert_same_bits(values, again, ROWS * cols, "the same seed");
    assert_int_equal(triplet_synthetic(context, kind, 1, 6, y, labels), TRIPLET_OK);
    assert_memory_not_equal(values, again, sizeof(float) * ROWS * cols);

    assert_int_equal(triplet_synthetic(context, kind, 0, 5, x, labels), TRIPLET_OK);
    for (size_t i = 0; i < ROWS; i++) {
      const double a = values[i * cols], b = values[i * cols + 1];
      assert_int_equal(labels[i], (int32_t)i % classes[kind]);
      switch (kind) {
      case TRIPLET_SYNTHETIC_BLOBS: /* without noise the four centres */
        assert_true(a == (labels[i] & 1 ? 1 : -1) && b == (labels[i] & 2 ? 1 : -1));
        break;
      case TRIPLET_SYNTHETIC_RINGS:
        assert_true(fabs(hypot(a, b) - (1 + labels[i])) < 1e-6);
        break;
      case TRIPLET_SYNTHETIC_MOONS: /* the upper half circle round (0, 0), the lower one round (1, 1/2) */
        assert_true(fabs(hypot(a - labels[i], b - 0.5 * labels[i]) - 1) < 1e-6);
        assert_true(labels[i] ? b <= 0.5 : b >= 0);
        break;
      default: { /* a spiral whose angle says the class */
        const double angle = 5 * hypot(a, values[i * cols + 2]), start = 1.5 * 3.141592653589793;
        const double along = (angle * angle / (start * start) - 1) / 8;
        assert_true(fabs(b) <= 2 && along > labels[i] / 4.0 - 1e-6 && along < (labels[i] + 1) / 4.0 + 1e-6);
        assert_true(fabs(values[i * cols + 2] - angle * sin(angle) / 5) < 1e-5);
      }
      }
    }
  }
}

static void synthetic_errors(void **unused) {
  (void)unused;
  float values[6];
  int32_t labels[2];
  pattern_set(values, sizeof values);
  pattern_set(labels, sizeof labels);
  const triplet_matrix x = triplet_matrix_of(values, 2, 2);
  assert_error(context, triplet_synthetic(context, (triplet_synthetic_kind)4, 1, 0, x, labels),
               TRIPLET_INVALID_ARGUMENT, "kind", "expected one of blobs|rings|moons|swiss_roll, got number 4");
  assert_error(context, triplet_synthetic(context, TRIPLET_SYNTHETIC_RINGS, -1, 0, x, labels), TRIPLET_INVALID_ARGUMENT,
               "noise", "expected a finite number >= 0, got -1");
  assert_error(context, triplet_synthetic(context, TRIPLET_SYNTHETIC_RINGS, INFINITY, 0, x, labels),
               TRIPLET_INVALID_ARGUMENT, "noise", "expected a finite number >= 0, got inf");
  assert_int_equal(triplet_synthetic(context, TRIPLET_SYNTHETIC_RINGS, 1, 0, triplet_matrix_of(NULL, 0, 2), NULL),
                   TRIPLET_OK);
  assert_error(context, triplet_synthetic(context, TRIPLET_SYNTHETIC_RINGS, 1, INT64_MAX, x, labels),
               TRIPLET_INVALID_ARGUMENT, "seed",
               "expected an integer in 0 .. 9007199254740991, got 9223372036854775807");
  assert_error(context, triplet_synthetic(context, TRIPLET_SYNTHETIC_SWISS_ROLL, 1, 0, x, labels),
               TRIPLET_INVALID_ARGUMENT, "x", "expected 3 columns, got 2");
  assert_error(context, triplet_synthetic(context, TRIPLET_SYNTHETIC_RINGS, 1, 0, x, NULL), TRIPLET_INVALID_ARGUMENT,
               "labels", "expected 2 integers, got NULL");
  assert_int_equal(triplet_synthetic_cols((triplet_synthetic_kind)4), 0);
  assert_true(pattern_stands(values, sizeof values) && pattern_stands(labels, sizeof labels));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(standardization),        cmocka_unit_test(standardization_order),
      cmocka_unit_test(standardization_errors), cmocka_unit_test(split),
      cmocka_unit_test(split_is_fair),          cmocka_unit_test(split_by_classes),
      cmocka_unit_test(split_of_sets),          cmocka_unit_test(split_of_sets_by_classes),
      cmocka_unit_test(split_of_sets_of_one),   cmocka_unit_test(split_errors),
      cmocka_unit_test(memory_runs_out),        cmocka_unit_test(synthetic),
      cmocka_unit_test(synthetic_errors),
  };
  return cmocka_run_group_tests(tests, create_context, destroy_context);
}
