/* Runs a target over the files of a folder, without libFuzzer: a test of TAP for all that was ever found.
 *
 *    replay_NAME tests/fuzz/corpus/NAME */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

/* The bytes end where the memory ends, so that a sanitizer sees a read past them. */
static void replay(const char *folder, const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0)
    abort();
  const size_t size = (size_t)ftell(file);
  uint8_t *bytes = malloc(size ? size : 1);
  rewind(file);
  if (!bytes || fread(bytes, 1, size, file) != size)
    abort();
  fclose(file);
  fprintf(stderr, "# %s\n", path);
  LLVMFuzzerTestOneInput(bytes, size);
  free(bytes);
}

int main(int count, char **arguments) {
  if (count != 2)
    return 2;
  const char *folder = arguments[1];
  setenv("CMOCKA_TEST_ABORT", "1", 1); /* an assertion that fails is to end the program */
  DIR *opened = opendir(folder);
  size_t files = 0;
  for (struct dirent *entry; opened && (entry = readdir(opened));)
    if (entry->d_name[0] != '.') {
      replay(folder, entry->d_name);
      files++;
    }
  if (opened)
    closedir(opened);
  const char *slash = strrchr(folder, '/');
  printf("%s - %s holds for %zu inputs\n1..1\n", files ? "ok 1" : "not ok 1", slash ? slash + 1 : folder, files);
  return files == 0;
}
