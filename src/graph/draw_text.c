/* The picture in the terminal: like `git log --graph`, with a row between two revisions wherever
 * lines part or meet. */
#include "graph/draw.h"
#include "graph/layout.h"

/* A cell is what a lane shows in one row: the directions in which it is connected. */
enum { UP = 1, DOWN = 2, LEFT = 4, RIGHT = 8 };

static const char *const boxes[16] = {
    " ", "│", "│", "│", "─", "╯", "╮", "┤", "─", "╰", "╭", "├", "─", "┴", "┬", "┼",
};
static const char *const plain[16] = {
    " ", "|", "|", "|", "-", "'", ".", "+", "-", "'", ".", "+", "-", "+", "+", "+",
};

enum { SHOWN_LANES = 48 }; /* of more, only these are drawn */

struct pen {
  struct strbuf *out;
  const struct cw_graph *graph;
  const struct cw_draw_opts *opts;
  unsigned char *cells; /* by lane, of the row being drawn */
  size_t *uses;         /* by lane: edges that are in it; 0 is free */
  size_t nlanes, width; /* width: lanes up to the last one in use */
};

static void add_colored(struct pen *pen, const char *code, const char *text) {
  if (pen->opts->color)
    strbuf_addf(pen->out, "\033[%sm%s\033[0m", code, text);
  else
    strbuf_addstr(pen->out, text);
}

static void trim_row(struct strbuf *out) {
  while (out->len && out->buf[out->len - 1] == ' ') strbuf_setlen(out, out->len - 1);
}

/* Draws the cells; at `node` (or nowhere) the revision's mark. */
static void draw_cells(struct pen *pen, size_t node, const char *mark, const char *color) {
  size_t shown = pen->width < SHOWN_LANES ? pen->width : SHOWN_LANES;
  const char *const *glyphs = pen->opts->ascii ? plain : boxes;
  for (size_t lane = 0; lane < shown; lane++) {
    if (lane == node)
      add_colored(pen, color, mark);
    else
      strbuf_addstr(pen->out, glyphs[pen->cells[lane]]);
    bool on = pen->cells[lane] & RIGHT && lane + 1 < pen->width;
    strbuf_addstr(pen->out, on ? glyphs[LEFT | RIGHT] : " ");
  }
  if (pen->width <= SHOWN_LANES) return;
  if (node >= SHOWN_LANES && node < pen->width) {
    strbuf_addstr(pen->out, "> ");
    add_colored(pen, color, mark);
  } else {
    strbuf_addstr(pen->out, ">");
  }
}

static void vertical_cells(struct pen *pen) {
  for (size_t lane = 0; lane < pen->nlanes; lane++)
    pen->cells[lane] = pen->uses[lane] ? UP | DOWN : 0;
}

static void set_width(struct pen *pen, size_t at_least) {
  if (pen->width < at_least) pen->width = at_least;
  while (pen->width > at_least && !pen->uses[pen->width - 1]) pen->width--;
}

static void add_labels(struct pen *pen, const struct cw_revision *rev) {
  for (size_t i = 0; i < rev->labels.len; i++) {
    char *label = xasprintf(" (%s)", rev->labels.items[i]);
    add_colored(pen, "36", label);
    free(label);
  }
}

/* Columns of a text: its characters, colours left out. */
static size_t columns(const char *p) {
  size_t count = 0;
  for (; *p; p++) {
    if (*p == '\033') {
      while (*p && *p != 'm') p++;
      if (!*p) break;
    } else if (((unsigned char)*p & 0xC0) != 0x80) {
      count++;
    }
  }
  return count;
}

/* A title in the columns that are left: a line that the terminal folds would tear the picture. */
static void add_title(struct pen *pen, const char *title, size_t used) {
  size_t width = pen->opts->width, room = width > used ? width - used : 0;
  if (!width || columns(title) <= room) {
    strbuf_addstr(pen->out, title);
    return;
  }
  size_t mark = pen->opts->ascii ? 3 : 1;
  const char *end = title;
  for (size_t left = room > mark ? room - mark : 0; left > 0; left--)
    do end++;
    while (((unsigned char)*end & 0xC0) == 0x80);
  strbuf_add(pen->out, title, (size_t)(end - title));
  strbuf_addstr(pen->out, pen->opts->ascii ? "..." : "…");
}

