/* native_limits.c - what the machine can do at most, and whole processes. */
#define _POSIX_C_SOURCE 200809L
#include "native.h"

#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernels.h"

/* ---- the distances of a batch: by the adders alone, and by the kernel alone -------------------------------------- */

enum { TILE = 64, SUMS = 8 };

typedef float four __attribute__((vector_size(16)));
typedef float eight __attribute__((vector_size(32)));
typedef float sixteen __attribute__((vector_size(64)));

typedef struct limit_job {
  size_t additions;
  const triplet_kernels *kernels;
  triplet_rows x, y;
  size_t tiles;
  float sums[TILE * TILE];
  double sink;
} limit_job;

/* As many independent sums as keep every adder busy. */
#define ADD(lanes)                                                                                                     \
  limit_job *j = of;                                                                                                   \
  const lanes one = (lanes){0} + 1;                                                                                    \
  lanes a = one, b = a + one, c = b + one, d = c + one, e = d + one, f = e + one, g = f + one, h = g + one;            \
  for (size_t i = 0; i < j->additions; i += SUMS * (sizeof one / sizeof one[0])) {                                     \
    a += one, b += one, c += one, d += one;                                                                            \
    e += one, f += one, g += one, h += one;                                                                            \
  }                                                                                                                    \
  j->sink += (double)(a + b + c + d + e + f + g + h)[0]

#if defined(__x86_64__)
__attribute__((target("avx512f"))) static void add_sixteen(void *of) {
  ADD(sixteen);
}

__attribute__((target("avx2"))) static void add_eight(void *of) {
  ADD(eight);
}
#endif

static void add_four(void *of) {
  ADD(four);
}

/* As wide as the kernels of the context are. */
static void (*adder_of(const triplet_context *context))(void *) {
#if defined(__x86_64__)
  const char *set = triplet_context_instruction_set(context);
  if (strcmp(set, "avx512") == 0)
    return add_sixteen;
  if (strcmp(set, "avx2") == 0)
    return add_eight;
#endif
  (void)context;
  return add_four;
}

static void tiles(void *of) {
  limit_job *j = of;
  for (size_t i = 0; i < j->tiles; i++)
    j->kernels->tile_sums((triplet_term){TRIPLET_SUM_SQUARES, 0}, &j->x, &j->y, NULL, j->sums, TILE);
}

/* Of so many pairs, or those of a batch, each once where it is compared with itself: a difference and a sum for each
 * column. */
static job open_limit(const arguments *given) {
  const size_t count = number_of(given, "count", 1024), cols = number_of(given, "cols", 128);
  const size_t all = number_of(given, "pairs", count * count);
  const size_t pairs = number_of(given, "self", 0) ? count * (count + TILE) / 2 : all;
  const triplet_context *context = context_of(given);
  const bool adders = strcmp(text_of(given, "of", "kernel"), "adders") == 0;
  limit_job *j = room(1, sizeof *j);
  j->additions = 2 * pairs * cols;
  j->kernels = triplet_kernels_of(context);
  j->x = triplet_rows_of(uniform_rows(1, TILE, cols), TILE, cols);
  j->y = triplet_rows_of(uniform_rows(2, TILE, cols), TILE, cols);
  j->tiles = pairs / (TILE * TILE);
  return (job){adders ? adder_of(context) : tiles, j, NULL, NULL};
}

/* ---- whole processes --------------------------------------------------------------------------------------------- */

extern char **environ;

/* It is asked nothing, and what it prints is not looked at. */
static void run_process(void *of) {
  char **words = of;
  posix_spawn_file_actions_t quiet;
  pid_t child;
  int status = 1;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  if (posix_spawnp(&child, words[0], &quiet, NULL, words, environ) != 0 || waitpid(child, &status, 0) < 0 || status)
    abort();
  posix_spawn_file_actions_destroy(&quiet);
}

/* Seconds of all processors that the processes took. */
static double processors(void) {
  struct rusage of;
  getrusage(RUSAGE_CHILDREN, &of);
  return (double)(of.ru_utime.tv_sec + of.ru_stime.tv_sec) + 1e-6 * (double)(of.ru_utime.tv_usec + of.ru_stime.tv_usec);
}

/* clock=wall or cpu, then the words of the command. */
static job open_process(const arguments *given) {
  if (given->count < 2)
    abort();
  const bool cpu = strcmp(given->words[0], "clock=cpu") == 0;
  return (job){run_process, given->words + 1, NULL, cpu ? processors : NULL};
}

const bench_case limit_cases[] = {{"limit", open_limit}, {"process", open_process}, {NULL, NULL}};
