/* Texts that a dictionary tells apart though their hashes agree: slots hold half of a hash, and the texts decide. */
#include "dictionary.h"

#include <string.h>

#include "support.h"

/* The hash of each two is the same: of one length, and of two lengths. */
static const char *const alike[][2] = {
    {"ngfanbhbaaAaaaaA", "mdllrtem&31i1|P>"},
    {"rrkhgyejaabaaAAa", "wvcucwhdujyaemmussc{6.9n"},
};

static void texts_of_one_hash_are_told_apart(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++)
    for (size_t first = 0; first < 2; first++) {
      const char *const one = alike[i][first], *const other = alike[i][1 - first];
      triplet_dictionary made = triplet_dictionary_of(context);
      assert_int_equal(triplet_dictionary_code(&made, one, strlen(one)), 0);
      assert_int_equal(triplet_dictionary_find(&made, other, strlen(other)), TRIPLET_NO_CODE);
      assert_int_equal(triplet_dictionary_code(&made, other, strlen(other)), 1);
      assert_int_equal(triplet_dictionary_find(&made, one, strlen(one)), 0);
      assert_int_equal(triplet_dictionary_find(&made, other, strlen(other)), 1);
      assert_string_equal(triplet_dictionary_text(&made, 0), one);
      assert_string_equal(triplet_dictionary_text(&made, 1), other);
      assert_int_equal(made.count, 2);
      triplet_dictionary_release(&made);
    }
}

/* What begins as a text does is another. */
static void a_beginning_is_another_text(void **state) {
  (void)state;
  static const char text[] = "abcdefghijklmnopqrstuvwxyz";
  triplet_dictionary made = triplet_dictionary_of(context);
  for (size_t length = 0; length < sizeof text; length++)
    assert_int_equal(triplet_dictionary_code(&made, text, length), (int32_t)length);
  for (size_t length = 0; length < sizeof text; length++) {
    assert_int_equal(triplet_dictionary_code(&made, text, length), (int32_t)length);
    assert_int_equal(strlen(triplet_dictionary_text(&made, length)), length);
  }
  triplet_dictionary_release(&made);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(texts_of_one_hash_are_told_apart),
      WITH_CONTEXT(a_beginning_is_another_text),
  };
  return cmocka_run_group_tests_name("dictionary", tests, NULL, NULL);
}
