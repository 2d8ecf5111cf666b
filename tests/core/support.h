/* support.h - what the tests of the core share: seeded numbers, a counting allocator that can fail, every way to run
 * the kernels, and comparison of bits. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "triplet.h"

/* How many there are of them. */
enum {
  DISTANCES = TRIPLET_DISTANCE_DOT + 1,
  LOSSES = TRIPLET_LOSS_MULTI_SIMILARITY + 1,
  REDUCTIONS = TRIPLET_REDUCTION_WEIGHTED_MEAN + 1,
};

/* ---- seeded numbers, by a generator that is not the core's ------------------------------------------------------- */

typedef struct seeded {
  uint64_t state;
  const uint8_t *bytes; /* what is drawn first, while there are any left */
  size_t left;
} seeded;

/* From TRIPLET_TEST_SEED (1 when not set) and a number of the test's own. */
seeded seeded_from(uint64_t test);
/* The bytes that a fuzzer changes are the choices: one for a choice of up to 256, two for a number of an interval. */
seeded seeded_from_bytes(const uint8_t *bytes, size_t size);
uint64_t seeded_bits(seeded *from);
size_t seeded_below(seeded *from, size_t limit);
double seeded_between(seeded *from, double low, double high);
/* Writes count numbers between -scale and scale. */
void seeded_fill(seeded *from, float *to, size_t count, double scale);

/* ---- buffers ----------------------------------------------------------------------------------------------------- */

/* count floats that start `offset` floats past an address aligned to 64; never NULL. Released by floats_release. */
typedef struct floats {
  float *data;
  size_t count;
  void *memory;
} floats;

floats floats_make(size_t count, size_t offset);
floats floats_random(seeded *from, size_t count, size_t offset, double scale);
void floats_release(floats *list);
double *doubles_of(const float *list, size_t count);

/* The pattern of memory that nobody has written: set, and check that it is still there. */
void pattern_set(void *memory, size_t size);
bool pattern_stands(const void *memory, size_t size);

/* Fails with the place of the first float whose bits differ. */
void assert_same_bits(const float *left, const float *right, size_t count, const char *what);
uint32_t bits_of(float value);

/* An encoder with these members: ENCODER(.inputs = 2, .normalize = true). */
#define ENCODER(...)                                                                                                   \
  (triplet_encoder) {                                                                                                  \
    .begun = triplet_encoder_options().begun, __VA_ARGS__                                                              \
  }

/* ---- a fresh context for each test ------------------------------------------------------------------------------- */

extern triplet_context *context;

int create_context(void **state);
int destroy_context(void **state);
#define WITH_CONTEXT(test) cmocka_unit_test_setup_teardown(test, create_context, destroy_context)

/* ---- memory that is counted, and fails on demand ----------------------------------------------------------------- */

typedef struct counted_memory {
  size_t calls, blocks, bytes, peak; /* so far; held now; the most held at once */
  size_t failing;                    /* the call that fails, counted from 1; 0: none */
  bool stubborn;                     /* asked for the same size again at once, it fails again */
  size_t refused;                    /* that size */
  bool lasting;                      /* so does every call after it, as long as failing is set */
} counted_memory;

triplet_allocator counted_allocator(counted_memory *memory);

/* Runs call(context, data) with each of its allocations failing in turn until it gets through, which it must in the
 * end with TRIPLET_OK. Before that it must say TRIPLET_OUT_OF_MEMORY; nothing may leak. Returns how many allocations
 * a whole call makes. untouched(data), when given, is asked after each failure. */
size_t fail_each_allocation(triplet_status (*call)(triplet_context *context, void *data), void (*untouched)(void *data),
                            void *data);

/* ---- every way to run -------------------------------------------------------------------------------------------- */

/* Calls check(context, data) for every instruction set of this machine with 1, 2, 3 and 8 threads, the plainest
 * first. */
void on_every_machine(void (*check)(triplet_context *context, void *data), void *data);
/* Of all these machines one, of one thread; the caller's to destroy. */
triplet_context *seeded_context(seeded *from);

/* ---- errors ------------------------------------------------------------------------------------------------------ */

/* What is said of a choice that there is none of; the names are those of the schema. Lasts until it is called again. */
const char *no_such_choice(triplet_schema_id id, const char *field, int number);

/* The call has failed with this status, and the context names this argument (or NULL) and text. */
void assert_error(triplet_context *context, triplet_status got, triplet_status status, const char *argument,
                  const char *message);

#endif
