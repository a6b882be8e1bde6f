/* What the program prints. Results go to stdout, everything else to stderr; every error is printed in
 * one place (cw_out_error). Text that comes from files or servers is cleaned of control characters, so
 * that a title can't drive a terminal. */
#ifndef CW_CLI_OUT_H
#define CW_CLI_OUT_H

#include <jansson.h>
#include <stdbool.h>

#include "util/err.h"
#include "util/strbuf.h"

struct cw_out {
  bool json;      /* --format json */
  bool events;    /* ... one object a line */
  bool color;     /* on stdout */
  bool color_err; /* on stderr */
  bool live;      /* stderr is a terminal: a progress line may be drawn and taken away */
  bool quiet;
  bool line;      /* a progress line stands on the terminal now */
  int verbosity;  /* how many -v */
  json_t **capture; /* not NULL: takes the document that would be printed (the library) */
};

enum cw_style { CW_STYLE_ID, CW_STYLE_LABEL, CW_STYLE_MARK, CW_STYLE_ERROR, CW_STYLE_WARNING,
                CW_STYLE_DIM, CW_STYLE_BOLD };

/* `color` is "auto", "always", "never" or NULL (auto). */
void cw_out_init(struct cw_out *out, const char *format, const char *color, bool quiet,
                 int verbosity);

/* To stdout, as it is. */
void cw_out_text(struct cw_out *out, const char *text, size_t len);
void cw_out_print(struct cw_out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A document, or (out->events) a line, to stdout. Takes `doc` over. */
void cw_out_json(struct cw_out *out, json_t *doc);

/* Lines for people on stderr: notes not with -q. */
void cw_out_note(struct cw_out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cw_out_warning(struct cw_out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Draws the progress line over itself; NULL takes it away. Nothing unless out->live. */
void cw_out_progress(struct cw_out *out, const char *text);

/* An error as the paragraph of the house, or as {"error": {...}} on stdout. */
void cw_out_error(struct cw_out *out, const struct cw_err *err);
/* The object of an error: code, message, hint, revision, step, sqlstate, file, line and more. */
json_t *cw_out_error_json(const struct cw_err *err);

/* Flushes stdout. 0, or -1 when it could not be written; a reader that went away is not an error. */
int cw_out_finish(struct cw_err *err);

/* Appends text in a style, cleaned; plain unless `color`. */
void cw_style_add(struct strbuf *sb, bool color, enum cw_style style, const char *text);
/* Appends text without control characters (a newline stays where `lines`). */
void cw_clean_add(struct strbuf *sb, const char *text, bool lines);
/* A JSON string of any bytes: what is not UTF-8 becomes U+FFFD. NULL gives JSON null. */
json_t *cw_json_text(const char *text);

/* A copy in which the passwords of URLs are ***; the caller frees. Errors and notes are printed so. */
char *cw_mask_passwords(const char *text);

#endif
