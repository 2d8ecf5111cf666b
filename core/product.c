/* product.c - estimates of sums of squared differences, and how far from the distances, as these are computed, they may
 * lie.
 *
 * With u = 2^-24, c a centre, x and y a query and a reference, and x' and y' what float32 makes of x - c and y - c,
 * of lengths X and Y, the estimate is fl(fl(|y'|^2) - 2 s), where s is x' y' as summed, and |x'|^2 is added by who
 * compares it:
 *
 *    |y'|^2 is summed in double and rounded, which loses u Y^2; s loses (T + C + 2) u X Y by T terms a chunk and C
 *    chunks, fused or not; and the last difference u (Y^2 + 2 X Y). Products that underflow lose 2^-149 each.
 *    x' - y' differs from x - y by at most e = u (X + Y) + L, and |x' - y'|^2 from |x - y|^2 by 2 |x - y| e + e^2,
 *    where |x - y| <= X + Y + e. L is for UNIT rows, of which what float32 lost, 2^-25 a number, is left out.
 *
 * The sum of squares that belongs to a distance as computed is right to (D / 8 + 9) u of itself: a square of a rounded
 * difference 3 u, additions in eight lanes D / 8 + 3, the root 2 u; UNIT rows, whose differences are rounded three
 * times, 2 u more. Who compares rounds numbers of up to (X + Y)^2 four times. Twice what is of second order is far less
 * than the hundredth that all is enlarged by. */
#include "product.h"

#define UNIT 0x1p-24
#define MOST_SQUARES 0x1p80 /* of a row, so that nothing overflows */
#define LEAST_COLUMNS 8     /* below, the distances themselves are as cheap */
#define CENTRE_ROWS 1024    /* that the centre is the mean of, at most */

static size_t panel_floats(size_t cols) {
  return (cols + 1) * TRIPLET_PRODUCT_PANEL;
}

static triplet_product_tile tile_of(const triplet_kernels *kernels) {
#ifdef TRIPLET_HAS_AVX
  if (kernels != &triplet_kernels_base && __builtin_cpu_supports("fma"))
    return kernels == triplet_kernels_of(NULL) && __builtin_cpu_supports("avx512f") ? triplet_product_avx512
                                                                                    : triplet_product_avx2;
#else
  (void)kernels;
#endif
  return triplet_product_base;
}

/* ---- rows seen from the centre ----------------------------------------------------------------------------------- */

static void find_centre(const triplet_rows *references, float *centre) {
  const size_t step = references->rows / CENTRE_ROWS + 1;
  for (size_t k = 0; k < references->cols; k++) {
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < references->rows; i += step, count++)
      sum += references->data[i * references->stride + k];
    const float mean = (float)(sum / (double)count);
    centre[k] = triplet_is_finite(mean) ? mean : 0;
  }
}

/* Its squares; infinite for a row that is not fit. */
static double put_row(const triplet_product *product, const triplet_rows *rows, size_t row, float *to, size_t step) {
  const float *from = rows->data + row * rows->stride;
  double squares = 0;
  for (size_t k = 0; k < rows->cols; k++) {
    const float number = from[k] - product->centre[k];
    to[k * step] = number;
    squares += (double)number * number;
  }
  const bool has_no_length = rows->lengths && rows->lengths[row] == 0;
  return squares <= MOST_SQUARES && !has_no_length ? squares : INFINITY;
}

static void put_panel(void *argument, size_t panel, size_t worker) {
  (void)worker;
  const triplet_product *product = argument;
  const triplet_rows *references = &product->references;
  const size_t first = panel * TRIPLET_PRODUCT_PANEL, left = references->rows - first;
  float *to = product->panels + panel * panel_floats(references->cols);
  float *squares = to + references->cols * TRIPLET_PRODUCT_PANEL;
  for (size_t j = 0; j < TRIPLET_PRODUCT_PANEL; j++) {
    squares[j] = INFINITY;
    if (j < left)
      squares[j] = (float)put_row(product, references, first + j, to + j, TRIPLET_PRODUCT_PANEL);
    for (size_t k = 0; j >= left && k < references->cols; k++)
      to[k * TRIPLET_PRODUCT_PANEL + j] = 0;
  }
}

