/* Batches of P classes x K rows against what triplet.h says of them. */
#include "sampler.h"

#include <stdlib.h>

#include "keys.h"

#include "support.h"

/* 6 classes: of 7, 4, 2, 1, 2 and 1 rows, mixed. */
static const int32_t numbers[] = {7, -2, 7, 0, 9, -2, 7, 3, 0, 9, 7, -2, 5, 7, 7, -2, 7};
static const triplet_labels labels = {.integers = {numbers, sizeof numbers / sizeof *numbers}};

static size_t rows_of(triplet_labels of, int32_t label) {
  size_t count = 0;
  for (size_t i = 0; i < of.integers.count; i++)
    count += of.integers.data[i] == label;
  return count;
}

static triplet_sampler *make(triplet_sampler_name name, triplet_labels of, size_t p, size_t k, int64_t seed) {
  triplet_sampler_options options = triplet_sampler_default_options();
  options.sampler = name;
  options.classes_per_batch = p;
  options.rows_per_class = k;
  options.seed = seed;
  triplet_sampler *sampler = NULL;
  assert_int_equal(triplet_sampler_create(NULL, &options, of, &sampler), TRIPLET_OK);
  return sampler;
}

/* A batch, whose memory is exactly as large as it has to be. */
typedef struct batch {
  int32_t *rows;
  size_t count;
} batch;

static batch next(triplet_sampler *sampler) {
  batch made = {malloc(triplet_sampler_batch_rows(sampler) * sizeof *made.rows + 1), 0};
  made.count = triplet_sampler_next(sampler, made.rows);
  assert_true(made.count <= triplet_sampler_batch_rows(sampler));
  return made;
}

/* Whole rows, none twice, each class in one piece; returns how many classes there are. counts: of each row, or NULL. */
static size_t check_rows(batch of, triplet_labels from, size_t *counts) {
  size_t classes = 0;
  for (size_t i = 0; i < of.count; i++) {
    assert_in_range(of.rows[i], 0, from.integers.count - 1);
    const int32_t label = from.integers.data[of.rows[i]];
    const bool first = i == 0 || from.integers.data[of.rows[i - 1]] != label;
    classes += first;
    for (size_t j = 0; j < i; j++) {
      assert_true(of.rows[j] != of.rows[i]);
      assert_true(!first || from.integers.data[of.rows[j]] != label);
    }
    if (counts)
      counts[of.rows[i]]++;
  }
  return classes;
}

static size_t at_most(size_t value, size_t most) {
  return value < most ? value : most;
}

/* ---- balanced ---------------------------------------------------------------------------------------------------- */

/* Between any two uses of a row the class's other rows are all used, but for those of the batch a cycle began in. */
static void balanced_batches(void **unused) {
  (void)unused;
  for (size_t p = 2; p <= 9; p++)
    for (size_t k = 2; k <= 9; k++) {
      triplet_sampler *sampler = make(TRIPLET_SAMPLER_BALANCED, labels, p, k, (int64_t)(10 * p + k));
      size_t counts[17] = {0};
      for (int repeat = 0; repeat < 200; repeat++) {
        const batch drawn = next(sampler);
        check_rows(drawn, labels, counts);

        size_t classes = 0, full = 0, single = 0;
        for (size_t i = 0; i < drawn.count; i++) {
          const int32_t label = numbers[drawn.rows[i]];
          const size_t members = rows_of(labels, label);
          single += members == 1;
          if (members < 2 || (i && numbers[drawn.rows[i - 1]] == label))
            continue;
          classes++;
          size_t taken = 0;
          for (size_t j = 0; j < drawn.count; j++)
            taken += numbers[drawn.rows[j]] == label;
          assert_int_equal(taken, at_most(k, members));
          full += taken;
        }

        assert_int_equal(classes, at_most(p, 4)); /* single rows are no class to draw */
        assert_int_equal(single, at_most(2, p * k - full));
        free(drawn.rows);

        for (size_t i = 0; i < labels.integers.count; i++)
          for (size_t j = 0; j < labels.integers.count; j++)
            if (numbers[i] == numbers[j])
              assert_true(counts[i] <= counts[j] + 1);
      }
      triplet_sampler_destroy(sampler);
    }
}

