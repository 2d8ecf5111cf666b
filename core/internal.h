/* internal.h - what the rooms of the core share with each other and with nobody else.
 *
 * Include it first in every file of the core: it sets the arithmetic that the promise of equal bits rests on. */
#ifndef TRIPLET_INTERNAL_H
#define TRIPLET_INTERNAL_H

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "triplet.h"

#ifdef __FAST_MATH__
#error "triplet promises the same bits everywhere: build it without -ffast-math / -Ofast"
#endif
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
/* On 32-bit x86 the compiler takes -msse2 -mfpmath=sse, on s390x -fexcess-precision=fast. */
#error "triplet needs sums of float to be float (FLT_EVAL_METHOD 0): internal.h says by what flags"
#endif
/* No fused multiply-add: it would give other bits on machines that have one. Each compiler has its own word for it. */
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

/* Kernels with AVX2 and AVX-512, too, but not for Visual Studio: its clang has their intrinsics only where flags let it
 * use them everywhere, and its run-time library does not know what a processor has. */
#if defined(__x86_64__) && !defined(_MSC_VER)
#define TRIPLET_HAS_AVX
#endif

/* Shared by the files of the core, and not with those who load a library of it. */
#pragma GCC visibility push(hidden)

/* ---- the context ------------------------------------------------------------------------------------------------- */

typedef struct triplet_kernels triplet_kernels;
typedef struct triplet_pool triplet_pool;
typedef struct triplet_ranks triplet_ranks;

/* Whether there can be other ranks: WebAssembly, which is to be small, does without. */
#ifdef __wasm__
#define TRIPLET_HAS_RANKS 0
#else
#define TRIPLET_HAS_RANKS 1
#endif

/* Inlined where code is to be small, too: of what is made for other ranks hardly anything is left without them. */
#define TRIPLET_INLINE static inline __attribute__((always_inline))

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
  void *kept[32];     /* the oldest first; a training step releases fewer */
  size_t kept_count;
  triplet_watch watch;
  size_t kept_pairs; /* TRIPLET_KEPT_PAIRS, but in tests */
  /* The last options of a loss that were right, and what of: a loop is not to pay for checking the same again. */
  triplet_options checked;
  triplet_schema_id checked_as; /* TRIPLET_SCHEMA_COUNT: none were */
  triplet_ranks *ranks;         /* collective.c: those that work together; NULL: there is one */
};

/* Up to so many pairs of a batch have their distances kept; those of more are taken again where they are needed. A
 * constant, so that memory is foreseeable; bits do not depend on it. */
#define TRIPLET_KEPT_PAIRS ((size_t)1 << 24)

/* ---- error.c ----------------------------------------------------------------------------------------------------- */

/* Text by a format that knows %s (const char *), %n (const char *, a name of the user's: on one line, and cut where it
 * is long), %z (size_t), %i (size_t, a row, column or index from 0), %d (int64_t) and %g (double), and nothing else:
 * printf would double the size of the WebAssembly build and obeys locales. Cut where the buffer is full; returns its
 * length. first_index: what %i calls the first. */
size_t triplet_format(char *buffer, size_t size, const char *format, ...);
size_t triplet_format_list(char *buffer, size_t size, size_t first_index, const char *format, va_list list);

/* Notes the error in the context (when there is one) and returns status, for `return triplet_fail(...)`. argument: the
 * parameter's name in triplet.h, a string that lives on. */
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

/* A list of this length, every value finite. */
triplet_status triplet_check_column_values(triplet_context *context, const char *argument, triplet_floats list,
                                           size_t cols);

/* Every number of a matrix that was checked is finite. */
triplet_status triplet_check_finite(triplet_context *context, const char *argument, triplet_matrix x);

/* A list that names, for each query, the reference that is itself, or -1; not given: none is. */
triplet_status triplet_check_self(triplet_context *context, triplet_ints self, size_t queries, size_t references);
/* Lists that name, for each query, references; not given: none. */
triplet_status triplet_check_exclude(triplet_context *context, triplet_lists exclude, size_t queries,
                                     size_t references);

/* encoder.c: one that was begun, whose layers fit each other and memory. */
triplet_status triplet_check_encoder(triplet_context *context, const triplet_encoder *encoder);
/* Every row of values (rows, dim) is scaled to length 1; one of zeros stays. lengths: what they were, rows floats, or
 * NULL. */
void triplet_normalize_rows(size_t rows, size_t dim, float *values, float *lengths);

/* dataset.c: 0 .. 2^53 - 1. */
triplet_status triplet_check_seed(triplet_context *context, int64_t seed);

/* ---- options.c: the structures of options and their fields ------------------------------------------------------- */

/* A structure, whose first member is `begun`, starts from its function. */
triplet_status triplet_check_mark(triplet_context *context, const char *argument, const uint32_t *begun, uint32_t mark,
                                  const char *functions);
/* The structure of this schema, and those inside it, do. */
triplet_status triplet_check_begun(triplet_context *context, triplet_schema_id id, const void *structure);
/* Checks the range; nothing is written on error. */
triplet_status triplet_field_set(triplet_context *context, const triplet_field *field, void *structure, double value);

/* ---- parts of a whole -------------------------------------------------------------------------------------------- */

/* Rows first .. first + count - 1. */
typedef struct triplet_span {
  size_t first, count;
} triplet_span;

/* From an offset on up to so many of them. */
TRIPLET_INLINE triplet_span triplet_span_part(triplet_span of, size_t offset, size_t most) {
  const size_t left = of.count - offset;
  return (triplet_span){of.first + offset, left < most ? left : most};
}

/* So many chunks of a size, the last perhaps smaller. */
static inline size_t triplet_chunks(size_t count, size_t size) {
  return count / size + (count % size != 0);
}

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
/* The same for chunks that follow each other: on the caller's thread, in order. */
triplet_status triplet_sequence_watched(triplet_context *context, size_t chunks, triplet_work work, void *job);
/* Work that is a part of its call, or of a part of it, is watched as such: from and to say where it lies in 0 .. 1.
 * Paused, nobody is told, and nothing can be cancelled. What these return is to be restored after that work. */
triplet_watch triplet_watch_part(triplet_context *context, double from, double to);
triplet_watch triplet_watch_pause(triplet_context *context);
void triplet_watch_restore(triplet_context *context, triplet_watch watch);

void triplet_pool_destroy(triplet_context *context);

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
double triplet_random_uniform(triplet_random *random);                 /* [0, 1), 53 bits */
double triplet_random_normal(triplet_random *random);                  /* Box-Muller, one value per two draws */
uint64_t triplet_random_below(triplet_random *random, uint64_t limit); /* uniform in 0 .. limit - 1, without bias */
uint64_t triplet_random_keyed(int64_t seed, uint64_t a, uint64_t b);   /* a hash: the draw of a pair */

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

static inline double triplet_figure(double value) {
  return value == value ? value : (double)triplet_canonical_nan();
}

/* The nearest float32; beyond its range infinite. */
static inline float triplet_to_float(double value) {
  return value != value ? triplet_canonical_nan() : (float)value;
}

#pragma GCC visibility pop

#endif
