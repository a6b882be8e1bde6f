/* Printing; see out.h. */
#include "cli/out.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/fs.h"

void cw_out_init(struct cw_out *out, const char *format, const char *color, bool quiet,
                 int verbosity) {
  const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
  bool terminal = term && *term && strcmp(term, "dumb") != 0;
  bool wanted = terminal && !(none && *none);
  *out = (struct cw_out){.json = format && strcmp(format, "json") == 0, .quiet = quiet,
                         .verbosity = verbosity};
  out->live = terminal && isatty(STDERR_FILENO);
  out->color = wanted && isatty(STDOUT_FILENO);
  out->color_err = wanted && isatty(STDERR_FILENO);
  if (color && strcmp(color, "always") == 0) out->color = out->color_err = true;
  if (color && strcmp(color, "never") == 0) out->color = out->color_err = false;
}

/* --- text that is safe to print ------------------------------------------------------------------ */

/* The length of the UTF-8 character at p (1 to 4), or 0 when the bytes are none. */
static size_t utf8_length(const unsigned char *p) {
  static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t len = *p < 0x80 ? 1 : *p < 0xc0 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf8 ? 4 : 0;
  if (len < 2) return len;
  unsigned code = *p & (0xffu >> (len + 1));
  for (size_t i = 1; i < len; i++) {
    if ((p[i] & 0xc0) != 0x80) return 0; /* a NUL ends here too */
    code = code << 6 | (p[i] & 0x3f);
  }
  bool bad = code < least[len] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000);
  return bad ? 0 : len;
}

void cw_clean_add(struct strbuf *sb, const char *text, bool lines) {
  for (const unsigned char *p = (const unsigned char *)text; *p;) {
    size_t len = utf8_length(p);
    bool control = *p < ' ' || *p == 0x7f || (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0);
    if (!len || (control && !(*p == '\t' || (lines && *p == '\n'))))
      strbuf_addch(sb, '?');
    else
      strbuf_add(sb, p, len);
    p += len ? len : 1;
  }
}

json_t *cw_json_text(const char *text) {
  if (!text) return json_null();
  struct strbuf sb = STRBUF_INIT;
  for (const unsigned char *p = (const unsigned char *)text; *p;) {
    size_t len = utf8_length(p);
    if (len)
      strbuf_add(&sb, p, len);
    else
      strbuf_addstr(&sb, "\xef\xbf\xbd");
    p += len ? len : 1;
  }
  json_t *value = json_string(sb.buf);
  strbuf_release(&sb);
  return value;
}

static const char *style_code(enum cw_style style) {
  switch (style) {
  case CW_STYLE_ID: return "\033[33m";
  case CW_STYLE_LABEL: return "\033[36m";
  case CW_STYLE_MARK: return "\033[32m";
  case CW_STYLE_ERROR: return "\033[1;31m";
  case CW_STYLE_WARNING: return "\033[1;33m";
  case CW_STYLE_DIM: return "\033[2m";
  case CW_STYLE_BOLD: return "\033[1m";
  }
  return "";
}

void cw_style_add(struct strbuf *sb, bool color, enum cw_style style, const char *text) {
  if (color) strbuf_addstr(sb, style_code(style));
  cw_clean_add(sb, text, false);
  if (color) strbuf_addstr(sb, "\033[0m");
}

/* --- stdout ------------------------------------------------------------------------------------ */

void cw_out_text(struct cw_out *out, const char *text, size_t len) {
  cw_out_progress(out, NULL);
  fwrite(text, 1, len, stdout);
}

void cw_out_print(struct cw_out *out, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  cw_out_progress(out, NULL);
  vprintf(fmt, args);
  va_end(args);
}

void cw_out_json(struct cw_out *out, json_t *doc) {
  if (out->capture) {
    json_decref(*out->capture);
    *out->capture = doc;
    return;
  }
  char *text = json_dumps(doc, out->events ? JSON_COMPACT : JSON_INDENT(2));
  cw_out_progress(out, NULL);
  if (text) puts(text);
  if (out->events) fflush(stdout); /* whoever reads the events is to see them as they happen */
  free(text);
  json_decref(doc);
}

int cw_out_finish(struct cw_err *err) {
  bool failed = ferror(stdout) != 0;
  if (fflush(stdout) == 0 && !failed) return 0;
  if (errno == EPIPE) return 0;
  return cw_fail(err, CW_ERR_IO, "the result could not be written to standard output: %s",
                 strerror(errno));
}

