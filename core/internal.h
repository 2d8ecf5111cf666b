/* internal.h - what the rooms of the core share with each other and with nobody else.
 *
 * Include it first in every file of the core: it sets the arithmetic that the promise of equal bits rests on. */
#ifndef TRIPLET_INTERNAL_H
#define TRIPLET_INTERNAL_H

#include <float.h>
#include <math.h>
#include <string.h>

#include "triplet.h"

#ifdef __FAST_MATH__
#error "triplet promises the same bits everywhere: build it without -ffast-math / -Ofast"
#endif
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error "triplet needs FLT_EVAL_METHOD 0: on 32-bit x86 build with -msse2 -mfpmath=sse"
#endif
/* No fused multiply-add: it would give other bits on machines that have one. Each compiler has its own word for it. */
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

/* Shared by the files of the core, and not with those who load a library of it. */
#pragma GCC visibility push(hidden)

/* ---- the context ------------------------------------------------------------------------------------------------- */

typedef struct triplet_kernels triplet_kernels;
typedef struct triplet_pool triplet_pool;

/* Who is told of a call's progress. */
typedef struct triplet_watch {
  triplet_progress progress; /* NULL: nobody */
  void *user;
  double from, to; /* the share of the call that is done before and after the work that comes next */
} triplet_watch;

struct triplet_context {
  triplet_allocator allocator;
  triplet_error error;
  size_t first_index; /* what messages call the first row, column or index */
  const triplet_kernels *kernels;
  size_t threads;
  triplet_pool *pool; /* started at the first parallel call with threads > 1 */
  bool keeps;         /* released memory for later allocations of the same size: fresh memory costs page faults */
  void *kept[16];     /* the oldest first; a training step releases fewer */
  size_t kept_count;
  triplet_watch watch;
};

/* ---- error.c ----------------------------------------------------------------------------------------------------- */

/* Notes the error in the context (when there is one) and returns status, for `return triplet_fail(...)`. The format
 * knows %s (const char *), %z (size_t), %i (size_t, a row, column or index from 0), %d (int64_t) and %g (double), and
 * nothing else: printf would double the size of the WebAssembly build and obeys locales. argument: the parameter's name
 * in triplet.h, a string that lives on. */
triplet_status triplet_fail(triplet_context *context, triplet_status status, const char *argument, const char *format,
                            ...);

#define TRIPLET_TRY(call)                                                                                              \
  do {                                                                                                                 \
    triplet_status status_of_call = (call);                                                                            \
    if (status_of_call != TRIPLET_OK)                                                                                  \
      return status_of_call;                                                                                           \
  } while (0)

/* ---- allocate.c -------------------------------------------------------------------------------------------------- */

/* count * size bytes aligned to 64, not cleared; NULL with TRIPLET_OUT_OF_MEMORY noted (also when the product
 * overflows). A count of 0 gives a valid pointer. */
void *triplet_allocate(triplet_context *context, size_t count, size_t size);
/* NULL is allowed. The memory remembers its size, not its allocator: the context must have the same one. */
void triplet_release(triplet_context *context, void *memory);
/* A context of nothing but the allocator (NULL: the default one). Objects keep it: their *_destroy gets no context. */
triplet_context triplet_owner_of(const triplet_context *context);
const triplet_allocator *triplet_allocator_or_default(const triplet_allocator *allocator);

/* ---- checks.c ---------------------------------------------------------------------------------------------------- */

/* rows * cols of a matrix fits size_t and its data is there. One of no floats may have NULL and is given an address, so
 * that places in it can be computed. */
triplet_status triplet_check_matrix(triplet_context *context, const char *argument, triplet_matrix *matrix);
/* As above, and of this shape; like names the argument it must be like, for the message. */
triplet_status triplet_check_shape(triplet_context *context, const char *argument, triplet_matrix *matrix, size_t rows,
                                   size_t cols, const char *like);
