/* Labels in every call that takes them: sets of one label each are labels to the bit, and a trainer of sets. That sets
 * mean what triplet.h says of them is tested with the losses. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 60, REFERENCES = 40, COLS = 5 };

typedef struct rows {
  float x[ROWS * COLS];
  int32_t integers[ROWS], ends[ROWS];
} rows;

static rows make_rows(uint64_t seed) {
  seeded from = seeded_from(seed);
  rows made;
  seeded_fill(&from, made.x, ROWS * COLS, 1);
  for (int32_t i = 0; i < ROWS; i++) {
    made.integers[i] = (int32_t)seeded_below(&from, 7) - 3;
    made.ends[i] = i + 1;
  }
  return made;
}

static triplet_matrix matrix_of(const rows *from, size_t count) {
  return triplet_matrix_of(from->x, count, COLS);
}

static triplet_labels labels_of(const rows *from, size_t count, bool sets) {
  return sets ? triplet_label_sets_of(from->integers, from->ends, count) : triplet_labels_of(from->integers, count);
}

/* ---- sets of one label each, in every call ----------------------------------------------------------------------- */

/* A call's outputs, one after the other; what is not written is 0. */
typedef struct outputs {
  double numbers[64];
  float gradient[ROWS * COLS], reference_gradient[REFERENCES * COLS], losses[ROWS];
  triplet_stats stats;
  int32_t *triplets;
  size_t capacity, count;
} outputs;

/* sets: 1 of the queries, 2 of the references. */
static void compute(const triplet_options *options, bool separate, int sets, outputs *to) {
  const rows queries = make_rows(1), others = make_rows(2);
  const triplet_references references = {matrix_of(&others, REFERENCES), labels_of(&others, REFERENCES, sets & 2), {0}};
  const triplet_batch batch = {matrix_of(&queries, ROWS), labels_of(&queries, ROWS, sets & 1),
                               separate ? &references : NULL};
  const triplet_batch_gradients gradients = {to->gradient, separate ? to->reference_gradient : NULL};
  triplet_batch_result result;
  assert_int_equal(triplet_batch_loss(NULL, options, &batch, gradients, to->losses, &result), TRIPLET_OK);
  to->numbers[0] = result.loss;
  to->stats = result.stats;
  if (options->loss != TRIPLET_LOSS_TRIPLET)
    return;
  assert_int_equal(triplet_mine_capacity(NULL, options, &batch, &to->capacity), TRIPLET_OK);
  to->triplets = malloc(3 * to->capacity * sizeof *to->triplets + 1);
  triplet_triplets mined = {to->triplets, to->triplets + to->capacity, to->triplets + 2 * to->capacity, to->capacity,
                            0};
  assert_int_equal(triplet_mine(NULL, options, &batch, &mined, NULL), TRIPLET_OK);
  to->count = mined.count;
}

static void assert_same_outputs(const outputs *left, const outputs *right) {
  assert_memory_equal(left->numbers, right->numbers, sizeof left->numbers);
  assert_same_bits(left->gradient, right->gradient, ROWS * COLS, "gradient");
  assert_same_bits(left->reference_gradient, right->reference_gradient, REFERENCES * COLS, "gradient of references");
  assert_same_bits(left->losses, right->losses, ROWS, "losses");
  assert_memory_equal(&left->stats, &right->stats, offsetof(triplet_stats, collapsed) + 1);
  assert_int_equal(left->capacity, right->capacity);
  assert_int_equal(left->count, right->count);
  for (size_t column = 0; column < 3; column++)
    assert_memory_equal(left->triplets + column * left->capacity, right->triplets + column * left->capacity,
                        left->count * sizeof *left->triplets);
}

static void compare(const triplet_options *options) {
  for (int separate = 0; separate < 2; separate++) {
    outputs *plain = calloc(1, sizeof *plain);
    compute(options, separate, 0, plain);
    for (int sets = 1; sets < 4; sets++) {
      outputs *other = calloc(1, sizeof *other);
      compute(options, separate, sets, other);
      assert_same_outputs(plain, other);
      free(other->triplets);
      free(other);
    }
    free(plain->triplets);
    free(plain);
  }
}