/* --- stderr ------------------------------------------------------------------------------------ */

static void line_to_stderr(struct cw_out *out, const char *lead, enum cw_style style,
                           const char *fmt, va_list args) {
  struct strbuf text = STRBUF_INIT, line = STRBUF_INIT;
  strbuf_vaddf(&text, fmt, args);
  if (lead) {
    cw_style_add(&line, out->color_err, style, lead);
    strbuf_addch(&line, ' ');
  }
  char *masked = cw_mask_passwords(text.buf);
  cw_clean_add(&line, masked, true);
  free(masked);
  strbuf_addch(&line, '\n');
  cw_out_progress(out, NULL);
  fflush(stdout); /* in the order in which it happened, where both go to one place */
  fwrite(line.buf, 1, line.len, stderr);
  strbuf_release(&text);
  strbuf_release(&line);
}

void cw_out_note(struct cw_out *out, const char *fmt, ...) {
  if (out->quiet) return;
  va_list args;
  va_start(args, fmt);
  line_to_stderr(out, NULL, CW_STYLE_DIM, fmt, args);
  va_end(args);
}

void cw_out_warning(struct cw_out *out, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  line_to_stderr(out, "warning:", CW_STYLE_WARNING, fmt, args);
  va_end(args);
}

/* A line that wraps could not be taken away again. Counts characters, which is close enough. */
static void cut_to_width(struct strbuf *line, size_t start) {
  struct winsize size = {0};
  size_t width = 80, column = 0;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1) width = size.ws_col;
  for (size_t i = start; i < line->len; i++) {
    if (((unsigned char)line->buf[i] & 0xc0) == 0x80) continue;
    if (++column < width) continue;
    strbuf_setlen(line, i);
    return;
  }
}

void cw_out_progress(struct cw_out *out, const char *text) {
  if (!out->live || out->quiet || (!text && !out->line)) return;
  struct strbuf line = STRBUF_INIT;
  strbuf_addstr(&line, "\r\033[K");
  if (text) {
    cw_clean_add(&line, text, false);
    cut_to_width(&line, strlen("\r\033[K"));
  }
  fwrite(line.buf, 1, line.len, stderr);
  fflush(stderr);
  out->line = text != NULL;
  strbuf_release(&line);
}

/* --- errors ------------------------------------------------------------------------------------ */

static json_t *masked_json(const char *text) {
  char *masked = cw_mask_passwords(text);
  json_t *value = cw_json_text(masked);
  free(masked);
  return value;
}

/* A statement can be megabytes long; its beginning tells which one it is. */
static json_t *statement_json(const char *sql) {
  const size_t most = 10000;
  if (!sql || strlen(sql) <= most) return masked_json(sql);
  size_t len = most;
  while (len && ((unsigned char)sql[len] & 0xc0) == 0x80) len--; /* whole characters */
  char *cut = xasprintf("%.*s ...", (int)len, sql);
  json_t *text = masked_json(cut);
  free(cut);
  return text;
}

json_t *cw_out_error_json(const struct cw_err *err) {
  json_t *e = json_object();
  json_object_set_new(e, "code", json_string(cw_errcode_name(err->code)));
  json_object_set_new(e, "message", masked_json(err->message));
  json_object_set_new(e, "hint", masked_json(err->hint));
  json_object_set_new(e, "revision", cw_json_text(err->revision));
  json_object_set_new(e, "step", err->step ? json_integer(err->step) : json_null());
  json_object_set_new(e, "sqlstate", *err->sqlstate ? cw_json_text(err->sqlstate) : json_null());
  json_object_set_new(e, "file", cw_json_text(err->file));
  json_object_set_new(e, "line", err->line ? json_integer(err->line) : json_null());
  json_object_set_new(e, "database", masked_json(err->database));
  json_object_set_new(e, "detail", masked_json(err->detail));
  json_object_set_new(e, "statement", statement_json(err->statement));
  return e;
}

static bool mentions(const struct cw_err *err, const char *text) {
  return err->message && strstr(err->message, text);
}