/* A list that is there, of this length. */
triplet_status triplet_check_ints(triplet_context *context, const char *argument, triplet_ints list, size_t count);
/* Labels of this many rows. */
triplet_status triplet_check_labels(triplet_context *context, const char *argument, triplet_labels labels, size_t rows);
/* Labels without a matrix that says how many rows there are: they are there, and int32 can number their rows. */
triplet_status triplet_check_labels_alone(triplet_context *context, triplet_labels labels);
/* A list that is not given ({NULL, 0}) or of this length, every value finite. */
triplet_status triplet_check_optional_floats(triplet_context *context, const char *argument, triplet_floats list,
                                             size_t count);

/* A list that names, for each query, the reference that is itself, or -1; not given: none is. */
triplet_status triplet_check_self(triplet_context *context, triplet_ints self, size_t queries, size_t references);

/* dataset.c: 0 .. 2^53 - 1. */
triplet_status triplet_check_seed(triplet_context *context, int64_t seed);

/* ---- options.c: the structures of options and their fields --------------------------------------------------- */

/* A structure, whose first member is `begun`, starts from its function. */
triplet_status triplet_check_mark(triplet_context *context, const char *argument, const uint32_t *begun, uint32_t mark,
                                  const char *functions);
/* The structure of this schema, and those inside it, do. */
triplet_status triplet_check_begun(triplet_context *context, triplet_schema_id id, const void *structure);
/* Checks the range; nothing is written on error. */
triplet_status triplet_field_set(triplet_context *context, const triplet_field *field, void *structure, double value);

/* ---- parallel.c -------------------------------------------------------------------------------------------------- */

/* Calls work(job, chunk, worker) once for every chunk below `chunks`, in any order, on the context's threads. How work
 * is cut into chunks must depend on its shape alone and chunks must write to separate places, so that bits do not
 * depend on threads. worker < triplet_workers(context) numbers the thread, for scratch. */
typedef void (*triplet_work)(void *job, size_t chunk, size_t worker);
void triplet_parallel(triplet_context *context, size_t chunks, triplet_work work, void *job);
size_t triplet_workers(const triplet_context *context);

/* The same for a call that can last: its progress is told between the chunks of the caller's own thread. Once it is
 * cancelled no other chunk begins: TRIPLET_CANCELLED. */
triplet_status triplet_parallel_watched(triplet_context *context, size_t chunks, triplet_work work, void *job);
/* Work that is a part of its call, or of a part of it, is watched as such: from and to say where it lies in 0 .. 1.
 * Paused, nobody is told, and nothing can be cancelled. What these return is to be restored after that work. */
triplet_watch triplet_watch_part(triplet_context *context, double from, double to);
triplet_watch triplet_watch_pause(triplet_context *context);
void triplet_watch_restore(triplet_context *context, triplet_watch watch);

void triplet_pool_destroy(triplet_context *context);

/* ---- kernels: the hot loops of one instruction set --------------------------------------------------------------- */

/* What is summed over the components of a pair of rows. The first three have kernels; the others go through scalar
 * doubles in distance.c. */
typedef enum triplet_family {
  TRIPLET_FAMILY_SQUARES,  /* sum (x - y + shift)^2: Euclidean, squared */
  TRIPLET_FAMILY_ABSOLUTE, /* sum |x - y + shift|: p = 1 */
  TRIPLET_FAMILY_DOT,      /* sum x y: cosine, dense layers */
  TRIPLET_FAMILY_MAXIMUM,  /* max |x - y + shift|: p = inf */
  TRIPLET_FAMILY_POWER     /* sum |x - y + shift|^p: any other p */
} triplet_family;

/* The kernels' float coefficients are good while nothing comes near the ends of float32. */
#define TRIPLET_PLAIN_LEAST 1e-18
#define TRIPLET_PLAIN_MOST 1e18

struct triplet_kernels {
  const char *name;

  /* sums[i] over row i of x and row i of y, rows of d floats. */
  void (*row_sums)(triplet_family family, float shift, const float *x, const float *y, size_t rows, size_t d,
                   float *sums);

