/* short.c - linked into an interpreter whose memory the tests take away: its malloc fails when told, and what it has
 * given is counted. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The allocator's own names for them, which it leaves to others to define. */
void *__libc_malloc(size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static struct {
  int calls, failing; /* since it was begun; the one that fails, 0: none */
  bool lasting;       /* so do all after it */
  int blocks;         /* held */
} memory;

#define EXPORT(name) __attribute__((export_name(#name))) name

void EXPORT(short_begin)(int failing, bool lasting) {
  memory.calls = 0;
  memory.failing = failing;
  memory.lasting = lasting;
}

int EXPORT(short_calls)(void) {
  return memory.calls;
}

int EXPORT(short_blocks)(void) {
  return memory.blocks;
}

static bool fails(void) {
  memory.calls++;
  if (!memory.failing || memory.calls < memory.failing || (memory.calls > memory.failing && !memory.lasting))
    return false;
  errno = ENOMEM;
  return true;
}

void *malloc(size_t size) {
  void *block = fails() ? NULL : __libc_malloc(size);
  memory.blocks += block != NULL;
  return block;
}

void *calloc(size_t count, size_t size) {
  void *block = size && count > SIZE_MAX / size ? NULL : malloc(count * size);
  return block ? memset(block, 0, count * size) : NULL;
}

void *realloc(void *block, size_t size) {
  void *moved = fails() ? NULL : __libc_realloc(block, size);
  memory.blocks += moved && !block;
  return moved;
}

void free(void *block) {
  memory.blocks -= block != NULL;
  __libc_free(block);
}
