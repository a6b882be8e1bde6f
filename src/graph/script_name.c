/* Names of new revision files; see script_dir.h. */
#include <locale.h>
#include <wctype.h>

#include "graph/script_dir.h"
#include "util/strbuf.h"
#include "util/suggest.h"

enum { DEFAULT_SLUG = 40 };

/* --- slugs ------------------------------------------------------------------------------------ */

/* Reads one UTF-8 character; 0 and one byte further for what is none. */
static uint32_t next_char(const char **text) {
  const unsigned char *p = (const unsigned char *)*text;
  size_t more = *p < 0x80 ? 0 : (*p & 0xe0) == 0xc0 ? 1 : (*p & 0xf0) == 0xe0 ? 2 : 3;
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  uint32_t c = more == 0 ? *p : more == 1 ? *p & 0x1f : more == 2 ? *p & 0x0f : *p & 0x07;
  bool valid = *p < 0x80 || (*p >= 0xc2 && *p <= 0xf4);
  *text += 1;
  for (size_t i = 1; valid && i <= more; i++) {
    valid = (p[i] & 0xc0) == 0x80;
    c = c << 6 | (p[i] & 0x3f);
  }
  if (!valid || c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return 0;
  *text += more;
  return c;
}

static void add_char(struct strbuf *sb, uint32_t c) {
  if (c < 0x80) {
    strbuf_addch(sb, (char)c);
  } else if (c < 0x800) {
    strbuf_addch(sb, (char)(0xc0 | c >> 6));
    strbuf_addch(sb, (char)(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    strbuf_addch(sb, (char)(0xe0 | c >> 12));
    strbuf_addch(sb, (char)(0x80 | (c >> 6 & 0x3f)));
    strbuf_addch(sb, (char)(0x80 | (c & 0x3f)));
  } else {
    strbuf_addch(sb, (char)(0xf0 | c >> 18));
    strbuf_addch(sb, (char)(0x80 | (c >> 12 & 0x3f)));
    strbuf_addch(sb, (char)(0x80 | (c >> 6 & 0x3f)));
    strbuf_addch(sb, (char)(0x80 | (c & 0x3f)));
  }
}

/* Without the locale (it is part of the C library, but may be missing from a container) every
 * letter beyond ASCII is kept as it is. */
static bool is_word(uint32_t c, locale_t locale) {
  if (c == '_') return true;
  if (c < 0x80)
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return !locale || iswalnum_l((wint_t)c, locale);
}

static uint32_t lower(uint32_t c, locale_t locale) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
  return locale ? (uint32_t)towlower_l((wint_t)c, locale) : c;
}

typedef VEC(uint32_t) chars_t;

static void join_words(const char *message, locale_t locale, chars_t *out) {
  bool in_word = false;
  while (*message) {
    uint32_t c = next_char(&message);
    bool word = c && is_word(c, locale);
    if (word && !in_word && out->len) vec_push(out, '_');
    if (word) vec_push(out, lower(c, locale));
    in_word = word;
  }
}

char *cw_script_slug(const char *message, size_t max) {
  struct strbuf sb = STRBUF_INIT;
  chars_t slug = {0};
  locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  if (message) join_words(message, locale, &slug);
  if (locale) freelocale(locale);
  if (!max) max = DEFAULT_SLUG;
  bool cut = slug.len > max;
  if (cut) {
    slug.len = max;
    for (size_t i = max; i-- > 0;)
      if (slug.items[i] == '_') {
        slug.len = i;
        break;
      }
  }
  for (size_t i = 0; i < slug.len; i++) add_char(&sb, slug.items[i]);
  if (cut) strbuf_addch(&sb, '_');
  vec_release(&slug);
  return strbuf_detach(&sb, NULL);
}

/* --- file names ------------------------------------------------------------------------------- */

struct tokens {
  const char *rev, *slug;
  const struct cw_when *when;
};

static const char *const token_names[] = {"rev", "slug", "epoch",  "year",  "month",
                                          "day", "hour", "minute", "second"};
enum { TOKENS = sizeof token_names / sizeof *token_names };

static bool add_token(struct strbuf *sb, const char *name, const struct tokens *tokens) {
  const struct tm *tm = &tokens->when->tm;
  if (strcmp(name, "rev") == 0)
    strbuf_addstr(sb, tokens->rev);
  else if (strcmp(name, "slug") == 0)
    strbuf_addstr(sb, tokens->slug);
  else if (strcmp(name, "epoch") == 0)
    strbuf_addf(sb, "%lld", (long long)tokens->when->epoch);
  else if (strcmp(name, "year") == 0)
    strbuf_addf(sb, "%04d", tm->tm_year + 1900);
  else if (strcmp(name, "month") == 0)
    strbuf_addf(sb, "%02d", tm->tm_mon + 1);
  else if (strcmp(name, "day") == 0)
    strbuf_addf(sb, "%02d", tm->tm_mday);
  else if (strcmp(name, "hour") == 0)
    strbuf_addf(sb, "%02d", tm->tm_hour);
  else if (strcmp(name, "minute") == 0)
    strbuf_addf(sb, "%02d", tm->tm_min);
  else if (strcmp(name, "second") == 0)
    strbuf_addf(sb, "%02d", tm->tm_sec);
  else
    return false;
  return true;
}

static int fail_template(struct cw_err *err, const char *file_template, const char *why,
                         const char *near) {
  cw_fail(err, CW_ERR_CONFIG, "file_template \"%s\" can't name a file: %s", file_template, why);
  if (near) return cw_hint(err, "Did you mean %%(%s)?", near);
  return cw_hint(err, "Tokens are %%(rev) %%(slug) %%(epoch) %%(year) %%(month) %%(day) %%(hour) "
                      "%%(minute) %%(second).");
}

/* Skips a conversion such as the "s" of Alembic's "%(rev)s" or the ".2d" of "%(month).2d", unless a
 * word goes on behind it. */
static const char *skip_conversion(const char *p) {
  const char *end = p + strspn(p, "-+ #0123456789.");
  if (*end != 's' && *end != 'd') return p;
  char next = end[1];
  bool word = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') ||
              (next >= '0' && next <= '9');
  return word ? p : end + 1;
}

static int add_named(struct strbuf *sb, const char **p, const char *file_template,
                     const struct tokens *tokens, struct cw_err *err) {
  const char *close = strchr(*p, ')');
  if (!close) return fail_template(err, file_template, "a \"%(\" is not closed", NULL);
  char *name = xstrndup(*p + 2, (size_t)(close - *p - 2));
  int status = 0;
  if (!add_token(sb, name, tokens)) {
    char *why = xasprintf("there is no token %%(%s)", name);
    status = fail_template(err, file_template, why, cw_suggest(name, token_names, TOKENS));
    free(why);
  }
  free(name);
  *p = skip_conversion(close + 1);
  return status;
}

/* Each part between slashes must be a name: the file stays below its folder. */
static bool is_path_below(const char *path) {
  for (;;) {
    size_t len = strcspn(path, "/");
    if (len == 0 || (len == 1 && *path == '.') || (len == 2 && strncmp(path, "..", 2) == 0))
      return false;
    if (!path[len]) return true;
    path += len + 1;
  }
}

int cw_script_file_name(char **out, const char *file_template, const char *rev_id,
                        const char *message, size_t slug_max, const struct cw_when *when,
                        const char *extension, struct cw_err *err) {
  struct strbuf sb = STRBUF_INIT;
  char *slug = cw_script_slug(message, slug_max);
  struct tokens tokens = {rev_id, slug, when};
  int status = 0;
  for (const char *p = file_template; *p && status == 0;) {
    if (p[0] == '%' && p[1] == '(') {
      status = add_named(&sb, &p, file_template, &tokens, err);
    } else if (p[0] == '%' && p[1] == '%') {
      strbuf_addch(&sb, '%');
      p += 2;
    } else if (p[0] == '%') {
      status = fail_template(err, file_template, "a \"%\" stands alone (write \"%%\")", NULL);
    } else {
      strbuf_addch(&sb, *p++);
    }
  }
  if (status == 0 && !is_path_below(sb.buf))
    status = fail_template(err, file_template, "an empty name, \".\" or \"..\" is in it", NULL);
  free(slug);
  if (status == 0) {
    strbuf_addstr(&sb, extension);
    *out = strbuf_detach(&sb, NULL);
  }
  strbuf_release(&sb);
  return status;
}
