/* A recipe of texts so long that each of them asks for memory: whichever is missing, there is no recipe, and nothing is
 * left behind. */
#include <stdlib.h>
#include <string.h>

#include "recipe.h"
#include "support.h"

enum { TEXTS = 6 };

static triplet_status make_once(triplet_context *with, void *data) {
  triplet_recipe *made = NULL;
  const triplet_status status = triplet_recipe_make(with, data, &made);
  if (status == TRIPLET_OK) {
    const triplet_ingredients got = triplet_recipe_ingredients(made), *wanted = data;
    assert_int_equal(got.missing_texts.count, wanted->missing_texts.count);
    for (size_t i = 0; i < got.missing_texts.count; i++)
      assert_string_equal(got.missing_texts.items[i], wanted->missing_texts.items[i]);
    assert_int_equal(got.count, wanted->count);
    for (size_t j = 0; j < wanted->columns[0].value_count; j++)
      assert_string_equal(got.columns[0].values[j], wanted->columns[0].values[j]);
    assert_int_equal(triplet_recipe_inputs(made), wanted->columns[0].value_count);
  } else {
    assert_null(made);
  }
  triplet_recipe_destroy(made);
  return status;
}

static void long_texts_may_find_no_memory(void **state) {
  (void)state;
  char *texts[TEXTS];
  for (size_t i = 0; i < TEXTS; i++) { /* each longer than all before it together, twice */
    const size_t length = (size_t)100 << (2 * i);
    texts[i] = malloc(length + 1);
    memset(texts[i], 'a' + (int)i, length);
    texts[i][length] = 0;
  }
  const char *values[] = {texts[3], texts[4], texts[5]};
  const triplet_ingredient column = {
      .name = "column", .kind = TRIPLET_COLUMN_CATEGORY, .values = values, .value_count = 3};
  triplet_ingredients of = {.has_header = true,
                            .missing = TRIPLET_MISSING_ERROR,
                            .missing_texts = {(const char *const *)texts, 3},
                            .columns = &column,
                            .count = 1};
  assert_in_range(fail_each_allocation(make_once, NULL, &of), 8, 20);
  for (size_t i = 0; i < TEXTS; i++)
    free(texts[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(long_texts_may_find_no_memory),
  };
  return cmocka_run_group_tests_name("recipe_memory", tests, NULL, NULL);
}
