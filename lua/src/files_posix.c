/* files_posix.c - how a file is put in its place on POSIX systems: links are followed, locks held, modes kept. */
#include "files.h"

#ifndef _WIN32
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h> /* getentropy */
#endif

#ifndef O_PATH /* macOS has none: there a folder must be one to read, too */
#define O_PATH O_RDONLY
#endif

/* ---- the place --------------------------------------------------------------------------------------------------- */

/* Opens the folder of path, which counts from the folder `from`; name is its last part. -1 and errno on failure. */
static int open_folder(int from, const char *path, char name[NAME_MAX + 1]) {
  const char *slash = strrchr(path, '/');
  const char *last = slash ? slash + 1 : path;
  const size_t before = (size_t)(last - path), length = strlen(last);
  char folder[PATH_MAX] = ".";
  /* GCOVR_EXCL_START: the system has looked at the path before */
  if (before >= sizeof folder || length > NAME_MAX) {
    errno = ENAMETOOLONG;
    return -1;
  }
  /* GCOVR_EXCL_STOP */
  if (before) {
    memcpy(folder, path, before);
    folder[before] = '\0';
  }
  memcpy(name, last, length + 1);
  return openat(from, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Follows the links of path, also one to a file that is not there yet. errno of what hinders it, or 0. */
static int find_place(const char *path, place *found) {
  char link[PATH_MAX];
  int from = AT_FDCWD;
  for (int links = 0; links < 40; links++) { /* as many as the kernel follows */
    found->folder = open_folder(from, path, found->name);
    const int problem = errno;
    if (from != AT_FDCWD)
      close(from);
    if (found->folder < 0)
      return problem;
    const ssize_t length = readlinkat(found->folder, found->name, link, sizeof link - 1);
    if (length < 0) /* EINVAL: it is no link */
      return errno == EINVAL || errno == ENOENT ? 0 : errno;
    link[length] = '\0';
    path = link;
    from = found->folder;
  }
  return ELOOP;
}

static void leave_folder(place *left) {
  if (left->folder >= 0)
    close(left->folder);
  left->folder = -1;
}

static bool same_file(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_regular(const place *at, struct stat *file) {
  return fstatat(at->folder, at->name, file, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(file->st_mode);
}

/* Why no file can be put in the place of path, or NULL. The kernel looks first: it knows of links that must not be
 * followed, or that lead to what has no name. */
static const char *find(const char *path, place *found) {
  struct stat target;
  const bool exists = stat(path, &target) == 0;
  if (!exists && (errno != ENOENT || !*path))
    return strerror(errno);
  if (exists && !S_ISREG(target.st_mode))
    return S_ISDIR(target.st_mode) ? strerror(EISDIR) : "Not a regular file";
  const int problem = find_place(path, found);
  if (problem)
    return strerror(problem);
  if (exists && !is_regular(found, &target))
    return "Not a file with a name";
  if (exists && faccessat(found->folder, found->name, W_OK, AT_EACCESS) != 0)
    return strerror(errno); /* GCOVR_EXCL_LINE: root may write everywhere */
  return NULL;
}

/* ---- the temporary file ------------------------------------------------------------------------------------------ */

#ifdef __EMSCRIPTEN__ /* one process, and no locks */

static bool hold(int file) {
  (void)file;
  return true;
}

static void remove_left(int folder) {
  (void)folder;
}

#else

/* Locks a file that was just made; false when somebody took it for one that was left, and removed it. */
static bool hold(int file) {
  struct stat made;
  while (flock(file, LOCK_EX) != 0 && errno == EINTR)
    ;
  return fstat(file, &made) == 0 && made.st_nlink > 0;
}

static void remove_unheld(int folder, const char *name) {
  struct stat opened, named;
  const int file = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0)
    return;
  /* Its maker may have put it in its place since it was opened: then the name is gone or another's. */
  if (flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &opened) == 0 && S_ISREG(opened.st_mode) &&
      opened.st_uid == geteuid() && fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
      same_file(&opened, &named))
    unlinkat(folder, name, 0);
  close(file);
}

static void remove_left(int folder) {
  const int readable = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *list = readable < 0 ? NULL : fdopendir(readable);
  /* GCOVR_EXCL_START: no more descriptors or memory just then */
  if (!list) {
    if (readable >= 0)
      close(readable);
    return;
  }
  /* GCOVR_EXCL_STOP */
  for (const struct dirent *entry; (entry = readdir(list));)
    if (names_temporary(entry->d_name))
      remove_unheld(folder, entry->d_name);
  closedir(list);
}

#endif

/* Until it is in its place the file is its owner's alone; the mode it would have had is noted. errno, or 0. */
static int make_temporary(output *self) {
  const int folder = self->place.folder;
  int file;
  do { /* until the name is nobody else's, and the file was not cleared away before it was locked */
    uint64_t number;
    if (getentropy(&number, sizeof number) != 0)
      return errno;
    name_temporary(self, number);
    file = openat(folder, self->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0 && errno != EEXIST)
      return errno;
    if (file >= 0 && !hold(file)) {
      close(file);
      file = -1;
    }
  } while (file < 0);

  struct stat made;
  if (fstat(file, &made) == 0 && (self->file = fdopen(file, "wb"))) {
    self->mode = made.st_mode & 0777;
    fchmod(file, 0600); /* where a file system has no modes this fails, and nothing is lost */
    return 0;
  }

  /* GCOVR_EXCL_START: likewise */
  const int problem = errno;
  unlinkat(folder, self->temporary, 0);
  close(file);
  return problem;
  /* GCOVR_EXCL_STOP */
}

const char *open_place(output *self, const char *path) {
  const char *problem = find(path, &self->place);
  if (problem)
    return problem;
  remove_left(self->place.folder);
  const int failure = make_temporary(self);
  return failure ? strerror(failure) : NULL;
}

void leave_place(output *self) {
  if (self->file) {
    unlinkat(self->place.folder, self->temporary, 0);
    fclose(self->file);
    self->file = NULL;
  }
  leave_folder(&self->place);
}

/* Like the file that it replaces, where there is one; of a file of somebody else at least the group, which may share
 * it. To run as somebody is not for a file of somebody else. */
static void take_owner_and_mode(const output *self, int file) {
  struct stat earlier;
  mode_t mode = self->mode;
  if (is_regular(&self->place, &earlier)) {
    mode = earlier.st_mode & 07777;
    if (fchown(file, earlier.st_uid, earlier.st_gid) != 0)
      mode &= fchown(file, (uid_t)-1, earlier.st_gid) == 0 ? 02777 : 0777;
  }
  fchmod(file, mode);
}

/* Without it a crash of the system may undo the renaming. errno, or 0. */
static int sync_folder(int folder) {
  const int readable = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (readable < 0)
    return 0; /* a folder may be one to write in, but not to read */
  const int problem = fsync(readable) == 0 || errno == EINVAL ? 0 : errno;
  close(readable);
  return problem;
}

/* The whole file on the disk, then its name, then the name on the disk. */
int take_place(output *self) {
  const int file = fileno(self->file), folder = self->place.folder;
  if (fflush(self->file) != 0)
    return errno; /* GCOVR_EXCL_LINE: where files are limited, so are those that count */
  take_owner_and_mode(self, file);
  if (fsync(file) != 0 || renameat(folder, self->temporary, folder, self->place.name) != 0)
    return errno;
  fclose(self->file); /* only now, for this ends the lock */
  self->file = NULL;
  return sync_folder(folder);
}

bool is_place_of(const output *self, const char *path) {
  place other = NO_PLACE;
  struct stat here, there;
  const bool same = find_place(path, &other) == 0 && fstat(self->place.folder, &here) == 0 &&
                    fstat(other.folder, &there) == 0 && same_file(&here, &there) &&
                    strcmp(self->place.name, other.name) == 0;
  leave_folder(&other);
  return same;
}

/* ---- files as memory --------------------------------------------------------------------------------------------- */

const char *map_file(mapping *self, const char *path) {
  self->file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe would wait for somebody who writes */
  if (self->file < 0 || fstat(self->file, &self->found) != 0)
    return strerror(errno);
  if (!S_ISREG(self->found.st_mode))
    return S_ISDIR(self->found.st_mode) ? strerror(EISDIR) : "Not a regular file";
  if ((uintmax_t)self->found.st_size > PTRDIFF_MAX)
    return strerror(EFBIG); /* GCOVR_EXCL_LINE: of 32 bits */
  self->size = (size_t)self->found.st_size;
  self->bytes = "";
  if (!self->size) /* which cannot be mapped */
    return NULL;
  void *mapped = mmap(NULL, self->size, PROT_READ, MAP_PRIVATE, self->file, 0);
  if (mapped == MAP_FAILED) {
    self->size = 0;
    return strerror(errno); /* GCOVR_EXCL_LINE: the file system has no maps, or there is no room for addresses */
  }
  self->bytes = mapped;
  return NULL;
}

void unmap_file(mapping *self) {
  if (self->size)
    munmap((void *)(uintptr_t)self->bytes, self->size);
  if (self->file >= 0)
    close(self->file);
}

bool is_unchanged(const mapping *self) {
  struct stat now;
  return fstat(self->file, &now) == 0 && now.st_size == self->found.st_size && now.st_mtime == self->found.st_mtime;
}

#endif
