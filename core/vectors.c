/* vectors.c - matrices from the bytes of files, and back: which format it is, and what each has of numbers. */
#include "vectors.h"

#include "dictionary.h"
#include "safetensors.h"

/* ---- what all readers need --------------------------------------------------------------------------------------- */

void *triplet_vectors_memory(triplet_context *context, triplet_vectors *vectors, size_t count, size_t size) {
  void *memory = triplet_allocate(&vectors->owner, count, size);
  if (!memory && context)
    context->error = vectors->owner.error;
  return memory;
}

triplet_status triplet_vectors_check_shape(triplet_context *context, size_t rank, size_t rows, size_t cols) {
  if (rank < 1 || rank > 2)
    return triplet_vectors_fail(context, "expected one or two dimensions, got %z", rank);
  if (rows > INT32_MAX || cols > INT32_MAX)
    return triplet_vectors_fail(context, "expected at most %z rows and columns, got %z x %z", (size_t)INT32_MAX, rows,
                                cols);
  if (rows && !cols)
    return triplet_vectors_fail(context, "expected at least one column, got %z x 0", rows);
  return TRIPLET_OK;
}

triplet_status triplet_vectors_take(triplet_context *context, triplet_vectors *vectors, const triplet_block *block) {
  const size_t rows = block->rows, cols = block->cols, size = triplet_dtype_size(block->type);
  const size_t there = block->bytes.size / size;
  const bool fits = rows && cols ? there / cols == rows && there % cols == 0 : there == 0;
  if (!fits || block->bytes.size % size)
    return triplet_vectors_fail(context, "expected %z x %z numbers of %z bytes, got %z bytes", rows, cols, size,
                                block->bytes.size);
  vectors->data = triplet_vectors_memory(context, vectors, rows * cols, sizeof *vectors->data);
  if (!vectors->data)
    return TRIPLET_OUT_OF_MEMORY;
  vectors->rows = rows;
  vectors->cols = cols;
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < cols; j++) {
      const size_t place = block->by_columns ? j * rows + i : i * cols + j;
      if (!triplet_dtype_to_float(block->type, block->big_endian, block->bytes.data + place * size,
                                  vectors->data + i * cols + j))
        return triplet_fail(context, TRIPLET_NOT_FINITE, "bytes", "row %i, column %i leaves float32", i, j);
    }
  return TRIPLET_OK;
}

/* ---- safetensors ------------------------------------------------------------------------------------------------- */

#define MOST_LISTED 400 /* bytes of names in a message */

/* "a (3 x 4), b (7)", cut where that is long. */
static void list_tensors(const triplet_safetensors *file, size_t rank, char list[MOST_LISTED]) {
  size_t used = 0;
  *list = 0;
  for (size_t i = 0; i < file->tensor_count && used + 1 < MOST_LISTED; i++) {
    const triplet_file_tensor *of = &file->tensors[i];
    if (!rank || of->rank == rank)
      used += triplet_format(list + used, MOST_LISTED - used, used ? ", %n" : "%n", of->name);
  }
}

/* NULL where none, or not only one, is meant; the message lists what there is. */
static const triplet_file_tensor *choose_tensor(triplet_context *context, const triplet_safetensors *file,
                                                const char *tensor) {
  char list[MOST_LISTED];
  const triplet_file_tensor *chosen = tensor ? triplet_safetensors_find(file, tensor) : NULL;
  if (tensor && !chosen) {
    list_tensors(file, 0, list);
    triplet_fail(context, TRIPLET_BAD_MATRIX, "tensor", "there is none called %n; there %s %s", tensor,
                 file->tensor_count == 1 ? "is" : "are", *list ? list : "none");
  }
  if (tensor)
    return chosen;

  size_t count = 0;
  for (size_t i = 0; i < file->tensor_count; i++)
    if (file->tensors[i].rank == 2) {
      chosen = &file->tensors[i];
      count++;
    }
  if (count == 1)
    return chosen;
  list_tensors(file, count ? 2 : 0, list);
  triplet_fail(context, TRIPLET_BAD_MATRIX, "tensor", "expected the name of one, for %s: %s",
               count ? "several have two dimensions" : "none has two dimensions",
               *list ? list : "there is none at all");
  return NULL;
}