  /* sums[i * stride + j] over row i of x and row j of y: the same bits as row_sums gives for that pair. */
  void (*tile_sums)(triplet_family family, float shift, const float *x, size_t x_rows, const float *y, size_t y_rows,
                    size_t d, float *sums, size_t stride);

  /* sums[i] = sqrt(sums[i] + eps), or NaN where sums[i] + eps lies outside [2^-100, FLT_MAX], where float32 may have
   * lost terms. Whether none does. */
  bool (*roots)(float *sums, size_t count, float eps);

  /* ranks[i] = how many of the sorted edges are at most values[i]. */
  void (*rank)(const float *edges, size_t count, const float *values, size_t n, uint32_t *ranks);

  /* The index of the least of n > 0 values, the lowest among equals. None is NaN. */
  size_t (*argmin)(const float *values, size_t n);

  /* Rows of gradients of explicit triplets; outputs may be NULL. SQUARES and ABSOLUTE: with g the identity or the sign,
   * e(x, y, c) = c g(x - y + shift), and coefficients rows x {ap, an, pn}, of which pn plays no part without swap:
   *    anchors     e(a, p, ap) - e(a, n, an)
   *    positives  -e(a, p, ap) - e(p, n, pn)
   *    negatives   e(a, n, an) + e(p, n, pn)
   * DOT: coefficients rows x 3 x 3, each output row the product of its matrix with the rows (a, p, n).
   * stream: write around the cache; needs outputs aligned to 16, alike to 32, and d a multiple of 8. */
  void (*triplet_gradients)(triplet_family family, float shift, bool swap, bool stream, const float *a, const float *p,
                            const float *n, const float *coefficients, size_t rows, size_t d, float *anchors,
                            float *positives, float *negatives);

  /* What the slopes of Euclidean distances multiply x - y by:
   *    out[j] = (weights[j] + backward[j]) scale / (distances[j], or 1 where that is 0)
   * in double, then rounded. backward may be NULL. Whether every slope that is not 0 and every distance lies between
   * TRIPLET_PLAIN_LEAST and _MOST; where not, out is of no use. */
  bool (*coefficients)(const float *weights, const float *backward, const float *distances, double scale, size_t count,
                       float *out);

  /* output rows i < rows: output_i += sum over j < terms, in order, of coefficients[i * row_step + j * term_step] times
   *    SQUARES   x_i - y_j + shift       ABSOLUTE   sign(x_i - y_j + shift)       DOT   y_j  (x may be NULL)
   * Terms with coefficient 0 are left out, whatever their rows hold. */
  void (*accumulate)(triplet_family family, float shift, const float *x, const float *y, const float *coefficients,
                     size_t row_step, size_t term_step, size_t rows, size_t terms, size_t d, float *output);

  /* torch.optim.Adam / AdamW on count parameters; the caller folds bias correction into rate and root_scale:
   *    g = gradient + decay p        (decay 0 for AdamW, which shrinks p first: p = p shrink)
   *    m = b1 m + (1 - b1) g         v = b2 v + (1 - b2) g^2
   *    p = p shrink - rate m / (sqrt(v) root_scale + eps) */
  void (*adam)(float *parameters, const float *gradient, float *m, float *v, size_t count, float shrink, float decay,
               float b1, float b2, float rate, float root_scale, float eps);
};

extern const triplet_kernels triplet_kernels_base;
#ifdef __x86_64__
extern const triplet_kernels triplet_kernels_avx2;
#endif

/* dispatch.c: the kernels of a context, or the best this machine has for NULL. */
const triplet_kernels *triplet_kernels_of(const triplet_context *context);

/* ---- distance.c: the distance of pairs --------------------------------------------------------------------------- */

/* The distance options, made ready. */
typedef struct triplet_measure {
  triplet_family family;
  triplet_convention convention;
  bool squared;
  double p;
  float shift;     /* torch's eps, else 0 */
  double root_eps; /* optax's eps, else 0 */
  const triplet_kernels *kernels;
} triplet_measure;

