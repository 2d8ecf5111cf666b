/* dataset.c - what is done to rows before they are learned from: standardise, hold some out, or make them up. */
#include "keys.h"
#include "shard.h"
#include "tree.h"

#define PI 3.141592653589793
#define MAX_SEED (((int64_t)1 << 53) - 1)

/* Streams of randomness of a seed, named so that they stay apart from those of a trainer with the same seed. */
enum { SPLIT_STREAM = 0x73706c69, SYNTHETIC_STREAM = 0x73796e74 };

triplet_status triplet_check_seed(triplet_context *context, int64_t seed) {
  if (seed < 0 || seed > MAX_SEED)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "seed", "expected an integer in 0 .. %d, got %d", MAX_SEED,
                        seed);
  return TRIPLET_OK;
}

/* ---- standardisation --------------------------------------------------------------------------------------------- */

/* Sums over the rows of each column, in double, by the tree. All is measured from the first row, so that a constant
 * column has a deviation of exactly 0. */
typedef struct column_sums {
  triplet_reader *x;
  double *means; /* D, from the first row, for the sums of squares */
  float *from;   /* D: the first row */
  double *slots; /* (slots, D) */
} column_sums;

static void sum_offsets(void *of, size_t first, size_t rows, size_t slot) {
  const column_sums *job = of;
  const size_t cols = job->x->rows.cols;
  const float *from = job->from, *row = triplet_reader_rows(job->x, (triplet_span){first, rows});
  double *sums = job->slots + slot * cols;
  memset(sums, 0, cols * sizeof *sums);
  for (size_t i = 0; row && i < rows; i++, row += cols)
    for (size_t j = 0; j < cols; j++)
      sums[j] += (double)row[j] - (double)from[j];
}

static void sum_squares(void *of, size_t first, size_t rows, size_t slot) {
  const column_sums *job = of;
  const size_t cols = job->x->rows.cols;
  const float *from = job->from, *row = triplet_reader_rows(job->x, (triplet_span){first, rows});
  const double *means = job->means;
  double *sums = job->slots + slot * cols;
  memset(sums, 0, cols * sizeof *sums);
  for (size_t i = 0; row && i < rows; i++, row += cols)
    for (size_t j = 0; j < cols; j++) {
      const double offset = ((double)row[j] - (double)from[j]) - means[j];
      sums[j] += offset * offset;
    }
}

static void join_columns(void *of, size_t slot) {
  const column_sums *job = of;
  const size_t cols = job->x->rows.cols;
  double *sums = job->slots + slot * cols;
  for (size_t j = 0; j < cols; j++)
    sums[j] += sums[cols + j];
}

static triplet_status check_standardization(triplet_context *context, triplet_matrix *x, const float *mean,
                                            const float *deviation) {
  TRIPLET_TRY(triplet_check_matrix(context, "x", x));
  if (x->rows == 0)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "x", "expected at least one row, got none");
  if (!mean || !deviation)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, mean ? "deviation" : "mean", "expected %z floats, got NULL",
                        x->cols);
  for (size_t i = 0; i < x->rows * x->cols; i++)
    if (!triplet_is_finite(x->data[i]))
      return triplet_fail(context, TRIPLET_NOT_FINITE, "x", "expected finite numbers, got %g in row %i, column %i",
                          (double)x->data[i], i / x->cols, i % x->cols);
  return TRIPLET_OK;
}

static triplet_status take_moments(column_sums *job, float *mean, float *deviation) {
  static const triplet_tree offsets = {sum_offsets, join_columns}, squares = {sum_squares, join_columns};
  const size_t rows = job->x->rows.rows, cols = job->x->rows.cols;
  const double n = (double)rows;
  const float *first = triplet_reader_rows(job->x, (triplet_span){0, 1});
  if (!first)
    return job->x->status;
  memcpy(job->from, first, cols * sizeof *first);
  triplet_tree_sum(&offsets, rows, job);
  for (size_t j = 0; j < cols; j++)
    job->means[j] = job->slots[j] / n;

  triplet_tree_sum(&squares, rows, job);
  if (job->x->status != TRIPLET_OK)
    return job->x->status;
  for (size_t j = 0; j < cols; j++) {
    const float spread = (float)sqrt(job->slots[j] / n);
    mean[j] = (float)((double)job->from[j] + job->means[j]);
    deviation[j] = spread > 0 ? spread : 1;
  }
  return TRIPLET_OK;
}

