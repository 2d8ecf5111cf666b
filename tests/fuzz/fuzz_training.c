/* A fuzz target: the bytes choose rows, or pairs of them, and how to train on them; what is saved on the way goes on
 * elsewhere as the trainer itself does, step for step and to the bit, with all that travels along. Rates, and what is
 * said of judgements, are by their definitions; rows are embedded as layers are multiplied, in double. */
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "support.h"

enum { MOST_ROWS = 14, MOST_COLS = 3, MOST_WIDTH = 4, MOST_STEPS = 6, MOST_KEPT = 3 };

typedef struct problem {
  triplet_trainer_options options, later; /* at first, and from the saving on */
  size_t rows, cols, before, after;       /* steps until it is saved, and from then on */
  bool pairs;
  float x[MOST_ROWS * MOST_COLS], y[MOST_ROWS * MOST_WIDTH], kept[MOST_KEPT * MOST_WIDTH];
  int32_t labels[MOST_ROWS];
  double threshold;
  size_t kept_rows;
} problem;

/* ---- what is asked ----------------------------------------------------------------------------------------------- */

static void choose_numbers(seeded *from, triplet_trainer_options *options) {
  static const double rates[] = {0.01, 0.1, 0, 1}, decays[] = {0, 0.01}, momenta[] = {0, 0.9};
  options->optimizer.learning_rate = rates[seeded_below(from, 4)];
  options->optimizer.weight_decay = decays[seeded_below(from, 2)];
  options->optimizer.momentum = momenta[seeded_below(from, 2)];
  options->optimizer.nesterov = options->optimizer.momentum > 0 && seeded_below(from, 2);
  options->classes_per_batch = 2 + (int64_t)seeded_below(from, 2);
  options->rows_per_class = 2 + (int64_t)seeded_below(from, 2);
  options->schedule = (triplet_schedule)seeded_below(from, TRIPLET_SCHEDULE_LINEAR + 1);
  options->steps = 1 + (int64_t)seeded_below(from, 2 * MOST_STEPS);
  options->warmup = (int64_t)seeded_below(from, MOST_STEPS);
  options->loss.margin = seeded_between(from, -1, 2);
  options->loss.swap = seeded_below(from, 2);
  options->loss.soft_margin = seeded_below(from, 4) == 0;
  options->loss.mining = (triplet_mining)seeded_below(from, TRIPLET_MINING_RANDOM + 1);
}

static void choose_options(seeded *from, problem *of) {
  triplet_trainer_options *options = &of->options;
  *options = triplet_trainer_default_options();
  triplet_options_set_loss(&options->loss, (triplet_loss)seeded_below(from, LOSSES));
  options->optimizer.name = (triplet_optimizer_name)seeded_below(from, TRIPLET_OPTIMIZER_ADAMW + 1);
  options->layers = seeded_below(from, 4);
  for (size_t i = 0; i < options->layers; i++)
    options->widths[i] = 1 + seeded_below(from, MOST_WIDTH);
  options->dim = 1 + (int64_t)seeded_below(from, MOST_WIDTH);
  options->activation = (triplet_activation)seeded_below(from, TRIPLET_ACTIVATION_NONE + 1);
  options->normalize = seeded_below(from, 2);
  options->standardize = seeded_below(from, 2);
  options->residual = seeded_below(from, 4) == 0;
  if (options->residual && options->layers)
    options->widths[options->layers - 1] = of->cols;
  options->sampler = (triplet_sampler_name)seeded_below(from, 2);
  options->seed = (int64_t)seeded_below(from, 256);
  options->validation = options->layers ? (double)seeded_below(from, 3) / 4 : 0;
  options->evaluate_every = 1 + (int64_t)seeded_below(from, 4);
  options->patience = (int64_t)seeded_below(from, 3);
  of->pairs = options->layers && seeded_below(from, 3) == 0;
  options->adapt = of->pairs ? (triplet_adapt)seeded_below(from, 2) : TRIPLET_ADAPT_BOTH;
  choose_numbers(from, options);
  of->later = *options;
  if (seeded_below(from, 2))
    choose_numbers(from, &of->later);
}

static size_t dim_of(const triplet_trainer_options *options) {
  return options->layers ? options->widths[options->layers - 1] : (size_t)options->dim;
}

static void choose_rows(seeded *from, problem *of) {
  const size_t classes = 1 + seeded_below(from, 5);
  seeded_fill(from, of->x, of->rows * of->cols, 3);
  seeded_fill(from, of->y, of->rows * MOST_WIDTH, 3);
  seeded_fill(from, of->kept, sizeof of->kept / sizeof *of->kept, 2);
  for (size_t i = 0; i < of->rows; i++)
    of->labels[i] = (int32_t)seeded_below(from, classes) - 1;
  of->threshold = seeded_below(from, 2) ? seeded_between(from, 0, 4) : (double)NAN;
  of->kept_rows = seeded_below(from, MOST_KEPT + 1);
}

