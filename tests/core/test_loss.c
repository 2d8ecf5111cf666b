/* The seam of the pair losses: the slopes of the triplet loss against the listing of every triplet, losses of the
 * test's own, whose gradients are differences of their values, and the rooms of a workspace. */
#include "brute.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pickers.h"
#include "reference.h"
#include "survey.h"

/* The library is linked with another triplet loss than its own: one that passes on to the loss in use. */
#define triplet_loss_triplet real_triplet_loss
#include "../../core/loss_triplet.c"
#undef triplet_loss_triplet

static const triplet_pair_loss *in_use;

static double survey_in_use(const triplet_selection *selection, const triplet_anchor *anchor,
                            const triplet_workspace *workspace, triplet_totals *totals) {
  return in_use->survey(selection, anchor, workspace, totals);
}

static void slopes_in_use(const triplet_selection *selection, const triplet_anchor *anchor,
                          const triplet_workspace *workspace, double factor, float *slopes) {
  in_use->slopes(selection, anchor, workspace, factor, slopes);
}

const triplet_pair_loss triplet_loss_triplet = {.triplets = true, .survey = survey_in_use, .slopes = slopes_in_use};

/* ---- the slopes of the triplet loss ------------------------------------------------------------------------------ */

/* (B, R): what the loss says of each anchor that has positives and negatives, for a factor of 1. */
static float *recorded;

static double survey_and_record(const triplet_selection *selection, const triplet_anchor *anchor,
                                const triplet_workspace *workspace, triplet_totals *totals) {
  const double loss = real_triplet_loss.survey(selection, anchor, workspace, totals);
  real_triplet_loss.slopes(selection, anchor, workspace, 1, recorded + anchor->index * selection->sets.references.rows);
  return loss;
}

static const triplet_pair_loss recorder = {.survey = survey_and_record, .slopes = slopes};

static void assert_slopes(const brute_batch *batch, size_t pairs) {
  brute_triplet *triplets;
  in_use = &real_triplet_loss;
  const size_t count = brute_list(batch, &triplets);
  double *expected = malloc((pairs + 1) * sizeof *expected);
  brute_slopes(batch, triplets, count, expected);

  recorded = calloc(pairs + 1, sizeof *recorded);
  in_use = &recorder;
  triplet_batch_result result;
  assert_int_equal(triplet_batch_loss(NULL, &batch->options, &batch->in, (triplet_batch_gradients){0}, NULL, &result),
                   TRIPLET_OK);
  for (size_t i = 0; i < pairs; i++)
    if (!(fabs(recorded[i] - expected[i]) <= 1e-6 * fabs(expected[i]) + 1e-37))
      fail_msg("mining %d, convention %d, soft margin %d, swap %d: slope %zu is %.9g, expected %.9g",
               (int)batch->options.mining, (int)batch->options.convention, batch->options.soft_margin,
               batch->options.swap, i, (double)recorded[i], expected[i]);
  free(recorded);
  free(expected);
  free(triplets);
}

static void slopes_equal_the_listing(void **state) {
  (void)state;
  seeded from = seeded_from(1);
  for (int round = 0; round < 25; round++)
    for (int mining = TRIPLET_MINING_ALL; mining <= TRIPLET_MINING_RANDOM; mining++)
      for (int convention = TRIPLET_CONVENTION_TORCH; convention <= TRIPLET_CONVENTION_EXACT; convention++)
        for (int soft_margin = 0; soft_margin < 2; soft_margin++) {
          random_batch made;
          random_batch_make(&made, &from, round % 5 ? 14 : 40);
          triplet_options *options = &made.batch.options;
          options->mining = (triplet_mining)mining;
          options->convention = (triplet_convention)convention;
          options->soft_margin = soft_margin;
          options->seed = round;
          const triplet_references *references = made.batch.in.references;
          const size_t rows = made.batch.in.embeddings.rows;
          assert_slopes(&made.batch, rows * (references ? references->rows.rows : rows));
          random_batch_release(&made);
        }
}

/* ---- losses of the test's own ------------------------------------------------------------------------------------ */

static bool is_negative(const triplet_anchor *anchor, size_t reference) {
  return anchor->negatives[reference] <= FLT_MAX;
}

#define POSITIVE_MARGIN 0.5
#define NEGATIVE_MARGIN 1.5

