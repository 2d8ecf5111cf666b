/* bench_table.c - reading tables: megabytes a second on one thread, against counting their line ends and against what
 * one writes without a library, and the memory that a million rows take.
 *
 *   bench_table              prints figures
 *   bench_table write NAME   prints the table of that name, for others to read
 *   bench_table read NAME    prints the seconds that reading it takes, the best of several
 *
 * What else the machine does only adds time, so the best of several runs counts. */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "meter.h"
#include "triplet.h"

enum { RUNS = 7, COLUMNS = 10, SIZE = 20000000, MOST_CELL = 64, MILLION = 1000000 };

/* Of this process: there is one thread. */
static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- the tables -------------------------------------------------------------------------------------------------- */

static uint64_t next(uint64_t *state) {
  uint64_t bits = *state += 0x9e3779b97f4a7c15u;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
  return bits ^ (bits >> 31);
}

static double between(uint64_t *state, double low, double high) {
  return low + (high - low) * (double)(next(state) >> 11) / 9007199254740992.0;
}

static int number(char *to, uint64_t *state) {
  return sprintf(to, "%.5f", between(state, -100, 100));
}

static int full_number(char *to, uint64_t *state) {
  return sprintf(to, "%.17g", between(state, -1, 1));
}

static int whole(char *to, uint64_t *state) {
  return sprintf(to, "%d", (int)between(state, 0, 10000));
}

static int category(char *to, uint64_t *state) {
  static const char *const texts[] = {"Adelie", "Chinstrap", "Gentoo", "Torgersen", "low fat", "Southampton"};
  return sprintf(to, "%s", texts[next(state) % 6]);
}

static int letter(char *to, uint64_t *state) {
  return sprintf(to, "%c", 'a' + (int)(next(state) % 12));
}

static int different(char *to, uint64_t *state) {
  return sprintf(to, "item %016llx", (unsigned long long)next(state));
}

static int quoted_number(char *to, uint64_t *state) {
  return sprintf(to, "\"%.3f\"", between(state, -100, 100));
}

static int quoted(char *to, uint64_t *state) {
  static const char *const texts[] = {"\"low, fat\"", "\"a \"\"b\"\"\"", "\"Southampton\"", "\"no\""};
  return sprintf(to, "%s", texts[next(state) % 4]);
}

typedef struct kind {
  const char *name, *title;
  int (*cell)(char *to, uint64_t *state);
  size_t rows; /* 0: as many as make SIZE bytes */
} kind;

