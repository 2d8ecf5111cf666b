/* triplet.h - metric learning in a few kilobytes.
 *
 * The triplet margin loss L = max(d(a, p) - d(a, n) + margin, 0), its exact gradient, in-batch mining and training,
 * in portable C11, with the same bits on every compiler, instruction set, thread count and number of machines.
 *
 * This header is the manual. It goes from simple to advanced:
 *
 *    1. Statuses, matrices, context       6. In-batch losses and mining     11. Matrices: arithmetic and files
 *    2. Options                           7. Cross-batch memory             12. Encoder and optimiser
 *    3. Explicit triplets                 8. Evaluation and verification    13. Trainer
 *    4. Indexed triplets                  9. Tables: from files to columns  14. Options by name (for bindings)
 *    5. Distances and nearest rows       10. Data: standardise, axes, split, synthesise
 *
 * A first program:
 *
 *    float anchors[] = {0, 0, 1, 0}, positives[] = {0, 1, 1, 1}, negatives[] = {1, 0, 5, 5};
 *    float gradient[4];
 *    triplet_result result;
 *    triplet_options options = triplet_margin_options();
 *    triplet_explicit triplets = {triplet_matrix_of(anchors, 2, 2), triplet_matrix_of(positives, 2, 2),
 *                                 triplet_matrix_of(negatives, 2, 2)};
 *    triplet_margin_loss(NULL, &options, &triplets, (triplet_gradients){.anchors = gradient}, NULL, &result);
 *
 * Rules that hold everywhere:
 *
 *  - Matrices are row-major float32 blocks of shape (rows, cols) without gaps; labels and indices are int32, from 0.
 *  - Every function that can fail returns a status. On TRIPLET_INVALID_ARGUMENT, TRIPLET_OUT_OF_MEMORY,
 *    TRIPLET_BAD_MODEL, TRIPLET_BAD_TABLE and TRIPLET_BAD_MATRIX nothing has been written; on TRIPLET_NOT_FINITE the
 *    outputs named by the call are unspecified. Where a collective is set, which section 1 ends with, they are so on
 *    every failure but that of an argument, whatever else a call says of errors.
 *  - A structure of options starts from the function named at its first member, `begun`, which that function sets; one
 *    that was zeroed or filled by hand from the start is refused, for few defaults are 0.
 *  - Outputs must not overlap inputs or each other, unless it is said of one; that is not checked. Buffers are aligned
 *    as their types are, no more. Callers own every buffer they pass; objects made by a *_create function belong to the
 *    caller, who passes them to the matching *_destroy (NULL is allowed there).
 *  - The core never prints, exits, reads files or clocks, and keeps no global state. One context serves one call at a
 *    time; different contexts may be used from different threads.
 *  - Bits are promised for round-to-nearest arithmetic without flush-to-zero; under other modes results are about as
 *    exact as the mode allows, and every call ends. Every NaN written is 0x7fc00000.
 */
#ifndef TRIPLET_H
#define TRIPLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* windows.h, where it was included before, makes nothing of a word that is a name below. */
#if defined(_WIN32) && defined(far)
#undef far
#undef FAR
#define FAR
#endif