/* Hadsell et al. 2006, without their squares. It leaves nothing in the workspace. */
static double survey_contrastive(const triplet_selection *selection, const triplet_anchor *anchor,
                                 const triplet_workspace *workspace, triplet_totals *totals) {
  (void)workspace, (void)totals;
  double loss = 0;
  for (size_t k = 0; k < anchor->positive_count; k++)
    loss += fmax(anchor->distances[anchor->positives[k]] - POSITIVE_MARGIN, 0);
  for (size_t j = 0; j < selection->sets.references.rows; j++)
    if (is_negative(anchor, j))
      loss += fmax(NEGATIVE_MARGIN - anchor->negatives[j], 0);
  return loss;
}

static void slopes_contrastive(const triplet_selection *selection, const triplet_anchor *anchor,
                               const triplet_workspace *workspace, double factor, float *slopes) {
  (void)workspace;
  for (size_t j = 0; j < selection->sets.references.rows; j++)
    slopes[j] = is_negative(anchor, j) && anchor->negatives[j] < NEGATIVE_MARGIN ? (float)-factor : 0;
  for (size_t k = 0; k < anchor->positive_count; k++)
    slopes[anchor->positives[k]] = anchor->distances[anchor->positives[k]] > POSITIVE_MARGIN ? (float)factor : 0;
}

static double contrastive(const double *positives, size_t positive_count, const double *negatives,
                          size_t negative_count) {
  double loss = 0;
  for (size_t i = 0; i < positive_count; i++)
    loss += fmax(positives[i] - POSITIVE_MARGIN, 0);
  for (size_t i = 0; i < negative_count; i++)
    loss += fmax(NEGATIVE_MARGIN - negatives[i], 0);
  return loss;
}

/* log(sum_p e^d(a, p)) + log(sum_n e^-d(a, n)), as lifted structure has it (Oh Song et al. 2016). It leaves the share
 * of each pair in the workspace. */
static double survey_lifted(const triplet_selection *selection, const triplet_anchor *anchor,
                            const triplet_workspace *workspace, triplet_totals *totals) {
  (void)totals;
  const size_t references = selection->sets.references.rows;
  double positive_sum = 0, negative_sum = 0;
  memset(workspace->sums, 0, references * sizeof *workspace->sums);
  for (size_t k = 0; k < anchor->positive_count; k++)
    positive_sum += exp(anchor->distances[anchor->positives[k]]);
  for (size_t j = 0; j < references; j++)
    negative_sum += is_negative(anchor, j) ? exp(-anchor->negatives[j]) : 0;

  for (size_t k = 0; k < anchor->positive_count; k++)
    workspace->sums[anchor->positives[k]] = exp(anchor->distances[anchor->positives[k]]) / positive_sum;
  for (size_t j = 0; j < references; j++)
    if (is_negative(anchor, j))
      workspace->sums[j] = -exp(-anchor->negatives[j]) / negative_sum;
  /* The driver takes no loss for less than 0. */
  return log(positive_sum) + log(negative_sum) + 100;
}

static void slopes_lifted(const triplet_selection *selection, const triplet_anchor *anchor,
                          const triplet_workspace *workspace, double factor, float *slopes) {
  (void)anchor;
  for (size_t j = 0; j < selection->sets.references.rows; j++)
    slopes[j] = (float)(workspace->sums[j] * factor);
}

static double lifted(const double *positives, size_t positive_count, const double *negatives, size_t negative_count) {
  double positive_sum = 0, negative_sum = 0;
  for (size_t i = 0; i < positive_count; i++)
    positive_sum += exp(positives[i]);
  for (size_t i = 0; i < negative_count; i++)
    negative_sum += exp(-negatives[i]);
  return log(positive_sum) + log(negative_sum) + 100;
}

/* A loss as the library takes it, and its value by the definition. */
static const struct own_loss {
  const char *name;
  triplet_pair_loss loss;
  double (*value)(const double *positives, size_t positive_count, const double *negatives, size_t negative_count);
} own_losses[] = {
    {.name = "contrastive", .loss = {.survey = survey_contrastive, .slopes = slopes_contrastive}, .value = contrastive},
    {.name = "lifted", .loss = {.survey = survey_lifted, .slopes = slopes_lifted}, .value = lifted},
};

static const struct measure {
  const char *name;
  triplet_distance distance;
  double p;
} measures[] = {
    {.name = "euclidean", .p = 2}, {.name = "squared", .distance = TRIPLET_DISTANCE_SQUARED, .p = 2},
    {.name = "manhattan", .p = 1}, {.name = "cosine", .distance = TRIPLET_DISTANCE_COSINE, .p = 2},
    {.name = "p = 3", .p = 3},
};

/* More rows than a tile has, of five classes, one of which has a single row; against themselves or 41 others, some of
 * which are the queries themselves. */
