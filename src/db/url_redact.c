/* Passwords taken out of texts that were written elsewhere: a client library may echo all of one or a
 * piece of it, as it was written, decoded or encoded. */
#include "db/internal.h"
#include "db/url.h"
#include "util/alloc.h"
#include "util/strbuf.h"

enum {
  RUN = 6,      /* so many bytes in a row of a secret are never shown */
  SHORTEST = 3, /* shorter secrets are in every text */
};

/* --- collecting -------------------------------------------------------------------------------- */

static void add_form(struct cw_url *url, const char *form, size_t len) {
  char *text = xstrndup(form, len);
  if (strlen(text) < SHORTEST || strvec_has(&url->secrets, text))
    free(text);
  else
    strvec_take(&url->secrets, text);
}

static void add_encoded(struct cw_url *url, const char *decoded, bool upper) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  struct strbuf out = STRBUF_INIT;
  for (const char *p = decoded; *p; p++) {
    if (strchr(plain, *p)) {
      strbuf_addch(&out, *p);
    } else {
      char code[4];
      snprintf(code, sizeof code, upper ? "%%%02X" : "%%%02x", (unsigned char)*p);
      strbuf_addstr(&out, code);
    }
  }
  add_form(url, out.buf, out.len);
  strbuf_release(&out);
}

void cw_url_add_secret(struct cw_url *url, const char *decoded, const char *written, size_t len) {
  add_form(url, decoded, strlen(decoded));
  add_form(url, written, len);
  add_encoded(url, decoded, true);
  add_encoded(url, decoded, false);
}

/* --- finding ----------------------------------------------------------------------------------- */

/* How many bytes at `text` are a piece of the secret: the longest. */
static size_t longest_run(const char *text, const char *secret) {
  size_t best = 0;
  for (const char *s = strchr(secret, *text); s; s = strchr(s + 1, *text)) {
    size_t n = 0;
    while (s[n] && s[n] == text[n]) n++;
    if (n > best) best = n;
  }
  return best;
}

static bool word_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         (unsigned char)c >= 0x80;
}

/* How many bytes at `at` must not be shown on account of one secret. */
static size_t secret_here(const char *text, const char *at, const char *secret) {
  size_t whole = strlen(secret), run = longest_run(at, secret);
  if (run >= RUN) return run;
  bool word = run == whole && (at == text || !word_byte(at[-1])) && !word_byte(at[run]);
  return word ? run : 0;
}

/* What the masked URL shows as well is no secret. */
static bool is_public(const struct cw_url *url, const char *at, size_t len) {
  return memmem(url->masked, strlen(url->masked), at, len) != NULL;
}

char *cw_url_redact(const struct cw_url *url, const char *text) {
  if (!text) return NULL;
  if (!url || !url->secrets.len) return xstrdup(text);
  struct strbuf out = STRBUF_INIT;
  const char *hidden_to = text; /* bytes before it are hidden */
  for (const char *at = text; *at; at++) {
    size_t longest = 0;
    for (size_t i = 0; i < url->secrets.len; i++) {
      size_t len = secret_here(text, at, url->secrets.items[i]);
      if (len > longest && !is_public(url, at, len)) longest = len;
    }
    if (longest && at + longest > hidden_to) {
      if (at >= hidden_to) strbuf_addstr(&out, "***");
      hidden_to = at + longest;
    }
    if (at >= hidden_to) strbuf_addch(&out, *at);
  }
  return strbuf_detach(&out, NULL);
}
