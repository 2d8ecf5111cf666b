/* Files of vectors: the bytes of other programs and the numbers they stand for (tests/golden/files.txt), what is
 * refused and how it is told, and files that are cut short, changed or lie about their size. */
#include "golden.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz/fuzz_vectors.c"

typedef struct blob {
  uint8_t *bytes;
  size_t size;
} blob;

static int digit_of(char c) {
  return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* One byte longer than it says, so that no size of 0 is none; a sanitizer sees reads past the copy of it below. */
static blob from_hex(const char *text) {
  blob made = {malloc(strlen(text) / 2 + 1), strlen(text) / 2};
  for (size_t i = 0; i < made.size; i++)
    made.bytes[i] = (uint8_t)(digit_of(text[2 * i]) << 4 | digit_of(text[2 * i + 1]));
  return made;
}

static blob copy_of(const void *bytes, size_t size) {
  blob made = {malloc(size + !size), size};
  memcpy(made.bytes, bytes, size);
  return made;
}

static triplet_file_format format_called(const char *name) {
  triplet_file_format format = TRIPLET_FORMAT_TEXT;
  while (format > TRIPLET_FORMAT_AUTO && strcmp(triplet_file_format_name(format), name) != 0)
    format--;
  return format;
}

/* ---- against numpy, safetensors and gensim ----------------------------------------------------------------------- */

static void assert_words(const triplet_vectors *vectors, const blob *expected) {
  const triplet_texts words = triplet_vectors_words(vectors);
  const char *at = (const char *)expected->bytes;
  for (size_t i = 0; i < words.count; i++, at += strlen(at) + 1)
    assert_string_equal(words.items[i], at);
  assert_ptr_equal(at, expected->bytes + expected->size);
}

static void assert_written(triplet_matrix matrix, triplet_file_format format, const blob *expected) {
  const triplet_tensor one = {"matrix", matrix};
  size_t size, written;
  assert_int_equal(triplet_vectors_write(context, format, (triplet_tensors){&one, 1}, NULL, 0, &size), TRIPLET_OK);
  assert_int_equal(size, expected->size);
  uint8_t *bytes = malloc(size);
  assert_int_equal(triplet_vectors_write(context, format, (triplet_tensors){&one, 1}, bytes, size, &written),
                   TRIPLET_OK);
  assert_memory_equal(bytes, expected->bytes, size);
  free(bytes);
}

static void reads_what_others_write(void **state) {
  (void)state;
  size_t read = 0, refused = 0, written = 0;
  golden_file *file = golden_open("files.txt");
  while (golden_next(file)) {
    const triplet_file_format format = format_called(golden_text(file, "format"));
    const char *name = golden_text(file, "case"), *result = golden_text(file, "result");
    const char *tensor = strcmp(golden_text(file, "tensor"), "-") == 0 ? NULL : golden_text(file, "tensor");
    const blob from = from_hex(golden_text(file, "bytes"));
    const bool glove = strcmp(name, "text-glove") == 0; /* which could be a table as well */
    assert_int_equal(triplet_file_format_of(from.bytes, from.size), glove ? TRIPLET_FORMAT_AUTO : format);

    triplet_vectors *vectors = NULL;
    const triplet_status status =
        triplet_vectors_read(context, glove ? format : TRIPLET_FORMAT_AUTO, tensor, from.bytes, from.size, &vectors);
    if (strcmp(result, "ok") != 0) {
      assert_int_equal(status, strcmp(result, "bad") == 0 ? TRIPLET_BAD_MATRIX : TRIPLET_NOT_FINITE);
      assert_null(vectors);
      refused++;
    } else {
      if (status != TRIPLET_OK)
        fail_msg("%s: %s", name, triplet_context_error(context)->message);
      const triplet_matrix matrix = triplet_vectors_matrix(vectors);
      const blob numbers = from_hex(golden_text(file, "numbers")), words = from_hex(golden_text(file, "words"));
      assert_int_equal(triplet_vectors_format(vectors), format);
      assert_true((double)matrix.rows == golden_number(file, "rows") &&
                  (double)matrix.cols == golden_number(file, "cols"));
      assert_int_equal(numbers.size, 4 * matrix.rows * matrix.cols);
      for (size_t i = 0; i < matrix.rows * matrix.cols; i++) {
        const uint8_t *at = numbers.bytes + 4 * i;
        const uint32_t bits = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        if (bits_of(matrix.data[i]) != bits)
          fail_msg("%s: number %zu is %08x, not %08x", name, i, bits_of(matrix.data[i]), bits);
      }
      assert_words(vectors, &words);
      if (golden_number(file, "written") != 0) {
        assert_written(matrix, format, &from);
        written++;
      }
      free(words.bytes);
      free(numbers.bytes);
      read++;
    }
    triplet_vectors_destroy(vectors);
    free(from.bytes);
  }
  golden_close(file);
  assert_true(read > 70 && refused > 15 && written > 5);
}

/* ---- npy --------------------------------------------------------------------------------------------------------- */

/* Version 1 with this dictionary, and so many bytes of 1, which are a number of any type. */
static blob npy_of(const char *dictionary, size_t size) {
  const size_t length = strlen(dictionary);
  blob made = {malloc(10 + length + size), 10 + length + size};
  memcpy(made.bytes, "\x93NUMPY\1\0", 8);
  made.bytes[8] = (uint8_t)length;
  made.bytes[9] = (uint8_t)(length >> 8);
  memcpy(made.bytes + 10, dictionary, length);
  memset(made.bytes + 10 + length, 1, size);
  return made;
}

static void reads_dictionaries_however_written(void **state) {
  (void)state;
  static const struct {
    const char *dictionary;
    size_t size, rows, cols;
  } good[] = {
      {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }   \n", 6, 2, 3},
      {"{'shape':(2,3),'fortran_order':True,'descr':'|i1'}", 6, 2, 3},
      {"  {\t\"descr\" :\n\"<f8\" , \"shape\" : ( 1 , 2 , ) , \"fortran_order\" : False }", 16, 1, 2},
      {"{'descr': 'f4', 'fortran_order': False, 'shape': (3,)}", 12, 3, 1},
      {"{'descr': '=i2', 'fortran_order': True, 'shape': (3L, 1L), }\n\n", 6, 3, 1},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 7), }", 0, 0, 7},
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    const blob from = npy_of(good[i].dictionary, good[i].size);
    triplet_vectors *vectors;
    if (triplet_vectors_read(context, TRIPLET_FORMAT_NPY, NULL, from.bytes, from.size, &vectors) != TRIPLET_OK)
      fail_msg("%s: %s", good[i].dictionary, triplet_context_error(context)->message);
    const triplet_matrix matrix = triplet_vectors_matrix(vectors);
    assert_true(matrix.rows == good[i].rows && matrix.cols == good[i].cols);
    triplet_vectors_destroy(vectors);
    free(from.bytes);
  }
}

