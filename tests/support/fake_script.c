/* The script language for tests; see fake_script.h. */
#include "support/fake_script.h"

#include "op/exec.h"
#include "util/alloc.h"
#include "util/fs.h"

struct fake_revision {
  char *id;
  struct strvec up, down;
};

struct cw_script {
  VEC(struct fake_revision) revisions;
  int64_t remembered;
};

static int fake_open(struct cw_script **out, const struct cw_script_opts *opts,
                     struct cw_err *err) {
  (void)opts;
  (void)err;
  *out = xcalloc(1, sizeof **out);
  return 0;
}

static void fake_close(struct cw_script *s) {
  if (!s) return;
  for (size_t i = 0; i < s->revisions.len; i++) {
    free(s->revisions.items[i].id);
    strvec_release(&s->revisions.items[i].up);
    strvec_release(&s->revisions.items[i].down);
  }
  vec_release(&s->revisions);
  free(s);
}

static int fake_config(struct cw_script *s, const char *path, const struct cw_config_args *args,
                       json_t **out, struct cw_err *err) {
  (void)s;
  (void)args;
  json_error_t why;
  *out = json_load_file(path, 0, &why);
  return *out ? 0 : cw_fail(err, CW_ERR_CONFIG, "%s: %s", path, why.text);
}

/* --- files ------------------------------------------------------------------------------------------ */

static void split(struct strvec *out, const char *text) {
  while (*text) {
    size_t len = strcspn(text, ",");
    strvec_take(out, xstrndup(text, len));
    text += len + (text[len] == ',');
  }
}

static int fake_load(struct cw_script *s, const char *path, const char *text, size_t len,
                     struct cw_revision **out, struct cw_err *err) {
  struct cw_revision *rev = cw_revision_new();
  struct fake_revision fake = {0};
  struct strvec *body = NULL;
  (void)len;
  rev->path = xstrdup(path);
  while (*text) {
    size_t n = strcspn(text, "\n");
    char *line = xstrndup(text, n), *word = line + strspn(line, " ");
    text += n + (text[n] == '\n');
    if (strcmp(word, "up") == 0) {
      body = &fake.up;
      rev->has_upgrade = true;
    } else if (strcmp(word, "down") == 0) {
      body = &fake.down;
      rev->has_downgrade = true;
    } else if (body && *word) {
      strvec_push(body, word);
    } else if (strncmp(word, "# ", 2) == 0) {
      free(rev->title);
      rev->title = xstrdup(word + 2);
    } else if (strncmp(word, "rev ", 4) == 0) {
      free(rev->id);
      rev->id = xstrdup(word + 4);
    } else if (strncmp(word, "down ", 5) == 0) {
      split(&rev->down_revision, word + 5);
    } else if (strncmp(word, "transaction ", 12) == 0) {
      rev->transaction = strcmp(word + 12, "none") == 0 ? CW_TXN_NONE : CW_TXN_EACH;
    }
    free(line);
  }
  if (!rev->title) rev->title = xstrdup("");
  if (!rev->doc) rev->doc = xstrdup("");
  if (!rev->id) {
    cw_revision_free(rev);
    return cw_fail(err, CW_ERR_BAD_SCRIPT, "%s: no id", path);
  }
  fake.id = xstrdup(rev->id);
  vec_push(&s->revisions, fake);
  *out = rev;
  return 0;
}

/* --- running ------------------------------------------------------------------------------------------ */

/* "make t" -> op "make", the rest in `rest`. */
static int step(struct cw_exec *x, const char *line, int number, struct cw_err *err) {
  size_t n = strcspn(line, " ");
  char *op = xstrndup(line, n);
  bool raw = strcmp(op, "raw") == 0;
  json_t *record = json_pack("{s:s}", "line", line);
  struct cw_step step = {.op = raw ? "execute" : op,
                         .summary = line,
                         .digest = line,
                         .flags = raw ? 0 : CW_STEP_DDL | CW_STEP_PROBE,
                         .file = "fake",
                         .line = number,
                         .record = raw ? NULL : record,
                         .handle = (void *)line};
  struct cw_step_result result;
  int failed = cw_exec_step(x, &step, &result, err);
  json_decref(result.key);
  json_decref(record);
  free(op);
  return failed;
}