static triplet_status read_tensor(triplet_context *context, const triplet_safetensors *file, const char *tensor,
                                  triplet_vectors *vectors) {
  const triplet_file_tensor *chosen = choose_tensor(context, file, tensor);
  if (!chosen)
    return TRIPLET_BAD_MATRIX;
  const triplet_block block = {.type = triplet_dtype_of(chosen->dtype),
                               .rows = chosen->rank ? chosen->shape[0] : 1,
                               .cols = chosen->rank == 2 ? chosen->shape[1] : 1,
                               .bytes = {file->data + chosen->begin, chosen->end - chosen->begin}};
  if (block.type == TRIPLET_DTYPES)
    return triplet_vectors_fail(context, "tensor %n has numbers of a type that is not read: %n", chosen->name,
                                chosen->dtype);
  TRIPLET_TRY(triplet_vectors_check_shape(context, chosen->rank, block.rows, block.cols));
  return triplet_vectors_take(context, vectors, &block);
}

triplet_status triplet_tensor_read(triplet_context *context, const char *tensor, triplet_bytes bytes,
                                   triplet_vectors *vectors) {
  triplet_safetensors *file;
  TRIPLET_TRY(triplet_safetensors_open(context, TRIPLET_BAD_MATRIX, bytes.data, bytes.size, &file));
  const triplet_status status = read_tensor(context, file, tensor, vectors);
  triplet_release(context, file);
  return status;
}

/* ---- which format it is ------------------------------------------------------------------------------------------ */

const char *triplet_file_format_name(triplet_file_format format) {
  static const char *const names[] = {"auto", "npy", "safetensors", "fvecs", "text"};
  return names[format];
}

static bool begins_with(triplet_bytes bytes, const char *sign, size_t size) {
  return bytes.size >= size && memcmp(bytes.data, sign, size) == 0;
}

/* What bytes are that have to be unpacked first, or NULL. */
static const char *packed_format(triplet_bytes bytes) {
  static const struct {
    const char *sign;
    size_t size;
    const char *what;
  } packers[] = {
      {"\x1f\x8b", 2, "it is compressed by gzip: unpack it first, by gunzip"},
      {"PK\3\4", 4, "it is a ZIP archive, as .npz files are: unpack it first, by unzip"},
      {"BZh91AY&SY", 10, "it is compressed by bzip2: unpack it first, by bunzip2"},
      {"\xfd"
       "7zXZ",
       5, "it is compressed by xz: unpack it first, by unxz"},
      {"\x28\xb5\x2f\xfd", 4, "it is compressed by Zstandard: unpack it first, by unzstd"},
  };
  for (size_t i = 0; i < sizeof packers / sizeof *packers; i++)
    if (begins_with(bytes, packers[i].sign, packers[i].size))
      return packers[i].what;
  return NULL;
}

static triplet_file_format format_of(triplet_bytes bytes) {
  if (packed_format(bytes))
    return TRIPLET_FORMAT_AUTO;
  if (triplet_is_npy(bytes))
    return TRIPLET_FORMAT_NPY;
  if (triplet_is_safetensors(bytes.data, bytes.size))
    return TRIPLET_FORMAT_SAFETENSORS;
  if (triplet_is_fvecs(bytes))
    return TRIPLET_FORMAT_FVECS;
  return triplet_is_word2vec(bytes) ? TRIPLET_FORMAT_TEXT : TRIPLET_FORMAT_AUTO;
}