enum { QUERIES = 37, REFERENCES = 41, COLS = 3, CLASSES = 5 };

typedef struct own_case {
  triplet_options options;
  bool separate;
  float x[QUERIES * COLS], y[REFERENCES * COLS], weights[QUERIES], grad_output[QUERIES];
  int32_t labels[QUERIES], reference_labels[REFERENCES], self[QUERIES];
} own_case;

/* Any two values that are compared lie farther apart than a small step moves them, so that there is a derivative. */
#define STEP 1e-5
#define CLEAR (4 * STEP)

static bool is_clear(const own_case *of, const double *x, const double *y) {
  const double distance = reference_distance(&of->options, x, y, COLS);
  bool clear = fabs(distance - POSITIVE_MARGIN) > CLEAR && fabs(distance - NEGATIVE_MARGIN) > CLEAR;
  for (size_t k = 0; k < COLS; k++)
    clear = clear && fabs(x[k] - y[k]) > CLEAR;
  return clear;
}

static size_t references_of(const own_case *of) {
  return of->separate ? REFERENCES : QUERIES;
}

static bool is_self(const own_case *of, size_t query, size_t reference) {
  return of->separate ? of->self[query] == (int32_t)reference : query == reference;
}

static bool all_clear(const own_case *of) {
  const size_t references = references_of(of);
  double *x = doubles_of(of->x, QUERIES * COLS), *y = doubles_of(of->separate ? of->y : of->x, references * COLS);
  bool clear = true;
  for (size_t i = 0; i < QUERIES; i++)
    for (size_t j = 0; j < references; j++)
      clear = clear && (is_self(of, i, j) || is_clear(of, x + i * COLS, y + j * COLS));
  free(x);
  free(y);
  return clear;
}

static void fill_case(own_case *of, seeded *from) {
  for (size_t i = 0; i < QUERIES; i++) {
    of->labels[i] = i ? (int32_t)(1 + i % (CLASSES - 1)) : 0;
    of->self[i] = i % 3 ? -1 : (int32_t)i;
    of->weights[i] = (float)seeded_between(from, -1, 2);
    of->grad_output[i] = (float)seeded_between(from, -1, 2);
  }
  for (size_t j = 0; j < REFERENCES; j++)
    of->reference_labels[j] = of->self[j % QUERIES] < 0 ? (int32_t)(j % CLASSES) : of->labels[j % QUERIES];
  of->options.weights = (triplet_floats){of->weights, QUERIES};
  of->options.grad_output = (triplet_floats){of->grad_output, QUERIES};
  do {
    seeded_fill(from, of->x, QUERIES * COLS, 1);
    seeded_fill(from, of->y, REFERENCES * COLS, 1);
  } while (!all_clear(of));
}

/* sum over anchors with positives and negatives of weight x grad_output x loss. */
static double value_of(const own_case *of, const struct own_loss *loss, const double *x, const double *y) {
  const int32_t *others = of->separate ? of->reference_labels : of->labels;
  double sum = 0;
  for (size_t i = 0; i < QUERIES; i++) {
    double distances[2][REFERENCES];
    size_t counts[2] = {0};
    for (size_t j = 0; j < references_of(of); j++) {
      const bool positive = others[j] == of->labels[i];
      if (positive && is_self(of, i, j))
        continue;
      distances[positive][counts[positive]++] = reference_distance(&of->options, x + i * COLS, y + j * COLS, COLS);
    }
    if (counts[0] && counts[1])
      sum +=
          (double)of->weights[i] * of->grad_output[i] * loss->value(distances[1], counts[1], distances[0], counts[0]);
  }
  return sum;
}

/* How many negatives [0] and positives [1] an anchor has, and how far away they are together. */
typedef struct own_pairs {
  size_t counts[2];
  double sums[2];
} own_pairs;

static own_pairs pairs_of(const own_case *of, size_t query) {
  const float *y = of->separate ? of->y : of->x;
  const int32_t *others = of->separate ? of->reference_labels : of->labels;
  own_pairs pairs = {0};
  double *one = doubles_of(of->x + query * COLS, COLS);
  for (size_t j = 0; j < references_of(of); j++) {
    if (is_self(of, query, j))
      continue;
    double *other = doubles_of(y + j * COLS, COLS);
    const bool positive = others[j] == of->labels[query];
    pairs.counts[positive]++;
    pairs.sums[positive] += reference_distance(&of->options, one, other, COLS);
    free(other);
  }
  free(one);
  return pairs;
}

