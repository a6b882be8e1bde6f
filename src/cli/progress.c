/* Events of a run, printed; see progress.h. */
#include "cli/progress.h"

#include "op/exec_run.h"
#include "util/clock.h"

/* A line that stands on the terminal changes at most this often (milliseconds). */
static const int64_t redraw_every = 100;
/* Where there is no terminal: a line about a backfill, and a JSON object. */
static const int64_t beat_every = 30000, json_every = 1000;

void cw_progress_init(struct cw_progress *p, struct cw_out *out) {
  *p = (struct cw_progress){.out = out};
}

void cw_progress_release(struct cw_progress *p) { xfree(p->rows); }

void cw_progress_start(struct cw_progress *p, const char *database) {
  xfree(p->rows);
  p->database = database;
  p->done = 0;
  p->started = cw_clock_ms();
}

static const char *command_of(const struct cw_event *e) {
  if (e->command) return e->command;
  if (!e->move || !e->move->revision) return "stamp";
  return e->move->direction == CW_UP ? "upgrade" : "downgrade";
}

/* --- text -------------------------------------------------------------------------------------- */

/* "main: " in front of lines while several databases are run. */
static void add_database(const struct cw_progress *p, struct strbuf *sb) {
  if (p->database) strbuf_addf(sb, "%s: ", p->database);
}

/* upgrade    <base> -> ae1027a6acf  create account table  12 ms */
static void move_line(struct cw_progress *p, const struct cw_event *e) {
  struct strbuf line = STRBUF_INIT;
  char took[32], *moved = e->move ? cw_move_describe(e->move) : NULL;
  const char *title = e->move && e->move->revision ? e->move->revision->title : NULL;
  add_database(p, &line);
  strbuf_addf(&line, "%-9s  %s", command_of(e), moved ? moved : "");
  if (title && *title) strbuf_addf(&line, "  %s", title);
  strbuf_addf(&line, "  %s", cw_duration_format(e->duration_ms, took));
  if (e->resumed) strbuf_addstr(&line, "  (resumed)");
  cw_out_note(p->out, "%s", line.buf);
  strbuf_release(&line);
  free(moved);
}

static void draw(struct cw_progress *p, const struct cw_event *e, const char *text) {
  int64_t now = cw_clock_ms();
  if (!p->out->live || (p->out->line && now - p->drawn < redraw_every)) return;
  p->drawn = now;
  struct strbuf line = STRBUF_INIT;
  add_database(p, &line);
  strbuf_addstr(&line, command_of(e));
  if (e->moves) strbuf_addf(&line, " %zu/%zu", e->number ? e->number : p->done + 1, e->moves);
  if (e->move && e->move->revision) strbuf_addf(&line, " %s", e->move->revision->id);
  if (text) strbuf_addf(&line, "  %s", text);
  if (e->kind == CW_EVENT_PROGRESS && e->total > 0)
    strbuf_addf(&line, "  %lld of %lld (%lld%%)", (long long)e->done, (long long)e->total,
                (long long)(e->done * 100 / e->total));
  else if (e->kind == CW_EVENT_PROGRESS)
    strbuf_addf(&line, "  %lld", (long long)e->done);
  cw_out_progress(p->out, line.buf);
  strbuf_release(&line);
}

/* "users.slug  120000 of about 1000000 (12%), 45000 rows/s, 20 s left, batches of 5000" */
static void add_backfill(const struct cw_backfill_progress *b, struct strbuf *line) {
  char left[32];
  strbuf_addf(line, "%s  %lld", b->name, (long long)b->walked);
  if (b->total > 0)
    strbuf_addf(line, " of about %lld rows (%lld%%)", (long long)b->total,
                (long long)(b->walked * 100 / b->total));
  else
    strbuf_addstr(line, " rows");
  if (b->rate >= 1) strbuf_addf(line, ", %.0f rows/s", b->rate);
  if (b->eta_ms > 0) strbuf_addf(line, ", %s left", cw_duration_format(b->eta_ms, left));
  strbuf_addf(line, ", batches of %lld", (long long)b->batch_size);
  if (b->skipped) strbuf_addf(line, ", %lld passed over", (long long)b->skipped);
  if (b->waits) strbuf_addf(line, ", waits: %s", b->waits);
}