triplet_file_format triplet_file_format_of(const uint8_t *bytes, size_t size) {
  return format_of((triplet_bytes){bytes, bytes ? size : 0});
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static triplet_status check_reading(triplet_context *context, triplet_file_format *format, const char *tensor,
                                    triplet_bytes bytes) {
  if ((unsigned)*format > TRIPLET_FORMAT_TEXT)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "format",
                        "expected one of auto|npy|safetensors|fvecs|text, got number %d", (int64_t)*format);
  if (!bytes.data && bytes.size)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "bytes", "expected %z bytes, got NULL", bytes.size);
  if (!bytes.size)
    return triplet_vectors_fail(context, "it is empty");
  const char *packed = packed_format(bytes);
  if (packed)
    return triplet_vectors_fail(context, "%s", packed);
  if (*format == TRIPLET_FORMAT_AUTO)
    *format = format_of(bytes);
  if (*format == TRIPLET_FORMAT_AUTO)
    return triplet_vectors_fail(context,
                                "expected npy, safetensors, fvecs or word2vec's text, got something else; rows "
                                "of a word and its numbers are read where the format text is asked for");
  if (tensor && *format != TRIPLET_FORMAT_SAFETENSORS)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "tensor", "belongs to safetensors, got %s",
                        triplet_file_format_name(*format));
  return TRIPLET_OK;
}

static triplet_status read_format(triplet_context *context, const char *tensor, triplet_bytes bytes,
                                  triplet_vectors *vectors) {
  switch (vectors->format) {
  case TRIPLET_FORMAT_NPY:
    return triplet_npy_read(context, bytes, vectors);
  case TRIPLET_FORMAT_SAFETENSORS:
    return triplet_tensor_read(context, tensor, bytes, vectors);
  case TRIPLET_FORMAT_FVECS:
    return triplet_fvecs_read(context, bytes, vectors);
  default:
    return triplet_words_read(context, bytes, vectors);
  }
}

triplet_status triplet_vectors_read(triplet_context *context, triplet_file_format format, const char *tensor,
                                    const uint8_t *bytes, size_t size, triplet_vectors **vectors) {
  TRIPLET_TRY(check_reading(context, &format, tensor, (triplet_bytes){bytes, size}));
  triplet_vectors *made = triplet_allocate(context, 1, sizeof *made);
  if (!made)
    return TRIPLET_OUT_OF_MEMORY;
  *made = (triplet_vectors){.owner = triplet_owner_of(context), .format = format};
  const triplet_status status = read_format(context, tensor, (triplet_bytes){bytes, size}, made);
  if (status == TRIPLET_OK)
    *vectors = made;
  else
    triplet_vectors_destroy(made);
  return status;
}

void triplet_vectors_destroy(triplet_vectors *vectors) {
  if (!vectors)
    return;
  triplet_context owner = vectors->owner;
  triplet_release(&owner, vectors->text);
  triplet_release(&owner, vectors->words);
  triplet_release(&owner, vectors->data);
  triplet_release(&owner, vectors);
}

triplet_matrix triplet_vectors_matrix(const triplet_vectors *vectors) {
  return (triplet_matrix){vectors->data, vectors->rows, vectors->cols};
}

triplet_texts triplet_vectors_words(const triplet_vectors *vectors) {
  return (triplet_texts){vectors->words, vectors->words ? vectors->rows : 0};
}

triplet_file_format triplet_vectors_format(const triplet_vectors *vectors) {
  return vectors->format;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static triplet_status check_names(triplet_context *context, triplet_tensors tensors) {
  triplet_dictionary known = triplet_dictionary_of(context);
  triplet_status status = TRIPLET_OK;
  for (size_t i = 0; i < tensors.count && status == TRIPLET_OK; i++) {
    const char *name = tensors.items[i].name;
    if (!name || !triplet_is_utf8(name) || strcmp(name, "__metadata__") == 0)
      status =
          triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "tensors", "expected a name of UTF-8, got %n as number %i",
                       !name          ? "NULL"
                       : *name == '_' ? name
                                      : "other bytes",
                       i);
    else if (triplet_dictionary_code(&known, name, strlen(name)) == TRIPLET_NO_CODE)
      status = TRIPLET_OUT_OF_MEMORY;
    else if (known.count <= i)
      status =
          triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "tensors", "expected names that differ, got %n twice", name);
  }
  triplet_dictionary_release(&known);
  return status;
}

