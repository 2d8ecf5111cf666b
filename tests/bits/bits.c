/* bits.c - one hash for everything the library computes: "name hash" lines that every compiler, instruction set, thread
 * count and language has to print alike (expected.txt). Each set and thread count of this machine is tried in turn, or
 * each set with the one count that is given. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { MAX_LINES = 128 };

/* ---- inputs: numbers in [-1, 1) of 24 bits, from a linear congruential generator (Knuth's MMIX) ------------------ */

typedef struct source {
  uint64_t state;
} source;

static float draw(source *from) {
  from->state = from->state * 6364136223846793005u + 1442695040888963407u;
  return (float)(int32_t)((from->state >> 40) - (1 << 23)) / (1 << 23);
}

static triplet_matrix random_matrix(source *from, size_t rows, size_t cols, float scale) {
  float *data = malloc(rows * cols * sizeof *data + 1);
  for (size_t i = 0; i < rows * cols; i++)
    data[i] = draw(from) * scale;
  return triplet_matrix_of(data, rows, cols);
}

/* Rows in blocks of one label, the way a sampler makes them. */
static triplet_labels block_labels(size_t rows, size_t rows_per_label) {
  int32_t *labels = malloc(rows * sizeof *labels);
  for (size_t i = 0; i < rows; i++)
    labels[i] = (int32_t)(i / rows_per_label);
  return triplet_labels_of(labels, rows);
}

static void matrix_free(triplet_matrix matrix) {
  free(matrix.data);
}

static void labels_free(triplet_labels labels) {
  free((void *)labels.integers.data);
}

/* ---- FNV-1a, 64 bits --------------------------------------------------------------------------------------------- */

static const uint64_t hash_start = 0xcbf29ce484222325u;

/* Of numbers of so many bytes each, from their low bytes on, whatever the order that this machine keeps them in. */
static void hash_numbers(uint64_t *hash, const void *data, size_t size, size_t width) {
  const unsigned char *bytes = data;
  const uint16_t one = 1;
  const size_t turned = *(const unsigned char *)&one ? 0 : width - 1;
  for (size_t i = 0; i < size; i++)
    *hash = (*hash ^ bytes[i ^ turned]) * 0x100000001b3u;
}

/* How wide the numbers of an array are, or of a structure, which has none but of 8 bytes. */
#define WIDTH(data)                                                                                                    \
  _Generic((data), const float * : 4, float * : 4, const int32_t * : 4, int32_t * : 4, const uint32_t * : 4,           \
           uint32_t * : 4, const bool * : 1, bool * : 1, const uint8_t * : 1, uint8_t * : 1, const char * : 1,         \
           char * : 1, const void * : 1, default : 8)
#define hash_bytes(hash, data, size) hash_numbers(hash, data, size, WIDTH(data))

static void hash_matrix(uint64_t *hash, triplet_matrix matrix) {
  hash_bytes(hash, matrix.data, matrix.rows * matrix.cols * sizeof *matrix.data);
}

/* In the order in which the first structure of them had them. */
static void hash_stats(uint64_t *hash, const triplet_stats *stats) {
  const uint64_t counts[] = {stats->triplets,
                             stats->active,
                             stats->hard,
                             stats->semihard,
                             stats->easy,
                             stats->anchors_without_positive,
                             stats->anchors_without_negative,
                             stats->nonfinite};
  const double means[] = {stats->mean_positive_distance, stats->mean_negative_distance};
  hash_bytes(hash, counts, sizeof counts);
  hash_bytes(hash, means, sizeof means);
  hash_bytes(hash, &stats->collapsed, sizeof stats->collapsed);
}

/* ---- the report -------------------------------------------------------------------------------------------------- */

typedef struct report {
  size_t count;
  struct {
    char name[56];
    uint64_t hash;
  } lines[MAX_LINES];
} report;

static void add_line(report *to, const char *topic, const char *detail, uint64_t hash) {
  if (to->count == MAX_LINES)
    abort();
  snprintf(to->lines[to->count].name, sizeof to->lines[0].name, "%s/%s", topic, detail);
  to->lines[to->count++].hash = hash;
}

static void must(triplet_context *context, triplet_status status) {
  if (status == TRIPLET_OK)
    return;
  const triplet_error *error = triplet_context_error(context);
  fprintf(stderr, "%s: %s: %s\n", triplet_status_string(status), error->argument, error->message);
  exit(1);
}

/* ---- what is computed -------------------------------------------------------------------------------------------- */

typedef struct measure {
  const char *name;
  triplet_convention convention;
  triplet_distance distance;
  double p;
} measure;

static const measure measures[] = {
    {.name = "torch-1", .convention = TRIPLET_CONVENTION_TORCH, .p = 1},
    {.name = "torch-1.5", .convention = TRIPLET_CONVENTION_TORCH, .p = 1.5},
    {.name = "torch-2", .convention = TRIPLET_CONVENTION_TORCH, .p = 2},
    {.name = "torch-3", .convention = TRIPLET_CONVENTION_TORCH, .p = 3},
    {.name = "torch-inf", .convention = TRIPLET_CONVENTION_TORCH, .p = 1.0 / 0.0},
    {.name = "optax-2", .convention = TRIPLET_CONVENTION_OPTAX, .p = 2},
    {.name = "optax-4", .convention = TRIPLET_CONVENTION_OPTAX, .p = 4},
    {.name = "exact-1", .convention = TRIPLET_CONVENTION_EXACT, .p = 1},
    {.name = "exact-2", .convention = TRIPLET_CONVENTION_EXACT, .p = 2},
    {.name = "exact-2.5", .convention = TRIPLET_CONVENTION_EXACT, .p = 2.5},
    {.name = "exact-inf", .convention = TRIPLET_CONVENTION_EXACT, .p = 1.0 / 0.0},
    {.name = "squared", .convention = TRIPLET_CONVENTION_EXACT, .distance = TRIPLET_DISTANCE_SQUARED, .p = 2},
    {.name = "cosine", .convention = TRIPLET_CONVENTION_EXACT, .distance = TRIPLET_DISTANCE_COSINE, .p = 2},
    {.name = "dot", .convention = TRIPLET_CONVENTION_EXACT, .distance = TRIPLET_DISTANCE_DOT, .p = 2},
};
enum { MEASURES = sizeof measures / sizeof measures[0], DOT = MEASURES - 1 };

static triplet_options with_measure(triplet_options options, const measure *by) {
  options.convention = by->convention;
  options.distance = by->distance;
  options.p = by->p;
  return options;
}

/* Scales at which plain sums are right, and where they over- and underflow (squared distances and dot have no rescue).
 */
static const float scales[] = {1, 1e-30f, 1e30f};

static size_t scales_of(const measure *by) {
  return by->distance == TRIPLET_DISTANCE_SQUARED || by->distance == TRIPLET_DISTANCE_DOT ? 1 : 3;
}

static void distances(triplet_context *context, report *to) {
  for (size_t m = 0; m < MEASURES; m++) {
    triplet_options options = with_measure(triplet_batch_options(), &measures[m]);
    uint64_t hash = hash_start;
    for (size_t s = 0; s < scales_of(&measures[m]); s++)
      for (size_t d = 1; d <= 40; d += s == 0 ? 1 : 7) {
        source from = {d};
        triplet_matrix x = random_matrix(&from, 11, d, scales[s]), y = random_matrix(&from, 9, d, scales[s]);
        triplet_matrix output = random_matrix(&from, 11, 9, 1);
        must(context, triplet_distances(context, &options, x, y, output));
        hash_matrix(&hash, output);
        matrix_free(x), matrix_free(y), matrix_free(output);
      }
    add_line(to, "distances", measures[m].name, hash);
  }
}

