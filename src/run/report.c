/* What a run tells, and what a failure leaves behind in words; see run.h. */
#include <ctype.h>

#include "util/alloc.h"
#include "util/clock.h"

#include "run/run.h"

void cw_run_event(struct cw_run *r, struct cw_event event) {
  event.command = r->command;
  event.database = r->db->name;
  if (!event.move && r->plan && r->number > 0 && r->number <= r->plan->nmoves)
    event.move = &r->plan->moves[r->number - 1];
  if (!event.number) event.number = r->done_before + r->number;
  if (!event.moves && r->plan) event.moves = r->done_before + r->plan->nmoves;
  r->app->opts.report.event(r->app->opts.report.ctx, &event);
}

void cw_run_note(struct cw_run *r, enum cw_event_kind kind, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  char *text = xvasprintf(fmt, args);
  va_end(args);
  cw_run_event(r, (struct cw_event){.kind = kind, .text = text});
  free(text);
}

static char *rows_text(const struct strvec *rows) {
  return rows->len ? strvec_join(rows, ", ") : xstrdup("base");
}

int cw_run_explain(struct cw_run *r, bool partial, struct cw_err *err) {
  if (!err || !r->plan || err->code == CW_ERR_FENCED) return -1; /* what it knows is out of date */
  struct strbuf text = STRBUF_INIT;
  char *rows = rows_text(&r->rows);
  size_t done = r->done_before + r->ended, total = r->done_before + r->plan->nmoves;
  const struct cw_move *move =
      r->number > 0 && r->number <= r->plan->nmoves ? &r->plan->moves[r->number - 1] : NULL;
  const char *id = move && move->revision ? move->revision->id : NULL;
  if (err->code == CW_ERR_CONNECTION_LOST && id)
    strbuf_addf(&text, "What of %s was committed is in the journal; ", id);
  else if (partial && id)
    strbuf_addf(&text, "A part of %s is %s and recorded; ", id,
                move->direction == CW_UP ? "applied" : "reverted");
  else if (id && move->direction == CW_UP)
    strbuf_addf(&text, "Nothing of %s is left; ", id);
  else if (id)
    strbuf_addf(&text, "%s is applied as it was; ", id);
  strbuf_addf(&text, "%zu of %zu done, the database is at %s.", done, total, rows);
  if (err->code == CW_ERR_INTERRUPTED)
    strbuf_addstr(&text, " Run the same command again to continue.");
  else if (partial && id)
    strbuf_addf(&text,
                " Put it right and run the same command again: done steps are skipped. `curlew "
                "status` shows them.");
  else if (err->code == CW_ERR_CONNECTION_LOST)
    strbuf_addstr(&text, " Run the same command again.");
  if (err->hint) {
    size_t start = text.len + 1;
    strbuf_addf(&text, " %s%s", err->hint, strchr(".!?", err->hint[strlen(err->hint) - 1]) ? "" : ".");
    text.buf[start] = (char)toupper((unsigned char)text.buf[start]);
  }
  cw_hint(err, "%s", text.buf);
  strbuf_release(&text);
  free(rows);
  return -1;
}
