/* A host that speaks another language: decimal commas, letters where UTF-8 has parts of one, and an i whose capital is
 * another. Whatever the library reads and writes is as it is in the C locale. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include "allocation_cases.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct language {
  const char *locale, *definition, *charmap;
} languages[] = {{"de_DE.UTF-8", "de_DE", "UTF-8"}, {"tr_TR.ISO-8859-9", "tr_TR", "ISO-8859-9"}};
enum { LANGUAGES = sizeof languages / sizeof *languages };

/* ---- everything, as bytes ---------------------------------------------------------------------------------------- */

typedef struct answer {
  triplet_status status;
  outputs outputs;
  size_t size;
  uint8_t state[65536];
} answer;

static void take(const allocation_case *of, int variant, answer *to) {
  pattern_set(&to->outputs, sizeof to->outputs);
  void *object = of->object ? of->object->make(NULL) : NULL;
  to->status = of->call(NULL, object, variant, &to->outputs);
  to->size = object ? of->object->state(object, to->state, sizeof to->state) : 0;
  if (object)
    of->object->destroy(object);
}

static void calls_answer_alike(const char *locale) {
  static answer wanted, got;
  for (size_t i = 0; i < allocation_case_count; i++)
    for (int variant = 0; variant < allocation_cases[i].variants; variant++) {
      assert_non_null(setlocale(LC_ALL, "C"));
      take(&allocation_cases[i], variant, &wanted);
      assert_non_null(setlocale(LC_ALL, locale));
      take(&allocation_cases[i], variant, &got);
      if (wanted.status != got.status || memcmp(&wanted.outputs, &got.outputs, sizeof got.outputs) != 0 ||
          wanted.size != got.size || memcmp(wanted.state, got.state, got.size) != 0)
        fail_msg("%s, %d: not in %s what it is in C", allocation_cases[i].function, variant, locale);
    }
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static void cells_are_read_alike(void) {
  static const char text[] = "ID,size,\xe7\xc4\xb1\n7,0.5,i\n3,-1.25e1,I\n9,NULL,\xc4\xb1\n4,\"2,5\",I\n";
  triplet_table_options options = triplet_table_default_options();
  options.separator = TRIPLET_SEPARATOR_COMMA;
  options.encoding = TRIPLET_ENCODING_LATIN1;
  triplet_table *table = NULL;
  assert_int_equal(triplet_table_read(context, &options, text, sizeof text - 1, &table), TRIPLET_OK);
  const triplet_column id = triplet_table_column(table, 0), size = triplet_table_column(table, 1);
  assert_int_equal(id.use, TRIPLET_COLUMN_LEFT_OUT);    /* ID is id in capitals, also where that is \u0131d */
  assert_int_equal(size.kind, TRIPLET_COLUMN_CATEGORY); /* 2,5 is no number where commas separate cells */
  assert_int_equal(size.missing, 1);
  assert_string_equal(triplet_table_column(table, 2).name, "\xc3\xa7\xc3\x84\xc2\xb1");
  assert_int_equal(triplet_table_column(table, 2).values.count, 3);
  triplet_table_destroy(table);
}

static void words_are_read_alike(void) {
  static const char text[] = "one 0.5 -1.25e1\ntwo 3 .75\n";
  triplet_vectors *vectors = NULL;
  assert_int_equal(
      triplet_vectors_read(context, TRIPLET_FORMAT_TEXT, NULL, (const uint8_t *)text, sizeof text - 1, &vectors),
      TRIPLET_OK);
  const float expected[] = {0.5f, -12.5f, 3, 0.75f};
  assert_int_equal(triplet_vectors_matrix(vectors).cols, 2);
  assert_memory_equal(triplet_vectors_matrix(vectors).data, expected, sizeof expected);
  triplet_vectors_destroy(vectors);
}

static void messages_have_points(void) {
  triplet_options options = triplet_batch_options();
  options.p = 0.25;
  assert_error(context, triplet_schema_check(context, TRIPLET_SCHEMA_BATCH_LOSS, &options), TRIPLET_INVALID_ARGUMENT,
               "p", "expected a number in [1, inf], got 0.25");
  assert_int_equal(triplet_schema_set_text(context, TRIPLET_SCHEMA_BATCH_LOSS, &options, "mining", "INFO"),
                   TRIPLET_INVALID_ARGUMENT);
}

/* ---- in each language -------------------------------------------------------------------------------------------- */

static char folder[] = "/tmp/triplet-locales-XXXXXX";

static void is_the_same(void **state) {
  const struct language *of = *state;
  calls_answer_alike(of->locale);
  assert_non_null(setlocale(LC_ALL, of->locale));
  assert_string_equal(localeconv()->decimal_point, ",");
  cells_are_read_alike();
  words_are_read_alike();
  messages_have_points();
}

static void in_c(void **state) {
  (void)state;
  cells_are_read_alike();
  words_are_read_alike();
  messages_have_points();
}

static int back_in_c(void **state) {
  setlocale(LC_ALL, "C");
  return destroy_context(state);
}

static int make_locales(void **state) {
  (void)state;
  allocation_cases_begin();
  if (!mkdtemp(folder) || setenv("LOCPATH", folder, 1))
    return 1;
  for (size_t i = 0; i < LANGUAGES; i++) {
    char command[256];
    snprintf(command, sizeof command, "localedef -i %s -f %s %s/%s", languages[i].definition, languages[i].charmap,
             folder, languages[i].locale);
    if (system(command))
      return 1;
  }
  return 0;
}

static int remove_locales(void **state) {
  (void)state;
  char command[64];
  snprintf(command, sizeof command, "rm -r %s", folder);
  return system(command);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      {"in C", in_c, create_context, destroy_context, NULL},
      {"in German", is_the_same, create_context, back_in_c, &languages[0]},
      {"in Turkish, of one byte a letter", is_the_same, create_context, back_in_c, &languages[1]},
  };
  return cmocka_run_group_tests_name("locales", tests, make_locales, remove_locales);
}