static void hash_margin_loss(triplet_context *context, uint64_t *hash, const triplet_options *options, size_t d,
                             float scale) {
  const size_t n = 13;
  source from = {d + 100};
  triplet_matrix a = random_matrix(&from, n, d, scale), p = random_matrix(&from, n, d, scale);
  triplet_matrix negatives = random_matrix(&from, n, d, scale), gradient = random_matrix(&from, 3 * n, d, 1);
  memcpy(p.data, a.data, d * sizeof *p.data); /* a pair of equal points */
  triplet_gradients gradients = {gradient.data, gradient.data + n * d, gradient.data + 2 * n * d};
  float losses[13];
  triplet_result result;
  must(context,
       triplet_margin_loss(context, options, &(triplet_explicit){a, p, negatives}, gradients, losses, &result));
  hash_matrix(hash, gradient);
  hash_bytes(hash, losses, sizeof losses);
  hash_bytes(hash, &result.loss, sizeof result.loss);
  hash_bytes(hash, &result.active, sizeof result.active);

  const int32_t ia[] = {0, 3, 3, 12}, ip[] = {1, 4, 5, 0}, in[] = {2, 0, 4, 11};
  triplet_indexed indexed = {a, {ia, 4}, {ip, 4}, {in, 4}};
  must(context, triplet_indexed_loss(context, options, &indexed, gradient.data, NULL, &result));
  hash_matrix(hash, gradient);
  matrix_free(a), matrix_free(p), matrix_free(negatives), matrix_free(gradient);
}

static void margin_losses(triplet_context *context, report *to) {
  for (size_t m = 0; m < MEASURES; m++) {
    uint64_t hash = hash_start;
    for (int variant = 0; variant < 4; variant++) {
      triplet_options options = with_measure(triplet_margin_options(), &measures[m]);
      options.swap = variant & 1;
      options.soft_margin = variant & 2;
      options.reduction = (triplet_reduction)variant;
      for (size_t s = 0; s < scales_of(&measures[m]); s++)
        for (size_t d = 1; d <= 40; d += s == 0 ? 1 : 7)
          hash_margin_loss(context, &hash, &options, d, scales[s]);
    }
    add_line(to, "margin_loss", measures[m].name, hash);
  }
}

/* One anchor row, and weights that divide: all distances, with and without swap. */
static void margin_losses_of_one(triplet_context *context, report *to) {
  enum { N = 150 };
  uint64_t hash = hash_start;
  for (size_t m = 0; m < MEASURES; m++)
    for (size_t d = 3; d <= 20; d += 17)
      for (int swap = 0; swap < 2; swap++) {
        triplet_options options = with_measure(triplet_margin_options(), &measures[m]);
        source from = {d + 700};
        triplet_matrix a = random_matrix(&from, 1, d, 1), p = random_matrix(&from, N, d, 1);
        triplet_matrix n = random_matrix(&from, N, d, 1), gradient = random_matrix(&from, 2 * N + 1, d, 1);
        triplet_matrix weights = random_matrix(&from, 1, N, 1);
        const triplet_gradients gradients = {gradient.data, gradient.data + d, gradient.data + (N + 1) * d};
        triplet_result result;
        options.swap = swap;
        options.reduction = TRIPLET_REDUCTION_WEIGHTED_MEAN;
        options.weights = (triplet_floats){weights.data, N};
        must(context, triplet_margin_loss(context, &options, &(triplet_explicit){a, p, n}, gradients, NULL, &result));
        hash_matrix(&hash, gradient);
        hash_bytes(&hash, &result.loss, sizeof result.loss);
        matrix_free(a), matrix_free(p), matrix_free(n), matrix_free(gradient), matrix_free(weights);
      }
  add_line(to, "margin_loss", "one-anchor", hash);
}

/* Weights, margins and grad_output, which are lists of a number a triplet or an anchor: of explicit, of indexed triplets
 * and of a batch, with grad_output of one number too. */
static void lists_of_losses(triplet_context *context, report *to) {
  enum { N = 24, D = 9, TRIPLETS = 20 };
  uint64_t explicit = hash_start, of_batch = hash_start;
  source from = {750};
  triplet_matrix a = random_matrix(&from, N, D, 1), p = random_matrix(&from, N, D, 1),
                 n = random_matrix(&from, N, D, 1);
  triplet_matrix lists = random_matrix(&from, 3, N, 1), gradient = random_matrix(&from, 3 * N, D, 1);
  triplet_labels labels = block_labels(N, 6);
  int32_t indices[3 * TRIPLETS];
  for (size_t i = 0; i < 3 * TRIPLETS; i++)
    indices[i] = (int32_t)(i * 7 % N);
  const triplet_indexed indexed = {
      a, {indices, TRIPLETS}, {indices + TRIPLETS, TRIPLETS}, {indices + 2 * TRIPLETS, TRIPLETS}};
  const triplet_explicit triplets = {a, p, n};
  const triplet_batch batch = {a, labels, NULL};
  const triplet_gradients gradients = {gradient.data, gradient.data + N * D, gradient.data + 2 * N * D};

  for (size_t m = 0; m < MEASURES; m++)
    for (int reduction = TRIPLET_REDUCTION_MEAN; reduction <= TRIPLET_REDUCTION_WEIGHTED_MEAN; reduction++)
      for (int given = 1; given < 8; given += given == 4 ? 3 : given) { /* each by itself, and all */
        const bool each = reduction == TRIPLET_REDUCTION_NONE;
        triplet_options options = with_measure(triplet_margin_options(), &measures[m]);
        options.reduction = (triplet_reduction)reduction;
        options.swap = given & 1;
        options.weights = given & 1 ? (triplet_floats){lists.data, N} : (triplet_floats){0};
        options.margins = given & 2 ? (triplet_floats){lists.data + N, N} : (triplet_floats){0};
        options.grad_output = given & 4 ? (triplet_floats){lists.data + 2 * N, each ? N : 1} : (triplet_floats){0};
        triplet_result result;
        float losses[N];
        must(context, triplet_margin_loss(context, &options, &triplets, gradients, losses, &result));
        hash_matrix(&explicit, gradient);
        hash_bytes(&explicit, losses, sizeof losses);
        hash_bytes(&explicit, &result.loss, sizeof result.loss);

        triplet_options of_fewer = options; /* which are longer than there are indexed triplets */
        of_fewer.weights.count = options.weights.data ? TRIPLETS : 0;
        of_fewer.margins.count = options.margins.data ? TRIPLETS : 0;
        of_fewer.grad_output.count = options.grad_output.data ? each ? TRIPLETS : 1 : 0;
        must(context, triplet_indexed_loss(context, &of_fewer, &indexed, gradient.data, losses, &result));
        hash_matrix(&explicit, gradient);

        triplet_options batched = with_measure(triplet_batch_options(), &measures[m]);
        triplet_options_set_loss(&batched, (triplet_loss)(given % (TRIPLET_LOSS_MULTI_SIMILARITY + 1)));
        batched.distance = options.distance;
        batched.reduction = options.reduction;
        batched.weights = options.weights;
        batched.margins = options.margins;
        batched.grad_output = options.grad_output;
        triplet_batch_result found;
        must(context, triplet_batch_loss(context, &batched, &batch, (triplet_batch_gradients){gradient.data, NULL},
                                         losses, &found));
        hash_matrix(&of_batch, (triplet_matrix){gradient.data, N, D});
        hash_bytes(&of_batch, losses, sizeof losses);
        hash_bytes(&of_batch, &found.loss, sizeof found.loss);
      }
  matrix_free(a), matrix_free(p), matrix_free(n), matrix_free(lists), matrix_free(gradient), labels_free(labels);
  add_line(to, "margin_loss", "lists", explicit);
  add_line(to, "batch_loss", "lists", of_batch);
}

static const char *const mining_names[] = {"all", "hard", "semihard", "easy_positive", "distance_weighted", "random"};

static void hash_loss(triplet_context *context, uint64_t *hash, const triplet_options *options,
                      const triplet_batch *batch) {
  source from = {0};
  triplet_matrix gradient = random_matrix(&from, batch->embeddings.rows, batch->embeddings.cols, 1);
  triplet_batch_result result;
  must(context, triplet_batch_loss(context, options, batch, (triplet_batch_gradients){.embeddings = gradient.data},
                                   NULL, &result));
  hash_bytes(hash, &result.loss, sizeof result.loss);
  hash_matrix(hash, gradient);
  hash_stats(hash, &result.stats);
  matrix_free(gradient);
}

static void hash_mined(triplet_context *context, uint64_t *hash, const triplet_options *options,
                       const triplet_batch *batch) {
  size_t capacity;
  must(context, triplet_mine_capacity(context, options, batch, &capacity));
  int32_t *picks = malloc(3 * capacity * sizeof *picks + 1);
  triplet_triplets mined = {picks, picks + capacity, picks + 2 * capacity, capacity, 0};
  triplet_stats stats;
  must(context, triplet_mine(context, options, batch, &mined, &stats));
  for (size_t list = 0; list < 3; list++)
    hash_bytes(hash, picks + list * capacity, mined.count * sizeof *picks);
  hash_stats(hash, &stats);
  free(picks);
}