static triplet_status check_tensors(triplet_context *context, triplet_file_format format, triplet_tensors tensors) {
  if (format != TRIPLET_FORMAT_NPY && format != TRIPLET_FORMAT_SAFETENSORS && format != TRIPLET_FORMAT_FVECS)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "format", "expected npy, safetensors or fvecs, got %s",
                        (unsigned)format > TRIPLET_FORMAT_TEXT ? "another number" : triplet_file_format_name(format));
  if (tensors.count && !tensors.items)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "tensors", "expected %z matrices, got NULL", tensors.count);
  if (format != TRIPLET_FORMAT_SAFETENSORS && tensors.count != 1)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "tensors", "expected one matrix for %s, got %z",
                        triplet_file_format_name(format), tensors.count);
  if (tensors.count > TRIPLET_MAX_TENSORS) /* which could not be read again */
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "tensors", "expected at most %z matrices, got %z",
                        (size_t)TRIPLET_MAX_TENSORS, tensors.count);
  for (size_t i = 0; i < tensors.count; i++) {
    triplet_matrix matrix = tensors.items[i].matrix;
    TRIPLET_TRY(triplet_check_matrix(context, "tensors", &matrix));
    if (format == TRIPLET_FORMAT_FVECS && (!matrix.rows || !matrix.cols || matrix.cols > INT32_MAX))
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "tensors",
                          "expected rows of 1 .. %z numbers for fvecs, got %z x %z", (size_t)INT32_MAX, matrix.rows,
                          matrix.cols);
  }
  return format == TRIPLET_FORMAT_SAFETENSORS ? check_names(context, tensors) : TRIPLET_OK;
}

static triplet_status write_safetensors(triplet_context *context, triplet_tensors tensors, uint8_t *bytes,
                                        size_t capacity, size_t *size) {
  triplet_stored *stored = triplet_allocate(context, tensors.count, sizeof *stored);
  if (!stored)
    return TRIPLET_OUT_OF_MEMORY;
  for (size_t i = 0; i < tensors.count; i++) {
    const triplet_tensor *of = &tensors.items[i];
    stored[i] = (triplet_stored){of->name, TRIPLET_F32, 2, {of->matrix.rows, of->matrix.cols}, of->matrix.data};
  }
  const triplet_safetensors_content content = {.tensors = stored, .count = tensors.count};
  const triplet_status status = triplet_safetensors_write(context, &content, bytes, capacity, size);
  triplet_release(context, stored);
  return status;
}

/* The bytes of a matrix in a format of one. */
static void write_matrix(triplet_writer *writer, triplet_file_format format, triplet_matrix matrix) {
  if (format == TRIPLET_FORMAT_NPY)
    triplet_npy_write(writer, matrix);
  else
    triplet_fvecs_write(writer, matrix);
}

triplet_status triplet_vectors_write(triplet_context *context, triplet_file_format format, triplet_tensors tensors,
                                     uint8_t *bytes, size_t capacity, size_t *size) {
  TRIPLET_TRY(check_tensors(context, format, tensors));
  if (format == TRIPLET_FORMAT_SAFETENSORS)
    return write_safetensors(context, tensors, bytes, capacity, size);
  triplet_writer nowhere = {NULL, 0}, writer = {bytes, 0};
  write_matrix(&nowhere, format, tensors.items->matrix);
  if (bytes && capacity < nowhere.size)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "capacity", "expected %z bytes, got %z", nowhere.size,
                        capacity);
  if (bytes)
    write_matrix(&writer, format, tensors.items->matrix);
  *size = nowhere.size;
  return TRIPLET_OK;
}
