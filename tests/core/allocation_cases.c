#include "allocation_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 24, D = 5, CLASSES = 4, DIM = 3, MODEL = 65536 };

static struct data {
  float x[N * D], y[N * D], z[N * D], relations[N * N], weights[N], parameters[256];
  int32_t labels[N], ends[N], positives[N], negatives[N], self[N];
  uint8_t held_out[N], model[MODEL], optimizer[MODEL], encoder[MODEL];
  size_t model_size, optimizer_size, encoder_size;
} data;

static const char table_text[] = "size,x,y,k\nsmall,1,2,a\nlarge,2,,b\n,3,5,b\nsmall,4,7,a\nlarge,5,1,c\n";

static triplet_matrix rows_of(const float *from) {
  return triplet_matrix_of(from, N, D);
}

static triplet_labels labels(void) {
  return triplet_labels_of(data.labels, N);
}

static const triplet_ints none = {NULL, 0};

/* ---- options of many kinds --------------------------------------------------------------------------------------- */

enum { LOSS_VARIANTS = 36 };

static triplet_options distance_options(int variant) {
  static const double norms[] = {2, 1, 3};
  triplet_options options = triplet_batch_options();
  options.distance = (triplet_distance)(variant % DISTANCES);
  options.p = norms[variant / DISTANCES % 3];
  return options;
}

/* Every loss, mining and distance, with and without swap, soft margin and references. */
static triplet_options loss_options(int variant) {
  triplet_options options = triplet_batch_options();
  if (variant % 3 == 0) {
    triplet_options_set_loss(&options, (triplet_loss)(variant / 3 % LOSSES));
  } else {
    options.mining = (triplet_mining)(variant % (TRIPLET_MINING_RANDOM + 1));
    options.swap = variant % 2;
    options.soft_margin = variant / 2 % 2;
  }
  if (variant % 2)
    options.distance = (triplet_distance)(variant / 2 % DISTANCES);
  options.reduction = (triplet_reduction)(variant % REDUCTIONS);
  return options;
}

typedef struct batch_with {
  triplet_references references;
  triplet_batch batch;
} batch_with;

/* Labels, sets or relations, of the batch itself or with references. In place, as its parts point at each other. */
static void make_batch(batch_with *made, int variant) {
  triplet_labels own = labels();
  if (variant % 4 == 1)
    own = triplet_label_sets_of(data.labels, data.ends, N);
  if (variant % 4 == 2)
    own = triplet_relations_of(data.relations, N, N);
  made->references = (triplet_references){rows_of(data.y), own, none};
  if (variant % 4 == 2)
    made->references.labels = triplet_labels_of(NULL, 0);
  made->batch = (triplet_batch){rows_of(data.x), own, variant % 5 == 3 ? &made->references : NULL};
}

/* ---- losses, distances and searches ------------------------------------------------------------------------------ */

static triplet_status margin_loss(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  triplet_options options = triplet_margin_options();
  options.distance = (triplet_distance)(variant % DISTANCES);
  options.reduction = (triplet_reduction)(variant % REDUCTIONS);
  options.swap = variant / 2 % 2;
  const bool one_anchor = variant % 3 == 1;
  const triplet_explicit triplets = {triplet_matrix_of(data.x, one_anchor ? 1 : N, D), rows_of(data.y),
                                     rows_of(data.z)};
  const triplet_gradients gradients = {to->floats, to->floats + N * D, to->floats + 2 * N * D};
  return triplet_margin_loss(with, &options, &triplets, gradients, to->floats + 3 * N * D,
                             (triplet_result *)(void *)to->doubles);
}

static triplet_status indexed_loss(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  triplet_options options = triplet_margin_options();
  options.distance = (triplet_distance)(variant % DISTANCES);
  options.reduction = (triplet_reduction)(variant % REDUCTIONS);
  const triplet_indexed triplets = {rows_of(data.x), {data.self, N}, {data.positives, N}, {data.negatives, N}};
  return triplet_indexed_loss(with, &options, &triplets, to->floats, to->floats + N * D,
                              (triplet_result *)(void *)to->doubles);
}

static triplet_status distances(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_options options = distance_options(variant);
  return triplet_distances(with, &options, rows_of(data.x), rows_of(data.y), (triplet_matrix){to->floats, N, N});
}

static triplet_status ring(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  triplet_options options = distance_options(variant);
  options.sphere = variant % 2;
  return triplet_ring(with, &options, (triplet_floats){data.x, D}, rows_of(data.y), 0.5,
                      (triplet_matrix){to->floats, N, D});
}

static triplet_neighbor_search search_of(int variant) {
  triplet_neighbor_search search = {.queries = rows_of(data.x), .references = rows_of(data.y), .k = 1 + variant % 3};
  if (variant % 2)
    search.reference_self = (triplet_ints){data.self, N};
  if (variant % 3 == 1)
    search.exclude = (triplet_lists){{data.positives, N}, {data.ends, N}};
  return search;
}

static triplet_status nearest(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_options options = distance_options(variant);
  const triplet_neighbor_search search = search_of(variant);
  return triplet_nearest(with, &options, &search, to->ints, to->floats);
}

static void *make_index(triplet_context *with) {
  const triplet_options options = distance_options(1);
  triplet_index *index = NULL;
  assert_int_equal(triplet_index_create(with, &options, rows_of(data.y), &index), TRIPLET_OK);
  return index;
}