static void draw_node(struct pen *pen, const struct cw_layout_row *row) {
  const struct cw_revision *rev = row->rev;
  const struct cw_revset *applied = pen->opts->applied;
  bool done = applied && cw_revset_has(applied, rev);
  const char *filled = pen->opts->ascii ? "*" : "●", *open = pen->opts->ascii ? "o" : "○";
  size_t start = pen->out->len;
  vertical_cells(pen);
  set_width(pen, row->lane + 1);
  draw_cells(pen, row->lane, !applied || done ? filled : open, done ? "32" : "33");
  strbuf_addch(pen->out, ' ');
  add_colored(pen, "1", rev->id);
  add_labels(pen, rev);
  if (cw_revision_is_head(rev))
    add_colored(pen, "36", cw_revision_is_real_head(rev) ? " (head)" : " (effective head)");
  struct strbuf needs = STRBUF_INIT;
  for (size_t i = 0; i < rev->depends.len; i++)
    strbuf_addf(&needs, "%s%s", i ? ", " : "  needs ", rev->depends.items[i]->id);
  if (*rev->title) {
    strbuf_addch(pen->out, ' ');
    add_title(pen, rev->title, columns(pen->out->buf + start) + columns(needs.buf));
  }
  strbuf_addf(pen->out, "%s\n", needs.buf);
  strbuf_release(&needs);
}

/* Connects the row's lane with another one, across those between. */
static void connect(struct pen *pen, size_t from, size_t to) {
  size_t low = from < to ? from : to, high = from < to ? to : from;
  pen->cells[low] |= RIGHT;
  pen->cells[high] |= LEFT;
  pen->cells[to] |= DOWN;
  for (size_t lane = low + 1; lane < high; lane++) pen->cells[lane] |= LEFT | RIGHT;
}

/* A row without a revision. */
static void draw_between(struct pen *pen) {
  draw_cells(pen, (size_t)-1, "", "");
  trim_row(pen->out);
  strbuf_addch(pen->out, '\n');
}

/* The row below a revision, if lines leave its lane there. */
static void draw_edges(struct pen *pen, const struct cw_layout_row *row) {
  size_t nparents = row->rev->parents.len, last = row->lane + 1;
  bool needed = false, goes_on = false;
  for (size_t i = 0; i < nparents; i++) {
    if (row->edges[i].lane == row->lane)
      goes_on = true;
    else
      needed = true;
    if (row->edges[i].lane >= last) last = row->edges[i].lane + 1;
  }
  vertical_cells(pen);
  pen->cells[row->lane] = goes_on ? UP | DOWN : UP;
  pen->uses[row->lane] = goes_on;
  for (size_t i = 0; i < nparents; i++) {
    size_t lane = row->edges[i].lane;
    if (lane == row->lane) continue;
    connect(pen, row->lane, lane);
    pen->uses[lane] = 1;
  }
  set_width(pen, last);
  if (needed) draw_between(pen);
}

/* A root, and below it in the same lane what has nothing to do with it: an empty place keeps them
 * apart. */
static void draw_gap(struct pen *pen, const struct cw_layout *layout, size_t i) {
  const struct cw_layout_row *row = &layout->rows[i];
  if (row->rev->parents.len > 0 || i + 1 == layout->nrows || row[1].lane != row->lane) return;
  vertical_cells(pen);
  draw_between(pen);
}

void cw_draw_text(struct strbuf *out, const struct cw_graph *graph,
                  const struct cw_draw_opts *opts) {
  struct cw_layout layout;
  cw_layout_init(&layout, graph);
  struct pen pen = {
      .out = out,
      .graph = graph,
      .opts = opts,
      .cells = xcalloc(layout.nlanes + 1, 1),
      .uses = xcalloc(layout.nlanes + 1, sizeof *pen.uses),
      .nlanes = layout.nlanes,
  };
  for (size_t i = 0; i < layout.nrows; i++) {
    draw_node(&pen, &layout.rows[i]);
    draw_edges(&pen, &layout.rows[i]);
    draw_gap(&pen, &layout, i);
  }
  free(pen.cells);
  free(pen.uses);
  cw_layout_release(&layout);
}