static const kind kinds[] = {
    {"numbers", "numbers, five decimals", number, 0},
    {"full", "numbers, 17 digits", full_number, 0},
    {"whole", "whole numbers", whole, 0},
    {"categories", "categories", category, 0},
    {"letters", "categories of a letter", letter, 0},
    {"different", "texts, all different", different, 0},
    {"quoted_numbers", "numbers in quotes", quoted_number, 0},
    {"quoted", "texts in quotes", quoted, 0},
    {"million", "numbers, a million rows", number, MILLION},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

typedef struct text {
  char *bytes;
  size_t size;
} text;

/* COLUMNS of a kind, and a label. */
static text make_table(const kind *of) {
  uint64_t state = 1;
  const size_t most_row = (COLUMNS + 1) * MOST_CELL, room = of->rows ? of->rows * most_row / 4 : SIZE + 2 * most_row;
  text made = {malloc(room), 0};
  for (int i = 0; i < COLUMNS; i++)
    made.size += (size_t)sprintf(made.bytes + made.size, "column %d,", i);
  made.size += (size_t)sprintf(made.bytes + made.size, "class\n");
  for (size_t row = 0; of->rows ? row < of->rows : made.size < SIZE; row++) {
    for (int i = 0; i < COLUMNS; i++) {
      made.size += (size_t)of->cell(made.bytes + made.size, &state);
      made.bytes[made.size++] = ',';
    }
    made.size += (size_t)sprintf(made.bytes + made.size, "class %d\n", (int)(next(&state) % 10));
  }
  return made;
}

/* ---- reading them ------------------------------------------------------------------------------------------------ */

static size_t sink;

static double best_of(void (*run)(triplet_context *context, const text *of), triplet_context *context, const text *of) {
  double best = 1e9;
  for (int i = 0; i < RUNS; i++) {
    const double start = seconds();
    run(context, of);
    const double time = seconds() - start;
    best = time < best ? time : best;
  }
  return best;
}

static void library(triplet_context *context, const text *of) {
  triplet_table_options options = triplet_table_default_options();
  options.label = "class";
  options.missing_texts = (triplet_texts){NULL, 0};
  const char *const names[] = {"column 0"};
  options.keep = (triplet_texts){names, 1}; /* of different texts something has to be learned from */
  triplet_table *table;
  if (triplet_table_read(context, &options, of->bytes, of->size, &table) != TRIPLET_OK) {
    fprintf(stderr, "%s\n", triplet_context_error(context)->message);
    exit(1);
  }
  sink += triplet_table_rows(table);
  triplet_table_destroy(table);
}

static void line_ends(triplet_context *context, const text *of) {
  (void)context;
  const char *const end = of->bytes + of->size;
  for (const char *at = of->bytes; (at = memchr(at, '\n', (size_t)(end - at))); at++)
    sink++;
}

/* A number or a copy of each cell, without quotes, and nothing known of columns. */
static void by_hand(triplet_context *context, const text *of) {
  (void)context;
  char **texts = malloc(of->size / 2 * sizeof *texts), cell[MOST_CELL];
  double *numbers = malloc(of->size / 2 * sizeof *numbers);
  size_t count = 0, text_count = 0, length = 0;
  for (size_t i = 0; i < of->size; i++) {
    const char c = of->bytes[i];
    if (c != ',' && c != '\n') {
      cell[length++] = c;
      continue;
    }
    cell[length] = 0;
    char *end;
    numbers[count++] = strtod(cell, &end);
    if (*end) {
      texts[text_count] = malloc(length + 1);
      memcpy(texts[text_count++], cell, length + 1);
    }
    length = 0;
  }
  sink += count;
  while (text_count)
    free(texts[--text_count]);
  free(numbers);
  free(texts);
}

static void print_kind(const kind *of) {
  text table = make_table(of);
  meter memory = {0};
  const triplet_allocator allocator = {metered_allocate, metered_release, &memory};
  triplet_context *context = triplet_context_create(&allocator);
  const double lines = best_of(line_ends, NULL, &table), hand = best_of(by_hand, NULL, &table),
               time = best_of(library, context, &table);
  printf("  %-26s %6.1f MB %8.1f ms %6.0f MB/s  %5.2f x by hand  %5.1f x its line ends  %5.1f MB held\n", of->title,
         1e-6 * (double)table.size, 1e3 * time, 1e-6 * (double)table.size / time, hand / time, time / lines,
         1e-6 * (double)memory.peak);
  fflush(stdout);
  triplet_context_destroy(context);
  free(table.bytes);
}

int main(int count, char **arguments) {
  if (count == 1)
    puts("tables of 10 columns and a label, on one thread");
  for (size_t i = 0; i < KINDS; i++) {
    if (count == 1) {
      print_kind(&kinds[i]);
      continue;
    }
    if (count != 3 || strcmp(arguments[2], kinds[i].name) != 0)
      continue;
    text table = make_table(&kinds[i]);
    triplet_context *context = triplet_context_create(NULL);
    if (strcmp(arguments[1], "write") == 0)
      fwrite(table.bytes, 1, table.size, stdout);
    else
      printf("%g\n", best_of(library, context, &table));
    triplet_context_destroy(context);
    free(table.bytes);
  }
  return sink == SIZE_MAX;
}
