/* Updates against PyTorch's documented algorithms in double, and against numbers of PyTorch itself. */
#include "internal.h"

#include "support.h"

/* ---- the algorithms as PyTorch's manual states them -------------------------------------------------------------- */

/* Parameters and both moments. */
typedef struct naive_state {
  double *p, *first, *second;
} naive_state;

static void naive_update(const triplet_optimizer *o, uint64_t step, size_t count, const float *gradient,
                         naive_state state) {
  double *p = state.p, *first = state.first, *second = state.second;
  for (size_t i = 0; i < count; i++) {
    double g = (double)gradient[i];
    if (o->name == TRIPLET_OPTIMIZER_ADAMW)
      p[i] -= o->learning_rate * o->weight_decay * p[i];
    else
      g += o->weight_decay * p[i];
    if (o->name == TRIPLET_OPTIMIZER_SGD) {
      if (o->momentum != 0) {
        first[i] = step > 1 ? o->momentum * first[i] + g : g;
        g = o->nesterov ? g + o->momentum * first[i] : first[i];
      }
      p[i] -= o->learning_rate * g;
      continue;
    }
    first[i] = o->b1 * first[i] + (1 - o->b1) * g;
    second[i] = o->b2 * second[i] + (1 - o->b2) * g * g;
    const double m = first[i] / (1 - pow(o->b1, (double)step)), v = second[i] / (1 - pow(o->b2, (double)step));
    p[i] -= o->learning_rate * m / (sqrt(v) + o->eps);
  }
}

#define CASES 7

static triplet_optimizer case_of(size_t index) {
  triplet_optimizer o = triplet_optimizer_options();
  o.learning_rate = 0.1;
  o.name = index < 4 ? TRIPLET_OPTIMIZER_SGD : index < 6 ? TRIPLET_OPTIMIZER_ADAM : TRIPLET_OPTIMIZER_ADAMW;
  o.weight_decay = index == 0 || index == 4 ? 0 : 0.05;
  o.momentum = index == 2 || index == 3 ? 0.9 : 0;
  o.nesterov = index == 3;
  if (index == 5) {
    o.b1 = 0.8;
    o.b2 = 0.99;
    o.eps = 1e-3;
  }
  return o;
}

static void follows_the_manual(void **unused) {
  (void)unused;
  enum { COUNT = 37, STEPS = 200 };
  seeded from = seeded_from(1);
  for (size_t index = 0; index < CASES; index++) {
    triplet_optimizer o = case_of(index);
    o.learning_rate = 0.01;
    float p[COUNT], gradient[COUNT], state[2 * COUNT] = {0};
    double expected[COUNT], first[COUNT] = {0}, second[COUNT] = {0};
    seeded_fill(&from, p, COUNT, 1);
    for (size_t i = 0; i < COUNT; i++)
      expected[i] = (double)p[i];
    for (uint64_t step = 1; step <= STEPS; step++) {
      seeded_fill(&from, gradient, COUNT, 1);
      assert_int_equal(triplet_optimizer_update(NULL, &o, step, &(triplet_parameters){COUNT, p, gradient, state}),
                       TRIPLET_OK);
      naive_update(&o, step, COUNT, gradient, (naive_state){expected, first, second});
      /* AdamW's 1 - rate x decay is rounded to float32, here and in PyTorch: 3e-8 a step, always the same way. */
      const double rounding = o.name == TRIPLET_OPTIMIZER_ADAMW ? 3e-8 * (double)step : 0;
      for (size_t i = 0; i < COUNT; i++)
        assert_true(fabs((double)p[i] - expected[i]) <= (2e-6 + rounding) * fmax(1, fabs(expected[i])));
    }
  }
}

/* After five steps of PyTorch 1.13.1 in float32 from (0.5, -1.25, 2), the gradient of step s being
 * (0.1 s, -0.5 / s, 0.75 - 0.25 s): torch.optim.SGD, Adam and AdamW with lr = 0.1 and the numbers of case_of, printed
 * with 9 digits. */
static const float of_torch[CASES][3] = {
    {0.349999994f, -1.13583338f, 2},
    {0.338620603f, -1.1064887f, 1.95173812f},
    {0.153018206f, -0.804941893f, 1.68214333f},
    {0.0294257011f, -0.712155044f, 1.67172718f},
    {0.0149169266f, -0.809853911f, 1.71943557f},
    {-0.00207309425f, -0.81413728f, 1.69411421f},
    {0.00740269572f, -0.783572793f, 1.67417884f},
};

static void follows_torch(void **unused) {
  (void)unused;
  for (size_t index = 0; index < CASES; index++) {
    const triplet_optimizer o = case_of(index);
    float p[] = {0.5f, -1.25f, 2}, state[6] = {0};
    for (int s = 1; s <= 5; s++) {
      const float gradient[] = {0.1f * (float)s, -0.5f / (float)s, 0.75f - 0.25f * (float)s};
      assert_int_equal(triplet_optimizer_update(NULL, &o, (uint64_t)s, &(triplet_parameters){3, p, gradient, state}),
                       TRIPLET_OK);
    }
    for (size_t i = 0; i < 3; i++)
      assert_true(fabsf(p[i] - of_torch[index][i]) <= 1e-6f);
  }
}

/* ---- bits -------------------------------------------------------------------------------------------------------- */

enum { MANY = 20011 };

typedef struct recorded {
  triplet_optimizer optimizer;
  float *gradient, *results; /* parameters and state */
  bool filled;
} recorded;