/* Each class as often as any other, and rows of a class in other company than before. */
static void balanced_is_fair(void **unused) {
  (void)unused;
  enum { DRAWS = 20000 };
  triplet_sampler *sampler = make(TRIPLET_SAMPLER_BALANCED, labels, 2, 2, 1);
  size_t counts[17] = {0}, together = 0;
  for (int i = 0; i < DRAWS; i++) {
    const batch drawn = next(sampler);
    check_rows(drawn, labels, counts);
    for (size_t j = 0; j + 1 < drawn.count; j++)
      together += drawn.rows[j] == 0 && drawn.rows[j + 1] == 2;
    free(drawn.rows);
  }
  for (size_t i = 0; i < labels.integers.count; i++) {
    const size_t members = rows_of(labels, numbers[i]);
    const double expected = members < 2 ? 0 : DRAWS * 0.5 * 2 / (double)members; /* 2 of 4 classes, 2 rows each */
    assert_true(fabs((double)counts[i] - expected) <= 0.03 * expected);
  }
  /* Of the 42 ordered pairs of the 7 rows each comes about as often. */
  assert_true(fabs((double)together - DRAWS * 0.5 / 42) <= 0.3 * DRAWS * 0.5 / 42);
  triplet_sampler_destroy(sampler);
}

/* ---- epoch ------------------------------------------------------------------------------------------------------- */

typedef struct shape {
  size_t p, k, classes;
  size_t sizes[12]; /* of the classes, taken in turn */
} shape;

/* Every row once an epoch, groups of K rows of a class, no class twice in a batch, and no batch of one class where
 * there are groups enough for company. */
static void epochs(void **unused) {
  (void)unused;
  static const shape shapes[] = {
      {.p = 2, .k = 4, .classes = 3, .sizes = {4}},
      {.p = 8, .k = 8, .classes = 10, .sizes = {179, 182}},
      {.p = 3, .k = 5, .classes = 7, .sizes = {1, 2, 5, 6, 11}},
      {.p = 8, .k = 2, .classes = 60, .sizes = {2}},
      {.p = 4, .k = 3, .classes = 2, .sizes = {40, 3}},
      {.p = 5, .k = 4, .classes = 9, .sizes = {1}},
      {.p = 1000, .k = 1000, .classes = 4, .sizes = {9}},
      {.p = 2, .k = 2, .classes = 5, .sizes = {2}},
      {.p = 2, .k = 3, .classes = 11, .sizes = {1, 30, 2}},
      {.p = 4, .k = 4, .classes = 1, .sizes = {9}},
      {.p = 3, .k = 2, .classes = 12, .sizes = {3, 4, 5}},
      {.p = 7, .k = 8, .classes = 12, .sizes = {64, 65, 1}},
  };

  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    const shape *of = &shapes[s];
    size_t sizes = 0, rows = 0, groups = 0, most = 0;
    while (sizes < 12 && of->sizes[sizes])
      sizes++;

    int32_t *list = malloc(4000 * sizeof *list);
    for (size_t c = 0; c < of->classes; c++) {
      const size_t members = of->sizes[c % sizes], cut = (members + of->k - 1) / of->k;
      for (size_t i = 0; i < members; i++)
        list[rows++] = (int32_t)c - 3;
      groups += cut;
      most = cut > most ? cut : most;
    }

    for (size_t i = rows; i-- > 1;) { /* mixed, so that places say nothing */
      const size_t at = (i * 7919) % (i + 1);
      const int32_t kept = list[i];
      list[i] = list[at];
      list[at] = kept;
    }

    const triplet_labels from = triplet_labels_of(list, rows);
    triplet_sampler *sampler = make(TRIPLET_SAMPLER_EPOCH, from, of->p, of->k, (int64_t)s);
    for (size_t epoch = 1; epoch <= 4; epoch++) {
      size_t *counts = calloc(rows, sizeof *counts), used = 0, batches = 0, last = 0, mixed = 0;
      while (used < rows) {
        const batch drawn = next(sampler);
        last = check_rows(drawn, from, counts);
        for (size_t i = 0; i < drawn.count; i++) {
          size_t taken = 0;
          for (size_t j = 0; j < drawn.count; j++)
            taken += list[drawn.rows[i]] == list[drawn.rows[j]];
          assert_true(taken <= of->k);
        }
        assert_true(drawn.count > 0);
        used += drawn.count;
        batches++;
        mixed += last > 1;
        free(drawn.rows);
      }

      assert_int_equal(used, rows); /* no batch straddles two epochs */
      for (size_t i = 0; i < rows; i++)
        assert_int_equal(counts[i], 1);
      assert_true(last > 1 || mixed == 0);
      if (most <= groups / 2)
        assert_int_equal(mixed, batches);

      const size_t wanted = (groups + of->p - 1) / of->p;
      assert_true(batches <= (wanted > most ? wanted : most));
      free(counts);
    }
    triplet_sampler_destroy(sampler);
    free(list);
  }
}