static void losses_and_mining(void **state) {
  (void)state;
  for (int variant = 0; variant < 8; variant++) {
    triplet_options options = triplet_batch_options();
    options.margin = 0.5;
    options.swap = variant & 1;
    options.fallback = (triplet_fallback)(variant & 1);
    options.ignore_label = variant & 2 ? 2 : TRIPLET_NO_LABEL;
    options.distance = variant & 4 ? TRIPLET_DISTANCE_COSINE : TRIPLET_DISTANCE_MINKOWSKI;
    for (int mining = TRIPLET_MINING_ALL; mining <= TRIPLET_MINING_RANDOM; mining++) {
      options.mining = (triplet_mining)mining;
      compare(&options);
    }
    for (int loss = TRIPLET_LOSS_CONTRASTIVE; loss <= TRIPLET_LOSS_MULTI_SIMILARITY; loss++) {
      triplet_options other = triplet_batch_options();
      triplet_options_set_loss(&other, (triplet_loss)loss);
      other.ignore_label = options.ignore_label;
      compare(&other);
    }
  }
}

static void evaluation(void **state) {
  (void)state;
  static const int32_t k[] = {1, 4, 1000};
  const rows from = make_rows(3);
  triplet_options options = triplet_batch_options();
  options.ignore_label = 1;
  triplet_evaluation found[2];
  double recall[2][6];
  triplet_class_metrics classes[2][8];
  for (int sets = 0; sets < 2; sets++) {
    const triplet_batch batch = {matrix_of(&from, ROWS), labels_of(&from, ROWS, sets), NULL};
    found[sets] = (triplet_evaluation){
        .recall = recall[sets], .macro_recall = recall[sets] + 3, .classes = classes[sets], .class_capacity = 8};
    assert_int_equal(triplet_evaluate(NULL, &options, &batch, (triplet_ints){k, 3}, &found[sets]), TRIPLET_OK);
  }
  assert_memory_equal(&found[0].metrics, &found[1].metrics, sizeof found[0].metrics);
  assert_memory_equal(&found[0].macro, &found[1].macro, sizeof found[0].macro);
  assert_memory_equal(recall[0], recall[1], sizeof recall[0]);
  assert_int_equal(found[0].class_count, 6);
  assert_int_equal(found[1].class_count, 6);
  for (size_t i = 0; i < 6; i++) {
    assert_int_equal(classes[0][i].label, classes[1][i].label);
    assert_memory_equal(&classes[0][i].metrics, &classes[1][i].metrics, sizeof classes[0][i].metrics);
  }
}

static void evaluation_of_given_neighbors(void **state) {
  (void)state;
  static const int32_t k[] = {1, 4};
  const rows from = make_rows(8);
  const triplet_options options = triplet_batch_options();
  triplet_evaluation found[2];
  double recall[2][2];
  int32_t indices[ROWS * 6];
  const triplet_neighbor_search search = {
      .queries = matrix_of(&from, ROWS), .references = matrix_of(&from, ROWS), .k = 6};
  assert_int_equal(triplet_nearest(NULL, &options, &search, indices, NULL), TRIPLET_OK);
  for (int sets = 0; sets < 2; sets++) {
    found[sets] = (triplet_evaluation){.recall = recall[sets]};
    const triplet_given_neighbors given = {.labels = labels_of(&from, ROWS, sets), .indices = indices, .width = 6};
    assert_int_equal(triplet_evaluate_neighbors(NULL, &options, &given, (triplet_ints){k, 2}, &found[sets]),
                     TRIPLET_OK);
  }
  assert_true(found[0].metrics.precision_at_1 > 0);
  assert_memory_equal(&found[0].metrics, &found[1].metrics, sizeof found[0].metrics);
  assert_memory_equal(recall[0], recall[1], sizeof recall[0]);
}

static void evaluation_of_held_out_rows(void **state) {
  (void)state;
  static const int32_t k[] = {1, 4};
  const rows from = make_rows(4);
  const triplet_options options = triplet_batch_options();
  uint8_t held_out[ROWS];
  triplet_held_out_evaluation found[2] = {0};
  double recall[2][4];
  assert_int_equal(triplet_split(NULL, labels_of(&from, ROWS, false), TRIPLET_HOLD_OUT_ROWS, 0.3, 1, held_out),
                   TRIPLET_OK);
  for (int sets = 0; sets < 2; sets++) {
    const triplet_held_out_set set = {matrix_of(&from, ROWS), labels_of(&from, ROWS, sets), held_out, {k, 2}};
    found[sets].against_training.recall = recall[sets];
    found[sets].among_themselves.recall = recall[sets] + 2;
    assert_int_equal(triplet_evaluate_held_out(NULL, &options, &set, &found[sets]), TRIPLET_OK);
    found[sets].against_training.recall = found[sets].among_themselves.recall = NULL;
  }
  assert_memory_equal(&found[0], &found[1], sizeof found[0]);
  assert_memory_equal(recall[0], recall[1], sizeof recall[0]);
}

