/* files.h - what files.c and its half for the system, files_posix.c or files_windows.c, share. */
#ifndef TRIPLET_FILES_H
#define TRIPLET_FILES_H

#define _GNU_SOURCE /* NAME_MAX, O_PATH and flock */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "binding.h"

#pragma GCC visibility push(hidden)

/* Names of temporary files: short, for that of the place may be as long as names can be, and followed by 16 random
 * digits, so that they are nobody else's. */
#define TEMPORARY_PREFIX ".triplet-"
enum { TEMPORARY_DIGITS = 16, TEMPORARY_LENGTH = sizeof TEMPORARY_PREFIX - 1 + TEMPORARY_DIGITS };

/* Where a path leads. */
#ifdef _WIN32
typedef struct place {
  char path[FILENAME_MAX]; /* whole */
  size_t folder;           /* so many of its bytes name the folder, with the separator */
} place;
#define NO_PLACE                                                                                                       \
  { .folder = 0 }
#else
typedef struct place {
  int folder; /* a file descriptor, -1: none */
  char name[NAME_MAX + 1];
} place;
#define NO_PLACE                                                                                                       \
  { .folder = -1 }
#endif

/* Its user value is the path, for messages. */
typedef struct output {
  FILE *file; /* the temporary one; NULL: it is in its place or given up */
  place place;
  char temporary[TEMPORARY_LENGTH + 1];
  int problem; /* errno of the first write that failed, 0: none */
#ifdef _WIN32
  void *held; /* keeps others from removing the temporary file */
#else
  mode_t mode; /* of a file that replaces none */
#endif
} output;

/* A file as memory: its pages are read when they are looked at, and the system's to take back. Whoever makes it shorter
 * meanwhile ends the process (SIGBUS), as of any mapped file. */
typedef struct mapping {
  const char *bytes;
  size_t size;
#ifndef _WIN32
  int file; /* a file descriptor */
  struct stat found;
#endif
} mapping;

/* files.c */
void name_temporary(output *self, uint64_t number);
bool names_temporary(const char *name);

/* The system's. Opens a temporary file beside the place that path leads to, and removes those that were left there. Why
 * that cannot be, or NULL. */
const char *open_place(output *self, const char *path);
/* Gives up what open_place has made or begun to make, but for a file that took its place. */
void leave_place(output *self);
/* Puts the file, which is whole, in its place. errno, or 0. */
int take_place(output *self);
/* Whether path leads to the same place. */
bool is_place_of(const output *self, const char *path);
/* Maps a file. Why that cannot be, or NULL. */
const char *map_file(mapping *self, const char *path);
void unmap_file(mapping *self);
/* Whether it is as long as it was, and nobody has written to it. */
bool is_unchanged(const mapping *self);

#pragma GCC visibility pop

#endif