/* Epochs differ, and so do their batches' companies. */
static void epochs_differ(void **unused) {
  (void)unused;
  int32_t list[128];
  for (int i = 0; i < 128; i++)
    list[i] = i % 16;
  triplet_sampler *sampler = make(TRIPLET_SAMPLER_EPOCH, triplet_labels_of(list, 128), 4, 2, 3);
  bool met[16][16] = {{false}};
  for (int i = 0; i < 20 * 16; i++) {
    const batch drawn = next(sampler);
    for (size_t a = 0; a < drawn.count; a++)
      for (size_t b = 0; b < drawn.count; b++)
        met[list[drawn.rows[a]]][list[drawn.rows[b]]] = true;
    free(drawn.rows);
  }
  for (int a = 0; a < 16; a++)
    for (int b = 0; b < 16; b++)
      assert_true(met[a][b]);
  triplet_sampler_destroy(sampler);
}

/* ---- where it is ------------------------------------------------------------------------------------------------- */

static const triplet_sampler_name both[] = {TRIPLET_SAMPLER_BALANCED, TRIPLET_SAMPLER_EPOCH};

/* A fresh sampler goes on where an old one was, at every step; a batch that is not accepted comes again. */
static void resumes(void **unused) {
  (void)unused;
  for (size_t which = 0; which < 2; which++)
    for (size_t k = 2; k <= 5; k++) {
      triplet_sampler *old = make(both[which], labels, 3, k, 5);
      for (int repeat = 0; repeat < 60; repeat++) {
        int64_t state[200];
        const size_t count = triplet_sampler_state(old, NULL);
        assert_true(count <= 200 && triplet_sampler_state(old, state) == count);
        triplet_sampler *fresh = make(both[which], labels, 3, k, 5);
        assert_true(triplet_sampler_restore(fresh, state, count));
        int32_t refused[17];
        const size_t size = triplet_sampler_draw(old, refused);
        const batch one = next(old), two = next(fresh);
        assert_int_equal(one.count, two.count);
        assert_memory_equal(one.rows, two.rows, one.count * sizeof *one.rows);
        assert_int_equal(size, one.count);
        assert_memory_equal(refused, one.rows, size * sizeof *refused);
        triplet_sampler_destroy(fresh);
        free(one.rows);
        free(two.rows);
      }
      triplet_sampler_destroy(old);
    }
}

