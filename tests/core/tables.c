#include "tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void write_bytes(written *to, const char *bytes, size_t size) {
  if (to->room - to->size <= size) {
    to->room = 2 * to->room + size + 64;
    to->text = realloc(to->text, to->room);
    assert_non_null(to->text);
  }
  memcpy(to->text + to->size, bytes, size);
  to->size += size;
  to->text[to->size] = 0;
}

void write_format(written *to, const char *format, ...) {
  char buffer[4096];
  va_list list;
  va_start(list, format);
  const int length = vsnprintf(buffer, sizeof buffer, format, list);
  va_end(list);
  assert_true(length >= 0 && (size_t)length < sizeof buffer);
  write_bytes(to, buffer, (size_t)length);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

triplet_table *read_bytes(const char *bytes, size_t size, triplet_table_options options) {
  triplet_context *own = triplet_context_create(NULL);
  triplet_table *table = NULL;
  /* The bytes end where the memory ends, so that a sanitizer sees a read past them. */
  char *copy = malloc(size + !size);
  memcpy(copy, bytes, size);
  if (triplet_table_read(own, &options, copy, size, &table) != TRIPLET_OK)
    fail_msg("%s: %s in\n%.*s", triplet_context_error(own)->argument, triplet_context_error(own)->message,
             (int)(size < 2000 ? size : 2000), bytes);
  free(copy);
  triplet_context_destroy(own);
  return table;
}

triplet_table *read_text(const char *text, triplet_table_options options) {
  return read_bytes(text, strlen(text), options);
}

/* ---- as text ----------------------------------------------------------------------------------------------------- */

static void write_number(written *to, double number) {
  char text[40];
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, number);
    if (strtod(text, NULL) == number)
      break;
  }
  write_format(to, " %s", isnan(number) ? "_" : text);
}

static void write_cells(written *to, const triplet_column *column, size_t rows) {
  size_t missing = 0;
  for (size_t row = 0; row < rows; row++)
    if (column->numbers) {
      write_number(to, column->numbers[row]);
      missing += isnan(column->numbers[row]);
    } else if (column->codes) {
      const int32_t code = column->codes[row];
      assert_in_range(code + 1, 0, column->values.count);
      write_format(to, " %s", code < 0 ? "_" : column->values.items[code]);
      missing += code < 0;
    }
  if (column->numbers || column->codes)
    assert_int_equal(column->missing, missing);
}

char *columns_of(const triplet_table *table) {
  static const char *const kinds[] = {"number", "category", "text"}, *const uses[] = {"input", "label", "left out"};
  written made = {0};
  for (size_t i = 0; i < triplet_table_columns(table); i++) {
    const triplet_column column = triplet_table_column(table, i);
    assert_int_equal(column.use == TRIPLET_COLUMN_LABEL, triplet_table_label(table) == i);
    write_format(&made, "%s %s %s:", column.name, kinds[column.kind], uses[column.use]);
    write_cells(&made, &column, triplet_table_rows(table));
    write_format(&made, "\n");
  }
  return made.text;
}

char *notes_of(const triplet_table *table) {
  written made = {0};
  write_format(&made, "%s", "");
  for (size_t i = 0; i < triplet_table_notes(table); i++) {
    const triplet_note note = triplet_table_note(table, i);
    write_format(&made, "%s%s", note.warning ? "!" : "", note.text);
    if (note.reason || note.option)
      write_format(&made, " (%s%s%s%s%s)", note.reason ? note.reason : "", note.reason && note.option ? "; " : "",
                   note.option ? note.option : "", note.value ? " " : "", note.value ? note.value : "");
    assert_true(note.option || !note.value);
    write_format(&made, "\n");
  }
  return made.text;
}

/* ---- against what is expected ------------------------------------------------------------------------------------ */

static void assert_text(char *(*of)(const triplet_table *table), triplet_table *table, const char *expected) {
  char *got = of(table);
  if (strcmp(got, expected) != 0)
    fail_msg("expected\n%sgot\n%s", expected, got);
  free(got);
  triplet_table_destroy(table);
}

void assert_columns(const char *text, triplet_table_options options, const char *expected) {
  assert_text(columns_of, read_text(text, options), expected);
}

void assert_notes(const char *text, triplet_table_options options, const char *expected) {
  assert_text(notes_of, read_text(text, options), expected);
}

void assert_bytes_refused(const char *bytes, size_t size, triplet_table_options options, const char *message) {
  triplet_context *own = triplet_context_create(NULL);
  triplet_table *const before = (triplet_table *)&before, *table = before;
  assert_error(own, triplet_table_read(own, &options, bytes, size, &table), TRIPLET_BAD_TABLE, "bytes", message);
  assert_ptr_equal(table, before);
  triplet_context_destroy(own);
}

void assert_refused(const char *text, triplet_table_options options, const char *message) {
  assert_bytes_refused(text, strlen(text), options, message);
}
