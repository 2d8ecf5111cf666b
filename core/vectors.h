/* vectors.h - what the readers and writers of files of vectors share. */
#ifndef TRIPLET_VECTORS_H
#define TRIPLET_VECTORS_H

#include "dtype.h"

#pragma GCC visibility push(hidden)

struct triplet_vectors {
  triplet_context owner; /* of the memory */
  triplet_file_format format;
  size_t rows, cols;
  float *data;        /* (rows, cols) */
  const char **words; /* of each row; NULL: of none */
  char *text;         /* of the words */
};

typedef struct triplet_bytes {
  const uint8_t *data;
  size_t size;
} triplet_bytes;

/* What is wrong with the bytes, for `return triplet_vectors_fail(...)`. */
#define triplet_vectors_fail(context, ...) triplet_fail(context, TRIPLET_BAD_MATRIX, "bytes", __VA_ARGS__)

/* Memory that goes with the vectors; NULL with the error noted in the context. */
void *triplet_vectors_memory(triplet_context *context, triplet_vectors *vectors, size_t count, size_t size);

/* Numbers as they lie in a file, which has size bytes of them. */
typedef struct triplet_block {
  triplet_dtype type;
  bool big_endian;
  bool by_columns;   /* the first column first */
  size_t rows, cols; /* at most INT32_MAX */
  triplet_bytes bytes;
} triplet_block;

/* As many bytes as the shape says, and each number of float32. */
triplet_status triplet_vectors_take(triplet_context *context, triplet_vectors *vectors, const triplet_block *block);
/* Shapes that can be read at all: a matrix, or a list as a column. */
triplet_status triplet_vectors_check_shape(triplet_context *context, size_t rank, size_t rows, size_t cols);

/* The readers: what they have taken memory for goes with the vectors, also where they fail. */
triplet_status triplet_npy_read(triplet_context *context, triplet_bytes bytes, triplet_vectors *vectors);
triplet_status triplet_fvecs_read(triplet_context *context, triplet_bytes bytes, triplet_vectors *vectors);
triplet_status triplet_words_read(triplet_context *context, triplet_bytes bytes, triplet_vectors *vectors);
/* tensor: a name, or NULL. */
triplet_status triplet_tensor_read(triplet_context *context, const char *tensor, triplet_bytes bytes,
                                   triplet_vectors *vectors);

/* Whether bytes are of the format, by what they begin with and, of fvecs, by all that fits together. */
bool triplet_is_npy(triplet_bytes bytes);
bool triplet_is_fvecs(triplet_bytes bytes);
bool triplet_is_word2vec(triplet_bytes bytes);

/* The writers, of matrices that are known to be fit. */
void triplet_npy_write(triplet_writer *writer, triplet_matrix matrix);
void triplet_fvecs_write(triplet_writer *writer, triplet_matrix matrix);

#pragma GCC visibility pop

#endif