triplet_status triplet_standardization_of(triplet_reader *x, float *mean, float *deviation) {
  triplet_context *context = x->context;
  const size_t cols = x->rows.cols;
  column_sums job = {.x = x, .means = triplet_allocate(context, cols, sizeof *job.means + sizeof *job.from)};
  job.slots = triplet_allocate(context, cols, triplet_tree_slots(x->rows.rows) * sizeof *job.slots);
  triplet_status status = TRIPLET_OUT_OF_MEMORY;
  if (job.means && job.slots) {
    job.from = (float *)(void *)(job.means + cols);
    status = take_moments(&job, mean, deviation);
  }
  triplet_release(context, job.slots);
  triplet_release(context, job.means);
  return status;
}

triplet_status triplet_standardization(triplet_context *context, triplet_matrix x, float *mean, float *deviation) {
  TRIPLET_TRY(check_standardization(context, &x, mean, deviation));
  return triplet_standardization_of(&(triplet_reader){.context = context, .rows = x}, mean, deviation);
}

triplet_status triplet_standardize(triplet_context *context, triplet_matrix x, triplet_floats mean,
                                   triplet_floats deviation, triplet_matrix output) {
  TRIPLET_TRY(triplet_check_matrix(context, "x", &x));
  TRIPLET_TRY(triplet_check_column_values(context, "mean", mean, x.cols));
  TRIPLET_TRY(triplet_check_column_values(context, "deviation", deviation, x.cols));
  for (size_t j = 0; j < x.cols; j++)
    if (!(deviation.data[j] > 0))
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "deviation", "expected numbers > 0, got %g at index %i",
                          (double)deviation.data[j], j);
  TRIPLET_TRY(triplet_check_shape(context, "output", &output, x.rows, x.cols, "x"));
  for (size_t i = 0; i < x.rows; i++)
    for (size_t j = 0; j < x.cols; j++) {
      const size_t at = i * x.cols + j;
      const float value = (float)(((double)x.data[at] - (double)mean.data[j]) / (double)deviation.data[j]);
      output.data[at] = value == value ? value : triplet_canonical_nan();
    }
  return TRIPLET_OK;
}

/* ---- classes and the split --------------------------------------------------------------------------------------- */

#define ALWAYS_LEFT 2 /* rows of a class, or classes: fewer have nothing to learn from, or to be evaluated by */

static size_t share_of(double fraction, size_t count) {
  return (size_t)(fraction * (double)count + 0.5);
}

/* A row of several labels counts under each of them, so it leaves several classes at once. */
typedef struct split {
  triplet_labels labels;
  triplet_classes classes; /* the order of keys within a class is free to change */
  size_t largest;          /* how many rows the largest class has */
  size_t *left;            /* rows that are not held out of a class, at the place of its first key */
  size_t classes_left;     /* of two such rows or more */
  uint8_t *held_out;
} split;

/* The class of a row's i-th label; none where the row has that label before. */
static size_t *left_of(const split *of, triplet_ints labels, size_t i) {
  for (size_t j = 0; j < i; j++)
    if (labels.data[j] == labels.data[i])
      return NULL;
  return of->left + (triplet_class_of(&of->classes, labels.data[i]).keys - of->classes.keys);
}

/* Out, or back. */
static void move_row(split *of, size_t row, bool out) {
  const triplet_ints labels = triplet_labels_at(of->labels, row);
  for (size_t i = 0; i < labels.count; i++) {
    size_t *left = left_of(of, labels, i);
    if (!left)
      continue;
    of->classes_left -= *left > 1;
    *left = out ? *left - 1 : *left + 1;
    of->classes_left += *left > 1;
  }
  of->held_out[row] = out;
}

