/* Revisions for people and programs; see entry.h. */
#include "cli/entry.h"

#include "util/fs.h"

static void add_ids(const struct cw_out *out, const struct cw_revlist *list, struct strbuf *sb) {
  for (size_t i = 0; i < list->len; i++) {
    if (i) strbuf_addstr(sb, ", ");
    cw_style_add(sb, out->color, CW_STYLE_ID, list->items[i]->id);
  }
}

static void add_parents(const struct cw_out *out, const struct cw_revision *rev,
                        struct strbuf *sb) {
  if (rev->parents.len)
    add_ids(out, &rev->parents, sb);
  else
    strbuf_addstr(sb, "<base>");
}

static void add_mark(const struct cw_out *out, const char *mark, struct strbuf *sb) {
  strbuf_addch(sb, ' ');
  cw_style_add(sb, out->color, CW_STYLE_MARK, mark);
}

static void add_marks(const struct cw_out *out, const struct cw_revision *rev, bool points,
                      bool current, struct strbuf *sb) {
  if (cw_revision_is_real_head(rev)) add_mark(out, "(head)", sb);
  if (cw_revision_is_effective_head(rev)) add_mark(out, "(effective head)", sb);
  if (current) add_mark(out, "(current)", sb);
  if (points && cw_revision_is_branch_point(rev)) add_mark(out, "(branchpoint)", sb);
  if (points && cw_revision_is_merge_point(rev)) add_mark(out, "(mergepoint)", sb);
}

void cw_entry_line(const struct cw_out *out, const struct cw_revision *rev, unsigned parts,
                   bool current, struct strbuf *sb) {
  if (parts & CW_ENTRY_PARENTS) {
    add_parents(out, rev, sb);
    if (rev->depends.len) {
      strbuf_addstr(sb, " (");
      add_ids(out, &rev->depends, sb);
      strbuf_addch(sb, ')');
    }
    strbuf_addstr(sb, " -> ");
  }
  cw_style_add(sb, out->color, CW_STYLE_ID, rev->id);
  if (rev->all_labels.len) {
    char *labels = strvec_join(&rev->all_labels, ", "), *marked = xasprintf("(%s)", labels);
    strbuf_addch(sb, ' ');
    cw_style_add(sb, out->color, CW_STYLE_LABEL, marked);
    free(labels);
    free(marked);
  }
  add_marks(out, rev, parts & CW_ENTRY_POINTS, current, sb);
  if (parts & CW_ENTRY_TITLE && rev->title && *rev->title) {
    strbuf_addstr(sb, ", ");
    cw_clean_add(sb, rev->title, false);
  }
}

/* "Applied", "Reverted", "Stamped", or what became of it instead: "Upgrade failed". */
static void add_deed(const char *direction, const char *outcome, struct strbuf *sb) {
  static const struct {
    const char *direction, *done, *name;
  } deeds[] = {{"up", "Applied", "Upgrade"}, {"down", "Reverted", "Downgrade"}};
  for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
    if (strcmp(deeds[i].direction, direction) != 0) continue;
    if (strcmp(outcome, "done") == 0)
      strbuf_addstr(sb, deeds[i].done);
    else
      strbuf_addf(sb, "%s %s", deeds[i].name, outcome);
    return;
  }
  strbuf_addf(sb, "Journal: %s %s", direction, outcome);
}

/* "Applied: 2026-11-20 10:30:00 UTC by deploy@host, 12 ms": what the journal tells, newest first. */
static void add_journal(json_t *journal, struct strbuf *sb) {
  size_t i;
  json_t *row;
  json_array_foreach(journal, i, row) {
    const char *direction = json_string_value(json_object_get(row, "direction"));
    const char *outcome = json_string_value(json_object_get(row, "outcome"));
    const char *at = json_string_value(json_object_get(row, "started_at"));
    const char *user = json_string_value(json_object_get(row, "user"));
    const char *host = json_string_value(json_object_get(row, "host"));
    const char *error = json_string_value(json_object_get(row, "error"));
    json_t *took = json_object_get(row, "duration_ms");
    struct strbuf line = STRBUF_INIT;
    add_deed(direction ? direction : "run", outcome ? outcome : "", &line);
    if (at) strbuf_addf(&line, ": %s UTC", at);
    if (user) strbuf_addf(&line, " by %s%s%s", user, host ? "@" : "", host ? host : "");
    if (json_is_integer(took))
      strbuf_addf(&line, ", %" JSON_INTEGER_FORMAT " ms", json_integer_value(took));
    if (error) strbuf_addf(&line, ": %s", error);
    cw_clean_add(sb, line.buf, false);
    strbuf_addch(sb, '\n');
    strbuf_release(&line);
  }
}

