/* hinge.c - L = max(d(a, p) - d(a, n) + margin, 0): the hinge of one triplet and its slope. The swap is that of
 * Balntas et al. 2016, the soft margin that of Hermans et al. 2017. */
#include "hinge.h"

#include "collective.h"

/* log(1 + exp(h)) = max(h, 0) + log(1 + exp(-|h|)), where nothing overflows. */
triplet_hinge triplet_softplus(double h) {
  const double decay = triplet_exp(-fabs(h));
  return (triplet_hinge){.loss = (h > 0 ? h : 0) + triplet_log1p(decay),
                         .slope = (h >= 0 ? 1 : decay) / (1 + decay),
                         .an_share = 1,
                         .active = true};
}

triplet_hinge triplet_hinge_of(const triplet_options *options, double margin, triplet_sides distances) {
  triplet_hinge hinge = {.an_share = 1};
  float negative = distances.an;
  if (options->swap) {
    hinge.an_share = distances.an < distances.pn ? 1 : distances.an > distances.pn ? 0 : 0.5;
    negative = hinge.an_share > 0 ? distances.an : distances.pn;
  }
  hinge.hard = negative <= distances.ap;

  /* In this order everywhere, so that counts found by sorting agree. */
  const double h = ((double)distances.ap + margin) - (double)negative;
  if (h != h) {
    hinge.loss = h;
  } else if (options->soft_margin) {
    const triplet_hinge soft = triplet_softplus(h);
    hinge.loss = soft.loss;
    hinge.slope = soft.slope;
    hinge.active = true;
  } else if (h > 0) {
    hinge.loss = h;
    hinge.slope = 1;
    hinge.active = true;
  } else if (h == 0 && options->convention != TRIPLET_CONVENTION_EXACT) {
    hinge.slope = options->convention == TRIPLET_CONVENTION_TORCH ? 1 : 0.5;
    hinge.active = true;
  }
  return hinge;
}

/* Word by word: memcmp takes byte by byte where it has to be small. */
static bool same_bytes(const triplet_options *one, const triplet_options *other) {
  size_t difference = 0;
  for (size_t at = 0; at < sizeof *one; at += sizeof difference) {
    size_t x, y;
    memcpy(&x, (const char *)one + at, sizeof x);
    memcpy(&y, (const char *)other + at, sizeof y);
    difference |= x ^ y;
  }
  return !difference;
}

_Static_assert(sizeof(triplet_options) % sizeof(size_t) == 0, "same_bytes compares whole words");

static triplet_status check_options(triplet_context *context, triplet_schema_id id, const triplet_options *options) {
  if (context && options && context->checked_as == id && same_bytes(&context->checked, options)) {
    triplet_compare_options(context, id, options);
    return TRIPLET_OK;
  }
  TRIPLET_TRY(triplet_schema_check(context, id, options));
  if (context) {
    memcpy(&context->checked, options, sizeof *options); /* with what lies between its members */
    context->checked_as = id;
  }
  return TRIPLET_OK;
}

triplet_status triplet_check_loss_options(triplet_context *context, triplet_schema_id id,
                                          const triplet_options *options, size_t count) {
  TRIPLET_TRY(check_options(context, id, options));
  TRIPLET_TRY(triplet_check_optional_floats(context, "weights", options->weights, count));
  TRIPLET_TRY(triplet_check_optional_floats(context, "margins", options->margins, count));
  const bool each = options->reduction == TRIPLET_REDUCTION_NONE && options->grad_output.count != 1;
  TRIPLET_TRY(triplet_check_optional_floats(context, "grad_output", options->grad_output, each ? count : 1));
  triplet_compare_floats(context, options->weights);
  triplet_compare_floats(context, options->margins);
  triplet_compare_floats(context, options->grad_output);
  return TRIPLET_OK;
}

double triplet_reduction_divisor(triplet_reduction reduction, uint64_t count, uint64_t active, double weights) {
  switch (reduction) {
  case TRIPLET_REDUCTION_MEAN:
    return (double)count;
  case TRIPLET_REDUCTION_MEAN_NONZERO:
    return (double)active;
  case TRIPLET_REDUCTION_WEIGHTED_MEAN:
    return weights;
  default:
    return 1;
  }
}