/* file:line, revision, step, database, SQLSTATE: those that are known and not in the message. */
static void add_where(const struct cw_err *err, struct strbuf *sb) {
  struct strbuf where = STRBUF_INIT;
  if (err->file) {
    char *shown = cw_path_display(err->file);
    char *place = err->line ? xasprintf("%s:%d", shown, err->line) : xstrdup(shown);
    if (!mentions(err, place)) strbuf_addstr(&where, place);
    free(place);
    free(shown);
  }
  if (err->revision && !mentions(err, err->revision)) {
    strbuf_addsep(&where, ", ");
    strbuf_addf(&where, "revision %s", err->revision);
  }
  if (err->step) {
    char *step = xasprintf("step %d", err->step);
    if (!mentions(err, step)) {
      strbuf_addsep(&where, ", ");
      strbuf_addstr(&where, step);
    }
    free(step);
  }
  if (err->database && !mentions(err, err->database)) {
    strbuf_addsep(&where, ", ");
    strbuf_addf(&where, "database %s", err->database);
  }
  if (*err->sqlstate && !mentions(err, err->sqlstate)) {
    strbuf_addsep(&where, ", ");
    strbuf_addf(&where, "SQLSTATE %s", err->sqlstate);
  }
  if (where.len) strbuf_addf(sb, " (%s)", where.buf);
  strbuf_release(&where);
}

/* A statement on one line, cut unless -v asks for the whole. */
static void add_statement(const char *sql, bool whole, struct strbuf *sb) {
  const size_t most = 200;
  struct strbuf flat = STRBUF_INIT;
  bool blank = false;
  for (; *sql && (whole || flat.len < most); sql++) {
    if (strchr(" \t\r\n", *sql)) {
      blank = flat.len > 0;
    } else {
      if (blank) strbuf_addch(&flat, ' ');
      blank = false;
      strbuf_addch(&flat, *sql);
    }
  }
  if (*sql) { /* not in the middle of a character */
    while (flat.len && ((unsigned char)flat.buf[flat.len - 1] & 0xc0) == 0x80)
      strbuf_setlen(&flat, flat.len - 1);
    if (flat.len && (unsigned char)flat.buf[flat.len - 1] >= 0x80)
      strbuf_setlen(&flat, flat.len - 1);
    strbuf_addstr(&flat, " ...");
  }
  strbuf_addf(sb, "\n  statement: %s", flat.buf);
  strbuf_release(&flat);
}

/* A hint as a sentence: it stands behind one. */
static void add_hint(const char *hint, struct strbuf *sb) {
  size_t start = sb->len;
  strbuf_addstr(sb, hint);
  if (sb->buf[start] >= 'a' && sb->buf[start] <= 'z') sb->buf[start] -= 'a' - 'A';
  bool command = strncmp(hint, "Usage: ", 7) == 0; /* to be typed: a full stop would be part of it */
  if (sb->len > start && !command && !strchr(".!?:`)", sb->buf[sb->len - 1]))
    strbuf_addch(sb, '.');
}

static void error_text(struct cw_out *out, const struct cw_err *err) {
  const size_t one_line = 100;
  struct strbuf text = STRBUF_INIT, clean = STRBUF_INIT;
  strbuf_addstr(&text, err->message ? err->message : cw_errcode_name(err->code));
  add_where(err, &text);
  if (!strchr(".!?:", text.buf[text.len - 1])) strbuf_addch(&text, '.');
  if (err->detail && !mentions(err, err->detail)) strbuf_addf(&text, "\n  detail: %s", err->detail);
  if (err->statement && !mentions(err, err->statement))
    add_statement(err->statement, out->verbosity > 0, &text);
  if (err->hint) {
    bool fits = !strchr(text.buf, '\n') && text.len + strlen(err->hint) < one_line;
    strbuf_addstr(&text, fits ? " " : "\n  ");
    add_hint(err->hint, &text);
  }
  if (err->traceback && out->verbosity > 0) strbuf_addf(&text, "\n%s", err->traceback);

  cw_out_progress(out, NULL);
  char *masked = cw_mask_passwords(text.buf);
  cw_style_add(&clean, out->color_err, CW_STYLE_ERROR, "error:");
  strbuf_addch(&clean, ' ');
  cw_clean_add(&clean, masked, true);
  free(masked);
  strbuf_addch(&clean, '\n');
  fflush(stdout);
  fwrite(clean.buf, 1, clean.len, stderr);
  strbuf_release(&text);
  strbuf_release(&clean);
}

void cw_out_error(struct cw_out *out, const struct cw_err *err) {
  if (!out->json) {
    error_text(out, err);
    return;
  }
  json_t *doc = json_object();
  if (out->events) json_object_set_new(doc, "event", json_string("error"));
  if (out->events) json_object_set_new(doc, "revision", cw_json_text(err->revision));
  json_object_set_new(doc, "error", cw_out_error_json(err));
  cw_out_json(out, doc);
}