static int sql(struct cw_script *s, struct cw_exec *x, const char *text, bool rows, int number,
               struct cw_err *err) {
  struct cw_exec_sql q = {
      .sql = text, .len = strlen(text), .want_rows = rows, .file = "fake", .line = number};
  struct cw_result *result = NULL;
  const struct cw_value *row;
  int64_t affected;
  if (cw_exec_sql(x, &q, rows ? &result : NULL, &affected, err)) return -1;
  int got = result ? cw_result_next(result, &row, err) : 0;
  if (got == 1 && row[0].type == CW_INT) s->remembered = row[0].i;
  cw_result_free(result);
  return got < 0 ? -1 : 0;
}

static bool starts(const char *line, const char *word) {
  return strncmp(line, word, strlen(word)) == 0;
}

static int run_line(struct cw_script *s, struct cw_exec *x, const char *line, int number,
                    struct cw_err *err) {
  if (starts(line, "make ") || starts(line, "column ") || starts(line, "twice ") ||
      starts(line, "raw ") || starts(line, "drop "))
    return step(x, line, number, err);
  if (starts(line, "sql ")) return sql(s, x, line + 4, false, number, err);
  if (starts(line, "count ")) return sql(s, x, line + 6, true, number, err);
  if (strcmp(line, "commit") == 0) return cw_exec_commit(x, err);
  if (strcmp(line, "block") == 0) return cw_exec_autocommit_enter(x, err);
  if (strcmp(line, "endblock") == 0) return cw_exec_autocommit_leave(x, err);
  if (strcmp(line, "savepoint") == 0) return cw_exec_savepoint_begin(x, err);
  if (strcmp(line, "keep") == 0) return cw_exec_savepoint_end(x, true, err);
  if (strcmp(line, "rollback") == 0) return cw_exec_savepoint_end(x, false, err);
  if (starts(line, "fail "))
    return cw_fail(err, CW_ERR_SCRIPT, "%s", line + 5);
  return cw_fail(err, CW_ERR_SCRIPT, "what is \"%s\"?", line);
}

static int fake_run(struct cw_script *s, const struct cw_revision *revision,
                    enum cw_direction direction, struct cw_exec *x, struct cw_err *err) {
  const struct strvec *body = NULL;
  for (size_t i = 0; i < s->revisions.len; i++)
    if (strcmp(s->revisions.items[i].id, revision->id) == 0)
      body = direction == CW_UP ? &s->revisions.items[i].up : &s->revisions.items[i].down;
  s->remembered = 0;
  for (size_t i = 0; body && i < body->len; i++) {
    const char *line = body->items[i];
    if (starts(line, "if ")) {
      if (strtoll(line + 3, NULL, 10) != s->remembered) i++;
      continue;
    }
    if (starts(line, "try ")) {
      struct cw_err swallowed = CW_ERR_INIT;
      if (run_line(s, x, line + 4, (int)i + 1, &swallowed) &&
          swallowed.code == CW_ERR_CONNECTION_LOST) {
        cw_err_move(err, &swallowed);
        return -1;
      }
      cw_err_release(&swallowed);
    } else if (run_line(s, x, line, (int)i + 1, err)) {
      return -1;
    }
  }
  return 0;
}

/* --- operations ------------------------------------------------------------------------------------------ */

static void add(struct cw_stmts *out, unsigned flags, char *text) {
  cw_stmts_add(out, text, strlen(text), flags);
  free(text);
}