/* A cast in the words of either language, as compilers of C++ can warn of those of C. */
#ifdef __cplusplus
#define TRIPLET_CAST(cast, type, value) cast<type>(value)
extern "C" {
#else
#define TRIPLET_CAST(cast, type, value) ((type)(value))
#endif

#define TRIPLET_VERSION_MAJOR 0
#define TRIPLET_VERSION_MINOR 1
#define TRIPLET_VERSION_PATCH 0
#define TRIPLET_VERSION "0.1.0"

/* Marks what a shared library of the core exports, which is what this header declares and nothing else. With
 * TRIPLET_STATIC defined it is hidden too: for those who compile the core into a module of their own. On Windows it is
 * nothing: a DLL exports what its list of names has, and functions are called in the same way wherever they are. */
#if !defined(__GNUC__) || defined(_WIN32)
#define TRIPLET_API
#elif defined(TRIPLET_STATIC)
#define TRIPLET_API __attribute__((visibility("hidden")))
#else
#define TRIPLET_API __attribute__((visibility("default")))
#endif

/* ---------------------------------------------------------------------------------------------------------------------
 * 1. Statuses, matrices, context
 * ------------------------------------------------------------------------------------------------------------------ */

typedef enum triplet_status {
  TRIPLET_OK = 0,
  TRIPLET_INVALID_ARGUMENT, /* a value outside its range, a shape that does not fit, an index out of range */
  TRIPLET_OUT_OF_MEMORY,    /* the allocator returned NULL, or a size does not fit size_t */
  TRIPLET_NOT_FINITE,       /* NaN or infinity in the input, or a distance beyond float32; see options.nonfinite */
  TRIPLET_BAD_MODEL,        /* the bytes of a model are truncated, inconsistent or not ours */
  TRIPLET_CANCELLED,        /* a callback asked to stop */
  TRIPLET_BAD_TABLE,        /* bytes that are no table, or one that does not fit what is asked of it */
  TRIPLET_BAD_MATRIX,       /* bytes that are no matrix of a format that is known, or not the one asked for */
  TRIPLET_RANK_LOST         /* another rank of the collective is gone, or makes another call */
} triplet_status;

/* TRIPLET_VERSION of the library that runs, which may be newer than this header. */
TRIPLET_API const char *triplet_version(void);

/* A short English name of a status, never NULL: "invalid argument", ... */
TRIPLET_API const char *triplet_status_string(triplet_status status);

/* A view of rows * cols floats, row-major, that the caller owns. Functions write only to
 * matrices documented as output. */
typedef struct triplet_matrix {
  float *data; /* may be NULL when rows * cols is 0 */
  size_t rows;
  size_t cols;
} triplet_matrix;

/* A view of data, which stays the caller's and is not written when the matrix is an input. */
static inline triplet_matrix triplet_matrix_of(const float *data, size_t rows, size_t cols) {
  triplet_matrix matrix = {TRIPLET_CAST(const_cast, float *, data), rows, cols};
  return matrix;
}

/* A list of floats or ints with its length; {NULL, 0} means "not given" wherever the list is optional. */
typedef struct triplet_floats {
  const float *data;
  size_t count;
} triplet_floats;

typedef struct triplet_ints {
  const int32_t *data;
  size_t count;
} triplet_ints;

typedef struct triplet_doubles {
  const double *data;
  size_t count;
} triplet_doubles;

/* A list for each of N rows, any of them empty; not given ({0}): none for any. */
typedef struct triplet_lists {
  triplet_ints items; /* of all rows, row after row */
  triplet_ints ends;  /* N: where the list of each row ends in items, ascending, the last items.count */
} triplet_lists;

/* What the rows of a set are labelled with: a label each; several, or none, each; or, where queries are compared with
 * references, a matrix that says who is what to whom. */
typedef struct triplet_labels {
  triplet_ints integers;    /* one per row, or with ends those of every row, row after row */
  triplet_ints ends;        /* one per row: where its labels end in integers, ascending, the last integers.count */
  triplet_matrix relations; /* (B, R), instead of labels */
} triplet_labels;

/* A label for each row. */
static inline triplet_labels triplet_labels_of(const int32_t *integers, size_t rows) {
  triplet_labels labels = {{integers, rows}, {NULL, 0}, {NULL, 0, 0}};
  return labels;
}

/* Several labels for each row, or none: row i has integers[ends[i - 1]] .. integers[ends[i] - 1], the first row those
 * from 0 on, in any order. Rows are positives where their labels meet and negatives where they do not; a row without
 * labels, or with ignore_label among them, is neither to anybody. Sets of one label each are as good as integers: they
 * give the same bits. */
static inline triplet_labels triplet_label_sets_of(const int32_t *integers, const int32_t *ends, size_t rows) {
  const size_t count = rows ? TRIPLET_CAST(static_cast, size_t, ends[rows - 1]) : 0;
  triplet_labels labels = {{integers, count}, {ends, rows}, {NULL, 0, 0}};
  return labels;
}

/* relations: (B, R), of the queries to the references or, without those, to each other. 1: row j is a positive of query
 * i; -1: a negative; 0: neither, and the pair takes no part. It need not be symmetric; what a row is to itself is not
 * looked at. References then have no labels. Every loss and every mining takes relations as it takes labels, and so do
 * triplet_evaluate and triplet_evaluate_neighbors; what trains on rows, keeps or splits them takes labels alone. */
static inline triplet_labels triplet_relations_of(const float *relations, size_t queries, size_t references) {
  triplet_labels labels = {{NULL, 0}, {NULL, 0}, triplet_matrix_of(relations, queries, references)};
  return labels;
}

/* Where scratch and objects live. allocate returns memory aligned as malloc's, or NULL; release gets the same size.
 * What an object holds comes from, and goes back to, the allocator of the context it was made with, whatever context a
 * later call brings; an object may outlive that context. */
typedef struct triplet_allocator {
  void *(*allocate)(void *user, size_t size);
  void (*release)(void *user, void *memory, size_t size);
  void *user;
} triplet_allocator;

/* What went wrong in the last failed call of a context. */
typedef struct triplet_error {
  triplet_status status;
  const char *argument; /* the parameter or option as named in this header ("positives", "margin"), or NULL */
  char message[640];    /* what was expected and what came: "expected 4 x 8 like anchors, got 4 x 7" */
} triplet_error;

/* A context carries the allocator, the threads, the instruction set, the collective and the last error. Every function
 * also accepts NULL in its place: malloc, one thread, the best instruction set, one rank, no error text. Of other
 * pointers only those said to may be NULL. */
typedef struct triplet_context triplet_context;

/* allocator NULL: malloc and free. Returns NULL when memory is short. */
TRIPLET_API triplet_context *triplet_context_create(const triplet_allocator *allocator);
TRIPLET_API void triplet_context_destroy(triplet_context *context);

/* A context keeps the last 32 blocks of scratch that its calls released, for later calls of the same shapes: loops
 * allocate nothing, and fresh memory would cost page faults. This gives them back to the allocator. */
TRIPLET_API void triplet_context_trim(triplet_context *context);

/* The last error; valid until the next call with this context. */
TRIPLET_API const triplet_error *triplet_context_error(const triplet_context *context);

/* What messages call the first row, column or index: 0, or 1 for bindings whose users count from 1. */
TRIPLET_API void triplet_context_set_first_index(triplet_context *context, size_t first);

#define TRIPLET_MAX_THREADS 64
/* Threads to work with, 1 .. TRIPLET_MAX_THREADS, one at first. Bits never depend on it. Where threads cannot be had
 * the same work is done by fewer. They block all signals, so that handlers run on the host's own threads. After a fork
 * the child may use and destroy every context, and what was made with it, that no other thread was just using. Where
 * the parent had started threads, the child works with one until it sets their number itself. */
TRIPLET_API triplet_status triplet_context_set_threads(triplet_context *context, size_t threads);
TRIPLET_API size_t triplet_context_threads(const triplet_context *context);

/* Called now and then while a call lasts, on the thread that made it, with the share of its work that is done, which
 * rises to 1. false stops the call: it returns TRIPLET_CANCELLED, its outputs are unspecified, and the context is as
 * good as before. The callback must return, and must not use the context. Called by triplet_batch_loss,
 * triplet_pair_slopes, triplet_mine, triplet_mine_capacity of violating triplets, triplet_distances, triplet_nearest,
 * triplet_index_nearest, triplet_classify, triplet_verify and _verify_pairs, triplet_evaluate,
 * triplet_evaluate_held_out, _evaluate_held_out_shard, triplet_table_read, triplet_encoder_forward, _backward,
 * triplet_trainer_embed, _embed_shard, _embed_references and _step, and for each step of a run. A step that is stopped
 * has failed: it is never left half done. */
typedef bool (*triplet_progress)(void *user, double done);
/* progress NULL: none, as at first; it costs nothing then. */
TRIPLET_API void triplet_context_set_progress(triplet_context *context, triplet_progress progress, void *user);

/* The kernels in use ("base", "avx2", "avx512"), and a way to force others, for tests and measurements: bits never
 * depend on it. triplet_instruction_set_name(i) lists those this machine can run, from the plainest (0) to the best;
 * NULL past it. */
TRIPLET_API const char *triplet_instruction_set_name(size_t index);
TRIPLET_API const char *triplet_context_instruction_set(const triplet_context *context);
TRIPLET_API triplet_status triplet_context_set_instruction_set(triplet_context *context, const char *name);

/* Ranks: processes, on as many machines as there are, that work on the same call together, each with a context of its
 * own. A collective is the two ways in which they exchange bytes; MPI's are one, core/mpi. The engine only moves: every
 * sum is the core's, in an order that the shape of the work fixes, so the bits are those of one rank, however many
 * there are and however many threads each has. Numbers are exchanged as they lie in memory, so ranks run the same build
 * or one that lays them out alike.
 *
 * Every rank makes the same calls in the same order with the same values, but for its rows of a shard, and has the
 * whole result at the end of each; what one is to do alone, it does with a context that has no collective. A call deals
 * its work out where that pays, and does the rest on every rank alike. One that fails on a rank, for want of memory, by
 * its callback of progress or otherwise, fails on all of them with the same status, argument and message, which names
 * the rank where that is to blame ("rank 2: ..."). So none waits for one that has stopped. Statuses are exchanged where
 * rows are, and at the end of each call: a call that one rank cancels ends on the others when they get there.
 *
 * Dealt out are:
 *
 *    triplet_encoder_forward, _backward   rows; the gradient of the parameters, by the binary tree of their chunks
 *    triplet_batch_loss, _mine   anchors, then rows of the gradient; not with swap where every triplet counts
 *    triplet_nearest, _index_nearest, _classify, _evaluate, _evaluate_held_out   queries
 *    triplet_evaluate_held_out_shard   distances, by who has the references; queries
 *    triplet_verify, _verify_pairs   pairs; where the rarer kind is sampled those of the commoner kind alone
 *    triplet_trainer_step, _run, _embed, _embed_references   what these are made of
 *    triplet_trainer_embed_shard   rows, by who has them
 *    triplet_table_read with shard, then triplet_recipe_fit and _matrix   no work, but the memory for rows
 *
 * triplet_index_create, triplet_memory_create, _push, triplet_trainer_create, _attach, those of pairs and of shards,
 * _load and _set_options do all on every rank, but fail on all of them, too.
 *
 * With statuses ranks exchange hashes of what they call and of the data, labels and options that they give it. Where
 * these differ the call fails with TRIPLET_RANK_LOST, and says which rank differs, instead of giving wrong results.
 *
 * The two functions are called on the thread that makes the core's call, by every rank in the same order, and return
 * when the rank's own buffers are free and filled. Each may wait for the other ranks, which do come. They return false
 * where a rank is gone or the engine fails, on every rank and from then on always: the call then fails with
 * TRIPLET_RANK_LOST, its outputs unspecified, and so does every other until a collective is set anew. They must not use
 * the context. */
typedef struct triplet_collective {
  size_t rank, size; /* rank < size */

  /* Every rank's bytes to every rank. send: counts[rank] bytes, or NULL: they stand in receive already, in their place.
   * receive: those of rank 0, rank 1, ... one after another. counts: of each rank, the same list on all of them; any of
   * them may be 0, and their sum is at most SIZE_MAX, beyond what an int holds. */
  bool (*all_gather)(void *user, const void *send, void *receive, const size_t *counts);

  /* Some of every rank's bytes to each rank. send: what goes to rank 0, rank 1, ... one after another, send_counts[r]
   * bytes to rank r, itself too; receive likewise, receive_counts[r] bytes from rank r, as many as that sends here. */
  bool (*all_to_all)(void *user, const void *send, const size_t *send_counts, void *receive,
                     const size_t *receive_counts);

  void *user; /* handed to both */
} triplet_collective;

/* collective: copied; NULL: none, as at first; one of size 1 is none. user is to outlive its use. Exchanges nothing.
 * TRIPLET_INVALID_ARGUMENT where rank is not below size or a function is missing, and in WebAssembly, where there are
 * no ranks, where size is above 1. */
TRIPLET_API triplet_status triplet_context_set_collective(triplet_context *context,
                                                          const triplet_collective *collective);

/* Rows that ranks share out, so that memory per rank falls with their number: each rank has some of the N, whichever
 * those are, and all together have each once. What takes a shard gives what it gives of the N rows in one matrix, to
 * the bit. A rank sends rows to the others when they are needed, and the numbers of those that it has once a call.
 * Without other ranks a shard has all rows. TRIPLET_INVALID_ARGUMENT where some row is had twice, or by none. */
typedef struct triplet_shard {
  size_t rows;        /* N, the same on all ranks */
  triplet_ints held;  /* M: the numbers of the rows that this rank has, ascending; there may be none */
  triplet_matrix own; /* (M, D): these rows; D is the same on all ranks, also where M is 0 */
} triplet_shard;

/* ---------------------------------------------------------------------------------------------------------------------
 * 2. Options
 *
 * One structure for everything that measures distances or takes a loss. Start from one of the two functions below and
 * change what differs. Bindings set the same fields by name (section 14).
 * ------------------------------------------------------------------------------------------------------------------ */

/* Libraries differ silently; the difference has a name.
 *   torch  x - y + eps is taken for x - y in every component (torch.nn.functional.pairwise_distance), so pairs are
 *          directed; a hinge at exactly 0 is active; a swap tie halves the gradient between the two distances.
 *   optax  (sum |x - y|^p + eps)^(1/p) (optax.losses.triplet_margin_loss); at a tie of the hinge half the gradient.
 *          optax itself omits |.|, so it agrees for even p. At p = inf eps plays no part. Swap ties as torch.
 *   exact  no eps; a hinge at exactly 0 is inactive; the gradient of a distance at 0 is 0; a swap tie halves. */
typedef enum triplet_convention {
  TRIPLET_CONVENTION_TORCH = 0,
  TRIPLET_CONVENTION_OPTAX,
  TRIPLET_CONVENTION_EXACT
} triplet_convention;

/* minkowski  (sum |x - y|^p)^(1/p), p in [1, inf]; at p = inf the components that share the maximum share its
 *            gradient evenly; sign(0) = 0, so a component without difference has no gradient.
 * squared    sum (x - y)^2, ignores p and eps; may overflow, which counts as not finite.
 * cosine     1 - cos(x, y), ignores p and eps; with a zero vector the distance is 1 and its gradient 0. Taken as half
 *            the squared difference of the rows divided by their lengths, to about 1e-6 of its value however near the
 *            rows; those take twice the memory of the rows for the time of the call.
 * dot        -sum x y, the inner product as a distance, for what is trained to be searched by it. No metric: it is
 *            negative for rows that are alike, and a row need not be nearest to itself. Ignores p and eps; to about
 *            1e-7 of sum |x y|, and may overflow like squared: it is then infinite, whatever its sign.
 * Where float32 would over- or underflow on the way (1e30, 1e-30) a scaled path gives the right answer. */
typedef enum triplet_distance {
  TRIPLET_DISTANCE_MINKOWSKI = 0,
  TRIPLET_DISTANCE_SQUARED,
  TRIPLET_DISTANCE_COSINE,
  TRIPLET_DISTANCE_DOT
} triplet_distance;

/* The loss of a batch; section 6 defines each. */
typedef enum triplet_loss {
  TRIPLET_LOSS_TRIPLET = 0,
  TRIPLET_LOSS_CONTRASTIVE,
  TRIPLET_LOSS_INFO_NCE,
  TRIPLET_LOSS_SUP_CON,
  TRIPLET_LOSS_MULTI_SIMILARITY
} triplet_loss;

/* l_i is the loss of term i times its weight w_i; N counts the terms: triplets, in a batch those selected, of other
 * losses what section 6 says.
 *   mean           sum l_i / N
 *   sum            sum l_i
 *   none           each l_i (in a batch one per anchor), with the gradient of their sum
 *   mean_nonzero   sum l_i / active; 0 when none is active (pytorch-metric-learning's AvgNonZeroReducer)
 *   weighted_mean  sum l_i / sum w_i over the same terms; 0 where that is 0. Weights of 0 and 1 are a mask. */
typedef enum triplet_reduction {
  TRIPLET_REDUCTION_MEAN = 0,
  TRIPLET_REDUCTION_SUM,
  TRIPLET_REDUCTION_NONE,
  TRIPLET_REDUCTION_MEAN_NONZERO,
  TRIPLET_REDUCTION_WEIGHTED_MEAN
} triplet_reduction;

/* error: the call fails with TRIPLET_NOT_FINITE.  allow: the rows are counted; explicit triplets give a NaN loss,
 * in-batch selection leaves the rows out. */
typedef enum triplet_nonfinite { TRIPLET_NONFINITE_ERROR = 0, TRIPLET_NONFINITE_ALLOW } triplet_nonfinite;

/* Which triplets of a batch count; section 6 defines each. */
typedef enum triplet_mining {
  TRIPLET_MINING_ALL = 0,
  TRIPLET_MINING_HARD,
  TRIPLET_MINING_SEMIHARD,
  TRIPLET_MINING_EASY_POSITIVE,
  TRIPLET_MINING_DISTANCE_WEIGHTED,
  TRIPLET_MINING_RANDOM
} triplet_mining;

/* Every mining is a pair of strategies, which can be given apart, with mining all: which positives of an anchor are
 * used (hard: the farthest, easy: the nearest), and which negatives go with each (hard: the nearest, semihard: the
 * nearest that is farther than the positive, random and distance_weighted: one that is drawn). of_mining: as mining
 * says. */
typedef enum triplet_positives {
  TRIPLET_POSITIVES_OF_MINING = 0,
  TRIPLET_POSITIVES_ALL,
  TRIPLET_POSITIVES_HARD,
  TRIPLET_POSITIVES_EASY
} triplet_positives;

typedef enum triplet_negatives {
  TRIPLET_NEGATIVES_OF_MINING = 0,
  TRIPLET_NEGATIVES_ALL,
  TRIPLET_NEGATIVES_HARD,
  TRIPLET_NEGATIVES_SEMIHARD,
  TRIPLET_NEGATIVES_RANDOM,
  TRIPLET_NEGATIVES_DISTANCE_WEIGHTED
} triplet_negatives;

/* Which of all triplets triplet_mine lists, with mining all (pytorch-metric-learning's TripletMarginMiner).
 *   none      those that mining selects
 *   all       every one within the margin: active, as the convention has it
 *   hard      of these, those with d(a, n) <= d(a, p)
 *   semihard  of these, the others
 *   easy      every other one, beyond the margin */
typedef enum triplet_violating {
  TRIPLET_VIOLATING_NONE = 0,
  TRIPLET_VIOLATING_ALL,
  TRIPLET_VIOLATING_HARD,
  TRIPLET_VIOLATING_SEMIHARD,
  TRIPLET_VIOLATING_EASY
} triplet_violating;

/* Semi-hard mining where no negative lies beyond the positive. */
typedef enum triplet_fallback { TRIPLET_FALLBACK_SKIP = 0, TRIPLET_FALLBACK_FARTHEST } triplet_fallback;

/* The value of ignore_label that ignores nothing. */
#define TRIPLET_NO_LABEL INT64_MIN

typedef struct triplet_options {
  uint32_t begun; /* by triplet_margin_options or triplet_batch_options */

  /* The distance. */
  triplet_convention convention; /* torch for explicit and indexed triplets, exact elsewhere */
  triplet_distance distance;     /* minkowski */
  double p;                      /* 2; in [1, inf] */
  double eps;                    /* 1e-6; >= 0; unused by the exact convention */

  /* The hinge h = (d(a, p) + margin) - d(a, n), in double. */
  double margin;    /* 1 for explicit triplets and trainers, 0.2 in batches; any finite number */
  bool swap;        /* false; d(a, n) becomes min(d(a, n), d(p, n)) (Balntas et al. 2016) */
  bool soft_margin; /* false; softplus(h) instead of max(h, 0); Hermans et al. 2017 have margin = 0 */
  triplet_reduction reduction;
  triplet_nonfinite nonfinite;

  /* Per triplet (explicit, indexed; count N) or per anchor (batch; count B); not given: 1, margin and 1. */
  triplet_floats weights; /* multiply losses; any finite number; a triplet of weight 0 is never active */
  triplet_floats margins; /* instead of margin */
  /* Scales the gradient: one value, or with reduction none one per loss. Not given: 1. */
  triplet_floats grad_output;

  /* Batches only. */
  triplet_loss loss; /* triplet */

  /* Of the triplet loss: which triplets. */
  triplet_mining mining;       /* all */
  triplet_positives positives; /* of mining */
  triplet_negatives negatives; /* of mining */
  triplet_fallback fallback;   /* skip */
  double cutoff, far_cutoff;   /* 0.5, 1.4; of distance_weighted; > 0 */
  int64_t seed;                /* 0; of what is drawn, 0 .. 2^53 - 1 */
  triplet_violating violating; /* none; of triplet_mine */

  /* Of the other losses. */
  double positive_margin, negative_margin; /* 0, 1; of contrastive; any finite number */
  double temperature;                      /* 0.07 of info_nce, 0.1 of sup_con; > 0 */
  double alpha, beta, base;                /* 2, 50, 0.5; of multi_similarity; > 0, > 0, any finite number */

  int64_t ignore_label; /* TRIPLET_NO_LABEL; rows that have this label are neither anchor nor positive nor negative */
  int64_t most_queries; /* 10,000; of triplet_evaluate_held_out, >= 1 */
  int64_t k;            /* 5; neighbours that vote, of triplet_classify, >= 1 */
  double threshold;     /* infinity: none; the largest distance of what counts as the same: in triplet_classify
                           neighbours beyond it have no vote, triplet_verify judges it */
  int64_t most_pairs;   /* 10,000,000; of triplet_verify, >= 1 */
  int64_t curve;        /* 500; points that a binding makes room for in triplet_verify, 2 .. 1,000,000 */
  int64_t count;        /* 2; axes that a binding makes room for in triplet_principal_axes, >= 1 */
  bool sphere;          /* false; of triplet_ring */
} triplet_options;

/* Defaults for explicit and indexed triplets: convention torch, margin 1. */
TRIPLET_API triplet_options triplet_margin_options(void);
/* Defaults for batches, mining, distances, nearest rows and evaluation: convention exact, margin 0.2. */
TRIPLET_API triplet_options triplet_batch_options(void);
/* Makes it another loss, with its distance (cosine for info_nce, sup_con and multi_similarity, else minkowski) and its
 * temperature, whatever these were. */
TRIPLET_API void triplet_options_set_loss(triplet_options *options, triplet_loss loss);

/* ---------------------------------------------------------------------------------------------------------------------
 * 3. Explicit triplets: row i of anchors, positives and negatives is triplet i. As torch.nn.functional.
 *    triplet_margin_loss (convention torch) and optax.losses.triplet_margin_loss (convention optax).
 * ------------------------------------------------------------------------------------------------------------------ */

typedef struct triplet_result {
  double loss;        /* reduced; with reduction none the sum */
  uint64_t active;    /* triplets with a non-zero gradient before reduction: h >= 0 (torch, optax), h > 0 (exact), every
                         one under soft margin; none of weight 0 */
  uint64_t nonfinite; /* triplets whose distances are not finite */
} triplet_result;

/* N triplets, row i of each matrix being one: (N, D) all three. One row of anchors, (1, D), is the anchor of all. */
typedef struct triplet_explicit {
  triplet_matrix anchors, positives, negatives;
} triplet_explicit;

/* Outputs of shape (N, D), each NULL when not wanted; that of one anchor row is (1, D), the sum over the triplets in
 * their order. They are written, not added to. */
typedef struct triplet_gradients {
  float *anchors, *positives, *negatives;
} triplet_gradients;

/* losses: N floats or NULL; what reduction none returns, under any reduction. One pass over the data; two with
 * mean_nonzero. No allocation, but of a block of rows: for cosine one for each thread, and one for the gradient of a
 * single anchor row, whose sum in order keeps the call on one thread. */
TRIPLET_API triplet_status triplet_margin_loss(triplet_context *context, const triplet_options *options,
                                               const triplet_explicit *triplets, triplet_gradients gradients,
                                               float *losses, triplet_result *result);

/* ---------------------------------------------------------------------------------------------------------------------
 * 4. Indexed triplets: rows of one embedding table, as users and items are trained.
 * ------------------------------------------------------------------------------------------------------------------ */

/* N triplets as row numbers of one table. */
typedef struct triplet_indexed {
  triplet_matrix table;                       /* (R, D) */
  triplet_ints anchors, positives, negatives; /* N each */
} triplet_indexed;

/* gradient: (R, D) or NULL; the gradient is ADDED to it, in triplet order. losses: N floats or NULL. */
TRIPLET_API triplet_status triplet_indexed_loss(triplet_context *context, const triplet_options *options,
                                                const triplet_indexed *triplets, float *gradient, float *losses,
                                                triplet_result *result);

/* ---------------------------------------------------------------------------------------------------------------------
 * 5. Distances and nearest rows. Always direct differences, never the expanded square. A pair's distance has the same
 *    bits here, in the losses and in mining.
 * ------------------------------------------------------------------------------------------------------------------ */

/* x: (N, D), y: (M, D), output distances: (N, M). Uses convention, distance, p, eps, nonfinite. */
TRIPLET_API triplet_status triplet_distances(triplet_context *context, const triplet_options *options, triplet_matrix x,
                                             triplet_matrix y, triplet_matrix distances);

/* The points at a distance from a centre, d(center, point) = radius: what a margin looks like. center: D finite
 * numbers; directions: (N, D), of any length; output points: (N, D). Row i is the first such point on the ray from the
 * centre in direction i. With `sphere` all lie on the sphere around the origin that the centre lies on: it is the first
 * on the great circle that leaves the centre in that direction (what of it is at right angles to the centre), within
 * half a round. NaN where a way never gets there: there is no direction, or a cosine distance beyond what the ray comes
 * to. radius: any finite number; where the centre is at that distance from itself it is the point. Uses convention,
 * distance, p, eps, sphere. */
TRIPLET_API triplet_status triplet_ring(triplet_context *context, const triplet_options *options, triplet_floats center,
                                        triplet_matrix directions, double radius, triplet_matrix points);

typedef struct triplet_neighbor_search {
  triplet_matrix queries;      /* (N, D) */
  triplet_matrix references;   /* (M, D); {0} beside an index, which has them */
  triplet_ints reference_self; /* for each query the reference that is itself and is left out, or -1; not given: none */
  size_t k;                    /* 1 .. M, or M - 1 where some query is left out */
  triplet_lists exclude;       /* for each query references to leave out, such as what a user has seen, in any order */
} triplet_neighbor_search;

/* The k nearest references of each query by exact search, nearest first, ties to the lowest index. Outputs: indices
 * N x k, distances N x k (or NULL). Where `exclude` leaves fewer than k, the last indices are -1 and their distances
 * infinite. With nonfinite allow, a distance that is not finite counts as infinite. */
TRIPLET_API triplet_status triplet_nearest(triplet_context *context, const triplet_options *options,
                                           const triplet_neighbor_search *search, int32_t *indices, float *distances);

/* References that are searched time and again. What triplet_nearest makes ready in each call is made once and kept, so
 * that a few queries take only the time of their own distances.
 *
 * references: (M, D), M at most 2^31 - 1. They are copied, as are the options: what becomes of the caller's matrix
 * afterwards, changed or freed, never shows, and other references need another index. Uses convention, distance, p, eps
 * and nonfinite, the same for all searches. Kept of each reference: 4 D bytes, with cosine 8 D + 8, D rounded up to a
 * multiple of 8; and of every distance but minkowski with p other than 2 about 2 D + 4 more, in smaller numbers that
 * tell which references need not be measured (not in WebAssembly). */
typedef struct triplet_index triplet_index;
TRIPLET_API triplet_status triplet_index_create(triplet_context *context, const triplet_options *options,
                                                triplet_matrix references, triplet_index **index);
TRIPLET_API void triplet_index_destroy(triplet_index *index); /* NULL is allowed */
TRIPLET_API size_t triplet_index_rows(const triplet_index *index);
TRIPLET_API size_t triplet_index_cols(const triplet_index *index);

/* As triplet_nearest with the references and options of the index, to the bit; the search has none of its own. The
 * index is only read: several threads may search it at once, each with a context of its own. */
TRIPLET_API triplet_status triplet_index_nearest(triplet_context *context, const triplet_index *index,
                                                 const triplet_neighbor_search *search, int32_t *indices,
                                                 float *distances);

/* ---------------------------------------------------------------------------------------------------------------------
 * 6. In-batch losses and mining. Rows are positives of each other where they have a label in common and negatives where
 *    they have none; a row is nothing to itself. Ties go to the lowest index.
 *
 *    Triplets (a, p, n) are selected by mining, without regard to swap or weights; anchors without positive or without
 *    negative have none and are counted. Each mining is a pair of strategies, positives x negatives, that may be given
 *    apart.
 *
 *    all                all x all: every triplet. Exact without listing triplets: for each anchor the thresholds
 *                       d(a, p) + margin are sorted and every negative is placed among them; counts and suffix sums
 *                       give the loss, and the counts are the pair weights of the gradient: O(B^2 (D + log B)) time.
 *                       Soft margin and swap have no such shortcut and cost O(B^3) time.
 *    hard               hard x hard: per anchor the farthest positive and the nearest negative (Hermans et al. 2017,
 *                       "batch hard").
 *    semihard           all x semihard: per (a, p) the nearest negative with d(a, n) > d(a, p) (Schroff et al. 2015,
 *                       FaceNet); it may lie beyond the margin (loss 0). Where there is none: fallback skip, or
 *                       farthest, the farthest negative (TensorFlow's triplet_semihard_loss).
 *    easy_positive      easy x semihard: per anchor the nearest positive, and its semi-hard negative (Xuan et al.
 *                       2020); fallback as above.
 *    distance_weighted  all x distance_weighted: per (a, p) one negative drawn with probability proportional to
 *                       min(1 / q(d), 1 / q(cutoff)) among those with d < far_cutoff between L2-normalised rows, q the
 *                       density of distances on the sphere (Wu et al. 2017); where no negative lies below far_cutoff
 *                       the pair is skipped. The draw is keyed by (seed, a, p), so it does not depend on order or
 *                       threads.
 *    random             all x random: per (a, p) one negative drawn uniformly, keyed likewise.
 *
 *    The other losses take pairs; mining, margin, swap, soft_margin and fallback play no part. N and `active` count:
 *
 *    contrastive        max(d(a, p) - positive_margin, 0) and max(negative_margin - d(a, n), 0) (Hadsell et al. 2006).
 *                       Positive pairs and negative pairs are reduced apart, each by its own N, and added; also those
 *                       of anchors that lack the other kind.
 *    info_nce           per (a, p) log(1 + sum_n e^((d(a, p) - d(a, n)) / T)), T the temperature (van den Oord et al.
 *                       2018; NT-Xent, Chen et al. 2020). N: all (a, p), also of anchors without negatives, which have
 *                       no loss. With references whose labels are those of the queries, one of each, it is the
 *                       multiple-negatives ranking loss.
 *    sup_con            per anchor the mean over its positives of log(sum_j e^((d(a, p) - d(a, j)) / T)), j over all
 *                       its positives and negatives (Khosla et al. 2020). N: anchors with a positive.
 *    multi_similarity   per anchor log(1 + sum_p e^(alpha (d(a, p) - b))) / alpha
 *                       + log(1 + sum_n e^(beta (b - d(a, n)))) / beta (Wang et al. 2019). b is base; with cosine and
 *                       dot base is a similarity, as in the paper, and b the distance where it is met: 1 - base and
 *                       -base. N: all anchors.
 *
 *    Each agrees with pytorch-metric-learning 2.8.1, info_nce with optax.losses.ntxent too.
 *
 *    Memory. Up to 2^24 pairs (4,096 x 4,096) the distances are kept, and for losses of all pairs the slopes: 4 bytes a
 *    pair each. Beyond that both are made again where they are needed, with the same bits, and scratch is what is known
 *    of the anchors: with `all` 8 bytes for each positive of each anchor (16 under optax or a soft margin), with
 *    everything else less than 400 MB for 65,536 rows of 128 numbers. Only swap with `all` keeps all pairs whatever
 *    their number, and those among references too; and a matrix of relations is itself as large.
 * ------------------------------------------------------------------------------------------------------------------ */

/* A separate set to draw positives and negatives from. */
typedef struct triplet_references {
  triplet_matrix rows;   /* (R, D) */
  triplet_labels labels; /* R: integers or sets, whichever the queries have; with relations none */
  triplet_ints self;     /* for each query the reference that is the query itself, which must have its labels, or -1;
                            not given: none is */
} triplet_references;

/* B queries and what they are compared with. */
typedef struct triplet_batch {
  triplet_matrix embeddings;            /* (B, D) */
  triplet_labels labels;                /* B: integers or sets; or relations */
  const triplet_references *references; /* NULL: the batch itself */
} triplet_batch;

typedef struct triplet_stats {
  uint64_t active; /* triplets, or pairs of other losses, of non-zero slope before reduction; none of weight 0 */

  /* Of the triplet loss, else 0. */
  uint64_t triplets; /* selected */
  uint64_t hard;     /* d(a, n) <= d(a, p) */
  uint64_t semihard; /* d(a, p) < d(a, n), loss > 0 */
  uint64_t easy;     /* no loss */

  /* Of the other losses, else 0. */
  uint64_t pairs; /* (a, p) and (a, n), those without slope too */
  uint64_t positive_pairs, negative_pairs;
  uint64_t active_positive_pairs, active_negative_pairs;

  uint64_t anchors_without_positive;
  uint64_t anchors_without_negative;
  uint64_t nonfinite;            /* rows with an entry that is not finite, or with a distance that is not */
  double mean_positive_distance; /* over the pairs, or the distinct (a, p) of the triplets; NaN without any */
  double mean_negative_distance; /* over the pairs, or the distinct (a, n) of the triplets; NaN without any */
  triplet_loss loss;             /* that they are of */
  bool collapsed; /* there are distances, and every |d| is below 1e-3 of the loss's own scale: the margin,
                                    or 1 where it is <= 0; negative_margin, likewise; temperature; 1 / beta */
} triplet_stats;

/* Outputs, each NULL when not wanted. They are written, not added to. */
typedef struct triplet_batch_gradients {
  float *embeddings; /* (B, D) */
  float *references; /* (R, D); only with references */
} triplet_batch_gradients;

typedef struct triplet_batch_result {
  double loss; /* reduced; with reduction none the sum */
  triplet_stats stats;
} triplet_batch_result;

/* losses: B floats or NULL, the summed losses of each anchor. */
TRIPLET_API triplet_status triplet_batch_loss(triplet_context *context, const triplet_options *options,
                                              const triplet_batch *batch, triplet_batch_gradients gradients,
                                              float *losses, triplet_batch_result *result);

/* What each pair weighs: the sum of all losses (reduction none) by the distance of every query to every reference.
 * slopes: (B, R), or without references (B, B); positive where the pair is drawn together, negative where it is pushed
 * apart, 0 where it plays no part. Those of info_nce and sup_con, times the temperature, are the shares of a softmax.
 * Each distance counts by itself, though d(x, y) be d(y, x). With swap d(p, n) is a pair of the batch, too; among
 * separate references it is none of a query and has no place. Takes the options of triplet_batch_loss but for reduction
 * and grad_output, which play no part. */
TRIPLET_API triplet_status triplet_pair_slopes(triplet_context *context, const triplet_options *options,
                                               const triplet_batch *batch, triplet_matrix slopes);

/* How near a loss wants positives and how far it wants negatives: positives beyond `pull` are drawn nearer, negatives
 * within `push` pushed away. A loss without a margin has both in one place, and weighs pairs by how far beyond it they
 * are. */
typedef struct triplet_reaches {
  double pull, push;
} triplet_reaches;

/* triplet: d(a, p) and d(a, p) + margin; contrastive: its two margins; info_nce, sup_con: d(a, p), which negatives are
 * compared with; multi_similarity: the distance at which base is met. positive_distance: d(a, p), or NaN, there is no
 * positive: then a loss that compares with it gives NaN. Uses loss, margin, positive_margin, negative_margin, base,
 * distance. */
TRIPLET_API triplet_status triplet_reach(triplet_context *context, const triplet_options *options,
                                         double positive_distance, triplet_reaches *reach);

/* Triplets as row numbers, in memory of the caller's. */
typedef struct triplet_triplets {
  int32_t *anchors, *positives, *negatives; /* room for capacity numbers each */
  size_t capacity;
  size_t count; /* written: how many there are */
} triplet_triplets;

/* The most triplets that triplet_mine can select; from labels alone, cheap: no embedding is looked at. Of violating
 * triplets their number, for which everything but the list is done. */
TRIPLET_API triplet_status triplet_mine_capacity(triplet_context *context, const triplet_options *options,
                                                 const triplet_batch *batch, size_t *capacity);

/* The same selection as row numbers, ordered by anchor, positive, negative. Anchors number embeddings, positives and
 * negatives number references where given. Statistics are of the triplets listed; stats may be NULL. */
TRIPLET_API triplet_status triplet_mine(triplet_context *context, const triplet_options *options,
                                        const triplet_batch *batch, triplet_triplets *triplets, triplet_stats *stats);

/* ---------------------------------------------------------------------------------------------------------------------
 * 7. Cross-batch memory (Wang et al. 2020): a ring of past embeddings and labels to use as references. A step takes the
 *    loss of its batch and that of the batch against the memory, adds both gradients, and pushes the batch only then,
 *    so that no query meets itself.
 * ------------------------------------------------------------------------------------------------------------------ */

typedef struct triplet_memory triplet_memory;

TRIPLET_API triplet_status triplet_memory_create(triplet_context *context, size_t capacity, size_t dim,
                                                 triplet_memory **memory);
TRIPLET_API void triplet_memory_destroy(triplet_memory *memory);
/* Copies rows in, the oldest go out first; of more rows than capacity the last ones stay. embeddings: (N, dim); labels:
 * N, integers or sets, and no relations. Sets take memory of their own as they need it. */
TRIPLET_API triplet_status triplet_memory_push(triplet_context *context, triplet_memory *memory,
                                               triplet_matrix embeddings, triplet_labels labels);
/* The rows held now, as references without self, their labels as sets; views that last until the next push. */
TRIPLET_API triplet_references triplet_memory_references(const triplet_memory *memory);
TRIPLET_API void triplet_memory_clear(triplet_memory *memory);

/* ---------------------------------------------------------------------------------------------------------------------
 * 8. Evaluation and verification. Retrieval is judged by exact search. Each query is compared with the references
 *    (NULL: the other rows of the same set). Ties of the distance go to the lowest index. Queries without a positive
 *    are skipped and counted. R is the number of positives of a query (Musgrave et al. 2020, "A metric learning reality
 *    check").
 * ------------------------------------------------------------------------------------------------------------------ */

/* A figure of nothing is NaN: all of them, and recall, where there is no query. */
typedef struct triplet_metrics {
  uint64_t queries;        /* rows that were asked: those with a positive */
  uint64_t skipped;        /* rows without a positive, or of ignore_label */
  double precision_at_1;   /* share of queries whose nearest reference is a positive */
  double r_precision;      /* mean share of the R nearest that are positives */
  double map_at_r;         /* mean over queries of 1/R sum_{i <= R} precision@i if the i-th is a positive */
  double map;              /* mean average precision: the same over all ranks */
  double mrr;              /* mean of 1 / rank of the nearest positive */
  double triplet_accuracy; /* share of all triplets (a, p, n) with d(a, p) < d(a, n) */
} triplet_metrics;

/* Bounds of a figure that hold the true one of 95 samples in 100, if rows are drawn alike and independently; NaN where
 * there is no figure. */
typedef struct triplet_bounds {
  double low, high;
} triplet_bounds;

/* Of a share of `count` draws: Wilson's (1927) score interval, which is right for shares of 0 and 1 too. share in [0,
 * 1]; NaN, or a count of 0, gives NaN. */
TRIPLET_API triplet_bounds triplet_share_bounds(double share, uint64_t count);

/* Shares by Wilson. The other means by the normal law, as Agresti and Coull (1998) have it for shares: z^2 / 2 values
 * of 0 and as many of 1 are added to those of the queries, z = 1.96, so that values which are all alike are not
 * certain. */
typedef struct triplet_metric_intervals {
  triplet_bounds precision_at_1, r_precision, map_at_r, map, mrr;
} triplet_metric_intervals;

/* The queries of one label; a query with several labels counts under each of them. */
typedef struct triplet_class_metrics {
  int32_t label;
  triplet_metrics metrics;
} triplet_class_metrics;

/* What an evaluation finds, and where; it begins with {0}. Of what the caller gives memory for, each may be NULL: not
 * wanted. */
typedef struct triplet_evaluation {
  double *recall, *macro_recall;    /* k.count each: of each k */
  triplet_bounds *recall_intervals; /* k.count: of recall */
  triplet_class_metrics *classes;   /* room for class_capacity, ascending by label; not with relations */
  size_t class_capacity;
  size_t class_count;      /* written: of the labels that queries have, ignore_label left out */
  triplet_metrics metrics; /* written: means over the queries */
  triplet_metrics macro;   /* written: means over the classes, of which `queries` have a query and count alike, and
                              `skipped` have none. triplet_accuracy is that of each class, too. NaN with relations */
  triplet_metric_intervals intervals; /* written: of metrics */
} triplet_evaluation;

/* k: the list of ks, each >= 1, for recall[i]: share of queries with a positive among their k[i] nearest (k beyond the
 * set counts all). Uses the distance options and ignore_label; references of that label, or that are neither positive
 * nor negative of a query, are not among its neighbours. With nonfinite allow, a pair without a finite distance ranks
 * last and is never a hit. O(R) scratch per thread. Nothing of *evaluation is written on error. */
TRIPLET_API triplet_status triplet_evaluate(triplet_context *context, const triplet_options *options,
                                            const triplet_batch *batch, triplet_ints k, triplet_evaluation *evaluation);

/* Neighbours that were found by other means, an approximate index for one. */
typedef struct triplet_given_neighbors {
  triplet_labels labels;           /* N: of the queries, integers or sets; or relations (N, R) */
  triplet_labels reference_labels; /* R: integers or sets. Not given: the references are the queries, or of relations
                                      with R != N other rows */
  triplet_ints reference_self;     /* N: the reference that is the query itself, or -1; not given: where the references
                                      are the queries each is itself */
  const int32_t *indices;          /* (N, width): references, nearest first, each once; -1: no more */
  size_t width;
} triplet_given_neighbors;

/* The same figures of neighbours that are given; the query itself, and who is neither positive nor negative of it, are
 * left out of them. A figure is NaN where what was not given to some query could still change it: recall of k where
 * fewer than k neighbours and no positive were given, r_precision and map_at_r where fewer than R were, mrr where no
 * positive was, map and triplet_accuracy where not all were. In triplet_accuracy what comes first is nearer. Uses
 * ignore_label. Nothing of *evaluation is written on error. */
TRIPLET_API triplet_status triplet_evaluate_neighbors(triplet_context *context, const triplet_options *options,
                                                      const triplet_given_neighbors *neighbors, triplet_ints k,
                                                      triplet_evaluation *evaluation);

/* Labelled rows of which some were held out of the training (triplet_split). */
typedef struct triplet_held_out_set {
  triplet_matrix embeddings; /* (N, D), of all rows */
  triplet_labels labels;     /* N: integers or sets, and no relations */
  const uint8_t *held_out;   /* N: 1 for a held-out row, 0 for a training row */
  triplet_ints k;            /* of recall, as in triplet_evaluate */
} triplet_held_out_set;

#define TRIPLET_NEIGHBORS 5 /* that vote on the class of a row */

/* Begins with {0}, and with memory for recall or the figures of classes where they are wanted. */
typedef struct triplet_held_out_evaluation {
  triplet_evaluation against_training; /* the training rows are the references: what a user of the model gets. No query,
                                          and so no figure, of classes that were held out whole */
  triplet_evaluation among_themselves; /* the other held-out rows are the references */
  double knn_accuracy;                 /* written: share of the queries of against_training whose class has the most
                                          votes of their 5 nearest training rows, the nearest row's where classes have
                                          the same; NaN without a query */
  double macro_knn_accuracy;           /* written: the mean over classes of the same of their queries */
  triplet_bounds knn_accuracy_interval; /* written: of knn_accuracy */
  uint64_t held_out;                    /* written: rows held out */
  uint64_t queries; /* written: those of them that were asked, of which some may have been skipped */
} triplet_held_out_evaluation;

/* Uses the distance options, ignore_label, and most_queries: where more rows are held out, a sample of so many, drawn
 * by seed, is asked. A row of several labels votes for each of them, of its own the lowest first; a query of several is
 * right when one of its labels is elected. Nothing of *evaluation is written on error. */
TRIPLET_API triplet_status triplet_evaluate_held_out(triplet_context *context, const triplet_options *options,
                                                     const triplet_held_out_set *set,
                                                     triplet_held_out_evaluation *evaluation);
/* The same of rows that ranks share out. Labels and held_out are of all N on every rank, set->embeddings is not used.
 * A rank keeps no row of another: the queries go round, a few at a time, and their distances come back. */
TRIPLET_API triplet_status triplet_evaluate_held_out_shard(triplet_context *context, const triplet_options *options,
                                                           const triplet_shard *embeddings,
                                                           const triplet_held_out_set *set,
                                                           triplet_held_out_evaluation *evaluation);

/* Rows to name the class of, and rows whose class is known. */
typedef struct triplet_classification_set {
  triplet_matrix queries;          /* (N, D) */
  triplet_matrix references;       /* (M, D) */
  triplet_labels reference_labels; /* M: integers or sets, and no relations */
  triplet_ints reference_self;     /* as in triplet_neighbor_search */
  triplet_lists exclude;           /* likewise */
} triplet_classification_set;

/* Outputs, N each; votes may be NULL. */
typedef struct triplet_classification {
  int32_t *labels; /* the class with the most votes; 0 where there is none */
  uint8_t *known;  /* 1; 0: no neighbour has a vote */
  float *votes;    /* the share of the votes that its class has; 0 where there is none */
} triplet_classification;

/* The k nearest references of each query vote on its class, those farther than the threshold apart, so that a query
 * that is near to nothing is of no known class. A reference of several labels votes for each of them, one without any
 * has no vote, nor one whose distance is not finite; the share is that of the voters. Where classes have as many votes
 * the one of the nearest voter wins, of its own labels the lowest. Of fewer than k references all vote. Uses the
 * distance options, k and threshold; nonfinite as in triplet_nearest. */
TRIPLET_API triplet_status triplet_classify(triplet_context *context, const triplet_options *options,
                                            const triplet_classification_set *set,
                                            triplet_classification *classification);

/* Verification: are two rows of the same class? A pair is accepted as the same where its distance is <= a threshold.
 * FAR (false acceptance rate) is the share of pairs of different classes that are accepted, TAR (true acceptance rate)
 * that of pairs of the same class: the axes of scikit-learn's roc_curve over -distance. Pairs at the same distance are
 * accepted together. */
typedef struct triplet_operating_point {
  double threshold; /* -infinity: nothing is accepted */
  double far, tar;
} triplet_operating_point;

/* What a verification finds, and where; it begins with {0}. Of what the caller gives memory for, each may be NULL: not
 * wanted. A figure of nothing is NaN: where there is no pair of a kind, all but the counts, what is judged of the other
 * kind, and judged_accuracy; there is no curve then. */
typedef struct triplet_verification {
  triplet_operating_point *at_far; /* far.count: for each wanted FAR the point with the highest TAR whose FAR is no
                                      greater */
  triplet_operating_point *curve;  /* room for curve_capacity points: the corners of the ROC curve in ascending order,
                                      from (0, 0) to (1, 1); of more corners some, evenly along the curve. Thresholds
                                      are distances of pairs here: the largest that is accepted */
  size_t curve_capacity;           /* at least 2, with a curve */
  size_t curve_count;              /* written */

  uint64_t same, different; /* written: pairs of each kind */
  uint64_t used;            /* written: of the rarer kind, those that were looked at; fewer where it was sampled */
  double auc;               /* written: area under the curve; the share of all (same, different) in which the same
                                      is nearer, those at one distance counting half */
  double eer;               /* written: equal error rate: where FAR = 1 - TAR, on the line between points */
  double eer_threshold;     /* written: of the point nearest to it, of those next to a pair of the rarer kind */
  double accuracy;          /* written: the most pairs, as a share, that a threshold tells right */
  double threshold;         /* written: that threshold, of several the smallest */
  triplet_operating_point judged; /* written: of options.threshold; NaN where it is infinite */
  double judged_accuracy;         /* written: likewise */
} triplet_verification;

/* Thresholds, but those of the curve, lie in the middle between the largest distance that is accepted and the smallest
 * that is not; where all are accepted, they are the largest.
 *
 * All pairs of the batch: of its rows each pair once, of queries and references each query with each reference but
 * itself; with relations each (a, b) that is 1 (the same) or -1 (different). far: wanted rates in [0, 1]. Uses the
 * distance options, ignore_label, threshold, and most_pairs: the distances of the rarer kind of pairs are sorted and
 * the others placed among them, so that all is exact; where there are more, a sample of so many of the rarer kind,
 * drawn by seed, stands for them. With nonfinite allow, a pair without a finite distance lies beyond every threshold
 * but the last of the curve. All pairs are gone through twice at most. Memory: about 32 bytes for each of the rarer
 * kind, and up to 13 MB. Nothing of *verification is written on error. */
TRIPLET_API triplet_status triplet_verify(triplet_context *context, const triplet_options *options,
                                          const triplet_batch *batch, triplet_doubles far,
                                          triplet_verification *verification);

/* Pairs that are given: row i of first and row i of second. */
typedef struct triplet_given_pairs {
  triplet_matrix first, second; /* (N, D) */
  const uint8_t *same;          /* N: 1 for a pair of the same class, 0 for one of different classes */
} triplet_given_pairs;

/* The same of given pairs, all of which are looked at. */
TRIPLET_API triplet_status triplet_verify_pairs(triplet_context *context, const triplet_options *options,
                                                const triplet_given_pairs *pairs, triplet_doubles far,
                                                triplet_verification *verification);

/* ---------------------------------------------------------------------------------------------------------------------
 * 9. Tables: the bytes of a CSV or TSV file -> columns, and a recipe that makes them, and those of later files, the
 *    columns of a matrix. One reader for every program, so that the same file gives the same rows everywhere.
 *
 *      triplet_table_options options = triplet_table_default_options();
 *      options.label = "species";
 *      triplet_table_read(context, &options, bytes, size, &table);
 *      triplet_recipe_create(context, table, &recipe);
 *      triplet_recipe_fit(context, recipe, table, training_rows);
 *      triplet_recipe_matrix(context, recipe, table, (triplet_ints){NULL, 0}, x);
 *
 * Cells are UTF-8, with or without a byte order mark. Lines end with LF, CRLF or CR; empty ones are passed over. A cell
 * in quotes may hold separators, line ends (read as LF) and doubled quotes; around others blanks are passed over.
 * Empty, NA, N/A, NaN, null (in capitals or not), ? and - are missing, but not a - in a column that also has a +.
 * Numbers are decimal, with a point, or a comma where that separates no cells, and read to the nearest double; anything
 * else is text, hexadecimal and infinity too.
 *
 * What the columns are is decided by their cells:
 *   number     each cell that is not missing is a number
 *   category   other columns of at most 32 different texts: an input for each of them, 0 or 1
 *   text       other columns
 * and all are inputs but the label and what is left out: text; columns in which nothing varies; row numbers, which are
 * 0, 1, 2 .. or 1, 2, 3 .. over at least 20 rows; texts that are all different over as many; and whole numbers, or
 * texts that are all different, in a column that is called id, index, Unnamed: 0, *_id, * id (in capitals or not), *Id
 * or nothing. A row number or id stays where nothing else would.
 * ------------------------------------------------------------------------------------------------------------------ */

/* Texts, UTF-8, each closed by a 0 byte. */
typedef struct triplet_texts {
  const char *const *items;
  size_t count;
} triplet_texts;

/* auto: that of , ; tab | which the first line has most of, where a comma between digits does not count beside another
 * of them; blanks where it has none. Tabs that follow each other count as one where only then all rows have as many
 * cells. blanks: any number of spaces and tabs. */
typedef enum triplet_separator {
  TRIPLET_SEPARATOR_AUTO = 0,
  TRIPLET_SEPARATOR_COMMA,
  TRIPLET_SEPARATOR_SEMICOLON,
  TRIPLET_SEPARATOR_TAB,
  TRIPLET_SEPARATOR_PIPE,
  TRIPLET_SEPARATOR_BLANKS
} triplet_separator;

/* Whether the first row names the columns. auto: its cells tell, by texts in columns of numbers (names), and by texts
 * that come again in their columns, or numbers (data); but numbers that follow each other in even steps, as years do,
 * may be names, and 0, 1, 2, 3 .. and an empty cell above row numbers are. Columns without a header are called
 * 1, 2, 3 .. */
typedef enum triplet_header { TRIPLET_HEADER_AUTO = 0, TRIPLET_HEADER_TRUE, TRIPLET_HEADER_FALSE } triplet_header;

typedef enum triplet_encoding { TRIPLET_ENCODING_UTF8 = 0, TRIPLET_ENCODING_LATIN1 } triplet_encoding;

/* What becomes of a missing cell of an input. mean: a missing number is the mean of its column, a missing category none
 * of its values; drop: its row is left out; error: the table is refused. */
typedef enum triplet_missing { TRIPLET_MISSING_MEAN = 0, TRIPLET_MISSING_DROP, TRIPLET_MISSING_ERROR } triplet_missing;

typedef struct triplet_recipe triplet_recipe;

/* Texts and lists are looked at during the call alone. */
typedef struct triplet_table_options {
  uint32_t begun;               /* by triplet_table_default_options */
  const char *label;            /* NULL: no label. A column's name, else its number from 1, "first" or "last", which is
                                   not one without name and cells */
  triplet_texts keep;           /* columns that are inputs although they would be left out */
  triplet_texts ignore;         /* columns to leave out */
  triplet_texts categories;     /* columns of numbers that are categories, or of more than 32 texts */
  triplet_texts missing_texts;  /* cells that are missing, too */
  const char *comment;          /* NULL: none. Lines that begin with this text are passed over */
  triplet_separator separator;  /* auto */
  triplet_header header;        /* auto */
  triplet_encoding encoding;    /* UTF-8 */
  triplet_missing missing;      /* mean */
  bool standardize;             /* true; numbers are brought to mean 0 and deviation 1 */
  bool shard;                   /* false; true: of many ranks each keeps the cells of some rows, see below */
  const triplet_recipe *recipe; /* NULL: columns are decided on. Else the table is read for this recipe, see below */
} triplet_table_options;

TRIPLET_API triplet_table_options triplet_table_default_options(void);

typedef struct triplet_table triplet_table;

/* Reads `size` bytes, which are not kept. A row whose label is missing is left out, and so is, with missing drop, one
 * of which an input is. TRIPLET_BAD_TABLE where this is no table, or none that fits the options: the message has all
 * that is wrong with it, by row, from 1 below the header, and column.
 *
 * With a recipe, the table is one of new rows for it: its columns are found by their names, in any order, and others
 * are left out; whether there is a header, which columns are categories, and what becomes of missing cells is as the
 * recipe has it (missing_texts are added to its own), and keep, ignore, categories, missing and standardize are not
 * looked at. A value that a category did not have is none of its values, and told. label names a column to carry along,
 * whose missing cells leave nothing out.
 *
 * With shard, all ranks of the context (section 1) read the same bytes by a call that they make together. Each looks at
 * all of them, so that every rank knows the same columns, labels, values and notes, those of one rank alone; of the
 * other cells it keeps those of its rows, which begin in its part of the bytes. So memory falls with the number of
 * ranks, and time does not. Where there are no other ranks it is as without.
 *
 * Memory: 8 bytes a cell, with shard of the rank's own rows, and up to 21 a row of all; and the different texts of
 * columns. Latin-1 takes twice its bytes while it is read. At most 4,194,304 columns. Tells its progress. */
TRIPLET_API triplet_status triplet_table_read(triplet_context *context, const triplet_table_options *options,
                                              const char *bytes, size_t size, triplet_table **table);
TRIPLET_API void triplet_table_destroy(triplet_table *table);

TRIPLET_API size_t triplet_table_rows(const triplet_table *table);
/* The numbers of the rows whose cells this rank has, each one more than the last; {NULL, 0}: of all. */
TRIPLET_API triplet_ints triplet_table_held(const triplet_table *table);
TRIPLET_API size_t triplet_table_columns(const triplet_table *table);
/* The column of the label; as many as there are columns: none. */
TRIPLET_API size_t triplet_table_label(const triplet_table *table);
/* The number of a row in the file, from 0 below the header: rows before it may have been left out. */
TRIPLET_API size_t triplet_table_row(const triplet_table *table, size_t row);

typedef enum triplet_column_kind {
  TRIPLET_COLUMN_NUMBER = 0,
  TRIPLET_COLUMN_CATEGORY,
  TRIPLET_COLUMN_TEXT
} triplet_column_kind;

typedef enum triplet_column_use {
  TRIPLET_COLUMN_INPUT = 0,
  TRIPLET_COLUMN_LABEL,
  TRIPLET_COLUMN_LEFT_OUT
} triplet_column_use;

/* A column of N rows, as views that last as long as the table. Where rows are spread over ranks it is one of those that
 * this rank holds, but for the label, which has all. */
typedef struct triplet_column {
  const char *name; /* as in the header, but each once: a second x is x_2, or the first that no other column has;
                       without a name column_3 */
  triplet_column_kind kind;
  triplet_column_use use;
  const double *numbers; /* N, NaN where one is missing; NULL unless the kind is number */
  const int32_t *codes;  /* N, the place of a row's text among the values, -1 where it is missing or none of them; NULL
                            of numbers, and of texts that are left out */
  triplet_texts values;  /* the different texts that rows have: numbers in their order, then texts in that of bytes */
  size_t missing;        /* cells */
} triplet_column;

TRIPLET_API triplet_column triplet_table_column(const triplet_table *table, size_t index);

/* What was decided on, a line each, in the order of the columns as far as there is one. */
typedef struct triplet_note {
  const char *text;   /* "left out: id" */
  const char *reason; /* "whole numbers in order", or NULL */
  const char *option; /* the option that would have it otherwise, "keep", or NULL */
  const char *value;  /* what to give that option: "id"; several with commas between them. NULL where one has a comma,
                         or they are too many */
  bool warning;       /* something that may spoil what is learned from the table */
} triplet_note;

TRIPLET_API size_t triplet_table_notes(const triplet_table *table);
/* A view that lasts as long as the table. */
TRIPLET_API triplet_note triplet_table_note(const triplet_table *table, size_t index);

/* What the inputs of a table become: a number (x - mean) / deviation, or 0 where it is missing; a category a column of
 * 0 and 1 for each of its values, all 0 where it is missing. mean 0 and deviation 1 until it is fitted. What it is made
 * of is copied. */
TRIPLET_API triplet_status triplet_recipe_create(triplet_context *context, const triplet_table *table,
                                                 triplet_recipe **recipe);
TRIPLET_API void triplet_recipe_destroy(triplet_recipe *recipe);

/* Takes mean and deviation (population; 1 where the deviation is 0) of the numbers of these rows, at least one; {NULL,
 * 0}: of all. Sums in double over chunks of 64 rows, joined by the tree of triplet_encoder_backward; values up to 1e308
 * do not overflow. Of a column without a number they are 0 and 1. Does nothing to numbers that are not standardised but
 * take their mean, which then stands for missing ones. Where rows are spread over ranks all of these make the call
 * together, and each gives all rows. */
TRIPLET_API triplet_status triplet_recipe_fit(triplet_context *context, triplet_recipe *recipe,
                                              const triplet_table *table, triplet_ints rows);

/* x: (M, triplet_recipe_inputs), of these rows in this order; {NULL, 0}: of all. The table is one that the recipe was
 * made of, or that was read for it; anything else is refused. TRIPLET_NOT_FINITE where a number leaves float32. Where
 * rows are spread over ranks all of these make the call together, each for rows that it holds; {NULL, 0}: for those. */
TRIPLET_API triplet_status triplet_recipe_matrix(triplet_context *context, const triplet_recipe *recipe,
                                                 const triplet_table *table, triplet_ints rows, triplet_matrix x);

/* Columns of the matrix, and what they are called: "age", "sex=male". */
TRIPLET_API size_t triplet_recipe_inputs(const triplet_recipe *recipe);
TRIPLET_API const char *triplet_recipe_input(const triplet_recipe *recipe, size_t index);

/* A column of the table that it is a recipe for. */
typedef struct triplet_recipe_column {
  const char *name;
  triplet_column_kind kind; /* number or category */
  triplet_texts values;     /* of a category */
  double mean, deviation;   /* of numbers; fill stands for a missing one, before it is standardised */
  double fill;
} triplet_recipe_column;

TRIPLET_API size_t triplet_recipe_columns(const triplet_recipe *recipe);
TRIPLET_API triplet_recipe_column triplet_recipe_column_at(const triplet_recipe *recipe, size_t index);
/* The name of the label that the table had, or NULL. */
TRIPLET_API const char *triplet_recipe_label(const triplet_recipe *recipe);

/* ---------------------------------------------------------------------------------------------------------------------
 * 10. Data: standardise, principal axes, split, synthesise. All randomness is SplitMix64 (Steele et al. 2014) from a
 *    seed 0 .. 2^53 - 1.
 * ------------------------------------------------------------------------------------------------------------------ */

/* Column means and deviations (population; 1 where the deviation is 0) of x (N, D), N >= 1.
 * mean, deviation: D floats. Both are sums in double over chunks of 64 rows, first of offsets from the first row, then
 * of squared offsets from the mean, joined by the tree of triplet_encoder_backward. */
TRIPLET_API triplet_status triplet_standardization(triplet_context *context, triplet_matrix x, float *mean,
                                                   float *deviation);
/* output = (x - mean) / deviation, output (N, D); may be x itself. */
TRIPLET_API triplet_status triplet_standardize(triplet_context *context, triplet_matrix x, triplet_floats mean,
                                               triplet_floats deviation, triplet_matrix output);

/* The axes along which rows vary most (Pearson 1901). x: (N, D), N >= 1, finite. Outputs: mean, D floats; axes (count,
 * D) with count in 1 .. D, that of most variance first, at right angles and of length 1, each turned so that its
 * largest entry, the first among equals, is positive; shares, count doubles: what share of the variance lies along
 * each, NaN where nothing varies. Axes along which nothing varies are any that fit.
 *
 * It takes N D min(N, D) products. Where those would be more than 2^30 (1,820 rows of 768 columns, 262,144 of 64) a
 * sample of the rows stands for all, always the same one. */
TRIPLET_API triplet_status triplet_principal_axes(triplet_context *context, triplet_matrix x, float *mean,
                                                  triplet_matrix axes, double *shares);
/* output = (x - mean) axes^T: x (N, D), mean D, axes (K, D), output (N, K), summed in double. Any axes will do. */
TRIPLET_API triplet_status triplet_project(triplet_context *context, triplet_matrix x, triplet_floats mean,
                                           triplet_matrix axes, triplet_matrix output);

/* What is held out of labelled rows, to evaluate by.
 *   rows     of each class of n rows round(fraction n), but two always stay
 *   classes  round(fraction C) of the C classes of two rows or more, whole; at least two of them, and two always stay:
 *            none of fewer than four
 *   auto     rows; classes where no class has more than two rows */
typedef enum triplet_hold_out {
  TRIPLET_HOLD_OUT_ROWS = 0,
  TRIPLET_HOLD_OUT_CLASSES,
  TRIPLET_HOLD_OUT_AUTO
} triplet_hold_out;

/* Drawn by seed. held_out: one byte for each row, 1 for a held-out row and 0 for a training row. fraction in [0, 1]; 0
 * holds out nothing. labels: integers or sets, and no relations. A row of several labels counts in each of its classes:
 * it is held out only where two rows stay of all of them, and of whole classes if any of them is held out, which those
 * that would leave fewer than two are not. So more or fewer rows may go than asked for. A row without labels is never
 * held out. */
TRIPLET_API triplet_status triplet_split(triplet_context *context, triplet_labels labels, triplet_hold_out hold_out,
                                         double fraction, int64_t seed, uint8_t *held_out);

/* Seeded sets that show something, made with this library's own arithmetic so that they are equal everywhere. */
typedef enum triplet_synthetic_kind {
  TRIPLET_SYNTHETIC_BLOBS = 0, /* (rows, 2): four overlapping Gaussian blobs */
  TRIPLET_SYNTHETIC_RINGS,     /* (rows, 2): three nested rings */
  TRIPLET_SYNTHETIC_MOONS,     /* (rows, 2): two interleaved half moons */
  TRIPLET_SYNTHETIC_SWISS_ROLL /* (rows, 3): a rolled-up sheet cut into four classes along its length */
} triplet_synthetic_kind;

/* Columns of a kind: 2 or 3. */
TRIPLET_API size_t triplet_synthetic_cols(triplet_synthetic_kind kind);
/* Row i has class i mod the number of classes. x: (rows, cols of the kind), labels: x.rows. noise >= 0 scales the
 * standard deviation of the noise, 1 being what the picture is made for. */
TRIPLET_API triplet_status triplet_synthetic(triplet_context *context, triplet_synthetic_kind kind, double noise,
                                             int64_t seed, triplet_matrix x, int32_t *labels);

/* A generator of random numbers. Plain data: copy it to save it. */
typedef struct triplet_random {
  uint64_t state;
} triplet_random;

/* How a sampler makes batches of P classes x K rows, in which no row stands twice.
 *   balanced  classes with two rows or more are drawn alike, P of them or all. Each has a shuffled cycle of its rows,
 *             all of which are used before one is used again. A class with fewer than K rows gives what it has; the
 *             places left over go to the rows of one-row classes, which serve as negatives. A row of several labels is
 *             in the cycle of each; where two classes draw it, it stands in the batch once and counts for both.
 *   epoch     every row once before any comes again: the classes are cut into groups of K rows (what is left over is
 *             a smaller group), and each batch gets P groups or so of different classes. A class with many more
 *             rows than the others together is alone in some batches. A row of several labels stands for the rarest of
 *             them that another row has, too.
 * A row without labels is in no batch. */
typedef enum triplet_sampler_name { TRIPLET_SAMPLER_BALANCED = 0, TRIPLET_SAMPLER_EPOCH } triplet_sampler_name;

typedef struct triplet_sampler_options {
  uint32_t begun;               /* by triplet_sampler_default_options */
  triplet_sampler_name sampler; /* balanced */
  int64_t classes_per_batch;    /* P: 8; >= 2 */
  int64_t rows_per_class;       /* K: 8; >= 2 */
  int64_t seed;                 /* 1 */
} triplet_sampler_options;

TRIPLET_API triplet_sampler_options triplet_sampler_default_options(void);

typedef struct triplet_sampler triplet_sampler;

/* labels: integers or sets, and no relations; they are not kept. */
TRIPLET_API triplet_status triplet_sampler_create(triplet_context *context, const triplet_sampler_options *options,
                                                  triplet_labels labels, triplet_sampler **sampler);
TRIPLET_API void triplet_sampler_destroy(triplet_sampler *sampler);
/* No batch has more rows than this; 0 where a balanced sampler finds no class of two rows. */
TRIPLET_API size_t triplet_sampler_batch_rows(const triplet_sampler *sampler);
/* The next batch: row numbers, class by class, into rows, which has room for as many; returns how many there are. */
TRIPLET_API size_t triplet_sampler_next(triplet_sampler *sampler, int32_t *rows);

/* ---------------------------------------------------------------------------------------------------------------------
 * 11. Matrices: what examples need of arithmetic, and the bytes of files that other programs write and read.
 *
 * A factor is finite; factor x is taken in double and rounded to float32, beyond which it is infinite.
 * ------------------------------------------------------------------------------------------------------------------ */

/* x = value, which may be anything. */
TRIPLET_API triplet_status triplet_matrix_fill(triplet_context *context, float value, triplet_matrix x);
/* output = x; as large as x, and may be x itself. */
TRIPLET_API triplet_status triplet_matrix_copy(triplet_context *context, triplet_matrix x, triplet_matrix output);
/* output += factor x, whose sum is rounded to float32 again; output: as large as x, and may be x itself. */
TRIPLET_API triplet_status triplet_matrix_add(triplet_context *context, triplet_matrix x, double factor,
                                              triplet_matrix output);
/* x = factor x. */
TRIPLET_API triplet_status triplet_matrix_scale(triplet_context *context, double factor, triplet_matrix x);
/* Normally distributed numbers of mean 0 and deviation 1, drawn by seed, row after row: a matrix of more rows begins
 * with those of one of fewer. */
TRIPLET_API triplet_status triplet_matrix_random(triplet_context *context, int64_t seed, triplet_matrix x);

/* npy          numpy's, versions 1 to 3, of one or two dimensions (a list is a column), in either order
 * safetensors  a tensor of one or two dimensions, likewise
 * fvecs        of each row its length as int32, and so many float32 (the TEXMEX sets)
 * text         of each row a word and its numbers, with blanks between them: GloVe's, and word2vec's, whose first line
 *              has the numbers of rows and columns. A word may hold blanks if no number follows them in it
 * Numbers are little-endian; npy may be big-endian. Of npy and safetensors float16, float32, float64, bfloat16,
 * integers and booleans are read, to the nearest float32, and float32 is written. Matrices have at most 2^31 - 1 rows
 * and columns. */
typedef enum triplet_file_format {
  TRIPLET_FORMAT_AUTO = 0, /* told by the bytes; a table of blanks is no text unless it begins like word2vec's */
  TRIPLET_FORMAT_NPY,
  TRIPLET_FORMAT_SAFETENSORS,
  TRIPLET_FORMAT_FVECS,
  TRIPLET_FORMAT_TEXT
} triplet_file_format;

/* "auto", "npy", "safetensors", "fvecs", "text". */
TRIPLET_API const char *triplet_file_format_name(triplet_file_format format);
/* What the bytes are, as auto tells it; auto: none of them. */
TRIPLET_API triplet_file_format triplet_file_format_of(const uint8_t *bytes, size_t size);

/* Rows that were read. */
typedef struct triplet_vectors triplet_vectors;

/* tensor: the name of one in a safetensors file; NULL: the only one that has two dimensions. bytes are not kept.
 * TRIPLET_BAD_MATRIX where the bytes are not of the format, are packed (gzip, ZIP), cut short or too many, or hold
 * complex numbers, texts or more than two dimensions; of text the message names the row. TRIPLET_NOT_FINITE where a
 * finite number leaves float32; NaN and infinity are read as they are. */
TRIPLET_API triplet_status triplet_vectors_read(triplet_context *context, triplet_file_format format,
                                                const char *tensor, const uint8_t *bytes, size_t size,
                                                triplet_vectors **vectors);
TRIPLET_API void triplet_vectors_destroy(triplet_vectors *vectors);
/* Views that last as long as the vectors. */
TRIPLET_API triplet_matrix triplet_vectors_matrix(const triplet_vectors *vectors);
TRIPLET_API triplet_texts triplet_vectors_words(const triplet_vectors *vectors); /* one a row; none but of text */
TRIPLET_API triplet_file_format triplet_vectors_format(const triplet_vectors *vectors);

/* A matrix with the name it has in a safetensors file; the other formats have one without. */
typedef struct triplet_tensor {
  const char *name;
  triplet_matrix matrix;
} triplet_tensor;

typedef struct triplet_tensors {
  const triplet_tensor *items;
  size_t count;
} triplet_tensors;

/* The bytes of a file: npy and fvecs of one matrix, safetensors of up to 2048 with names that differ; text and auto are
 * not written. bytes NULL: only *size is set. */
TRIPLET_API triplet_status triplet_vectors_write(triplet_context *context, triplet_file_format format,
                                                 triplet_tensors tensors, uint8_t *bytes, size_t capacity,
                                                 size_t *size);

/* ---------------------------------------------------------------------------------------------------------------------
 * 12. Encoder and optimiser: plain forward / backward pairs over parameters the caller owns.
 * ------------------------------------------------------------------------------------------------------------------ */

typedef enum triplet_activation {
  TRIPLET_ACTIVATION_RELU = 0,
  TRIPLET_ACTIVATION_TANH,
  TRIPLET_ACTIVATION_NONE
} triplet_activation;

#define TRIPLET_MAX_LAYERS 16

/* Dense layers y = activation(x W^T + b), the activation after every layer but the last; W has shape (out, in) and
 * precedes b (out) in the parameters, layer by layer, as torch.nn.Linear in torch.nn.Sequential. */
typedef struct triplet_encoder {
  uint32_t begun;                    /* by triplet_encoder_options */
  size_t inputs;                     /* D of the data */
  size_t layers;                     /* 0 .. TRIPLET_MAX_LAYERS; 0: the identity */
  size_t widths[TRIPLET_MAX_LAYERS]; /* output width of each layer; the last is the embedding's */
  triplet_activation activation;     /* relu */
  bool normalize;                    /* false; L2-normalise the output rows (a zero row stays zero) */
  bool residual;                     /* false; the layers' output is added to x, so the last width is `inputs`, and
                                        the last layer begins with zeros: an adapter, which is the identity at first
                                        to the bit (He et al. 2016; Houlsby et al. 2019). Normalised after that.
                                        Without layers it plays no part */
} triplet_encoder;

TRIPLET_API triplet_encoder triplet_encoder_options(void);
/* Width of the embedding; 0 for an encoder that was not begun. */
TRIPLET_API size_t triplet_encoder_dim(const triplet_encoder *encoder);
/* Floats in the parameters; 0 for an invalid encoder or no layers. */
TRIPLET_API size_t triplet_encoder_parameters(const triplet_encoder *encoder);
/* Floats of activations that forward keeps for backward, for a batch of rows. */
TRIPLET_API size_t triplet_encoder_activations(const triplet_encoder *encoder, size_t rows);
/* torch.nn.Linear's initialisation: W and b uniform in +-1 / sqrt(in); those of the last layer of a residual encoder 0.
 * parameters: triplet_encoder_parameters floats. */
TRIPLET_API triplet_status triplet_encoder_init(triplet_context *context, const triplet_encoder *encoder,
                                                triplet_random *random, float *parameters);

#define TRIPLET_SUGGESTED_LAYERS 2

/* Layers for a table of which only the shape is known: a hidden layer of 256, and an embedding of as many dimensions as
 * there are inputs, or twice as many as there are classes if that is more, but at least 16 and at most 64.
 *
 * New rows are then to find their class no less well than by the standardised inputs. Of 58 sets, 17 real ones and 41
 * made up, with 1 to 300 inputs, 2 to 100 classes and 30 to 5,000 rows, that was so of 57, to within a deviation over
 * 10 folds of the vote of 5 neighbours, with the trainer's other defaults; the mean was 0.81, and 0.77 that of the
 * inputs. What costs most is a lack of dimensions: 0.2 where ten classes have two. An embedding wider than the data is
 * no waste, for a class may lie in several places. */
TRIPLET_API triplet_status triplet_suggest_layers(triplet_context *context, size_t inputs, size_t classes,
                                                  size_t widths[TRIPLET_SUGGESTED_LAYERS]);

/* A batch on its way through an encoder: what forward writes and backward reads. */
typedef struct triplet_encoder_pass {
  triplet_matrix x;          /* (N, inputs) */
  float *activations;        /* triplet_encoder_activations floats to call backward after, or NULL: scratch is used */
  triplet_matrix embeddings; /* (N, dim) */
} triplet_encoder_pass;

/* Writes the activations and embeddings of the pass; of the activations a rank those of its own rows alone, which are
 * those that it sends back. */
TRIPLET_API triplet_status triplet_encoder_forward(triplet_context *context, const triplet_encoder *encoder,
                                                   const float *parameters, const triplet_encoder_pass *pass);

/* Outputs. They are written, not added to. */
typedef struct triplet_encoder_gradients {
  float *parameters; /* triplet_encoder_parameters floats */
  float *x;          /* (N, inputs), or NULL when not wanted */
} triplet_encoder_gradients;

/* From the gradient (N, dim) of the embeddings to that of the parameters and of x. pass: as left by forward.
 *
 * The gradient of the parameters is a sum over chunks of 64 rows, in float32, joined by the binary tree whose left
 * subtree is the largest power of two of chunks below the whole: five chunks give ((c0 + c1) + (c2 + c3)) + c4. So what
 * the rows of whole subtrees give in calls of their own adds up to the same bits. */
TRIPLET_API triplet_status triplet_encoder_backward(triplet_context *context, const triplet_encoder *encoder,
                                                    const float *parameters, const triplet_encoder_pass *pass,
                                                    triplet_matrix embeddings_gradient,
                                                    triplet_encoder_gradients gradients);

/* PyTorch's update formulas: torch.optim.SGD (momentum, nesterov, weight_decay), torch.optim.Adam (weight_decay added
 * to the gradient), torch.optim.AdamW (weight_decay decoupled). */
typedef enum triplet_optimizer_name {
  TRIPLET_OPTIMIZER_SGD = 0,
  TRIPLET_OPTIMIZER_ADAM,
  TRIPLET_OPTIMIZER_ADAMW
} triplet_optimizer_name;

typedef struct triplet_optimizer {
  uint32_t begun;              /* by triplet_optimizer_options */
  triplet_optimizer_name name; /* adam */
  double learning_rate;        /* 0.001; >= 0 */
  double momentum;             /* 0; sgd, in [0, 1) */
  bool nesterov;               /* false; sgd, needs momentum > 0 */
  double b1, b2;               /* 0.9, 0.999; adam, adamw, in [0, 1) */
  double eps;                  /* 1e-8; adam, adamw, >= 0 */
  double weight_decay;         /* 0; >= 0; adamw 0.01 as in PyTorch when set by name */
} triplet_optimizer;

TRIPLET_API triplet_optimizer triplet_optimizer_options(void);
/* Floats of state for a number of parameters, 0 for an optimiser that was not begun; the caller zeroes them before the
 * first update. */
TRIPLET_API size_t triplet_optimizer_state(const triplet_optimizer *optimizer, size_t parameters);
/* Parameters under training. */
typedef struct triplet_parameters {
  size_t count;
  float *values;         /* count floats, updated in place */
  const float *gradient; /* count floats */
  float *state;          /* triplet_optimizer_state floats, updated in place */
} triplet_parameters;

/* One update; step counts from 1. */
TRIPLET_API triplet_status triplet_optimizer_update(triplet_context *context, const triplet_optimizer *optimizer,
                                                    uint64_t step, const triplet_parameters *parameters);

/* What bytes were saved by: triplet_trainer_save, triplet_encoder_save or triplet_optimizer_save. */
typedef enum triplet_saved_kind {
  TRIPLET_SAVED_TRAINER = 0,
  TRIPLET_SAVED_ENCODER,
  TRIPLET_SAVED_OPTIMIZER
} triplet_saved_kind;
TRIPLET_API triplet_status triplet_saved_kind_of(triplet_context *context, const uint8_t *bytes, size_t size,
                                                 triplet_saved_kind *kind);

/* An encoder and its parameters as safetensors bytes, with the names that a trainer's weights have. bytes NULL: only
 * *size is set. */
TRIPLET_API triplet_status triplet_encoder_save(triplet_context *context, const triplet_encoder *encoder,
                                                const float *parameters, uint8_t *bytes, size_t capacity, size_t *size);
/* parameters NULL: only *encoder is written, which tells how many there are. capacity: floats that there is room
 * for. */
TRIPLET_API triplet_status triplet_encoder_load(triplet_context *context, const uint8_t *bytes, size_t size,
                                                triplet_encoder *encoder, float *parameters, size_t capacity);

/* An encoder and its parameters as an ONNX model (IR version 7, operators of version 13), which other runtimes run:
 * the input "x" (N, inputs) gives the output "embeddings" (N, dim), float32 both. They sum in another order than
 * triplet_encoder_forward does, so the last digits differ: in onnxruntime by less than 1e-6 of the largest number.
 * bytes NULL: only *size is set; it is below 2^31. */
TRIPLET_API triplet_status triplet_encoder_export(triplet_context *context, const triplet_encoder *encoder,
                                                  const float *parameters, uint8_t *bytes, size_t capacity,
                                                  size_t *size);

/* An optimiser with what it remembers: its state of so many floats, and the steps that it has taken. */
typedef struct triplet_kept_optimizer {
  triplet_optimizer optimizer;
  uint64_t steps;
  float *state;
  size_t count;
} triplet_kept_optimizer;
TRIPLET_API triplet_status triplet_optimizer_save(triplet_context *context, const triplet_kept_optimizer *kept,
                                                  uint8_t *bytes, size_t capacity, size_t *size);
/* kept->state NULL: everything but the state is written; else it has room for kept->count floats. */
TRIPLET_API triplet_status triplet_optimizer_load(triplet_context *context, const uint8_t *bytes, size_t size,
                                                  triplet_kept_optimizer *kept);

/* ---------------------------------------------------------------------------------------------------------------------
 * 13. Trainer: data -> sampler -> encoder -> batch loss -> optimiser. The same seed, data and live changes give the
 *     same bits everywhere. A trainer is also the trained model: it embeds, evaluates, saves and loads.
 * ------------------------------------------------------------------------------------------------------------------ */

/* How the learning rate runs over `steps`, after `warmup` steps of linear rise (the last of them has the full rate):
 * constant, cosine to 0, linear to 0, which the step after the last would reach. */
typedef enum triplet_schedule {
  TRIPLET_SCHEDULE_CONSTANT = 0,
  TRIPLET_SCHEDULE_COSINE,
  TRIPLET_SCHEDULE_LINEAR
} triplet_schedule;

/* Whether both sides of pairs go through the encoder, or the queries alone, which then learn to find the references as
 * they are. */
typedef enum triplet_adapt { TRIPLET_ADAPT_BOTH = 0, TRIPLET_ADAPT_QUERIES } triplet_adapt;

typedef struct triplet_trainer_options {
  uint32_t begun;       /* by triplet_trainer_default_options */
  triplet_options loss; /* as triplet_batch_options, margin 1; weights, margins and grad_output must not be given */
  triplet_optimizer optimizer;
  size_t layers; /* as in triplet_encoder; 0: a free embedding table, one row of `dim` per data row */
  size_t widths[TRIPLET_MAX_LAYERS];
  triplet_activation activation;
  bool normalize;
  bool residual;                /* false; as in triplet_encoder */
  triplet_adapt adapt;          /* both; of pairs */
  int64_t dim;                  /* 2; used where layers is 0 */
  bool standardize;             /* true; by the mean and deviation of the training rows, kept in the model */
  int64_t seed;                 /* 1; of initial weights, batches and drawn triplets */
  triplet_sampler_name sampler; /* balanced; how batches are made, see triplet_sampler_options */
  int64_t classes_per_batch;    /* 8; >= 2 */
  int64_t rows_per_class;       /* 8; >= 2 */
  int64_t steps;                /* 1000; what `run` does and the schedule spans */
  triplet_schedule schedule;    /* constant */
  int64_t warmup;               /* 0 */
  double validation;            /* 0; share of each class's rows that triplet_split sets aside; 0 with a table */
  int64_t evaluate_every;       /* 50; steps between validations by MAP@R of those rows; the last step has one */
  int64_t patience;             /* 0: never stop early; validations without a better one before stopping */
} triplet_trainer_options;

TRIPLET_API triplet_trainer_options triplet_trainer_default_options(void);

typedef struct triplet_trainer triplet_trainer;

/* One step as reported. */
typedef struct triplet_step {
  uint64_t step; /* counts from 1 */
  double loss;
  double learning_rate; /* that this step used */
  triplet_stats stats;  /* of this step's batch */
  double validation;    /* MAP@R of the rows set aside, at the last validation; -1 before the first */
  bool improved;        /* this step ended with the best validation so far */
  bool stopped;         /* patience is exhausted, or `steps` are done; where this begins the best weights are put in
                           place, once: steps past it train on from them */
  bool collapsed;       /* every batch of the last 20 steps was collapsed */
} triplet_step;

/* data: (N, D); labels: N, integers or sets, and no relations; both are copied. A row without labels is in no batch and
 * never set aside for validation; one with ignore_label is in no batch. Of a free table only data.rows is used: its
 * rows start normally distributed with deviation 1 / sqrt(dim), and the optimiser updates all of them at each step, as
 * PyTorch's dense ones do. */
TRIPLET_API triplet_status triplet_trainer_create(triplet_context *context, const triplet_trainer_options *options,
                                                  triplet_matrix data, triplet_labels labels,
                                                  triplet_trainer **trainer);
TRIPLET_API void triplet_trainer_destroy(triplet_trainer *trainer);

/* Gives a loaded trainer its data back, to train on; the shape must fit the model. labels: as for
 * triplet_trainer_create. The same data and labels as before go on with the batches where they were; others begin with
 * the first. What was trained on pairs may go on with rows, and the other way round. */
TRIPLET_API triplet_status triplet_trainer_attach(triplet_context *context, triplet_trainer *trainer,
                                                  triplet_matrix data, triplet_labels labels);

/* The same with rows that ranks share out, of which each keeps its own; labels are of all N on every rank. The model is
 * that of the N rows: with the same rows and labels either kind of data goes on where the other was. Steps take the
 * ranks that the rows were shared out among. A free table takes no shard. */
TRIPLET_API triplet_status triplet_trainer_create_shard(triplet_context *context,
                                                        const triplet_trainer_options *options,
                                                        const triplet_shard *data, triplet_labels labels,
                                                        triplet_trainer **trainer);
TRIPLET_API triplet_status triplet_trainer_attach_shard(triplet_context *context, triplet_trainer *trainer,
                                                        const triplet_shard *data, triplet_labels labels);

/* Pairs to train on: row i of the queries belongs to row i of the references, a question and its answer for one. Rows
 * of frozen embeddings, and an encoder with `residual`, make an adapter of it.
 *
 * A batch is of classes_per_batch * rows_per_class pairs; the sampler plays no part. All pairs come once before any
 * comes again, and what does not divide evenly makes batches smaller, all alike but for one pair. The queries of a
 * batch are compared with its references, by the loss that is asked for: with info_nce the multiple-negatives ranking
 * loss (Henderson et al. 2017). Of a validation share v round(v N) pairs are set aside, but two always stay, and their
 * queries search their references. A pair without labels is in no batch and never set aside; one with ignore_label is
 * in no batch. */
typedef struct triplet_training_pairs {
  triplet_matrix queries;    /* (N, D) */
  triplet_matrix references; /* (N, D); with adapt queries (N, dim), scaled to length 1 where the encoder normalises */
  triplet_labels labels;     /* N: of both rows of each pair, and no relations; not given ({0}): its number. Pairs of
                                one label are positives of each other, as two buyers of one thing are */
} triplet_training_pairs;

/* All are copied. Mean and deviation of `standardize` are those of the queries, also for references that go through the
 * encoder: an adapter that is to begin with the rows as they are has it off. The batch and the triplets of a step
 * number pairs. A free table takes no pairs. */
TRIPLET_API triplet_status triplet_trainer_create_pairs(triplet_context *context,
                                                        const triplet_trainer_options *options,
                                                        const triplet_training_pairs *pairs, triplet_trainer **trainer);
/* As triplet_trainer_attach. */
TRIPLET_API triplet_status triplet_trainer_attach_pairs(triplet_context *context, triplet_trainer *trainer,
                                                        const triplet_training_pairs *pairs);

/* One batch forward, backward, update; then the validation, where one is due. Steps may go on past `steps` and past
 * `stopped`. When only the validation fails the update stands, and the next call makes up for the validation alone. */
TRIPLET_API triplet_status triplet_trainer_step(triplet_context *context, triplet_trainer *trainer, triplet_step *step);

/* Called after each step; false stops the run (TRIPLET_CANCELLED). */
typedef bool (*triplet_step_callback)(void *user, const triplet_step *step);

/* Steps until `stopped`; with validation the best weights are then in place, but not after a cancelled run, which may
 * go on. callback may be NULL. Where a trainer, since it was made or loaded, took no step, the loss, rate and means of
 * *last are NaN. */
TRIPLET_API triplet_status triplet_trainer_run(triplet_context *context, triplet_trainer *trainer,
                                               triplet_step_callback callback, void *user, triplet_step *last);
/* Puts the weights of the best validation in place; without one it does nothing. */
TRIPLET_API void triplet_trainer_restore_best(triplet_trainer *trainer);

/* Raw rows (M, D) -> embeddings (M, dim). A free table has no encoder: x.data NULL and x.rows = N gives the table. */
TRIPLET_API triplet_status triplet_trainer_embed(triplet_context *context, const triplet_trainer *trainer,
                                                 triplet_matrix x, triplet_matrix embeddings);
/* Of rows that ranks share out: each embeds its own, and has the embeddings (N, dim) of all at the end. */
TRIPLET_API triplet_status triplet_trainer_embed_shard(triplet_context *context, const triplet_trainer *trainer,
                                                       const triplet_shard *x, triplet_matrix embeddings);

/* What the embeddings of queries are compared with: references (M, D) of pairs, embedded as rows are, or with adapt
 * queries (M, dim), as they are, scaled to length 1 where the encoder normalises. */
TRIPLET_API triplet_status triplet_trainer_embed_references(triplet_context *context, const triplet_trainer *trainer,
                                                            triplet_matrix references, triplet_matrix embeddings);

/* What it is made of. Options and parameters are views that last as long as the trainer and change with it. */
TRIPLET_API const triplet_trainer_options *triplet_trainer_get_options(const triplet_trainer *trainer);
TRIPLET_API size_t triplet_trainer_dim(const triplet_trainer *trainer);    /* of the embedding */
TRIPLET_API size_t triplet_trainer_inputs(const triplet_trainer *trainer); /* columns of the data; 0 of a table */
TRIPLET_API uint64_t triplet_trainer_steps_done(const triplet_trainer *trainer);
/* Whether there is nothing left to do: patience is exhausted or `steps` are done, and no validation is due. */
TRIPLET_API bool triplet_trainer_stopped(const triplet_trainer *trainer);
TRIPLET_API triplet_floats triplet_trainer_parameters(const triplet_trainer *trainer);
/* Data rows of the last step's batch; none before the first step and after one that failed. A view that lasts until the
 * next step, attach or destroy. */
TRIPLET_API triplet_ints triplet_trainer_last_batch(const triplet_trainer *trainer);
/* A view that lasts until the next attach or destroy. */
TRIPLET_API triplet_ints triplet_trainer_validation_rows(const triplet_trainer *trainer);

/* The triplets that the last step selected, as data rows: by the options it had, of the embeddings it saw, by its own
 * draw. None before the first step, after one that failed, and of a loss that is not one of triplets. capacity 0: only
 * count is written. */
TRIPLET_API triplet_status triplet_trainer_last_triplets(triplet_context *context, const triplet_trainer *trainer,
                                                         triplet_triplets *triplets);

/* Live changes: replaces the loss options, the optimiser's numbers, the schedule and the batch shape from the next step
 * on. With another batch shape a balanced sampler's cycles go on, and an epoch sampler begins its next epoch; another
 * sampler or ignore_label begins with its first batch. The encoder, dim, adapt, seed, standardisation, validation and
 * the optimiser's name cannot change. */
TRIPLET_API triplet_status triplet_trainer_set_options(triplet_context *context, triplet_trainer *trainer,
                                                       const triplet_trainer_options *options);

/* Texts that travel with the model: names of the data columns and of the labels (label i is names[i]); and facts about
 * it, names and texts in turn, which are whatever a program likes to find again. Copied; UTF-8. */
typedef enum triplet_name_list {
  TRIPLET_NAMES_COLUMNS = 0,
  TRIPLET_NAMES_LABELS,
  TRIPLET_NAMES_FACTS
} triplet_name_list;
TRIPLET_API triplet_status triplet_trainer_set_names(triplet_context *context, triplet_trainer *trainer,
                                                     triplet_name_list list, size_t count, const char *const *names);
TRIPLET_API size_t triplet_trainer_name_count(const triplet_trainer *trainer, triplet_name_list list);
/* NULL past the last. A view that lasts until the names of that list are set again, or destroy. */
TRIPLET_API const char *triplet_trainer_name(const triplet_trainer *trainer, triplet_name_list list, size_t index);

/* The recipe of the table that the data came from, so that a model takes new files. Copied; it has to have as many
 * inputs as the trainer. NULL: none. */
TRIPLET_API triplet_status triplet_trainer_set_recipe(triplet_context *context, triplet_trainer *trainer,
                                                      const triplet_recipe *recipe);
/* A view that lasts until the recipe is set again, or destroy; NULL: none. */
TRIPLET_API const triplet_recipe *triplet_trainer_recipe(const triplet_trainer *trainer);

/* The largest distance of rows that count as the same, as triplet_verify chooses it. NaN: none. Whoever changes the
 * weights, by a step or triplet_trainer_restore_best, takes away the threshold and the rows that are kept: they were of
 * the former ones. */
TRIPLET_API triplet_status triplet_trainer_set_threshold(triplet_context *context, triplet_trainer *trainer,
                                                         double threshold);
TRIPLET_API double triplet_trainer_threshold(const triplet_trainer *trainer);

/* Embedded rows with their labels that are kept with the model, to classify by. embeddings: (M, dim), finite; labels:
 * M, integers or sets, and no relations. Copied; no rows: none are kept. */
TRIPLET_API triplet_status triplet_trainer_keep_rows(triplet_context *context, triplet_trainer *trainer,
                                                     triplet_matrix embeddings, triplet_labels labels);
/* Views that last until rows are kept again, the weights change, or destroy; without self. */
TRIPLET_API triplet_references triplet_trainer_kept_rows(const triplet_trainer *trainer);

/* The model as safetensors bytes: weights as layers.<i>.weight (out, in) and layers.<i>.bias (out), or embedding (N,
 * dim); standardisation, options, optimiser state, sampler, step and best weights, so that training resumes to the bit.
 * threshold as tensor threshold (1), rows that are kept as kept.rows (M, dim), kept.labels and kept.ends. The metadata
 * "columns", "labels" and "facts" are JSON lists of texts, "options" is that of the numbers in the tensor options,
 * "choices" one of names and choices, in turn. bytes NULL: only *size is set. */
TRIPLET_API triplet_status triplet_trainer_save(triplet_context *context, const triplet_trainer *trainer,
                                                uint8_t *bytes, size_t capacity, size_t *size);
/* A trainer without data: it embeds at once and steps after triplet_trainer_attach. bytes are not kept. */
TRIPLET_API triplet_status triplet_trainer_load(triplet_context *context, const uint8_t *bytes, size_t size,
                                                triplet_trainer **trainer);

/* The encoder with its standardisation as an ONNX model, as triplet_encoder_export makes one. x is what
 * triplet_trainer_embed takes; but with a recipe it is what the table has, so that nothing is to be done before: a
 * column of numbers as they are, NaN where one is missing (which then gives what the recipe has for it, or NaN where
 * that refuses such rows), and of a category a column for each of its values, 1 in that of the row's and 0 elsewhere.
 * The metadata "inputs" is the JSON list of their names, as triplet_recipe_input has them, or the names of the columns;
 * absent without any. Of pairs with adapt queries the references stay as they are. A free table has no encoder. */
TRIPLET_API triplet_status triplet_trainer_export(triplet_context *context, const triplet_trainer *trainer,
                                                  uint8_t *bytes, size_t capacity, size_t *size);

/* ---------------------------------------------------------------------------------------------------------------------
 * 14. Options by name: one description from which bindings read tables, the core checks structures, both list the known
 *     keys, and what people read of options is made.
 * ------------------------------------------------------------------------------------------------------------------ */

typedef enum triplet_field_kind {
  TRIPLET_FIELD_NUMBER = 0, /* double */
  TRIPLET_FIELD_INTEGER,    /* int64_t */
  TRIPLET_FIELD_BOOLEAN,    /* bool */
  TRIPLET_FIELD_CHOICE,     /* an enum; given as text */
  TRIPLET_FIELD_VALUE       /* a list, matrix or table that the binding itself reads: weights, out, optimizer ... */
} triplet_field_kind;

/* An option. One that does not always play a part says what it belongs to: conditions on options of the same schema,
 * separated by commas, all of which hold where it does. "mining=semihard|easy_positive": the choice is one of these;
 * "validation>0", "layers=0": the number, or a list's length, is; "references": the option is given. Conditions with
 * slashes between them: one of these holds. */
typedef struct triplet_field {
  const char *name;
  triplet_field_kind kind;
  size_t offset;           /* in the structure of the schema; of a value that of its length, a size_t, or 0 */
  const char *choices;     /* "mean|sum|none|mean_nonzero" in the order of the enum */
  const char *belongs;     /* NULL: the option always plays a part */
  const char *help;        /* one line; NULL in a core that was compiled with TRIPLET_NO_HELP */
  double initial;          /* the default: number, 0 / 1, or index of the choice */
  double minimum, maximum; /* both included; numbers and integers */
} triplet_field;

typedef struct triplet_schema {
  const char *name; /* of the function or object: "margin_loss" */
  const triplet_field *fields;
  size_t count;
} triplet_schema;

/* One schema per face that takes options; several share a structure. */
typedef enum triplet_schema_id {
  TRIPLET_SCHEMA_MARGIN_LOSS = 0,    /* triplet_options */
  TRIPLET_SCHEMA_INDEXED_LOSS,       /* triplet_options */
  TRIPLET_SCHEMA_BATCH_LOSS,         /* triplet_options */
  TRIPLET_SCHEMA_MINE,               /* triplet_options */
  TRIPLET_SCHEMA_DISTANCES,          /* triplet_options */
  TRIPLET_SCHEMA_NEAREST,            /* triplet_options */
  TRIPLET_SCHEMA_EVALUATE,           /* triplet_options */
  TRIPLET_SCHEMA_EVALUATE_HELD_OUT,  /* triplet_options */
  TRIPLET_SCHEMA_EVALUATE_NEIGHBORS, /* triplet_options */
  TRIPLET_SCHEMA_OPTIMIZER,          /* triplet_optimizer */
  TRIPLET_SCHEMA_TRAINER,            /* triplet_trainer_options */
  TRIPLET_SCHEMA_ENCODER,            /* triplet_encoder */
  TRIPLET_SCHEMA_MEMORY,             /* values only */
  TRIPLET_SCHEMA_TABLE,              /* triplet_table_options */
  TRIPLET_SCHEMA_CLASSIFY,           /* triplet_options */
  TRIPLET_SCHEMA_VERIFY,             /* triplet_options */
  TRIPLET_SCHEMA_VERIFY_PAIRS,       /* triplet_options */
  TRIPLET_SCHEMA_SAMPLER,            /* triplet_sampler_options */
  TRIPLET_SCHEMA_DECODE_MATRIX,      /* values only */
  TRIPLET_SCHEMA_PAIR_SLOPES,        /* triplet_options */
  TRIPLET_SCHEMA_REACH,              /* triplet_options */
  TRIPLET_SCHEMA_RING,               /* triplet_options */
  TRIPLET_SCHEMA_PRINCIPAL_AXES,     /* triplet_options */
  TRIPLET_SCHEMA_INDEX,              /* triplet_options */
  TRIPLET_SCHEMA_INDEX_NEAREST,      /* values only */
  TRIPLET_SCHEMA_COUNT
} triplet_schema_id;

TRIPLET_API const triplet_schema *triplet_schema_get(triplet_schema_id id);
/* "number", "integer", "boolean", "choice", "value". */
TRIPLET_API const char *triplet_field_kind_name(triplet_field_kind kind);
/* The field of that name, or NULL with an error that lists the known names. */
TRIPLET_API const triplet_field *triplet_schema_field(triplet_context *context, triplet_schema_id id, const char *name);
/* Writes every field's default into the structure (values become not given). */
TRIPLET_API void triplet_schema_defaults(triplet_schema_id id, void *structure);
/* What a field holds in a structure, as its default is written: a number, 0 or 1, or the index of a choice; of a value
 * its length where the structure has one, else 0. */
TRIPLET_API double triplet_schema_get_number(const triplet_field *field, const void *structure);
/* Sets a number, integer or boolean (0 or 1) field of a structure that was begun; checks its range. Nothing is written
 * on error. */
TRIPLET_API triplet_status triplet_schema_set_number(triplet_context *context, triplet_schema_id id, void *structure,
                                                     const char *name, double value);
/* Sets a choice field. Another loss brings its distance and temperature, as triplet_options_set_loss does, and another
 * optimiser its weight decay, in place of those that the former brought; one that differs was given, and stays. What is
 * set afterwards replaces them, so set fields in the order of the schema. */
TRIPLET_API triplet_status triplet_schema_set_text(triplet_context *context, triplet_schema_id id, void *structure,
                                                   const char *name, const char *value);
/* Checks that a structure was begun, and every field. */
TRIPLET_API triplet_status triplet_schema_check(triplet_context *context, triplet_schema_id id, const void *structure);
/* For an option that was given by its name, once all are set, `layers` too: unless it has its default, which a value
 * has none of, it has to play a part in what the structure asks for. Whether an option that a value belongs to is given
 * ("references") is not looked at. Nothing else checks this: structures, models and changes to what lives may hold
 * options that play no part. */
TRIPLET_API triplet_status triplet_schema_check_given(triplet_context *context, triplet_schema_id id,
                                                      const void *structure, const char *name);

/* How many names a field's choices have, and each of them; every one fits. */
#define TRIPLET_CHOICE_SIZE 32
TRIPLET_API size_t triplet_choice_count(const char *choices);
TRIPLET_API void triplet_choice_name(const char *choices, size_t index, char name[TRIPLET_CHOICE_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
