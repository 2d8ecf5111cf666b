/* golden.h - reads the vectors of tests/golden: cases of keys with lists of values. Its README names the keys. */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <stdbool.h>
#include <stddef.h>

typedef struct golden_file golden_file;

/* name: of a file in tests/golden, which is looked for below the working directory. Fails the test when it is not
 * there. */
golden_file *golden_open(const char *name);
void golden_close(golden_file *file);
/* The next case; false at the end. What was got from the last one is gone. */
bool golden_next(golden_file *file);

/* Of the current case. Fails the test when the key is missing. */
const char *golden_text(golden_file *file, const char *key);
double golden_number(golden_file *file, const char *key);
/* count values, or the test fails. They last until golden_next. */
const double *golden_doubles(golden_file *file, const char *key, size_t count);
const float *golden_floats(golden_file *file, const char *key, size_t count);

#endif