/* A batch under some options and a measure: its loss, and what is mined. */
static void hash_batch(triplet_context *context, uint64_t *hash, triplet_options options, size_t m) {
  options = with_measure(options, &measures[m]);
  const size_t rows = options.p == 2 ? 70 : 24; /* powers take time */
  source from = {m + 200};
  triplet_matrix x = random_matrix(&from, rows, m + 3, 1);
  triplet_labels labels = block_labels(rows, 6);
  const triplet_batch batch = {x, labels, NULL};
  hash_loss(context, hash, &options, &batch);
  hash_mined(context, hash, &options, &batch);
  matrix_free(x), labels_free(labels);
}

static triplet_options variant_of(triplet_options options, int variant) {
  options.swap = variant & 1;
  options.soft_margin = variant & 2;
  options.fallback = (triplet_fallback)(variant & 1);
  options.seed = 7;
  return options;
}

static void batch_losses(triplet_context *context, report *to) {
  uint64_t of_dot = hash_start;
  for (int mining = TRIPLET_MINING_ALL; mining <= TRIPLET_MINING_RANDOM; mining++) {
    triplet_options options = triplet_batch_options();
    options.mining = (triplet_mining)mining;
    uint64_t hash = hash_start;
    for (size_t m = 0; m < MEASURES; m++)
      for (int variant = 0; variant < 4; variant++)
        hash_batch(context, m == DOT ? &of_dot : &hash, variant_of(options, variant), m);
    add_line(to, "batch_loss", mining_names[mining], hash);
  }
  add_line(to, "batch_loss", "dot", of_dot);
}

static const char *const loss_names[] = {"triplet", "contrastive", "info_nce", "sup_con", "multi_similarity"};

static void hash_pairs(uint64_t *hash, const triplet_stats *stats) {
  const uint64_t counts[] = {stats->pairs, stats->positive_pairs, stats->negative_pairs, stats->active_positive_pairs,
                             stats->active_negative_pairs};
  hash_bytes(hash, counts, sizeof counts);
}

/* With weights of either sign and one of 0, among the rows and against others, of which some are queries. */
static void hash_weighted(triplet_context *context, uint64_t *hash, triplet_options options, const measure *by) {
  enum { MOST = 40 };
  options = with_measure(options, by);
  const bool powers = options.p != 1 && options.p != 2 && options.p <= 100; /* which take time */
  const size_t rows = powers ? 12 : MOST, other_rows = rows - 4;
  source from = {900};
  triplet_matrix x = random_matrix(&from, rows, 11, 1), others = random_matrix(&from, other_rows, 11, 1);
  triplet_matrix weights = random_matrix(&from, 1, rows, 1), gradient = random_matrix(&from, rows + other_rows, 11, 1);
  triplet_labels labels = block_labels(rows, 6), other_labels = block_labels(other_rows, 5);
  int32_t self[MOST];
  for (size_t i = 0; i < rows; i++)
    self[i] = i % 3 || i >= other_rows || labels.integers.data[i] != other_labels.integers.data[i] ? -1 : (int32_t)i;
  weights.data[3] = 0;
  options.weights = (triplet_floats){weights.data, rows};

  const triplet_references references = {others, other_labels, {self, rows}};
  for (int separate = 0; separate < 2; separate++)
    for (int reduction = TRIPLET_REDUCTION_MEAN; reduction <= TRIPLET_REDUCTION_WEIGHTED_MEAN; reduction++) {
      triplet_batch_result result;
      float losses[MOST];
      options.reduction = (triplet_reduction)reduction;
      const triplet_batch batch = {x, labels, separate ? &references : NULL};
      const triplet_batch_gradients gradients = {gradient.data, separate ? gradient.data + rows * 11 : NULL};
      must(context, triplet_batch_loss(context, &options, &batch, gradients, losses, &result));
      hash_bytes(hash, &result.loss, sizeof result.loss);
      hash_bytes(hash, losses, rows * sizeof *losses);
      hash_matrix(hash, (triplet_matrix){gradient.data, rows + (separate ? other_rows : 0), 11});
      hash_stats(hash, &result.stats);
      hash_pairs(hash, &result.stats);
    }
  matrix_free(x), matrix_free(others), matrix_free(weights), matrix_free(gradient);
  labels_free(labels), labels_free(other_labels);
}

/* The losses over every measure, the minings over some, and both where no distance is kept, too. */
static void weighted_losses(triplet_context *context, report *to) {
  static const size_t some[] = {2, 8, 12, DOT}; /* torch, Euclidean, cosine, dot */
  for (size_t loss = TRIPLET_LOSS_CONTRASTIVE; loss <= TRIPLET_LOSS_MULTI_SIMILARITY; loss++) {
    uint64_t hash = hash_start;
    triplet_options options = triplet_batch_options();
    triplet_options_set_loss(&options, (triplet_loss)loss);
    for (int kept = 0; kept < 2; kept++) {
      context->kept_pairs = kept ? TRIPLET_KEPT_PAIRS : 0;
      for (size_t m = 0; m < MEASURES; m++)
        hash_weighted(context, &hash, options, &measures[m]);
    }
    add_line(to, "batch_loss", loss_names[loss], hash);
  }

  uint64_t hash = hash_start;
  for (int mining = TRIPLET_MINING_ALL; mining <= TRIPLET_MINING_RANDOM; mining++)
    for (int kept = 0; kept < 2; kept++) {
      triplet_options options = triplet_batch_options();
      options.mining = (triplet_mining)mining;
      context->kept_pairs = kept ? TRIPLET_KEPT_PAIRS : 0;
      for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
        hash_weighted(context, &hash, options, &measures[some[i]]);
    }
  add_line(to, "batch_loss", "weighted", hash);
}

/* Every pair of strategies, and every kind of violating triplets. */
static void strategies_apart(triplet_context *context, report *to) {
  static const size_t some[] = {8, 12, DOT}; /* Euclidean, cosine, dot */
  uint64_t pairs = hash_start, kinds = hash_start;
  for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
    triplet_options options = triplet_batch_options();
    options.cutoff = 0.8;
    options.far_cutoff = 1.6;
    for (int positives = TRIPLET_POSITIVES_ALL; positives <= TRIPLET_POSITIVES_EASY; positives++)
      for (int negatives = TRIPLET_NEGATIVES_ALL; negatives <= TRIPLET_NEGATIVES_DISTANCE_WEIGHTED; negatives++) {
        options.positives = (triplet_positives)positives;
        options.negatives = (triplet_negatives)negatives;
        for (int variant = 0; variant < 4; variant++)
          hash_batch(context, &pairs, variant_of(options, variant), some[i]);
      }
    options = triplet_batch_options();
    for (int kind = TRIPLET_VIOLATING_ALL; kind <= TRIPLET_VIOLATING_EASY; kind++) {
      options.violating = (triplet_violating)kind;
      hash_batch(context, &kinds, options, some[i]);
    }
  }
  add_line(to, "strategies", "apart", pairs);
  add_line(to, "mine", "violating", kinds);
}

/* The figures that there were first. */
static void hash_first_metrics(uint64_t *hash, const triplet_metrics *metrics) {
  hash_bytes(hash, metrics, offsetof(triplet_metrics, map));
  hash_bytes(hash, &metrics->triplet_accuracy, sizeof metrics->triplet_accuracy);
}

