/* The JSON of a model's header: strings with every escape and what is none, whole numbers, and UTF-8. */
#include "json.h"

#include <stdio.h>
#include <string.h>

#include "support.h"

/* The string that begins there, or NULL. text: what stands between its quotes. */
static char *string_of(const char *text, char *memory) {
  const size_t size = strlen(text);
  memcpy(memory, text, size);
  triplet_json json = {memory, memory + size};
  return triplet_json_string(&json);
}

static void strings_are_unescaped(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"\"\"", ""},
      {" \t\r\n\"a b\"", "a b"},
      {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
      {"\"\\u0041\\u007f\\u00e9\\u07ff\\u0800\\uFFFd\"", "A\x7f\xc3\xa9\xdf\xbf\xe0\xa0\x80\xef\xbf\xbd"},
      {"\"\\ud800\\udc00\"", "\xf0\x90\x80\x80"},
      {"\"\\uDBFF\\uDfff!\"", "\xf4\x8f\xbf\xbf!"},
      {"\"\\ud7ff\\ue000\"", "\xed\x9f\xbf\xee\x80\x80"},
  };
  char memory[128];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const char *got = string_of(cases[i][0], memory);
    assert_non_null(got);
    assert_string_equal(got, cases[i][1]);
  }
}

static void what_is_no_string_is_refused(void **state) {
  (void)state;
  static const char *const cases[] = {
      "",
      "a\"",
      "\"a",
      "\"a\n\"",
      "\"\x1f\"",
      "\"\\",
      "\"\\\"",
      "\"\\x\"",
      "\"\\'\"",
      "\"\\u\"",
      "\"\\u004",
      "\"\\u004\"",
      "\"\\u00g1\"",
      "\"\\u00/1\"",
      "\"\\u00:1\"",
      "\"\\u00@1\"",
      "\"\\u00G1\"",
      "\"\\u00`1\"",
      "\"\\u0000\"",
      "\"\\ud800\"",
      "\"\\ud800x\"",
      "\"\\ud800\\\"",
      "\"\\ud800\\n\"",
      "\"\\ud800\\u",
      "\"\\ud800\\u12",
      "\"\\ud800\\u0041\"",
      "\"\\ud800\\udbff\"",
      "\"\\ud800\\ue000\"",
      "\"\\udc00\"",
      "\"\\udfff\\ud800\"",
      "\"\x80\"",
      "\"\xc3\"",
      "\"\xc3\x28\"",
  };
  char memory[128];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (string_of(cases[i], memory))
      fail_msg("taken for a string: %s", cases[i]);
}

