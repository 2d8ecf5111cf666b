/* fuzz.h - what the targets have in common. Each is a function of bytes that ends the program where something does not
 * hold; libFuzzer looks for such bytes (make fuzz), and replay.c runs those that are kept in corpus/ (make test). */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static inline void require(bool holds) {
  if (!holds)
    abort();
}

#endif