/* ---- the trainer ------------------------------------------------------------------------------------------------- */

static triplet_trainer_options small_options(void) {
  triplet_trainer_options options = triplet_trainer_default_options();
  options.layers = 2;
  options.widths[0] = 7;
  options.widths[1] = 2;
  options.classes_per_batch = 3;
  options.rows_per_class = 4;
  options.steps = 100;
  options.optimizer.learning_rate = 0.01;
  options.validation = 0.3;
  options.evaluate_every = 5;
  return options;
}

static triplet_trainer *create(const triplet_trainer_options *options, const rows *from, triplet_labels labels) {
  triplet_trainer *trainer = NULL;
  assert_int_equal(triplet_trainer_create(context, options, matrix_of(from, ROWS), labels, &trainer), TRIPLET_OK);
  return trainer;
}

static triplet_step step(triplet_trainer *trainer, int count) {
  triplet_step last = {0};
  for (int i = 0; i < count; i++)
    assert_int_equal(triplet_trainer_step(context, trainer, &last), TRIPLET_OK);
  return last;
}

/* The model as bytes, to be freed. */
static uint8_t *save(const triplet_trainer *trainer, size_t *size) {
  assert_int_equal(triplet_trainer_save(NULL, trainer, NULL, 0, size), TRIPLET_OK);
  uint8_t *bytes = malloc(*size);
  assert_int_equal(triplet_trainer_save(NULL, trainer, bytes, *size, size), TRIPLET_OK);
  return bytes;
}

static void assert_same_trainer(const triplet_trainer *left, const triplet_trainer *right) {
  size_t left_size, right_size;
  uint8_t *left_bytes = save(left, &left_size), *right_bytes = save(right, &right_size);
  assert_int_equal(left_size, right_size);
  assert_memory_equal(left_bytes, right_bytes, left_size);
  free(left_bytes);
  free(right_bytes);
}

static const triplet_sampler_name samplers[] = {TRIPLET_SAMPLER_BALANCED, TRIPLET_SAMPLER_EPOCH};

static void trains_on_sets_of_one_as_on_labels(void **state) {
  (void)state;
  const rows from = make_rows(5);
  for (size_t which = 0; which < 2; which++) {
    triplet_trainer_options options = small_options();
    options.sampler = samplers[which];
    options.loss.ignore_label = 2;
    triplet_trainer *plain = create(&options, &from, labels_of(&from, ROWS, false));
    triplet_trainer *other = create(&options, &from, labels_of(&from, ROWS, true));
    step(plain, 20);
    step(other, 20);
    assert_same_trainer(plain, other);
    triplet_trainer_destroy(plain);
    triplet_trainer_destroy(other);
  }
}

/* Rows near the points of their tags: one, two or none of five; the last tag, 9, is to be ignored. */
typedef struct tagged {
  rows rows;
  int32_t integers[3 * ROWS];
  triplet_labels labels;
} tagged;

static void make_tagged(tagged *to) {
  seeded from = seeded_from(6);
  int32_t end = 0, *integers = to->integers;
  float *x = to->rows.x;
  seeded_fill(&from, x, ROWS * COLS, 0.3);
  for (size_t i = 0; i < ROWS; i++) {
    const size_t first = i % COLS;
    if (i % 7) {
      x[i * COLS + first] += 2;
      integers[end++] = (int32_t)first;
    }
    if (i % 7 && i % 3 == 0) {
      x[i * COLS + (first + 1) % COLS] += 2;
      integers[end++] = (int32_t)(first + 1) % COLS;
    }
    if (i % 10 == 4)
      integers[end++] = 9;
    to->rows.ends[i] = end;
  }
  to->labels = triplet_label_sets_of(integers, to->rows.ends, ROWS);
}

