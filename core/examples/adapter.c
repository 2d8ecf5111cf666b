/* adapter.c - somebody else's embeddings, adapted to your pairs.
 *
 * A large network gives an embedding of each text, and cannot be trained by you: its embeddings are frozen. They know
 * more than which answer belongs to which question, and the rest gets in the way. An adapter is a layer behind them
 * that begins as the identity, and learns from pairs of a question and its answer what to attend to. Here questions and
 * answers are made up: they share 8 facts, each has 24 of its own, and the frozen network is a random one.
 *
 * Both sides may go through the adapter. Or the questions alone, where all answers are in an index already that is not
 * to be made again: that is harder, as the answers keep what gets in the way.
 *
 * The program prints:
 *
 *    frozen: recall@1 0.075, TAR 0.015 at FAR 0.001, equal error rate 0.315
 *    untrained: the frozen embeddings, to the bit
 *    both adapted: recall@1 0.815, TAR 0.590 at FAR 0.001, equal error rate 0.022
 *    questions adapted: recall@1 0.315, TAR 0.135 at FAR 0.001, equal error rate 0.096
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triplet.h"

enum { PAIRS = 1000, UNSEEN = 200, SEEN = PAIRS - UNSEEN, FACTS = 32, SHARED = 8, DIM = 48 };

static float questions[PAIRS * DIM], answers[PAIRS * DIM]; /* frozen embeddings */

static void check(triplet_context *context, triplet_status status) {
  if (status == TRIPLET_OK)
    return;
  const triplet_error *error = triplet_context_error(context);
  fprintf(stderr, "%s: %s\n", error->argument ? error->argument : triplet_status_string(status), error->message);
  exit(EXIT_FAILURE);
}

/* Numbers in [-1, 1), by a linear congruential generator. */
static float draw(void) {
  static uint32_t random = 1;
  random = random * 1664525 + 1013904223;
  return (float)(random >> 8) / (1 << 23) - 1;
}

/* The facts of each text, through the frozen network. */
static void make_pairs(triplet_context *context) {
  static float facts[2][PAIRS * FACTS];
  for (size_t i = 0; i < PAIRS; i++)
    for (size_t k = 0; k < FACTS; k++) {
      facts[0][i * FACTS + k] = draw();
      facts[1][i * FACTS + k] = k < SHARED ? facts[0][i * FACTS + k] : draw();
    }

  triplet_encoder frozen = triplet_encoder_options();
  frozen.inputs = FACTS;
  frozen.layers = 1;
  frozen.widths[0] = DIM;
  float weights[DIM * (FACTS + 1)];
  for (size_t i = 0; i < DIM * (FACTS + 1); i++)
    weights[i] = draw();
  float *const embeddings[] = {questions, answers};
  for (size_t side = 0; side < 2; side++)
    check(context, triplet_encoder_forward(context, &frozen, weights,
                                           &(triplet_encoder_pass){triplet_matrix_of(facts[side], PAIRS, FACTS),
                                                                   NULL,
                                                                   {embeddings[side], PAIRS, DIM}}));
}

/* Of unseen pairs. Each question searches the answers: how often is its own the nearest? And is an answer a question's
 * own or not, told by their distance alone: where one in 1,000 wrong ones is accepted, how many right ones are? */
static void judge(triplet_context *context, const char *what, const float *asked, const float *index) {
  int32_t numbers[UNSEEN]; /* a label for each pair */
  for (int32_t i = 0; i < UNSEEN; i++)
    numbers[i] = i;
  const triplet_labels labels = triplet_labels_of(numbers, UNSEEN);
  const triplet_references references = {triplet_matrix_of(index, UNSEEN, DIM), labels, {NULL, 0}};
  const triplet_batch batch = {triplet_matrix_of(asked, UNSEEN, DIM), labels, &references};

  triplet_options options = triplet_batch_options();
  options.distance = TRIPLET_DISTANCE_COSINE;
  const int32_t k[] = {1};
  double recall;
  triplet_evaluation found = {.recall = &recall};
  check(context, triplet_evaluate(context, &options, &batch, (triplet_ints){k, 1}, &found));

  const double far[] = {0.001};
  triplet_operating_point at_far;
  triplet_verification verified = {.at_far = &at_far};
  check(context, triplet_verify(context, &options, &batch, (triplet_doubles){far, 1}, &verified));
  printf("%s: recall@1 %.3f, TAR %.3f at FAR 0.001, equal error rate %.3f\n", what, recall, at_far.tar, verified.eer);
}

static void embed(triplet_context *context, const triplet_trainer *trainer, const float *x, float *embeddings) {
  check(context, triplet_trainer_embed(context, trainer, triplet_matrix_of(x, UNSEEN, DIM),
                                       (triplet_matrix){embeddings, UNSEEN, DIM}));
}

int main(void) {
  triplet_context *context = triplet_context_create(NULL);
  make_pairs(context);
  const float *unseen_questions = questions + SEEN * DIM, *unseen_answers = answers + SEEN * DIM;
  judge(context, "frozen", unseen_questions, unseen_answers);

  /* One linear layer, whose output is added to the row. The loss asks of each question to be nearer, by cosine, to its
   * own answer than to all others of the batch. Nothing is standardised, or it would not begin as the identity. */
  triplet_trainer_options options = triplet_trainer_default_options();
  triplet_options_set_loss(&options.loss, TRIPLET_LOSS_INFO_NCE);
  options.layers = 1;
  options.widths[0] = DIM;
  options.residual = true;
  options.standardize = false;
  options.steps = 300;
  const triplet_training_pairs pairs = {triplet_matrix_of(questions, SEEN, DIM), triplet_matrix_of(answers, SEEN, DIM),
                                        triplet_labels_of(NULL, 0)};
  static float adapted_questions[UNSEEN * DIM], adapted_answers[UNSEEN * DIM];
  triplet_trainer *trainer;
  triplet_step last;

  check(context, triplet_trainer_create_pairs(context, &options, &pairs, &trainer));
  embed(context, trainer, unseen_questions, adapted_questions);
  if (memcmp(adapted_questions, unseen_questions, sizeof adapted_questions) == 0)
    printf("untrained: the frozen embeddings, to the bit\n");
  check(context, triplet_trainer_run(context, trainer, NULL, NULL, &last));
  embed(context, trainer, unseen_questions, adapted_questions);
  embed(context, trainer, unseen_answers, adapted_answers);
  judge(context, "both adapted", adapted_questions, adapted_answers);
  triplet_trainer_destroy(trainer);

  options.adapt = TRIPLET_ADAPT_QUERIES;
  check(context, triplet_trainer_create_pairs(context, &options, &pairs, &trainer));
  check(context, triplet_trainer_run(context, trainer, NULL, NULL, &last));
  embed(context, trainer, unseen_questions, adapted_questions);
  judge(context, "questions adapted", adapted_questions, unseen_answers);
  triplet_trainer_destroy(trainer);
  triplet_context_destroy(context);
}
