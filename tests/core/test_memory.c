/* The ring of past embeddings against a plain list of all that was ever pushed. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

/* Every row held is one of the last `capacity` pushed, each of them once, with its label. Rows
 * are numbered by content. */
static void check_held(const triplet_memory *memory, size_t capacity, size_t pushed) {
  const triplet_references held = triplet_memory_references(memory);
  const size_t expected = pushed < capacity ? pushed : capacity;
  assert_int_equal(held.rows.rows, expected);
  assert_int_equal(held.labels.integers.count, expected);
  assert_null(held.self.data);
  bool *seen = calloc(expected + 1, sizeof *seen);
  for (size_t i = 0; i < expected; i++) {
    const size_t number = (size_t)held.rows.data[i * held.rows.cols];
    assert_in_range(number, pushed - expected, pushed - 1);
    assert_false(seen[number - (pushed - expected)]);
    seen[number - (pushed - expected)] = true;
    assert_int_equal(held.labels.integers.data[i], -(int32_t)number);
    for (size_t k = 1; k < held.rows.cols; k++)
      assert_true(held.rows.data[i * held.rows.cols + k] == (float)(number + k));
  }
  free(seen);
}

static void push(triplet_context *context, triplet_memory *memory, size_t first, size_t rows, size_t dim) {
  float *x = malloc((rows * dim + 1) * sizeof *x);
  int32_t *labels = malloc((rows + 1) * sizeof *labels);
  for (size_t i = 0; i < rows; i++) {
    labels[i] = -(int32_t)(first + i);
    for (size_t k = 0; k < dim; k++)
      x[i * dim + k] = (float)(first + i + k);
  }
  assert_int_equal(
      triplet_memory_push(context, memory, (triplet_matrix){x, rows, dim}, triplet_labels_of(labels, rows)),
      TRIPLET_OK);
  free(labels);
  free(x);
}

static void holds_the_last_rows(void **state) {
  (void)state;
  seeded from = seeded_from(1);
  for (int round = 0; round < 40; round++) {
    const size_t capacity = 1 + seeded_below(&from, 20), dim = 1 + seeded_below(&from, 5);
    triplet_memory *memory;
    assert_int_equal(triplet_memory_create(NULL, capacity, dim, &memory), TRIPLET_OK);
    size_t pushed = 0;
    check_held(memory, capacity, pushed);
    for (int i = 0; i < 12; i++) {
      const size_t rows = seeded_below(&from, 30);
      push(NULL, memory, pushed, rows, dim);
      check_held(memory, capacity, pushed += rows);
    }
    triplet_memory_clear(memory);
    check_held(memory, capacity, 0);
    push(NULL, memory, 0, 1, dim);
    check_held(memory, capacity, 1);
    triplet_memory_destroy(memory);
  }
}

/* A plain list of all sets that were ever pushed: row i has its own number, then random ones. */
enum { PUSHED = 400, MOST_LABELS = 5 };

typedef struct history {
  int32_t integers[PUSHED * MOST_LABELS], ends[PUSHED];
  size_t rows;
} history;

static triplet_ints set_of(const history *of, size_t row) {
  const int32_t first = row ? of->ends[row - 1] : 0;
  return (triplet_ints){of->integers + first, (size_t)(of->ends[row] - first)};
}

/* Pushes rows of `least` to `most` labels each. */
static void push_sets(triplet_memory *memory, history *all, seeded *from, size_t rows, size_t least, size_t most) {
  int32_t integers[PUSHED * MOST_LABELS], ends[PUSHED], end = 0;
  float x[PUSHED];
  for (size_t i = 0; i < rows; i++) {
    int32_t place = all->rows ? all->ends[all->rows - 1] : 0;
    for (size_t count = least + seeded_below(from, most - least + 1); count; count--) {
      const int32_t label = (int32_t)seeded_below(from, 1000) - 500;
      all->integers[place++] = integers[end++] = label;
    }
    x[i] = (float)all->rows;
    ends[i] = end;
    all->ends[all->rows++] = place;
  }
  assert_int_equal(
      triplet_memory_push(NULL, memory, triplet_matrix_of(x, rows, 1), triplet_label_sets_of(integers, ends, rows)),
      TRIPLET_OK);
}

