#define _POSIX_C_SOURCE 200809L
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { MAX_FIELDS = 32, MAX_LISTS = 64 };

struct golden_file {
  FILE *stream;
  size_t fields;
  char *lines[MAX_FIELDS]; /* "key" 0 "values" 0 */
  size_t lists;
  void *values[MAX_LISTS];
};

static void forget_case(golden_file *file) {
  while (file->fields)
    free(file->lines[--file->fields]);
  while (file->lists)
    free(file->values[--file->lists]);
}

golden_file *golden_open(const char *name) {
  char path[200];
  snprintf(path, sizeof path, "tests/golden/%s", name);
  golden_file *file = calloc(1, sizeof *file);
  file->stream = fopen(path, "r");
  if (!file->stream)
    fail_msg("cannot open %s", path);
  return file;
}

void golden_close(golden_file *file) {
  forget_case(file);
  fclose(file->stream);
  free(file);
}

bool golden_next(golden_file *file) {
  forget_case(file);
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  bool ended = false;
  while (!ended && (length = getline(&line, &room, file->stream)) >= 0) {
    line[strcspn(line, "\n")] = 0;
    if (*line == '#' || !*line)
      continue;
    ended = strcmp(line, "end") == 0;
    if (ended)
      continue;
    assert_true(file->fields < MAX_FIELDS);
    char *space = strchr(line, ' ');
    if (space)
      *space = 0;
    else
      line[strlen(line) + 1] = 0;
    file->lines[file->fields++] = line;
    line = NULL;
  }
  free(line);
  return ended;
}

const char *golden_text(golden_file *file, const char *key) {
  for (size_t i = 0; i < file->fields; i++)
    if (strcmp(file->lines[i], key) == 0)
      return file->lines[i] + strlen(key) + 1;
  fail_msg("%s: no %s", file->fields ? golden_text(file, "case") : "no case", key);
  return NULL;
}

double golden_number(golden_file *file, const char *key) {
  return *golden_doubles(file, key, 1);
}

const double *golden_doubles(golden_file *file, const char *key, size_t count) {
  assert_true(file->lists < MAX_LISTS);
  double *values = malloc((count + 1) * sizeof *values);
  file->values[file->lists++] = values;
  const char *text = golden_text(file, key);
  for (size_t i = 0; i < count; i++) {
    char *end;
    values[i] = strtod(text, &end);
    if (end == text)
      fail_msg("%s: expected %zu values of %s, got %zu", golden_text(file, "case"), count, key, i);
    text = end;
  }
  if (text[strspn(text, " ")])
    fail_msg("%s: more than %zu values of %s", golden_text(file, "case"), count, key);
  return values;
}

const float *golden_floats(golden_file *file, const char *key, size_t count) {
  const double *doubles = golden_doubles(file, key, count);
  assert_true(file->lists < MAX_LISTS);
  float *values = malloc((count + 1) * sizeof *values);
  file->values[file->lists++] = values;
  for (size_t i = 0; i < count; i++)
    values[i] = (float)doubles[i];
  return values;
}
