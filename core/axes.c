/* axes.c - principal axes (Pearson 1901): the directions along which rows vary most, and where rows lie along them. */
#include "symmetric.h"

/* So many products make the matrix whose eigenvectors are sought; rows that would take more are sampled. */
#define MOST_PRODUCTS ((double)(1 << 30))

/* The stream of randomness that they are drawn from. */
enum { SAMPLE_STREAM = 0x61786573 };

typedef struct axes_job {
  triplet_matrix x; /* (N, D) */
  size_t count;     /* of axes */
  const float **rows;
  size_t row_count; /* those that are looked at */
  size_t side;      /* the smaller of row_count and D */
  double *mean;     /* D */
  double *centred;  /* D */
  double *products; /* (side, side) */
  double *values;   /* side */
  double *vectors;  /* (count at most side, side) */
  double *axes;     /* (count, D) */
  double *scratch;
} axes_job;

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

/* ---- the rows that are looked at --------------------------------------------------------------------------------- */

/* The most rows n with n D min(n, D) <= MOST_PRODUCTS, and two at least. */
static size_t most_rows(size_t cols) {
  const double d = (double)cols, tall = MOST_PRODUCTS / (d * d);
  const double most = tall >= d ? tall : sqrt(MOST_PRODUCTS / d);
  return most > 2 ? (size_t)most : 2;
}

/* In their order, each as likely as any other (Knuth's algorithm S). */
static void draw_rows(const axes_job *job) {
  triplet_random random = triplet_random_seed(0, SAMPLE_STREAM);
  size_t drawn = 0;
  for (size_t i = 0; drawn < job->row_count; i++)
    if (triplet_random_below(&random, job->x.rows - i) < job->row_count - drawn)
      job->rows[drawn++] = job->x.data + i * job->x.cols;
}

static void take_mean(const axes_job *job) {
  const size_t cols = job->x.cols;
  memset(job->mean, 0, cols * sizeof *job->mean);
  for (size_t i = 0; i < job->row_count; i++)
    for (size_t k = 0; k < cols; k++)
      job->mean[k] += job->rows[i][k];
  for (size_t k = 0; k < cols; k++)
    job->mean[k] /= (double)job->row_count;
}

static void centre(const axes_job *job, size_t row) {
  for (size_t k = 0; k < job->x.cols; k++)
    job->centred[k] = job->rows[row][k] - job->mean[k];
}

/* ---- the axes ---------------------------------------------------------------------------------------------------- */

/* With Y the centred rows: Y^T Y, or where there are fewer rows than columns Y Y^T, which has the same eigenvalues but
 * for zeros. On and below the diagonal. */
static void take_products(const axes_job *job) {
  const size_t cols = job->x.cols, side = job->side;
  memset(job->products, 0, side * side * sizeof *job->products);
  for (size_t i = 0; i < job->row_count; i++) {
    centre(job, i);
    if (side == cols) {
      for (size_t j = 0; j < side; j++)
        for (size_t k = 0; k <= j; k++)
          job->products[j * side + k] += job->centred[j] * job->centred[k];
      continue;
    }
    for (size_t j = 0; j <= i; j++) {
      double sum = 0;
      for (size_t k = 0; k < cols; k++)
        sum += job->centred[k] * (job->rows[j][k] - job->mean[k]);
      job->products[i * side + j] = sum;
    }
  }
}

/* An axis from an eigenvector u: itself, or Y^T u. */
static void put_axis(const axes_job *job, size_t i) {
  const size_t cols = job->x.cols;
  const double *vector = job->vectors + i * job->side;
  double *axis = job->axes + i * cols;
  if (job->side == cols) {
    memcpy(axis, vector, cols * sizeof *axis);
    return;
  }
  memset(axis, 0, cols * sizeof *axis);
  for (size_t row = 0; row < job->row_count; row++)
    for (size_t k = 0; k < cols; k++)
      axis[k] += vector[row] * (job->rows[row][k] - job->mean[k]);
}

/* Where rows do not vary any more every direction is as good: the column that the axes before leave most of. */
static void put_any_axis(const axes_job *job, size_t i) {
  const size_t cols = job->x.cols;
  size_t best = 0;
  double least = INFINITY;
  for (size_t k = 0; k < cols; k++) {
    double taken = 0;
    for (size_t before = 0; before < i; before++)
      taken += job->axes[before * cols + k] * job->axes[before * cols + k];
    if (taken < least) {
      least = taken;
      best = k;
    }
  }
  double *axis = job->axes + i * cols;
  memset(axis, 0, cols * sizeof *axis);
  axis[best] = 1;
}

/* Its largest entry, the first among equals as they are given, is positive. */
static void turn(double *axis, size_t cols) {
  size_t largest = 0;
  for (size_t k = 1; k < cols; k++)
    if (fabsf((float)axis[k]) > fabsf((float)axis[largest]))
      largest = k;
  const bool backward = axis[largest] < 0;
  for (size_t k = 0; backward && k < cols; k++)
    axis[k] = 0 - axis[k];
}

/* Of an eigenvalue of 0 rounding may leave an axis that lies along the others. */
#define LEAST_LEFT 1e-3