static void assert_refused(triplet_file_format format, const char *tensor, const void *bytes, size_t size,
                           const char *message) {
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *with = triplet_context_create(&allocator);
  const size_t blocks = memory.blocks;
  const blob from = copy_of(bytes, size);
  triplet_vectors *vectors = NULL;
  const triplet_status status = triplet_vectors_read(with, format, tensor, from.bytes, from.size, &vectors);
  assert_int_equal(status, TRIPLET_BAD_MATRIX);
  assert_string_equal(triplet_context_error(with)->message, message);
  assert_null(vectors);
  triplet_context_trim(with);
  assert_int_equal(memory.blocks, blocks);
  assert_true(memory.peak < 10 * size + 200000); /* whatever sizes it speaks of */
  assert_int_equal(triplet_vectors_read(NULL, format, tensor, from.bytes, from.size, &vectors), TRIPLET_BAD_MATRIX);
  free(from.bytes);
  triplet_context_destroy(with);
}

static void refuses_other_dictionaries(void **state) {
  (void)state;
  static const char other[] = "the header is not that of one array of numbers";
  static const char real[] = "expected real numbers (f2, f4, f8, i1 .. i8, u1 .. u8, b1), got ";
  static const struct {
    const char *dictionary, *message;
  } bad[] = {
      {"", other},
      {"{", other},
      {"{}", other},
      {"{'descr': '<f4', 'fortran_order': False}", other},
      {"{'descr': '<f4', 'shape': (1, 2)}", other},
      {"{'fortran_order': False, 'shape': (1, 2)}", other},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)} x", other},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), 'more': 1}", other},
      {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}", other},
      {"{'descr': '<f4', 'fortran_order': False, 'fortran_order': False, 'shape': (1, 2)}", other},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), 'shape': (1, 2)}", other},
      {"{'descr': '<f4', 'fortran_order': 0, 'shape': (1, 2)}", other},
      {"{'descr': '<f4\", 'fortran_order': False, 'shape': (1, 2)}", other},
      {"{'descr': '<f\\64', 'fortran_order': False, 'shape': (1, 2)}", other},
      {"{'descr': '<f4\xe9', 'fortran_order': False, 'shape': (1, 2)}", other},
      {"{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1, 2)}", other},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}", other},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", other},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2)}", other},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1.0, 2)}", other},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': [1, 2]}", other},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2}", other},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (,)}", other},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 2)}", other},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': ()}", "expected one or two dimensions, got 0"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 2)}", "expected one or two dimensions, got 3"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0)}", "expected at least one column, got 2 x 0"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3)}", "expected 1 x 3 numbers of 4 bytes, got 8 bytes"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1)}", "expected 1 x 1 numbers of 4 bytes, got 8 bytes"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2)}", "expected 0 x 2 numbers of 4 bytes, got 8 bytes"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 2147483647)}",
       "expected 2147483647 x 2147483647 numbers of 4 bytes, got 8 bytes"},
      {"{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
       "expected at most 2147483647 rows and columns, got 4294967296 x 4294967296"},
      {"{'descr': '|u1', 'fortran_order': True, 'shape': (8, 2147483648)}",
       "expected at most 2147483647 rows and columns, got 8 x 2147483648"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    const blob from = npy_of(bad[i].dictionary, 8);
    assert_refused(TRIPLET_FORMAT_NPY, NULL, from.bytes, from.size, bad[i].message);
    assert_refused(TRIPLET_FORMAT_AUTO, NULL, from.bytes, from.size, bad[i].message);
    free(from.bytes);
  }
  const blob more = npy_of("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}", 9);
  assert_refused(TRIPLET_FORMAT_NPY, NULL, more.bytes, more.size, "expected 1 x 2 numbers of 4 bytes, got 9 bytes");
  free(more.bytes);
  static const char *const types[] = {"<c8", "<U5", "|S3", "|O", "<f16", "<M8[s]", "|V4", "<f3", "", "<", "<<f4", "F4"};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    char dictionary[100], message[200];
    sprintf(dictionary, "{'descr': '%s', 'fortran_order': False, 'shape': (1, 2)}", types[i]);
    sprintf(message, "%s%s", real, types[i]);
    const blob from = npy_of(dictionary, 8);
    assert_refused(TRIPLET_FORMAT_NPY, NULL, from.bytes, from.size, message);
    free(from.bytes);
  }

  static const struct {
    const char *bytes;
    size_t size;
    const char *message;
  } heads[] = {
      {"\x93NUMPX\1\0", 8, "not a file of numpy's"},
      {"\x93NUMPY", 6, "the header is cut off"},
      {"\x93NUMPY\1\0", 8, "the header is cut off"},
      {"\x93NUMPY\1\0\0", 9, "the header is cut off"},
      {"\x93NUMPY\1\0\1\0", 10, "the header is cut off"},
      {"\x93NUMPY\2\0\0\0\0", 11, "the header is cut off"},
      {"\x93NUMPY\3\0\xff\xff\xff\xff", 12, "the header is cut off"},
      {"\x93NUMPY\0\0\0\0\0\0", 12, "version 0 of numpy's format is not known here"},
      {"\x93NUMPY\4\0\0\0\0\0", 12, "version 4 of numpy's format is not known here"},
  };
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
    assert_refused(TRIPLET_FORMAT_NPY, NULL, heads[i].bytes, heads[i].size, heads[i].message);
}