/* On a terminal the line that stands there; else a line every half a minute. */
static void backfill(struct cw_progress *p, const struct cw_event *e) {
  struct strbuf text = STRBUF_INIT;
  int64_t now = cw_clock_ms();
  if (p->out->live) {
    add_backfill(e->backfill, &text);
    struct cw_event plain = *e;
    plain.kind = CW_EVENT_STEP;
    if (e->backfill->notable) p->drawn = 0;
    draw(p, &plain, text.buf);
  } else if (p->beat == 0) {
    p->beat = now;
  } else if (now - p->beat >= beat_every) {
    p->beat = now;
    add_database(p, &text);
    add_backfill(e->backfill, &text);
    cw_out_note(p->out, "%s", text.buf);
  }
  strbuf_release(&text);
}

static void summary(struct cw_progress *p, const struct cw_event *e) {
  struct strbuf line = STRBUF_INIT;
  const char *command = command_of(e);
  const char *reached = e->rows && *e->rows ? e->rows : "base";
  char took[32];
  cw_duration_format(e->duration_ms ? e->duration_ms : cw_clock_ms() - p->started, took);
  add_database(p, &line);
  if (!p->done)
    strbuf_addf(&line, "nothing to do: the database is at %s", reached);
  else if (strcmp(command, "stamp") == 0)
    strbuf_addf(&line, "stamped in %s: the database is at %s", took, reached);
  else
    strbuf_addf(&line, "%zu revision%s %s in %s: the database is at %s", p->done,
                p->done == 1 ? "" : "s",
                strcmp(command, "downgrade") == 0 ? "reverted" : "applied", took, reached);
  cw_out_note(p->out, "%s", line.buf);
  strbuf_release(&line);
}

static void text_event(struct cw_progress *p, const struct cw_event *e) {
  const struct cw_revision *rev = e->move ? e->move->revision : NULL;
  switch (e->kind) {
  case CW_EVENT_MOVE_START: draw(p, e, rev ? rev->title : NULL); break;
  case CW_EVENT_STEP:
    if (p->out->verbosity > 0)
      cw_out_note(p->out, "  step %d  %s%s", e->step,
                  e->text ? e->text : e->op ? e->op : "", e->skipped ? "  (done before)" : "");
    else
      draw(p, e, e->text);
    break;
  case CW_EVENT_PROGRESS:
    if (e->backfill)
      backfill(p, e);
    else
      draw(p, e, e->text);
    break;
  case CW_EVENT_MOVE_END: move_line(p, e); break;
  case CW_EVENT_END: summary(p, e); break;
  case CW_EVENT_START:
  case CW_EVENT_NOTE:
  case CW_EVENT_WARNING:
  case CW_EVENT_ERROR: break;
  }
}

/* --- JSON -------------------------------------------------------------------------------------- */

static json_t *list_of(const char *joined) {
  json_t *list = json_array();
  while (joined && *joined) {
    size_t len = strcspn(joined, ",");
    char *item = xstrndup(joined, len);
    json_array_append_new(list, cw_json_text(item + strspn(item, " ")));
    free(item);
    joined += len + (joined[len] == ',');
  }
  return list;
}

static void add_move(json_t *o, const struct cw_event *e) {
  const struct cw_revision *rev = e->move ? e->move->revision : NULL;
  json_t *parents = json_array();
  for (size_t i = 0; rev && i < rev->parents.len; i++)
    json_array_append_new(parents, cw_json_text(rev->parents.items[i]->id));
  json_object_set_new(o, "revision", rev ? cw_json_text(rev->id) : json_null());
  json_object_set_new(o, "down_revision", parents);
  json_object_set_new(o, "title", rev ? cw_json_text(rev->title) : json_null());
  if (e->move && rev)
    json_object_set_new(o, "direction",
                        json_string(e->move->direction == CW_UP ? "upgrade" : "downgrade"));
  json_object_set_new(o, "number", json_integer((json_int_t)e->number));
  json_object_set_new(o, "total", json_integer((json_int_t)e->moves));
}

static void add_revision(json_t *o, const struct cw_event *e) {
  const struct cw_revision *rev = e->move ? e->move->revision : NULL;
  json_object_set_new(o, "revision", rev ? cw_json_text(rev->id) : json_null());
}

