/* The seam of the pair losses: the rooms of a workspace. */
#include "brute.h"

#include <stdlib.h>
#include <string.h>

#include "survey.h"

/* ---- the rooms of a workspace ------------------------------------------------------------------------------------ */

/* Their names, and how many values each has, as selection.h says. */
#define ROOMS(R)                                                                                                       \
  ROOM(negatives, R)                                                                                                   \
  ROOM(positives, R + 1)                                                                                               \
  ROOM(keys, R + 1)                                                                                                    \
  ROOM(spare_keys, R + 1)                                                                                              \
  ROOM(edges, 3 * R)                                                                                                   \
  ROOM(ranks, R)                                                                                                       \
  ROOM(pick_terms, R)                                                                                                  \
  ROOM(picks, R)                                                                                                       \
  ROOM(negative_of, R)                                                                                                 \
  ROOM(candidates, R)                                                                                                  \
  ROOM(unit_squares, R)                                                                                                \
  ROOM(chances, R)                                                                                                     \
  ROOM(sums, R)                                                                                                        \
  ROOM(summary, 2 * R + 8)                                                                                             \
  ROOM(seen, R)                                                                                                        \
  ROOM(thresholds, 3 * R)                                                                                              \
  ROOM(kinds, 3 * R)                                                                                                   \
  ROOM(histogram, 3 * R + 1)                                                                                           \
  ROOM(weight_above, 3 * R + 1)                                                                                        \
  ROOM(slope_of_rank, 3 * R + 1)                                                                                       \
  ROOM(positive_slopes, R)

enum { MOST_ROOMS = 32, WORKERS = 3 };

/* One room after the other is filled with a byte of its own; afterwards all still hold theirs. */
static void rooms_share_nothing(void **state) {
  (void)state;
  for (size_t references = 1; references < 70; references++) {
    void *memory = triplet_workspaces_allocate(NULL, references, WORKERS);
    struct {
      unsigned char *data;
      size_t size;
    } rooms[WORKERS * MOST_ROOMS];
    size_t count = 0;
    for (size_t worker = 0; worker < WORKERS; worker++) {
      const triplet_workspace workspace = triplet_workspace_of(memory, references, worker);
#define ROOM(name, values)                                                                                             \
  rooms[count].data = (unsigned char *)workspace.name;                                                                 \
  rooms[count++].size = (values) * sizeof *workspace.name;
      ROOMS(references)
#undef ROOM
    }

    for (size_t i = 0; i < count; i++) {
      assert_int_equal((uintptr_t)rooms[i].data % 64, 0);
      memset(rooms[i].data, (int)i, rooms[i].size);
    }
    for (size_t i = 0; i < count; i++)
      for (size_t k = 0; k < rooms[i].size; k++)
        assert_int_equal(rooms[i].data[k], i);
    triplet_release(NULL, memory);
  }
}

/* Rooms with nothing behind them where a sanitizer watches, else with a pattern that has to stand. */
#ifdef __SANITIZE_ADDRESS__
enum { BEHIND = 0 };
#else
enum { BEHIND = 64 };
#endif

typedef struct single_rooms {
  triplet_workspace workspace;
  size_t count;
  struct {
    unsigned char *data;
    size_t size;
  } rooms[MOST_ROOMS];
} single_rooms;

static void *add_room(single_rooms *to, size_t size) {
  unsigned char *data = malloc(size + BEHIND);
  pattern_set(data + size, BEHIND);
  to->rooms[to->count].data = data;
  to->rooms[to->count++].size = size;
  return data;
}

static single_rooms single_rooms_of(size_t references) {
  single_rooms made = {0};
#define ROOM(name, values) made.workspace.name = add_room(&made, (values) * sizeof *made.workspace.name);
  ROOMS(references)
#undef ROOM
  return made;
}

static void assert_rooms_stand(const single_rooms *of) {
  for (size_t i = 0; i < of->count; i++)
    if (!pattern_stands(of->rooms[i].data + of->rooms[i].size, BEHIND))
      fail_msg("something was written behind room %zu", i);
}

/* All that is done to an anchor, in rooms of their own. */
static void look_at(const triplet_selection *selection, size_t query) {
  const size_t references = selection->sets.references.rows;
  single_rooms rooms = single_rooms_of(references);
  float *row = add_room(&rooms, references * sizeof *row);
  triplet_tally tally = {0};
  triplet_anchor anchor = triplet_anchor_at(selection, query, (triplet_span){0, references},
                                            selection->distances + query * references, &rooms.workspace);
  if (anchor.positive_count && anchor.negative_count) {
    const bool picks = triplet_is_picker(selection->options);
    if (picks)
      anchor.pick_count = triplet_pick_triplets(selection, &anchor, &rooms.workspace);
    triplet_loss_triplet.survey(selection, &anchor, &rooms.workspace, &tally);
    anchor.surveyed = true;
    if (!picks)
      triplet_loss_triplet.slopes(selection, &anchor, &rooms.workspace, (triplet_factors){1, 1}, row);
  }
  assert_rooms_stand(&rooms);
  for (size_t i = 0; i < rooms.count; i++)
    free(rooms.rooms[i].data);
}

static void nothing_is_written_beyond_a_room(void **state) {
  (void)state;
  seeded from = seeded_from(4);
  for (int round = 0; round < 3000; round++) {
    random_batch made;
    random_batch_make(&made, &from, round % 10 ? 3 : 30);
    made.batch.options.mining = (triplet_mining)(round % (TRIPLET_MINING_RANDOM + 1));
    triplet_selection selection;
    assert_int_equal(triplet_selection_create(NULL, &made.batch.options, &made.batch.in, &selection), TRIPLET_OK);
    for (size_t i = 0; i < selection.sets.queries.rows; i++)
      if (selection.usable[i])
        look_at(&selection, i);
    triplet_selection_release(NULL, &selection);
    random_batch_release(&made);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rooms_share_nothing),
      cmocka_unit_test(nothing_is_written_beyond_a_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