static triplet_matrix data_of(const problem *of) {
  return of->options.layers ? triplet_matrix_of(of->x, of->rows, of->cols) : (triplet_matrix){NULL, of->rows, 0};
}

static triplet_training_pairs pairs_of(const problem *of) {
  const size_t cols = of->options.adapt == TRIPLET_ADAPT_QUERIES ? dim_of(&of->options) : of->cols;
  return (triplet_training_pairs){data_of(of), triplet_matrix_of(of->y, of->rows, cols),
                                  triplet_labels_of(of->labels, of->rows)};
}

static triplet_trainer *made_of(triplet_context *with, const problem *of) {
  triplet_trainer *made = NULL;
  const triplet_training_pairs pairs = pairs_of(of);
  const triplet_status status = of->pairs ? triplet_trainer_create_pairs(with, &of->options, &pairs, &made)
                                          : triplet_trainer_create(with, &of->options, data_of(of),
                                                                   triplet_labels_of(of->labels, of->rows), &made);
  require(status == TRIPLET_OK || (status == TRIPLET_INVALID_ARGUMENT && *triplet_context_error(with)->message));
  return made;
}

static void attach(triplet_context *with, triplet_trainer *trainer, const problem *of) {
  const triplet_training_pairs pairs = pairs_of(of);
  const triplet_labels labels = triplet_labels_of(of->labels, of->rows);
  require((of->pairs ? triplet_trainer_attach_pairs(with, trainer, &pairs)
                     : triplet_trainer_attach(with, trainer, data_of(of), labels)) == TRIPLET_OK);
}

/* ---- embedding, in double ---------------------------------------------------------------------------------------- */

static bool is_set_aside(const triplet_trainer *trainer, size_t row) {
  const triplet_ints aside = triplet_trainer_validation_rows(trainer);
  for (size_t i = 0; i < aside.count; i++)
    if (aside.data[i] == (int32_t)row)
      return true;
  return false;
}

/* Of a column: by the mean and the deviation of the rows that are trained on. */
static void standardize(const problem *of, const triplet_trainer *trainer, size_t col, double *mean,
                        double *deviation) {
  double count = 0, squares = 0;
  *mean = 0;
  for (int pass = 0; pass < 2; pass++) {
    for (size_t i = 0; i < of->rows; i++)
      if (!is_set_aside(trainer, i)) {
        const double value = of->x[i * of->cols + col];
        *mean += pass == 0 ? value : 0;
        squares += pass == 1 ? (value - *mean) * (value - *mean) : 0;
        count += pass == 0;
      }
    *mean /= pass == 0 ? count : 1;
  }
  *deviation = squares > 0 ? sqrt(squares / count) : 1;
}

/* Writes a row's embedding, and returns the size of what was added up. */
static double embed_row(const problem *of, const triplet_trainer *trainer, size_t row, double *out) {
  const triplet_trainer_options *options = &of->options;
  const float *at = triplet_trainer_parameters(trainer).data;
  double in[MOST_WIDTH] = {0}, first[MOST_WIDTH] = {0}, most = 1;
  size_t width = of->cols;
  for (size_t k = 0; k < width; k++) {
    double mean = 0, deviation = 1;
    if (options->standardize)
      standardize(of, trainer, k, &mean, &deviation);
    first[k] = in[k] = (of->x[row * of->cols + k] - mean) / deviation;
  }
  for (size_t layer = 0; layer < options->layers; layer++) {
    const size_t next = options->widths[layer];
    double sums[MOST_WIDTH];
    for (size_t j = 0; j < next; j++) {
      double size = fabs((double)at[next * width + j]);
      sums[j] = at[next * width + j];
      for (size_t k = 0; k < width; k++) {
        sums[j] += at[j * width + k] * in[k];
        size += fabs(at[j * width + k] * in[k]);
      }
      most = fmax(most, size);
      if (layer + 1 < options->layers)
        sums[j] = options->activation == TRIPLET_ACTIVATION_RELU   ? fmax(sums[j], 0)
                  : options->activation == TRIPLET_ACTIVATION_TANH ? tanh(sums[j])
                                                                   : sums[j];
    }
    at += next * (width + 1);
    width = next;
    memcpy(in, sums, width * sizeof *in);
  }
  double square = 0;
  for (size_t k = 0; k < width; k++) {
    out[k] = in[k] + (options->residual ? first[k] : 0);
    most = fmax(most, fabs(first[k]));
    square += out[k] * out[k];
  }
  for (size_t k = 0; k < width && options->normalize && square > 0; k++)
    out[k] /= sqrt(square);
  return options->normalize && square > 0 ? most / sqrt(square) : most;
}

