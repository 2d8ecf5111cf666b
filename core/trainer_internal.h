/* trainer_internal.h - the insides of a trainer, which trainer.c moves and model.c writes and reads. */
#ifndef TRIPLET_TRAINER_INTERNAL_H
#define TRIPLET_TRAINER_INTERNAL_H

#include "recipe.h"
#include "training_set.h"

#pragma GCC visibility push(hidden)

/* In one block of memory: the pointers, then the text. */
typedef struct triplet_names {
  size_t count;
  char **items;
} triplet_names;

/* One batch of B rows on its way through the encoder and back. Of B pairs the queries are followed by the references:
 * there are 2 B embeddings, and with adapt both 2 B rows that go through the encoder. */
typedef struct triplet_training_batch {
  size_t room;          /* rows that there is memory for, or pairs */
  size_t rows;          /* B of the last step; 0 where there is none, or it failed */
  triplet_options loss; /* as the last step had them */
  int32_t *drawn;       /* B: row numbers of the caller's data */
  triplet_label_list labels;
  float *x; /* (B, inputs) */
  float *activations;
  float *embeddings;          /* (B, dim) */
  float *embeddings_gradient; /* (B, dim), of what goes through the encoder */
  float *x_gradient;          /* (B, dim) for a free table, else NULL */
  float *gradient;            /* of the parameters */
} triplet_training_batch;

struct triplet_trainer {
  triplet_context owner; /* of the memory of all that it holds */
  triplet_trainer_options options;

  /* The model. A free table is run through an encoder without layers, which can still normalise. */
  triplet_encoder encoder;
  size_t table_rows; /* of a free table */
  size_t parameter_count, state_count;
  float *parameters;                            /* as triplet_encoder's, or the table (table_rows, dim) */
  float *best_parameters;                       /* those of the best validation; NULL where no rows are set aside */
  float *state;                                 /* of the optimiser */
  float *mean, *deviation;                      /* inputs numbers each; NULL when the data are taken as they are */
  triplet_names names[TRIPLET_NAMES_FACTS + 1]; /* by triplet_name_list */
  triplet_recipe *recipe;                       /* of the table that the data came from; NULL: none */
  bool has_implied_recipe;                      /* it is one of the columns' names, and not saved */
  double threshold;                             /* of answers; NaN: none */
  float *kept_rows;                             /* (kept_labels.rows, dim), to classify by; NULL: none */
  triplet_label_list kept_labels;

  /* How far training has come; saved with the model. */
  triplet_saved_draw saved; /* of a loaded trainer, until it has data */
  uint64_t steps_done;
  bool validation_due; /* the last step's validation has not been made: it failed */
  uint64_t validations_without_better;
  uint64_t collapsed_batches; /* in a row, up to the last one */
  double validation;          /* MAP@R of the last one, -1 before the first */
  double best_validation;

  triplet_step last; /* as reported; `stopped` is saved too */

  /* Only while there are data. */
  triplet_training_set set;
  triplet_training_draw draw;
  triplet_training_batch batch;
};

/* Memory for what the trainer holds, which comes from its own allocator whatever context a call brings; not cleared,
 * NULL with the error noted in that context. */
void *triplet_trainer_memory(triplet_context *context, triplet_trainer *trainer, size_t count, size_t size);

static inline float *triplet_trainer_floats(triplet_context *context, triplet_trainer *trainer, size_t rows,
                                            size_t cols) {
  return (float *)triplet_trainer_memory(context, trainer, rows, cols * sizeof(float));
}

/* What the trainer's own context says went wrong, said by the caller's. */
triplet_status triplet_trainer_pass_on(triplet_context *context, const triplet_trainer *trainer, triplet_status status);

/* companions.c: the names, the recipe and what answers need; the latter, which is of the weights as they were. */
void triplet_trainer_release_companions(triplet_trainer *trainer);
void triplet_trainer_forget_answers(triplet_trainer *trainer);

/* Every option in its range, also those that depend on each other. */
triplet_status triplet_trainer_check_options(triplet_context *context, const triplet_trainer_options *options);

/* A trainer with memory for its numbers, all 0, and no data. inputs: of the encoder; table_rows: of a free table. */
triplet_status triplet_trainer_allocate(triplet_context *context, const triplet_trainer_options *options, size_t inputs,
                                        size_t table_rows, triplet_trainer **trainer);

static inline bool triplet_trainer_is_table(const triplet_trainer *trainer) {
  return trainer->options.layers == 0;
}

#pragma GCC visibility pop

#endif