static void json_backfill(json_t *o, const struct cw_backfill_progress *b) {
  json_object_set_new(o, "step", json_integer(b->step));
  json_object_set_new(o, "rows", json_integer(b->rows));
  json_object_set_new(o, "batches", json_integer(b->batches));
  json_object_set_new(o, "skipped", json_integer(b->skipped));
  json_object_set_new(o, "batch_size", json_integer(b->batch_size));
  json_object_set_new(o, "rate", json_real(b->rate));
  json_object_set_new(o, "eta_ms", b->eta_ms >= 0 ? json_integer(b->eta_ms) : json_null());
  json_object_set_new(o, "waits", b->waits ? cw_json_text(b->waits) : json_null());
}

static void json_event(struct cw_progress *p, const struct cw_event *e) {
  static const char *const names[] = {
    [CW_EVENT_START] = "start", [CW_EVENT_MOVE_START] = "migration_start",
    [CW_EVENT_STEP] = "step", [CW_EVENT_PROGRESS] = "progress",
    [CW_EVENT_MOVE_END] = "migration_end", [CW_EVENT_END] = "end",
  };
  if (e->backfill) {
    int64_t now = cw_clock_ms();
    if (!e->backfill->notable && now - p->drawn < json_every) return;
    p->drawn = now;
  }
  json_t *o = json_object();
  json_object_set_new(o, "event", json_string(names[e->kind]));
  const char *database = e->database ? e->database : p->database;
  if (database) json_object_set_new(o, "database", cw_json_text(database));
  switch (e->kind) {
  case CW_EVENT_START:
    json_object_set_new(o, "command", json_string(command_of(e)));
    json_object_set_new(o, "total", json_integer((json_int_t)e->moves));
    break;
  case CW_EVENT_MOVE_START: add_move(o, e); break;
  case CW_EVENT_STEP:
    add_revision(o, e);
    json_object_set_new(o, "step", json_integer(e->step));
    json_object_set_new(o, "operation", cw_json_text(e->op));
    json_object_set_new(o, "text", cw_json_text(e->text));
    json_object_set_new(o, "skipped", json_boolean(e->skipped));
    json_object_set_new(o, "duration_ms", json_integer(e->duration_ms));
    break;
  case CW_EVENT_PROGRESS:
    add_revision(o, e);
    json_object_set_new(o, "text", cw_json_text(e->text));
    json_object_set_new(o, "done", json_integer(e->done));
    json_object_set_new(o, "total", e->total >= 0 ? json_integer(e->total) : json_null());
    if (e->backfill) json_backfill(o, e->backfill);
    break;
  case CW_EVENT_MOVE_END:
    add_move(o, e);
    json_object_set_new(o, "resumed", json_boolean(e->resumed));
    json_object_set_new(o, "duration_ms", json_integer(e->duration_ms));
    break;
  case CW_EVENT_END:
    json_object_set_new(o, "command", json_string(command_of(e)));
    json_object_set_new(o, "migrations", json_integer((json_int_t)p->done));
    json_object_set_new(o, "current", list_of(e->rows));
    json_object_set_new(o, "duration_ms",
                        json_integer(e->duration_ms ? e->duration_ms : cw_clock_ms() - p->started));
    break;
  case CW_EVENT_NOTE:
  case CW_EVENT_WARNING:
  case CW_EVENT_ERROR: break;
  }
  cw_out_json(p->out, o);
}

/* --- both -------------------------------------------------------------------------------------- */

static void on_event(void *ctx, const struct cw_event *e) {
  struct cw_progress *p = ctx;
  if (e->kind == CW_EVENT_NOTE || e->kind == CW_EVENT_WARNING) { /* for people, in JSON mode too */
    struct strbuf text = STRBUF_INIT;
    add_database(p, &text);
    strbuf_addstr(&text, e->text ? e->text : "");
    if (e->kind == CW_EVENT_NOTE)
      cw_out_note(p->out, "%s", text.buf);
    else
      cw_out_warning(p->out, "%s", text.buf);
    strbuf_release(&text);
    return;
  }
  /* An error comes back as the result of the run, and is printed once, by whoever called it. */
  if (e->kind == CW_EVENT_ERROR) return;
  if (e->kind == CW_EVENT_MOVE_END) p->done++;
  if (e->kind == CW_EVENT_END) {
    free(p->rows);
    p->rows = xstrdup(e->rows ? e->rows : "");
  }
  if (p->out->json)
    json_event(p, e);
  else
    text_event(p, e);
}

struct cw_report cw_progress_report(struct cw_progress *p) {
  return (struct cw_report){.event = on_event, .ctx = p};
}
