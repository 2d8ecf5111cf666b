/* npy.c - numpy's files: 6 bytes of magic, 2 of version, 2 or, from version 2 on, 4 with the length of the header, the
 * header, which is the text of a Python dictionary, and the numbers. */
#include "vectors.h"

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6
#define ALIGNMENT 64 /* of the numbers, in what is written */

bool triplet_is_npy(triplet_bytes bytes) {
  return bytes.size >= MAGIC_SIZE && memcmp(bytes.data, MAGIC, MAGIC_SIZE) == 0;
}

/* ---- the header -------------------------------------------------------------------------------------------------- */

/* What is still to be read of the dictionary. */
typedef struct text {
  const char *at, *end;
} text;

static void pass_space(text *from) {
  while (from->at < from->end && *from->at && strchr(" \t\r\n\f\v", *from->at))
    from->at++;
}

static bool take(text *from, char mark) {
  pass_space(from);
  const bool taken = from->at < from->end && *from->at == mark;
  from->at += taken;
  return taken;
}

static bool take_word(text *from, const char *word) {
  pass_space(from);
  const size_t length = strlen(word);
  const bool taken = (size_t)(from->end - from->at) >= length && memcmp(from->at, word, length) == 0;
  from->at += taken ? length : 0;
  return taken;
}

static bool is_plain(char c, char quote) {
  return c >= ' ' && c <= '~' && c != quote && c != '\\';
}

/* Between quotes of either kind, ASCII without escapes, as all texts are that are read here. */
static bool take_string(text *from, char *string, size_t room) {
  const char quote = take(from, '\'') ? '\'' : take(from, '"') ? '"' : 0;
  size_t length = 0;
  for (; quote && from->at < from->end && is_plain(*from->at, quote) && length + 1 < room; from->at++)
    string[length++] = *from->at;
  string[length] = 0;
  return quote && take(from, quote);
}

static bool take_size(text *from, size_t *size) {
  pass_space(from);
  const char *const first = from->at;
  *size = 0;
  for (; from->at < from->end && *from->at >= '0' && *from->at <= '9'; from->at++) {
    const size_t digit = (size_t)(*from->at - '0');
    if (*size > (SIZE_MAX - digit) / 10)
      return false;
    *size = *size * 10 + digit;
  }
  if (from->at == first)
    return false;
  take(from, 'L'); /* as Python 2 wrote long ones */
  return true;
}

#define MOST_DESCR 64

typedef struct header {
  char descr[MOST_DESCR]; /* the type of the numbers: "<f4" */
  bool fortran_order;
  size_t rank, shape[2]; /* of more dimensions the first two */
} header;

/* (3, 4), (3,) or () */
static bool take_shape(text *from, header *into) {
  if (!take(from, '('))
    return false;
  into->rank = 0;
  while (!take(from, ')')) {
    size_t size;
    if (!take_size(from, &size))
      return false;
    if (into->rank < 2)
      into->shape[into->rank] = size;
    into->rank++;
    if (!take(from, ','))
      return into->rank > 1 && take(from, ')');
  }
  return true;
}

static bool take_flag(text *from, bool *flag) {
  *flag = take_word(from, "True");
  return *flag || take_word(from, "False");
}

/* Each key once, in any order; false where it is no such dictionary. */
static bool take_dictionary(text *from, header *into) {
  bool descr = false, order = false, shape = false;
  if (!take(from, '{'))
    return false;
  while (!take(from, '}')) {
    char key[16];
    bool fine = take_string(from, key, sizeof key) && take(from, ':');
    if (fine && strcmp(key, "descr") == 0 && !descr)
      fine = descr = take_string(from, into->descr, sizeof into->descr);
    else if (fine && strcmp(key, "fortran_order") == 0 && !order)
      fine = order = take_flag(from, &into->fortran_order);
    else if (fine && strcmp(key, "shape") == 0 && !shape)
      fine = shape = take_shape(from, into);
    else
      fine = false;
    if (!fine)
      return false;
    if (!take(from, ',')) {
      if (!take(from, '}'))
        return false;
      break;
    }
  }
  pass_space(from);
  return from->at == from->end && descr && order && shape;
}