static void embed(triplet_context *with, const triplet_trainer *trainer, const problem *of, float *out) {
  require(triplet_trainer_embed(with, trainer, data_of(of),
                                (triplet_matrix){out, of->rows, triplet_trainer_dim(trainer)}) == TRIPLET_OK);
}

static void check_embeddings(triplet_context *with, const triplet_trainer *trainer, const problem *of) {
  float got[MOST_ROWS * MOST_WIDTH];
  const size_t dim = dim_of(&of->options);
  require(triplet_trainer_dim(trainer) == dim);
  embed(with, trainer, of, got);
  for (size_t i = 0; i < of->rows && of->options.layers; i++) {
    double expected[MOST_WIDTH];
    const double size = embed_row(of, trainer, i, expected);
    for (size_t k = 0; k < dim; k++)
      require(fabs(got[i * dim + k] - expected[k]) <= 1e-4 * size || !(size < 1e6));
  }
}

/* ---- what is said of a step -------------------------------------------------------------------------------------- */

/* What judgements have come to. */
typedef struct judgements {
  double best;
  int64_t without_better;
} judgements;

static double rate_at(const triplet_trainer_options *options, int64_t step) {
  const double rate = options->optimizer.learning_rate, warmup = (double)options->warmup;
  if (step <= options->warmup)
    return rate * (double)step / warmup;
  const double share = step > options->steps || options->warmup >= options->steps
                           ? 1
                           : ((double)step - 1 - warmup) / ((double)options->steps - warmup);
  return options->schedule == TRIPLET_SCHEDULE_LINEAR   ? rate * (1 - share)
         : options->schedule == TRIPLET_SCHEDULE_COSINE ? rate * (1 + cos(3.141592653589793 * share)) / 2
                                                        : rate;
}

static void check_step(const triplet_trainer_options *options, const triplet_step *said, judgements *so_far) {
  const int64_t step = (int64_t)said->step;
  const bool due = options->validation > 0 && (step % options->evaluate_every == 0 || step == options->steps);
  require(fabs(said->learning_rate - rate_at(options, step)) <= 1e-15);
  if (due && said->validation >= 0) {
    require(said->improved == (said->validation > so_far->best));
    so_far->without_better = said->improved ? 0 : so_far->without_better + 1;
    so_far->best = fmax(so_far->best, said->validation);
  } else {
    require(!said->improved);
  }
  require(said->stopped ==
          ((options->patience > 0 && so_far->without_better >= options->patience) || step >= options->steps));
}

/* ---- what goes on ------------------------------------------------------------------------------------------------ */

typedef struct saved {
  uint8_t *bytes;
  size_t size;
} saved;

static saved save(triplet_context *with, const triplet_trainer *trainer) {
  saved made;
  require(triplet_trainer_save(with, trainer, NULL, 0, &made.size) == TRIPLET_OK);
  made.bytes = malloc(made.size);
  size_t size;
  require(triplet_trainer_save(with, trainer, made.bytes, made.size, &size) == TRIPLET_OK && size == made.size);
  return made;
}

static void require_same_bytes(triplet_context *with, const triplet_trainer *one, const triplet_trainer *other) {
  const saved left = save(with, one), right = save(with, other);
  require(left.size == right.size && memcmp(left.bytes, right.bytes, left.size) == 0);
  free(left.bytes);
  free(right.bytes);
}

static void require_same_fields(triplet_schema_id id, const void *left, const void *right) {
  const triplet_schema *schema = triplet_schema_get(id);
  for (size_t i = 0; i < schema->count; i++) {
    const triplet_field *field = &schema->fields[i];
    require(field->kind == TRIPLET_FIELD_VALUE ||
            triplet_schema_get_number(field, left) == triplet_schema_get_number(field, right));
  }
}

static void require_same_model(const triplet_trainer *left, const triplet_trainer *right, const problem *of) {
  const triplet_trainer_options *one = triplet_trainer_get_options(left), *other = triplet_trainer_get_options(right);
  require_same_fields(TRIPLET_SCHEMA_TRAINER, one, other);
  require_same_fields(TRIPLET_SCHEMA_BATCH_LOSS, &one->loss, &other->loss);
  require_same_fields(TRIPLET_SCHEMA_OPTIMIZER, &one->optimizer, &other->optimizer);
  require(other->layers == of->options.layers &&
          memcmp(other->widths, of->options.widths, other->layers * sizeof *other->widths) == 0);
  const double threshold = triplet_trainer_threshold(right);
  require(threshold == of->threshold || (isnan(threshold) && isnan(of->threshold)));
  const triplet_references kept = triplet_trainer_kept_rows(right);
  require(
      kept.rows.rows == of->kept_rows &&
      (!of->kept_rows || memcmp(kept.rows.data, of->kept, of->kept_rows * dim_of(&of->options) * sizeof(float)) == 0));
  require(strcmp(triplet_trainer_name(right, TRIPLET_NAMES_FACTS, 1), "a text") == 0);
  require(triplet_trainer_steps_done(left) == triplet_trainer_steps_done(right) &&
          triplet_trainer_stopped(left) == triplet_trainer_stopped(right));
}