/* Numbers that are no sampler's leave it as it was. */
static void refuses_other_states(void **unused) {
  (void)unused;
  for (size_t which = 0; which < 2; which++) {
    triplet_sampler *old = make(both[which], labels, 3, 3, 5);
    for (int i = 0; i < 7; i++)
      free(next(old).rows);

    int64_t state[200], before[200];
    const size_t count = triplet_sampler_state(old, state);
    triplet_sampler *other = make(both[which], labels, 3, 3, 5);
    free(next(other).rows);
    const size_t held = triplet_sampler_state(other, before);

    seeded from = seeded_from(77);
    for (int repeat = 0; repeat < 20000; repeat++) {
      int64_t wrong[200], now[200];
      memcpy(wrong, state, count * sizeof *wrong);
      static const int64_t values[] = {INT64_MIN, -1, 0, 1, 2, 3, 5, 16, 17, 100, INT64_MAX};
      for (size_t changes = 1 + seeded_below(&from, 3); changes; changes--)
        wrong[seeded_below(&from, count)] = values[seeded_below(&from, 11)];

      const size_t cut = seeded_below(&from, 4) ? count : seeded_below(&from, count + 1);
      if (triplet_sampler_restore(other, wrong, cut)) {
        for (int i = 0; i < 3; i++) { /* plausible numbers give sound batches */
          const batch drawn = next(other);
          check_rows(drawn, labels, NULL);
          free(drawn.rows);
        }
        assert_true(triplet_sampler_restore(other, before, held));
      }

      assert_int_equal(triplet_sampler_state(other, now), held);
      assert_memory_equal(now, before, held * sizeof *now);
    }
    triplet_sampler_destroy(other);
    triplet_sampler_destroy(old);
  }
}

/* K that changes keeps the cycles, and begins the next epoch. */
static void goes_on_with_other_shapes(void **unused) {
  (void)unused;
  int64_t state[200];
  triplet_sampler *old = make(TRIPLET_SAMPLER_BALANCED, labels, 4, 3, 5), *fresh;
  size_t counts[17] = {0};
  for (int i = 0; i < 9; i++) {
    const batch drawn = next(old);
    check_rows(drawn, labels, counts);
    free(drawn.rows);
    const size_t count = triplet_sampler_state(old, state);
    fresh = make(TRIPLET_SAMPLER_BALANCED, labels, 4, 2 + (size_t)i % 4, 5);
    assert_true(triplet_sampler_restore(fresh, state, count));
    triplet_sampler_destroy(old);
    old = fresh;
    for (size_t a = 0; a < 17; a++)
      for (size_t b = 0; b < 17; b++)
        assert_true(numbers[a] != numbers[b] || counts[a] <= counts[b] + 1);
  }
  triplet_sampler_destroy(old);

  old = make(TRIPLET_SAMPLER_EPOCH, labels, 3, 2, 5);
  free(next(old).rows);
  const size_t count = triplet_sampler_state(old, state);
  fresh = make(TRIPLET_SAMPLER_EPOCH, labels, 4, 4, 5);
  assert_true(triplet_sampler_restore(fresh, state, count));
  size_t once[17] = {0}, used = 0;
  while (used < 17) {
    const batch drawn = next(fresh);
    check_rows(drawn, labels, once);
    used += drawn.count;
    free(drawn.rows);
  }
  for (size_t i = 0; i < 17; i++)
    assert_int_equal(once[i], 1);
  triplet_sampler_destroy(fresh);
  fresh = make(TRIPLET_SAMPLER_BALANCED, labels, 4, 4, 5);
  assert_false(triplet_sampler_restore(fresh, state, count));
  triplet_sampler_destroy(fresh);
  triplet_sampler_destroy(old);
}

/* ---- several labels a row ---------------------------------------------------------------------------------------- */

/* Rows of 0 to 4 labels, some of them there twice, and a row of two labels that no other has. */
enum { SET_ROWS = 40, SET_LABELS = 9, SET_ROOM = 5 * SET_ROWS };

typedef struct label_sets {
  int32_t integers[SET_ROOM], ends[SET_ROWS];
  triplet_labels labels;
  bool has[SET_LABELS][SET_ROWS];
  size_t sizes[SET_LABELS]; /* rows of each label */
} label_sets;

static void add_label(label_sets *to, size_t row, int32_t label) {
  to->integers[to->ends[row]++] = label;
  to->sizes[label] += !to->has[label][row];
  to->has[label][row] = true;
}