static size_t state_of_index(const void *object, uint8_t *bytes, size_t capacity) {
  triplet_neighbor_search search = search_of(0);
  search.references = (triplet_matrix){0};
  assert_true(capacity >= N * sizeof(int32_t));
  assert_int_equal(triplet_index_nearest(NULL, object, &search, (int32_t *)(void *)bytes, NULL), TRIPLET_OK);
  return N * sizeof(int32_t);
}

static void destroy_index(void *object) {
  triplet_index_destroy(object);
}

static const allocation_object an_index = {make_index, state_of_index, destroy_index};

static triplet_status index_create(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_options options = distance_options(variant);
  triplet_index *index = NULL;
  const triplet_status status = triplet_index_create(with, &options, rows_of(data.y), &index);
  assert_true((status == TRIPLET_OK) == (index != NULL));
  if (index)
    state_of_index(index, to->bytes, sizeof to->bytes);
  triplet_index_destroy(index);
  return status;
}

static triplet_status index_nearest(triplet_context *with, void *object, int variant, outputs *to) {
  triplet_neighbor_search search = search_of(variant);
  search.references = (triplet_matrix){0};
  return triplet_index_nearest(with, object, &search, to->ints, to->floats);
}

/* ---- batches ----------------------------------------------------------------------------------------------------- */

static triplet_status batch_loss(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_options options = loss_options(variant);
  batch_with of;
  make_batch(&of, variant);
  const triplet_batch_gradients gradients = {to->floats, of.batch.references ? to->floats + N * D : NULL};
  triplet_batch_result result;
  pattern_set(&result, sizeof result);
  const triplet_status status =
      triplet_batch_loss(with, &options, &of.batch, gradients, to->floats + 2 * N * D, &result);
  if (status == TRIPLET_OK)
    to->doubles[0] = result.loss, to->doubles[1] = (double)result.stats.active;
  else
    assert_true(pattern_stands(&result, sizeof result));
  return status;
}

static triplet_status pair_slopes(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_options options = loss_options(variant);
  batch_with of;
  make_batch(&of, variant);
  return triplet_pair_slopes(with, &options, &of.batch, (triplet_matrix){to->floats, N, N});
}

static triplet_status reach(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_options options = loss_options(variant);
  return triplet_reach(with, &options, 0.5, (triplet_reaches *)(void *)to->doubles);
}

static triplet_options mining_options(int variant) {
  triplet_options options = triplet_batch_options();
  options.mining = (triplet_mining)(variant % (TRIPLET_MINING_RANDOM + 1));
  if (variant % 7 == 0) {
    options.mining = TRIPLET_MINING_ALL;
    options.violating = TRIPLET_VIOLATING_ALL;
  }
  options.distance = (triplet_distance)(variant % DISTANCES);
  return options;
}

static triplet_status mine_capacity(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_options options = mining_options(variant);
  batch_with of;
  make_batch(&of, variant);
  return triplet_mine_capacity(with, &options, &of.batch, (size_t *)(void *)to->bytes);
}