static bool is_drawn(triplet_ints labels) {
  for (size_t i = 0; i < labels.count; i++)
    if (labels.data[i] == 9)
      return false;
  return labels.count > 0;
}

static triplet_ints set_of(triplet_labels labels, int32_t row) {
  const int32_t first = row ? labels.ends.data[row - 1] : 0;
  return (triplet_ints){labels.integers.data + first, (size_t)(labels.ends.data[row] - first)};
}

static bool meet(triplet_ints one, triplet_ints other) {
  for (size_t i = 0; i < one.count; i++)
    for (size_t j = 0; j < other.count; j++)
      if (one.data[i] == other.data[j])
        return true;
  return false;
}

/* The share of triplets that the embedding has the right way round. */
static double accuracy_of(const triplet_trainer *trainer, const rows *from, triplet_labels labels) {
  float embeddings[ROWS * 2];
  const triplet_options options = triplet_batch_options();
  const triplet_batch batch = {triplet_matrix_of(embeddings, ROWS, 2), labels, NULL};
  triplet_evaluation found = {0};
  assert_int_equal(triplet_trainer_embed(context, trainer, matrix_of(from, ROWS), batch.embeddings), TRIPLET_OK);
  assert_int_equal(triplet_evaluate(context, &options, &batch, (triplet_ints){0}, &found), TRIPLET_OK);
  return found.metrics.triplet_accuracy;
}

static void trains_on_sets(void **state) {
  (void)state;
  tagged made;
  make_tagged(&made);
  const rows from = made.rows;
  const triplet_labels labels = made.labels;
  for (size_t which = 0; which < 2; which++) {
    triplet_trainer_options options = small_options();
    options.sampler = samplers[which];
    options.loss.ignore_label = 9;
    options.loss.mining = TRIPLET_MINING_SEMIHARD;
    triplet_trainer *trainer = create(&options, &from, labels);
    const double untrained = accuracy_of(trainer, &from, labels);
    bool used[ROWS] = {false};
    for (int i = 0; i < 100; i++) {
      triplet_step last = step(trainer, 1);
      const triplet_ints batch = triplet_trainer_last_batch(trainer);
      for (size_t row = 0; row < batch.count; row++) {
        assert_true(is_drawn(set_of(labels, batch.data[row])));
        used[batch.data[row]] = true;
      }

      int32_t picks[3][4000];
      triplet_triplets triplets = {picks[0], picks[1], picks[2], 4000, 0};
      assert_int_equal(triplet_trainer_last_triplets(context, trainer, &triplets), TRIPLET_OK);
      assert_int_equal(triplets.count, last.stats.triplets);
      for (size_t t = 0; t < triplets.count; t++) {
        assert_true(meet(set_of(labels, picks[0][t]), set_of(labels, picks[1][t])));
        assert_false(meet(set_of(labels, picks[0][t]), set_of(labels, picks[2][t])));
      }
    }

    const triplet_ints validation = triplet_trainer_validation_rows(trainer);
    assert_true(validation.count > 5);
    for (size_t i = 0; i < validation.count; i++) {
      assert_true(set_of(labels, validation.data[i]).count > 0);
      used[validation.data[i]] = true;
    }
    for (int32_t row = 0; row < ROWS; row++)
      assert_true(used[row] || !is_drawn(set_of(labels, row)));
    assert_true(accuracy_of(trainer, &from, labels) > untrained + 0.1);
    triplet_trainer_destroy(trainer);
  }
}

/* Saved and loaded after any step, and given its rows and sets again. */
static void resumes_to_the_bit(void **state) {
  (void)state;
  tagged made;
  make_tagged(&made);
  const rows from = made.rows;
  const triplet_labels labels = made.labels;
  for (size_t which = 0; which < 2; which++)
    for (int steps = 0; steps < 12; steps += 3) {
      triplet_trainer_options options = small_options();
      options.sampler = samplers[which];
      options.loss.ignore_label = 9;
      triplet_trainer *trainer = create(&options, &from, labels), *loaded;
      step(trainer, steps);
      size_t size;
      uint8_t *bytes = save(trainer, &size);
      assert_int_equal(triplet_trainer_load(context, bytes, size, &loaded), TRIPLET_OK);
      assert_int_equal(triplet_trainer_attach(context, loaded, matrix_of(&from, ROWS), labels), TRIPLET_OK);
      step(trainer, 10);
      step(loaded, 10);
      assert_same_trainer(trainer, loaded);
      free(bytes);
      triplet_trainer_destroy(loaded);
      triplet_trainer_destroy(trainer);
    }
}