static void fill_sets(label_sets *to, seeded *from) {
  *to = (label_sets){.ends = {0}};
  for (size_t row = 0; row < SET_ROWS; row++) {
    to->ends[row] = row ? to->ends[row - 1] : 0;
    for (size_t count = row % 5; count; count--) {
      const size_t label = seeded_below(from, SET_LABELS - 2); /* low ones come often */
      add_label(to, row, (int32_t)seeded_below(from, label + 1));
    }
    for (int32_t label = SET_LABELS - 2; row == 20 && label < SET_LABELS; label++)
      add_label(to, row, label);
  }
  to->labels = triplet_label_sets_of(to->integers, to->ends, SET_ROWS);
}

static bool has_company(const label_sets *sets, size_t row) {
  for (size_t label = 0; label < SET_LABELS; label++)
    if (sets->has[label][row] && sets->sizes[label] > 1)
      return true;
  return false;
}

/* Rows with a label, none of them twice. */
static void check_distinct(batch of, const label_sets *sets) {
  for (size_t i = 0; i < of.count; i++) {
    assert_in_range(of.rows[i], 0, SET_ROWS - 1);
    assert_true(triplet_labels_at(sets->labels, (size_t)of.rows[i]).count > 0);
    for (size_t j = 0; j < i; j++)
      assert_true(of.rows[j] != of.rows[i]);
  }
}

static size_t count_of(batch of, const label_sets *sets, size_t label) {
  size_t count = 0;
  for (size_t i = 0; i < of.count; i++)
    count += sets->has[label][of.rows[i]];
  return count;
}

/* The classes that were drawn are known by their cycles, which went on. Of each, as many rows as it gives are there,
 * and in every cycle all of its rows were. */
static void balanced_sets(void **unused) {
  (void)unused;
  seeded from = seeded_from(3);
  for (int round = 0; round < 60; round++) {
    label_sets sets;
    fill_sets(&sets, &from);
    const size_t p = 2 + (size_t)round % 5, k = 2 + (size_t)round % 4;
    size_t classes = 0, singles = 0, large[SET_LABELS];
    for (size_t row = 0; row < SET_ROWS; row++)
      singles += triplet_labels_at(sets.labels, row).count > 0 && !has_company(&sets, row);
    for (size_t label = 0; label < SET_LABELS; label++)
      if (sets.sizes[label] > 1)
        large[classes++] = label;

    triplet_sampler *sampler = make(TRIPLET_SAMPLER_BALANCED, sets.labels, p, k, round);
    int64_t before[400], after[400];
    size_t seen[SET_LABELS][SET_ROWS] = {{0}}; /* when it was last in a batch of that class, counted from 1 */
    size_t began[SET_LABELS] = {0};            /* the batch in which the class's last whole cycle began */
    triplet_sampler_state(sampler, before);
    for (size_t time = 1; time <= 80; time++) {
      const batch drawn = next(sampler);
      check_distinct(drawn, &sets);
      assert_true(triplet_sampler_state(sampler, after) <= 400);

      size_t drawn_classes = 0, full = 0, alone = 0;
      const int64_t *was = before + 5, *is = after + 5; /* cycle, used, repeated rows of each class */
      for (size_t c = 0; c < classes; c++, was += 3 + was[2], is += 3 + is[2]) {
        const size_t label = large[c], gives = at_most(k, sets.sizes[label]);
        if (was[0] == is[0] && was[1] == is[1])
          continue;
        drawn_classes++;
        assert_true(count_of(drawn, &sets, label) >= gives);
        assert_int_equal((is[0] - was[0]) * (int64_t)sets.sizes[label] + is[1] - was[1], gives);
        for (size_t i = 0; i < drawn.count; i++)
          seen[label][drawn.rows[i]] = time;
        if (is[0] != was[0]) {
          for (size_t row = 0; row < SET_ROWS; row++)
            assert_true(!sets.has[label][row] || seen[label][row] >= began[label]);
          began[label] = time;
        }
      }
      assert_int_equal(drawn_classes, at_most(p, classes));

      for (size_t i = 0; i < drawn.count; i++)
        alone += !has_company(&sets, (size_t)drawn.rows[i]);
      full = drawn.count - alone;
      assert_int_equal(alone, at_most(singles, p * k - full));
      memcpy(before, after, sizeof before);
      free(drawn.rows);
    }
    triplet_sampler_destroy(sampler);
  }
}

