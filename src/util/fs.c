/* Files and paths; see fs.h. */
#include "util/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/strbuf.h"

static int io_fail(struct cw_err *err, const char *verb, const char *path) {
  return cw_fail(err, CW_ERR_IO, "can't %s %s: %s", verb, path, strerror(errno));
}

int cw_fs_read(char **out, size_t *len, const char *path, struct cw_err *err) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return io_fail(err, "open", path);
  struct strbuf sb = STRBUF_INIT;
  struct stat st;
  if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
    close(fd);
    errno = EISDIR;
    return io_fail(err, "read", path);
  }
  if (st.st_size > 0) strbuf_grow(&sb, (size_t)st.st_size + 1); /* one more, to see the end */
  for (;;) {
    if (sb.len + 1 >= sb.cap) strbuf_grow(&sb, 4096);
    ssize_t n = read(fd, sb.buf + sb.len, sb.cap - sb.len - 1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      int status = io_fail(err, "read", path);
      strbuf_release(&sb);
      close(fd);
      return status;
    }
    if (n == 0) break;
    strbuf_setlen(&sb, sb.len + (size_t)n);
  }
  close(fd);
  *out = strbuf_detach(&sb, len);
  return 0;
}

static int write_all(int fd, const char *data, size_t len) {
  while (len) {
    ssize_t n = write(fd, data, len);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    data += n;
    len -= (size_t)n;
  }
  return 0;
}

static void sync_folder_of(const char *path) {
  char *dir = cw_path_dirname(path);
  int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    (void)fsync(fd); /* some file systems refuse this; the rename itself has succeeded */
    close(fd);
  }
  free(dir);
}

int cw_fs_write_atomic(const char *path, const void *data, size_t len, bool exclusive,
                       struct cw_err *err) {
  int status = -1;
  char *temp = xasprintf("%s.XXXXXX", path);
  int fd = mkstemp(temp);
  if (fd < 0) {
    io_fail(err, "create", path);
    free(temp);
    return -1;
  }
  mode_t mask = umask(0);
  umask(mask);
  if (fchmod(fd, 0666 & ~mask) < 0 || write_all(fd, data, len) < 0 || fsync(fd) < 0) {
    io_fail(err, "write", path);
    close(fd);
    goto out;
  }
  if (close(fd) < 0) {
    io_fail(err, "write", path);
    goto out;
  }
  if (exclusive) { /* link() fails where rename() would replace */
    if (link(temp, path) < 0) {
      if (errno == EEXIST)
        cw_fail(err, CW_ERR_EXISTS, "%s already exists; nothing was written", path);
      else
        io_fail(err, "create", path);
      goto out;
    }
  } else if (rename(temp, path) < 0) {
    io_fail(err, "write", path);
    goto out;
  }
  sync_folder_of(path);
  status = 0;
out:
  unlink(temp); /* after a rename there is nothing left to remove */
  free(temp);
  return status;
}

int cw_fs_mkdirs(const char *path, struct cw_err *err) {
  char *copy = xstrdup(path);
  int status = 0;
  for (char *p = copy + (*copy == '/');; p++) {
    if (*p != '/' && *p != '\0') continue;
    char kept = *p;
    *p = '\0';
    if (*copy && mkdir(copy, 0777) < 0 && !(errno == EEXIST && cw_fs_is_dir(copy))) {
      status = io_fail(err, "create the folder", copy);
      break;
    }
    if (!kept) break;
    *p = kept;
  }
  free(copy);
  return status;
}

bool cw_fs_exists(const char *path) {
  struct stat st;
  return lstat(path, &st) == 0;
}

bool cw_fs_is_dir(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int cw_fs_list(struct strvec *out, const char *path, struct cw_err *err) {
  DIR *dir = opendir(path);
  if (!dir) return io_fail(err, "read the folder", path);
  struct dirent *entry;
  while ((entry = readdir(dir)))
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      strvec_push(out, entry->d_name);
  closedir(dir);
  strvec_sort(out);
  return 0;
}

char *cw_path_join(const char *dir, const char *name) {
  if (name[0] == '/' || !dir[0]) return xstrdup(name);
  size_t len = strlen(dir), name_len = strlen(name);
  char *path = xmalloc(len + name_len + 2), *end = path + len;
  memcpy(path, dir, len);
  if (dir[len - 1] != '/') *end++ = '/';
  memcpy(end, name, name_len + 1);
  return path;
}

char *cw_path_dirname(const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash) return xstrdup(".");
  return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

const char *cw_path_basename(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

char *cw_path_absolute(const char *path) {
  char *whole;
  if (path[0] == '/') {
    whole = xstrdup(path);
  } else {
    char *cwd = getcwd(NULL, 0);
    whole = cw_path_join(cwd ? cwd : "/", path);
    free(cwd);
  }
  struct strbuf sb = STRBUF_INIT;
  for (char *p = whole; *p;) {
    while (*p == '/') p++;
    size_t len = strcspn(p, "/");
    if (len == 2 && p[0] == '.' && p[1] == '.') {
      const char *slash = strrchr(sb.buf, '/');
      strbuf_setlen(&sb, slash ? (size_t)(slash - sb.buf) : 0);
    } else if (len && !(len == 1 && p[0] == '.')) {
      strbuf_addch(&sb, '/');
      strbuf_add(&sb, p, len);
    }
    p += len;
  }
  if (!sb.len) strbuf_addch(&sb, '/');
  free(whole);
  return strbuf_detach(&sb, NULL);
}

char *cw_path_display(const char *path) {
  char *cwd = getcwd(NULL, 0);
  size_t len = cwd ? strlen(cwd) : 0;
  bool below = len > 1 && strncmp(path, cwd, len) == 0 && path[len] == '/';
  char *shown = xstrdup(below ? path + len + 1 : path);
  free(cwd);
  return shown;
}
