#define _DEFAULT_SOURCE
#include "bounded.h"

#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

/* What malloc's blocks are aligned to, and the core's. */
enum { ALIGNED = 16, CORE_ALIGNED = 64 };

/* What the core asks for besides what it wants, which begins behind it; nothing of the context, which it takes as it
 * is. */
static size_t besides, last_size;
static void *context_block;

static size_t pages_of(size_t size) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return (size + page - 1) / page * page;
}

static size_t place_of(size_t size) {
  return (pages_of(size + ALIGNED) - size) / ALIGNED * ALIGNED;
}

static void *allocate(void *user, size_t size) {
  (void)user;
  if (size > SIZE_MAX / 4)
    return NULL;
  const size_t all = pages_of(size + ALIGNED), page = pages_of(1);
  char *pages = mmap(NULL, all + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED)
    return NULL;
  assert_int_equal(mprotect(pages + all, page, PROT_NONE), 0);
  pattern_set(pages, all);
  last_size = size;
  return pages + place_of(size);
}

static void release(void *user, void *block, size_t size) {
  (void)user;
  const size_t all = pages_of(size + ALIGNED);
  char *start = block, *pages = start - place_of(size), *end = start + size;
  if (block != context_block)
    end -= (uintptr_t)(start + besides) % CORE_ALIGNED;
  assert_true(pattern_stands(end, (size_t)(pages + all - end)));
  assert_int_equal(munmap(pages, all + pages_of(1)), 0);
}

triplet_context *bounded_context(void) {
  triplet_context *made = triplet_context_create(&(triplet_allocator){allocate, release, NULL});
  assert_non_null(made);
  context_block = made;
  triplet_release(made, triplet_allocate(made, 1, 1));
  besides = last_size - 1;
  triplet_context_trim(made);
  return made;
}
