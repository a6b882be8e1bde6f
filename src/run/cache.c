/* The cache of what revision files declare; see cache.h. The file is a header (what wrote it, a sum over
 * the rest) and entries sorted by path, each led by its length. Numbers are the machine's own: the sum
 * tells a file from another kind of machine too. */
#include "run/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <sys/stat.h>
#include <unistd.h>

#include "curlew_config.h"
#include "util/alloc.h"
#include "util/fs.h"
#include "util/strbuf.h"

enum { AT_REST_NS = 2 * 1000 * 1000 * 1000LL, LARGEST = 256 << 20, CHECKSUM = 64 };

static const char magic[] = "curlew revisions 1\n";

struct entry {
  const char *path;
  const char *bytes; /* the whole entry, its length included */
  size_t len;
};

struct cw_cache {
  int64_t now_ns;
  char *path;             /* of the cache; NULL: there is no place for one */
  char *text;             /* as it was read */
  VEC(struct entry) old;  /* sorted by path; into `text` */
  size_t next;            /* the one that comes after the one found last: files come in order */
  VEC(struct entry) hits; /* into `text` */
  struct strbuf fresh;    /* entries put, one after the other */
  size_t nfresh;
};

/* --- reading bytes ------------------------------------------------------------------------------- */

struct reader {
  const char *at, *end;
  bool bad;
};

static const char *take(struct reader *r, size_t len) {
  if (r->bad || (size_t)(r->end - r->at) < len) {
    r->bad = true;
    return NULL;
  }
  const char *bytes = r->at;
  r->at += len;
  return bytes;
}

static uint32_t take_u32(struct reader *r) {
  uint32_t value = 0;
  const char *bytes = take(r, sizeof value);
  if (bytes) memcpy(&value, bytes, sizeof value);
  return value;
}

/* A string with its NUL, or NULL where none was written. Borrowed. */
static const char *take_text(struct reader *r) {
  uint32_t len = take_u32(r);
  if (len == 0) return NULL;
  const char *text = take(r, len);
  if (text && text[len - 1] != '\0') r->bad = true;
  return r->bad ? NULL : text;
}

static void take_list(struct reader *r, struct strvec *out) {
  for (uint32_t left = take_u32(r); left > 0 && !r->bad; left--) {
    const char *text = take_text(r);
    if (text)
      strvec_push(out, text);
    else
      r->bad = true;
  }
}

static void take_owned(struct reader *r, char **out) {
  const char *text = take_text(r);
  if (!text) return;
  free(*out);
  *out = xstrdup(text);
}

/* --- writing bytes ------------------------------------------------------------------------------- */

static void put_u32(struct strbuf *sb, size_t value) {
  uint32_t number = (uint32_t)value;
  strbuf_add(sb, &number, sizeof number);
}

static void put_text(struct strbuf *sb, const char *text) {
  size_t len = text ? strlen(text) + 1 : 0;
  put_u32(sb, len);
  strbuf_add(sb, text ? text : "", len);
}

static void put_list(struct strbuf *sb, const struct strvec *list) {
  put_u32(sb, list->len);
  for (size_t i = 0; i < list->len; i++) put_text(sb, list->items[i]);
}

/* --- entries ------------------------------------------------------------------------------------- */

static void write_entry(struct strbuf *sb, const char *path, const struct cw_cache_stamp *stamp,
                        struct cw_revision *rev) {
  size_t start = sb->len;
  const uint32_t kind[] = {rev->has_upgrade, rev->has_downgrade, rev->transaction};
  put_u32(sb, 0); /* the length, when it is known */
  put_text(sb, path);
  strbuf_add(sb, stamp, sizeof *stamp);
  put_text(sb, rev->id);
  put_list(sb, &rev->down_revision);
  put_list(sb, &rev->depends_on);
  put_list(sb, &rev->labels);
  put_text(sb, rev->title);
  put_text(sb, rev->doc);
  put_text(sb, rev->created);
  put_text(sb, rev->irreversible);
  strbuf_add(sb, kind, sizeof kind);
  strbuf_add(sb, cw_revision_checksum(rev), CHECKSUM);
  uint32_t len = (uint32_t)(sb->len - start);
  memcpy(sb->buf + start, &len, sizeof len);
}

/* The revision of an entry, when it was made from this very file. */
static struct cw_revision *read_entry(const struct entry *entry,
                                      const struct cw_cache_stamp *stamp) {
  struct reader r = {entry->bytes + sizeof(uint32_t), entry->bytes + entry->len, false};
  uint32_t kind[3] = {0};
  take_text(&r); /* the path */
  const char *bytes = take(&r, sizeof *stamp);
  if (!bytes || memcmp(bytes, stamp, sizeof *stamp) != 0) return NULL;
  struct cw_revision *rev = cw_revision_new();
  take_owned(&r, &rev->id);
  take_list(&r, &rev->down_revision);
  take_list(&r, &rev->depends_on);
  take_list(&r, &rev->labels);
  take_owned(&r, &rev->title);
  take_owned(&r, &rev->doc);
  take_owned(&r, &rev->created);
  take_owned(&r, &rev->irreversible);
  bytes = take(&r, sizeof kind);
  if (bytes) memcpy(kind, bytes, sizeof kind);
  bytes = take(&r, CHECKSUM);
  if (bytes) memcpy(rev->checksum, bytes, CHECKSUM);
  if (r.bad || r.at != r.end || !rev->id || kind[2] > CW_TXN_NONE) {
    cw_revision_free(rev);
    return NULL;
  }
  rev->has_upgrade = kind[0];
  rev->has_downgrade = kind[1];
  rev->transaction = (enum cw_txn_mode)kind[2];
  rev->path = xstrdup(entry->path);
  rev->plain = true;
  return rev;
}

