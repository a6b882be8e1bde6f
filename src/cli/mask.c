/* Passwords in what is printed. Messages about URLs are masked where they are made; this is for words
 * that a user typed in the wrong place, such as a URL given as a command. See out.h. */
#include <strings.h>

#include "cli/out.h"

static bool ends_word(char c) { return !c || strchr(" \t\r\n'\"`<>", c); }

/* The password of `scheme://user:password@...` when p is at "://": where it begins and how long it is.
 * It reaches to the last "@" of the word, since "@" and "/" in it may not have been encoded. */
static const char *url_password(const char *p, size_t *len) {
  const char *user = p + strlen("://"), *colon = user, *at = NULL;
  while (!ends_word(*colon) && !strchr(":/@", *colon)) colon++;
  if (*colon != ':') return NULL;
  for (const char *c = colon; !ends_word(*c); c++)
    if (*c == '@') at = c;
  if (!at) return NULL;
  *len = (size_t)(at - colon - 1);
  return colon + 1;
}

/* The value of ?password= or &password= when p is at the "?" or "&". */
static const char *query_password(const char *p, size_t *len) {
  static const char *const keys[] = {"password=", "passwd=", "pwd=", "sslpassword="};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    if (strncasecmp(p + 1, keys[i], strlen(keys[i])) != 0) continue;
    const char *value = p + 1 + strlen(keys[i]);
    for (*len = 0; !ends_word(value[*len]) && value[*len] != '&';) ++*len;
    return value;
  }
  return NULL;
}

char *cw_mask_passwords(const char *text) {
  if (!text) return NULL;
  struct strbuf sb = STRBUF_INIT;
  const char *from = text;
  for (const char *p = text; *p; p++) {
    const char *secret = NULL;
    size_t len = 0;
    if (strncmp(p, "://", 3) == 0) secret = url_password(p, &len);
    if (*p == '?' || *p == '&') secret = query_password(p, &len);
    if (!secret) continue;
    strbuf_add(&sb, from, (size_t)(secret - from));
    strbuf_addstr(&sb, "***");
    from = secret + len;
    p = from - 1;
  }
  strbuf_addstr(&sb, from);
  return strbuf_detach(&sb, NULL);
}