static void nearest_rows(triplet_context *context, report *to) {
  for (size_t m = 0; m < MEASURES; m++) {
    triplet_options options = with_measure(triplet_batch_options(), &measures[m]);
    uint64_t hash = hash_start;
    source from = {300};
    triplet_matrix x = random_matrix(&from, 90, 19, 1);
    triplet_labels labels = block_labels(90, 7);
    int32_t indices[90 * 5];
    float nearest[90 * 5];
    must(context, triplet_nearest(context, &options, &(triplet_neighbor_search){.queries = x, .references = x, .k = 5},
                                  indices, nearest));
    hash_bytes(&hash, indices, sizeof indices);
    hash_bytes(&hash, nearest, sizeof nearest);
    const int32_t k[] = {1, 5};
    double recall[2];
    triplet_evaluation found = {.recall = recall};
    must(context, triplet_evaluate(context, &options, &(triplet_batch){x, labels, NULL}, (triplet_ints){k, 2}, &found));
    hash_bytes(&hash, recall, sizeof recall);
    hash_first_metrics(&hash, &found.metrics);

    uint8_t *held_out = malloc(labels.integers.count);
    must(context, triplet_split(context, labels, TRIPLET_HOLD_OUT_ROWS, 0.3, 4, held_out));
    double recalls[4];
    triplet_held_out_evaluation of_held_out = {.against_training.recall = recalls,
                                               .among_themselves.recall = recalls + 2};
    const triplet_held_out_set set = {x, labels, held_out, {k, 2}};
    must(context, triplet_evaluate_held_out(context, &options, &set, &of_held_out));
    hash_bytes(&hash, recalls, sizeof recalls);
    hash_first_metrics(&hash, &of_held_out.against_training.metrics);
    hash_first_metrics(&hash, &of_held_out.among_themselves.metrics);
    hash_bytes(&hash, &of_held_out.knn_accuracy, sizeof of_held_out.knn_accuracy);
    hash_bytes(&hash, &of_held_out.held_out, sizeof of_held_out.held_out);
    hash_bytes(&hash, &of_held_out.queries, sizeof of_held_out.queries);
    free(held_out);
    matrix_free(x), labels_free(labels);
    add_line(to, "nearest+evaluate", measures[m].name, hash);
  }
}

/* ---- evaluations: every figure ----------------------------------------------------------------------------------- */

enum { QUERIES = 90, WIDTH = 19, NEIGHBORS = 12 };

/* Room for the figures of labels 0 .. 12, and for recall. */
typedef struct figures {
  double recall[3], macro_recall[3];
  triplet_class_metrics classes[13];
} figures;

static triplet_evaluation evaluation_in(figures *figures, bool classes) {
  return (triplet_evaluation){.recall = figures->recall,
                              .macro_recall = figures->macro_recall,
                              .classes = classes ? figures->classes : NULL,
                              .class_capacity = 13};
}

static void hash_evaluation(uint64_t *hash, const triplet_evaluation *found) {
  const uint64_t classes = found->class_count;
  hash_bytes(hash, found->recall, 3 * sizeof *found->recall);
  hash_bytes(hash, found->macro_recall, 3 * sizeof *found->macro_recall);
  hash_bytes(hash, &found->metrics, sizeof found->metrics);
  hash_bytes(hash, &found->macro, sizeof found->macro);
  hash_bytes(hash, &classes, sizeof classes);
  for (size_t i = 0; found->classes && i < classes; i++) {
    hash_bytes(hash, &found->classes[i].label, sizeof found->classes[i].label);
    hash_bytes(hash, &found->classes[i].metrics, sizeof found->classes[i].metrics);
  }
}

/* Evaluates a search, and its nearest as given neighbours. */
static void hash_retrieval(triplet_context *context, const triplet_options *options, const triplet_batch *batch,
                           uint64_t *hash) {
  static const int32_t k[] = {1, 5, 20};
  figures figures;
  triplet_evaluation found = evaluation_in(&figures, !batch->labels.relations.data);
  must(context, triplet_evaluate(context, options, batch, (triplet_ints){k, 3}, &found));
  hash_evaluation(hash, &found);

  int32_t indices[QUERIES * NEIGHBORS];
  const triplet_neighbor_search search = {
      .queries = batch->embeddings, .references = batch->embeddings, .k = NEIGHBORS};
  must(context, triplet_nearest(context, options, &search, indices, NULL));
  const triplet_given_neighbors given = {.labels = batch->labels, .indices = indices, .width = NEIGHBORS};
  must(context, triplet_evaluate_neighbors(context, options, &given, (triplet_ints){k, 3}, &found));
  hash_evaluation(hash, &found);
}

/* Of whole numbers, so that many distances are the same, and of others. */
static void evaluations(triplet_context *context, report *to) {
  static const char *const names[] = {"labels", "label_sets", "relations"};
  for (int kind = 0; kind < 3; kind++) {
    uint64_t hash = hash_start;
    for (int whole = 0; whole < 2; whole++)
      for (int distance = TRIPLET_DISTANCE_MINKOWSKI; distance <= TRIPLET_DISTANCE_DOT; distance++) {
        source from = {310};
        triplet_matrix x = random_matrix(&from, QUERIES, WIDTH, 3);
        static int32_t integers[2 * QUERIES], ends[QUERIES];
        static float relations[QUERIES * QUERIES];
        for (size_t i = 0; whole && i < QUERIES * WIDTH; i++)
          x.data[i] = (float)(int32_t)x.data[i];
        for (int32_t i = 0, end = 0; i < QUERIES; i++) {
          if (kind == 0 || i % 5 != 1)
            integers[end++] = i / 7;
          if (kind == 1 && i % 3 == 0)
            integers[end++] = i % 13;
          ends[i] = end;
        }
        for (size_t i = 0; i < QUERIES * QUERIES; i++)
          relations[i] = (float)(int32_t)(draw(&from) * 2);

        triplet_options options = triplet_batch_options();
        options.distance = (triplet_distance)distance;
        const triplet_batch batch = {.embeddings = x,
                                     .labels = kind == 0   ? triplet_labels_of(integers, QUERIES)
                                               : kind == 1 ? triplet_label_sets_of(integers, ends, QUERIES)
                                                           : triplet_relations_of(relations, QUERIES, QUERIES)};
        hash_retrieval(context, &options, &batch, &hash);

        if (kind < 2) {
          uint8_t held_out[QUERIES];
          must(context, triplet_split(context, batch.labels, TRIPLET_HOLD_OUT_ROWS, 0.3, 4, held_out));
          static const int32_t k[] = {1, 5, 20};
          figures against, among;
          triplet_held_out_evaluation found = {.against_training = evaluation_in(&against, true),
                                               .among_themselves = evaluation_in(&among, true)};
          const triplet_held_out_set set = {x, batch.labels, held_out, {k, 3}};
          must(context, triplet_evaluate_held_out(context, &options, &set, &found));
          hash_evaluation(&hash, &found.against_training);
          hash_evaluation(&hash, &found.among_themselves);
          hash_bytes(&hash, &found.knn_accuracy, sizeof found.knn_accuracy);
          hash_bytes(&hash, &found.macro_knn_accuracy, sizeof found.macro_knn_accuracy);
        }
        matrix_free(x);
      }
    add_line(to, "evaluate", names[kind], hash);
  }
}

/* ---- answers: rows left out, classes, verification --------------------------------------------------------------- */

/* Whole numbers and others, in turn: many distances are the same. */
static void make_whole(triplet_matrix x, bool whole) {
  for (size_t i = 0; whole && i < x.rows * x.cols; i++)
    x.data[i] = (float)(int32_t)x.data[i];
}

/* Every measure: the nearest without some, their votes, and the intervals of figures. */
static void answers(triplet_context *context, report *to) {
  uint64_t nearest = hash_start, classes = hash_start, intervals = hash_start;
  for (size_t m = 0; m < MEASURES; m++) {
    triplet_options options = with_measure(triplet_batch_options(), &measures[m]);
    source from = {320 + m};
    triplet_matrix x = random_matrix(&from, QUERIES, WIDTH, 3);
    make_whole(x, m % 2);
    triplet_labels labels = block_labels(QUERIES, 7);
    static int32_t excluded[3 * QUERIES], ends[QUERIES], self[QUERIES], indices[QUERIES * NEIGHBORS];
    static float distances[QUERIES * NEIGHBORS];
    for (int32_t i = 0, end = 0; i < QUERIES; i++) {
      for (int32_t k = 0; k < i % 4; k++)
        excluded[end++] = (i + 11 * k) % QUERIES;
      ends[i] = end;
      self[i] = i % 3 ? i : -1;
    }
    const triplet_lists lists = {{excluded, (size_t)ends[QUERIES - 1]}, {ends, QUERIES}};
    const triplet_neighbor_search search = {x, x, {self, QUERIES}, NEIGHBORS, lists};
    must(context, triplet_nearest(context, &options, &search, indices, distances));
    hash_bytes(&nearest, indices, sizeof indices);
    hash_bytes(&nearest, distances, sizeof distances);

    int32_t elected[QUERIES];
    uint8_t known[QUERIES];
    float votes[QUERIES];
    for (int sets = 0; sets < 2; sets++) {
      options.threshold = sets ? 3 : 1.0 / 0.0;
      const triplet_classification_set set = {
          x, x, sets ? triplet_label_sets_of(excluded, ends, QUERIES) : labels, {self, QUERIES}, lists};
      must(context, triplet_classify(context, &options, &set, &(triplet_classification){elected, known, votes}));
      hash_bytes(&classes, elected, sizeof elected);
      hash_bytes(&classes, known, sizeof known);
      hash_bytes(&classes, votes, sizeof votes);
    }

    const int32_t k[] = {1, 5};
    triplet_bounds of_recall[2];
    triplet_evaluation found = {.recall_intervals = of_recall};
    must(context, triplet_evaluate(context, &options, &(triplet_batch){x, labels, NULL}, (triplet_ints){k, 2}, &found));
    hash_bytes(&intervals, &found.intervals, sizeof found.intervals);
    hash_bytes(&intervals, of_recall, sizeof of_recall);
    matrix_free(x), labels_free(labels);
  }
  add_line(to, "nearest", "exclude", nearest);
  add_line(to, "classify", "votes", classes);
  add_line(to, "evaluate", "intervals", intervals);
}

