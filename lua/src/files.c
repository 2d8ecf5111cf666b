/* files.c - triplet.output: a file that is written beside its place, and takes it when it is whole on the disk.
 *
 * Whatever happens, the place holds the earlier file or the new one. A maker holds the lock of its temporary file for
 * as long as that lies there: one that nobody holds was left by a process that ended, and the next output in the same
 * folder removes it. */
#define _GNU_SOURCE /* O_PATH and flock */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "binding.h"

#define OUTPUT_TYPE "triplet.output"

/* Names of temporary files: short, for that of the place may be as long as names can be, and followed by 16 random
 * digits, so that they are nobody else's. */
#define TEMPORARY_PREFIX ".triplet-"
enum { TEMPORARY_DIGITS = 16, TEMPORARY_LENGTH = sizeof TEMPORARY_PREFIX - 1 + TEMPORARY_DIGITS };

/* Where a path leads when its links are followed. */
typedef struct place {
  int folder; /* a file descriptor, -1: none */
  char name[NAME_MAX + 1];
} place;

/* Its user value is the path, for messages. */
typedef struct output {
  FILE *file; /* the temporary one; NULL: it is in its place or given up */
  place place;
  char temporary[TEMPORARY_LENGTH + 1];
  mode_t mode; /* of a file that replaces none */
  int problem; /* errno of the first write that failed, 0: none */
} output;

/* ---- the place --------------------------------------------------------------------------------------------------- */

/* Opens the folder of path, which counts from the folder `from`; name is its last part. -1 and errno on failure. */
static int open_folder(int from, const char *path, char name[NAME_MAX + 1]) {
  const char *slash = strrchr(path, '/');
  const char *last = slash ? slash + 1 : path;
  const size_t before = (size_t)(last - path), length = strlen(last);
  char folder[PATH_MAX] = ".";
  if (before >= sizeof folder || length > NAME_MAX) {
    errno = ENAMETOOLONG;
    return -1;
  }
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

static void leave_place(place *left) {
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
static const char *open_place(const char *path, place *found) {
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
    return strerror(errno);
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

static bool names_temporary(const char *name) {
  const size_t prefix = sizeof TEMPORARY_PREFIX - 1;
  return strlen(name) == TEMPORARY_LENGTH && strncmp(name, TEMPORARY_PREFIX, prefix) == 0 &&
         strspn(name + prefix, "0123456789abcdef") == TEMPORARY_DIGITS;
}

static void remove_left(int folder) {
  const int readable = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *list = readable < 0 ? NULL : fdopendir(readable);
  if (!list) {
    if (readable >= 0)
      close(readable);
    return;
  }
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
    snprintf(self->temporary, sizeof self->temporary, TEMPORARY_PREFIX "%016" PRIx64, number);
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

  const int problem = errno;
  unlinkat(folder, self->temporary, 0);
  close(file);
  return problem;
}

static void give_up(output *self) {
  if (self->file) {
    unlinkat(self->place.folder, self->temporary, 0);
    fclose(self->file);
    self->file = NULL;
  }
  leave_place(&self->place);
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

/* The whole file on the disk, then its name, then the name on the disk. errno, or 0. */
static int put_in_place(output *self) {
  const int file = fileno(self->file), folder = self->place.folder;
  if (self->problem)
    return self->problem;
  if (fflush(self->file) != 0)
    return errno;
  take_owner_and_mode(self, file);
  if (fsync(file) != 0 || renameat(folder, self->temporary, folder, self->place.name) != 0)
    return errno;
  fclose(self->file); /* only now, for this ends the lock */
  self->file = NULL;
  return sync_folder(folder);
}

/* ---- the object -------------------------------------------------------------------------------------------------- */

/* Pushes what a function returns for what the world does wrong: nil, "path: problem". path is on top. */
static int tell(lua_State *L, const char *problem) {
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", lua_tostring(L, -2), problem);
  return 2;
}

static int output_new(lua_State *L) {
  static const char *const parameters[] = {"path", NULL};
  const call c = call_of(L, "output", parameters, 0);
  lua_settop(L, 1);
  const char *path = read_text(&c, 1, "path");
  output *self = lua_newuserdatauv(L, sizeof *self, 1);
  *self = (output){.place = {.folder = -1}};
  luaL_setmetatable(L, OUTPUT_TYPE);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  const char *problem = open_place(path, &self->place);
  if (!problem) {
    remove_left(self->place.folder);
    const int failure = make_temporary(self);
    problem = failure ? strerror(failure) : NULL;
  }
  if (!problem)
    return 1;
  give_up(self);
  lua_pushvalue(L, 1);
  return tell(L, problem);
}

static output *self_output(const call *c) {
  output *self = self_of(c, OUTPUT_TYPE);
  if (!self->file)
    luaL_error(c->L, "calling '%s' on a closed output", c->function);
  return self;
}

/* true, or nil and what went wrong at the path. */
static int push_outcome(lua_State *L, int problem) {
  lua_pushboolean(L, true);
  if (!problem)
    return 1;
  lua_getiuservalue(L, 1, 1);
  return tell(L, strerror(problem));
}

static int output_write(lua_State *L) {
  static const char *const parameters[] = {"bytes", NULL};
  const call c = call_of(L, "write", parameters, 1);
  output *self = self_output(&c);
  size_t length;
  const char *bytes = read_bytes(&c, 2, "bytes", &length);
  if (!self->problem && fwrite(bytes, 1, length, self->file) != length)
    self->problem = errno;
  return push_outcome(L, self->problem);
}

static int output_commit(lua_State *L) {
  static const char *const parameters[] = {NULL};
  const call c = call_of(L, "commit", parameters, 1);
  output *self = self_output(&c);
  const int problem = put_in_place(self);
  give_up(self);
  return push_outcome(L, problem);
}

static int output_replaces(lua_State *L) {
  static const char *const parameters[] = {"path", NULL};
  const call c = call_of(L, "replaces", parameters, 1);
  const output *self = self_output(&c);
  place other = {.folder = -1};
  struct stat here, there;
  const bool same = find_place(read_text(&c, 2, "path"), &other) == 0 && fstat(self->place.folder, &here) == 0 &&
                    fstat(other.folder, &there) == 0 && same_file(&here, &there) &&
                    strcmp(self->place.name, other.name) == 0;
  leave_place(&other);
  lua_pushboolean(L, same);
  return 1;
}

static int output_close(lua_State *L) {
  output *self = luaL_testudata(L, 1, OUTPUT_TYPE);
  if (self)
    give_up(self);
  return 0;
}

void open_files(lua_State *L) {
  static const luaL_Reg methods[] = {{"write", output_write},
                                     {"commit", output_commit},
                                     {"replaces", output_replaces},
                                     {"close", output_close},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", output_close}, {"__close", output_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"output", output_new}, {NULL, NULL}};
  luaL_newmetatable(L, OUTPUT_TYPE);
  set_type(L, &(const type_description){"output", .methods = methods, .metamethods = metamethods});
  lua_pushvalue(L, OPEN_MODULE);
  set_functions(L, functions);
  lua_pop(L, 1);
}
