#define _POSIX_C_SOURCE 200112L
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- seeded numbers: SplitMix64's finaliser over a counter ------------------------------------------------------- */

seeded seeded_from(uint64_t test) {
  const char *text = getenv("TRIPLET_TEST_SEED");
  const uint64_t seed = text ? strtoull(text, NULL, 10) : 1;
  if (text)
    print_message("# TRIPLET_TEST_SEED=%llu\n", (unsigned long long)seed);
  seeded from = {.state = seed * 0x2545f4914f6cdd1du + test * 0x632be59bd9b4e019u};
  seeded_bits(&from);
  return from;
}

seeded seeded_from_bytes(const uint8_t *bytes, size_t size) {
  return (seeded){.bytes = bytes, .left = size};
}

/* The next of the bytes as a number; false: there are not so many. */
static bool take_bytes(seeded *from, size_t count, uint64_t *number) {
  if (from->left < count)
    return false;
  *number = 0;
  memcpy(number, from->bytes, count);
  from->bytes += count;
  from->left -= count;
  return true;
}

uint64_t seeded_bits(seeded *from) {
  uint64_t bits = from->state += 0x9e3779b97f4a7c15u;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
  return bits ^ (bits >> 31);
}

size_t seeded_below(seeded *from, size_t limit) {
  uint64_t number;
  if (!take_bytes(from, limit <= 256 ? 1 : 8, &number))
    number = seeded_bits(from);
  return (size_t)(number % limit);
}

double seeded_between(seeded *from, double low, double high) {
  uint64_t number;
  if (take_bytes(from, 2, &number))
    return low + (high - low) * (double)number / 65536;
  return low + (high - low) * (double)(seeded_bits(from) >> 11) / 9007199254740992.0;
}

void seeded_fill(seeded *from, float *to, size_t count, double scale) {
  for (size_t i = 0; i < count; i++)
    to[i] = (float)seeded_between(from, -scale, scale);
}

/* ---- buffers ----------------------------------------------------------------------------------------------------- */

floats floats_make(size_t count, size_t offset) {
  /* The list ends where the memory ends, so that a sanitizer sees a read past it. */
  void *memory = NULL;
  assert_int_equal(posix_memalign(&memory, 64, (offset + count) * sizeof(float)), 0);
  floats list = {(float *)memory + offset, count, memory};
  pattern_set(list.data, count * sizeof(float));
  return list;
}

floats floats_random(seeded *from, size_t count, size_t offset, double scale) {
  floats list = floats_make(count, offset);
  seeded_fill(from, list.data, count, scale);
  return list;
}

void floats_release(floats *list) {
  free(list->memory);
  *list = (floats){0};
}

double *doubles_of(const float *list, size_t count) {
  double *doubles = malloc((count + 1) * sizeof *doubles);
  for (size_t i = 0; i < count; i++)
    doubles[i] = list[i];
  return doubles;
}

enum { PATTERN = 0x5a };

void pattern_set(void *memory, size_t size) {
  memset(memory, PATTERN, size);
}

bool pattern_stands(const void *memory, size_t size) {
  const unsigned char *bytes = memory;
  for (size_t i = 0; i < size; i++)
    if (bytes[i] != PATTERN)
      return false;
  return true;
}

uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

void assert_same_bits(const float *left, const float *right, size_t count, const char *what) {
  for (size_t i = 0; i < count; i++)
    if (bits_of(left[i]) != bits_of(right[i]))
      fail_msg("%s: number %zu is %.9g (%08x) and %.9g (%08x)", what, i, (double)left[i], (unsigned)bits_of(left[i]),
               (double)right[i], (unsigned)bits_of(right[i]));
}

/* ---- a fresh context --------------------------------------------------------------------------------------------- */

triplet_context *context;

int create_context(void **state) {
  (void)state;
  context = triplet_context_create(NULL);
  return context == NULL;
}