static void find_axes(const axes_job *job) {
  const size_t cols = job->x.cols, found = smaller(job->count, job->side);
  triplet_eigen eigen = {found, job->values, job->vectors};
  triplet_symmetric_eigen(job->products, job->side, &eigen, job->scratch);
  for (size_t i = 0; i < job->count; i++) {
    if (i < found)
      put_axis(job, i);
    if (i >= found || triplet_orthonormalize(job->axes, i, cols) < LEAST_LEFT) {
      put_any_axis(job, i);
      triplet_orthonormalize(job->axes, i, cols);
    }
    turn(job->axes + i * cols, cols);
  }
}

static double total_variance(const axes_job *job) {
  double total = 0;
  for (size_t i = 0; i < job->side; i++)
    total += job->products[i * job->side + i];
  return total;
}

/* All but the rows and the axes in one block: `side` is at most 1,024, so that no sum of sizes overflows. */
static triplet_status allocate(triplet_context *context, axes_job *job) {
  const size_t cols = job->x.cols, side = job->side, found = smaller(job->count, side);
  const size_t of_side = side * (side + found + 1) + triplet_symmetric_scratch(side);
  job->rows = triplet_allocate(context, job->row_count, sizeof *job->rows);
  job->axes = triplet_allocate(context, job->count, cols * sizeof *job->axes);
  job->mean = triplet_allocate(context, 2 * cols + of_side, sizeof *job->mean);
  if (!job->rows || !job->axes || !job->mean)
    return TRIPLET_OUT_OF_MEMORY;
  job->centred = job->mean + cols;
  job->products = job->centred + cols;
  job->values = job->products + side * side;
  job->vectors = job->values + side;
  job->scratch = job->vectors + found * side;
  return TRIPLET_OK;
}

static void release(triplet_context *context, axes_job *job) {
  triplet_release(context, job->mean);
  triplet_release(context, job->axes);
  triplet_release(context, job->rows);
}

static triplet_status check_principal_axes(triplet_context *context, triplet_matrix *x, const float *mean,
                                           triplet_matrix *axes, const double *shares) {
  TRIPLET_TRY(triplet_check_matrix(context, "x", x));
  if (x->rows == 0 || x->cols == 0)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "x", "expected rows and columns, got %z x %z", x->rows,
                        x->cols);
  if (axes->rows == 0 || axes->rows > x->cols)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "count", "expected 1 .. %z axes of %z columns, got %z",
                        x->cols, x->cols, axes->rows);
  TRIPLET_TRY(triplet_check_shape(context, "axes", axes, axes->rows, x->cols, "count x columns of x"));
  if (!mean)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "mean", "expected %z floats, got NULL", x->cols);
  if (!shares)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "shares", "expected %z doubles, got NULL", axes->rows);
  return triplet_check_finite(context, "x", *x);
}

static void put_results(const axes_job *job, double total, float *mean, triplet_matrix axes, double *shares) {
  const size_t cols = job->x.cols;
  for (size_t k = 0; k < cols; k++)
    mean[k] = (float)job->mean[k];
  for (size_t i = 0; i < job->count * cols; i++)
    axes.data[i] = (float)job->axes[i];
  for (size_t i = 0; i < job->count; i++) {
    const double variance = i < job->side && job->values[i] > 0 ? job->values[i] : 0;
    shares[i] = total > 0 ? variance / total : (double)triplet_canonical_nan();
  }
}

triplet_status triplet_principal_axes(triplet_context *context, triplet_matrix x, float *mean, triplet_matrix axes,
                                      double *shares) {
  TRIPLET_TRY(check_principal_axes(context, &x, mean, &axes, shares));
  axes_job job = {.x = x, .count = axes.rows, .row_count = smaller(x.rows, most_rows(x.cols))};
  job.side = smaller(job.row_count, x.cols);
  const triplet_status status = allocate(context, &job);
  if (status == TRIPLET_OK) {
    draw_rows(&job);
    take_mean(&job);
    take_products(&job);
    const double total = total_variance(&job);
    find_axes(&job);
    put_results(&job, total, mean, axes, shares);
  }
  release(context, &job);
  return status;
}

/* ---- rows along axes --------------------------------------------------------------------------------------------- */

triplet_status triplet_project(triplet_context *context, triplet_matrix x, triplet_floats mean, triplet_matrix axes,
                               triplet_matrix output) {
  TRIPLET_TRY(triplet_check_matrix(context, "x", &x));
  TRIPLET_TRY(triplet_check_matrix(context, "axes", &axes));
  if (axes.cols != x.cols)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "axes", "expected %z columns like x, got %z", x.cols,
                        axes.cols);
  TRIPLET_TRY(triplet_check_column_values(context, "mean", mean, x.cols));
  TRIPLET_TRY(triplet_check_shape(context, "output", &output, x.rows, axes.rows, "x.rows x axes.rows"));
  for (size_t i = 0; i < x.rows; i++)
    for (size_t j = 0; j < axes.rows; j++) {
      double sum = 0;
      for (size_t k = 0; k < x.cols; k++)
        sum += ((double)x.data[i * x.cols + k] - (double)mean.data[k]) * (double)axes.data[j * x.cols + k];
      output.data[i * axes.rows + j] = triplet_to_float(sum);
    }
  return TRIPLET_OK;
}