void cw_entry_long(const struct cw_out *out, const struct cw_revision *rev, bool current,
                   json_t *journal, struct strbuf *sb) {
  strbuf_addstr(sb, "Rev: ");
  cw_style_add(sb, out->color, CW_STYLE_ID, rev->id);
  add_marks(out, rev, true, current, sb);
  strbuf_addstr(sb, cw_revision_is_merge_point(rev) ? "\nMerges: " : "\nParent: ");
  add_parents(out, rev, sb);
  strbuf_addch(sb, '\n');
  if (rev->depends.len) {
    strbuf_addstr(sb, "Also depends on: ");
    add_ids(out, &rev->depends, sb);
    strbuf_addch(sb, '\n');
  }
  if (cw_revision_is_branch_point(rev)) {
    strbuf_addstr(sb, "Branches into: ");
    add_ids(out, &rev->children, sb);
    strbuf_addch(sb, '\n');
  }
  if (rev->all_labels.len) {
    char *labels = strvec_join(&rev->all_labels, ", ");
    strbuf_addstr(sb, "Branch names: ");
    cw_style_add(sb, out->color, CW_STYLE_LABEL, labels);
    strbuf_addch(sb, '\n');
    free(labels);
  }
  strbuf_addstr(sb, "Path: ");
  cw_clean_add(sb, rev->path ? rev->path : "", false);
  strbuf_addch(sb, '\n');
  if (journal) add_journal(journal, sb);
  if (rev->doc && *rev->doc) {
    struct strbuf clean = STRBUF_INIT;
    cw_clean_add(&clean, rev->doc, true);
    strbuf_addch(sb, '\n');
    for (char *line = clean.buf; line;) {
      char *end = strchr(line, '\n');
      size_t len = end ? (size_t)(end - line) : strlen(line);
      strbuf_addf(sb, "%s%.*s\n", len ? "    " : "", (int)len, line);
      line = end && end[1] ? end + 1 : NULL;
    }
    strbuf_release(&clean);
  }
}

static json_t *ids_json(const struct cw_revlist *list) {
  json_t *array = json_array();
  for (size_t i = 0; i < list->len; i++)
    json_array_append_new(array, cw_json_text(list->items[i]->id));
  return array;
}

json_t *cw_entry_json(const struct cw_revision *rev, bool current, json_t *journal) {
  json_t *o = json_object(), *labels = json_array();
  for (size_t i = 0; i < rev->labels.len; i++)
    json_array_append_new(labels, cw_json_text(rev->labels.items[i]));
  json_object_set_new(o, "revision", cw_json_text(rev->id));
  json_object_set_new(o, "down_revision", ids_json(&rev->parents));
  json_object_set_new(o, "depends_on", ids_json(&rev->depends));
  json_object_set_new(o, "branch_labels", labels);
  json_object_set_new(o, "title", cw_json_text(rev->title));
  json_object_set_new(o, "path", cw_json_text(rev->path));
  json_object_set_new(o, "is_head", json_boolean(cw_revision_is_head(rev)));
  json_object_set_new(o, "is_base", json_boolean(cw_revision_is_base(rev)));
  json_object_set_new(o, "is_branch_point", json_boolean(cw_revision_is_branch_point(rev)));
  json_object_set_new(o, "is_merge_point", json_boolean(cw_revision_is_merge_point(rev)));
  json_object_set_new(o, "is_current", json_boolean(current));
  if (journal) json_object_set(o, "journal", journal);
  return o;
}

json_t *cw_entries_json(const struct cw_revlist *list, const struct cw_revlist *current) {
  json_t *array = json_array();
  for (size_t i = 0; i < list->len; i++)
    json_array_append_new(array, cw_entry_json(list->items[i],
                                               current && cw_revlist_has(current, list->items[i]),
                                               NULL));
  return array;
}
