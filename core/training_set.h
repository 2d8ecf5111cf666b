/* training_set.h - the data of a trainer, and what batches are drawn from. */
#ifndef TRIPLET_TRAINING_SET_H
#define TRIPLET_TRAINING_SET_H

#include "label_list.h"
#include "sampler.h"
#include "shard.h"

#pragma GCC visibility push(hidden)

/* As they are given: labelled rows, or pairs, whose label is that of both rows. */
typedef struct triplet_training_data {
  triplet_matrix rows; /* (N, D), of pairs the queries; for a free table only their number counts */
  triplet_labels labels;
  bool pairs;
  triplet_matrix references; /* of pairs: (N, D), or with adapt queries (N, dim) */
  bool dealt;                /* the rows, which then have no floats, are in a shard */
  triplet_shard shard;
} triplet_training_data;

static inline bool triplet_is_of_shard(const triplet_training_data *data) {
  return TRIPLET_HAS_RANKS && data->dealt;
}

/* The same to train on, the rows ordered: those to train on first, those held out for validation last. */
typedef struct triplet_training_set {
  size_t rows, training;
  float *x;                                         /* (rows, inputs), standardised, or this rank's own of them that
                                                       are shared out; NULL for a free table */
  float *references;                                /* (rows, reference_cols), in the order of x; NULL but for pairs */
  size_t reference_cols;                            /* inputs, standardised as x is; or dim, as they are compared */
  triplet_label_list training_labels, other_labels; /* of the rows to train on, and of those held out */
  int32_t *order;                                   /* rows: the number of each in the caller's data */
  uint64_t key;                                     /* a hash of the rows to train on */
  triplet_owners owners;                            /* who has which, in this order */
} triplet_training_set;

static inline triplet_dealt triplet_training_set_rows(const triplet_training_set *set, size_t cols) {
  return (triplet_dealt){&set->owners, set->x, cols, 0};
}

/* What batches are drawn from. */
typedef struct triplet_training_draw {
  triplet_sampler *sampler;
  int32_t *offered; /* its rows: places in the training set, of rows that have a label, and not ignore_label */
  uint64_t key;     /* that of the set and of ignore_label: samplers of equal keys draw from the same rows */
} triplet_training_draw;

/* Where a sampler was when the model was saved. */
typedef struct triplet_saved_draw {
  size_t count;
  int64_t *values; /* as triplet_sampler_state gives them */
  uint64_t key;    /* as in triplet_training_draw */
} triplet_saved_draw;

/* Whether a trainer with these options takes rows of a shard, which become plain ones where the work is not dealt out.
 * A part of what follows, but where there can be no ranks: there nothing else knows of shards. */
triplet_status triplet_training_shard_check(triplet_context *context, const triplet_trainer_options *options,
                                            triplet_training_data *data);

/* Whether a trainer with these options takes them. Where there are no other ranks a shard becomes the matrix that it
 * is. */
triplet_status triplet_training_data_check(triplet_context *context, const triplet_trainer_options *options,
                                           triplet_training_data *data);

/* fit: takes mean and deviation from the training rows; else they are those of the model. On failure nothing is
 * kept. */
triplet_status triplet_training_set_create(triplet_context *context, triplet_trainer *trainer,
                                           const triplet_training_data *data, bool fit, triplet_training_set *set);
void triplet_training_set_release(triplet_trainer *trainer, triplet_training_set *set);

/* As these options have it; goes on where the trainer's own is, or was when it was saved, if that is of the same
 * rows. */
triplet_status triplet_training_draw_create(triplet_context *context, triplet_trainer *trainer,
                                            const triplet_training_set *set, const triplet_trainer_options *options,
                                            triplet_training_draw *draw);
void triplet_training_draw_release(triplet_trainer *trainer, triplet_training_draw *draw);

/* Of the trainer: as triplet_sampler_state, of the sampler or what was saved of one; 0 where there is neither. */
size_t triplet_trainer_draw_state(const triplet_trainer *trainer, int64_t *values);
/* Of the rows that the state is of. */
uint64_t triplet_trainer_draw_key(const triplet_trainer *trainer);

#pragma GCC visibility pop

#endif