static int fake_compile(struct cw_script *s, struct cw_exec *x, const struct cw_step *const *steps,
                        size_t n, struct cw_stmts *out, struct cw_err *err) {
  (void)s;
  (void)x;
  (void)err;
  for (size_t i = 0; i < n; i++) {
    char a[64] = "", b[64] = "";
    const char *line = steps[i]->handle;
    if (starts(line, "raw ")) {
      cw_stmts_add(out, line + 4, strlen(line + 4), CW_STMT_RAW | CW_STMT_COUNTS);
      continue;
    }
    sscanf(line, "%*s %63s %63s", a, b);
    if (starts(line, "make "))
      add(out, CW_STMT_DDL, xasprintf("CREATE TABLE %s (id INTEGER)", a));
    else if (starts(line, "drop "))
      add(out, CW_STMT_DDL, xasprintf("DROP TABLE %s", a));
    else if (starts(line, "column "))
      add(out, CW_STMT_DDL, xasprintf("ALTER TABLE %s ADD COLUMN %s TEXT", a, b));
    else if (starts(line, "twice ")) {
      add(out, CW_STMT_DDL, xasprintf("CREATE TABLE %s (id INTEGER)", a));
      add(out, CW_STMT_DDL, xasprintf("CREATE TABLE %s (id INTEGER)", b));
    }
  }
  return 0;
}

static int fake_probe(struct cw_script *s, struct cw_exec *x, const struct cw_step *step,
                      enum cw_probe *out, struct cw_err *err) {
  (void)s;
  char a[64] = "", b[64] = "", *found = NULL;
  const char *line = step->handle;
  sscanf(line, "%*s %63s %63s", a, b);
  const char *query = starts(line, "column ")
                          ? "SELECT count(*) FROM pragma_table_info(?) WHERE name = ?"
                          : "SELECT count(*) FROM sqlite_master WHERE name = ? OR name = ?";
  struct cw_value params[] = {cw_text(a), cw_text(b)};
  if (cw_conn_scalar(cw_exec_conn(x), query, params, 2, &found, err)) return -1;
  bool there = found && strcmp(found, starts(line, "twice ") ? "2" : "1") == 0;
  if (starts(line, "drop ")) there = !there;
  *out = there ? CW_PROBE_HAPPENED : CW_PROBE_NOT_YET;
  free(found);
  return 0;
}

static int fake_reverse(struct cw_script *s, json_t *record, json_t **out, struct cw_err *err) {
  (void)s;
  (void)err;
  char a[64] = "";
  const char *line = json_string_value(json_object_get(record, "line"));
  sscanf(line, "%*s %63s", a);
  char *undo = starts(line, "make ") ? xasprintf("drop %s", a) : NULL;
  *out = undo ? json_pack("[{s:s}]", "line", undo) : json_null();
  free(undo);
  return 0;
}

static int fake_invoke(struct cw_script *s, struct cw_exec *x, json_t *record, struct cw_err *err) {
  return run_line(s, x, json_string_value(json_object_get(record, "line")), 0, err);
}

static void *fake_keep(struct cw_script *s, void *record) {
  (void)s;
  return record;
}
static void fake_drop(struct cw_script *s, void *kept) {
  (void)s;
  (void)kept;
}

static int fake_literal(struct cw_script *s, const char *dialect, const struct cw_value *value,
                        struct strbuf *out, struct cw_err *err) {
  (void)s;
  (void)dialect;
  (void)err;
  if (value->type == CW_TEXT)
    strbuf_addf(out, "'%.*s'", (int)value->s.len, value->s.p);
  else
    strbuf_addstr(out, "NULL");
  return 0;
}

const struct cw_script_ops fake_script_ops = {
    .name = "fake",
    .extension = ".fake",
    .open = fake_open,
    .close = fake_close,
    .load_config = fake_config,
    .load_revision = fake_load,
    .run = fake_run,
    .compile = fake_compile,
    .probe = fake_probe,
    .reverse = fake_reverse,
    .invoke = fake_invoke,
    .record_keep = fake_keep,
    .record_drop = fake_drop,
    .literal = fake_literal,
};