/* The same labels in a row, cut into other sets, are other data: batches begin with the first. */
static void other_sets_are_other_data(void **state) {
  (void)state;
  int32_t ends[ROWS];
  tagged made;
  make_tagged(&made);
  const rows from = made.rows;
  const triplet_labels labels = made.labels;
  triplet_trainer_options options = small_options();
  options.validation = 0;
  memcpy(ends, labels.ends.data, sizeof ends);
  ends[1]--; /* a label that was row 1's is row 2's */
  const triplet_labels cut = triplet_label_sets_of(made.integers, ends, ROWS);

  triplet_trainer *trainer = create(&options, &from, labels), *fresh = create(&options, &from, cut);
  step(trainer, 5);
  step(fresh, 1);
  assert_int_equal(triplet_trainer_attach(context, trainer, matrix_of(&from, ROWS), cut), TRIPLET_OK);
  step(trainer, 1);
  const triplet_ints one = triplet_trainer_last_batch(trainer), other = triplet_trainer_last_batch(fresh);
  assert_int_equal(one.count, other.count);
  assert_memory_equal(one.data, other.data, one.count * sizeof *one.data);
  triplet_trainer_destroy(trainer);
  triplet_trainer_destroy(fresh);
}

static void refuses_what_it_cannot_train_on(void **state) {
  (void)state;
  const rows from = make_rows(7);
  const triplet_trainer_options options = small_options();
  static float relations[ROWS * ROWS];
  const triplet_labels matrix = triplet_relations_of(relations, ROWS, ROWS);
  triplet_trainer *trainer = NULL;
  assert_error(context, triplet_trainer_create(context, &options, matrix_of(&from, ROWS), matrix, &trainer),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected labels, got a matrix of relations");
  assert_null(trainer);
  assert_error(context,
               triplet_trainer_create(context, &options, matrix_of(&from, ROWS), labels_of(&from, 3, true), &trainer),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected labels of 60 rows, got 3");
  trainer = create(&options, &from, labels_of(&from, ROWS, false));
  assert_error(context, triplet_trainer_attach(context, trainer, matrix_of(&from, ROWS), matrix),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected labels, got a matrix of relations");
  triplet_trainer_destroy(trainer);
}

static triplet_status whole_life(triplet_context *with, void *data) {
  (void)data;
  tagged made;
  make_tagged(&made);
  const rows from = made.rows;
  const triplet_labels labels = made.labels;
  triplet_trainer_options options = small_options();
  triplet_trainer *trainer;
  triplet_step last;
  triplet_status status = triplet_trainer_create(with, &options, matrix_of(&from, ROWS), labels, &trainer);
  if (status != TRIPLET_OK)
    return status;
  for (int i = 0; i < 6 && status == TRIPLET_OK; i++)
    status = triplet_trainer_step(with, trainer, &last);
  options.classes_per_batch = 4;
  if (status == TRIPLET_OK)
    status = triplet_trainer_set_options(with, trainer, &options);
  if (status == TRIPLET_OK)
    status = triplet_trainer_step(with, trainer, &last);
  if (status == TRIPLET_OK)
    status = triplet_trainer_attach(with, trainer, matrix_of(&from, ROWS), labels);
  triplet_trainer_destroy(trainer);
  return status;
}

static void memory_runs_out(void **state) {
  (void)state;
  assert_true(fail_each_allocation(whole_life, NULL, NULL) > 30);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(losses_and_mining),
      cmocka_unit_test(evaluation),
      cmocka_unit_test(evaluation_of_given_neighbors),
      cmocka_unit_test(evaluation_of_held_out_rows),
      WITH_CONTEXT(trains_on_sets_of_one_as_on_labels),
      WITH_CONTEXT(trains_on_sets),
      WITH_CONTEXT(resumes_to_the_bit),
      WITH_CONTEXT(other_sets_are_other_data),
      WITH_CONTEXT(refuses_what_it_cannot_train_on),
      WITH_CONTEXT(memory_runs_out),
  };
  return cmocka_run_group_tests_name("labels", tests, NULL, NULL);
}