int destroy_context(void **state) {
  (void)state;
  triplet_context_destroy(context);
  return 0;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void *counted_allocate(void *user, size_t size) {
  counted_memory *memory = user;
  memory->calls++;
  if (memory->failing && memory->lasting && memory->calls > memory->failing)
    return NULL;
  if (memory->failing && memory->calls == memory->failing + 1 && memory->stubborn && size == memory->refused)
    return NULL;
  if (memory->calls == memory->failing) {
    memory->refused = size;
    return NULL;
  }
  void *block = malloc(size);
  memory->blocks++;
  memory->bytes += size;
  if (memory->bytes > memory->peak)
    memory->peak = memory->bytes;
  return block;
}

static void counted_release(void *user, void *block, size_t size) {
  counted_memory *memory = user;
  assert_non_null(block);
  memory->blocks--;
  memory->bytes -= size;
  free(block);
}

triplet_allocator counted_allocator(counted_memory *memory) {
  return (triplet_allocator){counted_allocate, counted_release, memory};
}

size_t fail_each_allocation(triplet_status (*call)(triplet_context *context, void *data), void (*untouched)(void *data),
                            void *data) {
  for (size_t failing = 1;; failing++) {
    counted_memory memory = {0};
    const triplet_allocator allocator = counted_allocator(&memory);
    triplet_context *context = triplet_context_create(&allocator);
    assert_non_null(context);
    memory.failing = memory.calls + failing;
    memory.stubborn = true;

    const size_t before = memory.calls, held = memory.blocks;
    const triplet_status status = call(context, data);
    const size_t calls = memory.calls - before;
    triplet_context_trim(context);
    assert_int_equal(memory.blocks, held);

    if (calls < failing) {
      assert_int_equal(status, TRIPLET_OK);
    } else {
      assert_int_equal(status, TRIPLET_OUT_OF_MEMORY);
      assert_int_equal(triplet_context_error(context)->status, TRIPLET_OUT_OF_MEMORY);
      if (untouched)
        untouched(data);
    }

    triplet_context_destroy(context);
    assert_int_equal(memory.blocks, 0);
    assert_int_equal(memory.bytes, 0);
    if (calls < failing)
      return calls;
  }
}

/* ---- every way to run -------------------------------------------------------------------------------------------- */

void on_every_machine(void (*check)(triplet_context *context, void *data), void *data) {
  static const size_t threads[] = {1, 2, 3, 8};
  const char *name;
  for (size_t set = 0; (name = triplet_instruction_set_name(set)); set++)
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
      triplet_context *context = triplet_context_create(NULL);
      assert_int_equal(triplet_context_set_instruction_set(context, name), TRIPLET_OK);
      assert_int_equal(triplet_context_set_threads(context, threads[i]), TRIPLET_OK);
      check(context, data);
      triplet_context_destroy(context);
    }
}

triplet_context *seeded_context(seeded *from) {
  size_t sets = 0;
  while (triplet_instruction_set_name(sets))
    sets++;
  triplet_context *chosen = triplet_context_create(NULL);
  triplet_context_set_instruction_set(chosen, triplet_instruction_set_name(sets - 1 - seeded_below(from, sets)));
  return chosen;
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

const char *no_such_choice(triplet_schema_id id, const char *field, int number) {
  static char message[256];
  const triplet_field *found = triplet_schema_field(NULL, id, field);
  assert_non_null(found);
  snprintf(message, sizeof message, "expected one of %s, got number %d", found->choices, number);
  return message;
}

void assert_error(triplet_context *context, triplet_status got, triplet_status status, const char *argument,
                  const char *message) {
  const triplet_error *error = triplet_context_error(context);
  assert_int_equal(got, status);
  assert_int_equal(error->status, status);
  if (argument)
    assert_string_equal(error->argument, argument);
  else
    assert_null(error->argument);
  assert_string_equal(error->message, message);
}
