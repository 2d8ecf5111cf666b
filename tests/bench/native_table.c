/* native_table.c - tables of ten columns and a label: read by the library, by what one writes without it, and their
 * line ends alone. */
#include "native.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 10, MOST_CELL = 64 };

/* ---- the tables -------------------------------------------------------------------------------------------------- */

typedef struct text {
  char *bytes;
  size_t size;
} text;

static double between(uint32_t i, double low, double high) {
  return low + (high - low) * (double)uniform(1, i);
}

/* Cell i of a table of that kind. */
static size_t write_cell(char *to, const char *kind, uint32_t i) {
  static const char *const texts[] = {"Adelie", "Chinstrap", "Gentoo", "Torgersen", "low fat", "Southampton"};
  static const char *const quoted[] = {"\"low, fat\"", "\"a \"\"b\"\"\"", "\"Southampton\"", "\"no\""};
  if (strcmp(kind, "categories") == 0)
    return (size_t)sprintf(to, "%s", texts[(size_t)between(i, 0, 6)]);
  if (strcmp(kind, "quoted") == 0)
    return (size_t)sprintf(to, "%s", quoted[(size_t)between(i, 0, 4)]);
  return (size_t)sprintf(to, "%.5f", between(i, -100, 100));
}

static text make_table(const arguments *given) {
  const char *kind = text_of(given, "kind", "numbers");
  const size_t rows = number_of(given, "rows", 200000);
  text made = {room(rows + 1, (COLUMNS + 1) * MOST_CELL / 4), 0};
  for (int i = 0; i < COLUMNS; i++)
    made.size += (size_t)sprintf(made.bytes + made.size, "column %d,", i);
  made.size += (size_t)sprintf(made.bytes + made.size, "class\n");
  for (uint32_t row = 0; row < rows; row++) {
    for (uint32_t i = 0; i < COLUMNS; i++) {
      made.size += write_cell(made.bytes + made.size, kind, row * COLUMNS + i);
      made.bytes[made.size++] = ',';
    }
    made.size += (size_t)sprintf(made.bytes + made.size, "class %d\n", (int)(row % 10));
  }
  return made;
}

/* ---- reading them ------------------------------------------------------------------------------------------------ */

typedef struct table_job {
  triplet_context *context;
  text of;
  double rows;
} table_job;

static void read_table(void *of) {
  table_job *j = of;
  triplet_table_options options = triplet_table_default_options();
  options.label = "class";
  triplet_table *table;
  need(j->context, triplet_table_read(j->context, &options, j->of.bytes, j->of.size, &table));
  j->rows = (double)triplet_table_rows(table);
  triplet_table_destroy(table);
}

static void count_line_ends(void *of) {
  table_job *j = of;
  const char *const end = j->of.bytes + j->of.size;
  j->rows = -1; /* the header */
  for (const char *at = j->of.bytes; (at = memchr(at, '\n', (size_t)(end - at))); at++)
    j->rows++;
}

/* A number or a copy of each cell, without quotes, and nothing known of columns. */
static void read_by_hand(void *of) {
  table_job *j = of;
  char **texts = room(j->of.size / 2, sizeof *texts), cell[MOST_CELL];
  double *numbers = room(j->of.size / 2, sizeof *numbers);
  size_t count = 0, text_count = 0, length = 0;
  for (size_t i = 0; i < j->of.size; i++) {
    const char c = j->of.bytes[i];
    if (c != ',' && c != '\n') {
      cell[length++] = c;
      continue;
    }
    cell[length] = 0;
    char *end;
    numbers[count++] = strtod(cell, &end);
    if (*end) {
      texts[text_count] = room(length + 1, 1);
      memcpy(texts[text_count++], cell, length + 1);
    }
    length = 0;
  }
  j->rows = (double)(count / (COLUMNS + 1) - 1);
  while (text_count)
    free(texts[--text_count]);
  free(numbers);
  free(texts);
}

static job open_table(const arguments *given) {
  const char *by = text_of(given, "by", "triplet");
  table_job *j = room(1, sizeof *j);
  *j = (table_job){context_of(given), make_table(given), 0};
  return (job){strcmp(by, "hand") == 0   ? read_by_hand
               : strcmp(by, "ends") == 0 ? count_line_ends
                                         : read_table,
               j, &j->rows, NULL};
}

/* The table, for others to read. */
static job write_table(const arguments *given) {
  const text made = make_table(given);
  fwrite(made.bytes, 1, made.size, stdout);
  return (job){0};
}

/* Rows of classes, as class_rows has them: what `triplet train` is given. */
static job write_rows(const arguments *given) {
  const size_t rows = number_of(given, "rows", 100000), cols = number_of(given, "cols", 50);
  const size_t classes = number_of(given, "classes", 10);
  float *x = class_rows(rows, cols, classes);
  for (size_t k = 0; k < cols; k++)
    printf("x%zu,", k);
  puts("class");
  for (size_t i = 0; i < rows; i++) {
    for (size_t k = 0; k < cols; k++)
      printf("%.4f,", (double)x[i * cols + k]);
    printf("c%zu\n", i % classes);
  }
  return (job){0};
}

const bench_case table_cases[] = {
    {"table", open_table}, {"write_table", write_table}, {"write_rows", write_rows}, {NULL, NULL}};
