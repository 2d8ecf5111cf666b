/* Memory that is short: of every function of triplet.h that can fail, each allocation fails once, and then for good. It
 * says so, leaves outputs and objects as they were, gives everything back, and the next call gives the bits of one that
 * nothing disturbed. */
#include "allocation_cases.h"
#include "bounded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STATE = 65536 };

/* A context whose memory fails, and an object that was made with it. */
typedef struct disturbed {
  counted_memory memory;
  triplet_allocator allocator;
  triplet_context *context;
  void *object;
} disturbed;

static void begin(disturbed *of, const allocation_case *with, size_t threads) {
  *of = (disturbed){.memory = {0}};
  of->allocator = counted_allocator(&of->memory);
  of->context = triplet_context_create(&of->allocator);
  assert_non_null(of->context);
  assert_int_equal(triplet_context_set_threads(of->context, threads), TRIPLET_OK);
  of->object = with->object ? with->object->make(of->context) : NULL;
  triplet_context_trim(of->context);
}

static void end(disturbed *of, const allocation_case *with) {
  if (of->object)
    with->object->destroy(of->object);
  triplet_context_destroy(of->context);
  if (of->memory.blocks || of->memory.bytes)
    fail_msg("%s: %zu blocks of %zu bytes are left", with->function, of->memory.blocks, of->memory.bytes);
}

typedef struct state {
  size_t size;
  uint8_t bytes[MOST_STATE];
} state;

static void take_state(const disturbed *of, const allocation_case *with, state *to) {
  to->size = with->object ? with->object->state(of->object, to->bytes, sizeof to->bytes) : 0;
}

static bool same_state(const state *left, const state *right) {
  return left->size == right->size && memcmp(left->bytes, right->bytes, left->size) == 0;
}

/* What a call gives that nothing disturbs. */
typedef struct expected {
  outputs outputs;
  state before, after;
} expected;

static void undisturbed(const allocation_case *with, int variant, expected *to) {
  disturbed of;
  begin(&of, with, 1);
  take_state(&of, with, &to->before);
  pattern_set(&to->outputs, sizeof to->outputs);
  const triplet_status status = with->call(of.context, of.object, variant, &to->outputs);
  if (status != TRIPLET_OK)
    fail_msg("%s %d: %s", with->function, variant, triplet_context_error(of.context)->message);
  take_state(&of, with, &to->after);
  end(&of, with);
}

/* A training may be some steps on, which stand. */
static bool may_go_on(const allocation_case *with) {
  return strcmp(with->function, "triplet_trainer_step") == 0 || strcmp(with->function, "triplet_trainer_run") == 0;
}

static void assert_failed(disturbed *of, const allocation_case *with, const expected *wanted, const outputs *got) {
  static state now;
  assert_int_equal(triplet_context_error(of->context)->status, TRIPLET_OUT_OF_MEMORY);
  if (!pattern_stands(got, sizeof *got))
    fail_msg("%s: something was written", with->function);
  take_state(of, with, &now);
  if (!may_go_on(with) && !same_state(&now, &wanted->before))
    fail_msg("%s: what it works on has changed", with->function);
}

static void assert_done(disturbed *of, const allocation_case *with, const expected *wanted, const outputs *got) {
  static state now;
  if (memcmp(got, &wanted->outputs, sizeof *got) != 0)
    fail_msg("%s: the outputs differ from those of an undisturbed call", with->function);
  take_state(of, with, &now);
  if (!same_state(&now, &wanted->after))
    fail_msg("%s: what it works on differs from what an undisturbed call leaves", with->function);
}

/* Makes allocation number `failing` fail; false: there are not so many. Threads that cannot be had are done without. */
static bool disturb(const allocation_case *with, int variant, disturbed *of, const expected *wanted) {
  static outputs got;
  const size_t first = of->memory.failing, before = of->memory.calls;
  of->memory.failing += before;
  pattern_set(&got, sizeof got);
  const triplet_status status = with->call(of->context, of->object, variant, &got);
  const bool reached = of->memory.calls - before >= first;
  of->memory.failing = 0;
  if (status == TRIPLET_OK) {
    if (reached && triplet_context_threads(of->context) == 1)
      fail_msg("%s %d: nobody was told that allocation %zu had failed", with->function, variant, first);
    assert_done(of, with, wanted, &got);
    return reached;
  }
  if (status != TRIPLET_OUT_OF_MEMORY || !reached)
    fail_msg("%s %d: %s", with->function, variant, triplet_context_error(of->context)->message);
  assert_failed(of, with, wanted, &got);

  pattern_set(&got, sizeof got);
  assert_int_equal(with->call(of->context, of->object, variant, &got), TRIPLET_OK);
  assert_done(of, with, wanted, &got);
  return true;
}

static size_t failures;

static void fail_each(size_t threads, bool lasting) {
  static expected wanted;
  failures = 0;
  for (size_t i = 0; i < allocation_case_count; i++)
    for (int variant = 0; variant < allocation_cases[i].variants; variant++) {
      const allocation_case *with = &allocation_cases[i];
      undisturbed(with, variant, &wanted);
      bool reached = true;
      for (size_t failing = 1; reached; failing++) {
        disturbed of;
        begin(&of, with, threads);
        of.memory.failing = failing;
        of.memory.stubborn = true;
        of.memory.lasting = lasting;
        reached = disturb(with, variant, &of, &wanted);
        end(&of, with);
        failures += reached;
      }
    }
}