static void take_along(triplet_context *with, triplet_trainer *trainer, const problem *of) {
  static const char *const facts[] = {"a name", "a text"};
  require(triplet_trainer_set_names(with, trainer, TRIPLET_NAMES_FACTS, 2, facts) == TRIPLET_OK);
  require(triplet_trainer_set_threshold(with, trainer, of->threshold) == TRIPLET_OK);
  require(triplet_trainer_keep_rows(with, trainer,
                                    triplet_matrix_of(of->kept, of->kept_rows, triplet_trainer_dim(trainer)),
                                    triplet_labels_of(of->labels, of->kept_rows)) == TRIPLET_OK);
}

static bool same_number(double left, double right) {
  return left == right || (isnan(left) && isnan(right));
}

/* Both take a step, and say the same of it; false: it has failed. */
static bool step_both(triplet_context *with, triplet_trainer *one, triplet_context *elsewhere, triplet_trainer *other,
                      judgements *so_far) {
  triplet_step left = {0}, right = {0};
  const triplet_status status = triplet_trainer_step(with, one, &left);
  require(triplet_trainer_step(elsewhere, other, &right) == status);
  require(status == TRIPLET_OK || status == TRIPLET_NOT_FINITE);
  if (status != TRIPLET_OK)
    return false;
  check_step(triplet_trainer_get_options(one), &left, so_far);
  require(left.step == right.step && left.improved == right.improved && left.stopped == right.stopped &&
          left.collapsed == right.collapsed && left.learning_rate == right.learning_rate);
  require(same_number(left.loss, right.loss) && left.validation == right.validation);
  require(memcmp(&left.stats, &right.stats, offsetof(triplet_stats, mean_positive_distance)) == 0);
  const triplet_ints batch = triplet_trainer_last_batch(one), again = triplet_trainer_last_batch(other);
  require(batch.count == again.count && memcmp(batch.data, again.data, batch.count * sizeof *batch.data) == 0);
  return true;
}

static void go_on_elsewhere(triplet_context *with, triplet_trainer *trainer, const problem *of, judgements *so_far,
                            seeded *from) {
  triplet_context *elsewhere = seeded_context(from);
  const saved bytes = save(with, trainer);
  triplet_trainer *other = NULL;
  float embedded[2][MOST_ROWS * MOST_WIDTH] = {{0}};
  require(triplet_trainer_load(elsewhere, bytes.bytes, bytes.size, &other) == TRIPLET_OK);
  free(bytes.bytes);
  require_same_model(trainer, other, of);
  embed(with, trainer, of, embedded[0]);
  embed(elsewhere, other, of, embedded[1]);
  require(memcmp(embedded[0], embedded[1], sizeof embedded[0]) == 0);
  attach(elsewhere, other, of);
  require(triplet_trainer_set_options(with, trainer, &of->later) == TRIPLET_OK);
  require(triplet_trainer_set_options(elsewhere, other, &of->later) == TRIPLET_OK);
  bool goes = true;
  for (size_t i = 0; i < of->after && goes; i++)
    goes = step_both(with, trainer, elsewhere, other, so_far);
  require_same_bytes(with, trainer, other);
  triplet_trainer_restore_best(trainer);
  triplet_trainer_restore_best(other);
  require_same_bytes(with, trainer, other);
  triplet_trainer_destroy(other);
  triplet_context_destroy(elsewhere);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  seeded from = seeded_from_bytes(bytes, size);
  problem of = {.rows = 1 + seeded_below(&from, MOST_ROWS),
                .cols = 1 + seeded_below(&from, MOST_COLS),
                .before = seeded_below(&from, MOST_STEPS),
                .after = seeded_below(&from, MOST_STEPS)};
  choose_options(&from, &of);
  choose_rows(&from, &of);
  triplet_context *with = seeded_context(&from);
  triplet_trainer *trainer = made_of(with, &of);
  if (trainer) {
    triplet_step said;
    judgements so_far = {-1, 0};
    bool finite = true;
    for (size_t i = 0; i < of.before && finite; i++) {
      finite = triplet_trainer_step(with, trainer, &said) == TRIPLET_OK;
      if (finite)
        check_step(&of.options, &said, &so_far);
    }
    if (finite) {
      check_embeddings(with, trainer, &of);
      take_along(with, trainer, &of);
      go_on_elsewhere(with, trainer, &of, &so_far, &from);
    }
    triplet_trainer_destroy(trainer);
  }
  triplet_context_destroy(with);
  return 0;
}
