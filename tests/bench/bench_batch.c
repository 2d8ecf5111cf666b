/* bench_batch.c - in-batch losses with their gradients: time, the most scratch memory held at once, and how much faster
 * two threads are on large batches.
 *
 *   bench_batch [threads] [B ...]    threads: 1, B: 256 1024 4096
 *   bench_batch large [B]            B: 16384
 *
 * Shape B x 128, with 32 classes and with 4 rows per class, against a plain C enumeration of every triplet. Large are
 * batches whose pairs are not kept: their time is that of B = 4096, where they are, times what B^2 predicts. What else
 * the machine does only adds time, so the best of several runs counts. */
#define _POSIX_C_SOURCE 199309L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "meter.h"
#include "triplet.h"

enum { D = 128, MOST_RUNS = 200, MANY_ROWS = 4096 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- the batch --------------------------------------------------------------------------------------------------- */

typedef struct batch {
  triplet_context *context;
  triplet_options options;
  size_t rows;
  float *x, *gradient, *distances, *weights;
  int32_t *labels;
  triplet_batch_result result;
} batch;

/* Gaussian classes that overlap, so that easy and hard triplets mix. */
static void make_batch(batch *b, size_t classes) {
  uint64_t state = 1;
  for (size_t i = 0; i < b->rows; i++) {
    b->labels[i] = (int32_t)(i % classes);
    for (size_t k = 0; k < D; k++) {
      float sum = 0;
      for (int draw = 0; draw < 4; draw++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        sum += (float)(state >> 40) / (1 << 24) - 0.5f;
      }
      const uint64_t centre = (i % classes * 2654435761u + k * 40503u) * 2246822519u >> 16;
      b->x[i * D + k] = 0.3f * (sum + 0.2f * (float)(centre % 1024) / 1024);
    }
  }
}

static void library_loss(batch *b) {
  const triplet_batch batch = {triplet_matrix_of(b->x, b->rows, D), triplet_labels_of(b->labels, b->rows), NULL};
  const triplet_batch_gradients gradients = {.embeddings = b->gradient};
  if (triplet_batch_loss(b->context, &b->options, &batch, gradients, NULL, &b->result) != TRIPLET_OK)
    abort();
}

static void library_distances(batch *b) {
  const triplet_matrix x = triplet_matrix_of(b->x, b->rows, D);
  if (triplet_distances(b->context, &b->options, x, x, triplet_matrix_of(b->distances, b->rows, b->rows)) != TRIPLET_OK)
    abort();
}

/* Batch-all as one writes it first: every triplet, pair weights, then the gradient. */
static void enumerate(batch *b) {
  const size_t rows = b->rows;
  size_t triplets = 0;
  b->result.loss = 0;
  memset(b->weights, 0, rows * rows * sizeof(float));
  memset(b->gradient, 0, rows * D * sizeof(float));
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < rows; j++) {
      float sum = 0;
      for (size_t k = 0; k < D; k++)
        sum += (b->x[i * D + k] - b->x[j * D + k]) * (b->x[i * D + k] - b->x[j * D + k]);
      b->distances[i * rows + j] = sqrtf(sum);
    }
  for (size_t a = 0; a < rows; a++)
    for (size_t p = 0; p < rows; p++)
      for (size_t n = 0; p != a && b->labels[p] == b->labels[a] && n < rows; n++) {
        if (b->labels[n] == b->labels[a])
          continue;
        const double h = b->distances[a * rows + p] + b->options.margin - b->distances[a * rows + n];
        triplets++;
        if (h > 0) {
          b->result.loss += h;
          b->weights[a * rows + p]++;
          b->weights[a * rows + n]--;
        }
      }
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < rows; j++) {
      const float w = b->weights[i * rows + j] + b->weights[j * rows + i], d = b->distances[i * rows + j];
      const float c = d > 0 ? w / d / (float)triplets : 0;
      for (size_t k = 0; c != 0 && k < D; k++)
        b->gradient[i * D + k] += c * (b->x[i * D + k] - b->x[j * D + k]);
    }
  b->result.loss /= (double)triplets;
}

/* Milliseconds: the best of the runs that fit in half a second, of one at least. */
static double best_of(void (*run)(batch *), batch *b) {
  double best = INFINITY, spent = 0;
  for (int runs = 0; runs < MOST_RUNS && (spent < 0.5 || runs == 0); runs++) {
    const double start = seconds();
    run(b);
    const double took = seconds() - start;
    best = took < best ? took : best;
    spent += took;
  }
  return 1e3 * best;
}

static batch open_batch(size_t rows, size_t classes, const triplet_allocator *allocator) {
  batch b = {.context = triplet_context_create(allocator), .options = triplet_batch_options(), .rows = rows};
  b.x = malloc(rows * D * sizeof(float));
  b.gradient = malloc(rows * D * sizeof(float));
  b.labels = malloc(rows * sizeof *b.labels);
  make_batch(&b, classes);
  return b;
}

