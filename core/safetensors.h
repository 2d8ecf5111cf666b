/* safetensors.h - the safetensors format: 8 bytes with the length of the header, the header (JSON, filled up with
 * spaces to a multiple of 8), the data; all numbers little-endian, tensors one after the other without gaps. */
#ifndef TRIPLET_SAFETENSORS_H
#define TRIPLET_SAFETENSORS_H

#include "dtype.h"

#pragma GCC visibility push(hidden)

/* A tensor, and where its numbers lie in memory. */
typedef struct triplet_stored {
  const char *name; /* UTF-8 */
  triplet_dtype type;
  size_t rank, shape[2]; /* 1 or 2 */
  void *data;
} triplet_stored;

/* ---- writing ----------------------------------------------------------------------------------------------------- */

typedef struct triplet_safetensors_content {
  void (*write_metadata)(triplet_writer *writer, const void *of); /* what stands inside __metadata__; NULL: nothing */
  const void *of;
  const triplet_stored *tensors; /* in the order of the file */
  size_t count;
} triplet_safetensors_content;

/* bytes NULL: only *size is set, and no data are looked at. */
triplet_status triplet_safetensors_write(triplet_context *context, const triplet_safetensors_content *content,
                                         uint8_t *bytes, size_t capacity, size_t *size);

/* A JSON list of texts inside the metadata, which it does not begin. */
typedef struct triplet_texts_writer {
  triplet_writer *writer;
  bool begun;
} triplet_texts_writer;

triplet_texts_writer triplet_texts_begin(triplet_writer *writer, const char *key);
/* A text of two parts. */
void triplet_texts_add(triplet_texts_writer *list, const char *prefix, const char *text);
void triplet_texts_end(const triplet_texts_writer *list);

/* ---- reading ----------------------------------------------------------------------------------------------------- */

typedef struct triplet_file_tensor {
  const char *name, *dtype;
  size_t rank, shape[2]; /* of more dimensions the first two */
  size_t begin, end;     /* in the data */
} triplet_file_tensor;

#define TRIPLET_MAX_TENSORS 2048
#define TRIPLET_MAX_METADATA 256

/* In one block of memory, which triplet_release takes; the data stay where the bytes are. */
typedef struct triplet_safetensors {
  triplet_status bad; /* what calls fail with where the file is not as it should be */
  const uint8_t *data;
  size_t data_size;
  bool has_metadata;
  size_t tensor_count, metadata_count;
  triplet_file_tensor tensors[TRIPLET_MAX_TENSORS]; /* as they lie in the data */
  struct {
    const char *key;
    char *value;
  } metadata[TRIPLET_MAX_METADATA];
  char header[]; /* changed by reading: its strings stand in it */
} triplet_safetensors;

triplet_status triplet_safetensors_open(triplet_context *context, triplet_status bad, const uint8_t *bytes, size_t size,
                                        triplet_safetensors **file);
/* Bytes that cannot be anything else, whatever is wrong with them. */
bool triplet_is_safetensors(const uint8_t *bytes, size_t size);

/* NULL: there is none. */
char *triplet_safetensors_metadata(triplet_safetensors *file, const char *key);
const triplet_file_tensor *triplet_safetensors_find(const triplet_safetensors *file, const char *name);

/* The numbers that its shape speaks of are there, in this type. */
bool triplet_file_tensor_is(const triplet_file_tensor *tensor, triplet_dtype type, size_t rank);
/* Those of a tensor that is whole and of this type, of 4 or 8 bytes, as they are in memory. */
void triplet_safetensors_numbers(const triplet_safetensors *file, const triplet_file_tensor *tensor, triplet_dtype type,
                                 void *data);
/* Tensors that have to be there, of these types and shapes; of data NULL only that is looked at. */
triplet_status triplet_safetensors_read(triplet_context *context, const triplet_safetensors *file,
                                        const triplet_stored *wanted, size_t count);
/* The JSON list of texts of that key in the metadata, which is changed. No such key: an empty list. The caller releases
 * items. */
triplet_status triplet_safetensors_list(triplet_context *context, triplet_safetensors *file, const char *key,
                                        const char ***items, size_t *count);

#pragma GCC visibility pop

#endif
