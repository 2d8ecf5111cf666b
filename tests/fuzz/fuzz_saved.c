/* A fuzz target: whatever the bytes are, they are no encoder and no optimiser, or what was loaded saves to bytes
 * that give it back. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "triplet.h"

static void save_encoder_again(triplet_context *with, const triplet_encoder *encoder, const float *parameters,
                               size_t count) {
  size_t size, again;
  require(triplet_encoder_save(with, encoder, parameters, NULL, 0, &size) == TRIPLET_OK);
  uint8_t *saved = malloc(size);
  float *read = malloc((count + 1) * sizeof *read);
  require(triplet_encoder_save(with, encoder, parameters, saved, size, &again) == TRIPLET_OK && again == size);
  triplet_encoder loaded;
  require(triplet_encoder_load(with, saved, size, &loaded, read, count) == TRIPLET_OK);
  require(memcmp(read, parameters, count * sizeof *read) == 0);
  require(loaded.inputs == encoder->inputs && loaded.layers == encoder->layers &&
          loaded.activation == encoder->activation && loaded.normalize == encoder->normalize &&
          loaded.residual == encoder->residual &&
          memcmp(loaded.widths, encoder->widths, loaded.layers * sizeof *loaded.widths) == 0);
  free(read);
  free(saved);
}

static void load_encoder(triplet_context *with, const uint8_t *bytes, size_t size) {
  triplet_encoder encoder;
  if (triplet_encoder_load(with, bytes, size, &encoder, NULL, 0) != TRIPLET_OK)
    return;
  const size_t count = triplet_encoder_parameters(&encoder);
  require(count <= size);
  float *parameters = malloc((count + 1) * sizeof *parameters);
  require(triplet_encoder_load(with, bytes, size, &encoder, parameters, count) == TRIPLET_OK);
  save_encoder_again(with, &encoder, parameters, count);
  free(parameters);
}

static void load_optimizer(triplet_context *with, const uint8_t *bytes, size_t size) {
  triplet_kept_optimizer kept = {.state = NULL};
  if (triplet_optimizer_load(with, bytes, size, &kept) != TRIPLET_OK)
    return;
  require(kept.count <= size);
  triplet_kept_optimizer again = kept;
  kept.state = malloc((kept.count + 1) * sizeof *kept.state);
  again.state = malloc((kept.count + 1) * sizeof *again.state);
  require(triplet_optimizer_load(with, bytes, size, &kept) == TRIPLET_OK);
  size_t room;
  require(triplet_optimizer_save(with, &kept, NULL, 0, &room) == TRIPLET_OK);
  uint8_t *saved = malloc(room);
  require(triplet_optimizer_save(with, &kept, saved, room, &room) == TRIPLET_OK);
  require(triplet_optimizer_load(with, saved, room, &again) == TRIPLET_OK);
  require(again.count == kept.count && again.steps == kept.steps && again.optimizer.name == kept.optimizer.name &&
          memcmp(again.state, kept.state, kept.count * sizeof *kept.state) == 0);
  free(saved);
  free(again.state);
  free(kept.state);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  triplet_context *with = triplet_context_create(NULL);
  load_encoder(with, bytes, size);
  load_optimizer(with, bytes, size);
  triplet_context_destroy(with);
  return 0;
}
