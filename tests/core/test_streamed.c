/* Gradients of triplets that are written around the cache, as those are that are larger than it: whichever of the three
 * are wanted, and wherever they lie in memory, each row has the bits that it has in a batch of a few. */
#include "support.h"

#include <string.h>

enum { D = 8, TILE = 4096, TILES = (1 << 22) / (D * TILE), ROWS = TILES * TILE, PARTS = 3 };

/* The same few rows over and over. */
static floats repeated(const floats *tile) {
  floats all = floats_make((size_t)ROWS * D, 0);
  for (size_t i = 0; i < TILES; i++)
    memcpy(all.data + i * tile->count, tile->data, tile->count * sizeof(float));
  return all;
}

static triplet_matrix rows_of(const floats *list) {
  return triplet_matrix_of(list->data, list->count / D, D);
}

static triplet_status gradients_of(const floats inputs[PARTS], triplet_gradients to) {
  triplet_options options = triplet_margin_options();
  options.reduction = TRIPLET_REDUCTION_SUM;
  options.distance = TRIPLET_DISTANCE_SQUARED;
  triplet_result result;
  return triplet_margin_loss(context, &options,
                             &(triplet_explicit){rows_of(&inputs[0]), rows_of(&inputs[1]), rows_of(&inputs[2])}, to,
                             NULL, &result);
}

static void large_gradients_are_those_of_small_ones(void **state) {
  (void)state;
  seeded from = seeded_from(1);
  floats tiles[PARTS], inputs[PARTS], wanted[PARTS];
  for (size_t part = 0; part < PARTS; part++) {
    tiles[part] = floats_random(&from, (size_t)TILE * D, 0, 1);
    inputs[part] = repeated(&tiles[part]);
    wanted[part] = floats_make((size_t)TILE * D, 0);
  }
  assert_int_equal(gradients_of(tiles, (triplet_gradients){wanted[0].data, wanted[1].data, wanted[2].data}),
                   TRIPLET_OK);

  /* How many floats each gradient begins behind a line of the cache: none; so that they do not lie alike; so that no
   * vector begins where a row does; so that an input runs shortly after it. */
  static const struct {
    unsigned wanted; /* a bit for each gradient */
    size_t offsets[PARTS];
  } cases[] = {
      {7, {0, 0, 0}}, {1, {0, 0, 0}}, {2, {0, 0, 0}}, {4, {0, 0, 0}}, {5, {0, 0, 0}},  {6, {64, 64, 64}},
      {3, {0, 4, 0}}, {6, {4, 4, 4}}, {4, {0, 0, 1}}, {7, {1, 2, 3}}, {5, {16, 0, 0}}, {7, {0, 0, 16}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    floats outputs[PARTS] = {{0}};
    float *to[PARTS] = {NULL};
    for (size_t part = 0; part < PARTS; part++)
      if (cases[i].wanted >> part & 1) {
        outputs[part] = floats_make((size_t)ROWS * D, cases[i].offsets[part]);
        to[part] = outputs[part].data;
      }
    assert_int_equal(gradients_of(inputs, (triplet_gradients){to[0], to[1], to[2]}), TRIPLET_OK);
    for (size_t part = 0; part < PARTS; part++)
      if (to[part]) {
        for (size_t tile = 0; tile < TILES; tile++)
          assert_same_bits(to[part] + tile * TILE * D, wanted[part].data, (size_t)TILE * D, "gradient");
        floats_release(&outputs[part]);
      }
  }

  for (size_t part = 0; part < PARTS; part++) {
    floats_release(&tiles[part]);
    floats_release(&inputs[part]);
    floats_release(&wanted[part]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(large_gradients_are_those_of_small_ones),
  };
  return cmocka_run_group_tests_name("streamed", tests, NULL, NULL);
}