/* Of the references from the centre; infinite where one is not fit. */
static double longest_of(const triplet_product *product) {
  const size_t cols = product->references.cols;
  double most = 0;
  for (size_t i = 0; i < product->references.rows; i++) {
    const float *panel = product->panels + i / TRIPLET_PRODUCT_PANEL * panel_floats(cols);
    const double squares = panel[cols * TRIPLET_PRODUCT_PANEL + i % TRIPLET_PRODUCT_PANEL];
    most = squares > most ? squares : most;
  }
  return sqrt(most * (1 + 2 * UNIT)); /* as they were before they were rounded */
}

static bool is_of_squares(const triplet_measure *measure) {
  return triplet_has_square(measure) && measure->term.shift == 0 && measure->root_eps == 0;
}

triplet_status triplet_product_create(triplet_context *context, const triplet_measure *measure,
                                      const triplet_rows *references, triplet_product *product) {
  *product = (triplet_product){.measure = measure, .references = *references};
  const triplet_product_tile tile = tile_of(measure->kernels);
  const size_t cols = references->cols, panels = triplet_product_room(references->rows) / TRIPLET_PRODUCT_PANEL;
  if (!tile || !is_of_squares(measure) || cols < LEAST_COLUMNS || !panels)
    return TRIPLET_OK;
  product->centre = triplet_allocate(context, cols, sizeof *product->centre);
  product->panels = triplet_allocate(context, panels, panel_floats(cols) * sizeof *product->panels);
  if (!product->centre || !product->panels) {
    triplet_product_release(context, product);
    return TRIPLET_OUT_OF_MEMORY;
  }

  find_centre(references, product->centre);
  triplet_parallel(context, panels, put_panel, product);
  product->longest = longest_of(product);
  if (product->longest <= FLT_MAX)
    product->tile = tile;
  else
    triplet_product_release(context, product);
  return TRIPLET_OK;
}

void triplet_product_release(triplet_context *context, triplet_product *product) {
  triplet_release(context, product->panels);
  triplet_release(context, product->centre);
  *product = (triplet_product){0};
}

/* ---- estimates --------------------------------------------------------------------------------------------------- */

static triplet_estimate estimate_of(const triplet_product *product, double squares) {
  const size_t cols = product->references.cols, chunk = TRIPLET_PRODUCT_CHUNK;
  const bool units = product->measure->term.sum == TRIPLET_SUM_UNIT;
  const double x = sqrt(squares), y = product->longest, both = x + y;
  const double steps = (double)(cols < chunk ? cols : chunk) + (double)((cols + chunk - 1) / chunk) + 2;
  const double lost = units ? 2 * UNIT * sqrt((double)cols) : 0;
  const double of_product = UNIT * (2 * y * y + 2 * x * y * (steps + 1));
  const double moved = UNIT * both + lost, of_rows = (2 * both + 3 * moved) * moved;
  const double of_comparison = 4 * UNIT * both * both;
  return (triplet_estimate){.squares = squares,
                            .error = 1.01 * (of_product + of_rows + of_comparison) + (double)cols * 0x1p-140,
                            .rounding = 1.01 * UNIT * ((double)((cols + 7) / 8) + (units ? 11 : 9))};
}

bool triplet_product_read(const triplet_product *product, const triplet_rows *queries, float *scratch,
                          triplet_estimate *estimates) {
  bool fit = true;
  for (size_t i = 0; i < TRIPLET_PRODUCT_QUERIES; i++) {
    float *to = scratch + i * queries->cols;
    const double squares = i < queries->rows ? put_row(product, queries, i, to, 1) : 0;
    if (i >= queries->rows) {
      memset(to, 0, queries->cols * sizeof *to);
      continue;
    }
    fit = fit && squares <= MOST_SQUARES;
    estimates[i] = estimate_of(product, squares);
  }
  return fit;
}