enum { PAIRED = 300, POINTS = 40 };

static void hash_verification(uint64_t *hash, const triplet_verification *found) {
  const uint64_t counts[] = {found->same, found->different, found->used, found->curve_count};
  const double figures[] = {found->auc,      found->eer,       found->eer_threshold,
                            found->accuracy, found->threshold, found->judged_accuracy};
  hash_bytes(hash, counts, sizeof counts);
  hash_bytes(hash, figures, sizeof figures);
  hash_bytes(hash, &found->judged, sizeof found->judged);
  hash_bytes(hash, found->at_far, 3 * sizeof *found->at_far);
  hash_bytes(hash, found->curve, found->curve_count * sizeof *found->curve);
}

/* By labels, sets and relations, with references and without, of all pairs and of a sample; and given pairs. */
static void verifications(triplet_context *context, report *to) {
  static const char *const names[] = {"labels", "label_sets", "relations", "pairs"};
  static const double far[] = {0.001, 0.1, 0.5};
  static int32_t integers[2 * PAIRED], ends[PAIRED];
  static float relations[PAIRED * PAIRED];
  static uint8_t same[PAIRED];
  triplet_operating_point at_far[3], curve[POINTS];
  for (int kind = 0; kind < 4; kind++) {
    uint64_t hash = hash_start;
    for (size_t m = 0; m < MEASURES; m++) {
      triplet_options options = with_measure(triplet_batch_options(), &measures[m]);
      const size_t rows = options.p == 2 || options.p == 1 || options.p > 100 ? PAIRED : 60; /* powers take time */
      source from = {330 + m};
      triplet_matrix x = random_matrix(&from, rows, 5, 3), y = random_matrix(&from, rows, 5, 3);
      make_whole(x, m % 2), make_whole(y, m % 2);
      for (int32_t i = 0, end = 0; i < (int32_t)rows; i++) {
        same[i] = draw(&from) > 0.3f;
        if (kind == 0 || i % 5 != 1)
          integers[end++] = i % 11;
        if (kind == 1 && i % 3 == 0)
          integers[end++] = i % 13;
        ends[i] = end;
      }
      for (size_t i = 0; i < rows * rows; i++)
        relations[i] = (float)(int32_t)(draw(&from) * 2);

      const triplet_labels labels = kind == 0   ? triplet_labels_of(integers, rows)
                                    : kind == 1 ? triplet_label_sets_of(integers, ends, rows)
                                                : triplet_relations_of(relations, rows, rows);
      triplet_references others = {.rows = y}; /* which have no labels beside relations */
      if (kind < 2)
        others.labels = labels;
      const triplet_doubles rates = {far, 3};
      triplet_verification found = {.at_far = at_far, .curve = curve, .curve_capacity = POINTS};
      options.threshold = 2.5;
      for (int variant = 0; variant < 4; variant++) {
        options.most_pairs = variant & 1 ? 70 : 10000000;
        options.seed = variant;
        const triplet_batch batch = {x, labels, variant & 2 ? &others : NULL};
        const triplet_given_pairs given = {x, y, same};
        must(context, kind == 3 ? triplet_verify_pairs(context, &options, &given, rates, &found)
                                : triplet_verify(context, &options, &batch, rates, &found));
        hash_verification(&hash, &found);
      }
      matrix_free(x), matrix_free(y);
    }
    add_line(to, "verify", names[kind], hash);
  }
}

/* ---- labels beyond one a row ------------------------------------------------------------------------------------- */

enum { TAGGED = 60 };

/* Rows of 0 to 3 labels, and who is what to whom otherwise. */
typedef struct tagged {
  triplet_matrix x;
  int32_t integers[3 * TAGGED], ends[TAGGED];
  float relations[TAGGED * TAGGED];
} tagged;

static void fill_tagged(tagged *to) {
  source from = {800};
  int32_t end = 0;
  to->x = random_matrix(&from, TAGGED, 5, 1);
  for (int32_t i = 0; i < TAGGED; i++) {
    for (int32_t count = 0; count < i % 4; count++)
      to->integers[end++] = (i + 5 * count) % (7 + count);
    to->ends[i] = end;
  }
  for (size_t i = 0; i < TAGGED * TAGGED; i++)
    to->relations[i] = (float)(int32_t)(draw(&from) * 2);
}

static triplet_labels sets_of(const tagged *from, size_t rows) {
  return triplet_label_sets_of(from->integers, from->ends, rows);
}

/* Every loss and every mining. */
static uint64_t hash_losses(triplet_context *context, const triplet_batch *batch) {
  uint64_t hash = hash_start;
  for (int mining = TRIPLET_MINING_ALL; mining <= TRIPLET_MINING_RANDOM; mining++) {
    triplet_options options = triplet_batch_options();
    options.mining = (triplet_mining)mining;
    hash_loss(context, &hash, &options, batch);
    hash_mined(context, &hash, &options, batch);
  }
  for (int loss = TRIPLET_LOSS_CONTRASTIVE; loss <= TRIPLET_LOSS_MULTI_SIMILARITY; loss++) {
    triplet_options options = triplet_batch_options();
    triplet_options_set_loss(&options, (triplet_loss)loss);
    hash_loss(context, &hash, &options, batch);
  }
  return hash;
}

/* Rows that are split, drawn and kept by their sets. */
static uint64_t hash_sets(triplet_context *context, const tagged *from) {
  uint64_t hash = hash_start;
  uint8_t held_out[TAGGED];
  for (int what = TRIPLET_HOLD_OUT_ROWS; what <= TRIPLET_HOLD_OUT_CLASSES; what++) {
    must(context, triplet_split(context, sets_of(from, TAGGED), (triplet_hold_out)what, 0.2, 3, held_out));
    hash_bytes(&hash, held_out, sizeof held_out);
  }

  for (int name = TRIPLET_SAMPLER_BALANCED; name <= TRIPLET_SAMPLER_EPOCH; name++) {
    triplet_sampler_options options = triplet_sampler_default_options();
    options.sampler = (triplet_sampler_name)name;
    options.classes_per_batch = options.rows_per_class = 3;
    triplet_sampler *sampler;
    must(context, triplet_sampler_create(context, &options, sets_of(from, TAGGED), &sampler));
    for (int i = 0; i < 50; i++) {
      int32_t rows[TAGGED];
      hash_bytes(&hash, rows, triplet_sampler_next(sampler, rows) * sizeof *rows);
    }
    triplet_sampler_destroy(sampler);
  }

  triplet_memory *memory;
  must(context, triplet_memory_create(context, 50, from->x.cols, &memory));
  for (size_t rows = 7; rows <= TAGGED; rows += 9) {
    const triplet_matrix x = {from->x.data, rows, from->x.cols};
    must(context, triplet_memory_push(context, memory, x, sets_of(from, rows)));
    const triplet_references references = triplet_memory_references(memory);
    const triplet_options options = triplet_batch_options();
    hash_loss(context, &hash, &options, &(triplet_batch){x, sets_of(from, rows), &references});
  }
  triplet_memory_destroy(memory);
  return hash;
}