triplet_measure triplet_measure_of(const triplet_context *context, const triplet_options *options);

/* d(x_i, y_i) for rows of d floats. x_squares, y_squares: |x_i|^2, |y_i|^2 as by triplet_squares, for cosine only. */
void triplet_row_distances(const triplet_measure *measure, const float *x, const float *y, const float *x_squares,
                           const float *y_squares, size_t rows, size_t d, float *distances);
/* d(x_i, y_j) into distances[i * stride + j]; the bits of triplet_row_distances. Cut large sets into tiles of about
 * 64 x 64 rows, for the cache. */
void triplet_tile_distances(const triplet_measure *measure, const float *x, size_t x_rows, const float *x_squares,
                            const float *y, size_t y_rows, const float *y_squares, size_t d, float *distances,
                            size_t stride);
/* d(x_i, y_j) of whole matrices into distances[i * y.rows + j], on the context's threads; watched. */
triplet_status triplet_all_distances(triplet_context *context, const triplet_measure *measure, triplet_matrix x,
                                     const float *x_squares, triplet_matrix y, const float *y_squares,
                                     float *distances);
/* squares[i] = |x_i|^2 in kernel order; needed for cosine only. */
void triplet_squares(const triplet_measure *measure, const float *x, size_t rows, size_t d, float *squares);

/* The gradient of one pair in double, component by component; right for every distance, p and magnitude. The slow path
 * of the losses. */
typedef struct triplet_pair {
  const triplet_measure *measure;
  const float *x, *y;
  double scale, share;           /* of differences: the distance, or its scale under POWER; a factor of the slopes */
  double x_norm, y_norm, cosine; /* of cosine */
} triplet_pair;

typedef struct triplet_slopes {
  double x, y; /* dd/dx_k, dd/dy_k */
} triplet_slopes;

triplet_pair triplet_pair_of(const triplet_measure *measure, const float *x, const float *y, size_t d);
triplet_slopes triplet_pair_slopes(const triplet_pair *pair, size_t k);

/* ---- math.c: deterministic elementary functions of doubles, accuracy stated there -------------------------------- */

double triplet_exp(double x);
double triplet_log(double x);
double triplet_log1p(double x);
double triplet_pow(double x, double y); /* x >= 0 */
double triplet_tanh(double x);
double triplet_cos(double x); /* |x| <= 1e5 */
double triplet_sin(double x);

/* ---- random.c ---------------------------------------------------------------------------------------------------- */

triplet_random triplet_random_seed(int64_t seed, uint64_t stream); /* independent streams of one seed */
uint64_t triplet_random_next(triplet_random *random);
double triplet_random_uniform(triplet_random *random);               /* [0, 1), 53 bits */
double triplet_random_normal(triplet_random *random);                /* Box-Muller, one value per two draws */
size_t triplet_random_below(triplet_random *random, size_t limit);   /* uniform in 0 .. limit - 1, without bias */
uint64_t triplet_random_keyed(int64_t seed, uint64_t a, uint64_t b); /* a hash: the draw of a pair */

/* ---- floats ------------------------------------------------------------------------------------------------------ */

static inline bool triplet_is_finite(float value) {
  return value - value == 0;
}

/* The only NaN that is written: others differ between machines in sign and payload. */
static inline float triplet_canonical_nan(void) {
  const uint32_t bits = 0x7fc00000u;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* A loss or a scale: 0 of nothing. */
static inline double triplet_divided(double sum, uint64_t count) {
  return count ? sum / (double)count : 0;
}

/* A figure: none of nothing. */
static inline double triplet_mean(double sum, uint64_t count) {
  return count ? sum / (double)count : (double)triplet_canonical_nan();
}

/* The nearest float32; beyond its range infinite. */
static inline float triplet_to_float(double value) {
  return value != value ? triplet_canonical_nan() : (float)value;
}

#pragma GCC visibility pop

#endif
