/* Listing revision files, and moments in the project's time zone. Naming is in script_name.c. */
#include "graph/script_dir.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#define uthash_malloc(size) xmalloc(size)
#include <uthash.h>

#include "util/fs.h"
#include "util/strbuf.h"

/* --- listing ---------------------------------------------------------------------------------- */

struct seen_path { /* a folder or file by its real path */
  char *path;
  UT_hash_handle hh;
};

struct listing {
  struct strvec *out;
  bool recursive;
  const char *extension;
  struct seen_path *seen;
};

/* True the first time that the path (taken over) comes. */
static bool is_new(struct listing *listing, char *path) {
  struct seen_path *entry;
  HASH_FIND_STR(listing->seen, path, entry);
  if (entry) {
    free(path);
    return false;
  }
  entry = xcalloc(1, sizeof *entry);
  entry->path = path;
  HASH_ADD_KEYPTR(hh, listing->seen, entry->path, strlen(entry->path), entry);
  return true;
}

static bool starts_with(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

static bool is_candidate(const struct listing *listing, const char *name) {
  size_t len = strlen(name), ext = strlen(listing->extension);
  return len > ext && strcmp(name + len - ext, listing->extension) == 0 &&
         !starts_with(name, ".#") && !starts_with(name, "__init__");
}

/* What the directory says about an entry; links and file systems that don't tell are looked at. */
static unsigned char type_of(const char *path, unsigned char told) {
  struct stat st;
  if (told == DT_REG || told == DT_DIR) return told;
  if ((told != DT_LNK && told != DT_UNKNOWN) || stat(path, &st) < 0) return DT_UNKNOWN;
  return S_ISREG(st.st_mode) ? DT_REG : S_ISDIR(st.st_mode) ? DT_DIR : DT_UNKNOWN;
}

/* The entry's real path. Only for links does this cost anything: the folder's is known. */
static char *real_path(const char *real_dir, const char *path, const char *name,
                       unsigned char told) {
  if (told == DT_REG || told == DT_DIR) return cw_path_join(real_dir, name);
  char *real = realpath(path, NULL);
  return real ? real : xstrdup(path);
}

struct entry {
  char *name;
  unsigned char told; /* d_type */
};

static int by_name(const void *a, const void *b) {
  const struct entry *left = a, *right = b;
  return strcmp(left->name, right->name);
}

typedef VEC(struct entry) entries_t;

static int read_folder(const char *dir, entries_t *entries, struct cw_err *err) {
  DIR *stream = opendir(dir);
  if (!stream)
    return cw_fail(err, CW_ERR_IO, "can't list the folder %s: %s", dir, strerror(errno));
  const struct dirent *found;
  while ((found = readdir(stream)))
    vec_push(entries, ((struct entry){xstrdup(found->d_name), found->d_type}));
  closedir(stream);
  if (entries->len > 1) qsort(entries->items, entries->len, sizeof *entries->items, by_name);
  return 0;
}

/* Appends the files of one folder, and its sub-folders to `pending`. */
static int list_folder(struct listing *listing, const char *dir, struct strvec *pending,
                       struct cw_err *err) {
  entries_t entries = {0};
  char *real_dir = realpath(dir, NULL);
  if (!real_dir) return cw_fail(err, CW_ERR_IO, "can't list %s: %s", dir, strerror(errno));
  if (!is_new(listing, xstrdup(real_dir))) {
    free(real_dir);
    return 0;
  }
  int status = read_folder(dir, &entries, err);
  for (size_t i = 0; i < entries.len; i++) {
    const char *name = entries.items[i].name;
    bool candidate = is_candidate(listing, name), folder = listing->recursive && *name != '.';
    if (status == 0 && (candidate || folder)) {
      char *path = cw_path_join(dir, name);
      unsigned char type = type_of(path, entries.items[i].told);
      if (type == DT_DIR && folder)
        strvec_push(pending, path);
      else if (type == DT_REG && candidate &&
               is_new(listing, real_path(real_dir, path, name, entries.items[i].told)))
        strvec_push(listing->out, path);
      free(path);
    }
    free(entries.items[i].name);
  }
  vec_release(&entries);
  free(real_dir);
  return status;
}

/* Depth first, each folder's own files before its sub-folders'. */
static int list_tree(struct listing *listing, const char *top, struct cw_err *err) {
  struct strvec pending = {0};
  int status = 0;
  strvec_take(&pending, cw_path_absolute(top));
  while (pending.len && status == 0) {
    char *dir = pending.items[--pending.len];
    size_t before = pending.len;
    status = list_folder(listing, dir, &pending, err);
    for (size_t i = before, j = pending.len; i + 1 < j; i++, j--) { /* the first name on top */
      char *swap = pending.items[i];
      pending.items[i] = pending.items[j - 1];
      pending.items[j - 1] = swap;
    }
    free(dir);
  }
  strvec_release(&pending);
  return status;
}

int cw_script_dir_list(struct strvec *out, const struct strvec *locations, bool recursive,
                       const char *extension, struct cw_err *err) {
  struct listing listing = {out, recursive, extension, NULL};
  int status = 0;
  for (size_t i = 0; i < locations->len && status == 0; i++)
    if (cw_fs_exists(locations->items[i])) status = list_tree(&listing, locations->items[i], err);
  struct seen_path *entry, *next;
  HASH_ITER(hh, listing.seen, entry, next) {
    HASH_DEL(listing.seen, entry);
    free(entry->path);
    free(entry);
  }
  return status;
}

bool cw_script_dir_recursive(bool recursive, const char *file_template) {
  return recursive || (file_template && strchr(file_template, '/'));
}

/* --- moments ---------------------------------------------------------------------------------- */

static bool is_utc(const char *name) { return strcmp(name, "UTC") == 0; }

/* The C library takes any nonsense for UTC, so the zone's file is looked for first. */
static bool zone_exists(const char *name) {
  const char *folder = getenv("TZDIR");
  struct stat st;
  if (is_utc(name)) return true; /* also where no zones are installed */
  if (!*name || *name == '/' || strstr(name, "..")) return false;
  char *path = cw_path_join(folder && *folder ? folder : "/usr/share/zoneinfo", name);
  bool exists = stat(path, &st) == 0 && S_ISREG(st.st_mode);
  free(path);
  return exists;
}

static char *find_zone(const char *name) {
  char *zone = xstrdup(name);
  if (zone_exists(zone)) return zone;
  for (char *p = zone; *p; p++)
    if (*p >= 'a' && *p <= 'z') *p = (char)(*p - 'a' + 'A');
  if (zone_exists(zone)) return zone;
  free(zone);
  return NULL;
}

/* Reads the clock as it stands in `zone`, then puts the environment back. */
static void read_zone(const char *zone, time_t epoch, struct tm *tm) {
  char *before = xstrdup(getenv("TZ"));
  char *setting = is_utc(zone) ? xstrdup("UTC0") : xasprintf(":%s", zone);
  setenv("TZ", setting, 1);
  tzset();
  localtime_r(&epoch, tm);
  if (before)
    setenv("TZ", before, 1);
  else
    unsetenv("TZ");
  tzset();
  free(before);
  free(setting);
}

int cw_when_at(struct cw_when *out, int64_t epoch, const char *timezone, struct cw_err *err) {
  *out = (struct cw_when){.epoch = epoch, .zoned = timezone != NULL};
  time_t moment = (time_t)epoch;
  if (!timezone) {
    tzset();
    localtime_r(&moment, &out->tm);
  } else {
    char *zone = find_zone(timezone);
    if (!zone) {
      cw_fail(err, CW_ERR_CONFIG, "timezone '%s' is not in the time zone database", timezone);
      return cw_hint(err, "Use a name such as \"UTC\" or \"Europe/Vienna\" (tzdata must be "
                          "installed), or leave `timezone` out for local time.");
    }
    read_zone(zone, moment, &out->tm);
    free(zone);
  }
  out->tm.tm_zone = NULL; /* it would point into what the next zone overwrites */
  return 0;
}

int cw_when_now(struct cw_when *out, const char *timezone, struct cw_err *err) {
  return cw_when_at(out, (int64_t)time(NULL), timezone, err);
}

char *cw_when_format(const struct cw_when *when) {
  const struct tm *tm = &when->tm;
  long offset = tm->tm_gmtoff < 0 ? -tm->tm_gmtoff : tm->tm_gmtoff;
  char *text = xasprintf("%04d-%02d-%02d %02d:%02d:%02d", tm->tm_year + 1900, tm->tm_mon + 1,
                         tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec);
  if (!when->zoned) return text;
  char *zoned = xasprintf("%s%c%02ld:%02ld", text, tm->tm_gmtoff < 0 ? '-' : '+', offset / 3600,
                          offset / 60 % 60);
  free(text);
  return zoned;
}