/* Two rows stay of every class. */
static bool can_go(const split *of, size_t row) {
  const triplet_ints labels = triplet_labels_at(of->labels, row);
  for (size_t i = 0; i < labels.count; i++) {
    const size_t *left = left_of(of, labels, i);
    if (left && *left <= ALWAYS_LEFT)
      return false;
  }
  return !of->held_out[row];
}

static split begin_split(triplet_labels labels, triplet_classes classes, size_t *left, uint8_t *held_out) {
  split begun = {.labels = labels, .classes = classes, .left = left, .held_out = held_out};
  for (size_t first = 0; first < classes.count; first += left[first]) {
    left[first] = triplet_class_from(&classes, first).count;
    begun.classes_left += left[first] > 1;
    begun.largest = left[first] > begun.largest ? left[first] : begun.largest;
  }
  return begun;
}

/* Rows that went with an earlier class count. */
static void hold_out_rows(split *of, double fraction, triplet_random *random) {
  uint64_t *keys = of->classes.keys;
  for (size_t first = 0, last; first < of->classes.count; first = last) {
    last = first + triplet_class_from(&of->classes, first).count;
    const size_t count = last - first, share = share_of(fraction, count);
    const size_t *left = &of->left[first];
    for (size_t i = first; i<last && * left> ALWAYS_LEFT && count - *left < share; i++) {
      const size_t at = i + (size_t)triplet_random_below(random, last - i), row = triplet_key_row(keys[at]);
      keys[at] = keys[i];
      if (can_go(of, row))
        move_row(of, row, true);
    }
  }
}

/* Whole, unless too few classes would be left. */
static void hold_out_class(split *of, size_t first) {
  uint64_t *keys = of->classes.keys + first;
  const size_t count = triplet_class_from(&of->classes, first).count;
  size_t moved = 0;
  for (size_t i = 0; i < count; i++) {
    const uint64_t key = keys[i];
    if (of->held_out[triplet_key_row(key)])
      continue;
    move_row(of, triplet_key_row(key), true);
    keys[i] = keys[moved];
    keys[moved++] = key;
  }
  const bool too_few = of->classes_left < ALWAYS_LEFT;
  while (too_few && moved)
    move_row(of, triplet_key_row(keys[--moved]), false);
}

/* Each in turn is taken with the chance that leaves all subsets alike (Knuth's algorithm S). */
static void hold_out_classes(split *of, double fraction, triplet_random *random) {
  size_t left = of->classes_left, wanted = share_of(fraction, left);
  if (left < 2 * ALWAYS_LEFT || fraction == 0)
    return;
  if (wanted < ALWAYS_LEFT)
    wanted = ALWAYS_LEFT;
  if (wanted > left - ALWAYS_LEFT)
    wanted = left - ALWAYS_LEFT;

  for (size_t first = 0, count; first < of->classes.count && wanted; first += count) {
    count = triplet_class_from(&of->classes, first).count;
    if (count < 2 || triplet_random_below(random, left--) >= wanted)
      continue;
    wanted--;
    hold_out_class(of, first);
  }
}

triplet_status triplet_split(triplet_context *context, triplet_labels labels, triplet_hold_out hold_out,
                             double fraction, int64_t seed, uint8_t *held_out) {
  TRIPLET_TRY(triplet_check_labels_alone(context, labels));
  if ((unsigned)hold_out > TRIPLET_HOLD_OUT_AUTO)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "hold_out",
                        "expected one of rows|classes|auto, got number %d", (int64_t)hold_out);
  if (!(fraction >= 0 && fraction <= 1))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "fraction", "expected a number in [0, 1], got %g", fraction);
  TRIPLET_TRY(triplet_check_seed(context, seed));
  const size_t rows = triplet_labelled_rows(labels);
  if (!held_out && rows)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "held_out", "expected %z bytes, got NULL", rows);

  triplet_classes classes;
  TRIPLET_TRY(triplet_classes_create(context, labels, TRIPLET_NO_LABEL, NULL, &classes));
  size_t *left = triplet_allocate(context, classes.count, sizeof *left);
  if (left) {
    split of = begin_split(labels, classes, left, held_out);
    triplet_random random = triplet_random_seed(seed, SPLIT_STREAM);
    if (rows) /* memset may not have NULL even for nothing */
      memset(held_out, 0, rows);
    if (hold_out == TRIPLET_HOLD_OUT_AUTO)
      hold_out = of.largest > ALWAYS_LEFT ? TRIPLET_HOLD_OUT_ROWS : TRIPLET_HOLD_OUT_CLASSES;
    if (hold_out == TRIPLET_HOLD_OUT_CLASSES)
      hold_out_classes(&of, fraction, &random);
    else
      hold_out_rows(&of, fraction, &random);
  }
  triplet_release(context, left);
  triplet_release(context, classes.keys);
  return left ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