static void holds_the_sets_of_its_rows(void **state) {
  (void)state;
  seeded from = seeded_from(2);
  for (int round = 0; round < 60; round++) {
    const size_t capacity = 1 + seeded_below(&from, 20);
    triplet_memory *memory;
    assert_int_equal(triplet_memory_create(NULL, capacity, 1, &memory), TRIPLET_OK);
    history all = {.rows = 0};
    for (int i = 0; i < 10; i++) {
      const bool single = seeded_below(&from, 3) == 0; /* as many labels as rows now and then */
      push_sets(memory, &all, &from, seeded_below(&from, 30), single, single ? 1 : MOST_LABELS);
      const triplet_references held = triplet_memory_references(memory);
      assert_int_equal(held.rows.rows, all.rows < capacity ? all.rows : capacity);
      assert_int_equal(held.labels.ends.count, held.rows.rows);
      int32_t end = 0;
      for (size_t row = 0; row < held.rows.rows; row++) {
        const triplet_ints expected = set_of(&all, (size_t)held.rows.data[row]);
        assert_memory_equal(held.labels.integers.data + end, expected.data, expected.count * sizeof *expected.data);
        end += (int32_t)expected.count;
        assert_int_equal(held.labels.ends.data[row], end);
      }
      assert_int_equal(held.labels.integers.count, end);
    }
    triplet_memory_clear(memory);
    assert_int_equal(triplet_memory_references(memory).labels.integers.count, 0);
    triplet_memory_destroy(memory);
  }
}

static void refuses_misuse(void **state) {
  (void)state;
  float x[] = {1, 2, 3, 4};
  int32_t labels[] = {1, 2};
  triplet_context *context = triplet_context_create(NULL);
  triplet_memory *memory = NULL;
  assert_error(context, triplet_memory_create(context, 0, 2, &memory), TRIPLET_INVALID_ARGUMENT, "capacity",
               "expected 1 .. 2147483647, got 0");
  assert_int_equal(triplet_memory_create(context, 3, 0, &memory), TRIPLET_INVALID_ARGUMENT);
  assert_string_equal(triplet_context_error(context)->argument, "dim");
  assert_int_equal(triplet_memory_create(context, INT32_MAX, SIZE_MAX / 4, &memory), TRIPLET_OUT_OF_MEMORY);
  assert_null(memory);
  assert_int_equal(triplet_memory_create(context, 3, 2, &memory), TRIPLET_OK);
  assert_error(context, triplet_memory_push(context, memory, (triplet_matrix){x, 4, 1}, triplet_labels_of(labels, 2)),
               TRIPLET_INVALID_ARGUMENT, "embeddings", "expected 2 columns, got 1");
  assert_error(context, triplet_memory_push(context, memory, (triplet_matrix){x, 2, 2}, triplet_labels_of(labels, 1)),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected labels of 2 rows, got 1");
  const float relations[] = {1, -1, -1, 1};
  const int32_t ends[] = {2, 1};
  assert_error(context,
               triplet_memory_push(context, memory, (triplet_matrix){x, 2, 2}, triplet_relations_of(relations, 2, 2)),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected labels, got a matrix of relations");
  assert_error(context,
               triplet_memory_push(context, memory, (triplet_matrix){x, 2, 2}, triplet_label_sets_of(labels, ends, 2)),
               TRIPLET_INVALID_ARGUMENT, "labels", "expected ends that ascend, got 1 at index 1");
  assert_int_equal(triplet_memory_references(memory).rows.rows, 0);
  triplet_memory_destroy(memory);
  triplet_memory_destroy(NULL);
  triplet_context_destroy(context);
}

/* More labels than there was room for. */
static triplet_status push_two(triplet_context *with, triplet_memory *memory) {
  static const float x[] = {7, 8};
  static const int32_t integers[] = {1, 2, 3, 4, 5, 6}, ends[] = {3, 6};
  return triplet_memory_push(with, memory, triplet_matrix_of(x, 2, 1), triplet_label_sets_of(integers, ends, 2));
}

static triplet_status call(triplet_context *with, void *data) {
  (void)data;
  triplet_memory *memory = NULL;
  triplet_status status = triplet_memory_create(with, 3, 1, &memory);
  if (status == TRIPLET_OK) {
    push(with, memory, 5, 1, 1);
    status = push_two(with, memory);
    const triplet_references held = triplet_memory_references(memory);
    assert_int_equal(held.rows.rows, status == TRIPLET_OK ? 3 : 1); /* nothing of a push that failed */
    assert_int_equal(held.labels.integers.count, status == TRIPLET_OK ? 7 : 1);
    assert_true(held.rows.data[0] == 5 && held.labels.integers.data[0] == -5);
  }
  triplet_memory_destroy(memory);
  return status;
}

static void survives_short_memory(void **state) {
  (void)state;
  assert_int_equal(fail_each_allocation(call, NULL, NULL), 8);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(holds_the_last_rows),
      cmocka_unit_test(holds_the_sets_of_its_rows),
      cmocka_unit_test(refuses_misuse),
      cmocka_unit_test(survives_short_memory),
  };
  return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