static triplet_status mine(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_options options = mining_options(variant);
  batch_with of;
  make_batch(&of, variant);
  of.batch.embeddings.rows = of.batch.labels.integers.count = 9;
  of.batch.labels = triplet_labels_of(data.labels, 9);
  of.batch.references = NULL;
  triplet_triplets triplets = {to->ints, to->ints + 2048, to->ints + 4096, 2048, 0};
  triplet_stats stats;
  pattern_set(&stats, sizeof stats);
  const triplet_status status = triplet_mine(with, &options, &of.batch, &triplets, &stats);
  if (status == TRIPLET_OK)
    to->doubles[0] = (double)triplets.count, to->doubles[1] = (double)stats.active;
  else
    assert_true(pattern_stands(&stats, sizeof stats));
  return status;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void *make_memory(triplet_context *with) {
  triplet_memory *memory = NULL;
  assert_int_equal(triplet_memory_create(with, 40, D, &memory), TRIPLET_OK);
  assert_int_equal(triplet_memory_push(with, memory, rows_of(data.y), labels()), TRIPLET_OK);
  return memory;
}

static size_t put(uint8_t *bytes, size_t at, const void *from, size_t size) {
  if (size)
    memcpy(bytes + at, from, size);
  return at + size;
}

static size_t put_references(uint8_t *bytes, size_t capacity, triplet_references held) {
  const size_t rows = held.rows.rows;
  const triplet_labels *of = &held.labels;
  const size_t size = (rows * held.rows.cols + of->integers.count + of->ends.count) * sizeof(float);
  assert_true(size <= capacity);
  size_t at = put(bytes, 0, held.rows.data, rows * held.rows.cols * sizeof(float));
  at = put(bytes, at, of->integers.data, of->integers.count * sizeof(int32_t));
  return put(bytes, at, of->ends.data, of->ends.count * sizeof(int32_t));
}

static size_t state_of_memory(const void *object, uint8_t *bytes, size_t capacity) {
  return put_references(bytes, capacity, triplet_memory_references(object));
}

static void destroy_memory(void *object) {
  triplet_memory_destroy(object);
}

static const allocation_object a_memory = {make_memory, state_of_memory, destroy_memory};

static triplet_status memory_create(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant, (void)to;
  triplet_memory *memory = NULL;
  const triplet_status status = triplet_memory_create(with, 7, D, &memory);
  assert_true((status == TRIPLET_OK) == (memory != NULL));
  triplet_memory_destroy(memory);
  return status;
}

static triplet_status memory_push(triplet_context *with, void *object, int variant, outputs *to) {
  (void)to;
  return triplet_memory_push(with, object, rows_of(data.x),
                             variant ? triplet_label_sets_of(data.labels, data.ends, N) : labels());
}

/* ---- evaluation and verification --------------------------------------------------------------------------------- */

static triplet_evaluation evaluation_in(outputs *to) {
  return (triplet_evaluation){.recall = to->doubles,
                              .macro_recall = to->doubles + 2,
                              .recall_intervals = (triplet_bounds *)(void *)(to->doubles + 4),
                              .classes = (triplet_class_metrics *)(void *)to->bytes,
                              .class_capacity = 8};
}

/* Nothing is written on error. */
static triplet_status keep_evaluation(triplet_status status, const triplet_evaluation *found,
                                      const triplet_evaluation *begun, outputs *to) {
  if (status == TRIPLET_OK)
    memcpy(to->doubles + 16, &found->metrics, sizeof found->metrics);
  else
    assert_memory_equal(found, begun, sizeof *found);
  return status;
}

static const int32_t ks[] = {1, 3};

static triplet_status evaluate(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_options options = distance_options(variant);
  batch_with of;
  make_batch(&of, variant);
  triplet_evaluation begun = evaluation_in(to);
  if (variant % 4 == 2)
    begun.classes = NULL;
  triplet_evaluation found = begun;
  return keep_evaluation(triplet_evaluate(with, &options, &of.batch, (triplet_ints){ks, 2}, &found), &found, &begun,
                         to);
}

static triplet_status evaluate_neighbors(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_options options = triplet_batch_options();
  const triplet_given_neighbors given = {.labels =
                                             variant ? triplet_label_sets_of(data.labels, data.ends, N) : labels(),
                                         .indices = data.positives,
                                         .width = 1};
  triplet_evaluation begun = evaluation_in(to), found = begun;
  return keep_evaluation(triplet_evaluate_neighbors(with, &options, &given, (triplet_ints){ks, 2}, &found), &found,
                         &begun, to);
}

/* Of all rows, where there is one rank. */
static triplet_shard shard_of(const float *x) {
  return (triplet_shard){N, {data.self, N}, rows_of(x)};
}

static triplet_status evaluate_set(triplet_context *with, int variant, const triplet_shard *shard, outputs *to) {
  const triplet_options options = distance_options(variant);
  const triplet_held_out_set set = {rows_of(data.x), labels(), data.held_out, {ks, 2}};
  triplet_held_out_evaluation found = {.against_training.recall = to->doubles}, begun = found;
  const triplet_status status = shard ? triplet_evaluate_held_out_shard(with, &options, shard, &set, &found)
                                      : triplet_evaluate_held_out(with, &options, &set, &found);
  if (status == TRIPLET_OK)
    to->doubles[16] = found.knn_accuracy;
  else
    assert_memory_equal(&found, &begun, sizeof found);
  return status;
}

static triplet_status evaluate_held_out(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  return evaluate_set(with, variant, NULL, to);
}

static triplet_status evaluate_held_out_shard(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_shard shard = shard_of(data.x);
  return evaluate_set(with, variant, &shard, to);
}

static triplet_status classify(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_options options = distance_options(variant);
  const triplet_classification_set set = {
      .queries = rows_of(data.x),
      .references = rows_of(data.y),
      .reference_labels = variant % 2 ? triplet_label_sets_of(data.labels, data.ends, N) : labels()};
  triplet_classification found = {to->ints, to->bytes, to->floats};
  return triplet_classify(with, &options, &set, &found);
}

static triplet_status keep_verification(triplet_status status, const triplet_verification *found,
                                        const triplet_verification *begun, outputs *to) {
  if (status == TRIPLET_OK)
    to->doubles[0] = found->auc, to->doubles[1] = found->eer, to->doubles[2] = found->threshold;
  else
    assert_memory_equal(found, begun, sizeof *found);
  return status;
}

static const double rates[] = {0.1, 0.5};

static triplet_verification verification_in(outputs *to) {
  return (triplet_verification){.at_far = (triplet_operating_point *)(void *)to->bytes,
                                .curve = (triplet_operating_point *)(void *)(to->doubles + 16),
                                .curve_capacity = 20};
}

static triplet_status verify(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  triplet_options options = distance_options(variant);
  options.most_pairs = variant % 2 ? 10 : options.most_pairs;
  batch_with of;
  make_batch(&of, variant);
  triplet_verification begun = verification_in(to), found = begun;
  return keep_verification(triplet_verify(with, &options, &of.batch, (triplet_doubles){rates, 2}, &found), &found,
                           &begun, to);
}

static triplet_status verify_pairs(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_options options = distance_options(variant);
  const triplet_given_pairs pairs = {rows_of(data.x), rows_of(data.y), data.held_out};
  triplet_verification begun = verification_in(to), found = begun;
  return keep_verification(triplet_verify_pairs(with, &options, &pairs, (triplet_doubles){rates, 2}, &found), &found,
                           &begun, to);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static triplet_table *read_table(triplet_context *with) {
  triplet_table_options options = triplet_table_default_options();
  options.label = "k";
  triplet_table *table = NULL;
  triplet_table_read(with, &options, table_text, sizeof table_text - 1, &table);
  return table;
}

/* A recipe and its table. */
typedef struct cookery {
  triplet_table *table;
  triplet_recipe *recipe;
} cookery;

static void *make_recipe(triplet_context *with) {
  cookery *made = calloc(1, sizeof *made);
  made->table = read_table(with);
  assert_non_null(made->table);
  assert_int_equal(triplet_recipe_create(with, made->table, &made->recipe), TRIPLET_OK);
  return made;
}

static size_t state_of_recipe(const void *object, uint8_t *bytes, size_t capacity) {
  const triplet_recipe *recipe = ((const cookery *)object)->recipe;
  size_t at = 0;
  for (size_t i = 0; i < triplet_recipe_columns(recipe); i++) {
    const triplet_recipe_column column = triplet_recipe_column_at(recipe, i);
    const double numbers[] = {column.mean, column.deviation, column.fill};
    assert_true(at + sizeof numbers <= capacity);
    at = put(bytes, at, numbers, sizeof numbers);
  }
  return at;
}

static void destroy_recipe(void *object) {
  cookery *made = object;
  triplet_recipe_destroy(made->recipe);
  triplet_table_destroy(made->table);
  free(made);
}

static const allocation_object a_recipe = {make_recipe, state_of_recipe, destroy_recipe};

static triplet_status table_read(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)to;
  triplet_table_options options = triplet_table_default_options();
  options.label = "k";
  options.missing = variant ? TRIPLET_MISSING_DROP : TRIPLET_MISSING_MEAN;
  triplet_table *table = NULL;
  const triplet_status status = triplet_table_read(with, &options, table_text, sizeof table_text - 1, &table);
  assert_true((status == TRIPLET_OK) == (table != NULL));
  triplet_table_destroy(table);
  return status;
}

static triplet_status recipe_create(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant;
  cookery made = {((cookery *)object)->table, NULL};
  const triplet_status status = triplet_recipe_create(with, made.table, &made.recipe);
  assert_true((status == TRIPLET_OK) == (made.recipe != NULL));
  if (made.recipe)
    state_of_recipe(&made, to->bytes, sizeof to->bytes);
  triplet_recipe_destroy(made.recipe);
  return status;
}

static triplet_status recipe_fit(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant, (void)to;
  cookery *made = object;
  return triplet_recipe_fit(with, made->recipe, made->table, none);
}

static triplet_status recipe_matrix(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant;
  const cookery *made = object;
  return triplet_recipe_matrix(
      with, made->recipe, made->table, none,
      (triplet_matrix){to->floats, triplet_table_rows(made->table), triplet_recipe_inputs(made->recipe)});
}

/* ---- data and matrices ------------------------------------------------------------------------------------------- */

static triplet_status standardization(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant;
  return triplet_standardization(with, rows_of(data.x), to->floats, to->floats + D);
}

static triplet_status standardize(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant;
  return triplet_standardize(with, rows_of(data.x), (triplet_floats){data.y, D}, (triplet_floats){data.weights, D},
                             (triplet_matrix){to->floats, N, D});
}

static triplet_status principal_axes(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  return triplet_principal_axes(with, triplet_matrix_of(data.x, variant ? 3 : N, D), to->floats,
                                (triplet_matrix){to->floats + D, 2, D}, to->doubles);
}

static triplet_status project(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant;
  return triplet_project(with, rows_of(data.x), (triplet_floats){data.y, D}, triplet_matrix_of(data.z, 2, D),
                         (triplet_matrix){to->floats, N, 2});
}

static triplet_status split(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  return triplet_split(with, variant / 3 ? triplet_label_sets_of(data.labels, data.ends, N) : labels(),
                       (triplet_hold_out)(variant % 3), 0.3, 1, to->bytes);
}

static triplet_status synthetic(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_synthetic_kind kind = (triplet_synthetic_kind)variant;
  return triplet_synthetic(with, kind, 1, 3, (triplet_matrix){to->floats, N, triplet_synthetic_cols(kind)}, to->ints);
}

static triplet_status sampler_create(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  triplet_sampler_options options = triplet_sampler_default_options();
  options.sampler = (triplet_sampler_name)(variant % 2);
  options.classes_per_batch = options.rows_per_class = 2;
  triplet_sampler *sampler = NULL;
  const triplet_status status = triplet_sampler_create(
      with, &options, variant / 2 ? triplet_label_sets_of(data.labels, data.ends, N) : labels(), &sampler);
  assert_true((status == TRIPLET_OK) == (sampler != NULL));
  for (int i = 0; i < 20 && sampler; i++)
    triplet_sampler_next(sampler, to->ints + i * 16);
  triplet_sampler_destroy(sampler);
  return status;
}

static triplet_matrix output_rows(outputs *to) {
  return (triplet_matrix){to->floats, N, D};
}

static triplet_status matrix_fill(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant;
  return triplet_matrix_fill(with, 2, output_rows(to));
}

static triplet_status matrix_copy(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant;
  return triplet_matrix_copy(with, rows_of(data.x), output_rows(to));
}

static triplet_status matrix_add(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant;
  return triplet_matrix_add(with, rows_of(data.x), 0.5, output_rows(to));
}

static triplet_status matrix_scale(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant;
  return triplet_matrix_scale(with, 2, output_rows(to));
}

static triplet_status matrix_random(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant;
  return triplet_matrix_random(with, 5, output_rows(to));
}

static triplet_status vectors_read(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  static const char text[] = "2 3\na 1 2 3\nb 4 5 6\n", fvecs[] = "\2\0\0\0\0\0\200\77\0\0\0\100";
  triplet_vectors *vectors = NULL;
  const triplet_status status = triplet_vectors_read(with, variant ? TRIPLET_FORMAT_FVECS : TRIPLET_FORMAT_AUTO, NULL,
                                                     (const uint8_t *)(variant ? fvecs : text),
                                                     (variant ? sizeof fvecs : sizeof text) - 1, &vectors);
  assert_true((status == TRIPLET_OK) == (vectors != NULL));
  if (vectors) {
    const triplet_matrix x = triplet_vectors_matrix(vectors);
    put(to->bytes, 0, x.data, x.rows * x.cols * sizeof(float));
  }
  triplet_vectors_destroy(vectors);
  return status;
}

static triplet_status vectors_write(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  static const triplet_file_format formats[] = {TRIPLET_FORMAT_NPY, TRIPLET_FORMAT_SAFETENSORS, TRIPLET_FORMAT_FVECS};
  const triplet_tensor one = {"x", rows_of(data.x)};
  return triplet_vectors_write(with, formats[variant], (triplet_tensors){&one, 1}, to->bytes, sizeof to->bytes,
                               (size_t *)(void *)to->doubles);
}

/* ---- encoder and optimiser --------------------------------------------------------------------------------------- */

static triplet_encoder encoder_of(int variant) {
  triplet_encoder encoder = triplet_encoder_options();
  encoder.inputs = D;
  encoder.layers = 2;
  encoder.widths[0] = 4;
  encoder.widths[1] = DIM;
  encoder.normalize = variant % 2;
  encoder.activation = (triplet_activation)(variant / 2 % 3);
  return encoder;
}

static triplet_status encoder_init(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_encoder encoder = encoder_of(variant);
  triplet_random random = {1};
  return triplet_encoder_init(with, &encoder, &random, to->floats);
}

static triplet_status suggest_layers(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant;
  return triplet_suggest_layers(with, D, CLASSES, (size_t *)(void *)to->bytes);
}

static triplet_status encoder_forward(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_encoder encoder = encoder_of(variant);
  const triplet_encoder_pass pass = {rows_of(data.x), variant % 3 ? to->floats : NULL, {to->floats + 4096, N, DIM}};
  return triplet_encoder_forward(with, &encoder, data.parameters, &pass);
}

static triplet_status encoder_backward(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_encoder encoder = encoder_of(variant);
  static float activations[4096], embeddings[N * DIM];
  const triplet_encoder_pass pass = {rows_of(data.x), activations, {embeddings, N, DIM}};
  assert_int_equal(triplet_encoder_forward(NULL, &encoder, data.parameters, &pass), TRIPLET_OK);
  return triplet_encoder_backward(with, &encoder, data.parameters, &pass, triplet_matrix_of(data.y, N, DIM),
                                  (triplet_encoder_gradients){to->floats, variant % 3 ? to->floats + 1024 : NULL});
}

static triplet_status optimizer_update(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  triplet_optimizer optimizer = triplet_optimizer_options();
  optimizer.name = (triplet_optimizer_name)variant;
  const triplet_parameters parameters = {N, to->floats, data.x, to->floats + N};
  return triplet_optimizer_update(with, &optimizer, 1, &parameters);
}

static triplet_status saved_kind_of(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant;
  return triplet_saved_kind_of(with, data.model, data.model_size, (triplet_saved_kind *)(void *)to->ints);
}

static triplet_status encoder_save(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_encoder encoder = encoder_of(variant);
  return triplet_encoder_save(with, &encoder, data.parameters, to->bytes, sizeof to->bytes,
                              (size_t *)(void *)to->doubles);
}

static triplet_status encoder_load(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant;
  triplet_encoder encoder;
  pattern_set(&encoder, sizeof encoder);
  const triplet_status status =
      triplet_encoder_load(with, data.encoder, data.encoder_size, &encoder, to->floats, sizeof to->floats / 4);
  assert_true(status == TRIPLET_OK || pattern_stands(&encoder, sizeof encoder));
  return status;
}

static triplet_status encoder_export(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_encoder encoder = encoder_of(variant);
  return triplet_encoder_export(with, &encoder, data.parameters, to->bytes, sizeof to->bytes,
                                (size_t *)(void *)to->doubles);
}

static triplet_status optimizer_save(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant;
  const triplet_kept_optimizer kept = {triplet_optimizer_options(), 3, data.x, 2 * D};
  return triplet_optimizer_save(with, &kept, to->bytes, sizeof to->bytes, (size_t *)(void *)to->doubles);
}

static triplet_status optimizer_load(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant;
  triplet_kept_optimizer kept = {.state = to->floats, .count = 2 * D};
  const triplet_status status = triplet_optimizer_load(with, data.optimizer, data.optimizer_size, &kept);
  assert_int_equal(kept.steps, status == TRIPLET_OK ? 3 : 0);
  return status;
}

/* ---- trainers ---------------------------------------------------------------------------------------------------- */

static triplet_trainer_options trainer_options(int variant) {
  triplet_trainer_options options = triplet_trainer_default_options();
  if (variant % 3 != 2) {
    options.layers = 2;
    options.widths[0] = 4;
    options.widths[1] = DIM;
    options.validation = 0.3;
    options.evaluate_every = 2;
  }
  options.classes_per_batch = options.rows_per_class = 3;
  options.steps = 8;
  options.sampler = (triplet_sampler_name)(variant % 2);
  options.loss.mining = (triplet_mining)(variant % 3);
  return options;
}

static size_t state_of_trainer(const void *object, uint8_t *bytes, size_t capacity) {
  size_t size;
  assert_int_equal(triplet_trainer_save(NULL, object, bytes, capacity, &size), TRIPLET_OK);
  return size;
}

static void destroy_trainer(void *object) {
  triplet_trainer_destroy(object);
}

/* Loaded, without data. */
static void *load_trainer(triplet_context *with) {
  triplet_trainer *trainer = NULL;
  assert_int_equal(triplet_trainer_load(with, data.model, data.model_size, &trainer), TRIPLET_OK);
  return trainer;
}

static void *attach_trainer(triplet_context *with) {
  triplet_trainer *trainer = load_trainer(with);
  assert_int_equal(triplet_trainer_attach(with, trainer, rows_of(data.x), labels()), TRIPLET_OK);
  return trainer;
}

/* One step on. */
static void *step_trainer(triplet_context *with) {
  triplet_trainer *trainer = attach_trainer(with);
  triplet_step step;
  assert_int_equal(triplet_trainer_step(with, trainer, &step), TRIPLET_OK);
  return trainer;
}

static const allocation_object a_model = {load_trainer, state_of_trainer, destroy_trainer};
static const allocation_object a_trainer = {attach_trainer, state_of_trainer, destroy_trainer};
static const allocation_object a_stepped_trainer = {step_trainer, state_of_trainer, destroy_trainer};

/* Its state is output, and it is gone. */
static triplet_status keep_trainer(triplet_status status, triplet_trainer *const *made, outputs *to) {
  triplet_trainer *const trainer = *made;
  assert_true((status == TRIPLET_OK) == (trainer != NULL));
  if (trainer)
    state_of_trainer(trainer, to->bytes, sizeof to->bytes);
  triplet_trainer_destroy(trainer);
  return status;
}

static triplet_status trainer_create(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_trainer_options options = trainer_options(variant);
  triplet_trainer *trainer = NULL;
  return keep_trainer(triplet_trainer_create(with, &options, rows_of(data.x),
                                             variant / 3 ? triplet_label_sets_of(data.labels, data.ends, N) : labels(),
                                             &trainer),
                      &trainer, to);
}

static triplet_status trainer_create_shard(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_trainer_options options = trainer_options(variant);
  const triplet_shard shard = shard_of(data.x);
  triplet_trainer *trainer = NULL;
  return keep_trainer(triplet_trainer_create_shard(with, &options, &shard, labels(), &trainer), &trainer, to);
}

static triplet_training_pairs training_pairs(void) {
  return (triplet_training_pairs){rows_of(data.x), rows_of(data.y), labels()};
}

static triplet_status trainer_create_pairs(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object;
  const triplet_trainer_options options = trainer_options(variant);
  const triplet_training_pairs pairs = training_pairs();
  triplet_trainer *trainer = NULL;
  return keep_trainer(triplet_trainer_create_pairs(with, &options, &pairs, &trainer), &trainer, to);
}

static triplet_status trainer_load(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant;
  triplet_trainer *trainer = NULL;
  return keep_trainer(triplet_trainer_load(with, data.model, data.model_size, &trainer), &trainer, to);
}

static triplet_status trainer_attach(triplet_context *with, void *object, int variant, outputs *to) {
  (void)to;
  return triplet_trainer_attach(with, object, rows_of(variant ? data.y : data.x), labels());
}

static triplet_status trainer_attach_shard(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant, (void)to;
  const triplet_shard shard = shard_of(data.x);
  return triplet_trainer_attach_shard(with, object, &shard, labels());
}

static triplet_status trainer_attach_pairs(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant, (void)to;
  const triplet_training_pairs pairs = training_pairs();
  return triplet_trainer_attach_pairs(with, object, &pairs);
}

static triplet_status trainer_step(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant;
  triplet_step step;
  const triplet_status status = triplet_trainer_step(with, object, &step);
  if (status == TRIPLET_OK)
    to->doubles[0] = (double)step.step, to->doubles[1] = step.validation;
  return status;
}

static triplet_status trainer_run(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant;
  triplet_step last;
  const triplet_status status = triplet_trainer_run(with, object, NULL, NULL, &last);
  if (status == TRIPLET_OK)
    to->doubles[0] = (double)last.step, to->doubles[1] = last.validation;
  return status;
}

static triplet_status trainer_embed(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant;
  return triplet_trainer_embed(with, object, rows_of(data.y), (triplet_matrix){to->floats, N, DIM});
}

static triplet_status trainer_embed_shard(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant;
  const triplet_shard shard = shard_of(data.y);
  return triplet_trainer_embed_shard(with, object, &shard, (triplet_matrix){to->floats, N, DIM});
}

static triplet_status trainer_embed_references(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant;
  return triplet_trainer_embed_references(with, object, rows_of(data.y), (triplet_matrix){to->floats, N, DIM});
}

static triplet_status trainer_last_triplets(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant;
  triplet_triplets triplets = {to->ints, to->ints + 2048, to->ints + 4096, 2048, 0};
  const triplet_status status = triplet_trainer_last_triplets(with, object, &triplets);
  if (status == TRIPLET_OK)
    to->doubles[0] = (double)triplets.count;
  return status;
}

static triplet_status trainer_set_options(triplet_context *with, void *object, int variant, outputs *to) {
  (void)to;
  triplet_trainer_options options = *triplet_trainer_get_options(object);
  options.rows_per_class = 5;
  if (variant)
    options.sampler = (triplet_sampler_name)!options.sampler;
  return triplet_trainer_set_options(with, object, &options);
}

static triplet_status trainer_set_names(triplet_context *with, void *object, int variant, outputs *to) {
  (void)to;
  static const char *const names[] = {"a", "bc", "def", "ghij", "klmno"};
  return triplet_trainer_set_names(with, object, (triplet_name_list)variant, variant == 2 ? 4 : D, names);
}

/* The inputs are those that the recipe of the table has, too. */
static triplet_status trainer_set_recipe(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant, (void)to;
  static const char text[] = "a,b,c,d,e\n1,2,3,4,5\n2,1,5,3,3.5\n7,4,1,1,2\n";
  const triplet_table_options options = triplet_table_default_options();
  triplet_table *table = NULL;
  triplet_recipe *recipe = NULL;
  assert_int_equal(triplet_table_read(NULL, &options, text, sizeof text - 1, &table), TRIPLET_OK);
  assert_int_equal(triplet_recipe_create(NULL, table, &recipe), TRIPLET_OK);
  const triplet_status status = triplet_trainer_set_recipe(with, object, recipe);
  triplet_recipe_destroy(recipe);
  triplet_table_destroy(table);
  return status;
}

static triplet_status trainer_set_threshold(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant, (void)to;
  return triplet_trainer_set_threshold(with, object, 0.5);
}

static triplet_status trainer_keep_rows(triplet_context *with, void *object, int variant, outputs *to) {
  (void)to;
  return triplet_trainer_keep_rows(with, object, triplet_matrix_of(data.y, N, DIM),
                                   variant ? triplet_label_sets_of(data.labels, data.ends, N) : labels());
}

static triplet_status trainer_save(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant;
  return triplet_trainer_save(with, object, to->bytes, sizeof to->bytes, (size_t *)(void *)to->doubles);
}

static triplet_status trainer_export(triplet_context *with, void *object, int variant, outputs *to) {
  (void)variant;
  return triplet_trainer_export(with, object, to->bytes, sizeof to->bytes, (size_t *)(void *)to->doubles);
}

/* ---- contexts and options ---------------------------------------------------------------------------------------- */

static triplet_status set_threads(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant, (void)to;
  return triplet_context_set_threads(with, triplet_context_threads(with));
}

static triplet_status set_instruction_set(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant, (void)to;
  return triplet_context_set_instruction_set(with, triplet_instruction_set_name(0));
}

static triplet_status set_collective(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant, (void)to;
  return triplet_context_set_collective(with, NULL);
}

static triplet_status schema_set_number(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant, (void)to;
  triplet_options options = triplet_batch_options();
  return triplet_schema_set_number(with, TRIPLET_SCHEMA_BATCH_LOSS, &options, "margin", 2);
}

static triplet_status schema_set_text(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant, (void)to;
  triplet_options options = triplet_batch_options();
  return triplet_schema_set_text(with, TRIPLET_SCHEMA_BATCH_LOSS, &options, "loss", "info_nce");
}

static triplet_status schema_check(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant, (void)to;
  const triplet_options options = triplet_batch_options();
  return triplet_schema_check(with, TRIPLET_SCHEMA_BATCH_LOSS, &options);
}

static triplet_status schema_check_given(triplet_context *with, void *object, int variant, outputs *to) {
  (void)object, (void)variant, (void)to;
  const triplet_options options = triplet_batch_options();
  return triplet_schema_check_given(with, TRIPLET_SCHEMA_BATCH_LOSS, &options, "margin");
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

const allocation_case allocation_cases[] = {
    {"triplet_context_set_threads", set_threads, 1, NULL},
    {"triplet_context_set_instruction_set", set_instruction_set, 1, NULL},
    {"triplet_context_set_collective", set_collective, 1, NULL},
    {"triplet_margin_loss", margin_loss, 20, NULL},
    {"triplet_indexed_loss", indexed_loss, 20, NULL},
    {"triplet_distances", distances, 12, NULL},
    {"triplet_ring", ring, 12, NULL},
    {"triplet_nearest", nearest, 12, NULL},
    {"triplet_index_create", index_create, 12, NULL},
    {"triplet_index_nearest", index_nearest, 6, &an_index},
    {"triplet_batch_loss", batch_loss, LOSS_VARIANTS, NULL},
    {"triplet_pair_slopes", pair_slopes, LOSS_VARIANTS, NULL},
    {"triplet_reach", reach, 3, NULL},
    {"triplet_mine_capacity", mine_capacity, 14, NULL},
    {"triplet_mine", mine, 14, NULL},
    {"triplet_memory_create", memory_create, 1, NULL},
    {"triplet_memory_push", memory_push, 2, &a_memory},
    {"triplet_evaluate", evaluate, 12, NULL},
    {"triplet_evaluate_neighbors", evaluate_neighbors, 2, NULL},
    {"triplet_evaluate_held_out", evaluate_held_out, 4, NULL},
    {"triplet_evaluate_held_out_shard", evaluate_held_out_shard, 4, NULL},
    {"triplet_classify", classify, 4, NULL},
    {"triplet_verify", verify, 12, NULL},
    {"triplet_verify_pairs", verify_pairs, 4, NULL},
    {"triplet_table_read", table_read, 2, NULL},
    {"triplet_recipe_create", recipe_create, 1, &a_recipe},
    {"triplet_recipe_fit", recipe_fit, 1, &a_recipe},
    {"triplet_recipe_matrix", recipe_matrix, 1, &a_recipe},
    {"triplet_standardization", standardization, 1, NULL},
    {"triplet_standardize", standardize, 1, NULL},
    {"triplet_principal_axes", principal_axes, 2, NULL},
    {"triplet_project", project, 1, NULL},
    {"triplet_split", split, 6, NULL},
    {"triplet_synthetic", synthetic, TRIPLET_SYNTHETIC_SWISS_ROLL + 1, NULL},
    {"triplet_sampler_create", sampler_create, 4, NULL},
    {"triplet_matrix_fill", matrix_fill, 1, NULL},
    {"triplet_matrix_copy", matrix_copy, 1, NULL},
    {"triplet_matrix_add", matrix_add, 1, NULL},
    {"triplet_matrix_scale", matrix_scale, 1, NULL},
    {"triplet_matrix_random", matrix_random, 1, NULL},
    {"triplet_vectors_read", vectors_read, 2, NULL},
    {"triplet_vectors_write", vectors_write, 3, NULL},
    {"triplet_encoder_init", encoder_init, 1, NULL},
    {"triplet_suggest_layers", suggest_layers, 1, NULL},
    {"triplet_encoder_forward", encoder_forward, 6, NULL},
    {"triplet_encoder_backward", encoder_backward, 6, NULL},
    {"triplet_optimizer_update", optimizer_update, TRIPLET_OPTIMIZER_ADAMW + 1, NULL},
    {"triplet_saved_kind_of", saved_kind_of, 1, NULL},
    {"triplet_encoder_save", encoder_save, 1, NULL},
    {"triplet_encoder_load", encoder_load, 1, NULL},
    {"triplet_encoder_export", encoder_export, 2, NULL},
    {"triplet_optimizer_save", optimizer_save, 1, NULL},
    {"triplet_optimizer_load", optimizer_load, 1, NULL},
    {"triplet_trainer_create", trainer_create, 6, NULL},
    {"triplet_trainer_create_shard", trainer_create_shard, 2, NULL},
    {"triplet_trainer_create_pairs", trainer_create_pairs, 2, NULL},
    {"triplet_trainer_attach", trainer_attach, 2, &a_model},
    {"triplet_trainer_attach_shard", trainer_attach_shard, 1, &a_model},
    {"triplet_trainer_attach_pairs", trainer_attach_pairs, 1, &a_model},
    {"triplet_trainer_step", trainer_step, 1, &a_trainer},
    {"triplet_trainer_run", trainer_run, 1, &a_trainer},
    {"triplet_trainer_embed", trainer_embed, 1, &a_model},
    {"triplet_trainer_embed_shard", trainer_embed_shard, 1, &a_model},
    {"triplet_trainer_embed_references", trainer_embed_references, 1, &a_model},
    {"triplet_trainer_last_triplets", trainer_last_triplets, 1, &a_stepped_trainer},
    {"triplet_trainer_set_options", trainer_set_options, 2, &a_trainer},
    {"triplet_trainer_set_names", trainer_set_names, 3, &a_model},
    {"triplet_trainer_set_recipe", trainer_set_recipe, 1, &a_model},
    {"triplet_trainer_set_threshold", trainer_set_threshold, 1, &a_model},
    {"triplet_trainer_keep_rows", trainer_keep_rows, 2, &a_model},
    {"triplet_trainer_save", trainer_save, 1, &a_model},
    {"triplet_trainer_load", trainer_load, 1, NULL},
    {"triplet_trainer_export", trainer_export, 1, &a_model},
    {"triplet_schema_set_number", schema_set_number, 1, NULL},
    {"triplet_schema_set_text", schema_set_text, 1, NULL},
    {"triplet_schema_check", schema_check, 1, NULL},
    {"triplet_schema_check_given", schema_check_given, 1, NULL},
};
const size_t allocation_case_count = sizeof allocation_cases / sizeof *allocation_cases;

void allocation_cases_begin(void) {
  seeded from = seeded_from(1);
  float *const filled[] = {data.x, data.y, data.z};
  for (size_t i = 0; i < 3; i++)
    seeded_fill(&from, filled[i], N * D, 2);
  seeded_fill(&from, data.parameters, sizeof data.parameters / sizeof *data.parameters, 1);
  for (int32_t i = 0; i < N; i++) {
    data.labels[i] = i % CLASSES;
    data.ends[i] = i + 1;
    data.positives[i] = (i + CLASSES) % N;
    data.negatives[i] = (i + 1) % N;
    data.self[i] = i;
    data.weights[i] = 1;
    data.held_out[i] = i % 5 == 0;
  }
  for (size_t i = 0; i < N * N; i++)
    data.relations[i] = data.labels[i / N] == data.labels[i % N] ? 1 : i % 7 ? -1 : 0;

  const triplet_trainer_options options = trainer_options(0);
  triplet_trainer *trainer = NULL;
  triplet_step step;
  assert_int_equal(triplet_trainer_create(NULL, &options, rows_of(data.x), labels(), &trainer), TRIPLET_OK);
  for (int i = 0; i < 3; i++)
    assert_int_equal(triplet_trainer_step(NULL, trainer, &step), TRIPLET_OK);
  data.model_size = state_of_trainer(trainer, data.model, MODEL);
  triplet_trainer_destroy(trainer);

  const triplet_encoder encoder = encoder_of(0);
  assert_int_equal(triplet_encoder_save(NULL, &encoder, data.parameters, data.encoder, MODEL, &data.encoder_size),
                   TRIPLET_OK);
  const triplet_kept_optimizer kept = {triplet_optimizer_options(), 3, data.x, 2 * D};
  assert_int_equal(triplet_optimizer_save(NULL, &kept, data.optimizer, MODEL, &data.optimizer_size), TRIPLET_OK);
}