static void same_bits_here(triplet_context *context, void *data) {
  recorded *record = data;
  floats now = floats_make(3 * MANY, 1);
  memset(now.data, 0, 3 * MANY * sizeof(float));
  for (size_t i = 0; i < MANY; i++)
    now.data[i] = (float)i / MANY;
  for (uint64_t step = 1; step <= 3; step++)
    assert_int_equal(triplet_optimizer_update(context, &record->optimizer, step,
                                              &(triplet_parameters){MANY, now.data, record->gradient, now.data + MANY}),
                     TRIPLET_OK);
  if (!record->filled)
    memcpy(record->results, now.data, 3 * MANY * sizeof(float));
  record->filled = true;
  assert_same_bits(now.data, record->results, 3 * MANY, "parameters and state");
  assert_int_equal(bits_of(now.data[123]), 0x7fc00000);
  floats_release(&now);
}

static void bits(void **unused) {
  (void)unused;
  seeded from = seeded_from(2);
  floats gradient = floats_random(&from, MANY, 3, 1), results = floats_make(3 * MANY, 0);
  gradient.data[123] = -NAN;
  for (size_t index = 0; index < CASES; index++) {
    recorded record = {case_of(index), gradient.data, results.data, false};
    on_every_machine(same_bits_here, &record);
  }
  floats_release(&gradient);
  floats_release(&results);
}

/* ---- edges ------------------------------------------------------------------------------------------------------- */

static void late_steps(void **unused) {
  (void)unused;
  triplet_optimizer o = triplet_optimizer_options();
  float p = 1, state[2] = {0.5f, 0.25f};
  const float gradient = 0.5f;
  assert_int_equal(triplet_optimizer_update(NULL, &o, UINT64_MAX, &(triplet_parameters){1, &p, &gradient, state}),
                   TRIPLET_OK);
  assert_true(fabsf(p - 0.999f) < 1e-6f); /* both corrections have faded: 1 - 0.001 x 0.5 / sqrt(0.25) */
}

static void errors(void **unused) {
  (void)unused;
  triplet_context *context = triplet_context_create(NULL);
  float p[2], state[4];
  const float gradient[2] = {1, 1};
  pattern_set(p, sizeof p);
  pattern_set(state, sizeof state);
  const triplet_optimizer good = triplet_optimizer_options();
  triplet_optimizer bad = good;

#define UPDATE(o, step) triplet_optimizer_update(context, o, step, &(triplet_parameters){2, p, gradient, state})
#define FAILS(call, argument, message) assert_error(context, call, TRIPLET_INVALID_ARGUMENT, argument, message)

  bad.learning_rate = -1;
  FAILS(UPDATE(&bad, 1), "learning_rate", "expected a finite number >= 0, got -1");
  bad = good;
  bad.b2 = 1;
  FAILS(UPDATE(&bad, 1), "b2", "expected a number in [0, 1), got 1");
  bad.b2 = 1 - 1e-12; /* 1 as float32 */
  assert_int_equal(UPDATE(&bad, 1), TRIPLET_INVALID_ARGUMENT);
  bad = good;
  bad.momentum = 1;
  FAILS(UPDATE(&bad, 1), "momentum", "expected a number in [0, 1), got 1");
  bad = good;
  bad.nesterov = true;
  FAILS(UPDATE(&bad, 1), "nesterov", "expected momentum > 0 with nesterov, got 0");

  FAILS(UPDATE(&good, 0), "step", "expected at least 1, got 0");
  FAILS(UPDATE(NULL, 1), "optimizer", "expected a structure begun by triplet_optimizer_options(), got NULL");

  FAILS(triplet_optimizer_update(context, &good, 1, &(triplet_parameters){2, NULL, gradient, state}), "parameters",
        "expected 2 floats, got NULL");
  FAILS(triplet_optimizer_update(context, &good, 1, &(triplet_parameters){2, p, NULL, state}), "gradient",
        "expected 2 floats, got NULL");
  FAILS(triplet_optimizer_update(context, &good, 1, &(triplet_parameters){2, p, gradient, NULL}), "state",
        "expected 4 floats, got NULL");

  assert_int_equal(triplet_optimizer_update(context, &good, 1, &(triplet_parameters){SIZE_MAX / 2, p, gradient, state}),
                   TRIPLET_INVALID_ARGUMENT);
  assert_string_equal(triplet_context_error(context)->argument, "count");

  assert_true(pattern_stands(p, sizeof p) && pattern_stands(state, sizeof state));
  assert_int_equal(triplet_optimizer_update(context, &good, 1, &(triplet_parameters){0, NULL, NULL, NULL}), TRIPLET_OK);
  triplet_context_destroy(context);
}

static void state_sizes(void **unused) {
  (void)unused;
  static const size_t expected[CASES] = {0, 0, 10, 10, 20, 20, 20};
  for (size_t index = 0; index < CASES; index++) {
    const triplet_optimizer o = case_of(index);
    assert_int_equal(triplet_optimizer_state(&o, 10), expected[index]);
  }
  const triplet_optimizer adam = case_of(4); /* two numbers for each parameter */
  assert_true(triplet_optimizer_state(&adam, SIZE_MAX / 2) == SIZE_MAX / 2 * 2);
  assert_true(triplet_optimizer_state(&adam, SIZE_MAX / 2 + 1) == SIZE_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(follows_the_manual), cmocka_unit_test(follows_torch), cmocka_unit_test(bits),
      cmocka_unit_test(late_steps),         cmocka_unit_test(errors),        cmocka_unit_test(state_sizes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