/* Every row that has a label once an epoch, at most K together of those whose rarest label is the same. */
static void epochs_of_sets(void **unused) {
  (void)unused;
  seeded from = seeded_from(4);
  for (int round = 0; round < 60; round++) {
    label_sets sets;
    fill_sets(&sets, &from);
    size_t rarest[SET_ROWS], labelled = 0;
    for (size_t row = 0; row < SET_ROWS; row++) {
      rarest[row] = SET_LABELS;
      for (size_t label = 0; label < SET_LABELS; label++)
        if (sets.has[label][row] && sets.sizes[label] > 1 &&
            (rarest[row] == SET_LABELS || sets.sizes[label] < sets.sizes[rarest[row]]))
          rarest[row] = label;
      labelled += triplet_labels_at(sets.labels, row).count > 0;
    }

    const size_t p = 2 + (size_t)round % 5, k = 2 + (size_t)round % 4;
    triplet_sampler *sampler = make(TRIPLET_SAMPLER_EPOCH, sets.labels, p, k, round);
    for (int epoch = 0; epoch < 4; epoch++) {
      size_t counts[SET_ROWS] = {0};
      for (size_t used = 0; used < labelled;) {
        const batch drawn = next(sampler);
        check_distinct(drawn, &sets);
        size_t together[SET_LABELS + 1] = {0};
        for (size_t i = 0; i < drawn.count; i++) {
          counts[drawn.rows[i]]++;
          together[rarest[drawn.rows[i]]]++;
        }
        for (size_t label = 0; label < SET_LABELS; label++)
          assert_true(together[label] <= k);
        used += drawn.count;
        assert_true(drawn.count > 0 && used <= labelled);
        free(drawn.rows);
      }
      for (size_t row = 0; row < SET_ROWS; row++)
        assert_int_equal(counts[row], triplet_labels_at(sets.labels, row).count > 0);
    }
    triplet_sampler_destroy(sampler);
  }
}

static void sets_of_one_are_labels(void **unused) {
  (void)unused;
  int32_t ends[17];
  for (int32_t i = 0; i < 17; i++)
    ends[i] = i + 1;
  for (size_t which = 0; which < 2; which++) {
    triplet_sampler *one = make(both[which], labels, 3, 2, 5);
    triplet_sampler *other = make(both[which], triplet_label_sets_of(numbers, ends, 17), 3, 2, 5);
    assert_int_equal(triplet_sampler_batch_rows(one), triplet_sampler_batch_rows(other));
    for (int i = 0; i < 50; i++) {
      const batch left = next(one), right = next(other);
      assert_int_equal(left.count, right.count);
      assert_memory_equal(left.rows, right.rows, left.count * sizeof *left.rows);
      free(left.rows);
      free(right.rows);
    }
    triplet_sampler_destroy(one);
    triplet_sampler_destroy(other);
  }
}

/* ---- borders ----------------------------------------------------------------------------------------------------- */

static void nothing_to_draw(void **unused) {
  (void)unused;
  const int32_t single[] = {1, 2, 3};
  for (size_t count = 0; count <= 3; count++) {
    const triplet_labels list = triplet_labels_of(single, count);
    triplet_sampler *sampler = make(TRIPLET_SAMPLER_BALANCED, list, 8, 8, 1);
    assert_int_equal(triplet_sampler_batch_rows(sampler), 0);
    assert_int_equal(triplet_sampler_next(sampler, NULL), 0);
    triplet_sampler_destroy(sampler);
    sampler = make(TRIPLET_SAMPLER_EPOCH, list, 8, 8, 1);
    for (int i = 0; i < 3; i++) {
      const batch drawn = next(sampler);
      assert_int_equal(check_rows(drawn, list, NULL), count);
      free(drawn.rows);
    }
    triplet_sampler_destroy(sampler);
  }
  triplet_sampler_destroy(NULL);
}