static triplet_references references_in(const own_case *of) {
  return (triplet_references){
      {(float *)of->y, REFERENCES, COLS}, triplet_labels_of(of->reference_labels, REFERENCES), {of->self, QUERIES}};
}

static triplet_batch batch_in(const own_case *of, const triplet_references *references) {
  return (triplet_batch){
      {(float *)of->x, QUERIES, COLS}, triplet_labels_of(of->labels, QUERIES), of->separate ? references : NULL};
}

typedef struct own_output {
  float x[QUERIES * COLS], y[REFERENCES * COLS], losses[QUERIES];
  triplet_batch_result result;
} own_output;

static own_output output_of(triplet_context *context, const own_case *of, const struct own_loss *loss) {
  const triplet_references references = references_in(of);
  const triplet_batch batch = batch_in(of, &references);
  own_output out;
  memset(&out, 0, sizeof out);
  const triplet_batch_gradients gradients = {.embeddings = out.x, .references = of->separate ? out.y : NULL};
  in_use = &loss->loss;
  assert_int_equal(triplet_batch_loss(context, &of->options, &batch, gradients, out.losses, &out.result), TRIPLET_OK);
  return out;
}

/* By central differences of some numbers, in double. Where the references are the queries, both move. */
static void assert_gradient(const own_case *of, const struct own_loss *loss, const char *name, seeded *from) {
  const own_output out = output_of(NULL, of, loss);
  double x[QUERIES * COLS], y[REFERENCES * COLS], largest = 0;
  for (size_t i = 0; i < QUERIES * COLS; i++)
    x[i] = of->x[i];
  for (size_t i = 0; i < REFERENCES * COLS; i++)
    y[i] = of->y[i];
  for (size_t i = 0; i < QUERIES * COLS; i++)
    largest = fmax(largest, fabs(out.x[i]));

  for (int sample = 0; sample < 16; sample++) {
    const bool of_references = of->separate && sample % 2;
    const size_t at = seeded_below(from, (of_references ? REFERENCES : QUERIES) * COLS);
    double *const moved = of_references ? y + at : x + at, kept = *moved;
    *moved = kept + STEP;
    const double above = value_of(of, loss, x, of->separate ? y : x);
    *moved = kept - STEP;
    const double below = value_of(of, loss, x, of->separate ? y : x);
    *moved = kept;
    const double got = of_references ? out.y[at] : out.x[at], expected = (above - below) / (2 * STEP);
    if (!(fabs(got - expected) <= 1e-5 * largest))
      fail_msg("%s, %s, convention %d: gradient %zu by %s is %.9g, expected %.9g", loss->name, name,
               (int)of->options.convention, at, of_references ? "references" : "embeddings", got, expected);
  }
}

typedef struct repeated {
  const own_case *of;
  const struct own_loss *loss;
  const own_output *first;
} repeated;

static void gives_the_same(triplet_context *context, void *data) {
  const repeated *again = data;
  const own_output out = output_of(context, again->of, again->loss);
  assert_same_bits(out.x, again->first->x, QUERIES * COLS, "gradient");
  assert_same_bits(out.y, again->first->y, REFERENCES * COLS, "references_gradient");
  assert_same_bits(out.losses, again->first->losses, QUERIES, "losses");
  assert_memory_equal(&out.result.loss, &again->first->result.loss, sizeof(double));
}

static void any_loss_has_its_gradient(void **state) {
  (void)state;
  seeded from = seeded_from(2);
  for (size_t l = 0; l < sizeof own_losses / sizeof *own_losses; l++)
    for (size_t m = 0; m < sizeof measures / sizeof *measures; m++)
      for (int convention = TRIPLET_CONVENTION_TORCH; convention <= TRIPLET_CONVENTION_EXACT; convention++)
        for (int separate = 0; separate < 2; separate++) {
          own_case of = {.options = triplet_batch_options(), .separate = separate};
          of.options.distance = measures[m].distance;
          of.options.p = measures[m].p;
          of.options.convention = (triplet_convention)convention;
          of.options.reduction = TRIPLET_REDUCTION_NONE;
          fill_case(&of, &from);
          assert_gradient(&of, &own_losses[l], measures[m].name, &from);
          const own_output first = output_of(NULL, &of, &own_losses[l]);
          on_every_machine(gives_the_same, &(repeated){&of, &own_losses[l], &first});
        }
}