/* --- the file ------------------------------------------------------------------------------------ */

static int64_t nanoseconds(struct timespec t) { return t.tv_sec * 1000000000LL + t.tv_nsec; }

static bool owned_by_us(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

/* Where caches go, or NULL. A home that is someone else's (sudo) is left alone. */
static char *cache_home(void) {
  const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  char *base = NULL;
  if (xdg && *xdg == '/')
    base = xstrdup(xdg);
  else if (home && *home == '/' && owned_by_us(home))
    base = cw_path_join(home, ".cache");
  if (base && cw_fs_exists(base) && !owned_by_us(base)) xfree(base);
  return base;
}

static void add_sha(struct strbuf *name, const struct strvec *locations) {
  SHA2_CTX sha;
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256Init(&sha);
  for (size_t i = 0; i < locations->len; i++)
    SHA256Update(&sha, (const uint8_t *)locations->items[i], strlen(locations->items[i]) + 1);
  SHA256Final(digest, &sha);
  for (size_t i = 0; i < 8; i++) strbuf_addf(name, "%02x", digest[i]);
}

static char *cache_path(const struct strvec *locations) {
  char *home = cache_home();
  if (!home) return NULL;
  struct strbuf path = STRBUF_INIT;
  strbuf_addf(&path, "%s/curlew/revisions-", home);
  add_sha(&path, locations);
  free(home);
  return strbuf_detach(&path, NULL);
}

/* Another build may read files in another way: the version alone does not tell. */
static char *program_key(void) {
  struct stat st = {0};
  if (stat("/proc/self/exe", &st) < 0) return xstrdup(CURLEW_VERSION);
  return xasprintf("%s %ju:%ju %jd %jd", CURLEW_VERSION, (uintmax_t)st.st_dev,
                   (uintmax_t)st.st_ino, (intmax_t)st.st_size, (intmax_t)nanoseconds(st.st_mtim));
}

/* Tells damage, nothing more: nobody else may write the file. */
static uint64_t sum_of(const char *bytes, size_t len) {
  uint64_t sum = 0x9e3779b97f4a7c15u ^ len, word;
  for (; len > 0; bytes += sizeof word) {
    size_t n = len < sizeof word ? len : sizeof word;
    word = 0;
    memcpy(&word, bytes, n);
    sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
    sum ^= sum >> 32;
    len -= n;
  }
  return sum;
}

static void read_entries(struct cw_cache *cache, size_t len) {
  struct reader r = {cache->text, cache->text + len, false};
  uint64_t sum;
  const char *bytes = take(&r, sizeof magic);
  if (!bytes || memcmp(bytes, magic, sizeof magic) != 0) return;
  bytes = take(&r, sizeof sum);
  if (!bytes) return;
  memcpy(&sum, bytes, sizeof sum);
  if (sum != sum_of(r.at, (size_t)(r.end - r.at))) return;
  char *key = program_key();
  const char *wrote = take_text(&r);
  bool ours = wrote && strcmp(wrote, key) == 0;
  free(key);
  while (ours && r.at < r.end) {
    struct entry entry = {.bytes = r.at};
    entry.len = take_u32(&r);
    struct reader inner = {r.at, r.end, r.bad};
    entry.path = take_text(&inner);
    if (entry.len < sizeof(uint32_t) || !take(&r, entry.len - sizeof(uint32_t)) || !entry.path) {
      vec_clear(&cache->old);
      return;
    }
    vec_push(&cache->old, entry);
  }
}

static void read_cache(struct cw_cache *cache) {
  struct stat st;
  int fd = open(cache->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return;
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
      !(st.st_mode & (S_IWGRP | S_IWOTH)) && st.st_size > 0 && st.st_size < LARGEST) {
    size_t len = (size_t)st.st_size, got = 0;
    cache->text = xmalloc(len);
    ssize_t n = 1;
    while (got < len && n > 0) {
      n = read(fd, cache->text + got, len - got);
      if (n > 0) got += (size_t)n;
    }
    if (got == len) read_entries(cache, len);
  }
  close(fd);
}

struct cw_cache *cw_cache_open(const struct strvec *locations, int64_t now_ns) {
  struct cw_cache *cache = xcalloc(1, sizeof *cache);
  cache->now_ns = now_ns;
  cache->fresh = (struct strbuf)STRBUF_INIT;
  cache->path = cache_path(locations);
  if (cache->path) read_cache(cache);
  return cache;
}

/* --- finding ------------------------------------------------------------------------------------- */

static bool look_at(const char *path, struct cw_cache_stamp *stamp) {
  struct stat st;
  memset(stamp, 0, sizeof *stamp); /* stamps are compared as bytes */
  if (stat(path, &st) < 0) return false;
  stamp->known = 1;
  stamp->device = st.st_dev;
  stamp->inode = st.st_ino;
  stamp->size = st.st_size;
  stamp->modified_ns = nanoseconds(st.st_mtim);
  stamp->changed_ns = nanoseconds(st.st_ctim);
  return true;
}

static bool at_rest(const struct cw_cache *cache, const struct cw_cache_stamp *stamp) {
  int64_t since = stamp->modified_ns > stamp->changed_ns ? stamp->modified_ns : stamp->changed_ns;
  return stamp->known && since <= cache->now_ns - AT_REST_NS;
}

static const struct entry *find_entry(struct cw_cache *cache, const char *path) {
  size_t low = 0, high = cache->old.len;
  if (cache->next < high && strcmp(cache->old.items[cache->next].path, path) == 0)
    return &cache->old.items[cache->next++];
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = strcmp(cache->old.items[middle].path, path);
    if (order == 0) {
      cache->next = middle + 1;
      return &cache->old.items[middle];
    }
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

struct cw_revision *cw_cache_find(struct cw_cache *cache, const char *path,
                                  struct cw_cache_stamp *stamp) {
  if (!look_at(path, stamp) || !at_rest(cache, stamp)) return NULL;
  const struct entry *entry = find_entry(cache, path);
  struct cw_revision *rev = entry ? read_entry(entry, stamp) : NULL;
  if (rev) vec_push(&cache->hits, *entry);
  return rev;
}

void cw_cache_put(struct cw_cache *cache, const char *path, const struct cw_cache_stamp *stamp,
                  struct cw_revision *rev) {
  if (!cache->path || !rev->plain || !at_rest(cache, stamp)) return;
  write_entry(&cache->fresh, path, stamp, rev);
  cache->nfresh++;
}

/* --- writing ------------------------------------------------------------------------------------- */

static int by_path(const void *a, const void *b) {
  const struct entry *left = a, *right = b;
  return strcmp(left->path, right->path);
}

/* Everything that is still there, sorted: what was found and what was put. */
static void render(struct cw_cache *cache, struct strbuf *out) {
  struct reader r = {cache->fresh.buf, cache->fresh.buf + cache->fresh.len, false};
  while (r.at < r.end) {
    struct entry entry = {.bytes = r.at};
    entry.len = take_u32(&r);
    entry.path = r.at + sizeof(uint32_t);
    take(&r, entry.len - sizeof(uint32_t));
    vec_push(&cache->hits, entry);
  }
  qsort(cache->hits.items, cache->hits.len, sizeof *cache->hits.items, by_path);
  uint64_t sum = 0;
  strbuf_add(out, magic, sizeof magic);
  strbuf_add(out, &sum, sizeof sum);
  size_t body = out->len;
  char *key = program_key();
  put_text(out, key);
  free(key);
  for (size_t i = 0; i < cache->hits.len; i++)
    strbuf_add(out, cache->hits.items[i].bytes, cache->hits.items[i].len);
  sum = sum_of(out->buf + body, out->len - body);
  memcpy(out->buf + sizeof magic, &sum, sizeof sum);
}

/* Replaced as a whole; not synced, since a torn file is recognised by its sum. */
static void replace(const char *path, const struct strbuf *data) {
  char *temporary = xasprintf("%s.%ld", path, (long)getpid());
  int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0) {
    size_t done = 0;
    ssize_t n = 1;
    while (done < data->len && n > 0) {
      n = write(fd, data->buf + done, data->len - done);
      if (n > 0) done += (size_t)n;
    }
    bool whole = close(fd) == 0 && done == data->len;
    if (!whole || rename(temporary, path) < 0) unlink(temporary);
  }
  free(temporary);
}

static void write_cache(struct cw_cache *cache) {
  struct cw_err ignored = CW_ERR_INIT;
  struct strbuf data = STRBUF_INIT;
  char *folder = cw_path_dirname(cache->path), *home = cw_path_dirname(folder);
  if (cw_fs_mkdirs(home, &ignored) == 0 &&
      (mkdir(folder, 0700) == 0 || (errno == EEXIST && owned_by_us(folder)))) {
    render(cache, &data);
    replace(cache->path, &data);
  }
  cw_err_release(&ignored);
  strbuf_release(&data);
  free(home);
  free(folder);
}

void cw_cache_close(struct cw_cache *cache) {
  if (cache && cache->path && cache->nfresh > 0) write_cache(cache);
  cw_cache_abandon(cache);
}

void cw_cache_abandon(struct cw_cache *cache) {
  if (!cache) return;
  vec_release(&cache->old);
  vec_release(&cache->hits);
  strbuf_release(&cache->fresh);
  free(cache->path);
  free(cache->text);
  free(cache);
}
