/* sampler.h - what a sampler gives to the trainer: a batch is drawn, and only once it has been learned from is it
 * counted, so that a step that failed can be taken again with the same rows. */
#ifndef TRIPLET_SAMPLER_H
#define TRIPLET_SAMPLER_H

#include "internal.h"

#pragma GCC visibility push(hidden)

/* Draws the next batch, the same one again until it is accepted. rows: triplet_sampler_batch_rows places; returns how
 * many are filled. */
size_t triplet_sampler_draw(triplet_sampler *sampler, int32_t *rows);
void triplet_sampler_accept(triplet_sampler *sampler);

/* All that decides the batches to come, as numbers to be saved: values NULL gives only how many there are. */
size_t triplet_sampler_state(const triplet_sampler *sampler, int64_t *values);
/* Goes on where another sampler of the same labels and seed was. Whether the numbers are such a sampler's; where not,
 * the sampler is as it was. */
bool triplet_sampler_restore(triplet_sampler *sampler, const int64_t *values, size_t count);

#pragma GCC visibility pop

#endif