/* What the header and the numbers are, apart. */
static triplet_status cut(triplet_context *context, triplet_bytes bytes, text *dictionary, triplet_bytes *numbers) {
  if (!triplet_is_npy(bytes))
    return triplet_vectors_fail(context, "not a file of numpy's");
  if (bytes.size < MAGIC_SIZE + 2)
    return triplet_vectors_fail(context, "the header is cut off");
  const uint8_t major = bytes.data[MAGIC_SIZE];
  if (major < 1 || major > 3)
    return triplet_vectors_fail(context, "version %z of numpy's format is not known here", (size_t)major);
  const size_t begin = MAGIC_SIZE + 2 + (major == 1 ? 2 : 4);
  if (bytes.size < begin)
    return triplet_vectors_fail(context, "the header is cut off");
  const uint64_t length = triplet_little_endian(bytes.data + MAGIC_SIZE + 2, begin - MAGIC_SIZE - 2);
  if (length > bytes.size - begin)
    return triplet_vectors_fail(context, "the header is cut off");
  const size_t end = begin + (size_t)length;
  *dictionary = (text){(const char *)bytes.data + begin, (const char *)bytes.data + end};
  *numbers = (triplet_bytes){bytes.data + end, bytes.size - end};
  return TRIPLET_OK;
}

/* By numpy's letters, of which one may tell the order of bytes. */
static triplet_dtype type_of(const char *descr, bool *big_endian) {
  static const struct {
    const char *name;
    triplet_dtype type;
  } types[] = {{"f2", TRIPLET_F16}, {"f4", TRIPLET_F32}, {"f8", TRIPLET_F64}, {"i1", TRIPLET_I8},
               {"i2", TRIPLET_I16}, {"i4", TRIPLET_I32}, {"i8", TRIPLET_I64}, {"u1", TRIPLET_U8},
               {"u2", TRIPLET_U16}, {"u4", TRIPLET_U32}, {"u8", TRIPLET_U64}, {"b1", TRIPLET_BOOL}};
  *big_endian = *descr == '>';
  if (*descr && strchr("<>|=", *descr))
    descr++;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (strcmp(descr, types[i].name) == 0)
      return types[i].type;
  return TRIPLET_DTYPES;
}

triplet_status triplet_npy_read(triplet_context *context, triplet_bytes bytes, triplet_vectors *vectors) {
  text dictionary;
  header read = {.rank = 0};
  triplet_block block = {.type = TRIPLET_DTYPES};
  TRIPLET_TRY(cut(context, bytes, &dictionary, &block.bytes));
  if (!take_dictionary(&dictionary, &read))
    return triplet_vectors_fail(context, "the header is not that of one array of numbers");
  block.type = type_of(read.descr, &block.big_endian);
  if (block.type == TRIPLET_DTYPES)
    return triplet_vectors_fail(context, "expected real numbers (f2, f4, f8, i1 .. i8, u1 .. u8, b1), got %n",
                                read.descr);
  block.rows = read.shape[0];
  block.cols = read.rank == 2 ? read.shape[1] : 1;
  block.by_columns = read.fortran_order;
  TRIPLET_TRY(triplet_vectors_check_shape(context, read.rank, block.rows, block.cols));
  return triplet_vectors_take(context, vectors, &block);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

void triplet_npy_write(triplet_writer *writer, triplet_matrix matrix) {
  /* Written to nowhere, the dictionary tells its size. */
  triplet_writer nowhere = {NULL, 0}, *to = &nowhere;
  size_t size = 0;
  for (int pass = 0; pass < 2; pass++, to = writer) {
    if (pass) {
      triplet_write_text(to, MAGIC "\1");
      triplet_write_byte(to, 0);
      triplet_write_little_endian(to, size, 2);
    }
    triplet_write_text(to, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    triplet_write_size(to, matrix.rows);
    triplet_write_text(to, ", ");
    triplet_write_size(to, matrix.cols);
    triplet_write_text(to, "), }");
    if (!pass) { /* and the line end */
      const size_t begin = MAGIC_SIZE + 4, whole = begin + nowhere.size + 1;
      size = (whole + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - begin;
    }
  }
  for (size_t spaces = size - nowhere.size - 1; spaces; spaces--)
    triplet_write_byte(writer, ' ');
  triplet_write_byte(writer, '\n');
  triplet_write_floats(writer, matrix.data, matrix.rows * matrix.cols);
}