static void each_fails_once(void **state) {
  (void)state;
  fail_each(1, false);
  assert_true(failures > 2000);
}

static void from_each_on_all_fail(void **state) {
  (void)state;
  fail_each(1, true);
  assert_true(failures > 2000);
}

static void each_fails_once_beside_threads(void **state) {
  (void)state;
  fail_each(3, false);
  assert_true(failures > 2000);
}

/* ---- memory that ends -------------------------------------------------------------------------------------------- */

/* Nobody reads what he has not written, or leaves what he has asked for. */
static void everybody_stays_within_his_memory(void **state) {
  (void)state;
  static expected wanted;
  static outputs got;
  const char *name;
  for (size_t i = 0; i < allocation_case_count; i++)
    for (int variant = 0; variant < allocation_cases[i].variants; variant++) {
      const allocation_case *with = &allocation_cases[i];
      undisturbed(with, variant, &wanted);
      for (size_t set = 0; (name = triplet_instruction_set_name(set)); set++) {
        disturbed of = {.context = bounded_context()};
        assert_int_equal(triplet_context_set_instruction_set(of.context, name), TRIPLET_OK);
        of.object = with->object ? with->object->make(of.context) : NULL;
        pattern_set(&got, sizeof got);
        assert_int_equal(with->call(of.context, of.object, variant, &got), TRIPLET_OK);
        assert_done(&of, with, &wanted, &got);
        end(&of, with);
      }
    }
}

/* ---- no function is forgotten ------------------------------------------------------------------------------------ */

static bool has_case(const char *function, size_t length) {
  for (size_t i = 0; i < allocation_case_count; i++)
    if (strlen(allocation_cases[i].function) == length && memcmp(allocation_cases[i].function, function, length) == 0)
      return true;
  return false;
}

/* Those that return a status can say that memory is short. The others need none: they have no way to say so. */
static void every_function_has_its_case(void **state) {
  (void)state;
  static const char returns[] = "TRIPLET_API triplet_status ";
  FILE *header = fopen("core/triplet.h", "r");
  assert_non_null(header);
  char line[256];
  size_t found = 0;
  while (fgets(line, sizeof line, header)) {
    if (strncmp(line, returns, sizeof returns - 1) != 0)
      continue;
    const char *function = line + sizeof returns - 1;
    const size_t length = strcspn(function, "(\n");
    if (!has_case(function, length))
      fail_msg("%.*s has no case in allocation_cases.c", (int)length, function);
    found++;
  }
  fclose(header);
  assert_int_equal(found, allocation_case_count);
}

/* What changes an object and cannot fail asks for nothing. */
static void what_cannot_fail_needs_no_memory(void **state) {
  (void)state;
  enum { N = 12 };
  float x[N];
  int32_t labels[N], rows[N];
  for (int32_t i = 0; i < N; i++)
    x[i] = (float)(i * i % 7), labels[i] = i % 3;
  disturbed of = {.memory = {0}};
  of.allocator = counted_allocator(&of.memory);
  of.context = triplet_context_create(&of.allocator);
  triplet_sampler_options options = triplet_sampler_default_options();
  options.classes_per_batch = options.rows_per_class = 2;
  triplet_trainer_options training = triplet_trainer_default_options();
  training.validation = 0.3;
  training.evaluate_every = 1;
  training.layers = 1;
  training.widths[0] = 2;
  training.classes_per_batch = training.rows_per_class = 2;
  triplet_sampler *sampler = NULL;
  triplet_memory *memory = NULL;
  triplet_trainer *trainer = NULL;
  triplet_step step;
  const triplet_labels all = triplet_labels_of(labels, N);
  assert_int_equal(triplet_sampler_create(of.context, &options, all, &sampler), TRIPLET_OK);
  assert_int_equal(triplet_memory_create(of.context, N, 1, &memory), TRIPLET_OK);
  assert_int_equal(triplet_memory_push(of.context, memory, triplet_matrix_of(x, N, 1), all), TRIPLET_OK);
  assert_int_equal(triplet_trainer_create(of.context, &training, triplet_matrix_of(x, N, 1), all, &trainer),
                   TRIPLET_OK);
  assert_int_equal(triplet_trainer_step(of.context, trainer, &step), TRIPLET_OK);

  const size_t calls = of.memory.calls;
  for (int i = 0; i < 20; i++)
    assert_int_equal(triplet_sampler_next(sampler, rows), 4);
  assert_int_equal(triplet_memory_references(memory).rows.rows, N);
  triplet_memory_clear(memory);
  triplet_trainer_restore_best(trainer);
  assert_true(triplet_trainer_kept_rows(trainer).rows.rows == 0);
  triplet_context_set_first_index(of.context, 1);
  triplet_context_set_progress(of.context, NULL, NULL);
  triplet_trainer_destroy(trainer);
  triplet_memory_destroy(memory);
  triplet_sampler_destroy(sampler);
  assert_int_equal(of.memory.calls, calls);
  triplet_context_destroy(of.context);
  assert_int_equal(of.memory.blocks, 0);
}

static int begin_cases(void **state) {
  (void)state;
  allocation_cases_begin();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_function_has_its_case),
      cmocka_unit_test(everybody_stays_within_his_memory),
      cmocka_unit_test(each_fails_once),
      cmocka_unit_test(from_each_on_all_fail),
      cmocka_unit_test(each_fails_once_beside_threads),
      cmocka_unit_test(what_cannot_fail_needs_no_memory),
  };
  return cmocka_run_group_tests_name("allocations", tests, begin_cases, NULL);
}
