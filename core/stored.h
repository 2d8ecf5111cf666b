/* stored.h - what the models of all kinds, trainers, encoders and optimisers, have in common as files: their kind,
 * options by name, and dense layers.
 *
 * The metadata "format" is triplet and "version" 2; "kind" is encoder or optimizer, and not there in a trainer's. The
 * tensor options, F64 (n), has every option that is a number, and the metadata "options" is the JSON list of their
 * names; "choices" is that of the other options' names and choices, in turn. Layers are layers.<i>.weight (out, in) and
 * layers.<i>.bias (out). Unknown metadata, options and tensors are passed over, so that later versions can add to them.
 *
 * Version 1 had the choices among the numbers, in the order of its enums. */
#ifndef TRIPLET_STORED_H
#define TRIPLET_STORED_H

#include "safetensors.h"

#pragma GCC visibility push(hidden)

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

/* A file of this kind. */
triplet_status triplet_stored_open(triplet_context *context, triplet_saved_kind kind, const uint8_t *bytes, size_t size,
                                   triplet_safetensors **file);
/* What would be the caller's fault elsewhere is the file's here. */
triplet_status triplet_stored_blame(triplet_context *context, triplet_status status);

/* ---- tensors ----------------------------------------------------------------------------------------------------- */

#define TRIPLET_MOST_STORED (10 + 2 * 2 * TRIPLET_MAX_LAYERS) /* of a model */
#define TRIPLET_STORED_NAME 32

typedef struct triplet_stored_list {
  size_t count;
  triplet_stored tensors[TRIPLET_MOST_STORED];
  char names[TRIPLET_MOST_STORED][TRIPLET_STORED_NAME];
} triplet_stored_list;

/* (count) or (rows, cols). The tensor is returned, so that it can be given its data later. */
triplet_stored *triplet_stored_add(triplet_stored_list *list, const char *name, triplet_dtype type, size_t count,
                                   void *data);
triplet_stored *triplet_stored_add_matrix(triplet_stored_list *list, const char *name, triplet_dtype type, size_t rows,
                                          size_t cols, void *data);
/* The weights and biases of an encoder, whose names begin with a prefix. */
void triplet_stored_add_layers(triplet_stored_list *list, const char *prefix, const triplet_encoder *encoder,
                               float *parameters);

/* What is known of layers by the shapes of their weights, which fit each other, so that the file has as many bytes. */
typedef struct triplet_stored_layers {
  size_t inputs, count; /* inputs: of the first */
  size_t widths[TRIPLET_MAX_LAYERS];
} triplet_stored_layers;
triplet_status triplet_stored_read_layers(triplet_context *context, const triplet_safetensors *file,
                                          triplet_stored_layers *layers);

/* ---- options ----------------------------------------------------------------------------------------------------- */

typedef struct triplet_stored_option {
  const char *prefix; /* of the name in the file */
  triplet_schema_id schema;
  const triplet_field *field;
  void *structure; /* that the field is in */
} triplet_stored_option;

#define TRIPLET_MOST_OPTIONS 64 /* of a model */

typedef struct triplet_stored_options {
  size_t count;
  triplet_stored_option items[TRIPLET_MOST_OPTIONS];
  double numbers[TRIPLET_MOST_OPTIONS]; /* of those that are no choices, for the tensor options */
} triplet_stored_options;

/* All options of a structure. */
void triplet_stored_add_options(triplet_stored_options *options, const char *prefix, triplet_schema_id schema,
                                void *structure);
/* The tensor options. */
void triplet_stored_add_numbers(triplet_stored_list *list, triplet_stored_options *options);
/* All of the metadata that the kinds have in common. */
void triplet_stored_write_metadata(triplet_writer *writer, triplet_saved_kind kind,
                                   const triplet_stored_options *options);
/* Sets those that the file has in their structures. */
triplet_status triplet_stored_read_options(triplet_context *context, triplet_safetensors *file,
                                           const triplet_stored_options *options);

#pragma GCC visibility pop

#endif