static void close_batch(batch *b) {
  triplet_context_destroy(b->context);
  free(b->x);
  free(b->gradient);
  free(b->labels);
}

static void measure(size_t rows, size_t classes, size_t threads) {
  static const char *const names[] = {"all", "hard", "semihard", "easy_positive", "distance_weighted", "random"};
  meter memory = {0};
  const triplet_allocator allocator = {metered_allocate, metered_release, &memory};
  batch b = open_batch(rows, classes, &allocator);
  b.distances = malloc(rows * rows * sizeof(float));
  b.weights = malloc(rows * rows * sizeof(float));
  triplet_context_set_threads(b.context, threads);
  printf("%zu x %d, %zu classes, %zu thread%s\n", rows, D, classes, threads, threads == 1 ? "" : "s");
  printf("  %-24s %9.2f ms\n", "distances alone", best_of(library_distances, &b));
  for (triplet_mining mining = TRIPLET_MINING_ALL; mining <= TRIPLET_MINING_RANDOM; mining++) {
    b.options.mining = mining;
    triplet_context_trim(b.context);
    memory.peak = memory.held;
    const double time = best_of(library_loss, &b);
    printf("  %-24s %9.2f ms %8.1f MB   loss %.6f, %.0f of %.0f active", names[mining], time, (double)memory.peak / 1e6,
           b.result.loss, (double)b.result.stats.active, (double)b.result.stats.triplets);
    if (threads == 1 && rows >= MANY_ROWS) {
      triplet_context_set_threads(b.context, 2);
      printf("   two threads %.2f x", time / best_of(library_loss, &b));
      triplet_context_set_threads(b.context, 1);
    }
    printf("\n");
  }
  if (rows <= 1024) {
    const double time = best_of(enumerate, &b);
    printf("  %-24s %9.2f ms %8.1f MB   loss %.6f\n", "all, plain enumeration", time, 8e-6 * (double)(rows * rows),
           b.result.loss);
  }
  free(b.distances);
  free(b.weights);
  close_batch(&b);
}

/* ---- batches whose pairs are not kept ---------------------------------------------------------------------------- */

typedef struct large_case {
  const char *name;
  triplet_loss loss;
  triplet_mining mining;
  bool few_classes; /* 32, else 256 rows of each class */
} large_case;

static double milliseconds_of(const large_case *of, size_t rows, size_t threads, size_t *peak) {
  meter memory = {0};
  const triplet_allocator allocator = {metered_allocate, metered_release, &memory};
  batch b = open_batch(rows, of->few_classes ? 32 : rows / 256, &allocator);
  triplet_options_set_loss(&b.options, of->loss);
  b.options.distance = TRIPLET_DISTANCE_MINKOWSKI;
  b.options.mining = of->mining;
  triplet_context_set_threads(b.context, threads);
  const double time = best_of(library_loss, &b);
  *peak = memory.peak;
  close_batch(&b);
  return time;
}

static void measure_large(size_t rows) {
  static const large_case cases[] = {
      {"hard", TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_HARD, false},
      {"semihard", TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_SEMIHARD, false},
      {"semihard, 32 classes", TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_SEMIHARD, true},
      {"all", TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_ALL, false},
      {"all, 32 classes", TRIPLET_LOSS_TRIPLET, TRIPLET_MINING_ALL, true},
      {"info_nce", TRIPLET_LOSS_INFO_NCE, TRIPLET_MINING_ALL, false},
      {"contrastive", TRIPLET_LOSS_CONTRASTIVE, TRIPLET_MINING_ALL, false},
      {"contrastive, 32 classes", TRIPLET_LOSS_CONTRASTIVE, TRIPLET_MINING_ALL, true},
  };
  const double squares = (double)rows * (double)rows / (MANY_ROWS * MANY_ROWS);
  printf("%zu x %d, distances not kept, 256 rows of each class\n", rows, D);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    size_t peak, unused;
    const double kept = milliseconds_of(&cases[i], MANY_ROWS, 1, &unused);
    const double one = milliseconds_of(&cases[i], rows, 1, &peak), two = milliseconds_of(&cases[i], rows, 2, &peak);
    printf("  %-24s %9.0f ms %8.1f MB   %.2f x what %d predicts, two threads %.2f x\n", cases[i].name, one,
           (double)peak / 1e6, one / (kept * squares), MANY_ROWS, one / two);
    fflush(stdout);
  }
}

int main(int count, char **arguments) {
  if (count > 1 && strcmp(arguments[1], "large") == 0) {
    measure_large(count > 2 ? (size_t)atoi(arguments[2]) : 4 * MANY_ROWS);
    return 0;
  }
  const size_t threads = count > 1 ? (size_t)atoi(arguments[1]) : 1;
  const size_t usual[] = {256, 1024, 4096};
  for (int i = 0; i < (count > 2 ? count - 2 : 3); i++) {
    const size_t rows = count > 2 ? (size_t)atoi(arguments[2 + i]) : usual[i];
    measure(rows, 32, threads);
    measure(rows, rows / 4, threads);
  }
  return 0;
}
