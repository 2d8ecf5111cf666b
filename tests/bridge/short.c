/* short.c - linked into an interpreter whose memory the tests take away: its malloc and realloc fail when told, and
 * what they hold is counted. */
#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

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
  return memory.failing && (memory.calls == memory.failing || (memory.lasting && memory.calls > memory.failing));
}

void *__wrap_malloc(size_t size) {
  void *block = fails() ? NULL : __real_malloc(size);
  memory.blocks += block != NULL;
  return block;
}

void *__wrap_realloc(void *block, size_t size) {
  void *moved = fails() ? NULL : __real_realloc(block, size);
  memory.blocks += moved && !block;
  return moved;
}

void __wrap_free(void *block) {
  memory.blocks -= block != NULL;
  __real_free(block);
}
