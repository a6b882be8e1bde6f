/* The leading comment of a revision file; see doc.h. */
#include "lua/doc.h"

#include <stdbool.h>

#include "util/alloc.h"
#include "util/strbuf.h"

/* The length of the UTF-8 character at p, or 0. */
static size_t utf8_length(const unsigned char *p, const unsigned char *end) {
  static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t len = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
  if (len < 2) return len;
  if ((size_t)(end - p) < len) return 0;
  unsigned code = *p & (0xffu >> (len + 1));
  for (size_t i = 1; i < len; i++) {
    if ((p[i] & 0xc0) != 0x80) return 0;
    code = code << 6 | (p[i] & 0x3f);
  }
  return code < least[len] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : len;
}

static void add_clean(struct strbuf *out, const char *text, size_t len) {
  const unsigned char *p = (const unsigned char *)text, *end = p + len;
  while (p < end) {
    const unsigned char *plain = p;
    while (p < end && *p && *p < 0x80) p++;
    strbuf_add(out, plain, (size_t)(p - plain));
    if (p == end) break;
    size_t n = *p ? utf8_length(p, end) : 0;
    if (n)
      strbuf_add(out, p, n);
    else
      strbuf_addstr(out, "\xEF\xBF\xBD");
    p += n ? n : 1;
  }
}

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

struct reader {
  struct cw_doc *doc;
  struct strbuf text;
  int gap;     /* empty lines that wait for a following one */
  bool titled; /* the line that is the title, or is in its place, has been seen */
};

/* One line of the comment, its dashes already gone. */
static void add_line(struct reader *r, const char *line, size_t len) {
  while (len && blank(line[len - 1])) len--;
  if (len && *line == ' ') { /* the one that follows the dashes; more is the author's indentation */
    line++;
    len--;
  }
  if (len == 0) {
    if (r->text.len) r->gap++;
    return;
  }
  for (; r->gap > 0; r->gap--) strbuf_addch(&r->text, '\n');
  if (r->text.len) strbuf_addch(&r->text, '\n');
  size_t start = r->text.len;
  add_clean(&r->text, line, len);

  const char *added = r->text.buf + start;
  static const char created[] = "Create Date:", id[] = "Revision ID:";
  if (!r->titled) { /* a revision without a message begins with its id, which is no title */
    r->titled = true;
    if (strncmp(added, id, sizeof id - 1) == 0) return;
    while (blank(*added)) added++;
    free(r->doc->title);
    r->doc->title = xstrdup(added);
  } else if (!r->doc->created && strncmp(added, created, sizeof created - 1) == 0) {
    added += sizeof created - 1;
    while (blank(*added)) added++;
    if (*added) r->doc->created = xstrdup(added);
  }
}

/* "[[" or "[==[" at p: how long it is, or 0. */
static size_t long_bracket(const char *p, const char *end) {
  const char *q = p;
  if (q < end && *q == '[') {
    for (q++; q < end && *q == '='; q++) {}
    if (q < end && *q == '[') return (size_t)(q + 1 - p);
  }
  return 0;
}

/* The lines of a long comment whose bracket of `width` bytes has been passed; returns its end. */
static const char *long_comment(struct reader *r, const char *p, const char *end, size_t width) {
  while (p < end) {
    const char *line = p;
    for (; p < end && *p != '\n'; p++) {
      if (*p != ']' || (size_t)(end - p) < width || p[width - 1] != ']') continue;
      size_t level = 1;
      while (level < width - 1 && p[level] == '=') level++;
      if (level != width - 1) continue;
      add_line(r, line, (size_t)(p - line));
      return p + width;
    }
    add_line(r, line, (size_t)(p - line));
    if (p < end) p++;
  }
  return end;
}

void cw_doc_read(struct cw_doc *doc, const char *text, size_t len) {
  *doc = (struct cw_doc){.title = xstrdup("")};
  struct reader r = {.doc = doc, .text = STRBUF_INIT};
  const char *p = text, *end = text + len;
  if (len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) p += 3;
  while (p < end) {
    const char *line = p;
    while (p < end && blank(*p)) p++;
    if (p < end && *p == '\n') {
      add_line(&r, "", 0);
      p++;
      continue;
    }
    if (end - p < 2 || p[0] != '-' || p[1] != '-') break; /* code begins */
    size_t width = long_bracket(p + 2, end);
    if (width) {
      p = long_comment(&r, p + 2 + width, end, width);
      continue;
    }
    while (p < end && *p == '-') p++;
    line = p;
    while (p < end && *p != '\n') p++;
    add_line(&r, line, (size_t)(p - line));
    if (p < end) p++;
  }
  doc->text = strbuf_detach(&r.text, NULL);
}

void cw_doc_release(struct cw_doc *doc) {
  xfree(doc->title);
  xfree(doc->text);
  xfree(doc->created);
}
