/* native.c - the native worker of make bench: runs one case for as long as it is told.
 *
 *   native CASE [key=value ...]
 *
 * All workers speak alike, whatever they are written in. A line of JSON says that the case is ready, after a first run
 * that does not count: {"answer": what programs of the row must agree on, or null, "version": of what is measured}, or
 * {"absent": why it cannot be run}. Then each line of standard input, a number of seconds, is answered by a line
 * {"runs": r, "times": [...]}, seconds of a run each, of samples of r runs that took a millisecond at least. */
#define _POSIX_C_SOURCE 200809L
#include "native.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MOST_SAMPLES = 10000 };

/* ---- arguments --------------------------------------------------------------------------------------------------- */

const char *text_of(const arguments *given, const char *key, const char *otherwise) {
  const size_t length = strlen(key);
  for (int i = 0; i < given->count; i++)
    if (strncmp(given->words[i], key, length) == 0 && given->words[i][length] == '=')
      return given->words[i] + length + 1;
  return otherwise;
}

size_t number_of(const arguments *given, const char *key, size_t otherwise) {
  const char *text = text_of(given, key, NULL);
  return text ? strtoul(text, NULL, 10) : otherwise;
}

triplet_context *context_of(const arguments *given) {
  triplet_context *context = triplet_context_create(NULL);
  const char *set = text_of(given, "set", NULL);
  need(context, triplet_context_set_threads(context, number_of(given, "threads", 1)));
  if (set && triplet_context_set_instruction_set(context, set) != TRIPLET_OK)
    be_absent("this processor has other instructions");
  return context;
}

void be_absent(const char *why) {
  printf("{\"absent\": \"%s\"}\n", why);
  exit(EXIT_SUCCESS);
}

void need(triplet_context *context, triplet_status status) {
  if (status == TRIPLET_OK)
    return;
  fprintf(stderr, "%s: %s\n", triplet_status_string(status), triplet_context_error(context)->message);
  exit(EXIT_FAILURE);
}

/* ---- inputs ------------------------------------------------------------------------------------------------------ */

void *room(size_t count, size_t size) {
  void *made = calloc(count, size);
  if (!made)
    abort();
  return made;
}

float *uniform_rows(uint32_t stream, size_t rows, size_t cols) {
  float *x = room(rows * cols, sizeof *x);
  for (size_t i = 0; i < rows * cols; i++)
    x[i] = uniform(stream, (uint32_t)i);
  return x;
}

float *class_rows(size_t rows, size_t cols, size_t classes) {
  float *x = room(rows * cols, sizeof *x);
  for (size_t i = 0; i < rows; i++)
    for (size_t k = 0; k < cols; k++)
      x[i * cols + k] =
          0.6f * (uniform(1, (uint32_t)(i * cols + k)) - 0.5f) + 0.06f * uniform(2, (uint32_t)(i % classes * cols + k));
  return x;
}

int32_t *class_labels(size_t rows, size_t classes) {
  int32_t *labels = room(rows, sizeof *labels);
  for (size_t i = 0; i < rows; i++)
    labels[i] = (int32_t)(i % classes);
  return labels;
}

/* ---- measuring --------------------------------------------------------------------------------------------------- */

static double wall(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double seconds_of(const job *of, size_t runs) {
  double (*const clock)(void) = of->clock ? of->clock : wall;
  const double start = clock();
  for (size_t i = 0; i < runs; i++)
    of->run(of->of);
  return clock() - start;
}

/* For about so many seconds. A sample that is too short is thrown away, and the next ones have twice the runs. */
static void answer_turn(const job *of, double turn, size_t *runs) {
  static double times[MOST_SAMPLES];
  size_t count = 0;
  for (double spent = 0; count < MOST_SAMPLES && (count == 0 || spent < turn);) {
    const double took = seconds_of(of, *runs);
    if (took < 1e-3) {
      *runs *= 2;
      count = 0;
      continue;
    }
    times[count++] = took / (double)*runs;
    spent += took;
  }

  printf("{\"runs\": %zu, \"times\": [", *runs);
  for (size_t i = 0; i < count; i++)
    printf("%s%.6g", i ? ", " : "", times[i]);
  printf("]}\n");
  fflush(stdout);
}

static const bench_case *find_case(const char *name) {
  static const bench_case *const rooms[] = {loss_cases, search_cases, table_cases, limit_cases};
  for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
    for (const bench_case *of = rooms[i]; of->name; of++)
      if (strcmp(of->name, name) == 0)
        return of;
  return NULL;
}

int main(int count, char **words) {
  const bench_case *const of = count > 1 ? find_case(words[1]) : NULL;
  if (!of) {
    fprintf(stderr, "Usage: native CASE [key=value ...]\n");
    return EXIT_FAILURE;
  }
  const job made = of->open(&(arguments){words + 2, count - 2});
  if (!made.run) /* it wrote something, and that was all */
    return EXIT_SUCCESS;
  if (!made.clock)
    made.run(made.of);
  printf("{\"version\": \"%s\", \"answer\": ", triplet_version());
  printf(made.answer && isfinite(*made.answer) ? "%.9g}\n" : "null}\n", made.answer ? *made.answer : 0);
  fflush(stdout);

  size_t runs = 1;
  for (double turn; scanf("%lf", &turn) == 1;)
    answer_turn(&made, turn, &runs);
  return EXIT_SUCCESS;
}