static uint64_t hash_training(triplet_context *context, const tagged *from) {
  uint64_t hash = hash_start;
  for (int name = TRIPLET_SAMPLER_BALANCED; name <= TRIPLET_SAMPLER_EPOCH; name++) {
    triplet_trainer_options options = triplet_trainer_default_options();
    options.sampler = (triplet_sampler_name)name;
    options.loss.ignore_label = 6;
    options.layers = 1;
    options.widths[0] = 2;
    options.steps = 100;
    options.validation = 0.2;
    triplet_trainer *trainer;
    triplet_step last;
    must(context, triplet_trainer_create(context, &options, from->x, sets_of(from, TAGGED), &trainer));
    must(context, triplet_trainer_run(context, trainer, NULL, NULL, &last));
    const triplet_floats weights = triplet_trainer_parameters(trainer);
    hash_bytes(&hash, weights.data, weights.count * sizeof *weights.data);
    hash_bytes(&hash, &last.validation, sizeof last.validation);
    triplet_trainer_destroy(trainer);
  }
  return hash;
}

static void labels_beyond_one(triplet_context *context, report *to) {
  static tagged from;
  fill_tagged(&from);
  const triplet_batch sets = {from.x, sets_of(&from, TAGGED), NULL};
  const triplet_batch related = {from.x, triplet_relations_of(from.relations, TAGGED, TAGGED), NULL};
  add_line(to, "label_sets", "losses", hash_losses(context, &sets));
  add_line(to, "relations", "losses", hash_losses(context, &related));
  add_line(to, "label_sets", "rows", hash_sets(context, &from));
  add_line(to, "label_sets", "training", hash_training(context, &from));
  matrix_free(from.x);
}

/* ---- everything else --------------------------------------------------------------------------------------------- */

static void data(triplet_context *context, report *to) {
  static const char *const names[] = {"blobs", "rings", "moons", "swiss_roll"};
  for (int kind = TRIPLET_SYNTHETIC_BLOBS; kind <= TRIPLET_SYNTHETIC_SWISS_ROLL; kind++) {
    uint64_t hash = hash_start;
    source from = {400};
    triplet_matrix x = random_matrix(&from, 257, triplet_synthetic_cols((triplet_synthetic_kind)kind), 1);
    int32_t labels[257];
    must(context, triplet_synthetic(context, (triplet_synthetic_kind)kind, 1, 5, x, labels));
    hash_matrix(&hash, x);
    hash_bytes(&hash, labels, sizeof labels);
    float mean[3], deviation[3];
    must(context, triplet_standardization(context, x, mean, deviation));
    must(context,
         triplet_standardize(context, x, (triplet_floats){mean, x.cols}, (triplet_floats){deviation, x.cols}, x));
    hash_matrix(&hash, x);
    uint8_t held_out[257];
    for (int what = TRIPLET_HOLD_OUT_ROWS; what <= TRIPLET_HOLD_OUT_CLASSES; what++) {
      must(context, triplet_split(context, triplet_labels_of(labels, 257), (triplet_hold_out)what, 0.2, 3, held_out));
      hash_bytes(&hash, held_out, sizeof held_out);
    }
    matrix_free(x);
    add_line(to, "data", names[kind], hash);
  }
}

/* Initial weights, then forward and backward; by those of a residual encoder, whose last layer is 0 at first, nothing
 * would go back to the others, so it gets weights that are drawn. */
static void hash_encoder(triplet_context *context, uint64_t *hash, const triplet_encoder *encoder) {
  const size_t dim = triplet_encoder_dim(encoder);
  source from = {500};
  triplet_random random = {9};
  triplet_matrix x = random_matrix(&from, 67, 21, 2), embeddings = random_matrix(&from, 67, dim, 1);
  triplet_matrix parameters = random_matrix(&from, 1, triplet_encoder_parameters(encoder), 1);
  triplet_matrix gradient = random_matrix(&from, 1, parameters.cols, 1),
                 output_gradient = random_matrix(&from, 67, dim, 1);
  triplet_matrix x_gradient = random_matrix(&from, 67, 21, 1);
  triplet_matrix activations = random_matrix(&from, 1, triplet_encoder_activations(encoder, 67), 1);
  const triplet_encoder_pass pass = {x, activations.data, embeddings};
  must(context, triplet_encoder_init(context, encoder, &random, parameters.data));
  hash_matrix(hash, parameters);
  for (size_t i = 0; encoder->residual && i < parameters.cols; i++)
    parameters.data[i] = draw(&from) / 4;

  must(context, triplet_encoder_forward(context, encoder, parameters.data, &pass));
  must(context, triplet_encoder_backward(context, encoder, parameters.data, &pass, output_gradient,
                                         (triplet_encoder_gradients){gradient.data, x_gradient.data}));
  hash_matrix(hash, embeddings);
  hash_matrix(hash, gradient);
  hash_matrix(hash, x_gradient);
  matrix_free(x), matrix_free(embeddings), matrix_free(parameters), matrix_free(gradient);
  matrix_free(output_gradient), matrix_free(x_gradient), matrix_free(activations);
}

static void encoders(triplet_context *context, report *to) {
  static const char *const names[] = {"relu", "tanh", "none"};
  for (int residual = 0; residual < 2; residual++)
    for (int activation = TRIPLET_ACTIVATION_RELU; activation <= TRIPLET_ACTIVATION_NONE; activation++) {
      uint64_t hash = hash_start;
      for (int normalize = 0; normalize < 2; normalize++) {
        const triplet_encoder encoder = {.begun = triplet_encoder_options().begun,
                                         .inputs = 21,
                                         .layers = 3,
                                         .widths = {33, 16, residual ? 21 : 5},
                                         .activation = (triplet_activation)activation,
                                         .normalize = normalize,
                                         .residual = residual};
        hash_encoder(context, &hash, &encoder);
      }
      add_line(to, residual ? "residual_encoder" : "encoder", names[activation], hash);
    }
}

static void optimizers(triplet_context *context, report *to) {
  static const char *const names[] = {"sgd", "adam", "adamw"};
  for (int name = TRIPLET_OPTIMIZER_SGD; name <= TRIPLET_OPTIMIZER_ADAMW; name++) {
    triplet_optimizer optimizer = triplet_optimizer_options();
    optimizer.name = (triplet_optimizer_name)name;
    optimizer.momentum = name == TRIPLET_OPTIMIZER_SGD ? 0.9 : 0;
    optimizer.weight_decay = 0.01;
    source from = {600};
    triplet_matrix parameters = random_matrix(&from, 1, 61, 1);
    triplet_matrix state = random_matrix(&from, 1, triplet_optimizer_state(&optimizer, 61), 0);
    for (uint64_t step = 1; step <= 100; step++) {
      triplet_matrix gradient = random_matrix(&from, 1, 61, 1);
      must(context, triplet_optimizer_update(context, &optimizer, step,
                                             &(triplet_parameters){61, parameters.data, gradient.data, state.data}));
      matrix_free(gradient);
    }
    uint64_t hash = hash_start;
    hash_matrix(&hash, parameters);
    hash_matrix(&hash, state);
    matrix_free(parameters), matrix_free(state);
    add_line(to, "optimizer", names[name], hash);
  }
}

/* 1,000 steps of semi-hard training and 100 of each other mining and loss, then weights, embedding and the bytes of the
 * model. */