/* As large as a number can be: there are only so many rows. */
static void huge_batches(void **unused) {
  (void)unused;
  for (size_t which = 0; which < 2; which++) {
    triplet_sampler *sampler = make(both[which], labels, 1000000000, 1000000000, 1);
    for (int i = 0; i < 5; i++) {
      const batch drawn = next(sampler);
      assert_int_equal(drawn.count, labels.integers.count);
      free(drawn.rows);
    }
    triplet_sampler_destroy(sampler);
  }
}

static void errors(void **unused) {
  (void)unused;
  triplet_context *context = triplet_context_create(NULL);
  triplet_sampler *sampler = NULL;
  triplet_sampler_options options = triplet_sampler_default_options();
  const triplet_sampler_options fine = options;

#define REFUSED(argument, message)                                                                                     \
  assert_error(context, triplet_sampler_create(context, &options, labels, &sampler), TRIPLET_INVALID_ARGUMENT,         \
               argument, message);                                                                                     \
  options = fine

  options.classes_per_batch = 1;
  REFUSED("classes_per_batch", "expected an integer in 2 .. 1000000000, got 1");
  options.rows_per_class = 1;
  REFUSED("rows_per_class", "expected an integer in 2 .. 1000000000, got 1");
  options.sampler = (triplet_sampler_name)2;
  REFUSED("sampler", no_such_choice(TRIPLET_SCHEMA_TRAINER, "sampler", 2));
  options.seed = -1;
  REFUSED("seed", "expected an integer in 0 .. 9007199254740991, got -1");
  options = (triplet_sampler_options){.classes_per_batch = 8, .rows_per_class = 8};
  REFUSED("options", "expected a structure begun by triplet_sampler_default_options(), got one that was not");

  assert_error(context, triplet_sampler_create(context, NULL, labels, &sampler), TRIPLET_INVALID_ARGUMENT, "options",
               "expected a structure begun by triplet_sampler_default_options(), got NULL");
  assert_error(context, triplet_sampler_create(context, &options, triplet_labels_of(NULL, 3), &sampler),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected 3 integers, got 0");
  const float relations[] = {1, -1, -1, 1};
  assert_error(context, triplet_sampler_create(context, &options, triplet_relations_of(relations, 2, 2), &sampler),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected labels, got a matrix of relations");
  assert_error(context, triplet_sampler_create(context, &options, labels, NULL), TRIPLET_INVALID_ARGUMENT, "sampler",
               "expected a place for the sampler, got NULL");

  assert_null(sampler);
  triplet_context_destroy(context);
}

static triplet_status create_and_destroy(triplet_context *context, void *data) {
  triplet_sampler **sampler = data;
  for (size_t which = 0; which < 2; which++) {
    triplet_sampler_options options = triplet_sampler_default_options();
    options.sampler = both[which];
    TRIPLET_TRY(triplet_sampler_create(context, &options, labels, sampler));
    triplet_sampler_destroy(*sampler);
    *sampler = NULL;
  }
  return TRIPLET_OK;
}

static void untouched(void *data) {
  assert_null(*(triplet_sampler **)data);
}

static void memory_runs_out(void **unused) {
  (void)unused;
  triplet_sampler *sampler = NULL;
  assert_true(fail_each_allocation(create_and_destroy, untouched, &sampler) > 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(balanced_batches),
      cmocka_unit_test(balanced_is_fair),
      cmocka_unit_test(epochs),
      cmocka_unit_test(epochs_differ),
      cmocka_unit_test(resumes),
      cmocka_unit_test(refuses_other_states),
      cmocka_unit_test(goes_on_with_other_shapes),
      cmocka_unit_test(balanced_sets),
      cmocka_unit_test(epochs_of_sets),
      cmocka_unit_test(sets_of_one_are_labels),
      cmocka_unit_test(nothing_to_draw),
      cmocka_unit_test(huge_batches),
      cmocka_unit_test(errors),
      cmocka_unit_test(memory_runs_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