static void numbers_are_whole_and_fit(void **state) {
  (void)state;
  const struct {
    const char *text;
    size_t value;
    ptrdiff_t read; /* characters; -1: no number */
  } cases[] = {
      {"0", 0, 1},
      {" 7,", 7, 2},
      {"10 ", 10, 2},
      {"909", 909, 3},
      {"18446744073709551615", SIZE_MAX, 20},
      {"18446744073709551616", 0, -1},
      {"99999999999999999999", 0, -1},
      {"", 0, -1},
      {"-1", 0, -1},
      {"00", 0, -1},
      {"01", 0, -1},
      {"/", 0, -1},
      {":", 0, -1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char memory[64];
    strcpy(memory, cases[i].text);
    triplet_json json = {memory, memory + strlen(memory)};
    size_t value;
    assert_int_equal(triplet_json_size(&json, &value), cases[i].read >= 0);
    if (cases[i].read >= 0) {
      assert_int_equal(value, cases[i].value);
      assert_int_equal(json.at - memory, cases[i].read);
    }
  }
}

static void marks_and_the_end(void **state) {
  (void)state;
  char text[] = " { }\t";
  triplet_json json = {text, text + strlen(text)};
  assert_false(triplet_json_take(&json, '}'));
  assert_true(triplet_json_take(&json, '{'));
  assert_false(triplet_json_ends(&json));
  assert_true(triplet_json_take(&json, '}'));
  assert_true(triplet_json_ends(&json));
  assert_false(triplet_json_take(&json, '\t')); /* white space is no mark */
}

/* As many times as strings lie in each other; what is read again is what was written. */
static void what_is_escaped_reads_back(void **state) {
  (void)state;
  static const char text[] = "a\"b\\c\n\x01\x1f\x7f\xc3\xa9", *const once =
                                                                  "a\\\"b\\\\c\\u000a\\u0001\\u001f\x7f\xc3\xa9";
  uint8_t bytes[256];
  triplet_writer writer = {bytes, 0}, counter = {NULL, 0};
  triplet_write_escaped(&writer, text, 1);
  triplet_write_escaped(&counter, text, 1);
  assert_int_equal(writer.size, strlen(once));
  assert_int_equal(counter.size, writer.size);
  assert_memory_equal(bytes, once, writer.size);

  for (int depth = 0; depth <= 3; depth++) {
    writer.size = 0;
    triplet_write_text(&writer, "\"");
    triplet_write_escaped(&writer, text, depth);
    triplet_write_text(&writer, "\"");
    if (depth == 0) {
      assert_memory_equal(bytes + 1, text, strlen(text));
      continue;
    }
    triplet_json json = {(char *)bytes, (char *)bytes + writer.size};
    char *read = triplet_json_string(&json);
    for (int more = 1; more < depth; more++) {
      assert_non_null(read);
      char inner[256];
      snprintf(inner, sizeof inner, "\"%s\"", read);
      memcpy(bytes, inner, strlen(inner));
      json = (triplet_json){(char *)bytes, (char *)bytes + strlen(inner)};
      read = triplet_json_string(&json);
    }
    assert_string_equal(read, text);
  }

  writer.size = 0;
  triplet_write_size(&writer, SIZE_MAX);
  triplet_write_size(&writer, 0);
  triplet_write_size(&writer, 10);
  assert_int_equal(writer.size, 23);
  assert_memory_equal(bytes, "18446744073709551615010", 23);
}

/* The first and last character of each length, and the bytes beside them that are none. */
static void utf8_is_told_from_other_bytes(void **state) {
  (void)state;
  const struct {
    const char *bytes;
    size_t valid; /* of 1 + strlen(bytes) with an ASCII letter behind them */
  } cases[] = {
      {"\x7f", 2},
      {"\x80", 0},
      {"\xbf", 0},
      {"\xc0\x80", 0},
      {"\xc1\xbf", 0},
      {"\xc2\x80", 3},
      {"\xdf\xbf", 3},
      {"\xc2\x7f", 0},
      {"\xc2\xc0", 0},
      {"\xe0\x9f\xbf", 0},
      {"\xe0\xa0\x80", 4},
      {"\xed\x9f\xbf", 4},
      {"\xed\xa0\x80", 0},
      {"\xed\xbf\xbf", 0},
      {"\xee\x80\x80", 4},
      {"\xef\xbf\xbf", 4},
      {"\xef\xbf", 0},
      {"\xe1\x80", 0},
      {"\xf0\x8f\xbf\xbf", 0},
      {"\xf0\x90\x80\x80", 5},
      {"\xf4\x8f\xbf\xbf", 5},
      {"\xf4\x90\x80\x80", 0},
      {"\xf5\x80\x80\x80", 0},
      {"\xff", 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (size_t before = 0; before < 18; before++) { /* eight bytes of ASCII are passed at once */
      char text[32] = "abcdefghijklmnopq";
      strcpy(text + before, cases[i].bytes);
      strcat(text, "z");
      const size_t size = strlen(text);
      assert_int_equal(triplet_utf8_length(text, size), before + cases[i].valid);
      assert_int_equal(triplet_is_utf8(text), cases[i].valid > 0);
      if (cases[i].valid > 1) /* cut off */
        assert_int_equal(triplet_utf8_length(text, size - 2), before);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(strings_are_unescaped),      cmocka_unit_test(what_is_no_string_is_refused),
      cmocka_unit_test(numbers_are_whole_and_fit),  cmocka_unit_test(marks_and_the_end),
      cmocka_unit_test(what_is_escaped_reads_back), cmocka_unit_test(utf8_is_told_from_other_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