/* ---- synthetic sets ---------------------------------------------------------------------------------------------- */

static bool known_kind(triplet_synthetic_kind kind) {
  return (unsigned)kind <= TRIPLET_SYNTHETIC_SWISS_ROLL;
}

size_t triplet_synthetic_cols(triplet_synthetic_kind kind) {
  return kind == TRIPLET_SYNTHETIC_SWISS_ROLL ? 3 : known_kind(kind) ? 2 : 0;
}

/* One point of a class without its noise; returns the deviation of the noise. */
static double place(triplet_synthetic_kind kind, int32_t class, triplet_random *random, double *point) {
  switch (kind) {
  case TRIPLET_SYNTHETIC_BLOBS:
    point[0] = class & 1 ? 1 : -1;
    point[1] = class & 2 ? 1 : -1;
    return 0.5;

  case TRIPLET_SYNTHETIC_RINGS: {
    const double turn = 2 * PI * triplet_random_uniform(random);
    point[0] = (1 + class) * triplet_cos(turn);
    point[1] = (1 + class) * triplet_sin(turn);
    return 0.15;
  }

  case TRIPLET_SYNTHETIC_MOONS: {
    const double turn = PI * triplet_random_uniform(random);
    const double x = triplet_cos(turn), y = triplet_sin(turn);
    point[0] = class ? 1 - x : x;
    point[1] = class ? 0.5 - y : y;
    return 0.1;
  }

  case TRIPLET_SYNTHETIC_SWISS_ROLL: {
    /* The length along the spiral grows as the square of its angle, here from 1.5 pi to 4.5 pi. */
    const double along = (class + triplet_random_uniform(random)) / 4; /* the share of the sheet before the point */
    const double angle = 1.5 * PI * sqrt(1 + 8 * along);
    point[0] = angle * triplet_cos(angle) / 5;
    point[1] = 4 * triplet_random_uniform(random) - 2;
    point[2] = angle * triplet_sin(angle) / 5;
    return 0.05;
  }
  }
  return 0;
}

triplet_status triplet_synthetic(triplet_context *context, triplet_synthetic_kind kind, double noise, int64_t seed,
                                 triplet_matrix x, int32_t *labels) {
  static const int32_t classes[] = {4, 3, 2, 4};
  if (!known_kind(kind))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "kind",
                        "expected one of blobs|rings|moons|swiss_roll, got number %d", (int64_t)kind);
  if (!(noise >= 0 && noise <= FLT_MAX))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "noise", "expected a finite number >= 0, got %g", noise);
  TRIPLET_TRY(triplet_check_seed(context, seed));
  const size_t cols = triplet_synthetic_cols(kind);
  if (x.cols != cols)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "x", "expected %z columns, got %z", cols, x.cols);
  TRIPLET_TRY(triplet_check_matrix(context, "x", &x));
  if (!labels && x.rows)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "labels", "expected %z integers, got NULL", x.rows);

  triplet_random random = triplet_random_seed(seed, SYNTHETIC_STREAM);
  for (size_t i = 0; i < x.rows; i++) {
    double point[3];
    labels[i] = (int32_t)(i % (size_t)classes[kind]);
    const double deviation = noise * place(kind, labels[i], &random, point);
    for (size_t j = 0; j < cols; j++)
      x.data[i * cols + j] = (float)(point[j] + deviation * triplet_random_normal(&random));
  }
  return TRIPLET_OK;
}
