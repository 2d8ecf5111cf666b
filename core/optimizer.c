/* optimizer.c - PyTorch's update formulas on parameters and state that the caller owns.
 *
 * State: sgd with momentum the momentum buffer (count); adam and adamw the first moments m (count), then the second
 * moments v (count); sgd without momentum none. */
#include "kernels.h"

#define PARAMETERS_PER_CHUNK 8192

/* The optimiser's numbers as float32 work uses them. */
typedef struct update_job {
  const triplet_optimizer *optimizer;
  const triplet_kernels *kernels;
  size_t count;
  float *parameters;
  const float *gradient;
  float *state;
  float shrink, decay, rate, root_scale;
} update_job;

size_t triplet_optimizer_state(const triplet_optimizer *optimizer, size_t parameters) {
  if (triplet_check_begun(NULL, TRIPLET_SCHEMA_OPTIMIZER, optimizer) != TRIPLET_OK)
    return 0;
  if (optimizer->name == TRIPLET_OPTIMIZER_SGD)
    return optimizer->momentum > 0 ? parameters : 0;
  return parameters > SIZE_MAX / 2 ? SIZE_MAX : 2 * parameters;
}

/* The table of options keeps b1 and b2 below 1 as doubles; as floats they may still round to it. */
static triplet_status check_below_one(triplet_context *context, const char *name, double value) {
  if ((float)value >= 1)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, name, "expected a number in [0, 1), got %g", value);
  return TRIPLET_OK;
}

static triplet_status check_update(triplet_context *context, const triplet_optimizer *optimizer, uint64_t step,
                                   const triplet_parameters *parameters) {
  const size_t count = parameters->count;
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_OPTIMIZER, optimizer));
  TRIPLET_TRY(check_below_one(context, "b1", optimizer->b1));
  TRIPLET_TRY(check_below_one(context, "b2", optimizer->b2));
  if (optimizer->nesterov && optimizer->momentum == 0)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "nesterov", "expected momentum > 0 with nesterov, got 0");
  if (step < 1)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "step", "expected at least 1, got 0");
  const size_t state_count = triplet_optimizer_state(optimizer, count);
  if (count > SIZE_MAX / sizeof(float) || state_count > SIZE_MAX / sizeof(float))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "count", "%z parameters do not fit in memory", count);
  if (count && (!parameters->values || !parameters->gradient))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, parameters->values ? "gradient" : "parameters",
                        "expected %z floats, got NULL", count);
  if (state_count && !parameters->state)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "state", "expected %z floats, got NULL", state_count);
  return TRIPLET_OK;
}

/* torch.optim.SGD without dampening; a zeroed buffer makes its first step what PyTorch's is. */
static void sgd(const update_job *job, size_t first, size_t last) {
  const float momentum = (float)job->optimizer->momentum;
  for (size_t i = first; i < last; i++) {
    float gradient = job->gradient[i] + job->decay * job->parameters[i];
    if (momentum > 0) {
      const float buffer = momentum * job->state[i] + gradient;
      job->state[i] = buffer;
      gradient = job->optimizer->nesterov ? gradient + momentum * buffer : buffer;
    }
    job->parameters[i] -= job->rate * gradient;
  }
}

static void make_canonical(float *values, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (values[i] != values[i])
      values[i] = triplet_canonical_nan();
}

static void update_chunk(void *of, size_t chunk, size_t worker) {
  const update_job *job = of;
  const triplet_optimizer *optimizer = job->optimizer;
  const size_t first = chunk * PARAMETERS_PER_CHUNK, left = job->count - first;
  const size_t size = left < PARAMETERS_PER_CHUNK ? left : PARAMETERS_PER_CHUNK;
  (void)worker;
  if (optimizer->name == TRIPLET_OPTIMIZER_SGD)
    sgd(job, first, first + size);
  else
    job->kernels->adam(&(triplet_adam){.shrink = job->shrink,
                                       .decay = job->decay,
                                       .b1 = (float)optimizer->b1,
                                       .b2 = (float)optimizer->b2,
                                       .rate = job->rate,
                                       .root_scale = job->root_scale,
                                       .eps = (float)optimizer->eps},
                       job->parameters + first, job->gradient + first, job->state + first,
                       job->state + job->count + first, size);
  make_canonical(job->parameters + first, size);
  for (size_t part = 0; part < triplet_optimizer_state(optimizer, job->count); part += job->count)
    make_canonical(job->state + part + first, size);
}

triplet_status triplet_optimizer_update(triplet_context *context, const triplet_optimizer *optimizer, uint64_t step,
                                        const triplet_parameters *parameters) {
  TRIPLET_TRY(check_update(context, optimizer, step, parameters));
  const size_t count = parameters->count;
  update_job job = {.optimizer = optimizer,
                    .kernels = triplet_kernels_of(context),
                    .count = count,
                    .parameters = parameters->values,
                    .gradient = parameters->gradient,
                    .state = parameters->state,
                    .shrink = 1,
                    .decay = (float)optimizer->weight_decay,
                    .rate = (float)optimizer->learning_rate};

  if (optimizer->name == TRIPLET_OPTIMIZER_ADAMW) {
    job.shrink = (float)(1 - optimizer->learning_rate * optimizer->weight_decay);
    job.decay = 0;
  }

  if (optimizer->name != TRIPLET_OPTIMIZER_SGD) {
    /* The moments are made with b1 and b2 as floats, and so must be their correction: 1 - 0.999f is 5e-5 off 0.001. */
    const double steps = (double)step;
    job.rate = (float)(optimizer->learning_rate / (1 - triplet_pow((double)(float)optimizer->b1, steps)));
    job.root_scale = (float)(1 / sqrt(1 - triplet_pow((double)(float)optimizer->b2, steps)));
  }

  triplet_parallel(context, count / PARAMETERS_PER_CHUNK + (count % PARAMETERS_PER_CHUNK != 0), update_chunk, &job);
  return TRIPLET_OK;
}
