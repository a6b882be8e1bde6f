/* Any text as a database URL: it is taken apart or refused, and what comes out for people never holds
 * the password. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int ok, const char *what, const char *input) {
  if (!ok) {
    fprintf(stderr, "%s: %s\n", what, input);
    abort();
  }
}

/* A server's message with the password in it, as a client library may hand back. */
static void redacts(const struct cw_url *url, const char *input) {
  size_t len = strlen(url->password) + 64;
  char *message = malloc(len);
  char *redacted;

  if (!message) abort();
  snprintf(message, len, "could not log in with \"%s\" today", url->password);
  redacted = cw_url_redact(url, message);
  require(!strstr(redacted, url->password), "the password is in a redacted message", input);
  free(redacted);
  free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct cw_err err = CW_ERR_INIT;
  struct cw_url *url = NULL;
  char *text = malloc(size + 1);

  if (!text) abort();
  memcpy(text, data, size);
  text[size] = '\0';

  if (cw_url_parse(&url, text, "/project", &err)) {
    require(err.code != CW_OK && err.message && *err.message, "refused without a reason", text);
  } else {
    struct cw_url *copy = cw_url_copy(url);

    require(strcmp(copy->masked, url->masked) == 0, "a copy differs", text);
    cw_url_free(copy);
    /* A password that is also the user's name or the host's is shown by these. */
    if (url->password && strlen(url->password) >= 6 && !strstr(url->masked, url->password))
      redacts(url, text);
  }
  cw_url_free(url);
  cw_err_release(&err);
  free(text);
  return 0;
}