/* The losses of the anchors are the loss's own, times their weights; an anchor without positives has none. */
static void any_loss_has_its_value(void **state) {
  (void)state;
  seeded from = seeded_from(3);
  for (size_t l = 0; l < sizeof own_losses / sizeof *own_losses; l++) {
    own_case of = {.options = triplet_batch_options()};
    of.options.reduction = TRIPLET_REDUCTION_NONE;
    fill_case(&of, &from);
    const own_output out = output_of(NULL, &of, &own_losses[l]);
    double *x = doubles_of(of.x, QUERIES * COLS), sum = 0;
    for (size_t i = 0; i < QUERIES; i++) {
      sum += (double)out.losses[i];
      assert_true(i ? out.losses[i] * of.weights[i] > 0 : out.losses[i] == 0);
      of.grad_output[i] = 1;
    }
    assert_true(fabs(sum - value_of(&of, &own_losses[l], x, x)) <= 1e-5 * (1 + fabs(sum)));
    assert_true(fabs(sum - out.result.loss) <= 1e-5 * (1 + fabs(sum)));
    assert_int_equal(out.result.stats.anchors_without_positive, 1);
    free(x);
  }
}

/* What reductions divide by, and the pairs: the driver counts them for a loss that is not one of triplets. */
static void anchors_of_any_loss_are_counted(void **state) {
  (void)state;
  seeded from = seeded_from(5);
  for (int separate = 0; separate < 2; separate++) {
    own_case of = {.options = triplet_batch_options(), .separate = separate};
    fill_case(&of, &from);
    of.weights[1] = 0;
    const triplet_references references = references_in(&of);
    const triplet_batch batch = batch_in(&of, &references);
    triplet_selection selection;
    assert_int_equal(triplet_selection_create(NULL, &of.options, &batch, &selection), TRIPLET_OK);
    triplet_survey survey = {.selection = &selection, .loss = &own_losses[1].loss};
    assert_int_equal(triplet_survey_run(NULL, &survey), TRIPLET_OK);

    uint64_t anchors = 0, pairs[2] = {0};
    double sums[2] = {0};
    for (size_t i = 0; i < QUERIES; i++) {
      const own_pairs found = pairs_of(&of, i);
      if (!found.counts[0] || !found.counts[1])
        continue;
      anchors++;
      for (int kind = 0; kind < 2; kind++) {
        pairs[kind] += found.counts[kind];
        sums[kind] += found.sums[kind];
      }
    }
    const triplet_totals *totals = &survey.totals;
    assert_int_equal(totals->triplets, anchors);
    assert_int_equal(totals->active, anchors - 1);
    assert_int_equal(totals->negative_pairs, pairs[0]);
    assert_int_equal(totals->positive_pairs, pairs[1]);
    assert_true(fabs(totals->negative_sum - sums[0]) <= 1e-5 * sums[0]);
    assert_true(fabs(totals->positive_sum - sums[1]) <= 1e-5 * sums[1]);
    triplet_selection_release(NULL, &selection);
  }
}

/* ---- the rooms of a workspace ------------------------------------------------------------------------------------ */

/* Their names, and how many values each has, as selection.h says. */
#define ROOMS(R)                                                                                                       \
  ROOM(negatives, R)                                                                                                   \
  ROOM(positives, R)                                                                                                   \
  ROOM(keys, R + 1)                                                                                                    \
  ROOM(spare_keys, R + 1)                                                                                              \
  ROOM(edges, 3 * R)                                                                                                   \
  ROOM(ranks, R)                                                                                                       \
  ROOM(picks, R)                                                                                                       \
  ROOM(negative_of, R)                                                                                                 \
  ROOM(candidates, R)                                                                                                  \
  ROOM(unit_squares, R)                                                                                                \
  ROOM(chances, R)                                                                                                     \
  ROOM(sums, R)                                                                                                        \
  ROOM(pick_slopes, R)                                                                                                 \
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
  triplet_totals totals = {0};
  triplet_anchor anchor = triplet_anchor_at(selection, query, &rooms.workspace);
  if (anchor.positive_count && anchor.negative_count) {
    if (selection->options->mining != TRIPLET_MINING_ALL)
      anchor.pick_count = triplet_pick_triplets(selection, &anchor, &rooms.workspace);
    real_triplet_loss.survey(selection, &anchor, &rooms.workspace, &totals);
    real_triplet_loss.slopes(selection, &anchor, &rooms.workspace, 1, row);
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
      cmocka_unit_test(slopes_equal_the_listing), cmocka_unit_test(any_loss_has_its_gradient),
      cmocka_unit_test(any_loss_has_its_value),   cmocka_unit_test(anchors_of_any_loss_are_counted),
      cmocka_unit_test(rooms_share_nothing),      cmocka_unit_test(nothing_is_written_beyond_a_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