/* ---- fvecs ------------------------------------------------------------------------------------------------------- */

static void refuses_uneven_fvecs(void **state) {
  (void)state;
  const uint8_t rows[] = {2, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 2, 0, 0, 0, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40};
  static const struct {
    size_t place, size;
    uint8_t value;
    const char *message;
  } bad[] = {
      {0, 24, 0, "the first row says that it has 0 numbers, which are not there"},
      {3, 24, 0x80, "the first row says that it has -2147483646 numbers, which are not there"},
      {1, 24, 1, "the first row says that it has 258 numbers, which are not there"},
      {12, 24, 1, "expected 2 numbers in each row like the first, got 1 in row 1"},
      {0, 24, 1, "expected 1 numbers in each row like the first, got 1073741824 in row 1"},
      {0, 23, 2, "row 1 is cut off"},
      {0, 13, 2, "row 1 is cut off"},
      {0, 3, 2, "the first row is cut off"},
      {0, 0, 2, "it is empty"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    const blob from = copy_of(rows, bad[i].size);
    if (from.size)
      from.bytes[bad[i].place] = bad[i].value;
    assert_refused(TRIPLET_FORMAT_FVECS, NULL, from.bytes, from.size, bad[i].message);
    assert_int_equal(triplet_file_format_of(from.bytes, from.size), TRIPLET_FORMAT_AUTO);
    free(from.bytes);
  }
  assert_int_equal(triplet_file_format_of(rows, sizeof rows), TRIPLET_FORMAT_FVECS);
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

/* "word: numbers; ..." of what is read as text. */
static void assert_text(const char *text, const char *expected) {
  triplet_vectors *vectors;
  char got[500] = "";
  const blob from = copy_of(text, strlen(text));
  if (triplet_vectors_read(context, TRIPLET_FORMAT_TEXT, NULL, from.bytes, from.size, &vectors) != TRIPLET_OK)
    fail_msg("%s: %s", text, triplet_context_error(context)->message);
  free(from.bytes);
  const triplet_matrix matrix = triplet_vectors_matrix(vectors);
  const triplet_texts words = triplet_vectors_words(vectors);
  assert_int_equal(words.count, matrix.rows);
  for (size_t i = 0; i < matrix.rows; i++) {
    sprintf(got + strlen(got), "%s[%s]", i ? "; " : "", words.items[i]);
    for (size_t j = 0; j < matrix.cols; j++)
      sprintf(got + strlen(got), " %g", (double)matrix.data[i * matrix.cols + j]);
  }
  assert_string_equal(got, expected);
  triplet_vectors_destroy(vectors);
}

static void reads_words(void **state) {
  (void)state;
  assert_text("a 1 2\nb 3 4", "[a] 1 2; [b] 3 4");
  assert_text("\xef\xbb\xbf"
              "a  1\t 2 \r\n\r\n  \nb 3 4\r\n\n",
              "[a] 1 2; [b] 3 4");
  assert_text(" a 1e-2 -.5", "[a] 0.01 -0.5");
  assert_text("1 1 2\n2 3 4", "[1] 1 2; [2] 3 4");
  assert_text("a,b;\"c\" 1\n# 2", "[a,b;\"c\"] 1; [#] 2");
  assert_text("\xc3\xa9t\xc3\xa9 1 nan\n\xc2\xa0 inf -inf", "[\xc3\xa9t\xc3\xa9] 1 nan; [\xc2\xa0] inf -inf");
  assert_text("a 1 2\n. . 3 4\nat  name@domain.com 5 6\n1 x y 7 8",
              "[a] 1 2; [. .] 3 4; [at  name@domain.com] 5 6; [1 x y] 7 8");
  assert_text(". . . 1 2\nb 3 4", "[. . .] 1 2; [b] 3 4");
  assert_text("1 x y 1 2\n2 3 4", "[1 x y] 1 2; [2] 3 4");
}

static void takes_the_first_line_of_word2vec(void **state) {
  (void)state;
  assert_text("2 3\na 1 2 3\nb 4 5 6\n", "[a] 1 2 3; [b] 4 5 6");
  assert_text("\n 1  2 \r\nx y 1 2", "[x y] 1 2");
  assert_text("2 1\na 1\nb 2", "[a] 1; [b] 2");
  assert_text("7 1\n8 2\n9 3", "[7] 1; [8] 2; [9] 3"); /* no such number of rows follows */
  assert_text("0 5\n", "");
  static const char *const texts[] = {"2 3\na 1 2 3\nb 4 5 6\n", "1 2\nx y 1 2", "150 2\na 1 -1e5\n"};
  static const char *const tables[] = {
      "a 1 2\nb 3 4", "150 4\n5.1 3.5 1.4 0.2\n", "2 1\na 1\nb 2", "3 2\n1 2 a\n3 4 b", "2,3\na,1,2,3\n", "2 3\n",
      "0 5",          "2 3\na 1 2 x\n",           "x y\n1 2\n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert_int_equal(triplet_file_format_of((const uint8_t *)texts[i], strlen(texts[i])), TRIPLET_FORMAT_TEXT);
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
    assert_int_equal(triplet_file_format_of((const uint8_t *)tables[i], strlen(tables[i])), TRIPLET_FORMAT_AUTO);
  static const char zero[] = "1 2\na\0b 1 2"; /* as the binary files of word2vec have them */
  assert_int_equal(triplet_file_format_of((const uint8_t *)zero, sizeof zero - 1), TRIPLET_FORMAT_AUTO);
  assert_text("99999999999 2\n5 3\n", "[99999999999] 2; [5] 3"); /* no count of rows */
}

static void names_the_row_of_bad_text(void **state) {
  (void)state;
  static const struct {
    const char *text, *message;
  } bad[] = {
      {" \n \r\n", "it is empty"},
      {"a", "expected a word and 1 numbers in each row, got 1 cells in row 0"},
      {"a 1 2\nb 3", "expected a word and 2 numbers in each row, got 2 cells in row 1"},
      {"a 1 2\nb 3 4\nc", "expected a word and 2 numbers in each row, got 1 cells in row 2"},
      {"a 1 2\nb 3 4 5", "expected a word and 2 numbers in each row, got more in row 1"},
      {"a 1 2\nb c 3 4\nd e 6 7 8", "expected a word and 2 numbers in each row, got more in row 2"},
      {"a 1 2\n1 000 x 3 4", "expected a word and 2 numbers in each row, got more in row 1"},
      {"a 1 x 2\n", "expected a number in row 0, column 1, got other text"},
      {"a 1 x\n", "expected a number in row 0, column 1, got other text"},
      {"a 1 2\nb y 4", "expected a number in row 1, column 0, got other text"},
      {"a 1 2\nb 0x1 4", "expected a number in row 1, column 0, got other text"},
      {"a 1 2\nb 1,5 4", "expected a number in row 1, column 0, got other text"},
      {"a 1 1e400", "expected a number in row 0, column 1, got other text"},
      {"3 2\na 1 2\nb 3 4", "expected 3 rows as the first line says, got 2"},
      {"1 2\na 1 2\nb 3 4", "expected 1 rows as the first line says, got 2"},
      {"2 3\na 1 2\nb 3 4", "expected a word and 3 numbers in each row, got 3 cells in row 0"},
      {"1 0\na b c", "expected at least one column, got 1 x 0"},
      {"9 9", "expected 9 rows as the first line says, got 0"},
      {"a 1\n\xff 2", "the word of row 1 is not UTF-8"},
      {"a 1\n\xc3 2", "the word of row 1 is not UTF-8"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_refused(TRIPLET_FORMAT_TEXT, NULL, bad[i].text, strlen(bad[i].text), bad[i].message);
  static const char zero[] = "2 3\na \0\0\x80\x3f";
  assert_refused(TRIPLET_FORMAT_TEXT, NULL, zero, sizeof zero - 1,
                 "it is no text, as it has zero bytes; word2vec's binary files have to be saved as text");
  triplet_vectors *vectors = NULL;
  assert_error(context,
               triplet_vectors_read(context, TRIPLET_FORMAT_TEXT, NULL, (const uint8_t *)"a 1\nb 4e38", 10, &vectors),
               TRIPLET_NOT_FINITE, "bytes", "row 1, column 0 leaves float32: 4e38");
  triplet_context_set_first_index(context, 1);
  assert_int_equal(triplet_vectors_read(context, TRIPLET_FORMAT_TEXT, NULL, (const uint8_t *)"a 1\nb x", 7, &vectors),
                   TRIPLET_BAD_MATRIX);
  assert_string_equal(triplet_context_error(context)->message, "expected a number in row 2, column 1, got other text");
  assert_null(vectors);
}

/* A first row of many numbers, and many rows of none, ask for no memory. */
static void memory_is_linear(void **state) {
  (void)state;
  enum { HALF = 100000 };
  char *text = malloc(2 * HALF);
  for (size_t i = 0; i < HALF; i++)
    text[i] = i % 2 ? ' ' : '1';
  for (size_t i = HALF; i < 2 * HALF; i++)
    text[i] = i % 2 ? '\n' : 'x';
  text[HALF] = '\n';
  assert_refused(TRIPLET_FORMAT_TEXT, NULL, text, 2 * HALF,
                 "expected a word and 49999 numbers in each row, got 1 cells in row 1");
  free(text);
}

/* ---- which format it is ------------------------------------------------------------------------------------------ */

static void says_what_has_to_be_unpacked(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t size;
    const char *message;
  } packed[] = {
      {"\x1f\x8b\x08\0\0\0\0\0", 8, "it is compressed by gzip: unpack it first, by gunzip"},
      {"PK\3\4........", 12, "it is a ZIP archive, as .npz files are: unpack it first, by unzip"},
      {"BZh91AY&SY..", 12, "it is compressed by bzip2: unpack it first, by bunzip2"},
      {"\xfd"
       "7zXZ\0",
       6, "it is compressed by xz: unpack it first, by unxz"},
      {"\x28\xb5\x2f\xfd....", 8, "it is compressed by Zstandard: unpack it first, by unzstd"},
      {"", 0, "it is empty"},
  };
  for (size_t i = 0; i < sizeof packed / sizeof *packed; i++)
    for (int format = TRIPLET_FORMAT_AUTO; format <= TRIPLET_FORMAT_TEXT; format++) {
      assert_refused((triplet_file_format)format, NULL, packed[i].bytes, packed[i].size, packed[i].message);
      assert_int_equal(triplet_file_format_of((const uint8_t *)packed[i].bytes, packed[i].size), TRIPLET_FORMAT_AUTO);
    }
  assert_refused(TRIPLET_FORMAT_AUTO, NULL, "a 1 2\n", 6,
                 "expected npy, safetensors, fvecs or word2vec's text, got something else; rows of a word and its "
                 "numbers are read where the format text is asked for");
  assert_refused(TRIPLET_FORMAT_SAFETENSORS, NULL, "a 1 2\n", 6, "not a safetensors file");
  assert_int_equal(triplet_file_format_of(NULL, 0), TRIPLET_FORMAT_AUTO);
  static const char *const names[] = {"auto", "npy", "safetensors", "fvecs", "text"};
  for (int format = TRIPLET_FORMAT_AUTO; format <= TRIPLET_FORMAT_TEXT; format++)
    assert_string_equal(triplet_file_format_name((triplet_file_format)format), names[format]);
}

static void refuses_arguments(void **state) {
  (void)state;
  triplet_vectors *vectors = NULL;
  const uint8_t *word2vec = (const uint8_t *)"1 2\na 1 2\n";
  assert_error(context, triplet_vectors_read(context, TRIPLET_FORMAT_AUTO, "x", word2vec, 10, &vectors),
               TRIPLET_INVALID_ARGUMENT, "tensor", "belongs to safetensors, got text");
  assert_error(context, triplet_vectors_read(context, (triplet_file_format)5, NULL, word2vec, 10, &vectors),
               TRIPLET_INVALID_ARGUMENT, "format", "expected one of auto|npy|safetensors|fvecs|text, got number 5");
  assert_error(context, triplet_vectors_read(context, TRIPLET_FORMAT_AUTO, NULL, NULL, 3, &vectors),
               TRIPLET_INVALID_ARGUMENT, "bytes", "expected 3 bytes, got NULL");
  assert_error(context, triplet_vectors_read(context, TRIPLET_FORMAT_NPY, NULL, NULL, 0, &vectors), TRIPLET_BAD_MATRIX,
               "bytes", "it is empty");
  assert_null(vectors);
  triplet_vectors_destroy(NULL);
}

/* ---- tensors by name --------------------------------------------------------------------------------------------- */

static blob safetensors_of(const char *header, size_t data) {
  const size_t size = strlen(header);
  blob made = {malloc(8 + size + data), 8 + size + data};
  memset(made.bytes, 0, made.size);
  made.bytes[0] = (uint8_t)size;
  made.bytes[1] = (uint8_t)(size >> 8);
  memcpy(made.bytes + 8, header, size);
  return made;
}

#define ENTRY(name, type, shape, offsets)                                                                              \
  "\"" name "\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void lists_the_tensors_there_are(void **state) {
  (void)state;
  static const struct {
    const char *header, *tensor, *message;
    size_t data;
  } bad[] = {
      {"{}", NULL, "expected the name of one, for none has two dimensions: there is none at all", 0},
      {"{" ENTRY("a", "F32", "[2]", "[0,8]") "}", NULL, "expected the name of one, for none has two dimensions: a", 8},
      {"{" ENTRY("a", "F32", "[2,1]", "[0,8]") "," ENTRY("b", "F32", "[2]", "[8,16]") "," ENTRY("c", "U8", "[0,3]",
                                                                                                "[16,16]") "}",
       NULL, "expected the name of one, for several have two dimensions: a, c", 16},
      {"{" ENTRY("a", "F32", "[2,1]", "[0,8]") "}", "b", "there is none called b; there is a", 8},
      {"{" ENTRY("a", "F32", "[1]", "[0,4]") "," ENTRY("b", "F32", "[1]", "[4,8]") "}", "c",
       "there is none called c; there are a, b", 8},
      {"{}", "c", "there is none called c; there are none", 0},
      {"{" ENTRY("a", "F8_E4M3", "[2,4]", "[0,8]") "}", NULL,
       "tensor a has numbers of a type that is not read: F8_E4M3", 8},
      {"{" ENTRY("a", "F32", "[]", "[0,4]") "}", "a", "expected one or two dimensions, got 0", 4},
      {"{" ENTRY("a", "F32", "[1,1,2]", "[0,8]") "}", "a", "expected one or two dimensions, got 3", 8},
      {"{" ENTRY("a", "F32", "[2,2]", "[0,8]") "}", "a", "expected 2 x 2 numbers of 4 bytes, got 8 bytes", 8},
      {"{" ENTRY("a", "F64", "[4294967296,4294967296]", "[0,8]") "}", NULL,
       "expected at most 2147483647 rows and columns, got 4294967296 x 4294967296", 8},
      {"{" ENTRY("a", "F32", "[1,2]", "[0,8]") "}", NULL, "the tensors do not fill the data", 4},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    const blob from = safetensors_of(bad[i].header, bad[i].data);
    assert_refused(TRIPLET_FORMAT_SAFETENSORS, bad[i].tensor, from.bytes, from.size, bad[i].message);
    free(from.bytes);
  }

  /* Of many the message holds some. */
  char *header = malloc(100000), *at = header;
  at += sprintf(at, "{");
  for (int i = 0; i < 500; i++)
    at += sprintf(at, "%s\"tensor number %d\":{\"dtype\":\"F32\",\"shape\":[0,1],\"data_offsets\":[0,0]}", i ? "," : "",
                  i);
  sprintf(at, "}");
  const blob many = safetensors_of(header, 0);
  triplet_vectors *vectors = NULL;
  assert_int_equal(triplet_vectors_read(context, TRIPLET_FORMAT_AUTO, NULL, many.bytes, many.size, &vectors),
                   TRIPLET_BAD_MATRIX);
  assert_non_null(strstr(triplet_context_error(context)->message, "dimensions: tensor number 0, tensor number 1, "));
  assert_true(strlen(triplet_context_error(context)->message) < 500);
  assert_int_equal(
      triplet_vectors_read(context, TRIPLET_FORMAT_AUTO, "tensor number 9", many.bytes, many.size, &vectors),
      TRIPLET_OK);
  triplet_vectors_destroy(vectors);
  free(many.bytes);
  free(header);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* Seeded matrices of every shape through every format; also what is no number. */
static void gives_back_what_is_written(void **state) {
  (void)state;
  seeded from = seeded_from(1);
  for (int round = 0; round < 200; round++) {
    const size_t rows = seeded_below(&from, 12), cols = 1 + seeded_below(&from, 12);
    floats x = floats_random(&from, rows * cols, 0, 1e3);
    for (size_t i = 0; i < x.count; i += 1 + seeded_below(&from, 30))
      x.data[i] = i % 2 ? -INFINITY : NAN;
    triplet_matrix_copy(NULL, triplet_matrix_of(x.data, rows, cols), triplet_matrix_of(x.data, rows, cols));
    write_and_read(context, triplet_matrix_of(x.data, rows, cols));
    floats_release(&x);
  }
}

static void writes_several_tensors(void **state) {
  (void)state;
  const float a[6] = {1, 2, 3, 4, 5, 6}, odd[2] = {NAN, -0.0f};
  const uint32_t other_nan = 0xffc12345;
  float b[2] = {0, -0.0f};
  memcpy(b, &other_nan, sizeof other_nan);
  const triplet_tensor items[] = {{"quote \" \\ \n\xc3\xa9", triplet_matrix_of(a, 2, 3)},
                                  {"", triplet_matrix_of(b, 2, 1)},
                                  {"none", triplet_matrix_of(NULL, 0, 4)}};
  const triplet_tensors tensors = {items, 3};
  uint8_t bytes[1000];
  size_t size, needed;
  assert_int_equal(triplet_vectors_write(context, TRIPLET_FORMAT_SAFETENSORS, tensors, NULL, 0, &needed), TRIPLET_OK);
  assert_int_equal(triplet_vectors_write(context, TRIPLET_FORMAT_SAFETENSORS, tensors, bytes, sizeof bytes, &size),
                   TRIPLET_OK);
  assert_int_equal(size, needed);
  for (size_t i = 0; i < 3; i++) {
    triplet_vectors *vectors;
    assert_int_equal(triplet_vectors_read(context, TRIPLET_FORMAT_AUTO, items[i].name, bytes, size, &vectors),
                     TRIPLET_OK);
    const triplet_matrix read = triplet_vectors_matrix(vectors), wrote = items[i].matrix;
    assert_true(read.rows == wrote.rows && read.cols == wrote.cols);
    assert_same_bits(read.data, i == 1 ? odd : wrote.data, read.rows * read.cols, items[i].name);
    triplet_vectors_destroy(vectors);
  }
  assert_int_equal(triplet_vectors_write(context, TRIPLET_FORMAT_SAFETENSORS, (triplet_tensors){NULL, 0}, bytes,
                                         sizeof bytes, &size),
                   TRIPLET_OK);
  assert_memory_equal(bytes, "\x08\0\0\0\0\0\0\0{}      ", size);
}

/* As many as are written are read again; of one more neither is. */
static void reads_as_many_tensors_as_it_writes(void **state) {
  (void)state;
  enum { MOST = 2048 };
  static triplet_tensor items[MOST + 1];
  static char names[MOST + 1][8];
  const float one = 1;
  for (size_t i = 0; i <= MOST; i++) {
    sprintf(names[i], "t%zu", i);
    items[i] = (triplet_tensor){names[i], triplet_matrix_of(&one, 1, 1)};
  }
  size_t size;
  assert_int_equal(
      triplet_vectors_write(context, TRIPLET_FORMAT_SAFETENSORS, (triplet_tensors){items, MOST}, NULL, 0, &size),
      TRIPLET_OK);
  uint8_t *bytes = malloc(size);
  assert_int_equal(
      triplet_vectors_write(context, TRIPLET_FORMAT_SAFETENSORS, (triplet_tensors){items, MOST}, bytes, size, &size),
      TRIPLET_OK);
  triplet_vectors *vectors;
  assert_int_equal(triplet_vectors_read(context, TRIPLET_FORMAT_AUTO, names[MOST - 1], bytes, size, &vectors),
                   TRIPLET_OK);
  assert_float_equal(*triplet_vectors_matrix(vectors).data, one, 0);
  triplet_vectors_destroy(vectors);
  free(bytes);
  assert_error(
      context,
      triplet_vectors_write(context, TRIPLET_FORMAT_SAFETENSORS, (triplet_tensors){items, MOST + 1}, NULL, 0, &size),
      TRIPLET_INVALID_ARGUMENT, "tensors", "expected at most 2048 matrices, got 2049");
}

static void refuses_what_cannot_be_written(void **state) {
  (void)state;
  const float a[6] = {0};
  uint8_t bytes[200];
  size_t size = 77;
  pattern_set(bytes, sizeof bytes);
  const triplet_tensor one = {"a", triplet_matrix_of(a, 2, 3)}, empty = {"a", triplet_matrix_of(a, 0, 3)};
  const triplet_tensor missing = {"a", triplet_matrix_of(NULL, 2, 3)}, twice[] = {one, {"b", one.matrix}, one};
  const triplet_tensor unnamed = {NULL, one.matrix}, reserved = {"__metadata__", one.matrix};
  const triplet_tensor not_utf8 = {"\xff", one.matrix};
  const triplet_tensor narrow = {"a", triplet_matrix_of(one.matrix.data, 2, 0)};
  const triplet_tensor wide = {"a", triplet_matrix_of(one.matrix.data, 1, (size_t)INT32_MAX + 1)};
  const triplet_file_format npy = TRIPLET_FORMAT_NPY, tensors = TRIPLET_FORMAT_SAFETENSORS;
  const struct {
    triplet_file_format format;
    triplet_tensors of;
    size_t capacity;
    const char *argument, *message;
  } bad[] = {
      {TRIPLET_FORMAT_TEXT, {&one, 1}, 200, "format", "expected npy, safetensors or fvecs, got text"},
      {TRIPLET_FORMAT_AUTO, {&one, 1}, 200, "format", "expected npy, safetensors or fvecs, got auto"},
      {(triplet_file_format)9, {&one, 1}, 200, "format", "expected npy, safetensors or fvecs, got another number"},
      {npy, {twice, 2}, 200, "tensors", "expected one matrix for npy, got 2"},
      {npy, {NULL, 0}, 200, "tensors", "expected one matrix for npy, got 0"},
      {npy, {NULL, 1}, 200, "tensors", "expected 1 matrices, got NULL"},
      {npy, {&missing, 1}, 200, "tensors", "expected 2 x 3 floats, got NULL"},
      {npy, {&one, 1}, 151, "capacity", "expected 152 bytes, got 151"},
      {TRIPLET_FORMAT_FVECS, {&one, 1}, 31, "capacity", "expected 32 bytes, got 31"},
      {TRIPLET_FORMAT_FVECS,
       {&empty, 1},
       200,
       "tensors",
       "expected rows of 1 .. 2147483647 numbers for fvecs, got 0 x 3"},
      {TRIPLET_FORMAT_FVECS,
       {&narrow, 1},
       200,
       "tensors",
       "expected rows of 1 .. 2147483647 numbers for fvecs, got 2 x 0"},
      {TRIPLET_FORMAT_FVECS,
       {&wide, 1},
       200,
       "tensors",
       "expected rows of 1 .. 2147483647 numbers for fvecs, got 1 x 2147483648"},
      {tensors, {twice, 3}, 200, "tensors", "expected names that differ, got a twice"},
      {tensors, {&unnamed, 1}, 200, "tensors", "expected a name of UTF-8, got NULL as number 0"},
      {tensors, {&not_utf8, 1}, 200, "tensors", "expected a name of UTF-8, got other bytes as number 0"},
      {tensors, {&reserved, 1}, 200, "tensors", "expected a name of UTF-8, got __metadata__ as number 0"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_error(context, triplet_vectors_write(context, bad[i].format, bad[i].of, bytes, bad[i].capacity, &size),
                 TRIPLET_INVALID_ARGUMENT, bad[i].argument, bad[i].message);
  assert_int_equal(size, 77);
  assert_true(pattern_stands(bytes, sizeof bytes));
}

/* ---- damage and short memory ------------------------------------------------------------------------------------- */

/* Each golden file cut at every byte, and with every byte changed: by the fuzz target, which says what must hold. */
static void lives_through_damage(void **state) {
  (void)state;
  seeded from = seeded_from(2);
  golden_file *file = golden_open("files.txt");
  while (golden_next(file)) {
    const triplet_file_format format = format_called(golden_text(file, "format"));
    const blob of = from_hex(golden_text(file, "bytes"));
    const bool fine = strcmp(golden_text(file, "result"), "ok") == 0;
    for (size_t i = 0; i < of.size; i++) {
      blob cut = {malloc(1 + i), 1 + i};
      cut.bytes[0] = (uint8_t)format;
      memcpy(cut.bytes + 1, of.bytes, i);
      LLVMFuzzerTestOneInput(cut.bytes, cut.size);
      triplet_vectors *vectors = NULL;
      const triplet_status status = triplet_vectors_read(context, format, NULL, cut.bytes + 1, i, &vectors);
      if (format == TRIPLET_FORMAT_NPY || format == TRIPLET_FORMAT_SAFETENSORS)
        assert_int_equal(status, TRIPLET_BAD_MATRIX);
      triplet_vectors_destroy(vectors);
      free(cut.bytes);

      blob changed = {malloc(1 + of.size), 1 + of.size};
      changed.bytes[0] = (uint8_t)format;
      for (int round = 0; round < (fine ? 2 : 1); round++) {
        memcpy(changed.bytes + 1, of.bytes, of.size);
        changed.bytes[1 + i] ^= (uint8_t)(1 + seeded_below(&from, 255));
        LLVMFuzzerTestOneInput(changed.bytes, changed.size);
      }
      free(changed.bytes);
    }
    free(of.bytes);
  }
  golden_close(file);
}

typedef struct reading {
  triplet_file_format format;
  const char *tensor;
  blob from;
} reading;

static triplet_status read_once(triplet_context *with, void *data) {
  const reading *of = data;
  triplet_vectors *vectors = NULL;
  const triplet_status status =
      triplet_vectors_read(with, of->format, of->tensor, of->from.bytes, of->from.size, &vectors);
  assert_true((status == TRIPLET_OK) == (vectors != NULL));
  triplet_vectors_destroy(vectors);
  return status;
}

static triplet_status write_once(triplet_context *with, void *data) {
  (void)data;
  const float a[2] = {1, 2};
  const triplet_tensor items[] = {{"a", triplet_matrix_of(a, 1, 2)}, {"b", triplet_matrix_of(a, 2, 1)}};
  uint8_t bytes[500];
  size_t size;
  return triplet_vectors_write(with, TRIPLET_FORMAT_SAFETENSORS, (triplet_tensors){items, 2}, bytes, sizeof bytes,
                               &size);
}

static void survives_short_memory(void **state) {
  (void)state;
  reading npy = {TRIPLET_FORMAT_AUTO, NULL, npy_of("{'descr':'<f4','shape':(2,3),'fortran_order':True}", 24)};
  reading fvecs = {TRIPLET_FORMAT_FVECS, NULL, copy_of("\1\0\0\0....\1\0\0\0....", 16)};
  reading text = {TRIPLET_FORMAT_AUTO, NULL, copy_of("2 2\na 1 2\nb 3 4", 15)};
  reading tensor = {TRIPLET_FORMAT_AUTO, "a", safetensors_of("{" ENTRY("a", "F32", "[1,2]", "[0,8]") "}", 8)};
  assert_int_equal(fail_each_allocation(read_once, NULL, &npy), 2);
  assert_int_equal(fail_each_allocation(read_once, NULL, &fvecs), 2);
  assert_int_equal(fail_each_allocation(read_once, NULL, &text), 4);
  assert_int_equal(fail_each_allocation(read_once, NULL, &tensor), 3);
  assert_in_range(fail_each_allocation(write_once, NULL, NULL), 3, 6);
  free(npy.from.bytes);
  free(fvecs.from.bytes);
  free(text.from.bytes);
  free(tensor.from.bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_CONTEXT(reads_what_others_write),
      WITH_CONTEXT(reads_dictionaries_however_written),
      WITH_CONTEXT(refuses_other_dictionaries),
      WITH_CONTEXT(refuses_uneven_fvecs),
      WITH_CONTEXT(reads_words),
      WITH_CONTEXT(takes_the_first_line_of_word2vec),
      WITH_CONTEXT(names_the_row_of_bad_text),
      WITH_CONTEXT(memory_is_linear),
      WITH_CONTEXT(says_what_has_to_be_unpacked),
      WITH_CONTEXT(refuses_arguments),
      WITH_CONTEXT(lists_the_tensors_there_are),
      WITH_CONTEXT(gives_back_what_is_written),
      WITH_CONTEXT(writes_several_tensors),
      WITH_CONTEXT(reads_as_many_tensors_as_it_writes),
      WITH_CONTEXT(refuses_what_cannot_be_written),
      WITH_CONTEXT(lives_through_damage),
      WITH_CONTEXT(survives_short_memory),
  };
  return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