static void training(triplet_context *context, report *to) {
  triplet_matrix x = triplet_matrix_of(malloc(120 * 3 * sizeof(float)), 120, 3);
  int32_t labels[120];
  must(context, triplet_synthetic(context, TRIPLET_SYNTHETIC_SWISS_ROLL, 1, 1, x, labels));
  for (int kind = 0; kind < TRIPLET_MINING_RANDOM + 1 + TRIPLET_LOSS_MULTI_SIMILARITY; kind++) {
    const int loss = kind <= TRIPLET_MINING_RANDOM ? TRIPLET_LOSS_TRIPLET : kind - TRIPLET_MINING_RANDOM;
    const int mining = loss ? TRIPLET_MINING_ALL : kind;
    const char *name = loss ? loss_names[loss] : mining_names[mining];
    triplet_trainer_options options = triplet_trainer_default_options();
    triplet_options_set_loss(&options.loss, (triplet_loss)loss);
    options.loss.mining = (triplet_mining)mining;
    options.layers = 2;
    options.widths[0] = 16, options.widths[1] = 2;
    options.sampler = mining & 2 ? TRIPLET_SAMPLER_EPOCH : TRIPLET_SAMPLER_BALANCED;
    options.classes_per_batch = 4;
    options.rows_per_class = 4;
    options.activation = mining & 1 ? TRIPLET_ACTIVATION_TANH : TRIPLET_ACTIVATION_RELU;
    options.steps = mining == TRIPLET_MINING_SEMIHARD ? 1000 : 100;
    options.schedule = TRIPLET_SCHEDULE_COSINE;
    options.validation = 0.2;
    triplet_trainer *trainer;
    triplet_step last;
    must(context, triplet_trainer_create(context, &options, x, triplet_labels_of(labels, 120), &trainer));
    must(context, triplet_trainer_run(context, trainer, NULL, NULL, &last));

    uint64_t hash = hash_start;
    triplet_floats weights = triplet_trainer_parameters(trainer);
    hash_bytes(&hash, weights.data, weights.count * sizeof *weights.data);
    add_line(to, "trained-weights", name, hash);

    float embeddings[120 * 2];
    must(context, triplet_trainer_embed(context, trainer, x, triplet_matrix_of(embeddings, 120, 2)));
    size_t size;
    must(context, triplet_trainer_save(context, trainer, NULL, 0, &size));
    uint8_t *bytes = malloc(size);
    must(context, triplet_trainer_save(context, trainer, bytes, size, &size));
    int32_t rows[3][1 << 12];
    triplet_triplets triplets = {rows[0], rows[1], rows[2], sizeof rows[0] / sizeof rows[0][0], 0};
    must(context, triplet_trainer_last_triplets(context, trainer, &triplets));
    hash = hash_start;
    hash_bytes(&hash, embeddings, sizeof embeddings);
    hash_bytes(&hash, bytes, size);
    for (size_t column = 0; column < 3; column++)
      hash_bytes(&hash, rows[column], triplets.count * sizeof **rows);
    add_line(to, "model", name, hash);
    free(bytes);
    triplet_trainer_destroy(trainer);
  }
  matrix_free(x);
}

/* Adapters of noisy pairs: by a linear and a hidden layer, of both sides and of the queries, with each loss. */
static void training_of_pairs(triplet_context *context, report *to) {
  enum { PAIRS = 90, COLS = 11 };
  source from = {950};
  triplet_matrix queries = random_matrix(&from, PAIRS, COLS, 1), references = random_matrix(&from, PAIRS, COLS, 0.5f);
  int32_t labels[PAIRS];
  for (size_t i = 0; i < PAIRS * COLS; i++)
    references.data[i] += queries.data[i];
  for (int32_t i = 0; i < PAIRS; i++)
    labels[i] = i % 50;

  for (int loss = TRIPLET_LOSS_TRIPLET; loss <= TRIPLET_LOSS_MULTI_SIMILARITY; loss++) {
    uint64_t hash = hash_start;
    for (int variant = 0; variant < 8; variant++) {
      triplet_trainer_options options = triplet_trainer_default_options();
      triplet_options_set_loss(&options.loss, (triplet_loss)loss);
      options.layers = variant & 1 ? 2 : 1;
      options.widths[0] = variant & 1 ? 17 : COLS;
      options.widths[1] = COLS;
      options.residual = true;
      options.normalize = variant & 2;
      options.standardize = variant & 4;
      options.adapt = variant & 4 ? TRIPLET_ADAPT_BOTH : TRIPLET_ADAPT_QUERIES;
      options.classes_per_batch = 4;
      options.rows_per_class = 5;
      options.steps = 40;
      options.validation = 0.2;
      options.evaluate_every = 10;
      const triplet_training_pairs pairs = {
          queries, references, variant & 2 ? triplet_labels_of(labels, PAIRS) : triplet_labels_of(NULL, 0)};
      triplet_trainer *trainer;
      triplet_step last;
      must(context, triplet_trainer_create_pairs(context, &options, &pairs, &trainer));
      must(context, triplet_trainer_run(context, trainer, NULL, NULL, &last));
      const triplet_floats weights = triplet_trainer_parameters(trainer);
      hash_bytes(&hash, weights.data, weights.count * sizeof *weights.data);
      hash_bytes(&hash, &last.loss, sizeof last.loss);
      hash_bytes(&hash, &last.validation, sizeof last.validation);
      triplet_trainer_destroy(trainer);
    }
    add_line(to, "trained-pairs", loss_names[loss], hash);
  }
  matrix_free(queries), matrix_free(references);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

enum { TABLE_ROWS = 300 };

static int32_t draw_below(source *from, int32_t limit) {
  from->state = from->state * 6364136223846793005u + 1442695040888963407u;
  return (int32_t)((from->state >> 33) % (uint64_t)limit);
}

/* Numbers of any size, digits and marks, texts, and cells of both that are missing. */
static char *table_text(void) {
  static const char *const texts[] = {"u", "\"v, w\"", "\xc3\xa9", "?", "10", "9"};
  source from = {29};
  char *text = malloc(TABLE_ROWS * 200), *at = text + sprintf(text, "near,far,small,few,text,label\n");
  for (int row = 0; row < TABLE_ROWS; row++) {
    int32_t digits[11]; /* drawn one by one: the order of arguments is the compiler's */
    static const int32_t limits[] = {200, 100000, 9, 1000000000, 1000000000, 20, 1000000000, 1000000000, 20, 5000, 18};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
      digits[i] = draw_below(&from, limits[i]);
    at += sprintf(at, "%d.%05d,%d%09d%09de%d,", digits[0] - 100, digits[1], digits[2] - 4, digits[3], digits[4],
                  270 + digits[5]);
    at += sprintf(at, ".%09d%09dE-%d,", digits[6], digits[7], 290 + digits[8]);
    at += sprintf(at, digits[9] < 4000 ? "%d," : ",", digits[9]);
    at += sprintf(at, "%s,%c\n", texts[digits[10] % 6], 'a' + digits[10] % 3);
  }
  return text;
}

static uint64_t hash_of_cells(const triplet_table *table) {
  uint64_t hash = hash_start;
  const size_t rows = triplet_table_rows(table);
  for (size_t i = 0; i < triplet_table_columns(table); i++) {
    const triplet_column column = triplet_table_column(table, i);
    if (column.numbers)
      hash_bytes(&hash, column.numbers, rows * sizeof *column.numbers);
    if (column.codes)
      hash_bytes(&hash, column.codes, rows * sizeof *column.codes);
    for (size_t j = 0; j < column.values.count; j++)
      hash_bytes(&hash, column.values.items[j], strlen(column.values.items[j]) + 1);
  }
  return hash;
}

static uint64_t hash_of_recipe(triplet_context *context, const triplet_recipe *recipe, const triplet_table *table) {
  uint64_t hash = hash_start;
  for (size_t i = 0; i < triplet_recipe_columns(recipe); i++) {
    const triplet_recipe_column column = triplet_recipe_column_at(recipe, i);
    const double numbers[] = {column.mean, column.deviation, column.fill};
    hash_bytes(&hash, numbers, sizeof numbers);
  }
  const size_t rows = triplet_table_rows(table), inputs = triplet_recipe_inputs(recipe);
  float *x = malloc(rows * inputs * sizeof *x);
  const triplet_matrix matrix = triplet_matrix_of(x, rows, inputs);
  must(context, triplet_recipe_matrix(context, recipe, table, (triplet_ints){NULL, 0}, matrix));
  hash_matrix(&hash, matrix);
  free(x);
  return hash;
}

/* The recipe is of all rows, then of every other one. */
static void tables(triplet_context *context, report *to) {
  char *text = table_text();
  triplet_table_options options = triplet_table_default_options();
  options.label = "label";
  triplet_table *table;
  must(context, triplet_table_read(context, &options, text, strlen(text), &table));
  add_line(to, "table", "cells", hash_of_cells(table));

  triplet_recipe *recipe;
  must(context, triplet_recipe_create(context, table, &recipe));
  must(context, triplet_recipe_fit(context, recipe, table, (triplet_ints){NULL, 0}));
  add_line(to, "table", "recipe", hash_of_recipe(context, recipe, table));
  int32_t some[TABLE_ROWS / 2];
  for (int32_t i = 0; i < TABLE_ROWS / 2; i++)
    some[i] = 2 * i;
  must(context, triplet_recipe_fit(context, recipe, table, (triplet_ints){some, TABLE_ROWS / 2}));
  add_line(to, "table", "recipe-of-half", hash_of_recipe(context, recipe, table));
  triplet_recipe_destroy(recipe);
  triplet_table_destroy(table);
  free(text);
}

static void matrices(triplet_context *context, report *to) {
  uint64_t hash = hash_start;
  source from = {71};
  triplet_matrix x = random_matrix(&from, 37, 11, 3), y = random_matrix(&from, 37, 11, 1e-3f);
  must(context, triplet_matrix_add(context, x, 0.1, y));
  must(context, triplet_matrix_scale(context, 1.0 / 3, y));
  hash_matrix(&hash, y);
  must(context, triplet_matrix_random(context, 9, y));
  hash_matrix(&hash, y);
  add_line(to, "matrices", "arithmetic", hash);
  matrix_free(y);
  matrix_free(x);
}

/* What is read of a file, and the bytes of all formats that it is written to. */
static void hash_file(triplet_context *context, uint64_t *hash, const void *bytes, size_t size) {
  static const triplet_file_format formats[] = {TRIPLET_FORMAT_NPY, TRIPLET_FORMAT_SAFETENSORS, TRIPLET_FORMAT_FVECS};
  triplet_vectors *vectors;
  must(context, triplet_vectors_read(context, TRIPLET_FORMAT_AUTO, NULL, bytes, size, &vectors));
  const triplet_tensor read = {"x", triplet_vectors_matrix(vectors)};
  hash_matrix(hash, read.matrix);
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
    uint8_t written[1000];
    size_t count;
    must(context,
         triplet_vectors_write(context, formats[i], (triplet_tensors){&read, 1}, written, sizeof written, &count));
    hash_bytes(hash, written, count);
  }
  triplet_vectors_destroy(vectors);
}

