/* files_windows.c - how a file is put in its place on Windows, which renames no file that its maker did not share, and
 * over no other unless asked to. A path means what it means to io.open; a link is replaced, not followed. */
#ifdef _WIN32
#define _CRT_RAND_S
#define WIN32_LEAN_AND_MEAN
#include <windows.h> /* before binding.h, which has a CONTEXT of its own */

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#endif

#include "files.h"

#ifdef _WIN32

/* ---- the place --------------------------------------------------------------------------------------------------- */

static bool find_place(const char *path, place *found) {
  char *name = NULL;
  const DWORD length = GetFullPathNameA(path, sizeof found->path, found->path, &name);
  found->folder = name ? (size_t)(name - found->path) : 0;
  return length > 0 && length < sizeof found->path - TEMPORARY_LENGTH && name;
}

static bool is_there(const char *path, struct _stat64 *file) {
  return _stat64(path, file) == 0;
}

/* Why no file can be put in the place of path, or NULL. */
static const char *find(const char *path, place *found) {
  struct _stat64 target;
  const bool exists = is_there(path, &target);
  if (!exists && (errno != ENOENT || !*path))
    return strerror(errno);
  if (exists && !S_ISREG(target.st_mode))
    return S_ISDIR(target.st_mode) ? strerror(EISDIR) : "Not a regular file";
  if (!find_place(path, found))
    return strerror(ENOENT);
  return exists && _access(path, 2) != 0 ? strerror(errno) : NULL;
}

/* The file of that name in the folder of a place. */
static void beside(const place *at, const char *name, char path[FILENAME_MAX]) {
  snprintf(path, FILENAME_MAX, "%.*s%s", (int)at->folder, at->path, name);
}

/* ---- the temporary file ------------------------------------------------------------------------------------------ */

/* Of what hinders Windows; those that io.open knows, by the same words. */
static int problem_of(DWORD error) {
  switch (error) {
  case ERROR_FILE_NOT_FOUND:
  case ERROR_PATH_NOT_FOUND:
  case ERROR_INVALID_NAME:
    return ENOENT;
  case ERROR_ACCESS_DENIED:
  case ERROR_SHARING_VIOLATION:
  case ERROR_WRITE_PROTECT:
    return EACCES;
  case ERROR_FILE_EXISTS:
  case ERROR_ALREADY_EXISTS:
    return EEXIST;
  case ERROR_DISK_FULL:
    return ENOSPC;
  default:
    return EIO;
  }
}

/* Those that somebody has open stay: they cannot be opened for oneself alone. */
static void remove_left(const place *at) {
  char path[FILENAME_MAX];
  WIN32_FIND_DATAA found;
  beside(at, TEMPORARY_PREFIX "*", path);
  const HANDLE list = FindFirstFileA(path, &found);
  if (list == INVALID_HANDLE_VALUE)
    return;
  do {
    if (!names_temporary(found.cFileName))
      continue;
    beside(at, found.cFileName, path);
    const HANDLE left = CreateFileA(path, DELETE, 0, NULL, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    if (left != INVALID_HANDLE_VALUE)
      CloseHandle(left);
  } while (FindNextFileA(list, &found));
  FindClose(list);
}

/* Opens the temporary file, and holds it until it is in its place: a stream ends before. errno, or 0. */
static int make_temporary(output *self) {
  char path[FILENAME_MAX];
  unsigned high, low;
  const DWORD all = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  do { /* until the name is nobody else's */
    if (rand_s(&high) != 0 || rand_s(&low) != 0)
      return EIO;
    name_temporary(self, (uint64_t)high << 32 | low);
    beside(&self->place, self->temporary, path);
    self->held = CreateFileA(path, GENERIC_WRITE, all, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
  } while (self->held == INVALID_HANDLE_VALUE && GetLastError() == ERROR_FILE_EXISTS);
  if (self->held == INVALID_HANDLE_VALUE) {
    self->held = NULL;
    return problem_of(GetLastError());
  }

  HANDLE copy;
  const HANDLE process = GetCurrentProcess();
  if (!DuplicateHandle(process, self->held, process, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS))
    return problem_of(GetLastError());
  const int file = _open_osfhandle((intptr_t)copy, _O_BINARY);
  if (file < 0)
    CloseHandle(copy);
  else if (!(self->file = _fdopen(file, "wb")))
    _close(file);
  return self->file ? 0 : errno;
}

const char *open_place(output *self, const char *path) {
  const char *problem = find(path, &self->place);
  if (problem)
    return problem;
  remove_left(&self->place);
  const int failure = make_temporary(self);
  return failure ? strerror(failure) : NULL;
}

/* Lets go of the file, and removes it unless it is in its place. */
static void let_go(output *self, bool remove) {
  char path[FILENAME_MAX];
  if (self->file)
    fclose(self->file);
  self->file = NULL;
  if (self->held && remove) {
    beside(&self->place, self->temporary, path);
    DeleteFileA(path);
  }
  if (self->held)
    CloseHandle(self->held);
  self->held = NULL;
}

void leave_place(output *self) {
  let_go(self, true);
}

int take_place(output *self) {
  char path[FILENAME_MAX];
  if (fflush(self->file) != 0 || _commit(_fileno(self->file)) != 0)
    return errno;
  beside(&self->place, self->temporary, path);
  if (!MoveFileExA(path, self->place.path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
    return problem_of(GetLastError());
  let_go(self, false);
  return 0;
}

/* What tells one file from all others. */
static bool identify(const char *path, BY_HANDLE_FILE_INFORMATION *file) {
  const HANDLE opened = CreateFileA(path, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                    OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
  const bool found = opened != INVALID_HANDLE_VALUE && GetFileInformationByHandle(opened, file);
  if (opened != INVALID_HANDLE_VALUE)
    CloseHandle(opened);
  return found;
}

bool is_place_of(const output *self, const char *path) {
  place other = NO_PLACE;
  BY_HANDLE_FILE_INFORMATION here, there;
  if (find_place(path, &other) &&
      CompareStringA(LOCALE_INVARIANT, NORM_IGNORECASE, self->place.path, -1, other.path, -1) == CSTR_EQUAL)
    return true;
  return identify(self->place.path, &here) && identify(path, &there) &&
         here.dwVolumeSerialNumber == there.dwVolumeSerialNumber && here.nFileIndexHigh == there.nFileIndexHigh &&
         here.nFileIndexLow == there.nFileIndexLow;
}

/* ---- files as memory --------------------------------------------------------------------------------------------- */

const char *map_file(mapping *self, const char *path) {
  (void)self;
  (void)path;
  return "files are not mapped on Windows";
}

void unmap_file(mapping *self) {
  (void)self;
}

bool is_unchanged(const mapping *self) {
  (void)self;
  return true;
}

#endif
