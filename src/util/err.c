/* Errors as values; see err.h. */
#include "util/err.h"

#include "util/alloc.h"

static const struct {
  const char *name;
  int exit;
} codes[] = {
#define X(id, text, status) [id] = {text, status},
    CW_ERR_CODES(X)
#undef X
};

const char *cw_errcode_name(enum cw_errcode code) { return codes[code].name; }

int cw_errcode_exit(enum cw_errcode code) { return codes[code].exit; }

int cw_vfail(struct cw_err *err, enum cw_errcode code, const char *fmt, va_list args) {
  if (!err) return -1;
  char *message = xvasprintf(fmt, args); /* first: the arguments may point into err */
  cw_err_release(err);
  err->code = code;
  err->message = message;
  return -1;
}

int cw_fail(struct cw_err *err, enum cw_errcode code, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  cw_vfail(err, code, fmt, args);
  va_end(args);
  return -1;
}

int cw_hint(struct cw_err *err, const char *fmt, ...) {
  if (!err) return -1;
  va_list args;
  va_start(args, fmt);
  char *hint = xvasprintf(fmt, args);
  va_end(args);
  free(err->hint);
  err->hint = hint;
  return -1;
}

int cw_err_prefix(struct cw_err *err, const char *fmt, ...) {
  if (!err) return -1;
  va_list args;
  va_start(args, fmt);
  char *prefix = xvasprintf(fmt, args);
  va_end(args);
  char *whole = xasprintf("%s%s", prefix, err->message ? err->message : "");
  free(prefix);
  free(err->message);
  err->message = whole;
  return -1;
}

static void set_once(char **field, const char *value) {
  if (!*field && value) *field = xstrdup(value);
}

void cw_err_where(struct cw_err *err, const char *file, int line) {
  if (!err || err->file || !file) return;
  err->file = xstrdup(file);
  err->line = line;
}

void cw_err_revision(struct cw_err *err, const char *revision) {
  if (err) set_once(&err->revision, revision);
}

void cw_err_database(struct cw_err *err, const char *database) {
  if (err) set_once(&err->database, database);
}

void cw_err_statement(struct cw_err *err, const char *sql) {
  if (err) set_once(&err->statement, sql);
}

void cw_err_move(struct cw_err *to, struct cw_err *from) {
  if (to) {
    cw_err_release(to);
    *to = *from;
  } else {
    cw_err_release(from);
  }
  *from = (struct cw_err)CW_ERR_INIT;
}

void cw_err_copy(struct cw_err *to, const struct cw_err *from) {
  cw_err_release(to);
  *to = *from;
  to->message = xstrdup(from->message);
  to->hint = xstrdup(from->hint);
  to->revision = xstrdup(from->revision);
  to->database = xstrdup(from->database);
  to->file = xstrdup(from->file);
  to->statement = xstrdup(from->statement);
  to->detail = xstrdup(from->detail);
  to->traceback = xstrdup(from->traceback);
}

void cw_err_release(struct cw_err *err) {
  if (!err) return;
  free(err->message);
  free(err->hint);
  free(err->revision);
  free(err->database);
  free(err->file);
  free(err->statement);
  free(err->detail);
  free(err->traceback);
  *err = (struct cw_err)CW_ERR_INIT;
}