static void files(triplet_context *context, report *to) {
  static const char text[] = "2 4\na 0.1 -1e-40 16777217 nan\nb 3.4028235e38 1e-46 .3333333333 -inf\n";
  uint64_t hash = hash_start;
  hash_file(context, &hash, text, sizeof text - 1);
  add_line(to, "files", "text", hash);

  /* Whatever random bytes are of each type. */
  static const char *const headers[] = {
      "{'descr':'<f2','fortran_order':True,'shape':(3,4)}", "{'descr':'<i8','fortran_order':True,'shape':(3,4)}",
      "{'descr':'>u8','fortran_order':True,'shape':(3,4)}", "{'descr':'|i1','fortran_order':True,'shape':(3,4)}"};
  static const size_t sizes[] = {2, 8, 8, 1};
  hash = hash_start;
  source from = {72};
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
    const size_t length = strlen(headers[i]), size = 12 * sizes[i];
    uint8_t npy[200] = "\x93NUMPY\1";
    npy[8] = (uint8_t)length;
    memcpy(npy + 10, headers[i], length);
    for (size_t byte = 0; byte < size; byte++)
      npy[10 + length + byte] = (uint8_t)(128 + 128 * draw(&from));
    hash_file(context, &hash, npy, 10 + length + size);
  }
  add_line(to, "files", "npy", hash);
}

/* ---- what pictures are made of ----------------------------------------------------------------------------------- */

/* More rows than columns, fewer, and rows along few directions. */
static void axes(triplet_context *context, report *to) {
  static const size_t shapes[][2] = {{200, 3}, {90, 40}, {30, 70}, {5, 1}};
  enum { AXES = 3 };
  uint64_t hash = hash_start;
  for (size_t i = 0; i < 4; i++) {
    const size_t rows = shapes[i][0], cols = shapes[i][1], count = cols < AXES ? cols : AXES;
    source from = {700 + i};
    triplet_matrix x = random_matrix(&from, rows, cols, 1), found = random_matrix(&from, count, cols, 1);
    triplet_matrix laid = random_matrix(&from, rows, count, 1);
    make_whole(x, i == 1);
    float mean[70];
    double shares[AXES];
    must(context, triplet_principal_axes(context, x, mean, found, shares));
    must(context, triplet_project(context, x, (triplet_floats){mean, cols}, found, laid));
    hash_bytes(&hash, mean, cols * sizeof *mean);
    hash_bytes(&hash, shares, count * sizeof *shares);
    hash_matrix(&hash, found);
    hash_matrix(&hash, laid);
    matrix_free(x), matrix_free(found), matrix_free(laid);
  }
  add_line(to, "principal_axes", "shapes", hash);
}

static void rings(triplet_context *context, report *to) {
  for (int sphere = 0; sphere < 2; sphere++) {
    uint64_t hash = hash_start;
    for (size_t m = 0; m < MEASURES; m++) {
      triplet_options options = with_measure(triplet_batch_options(), &measures[m]);
      options.sphere = sphere;
      source from = {720 + m};
      triplet_matrix center = random_matrix(&from, 1, 3, 1), directions = random_matrix(&from, 50, 3, 1);
      triplet_matrix points = random_matrix(&from, 50, 3, 1);
      must(context, triplet_ring(context, &options, (triplet_floats){center.data, 3}, directions, 0.3, points));
      hash_matrix(&hash, points);
      matrix_free(center), matrix_free(directions), matrix_free(points);
    }
    add_line(to, "ring", sphere ? "sphere" : "rays", hash);
  }
}

static void slopes(triplet_context *context, report *to) {
  enum { ROWS = 90 };
  uint64_t hash = hash_start;
  for (int loss = TRIPLET_LOSS_TRIPLET; loss <= TRIPLET_LOSS_MULTI_SIMILARITY; loss++)
    for (int mining = TRIPLET_MINING_ALL; mining <= TRIPLET_MINING_SEMIHARD; mining++) {
      triplet_options options = triplet_batch_options();
      triplet_options_set_loss(&options, (triplet_loss)loss);
      options.mining = (triplet_mining)mining;
      options.soft_margin = mining == TRIPLET_MINING_HARD;
      options.swap = mining == TRIPLET_MINING_SEMIHARD;
      source from = {740};
      triplet_matrix x = random_matrix(&from, ROWS, 5, 1), found = random_matrix(&from, ROWS, ROWS, 1);
      triplet_labels labels = block_labels(ROWS, 7);
      const triplet_batch batch = {.embeddings = x, .labels = labels};
      must(context, triplet_pair_slopes(context, &options, &batch, found));
      hash_matrix(&hash, found);
      matrix_free(x), matrix_free(found), labels_free(labels);
    }
  add_line(to, "pair_slopes", "losses", hash);
}

static void compute(report *to, const char *instruction_set, size_t threads) {
  triplet_context *context = triplet_context_create(NULL);
  must(context, triplet_context_set_instruction_set(context, instruction_set));
  must(context, triplet_context_set_threads(context, threads));
  to->count = 0;
  distances(context, to);
  margin_losses(context, to);
  margin_losses_of_one(context, to);
  lists_of_losses(context, to);
  batch_losses(context, to);
  weighted_losses(context, to);
  strategies_apart(context, to);
  nearest_rows(context, to);
  evaluations(context, to);
  answers(context, to);
  verifications(context, to);
  labels_beyond_one(context, to);
  data(context, to);
  tables(context, to);
  encoders(context, to);
  optimizers(context, to);
  training(context, to);
  training_of_pairs(context, to);
  matrices(context, to);
  files(context, to);
  axes(context, to);
  rings(context, to);
  slopes(context, to);
  triplet_context_destroy(context);
}

int main(int argc, char **argv) {
  static report first, other;
  static const size_t threads[] = {1, 2, 3, 8};
  const size_t given = argc > 1 ? (size_t)atoi(argv[1]) : 0;
  int status = 0;
  compute(&first, triplet_instruction_set_name(0), 1);
  for (size_t i = 0; i < first.count; i++)
    printf("%s %016llx\n", first.lines[i].name, (unsigned long long)first.lines[i].hash);
  for (size_t set = 0; triplet_instruction_set_name(set); set++)
    for (size_t t = set == 0; t < sizeof threads / sizeof threads[0]; t++) {
      if (given && threads[t] != given)
        continue;
      const char *name = triplet_instruction_set_name(set);
      compute(&other, name, threads[t]);
      for (size_t i = 0; i < first.count; i++)
        if (first.lines[i].hash != other.lines[i].hash) {
          printf("%s differs with %s kernels and %zu threads\n", first.lines[i].name, name, threads[t]);
          status = 1;
        }
    }
  return status;
}
