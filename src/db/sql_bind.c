/* Parameters bound: `:name` and `?` become the driver's own placeholders, lists behind IN grow.
 *
 * The source is copied lazily: what is not a parameter goes to the output in one piece when the next
 * one is met, so an IN that came just before can still be written another way. */
#include <ctype.h>

#include "db/sql_lex.h"
#include "util/alloc.h"
#include "util/suggest.h"
#include "util/vec.h"

struct binder {
  struct cw_lexer lexer;
  const struct cw_params *params;
  struct cw_bound *out;
  size_t copied;             /* where the source goes on that is not in the output yet */
  bool *used;                /* one for each parameter */
  size_t taken;              /* positional: how many placeholders there were */
  struct strvec names;       /* the :names of the statement */
  VEC(bool) slices;          /* for each open bracket: of an element or slice, not of ARRAY[...] */
  struct cw_token before[3]; /* the last tokens, newest first */
};

/* One parameter where it stands in the statement. */
struct place {
  size_t start, end;
  const struct cw_param *param; /* NULL: a name without a value */
  const char *label;            /* ":ids", "parameter 2": for messages */
};

static bool numbered(const struct binder *b) { return b->lexer.flavor & CW_SQL_NUMBERED; }

static bool word(const struct binder *b, int back, const char *words) {
  return cw_token_among(&b->lexer, &b->before[back], words);
}

static bool punct(const struct binder *b, int back, char c) {
  return cw_token_punct(&b->lexer, &b->before[back], c);
}

/* --- writing ----------------------------------------------------------------------------------- */

/* Copies the source up to `to` and goes on at `resume`. */
static void copy(struct binder *b, size_t to, size_t resume) {
  strbuf_add(&b->out->sql, b->lexer.sql + b->copied, to - b->copied);
  b->copied = resume;
}

static void add_value(struct binder *b, struct cw_value value) {
  struct cw_bound *out = b->out;
  if (out->len == out->cap) {
    out->cap = out->cap ? out->cap * 2 : 8;
    out->values = xreallocarray(out->values, out->cap, sizeof *out->values);
  }
  out->values[out->len++] = value;
  if (numbered(b))
    strbuf_addf(&out->sql, "$%zu", out->len);
  else
    strbuf_addch(&out->sql, '?');
}

/* Nothing is in it, and everything is not in it, whatever the type. PostgreSQL would take a
 * sub-select's untyped NULL for text, an empty array it gives the other side's type. */
static void add_empty(struct binder *b, const struct place *place, int in) {
  bool negated = word(b, in + 1, "NOT");
  if (numbered(b)) {
    copy(b, b->before[negated ? in + 1 : in].start, place->end);
    strbuf_addstr(&b->out->sql, negated ? "<> ALL ('{}')" : "= ANY ('{}')");
    return;
  }
  copy(b, place->start, place->end);
  bool mysql = b->lexer.flavor & CW_SQL_HASH_COMMENTS;
  strbuf_addstr(&b->out->sql,
                mysql ? "(SELECT NULL FROM DUAL WHERE 1 = 0)" : "(SELECT NULL WHERE 1 = 0)");
}

/* Whether the next token is a closing parenthesis; *end is then behind it. */
static bool closes(const struct binder *b, size_t *end) {
  struct cw_lexer ahead = b->lexer;
  struct cw_token t;
  if (cw_lexer_next(&ahead, &t, NULL) || !cw_token_punct(&ahead, &t, ')')) return false;
  *end = ahead.pos;
  return true;
}

static int place_list(struct binder *b, struct place *place, struct cw_err *err) {
  const struct cw_param *param = place->param;
  bool bare = word(b, 0, "IN"), wrapped = punct(b, 0, '(') && word(b, 1, "IN");
  size_t end = place->end;
  if (!bare && !(wrapped && closes(b, &end))) {
    cw_fail(err, CW_ERR_STATEMENT, "%s is a list, which can only stand alone behind IN",
            place->label);
    return cw_hint(err, "write IN (%s)", place->label[0] == ':' ? place->label : "?");
  }
  if (wrapped) { /* the parentheses are ours to write */
    place->start = b->before[0].start;
    place->end = end;
    b->lexer.pos = end;
  }
  if (!param->list_len) {
    add_empty(b, place, wrapped ? 1 : 0);
    return 0;
  }
  copy(b, place->start, place->end);
  for (size_t i = 0; i < param->list_len; i++) {
    strbuf_addstr(&b->out->sql, i ? ", " : "(");
    add_value(b, param->list[i]);
  }
  strbuf_addch(&b->out->sql, ')');
  return 0;
}

static int place_param(struct binder *b, struct place *place, struct cw_err *err) {
  if (place->param && place->param->list) return place_list(b, place, err);
  bool bare_in = word(b, 0, "IN");
  copy(b, place->start, place->end);
  if (bare_in) strbuf_addch(&b->out->sql, '(');
  add_value(b, place->param ? place->param->value : cw_null());
  if (bare_in) strbuf_addch(&b->out->sql, ')');
  return 0;
}

/* --- finding ----------------------------------------------------------------------------------- */

static bool name_char(char c) { return isalnum((unsigned char)c) || c == '_'; }

/* How long the name behind the colon at `start` is; 0: none. */
static size_t name_len(const struct binder *b, size_t start) {
  const char *sql = b->lexer.sql;
  size_t from = start + 1, n = 0;
  if (from < b->lexer.len && isdigit((unsigned char)sql[from])) return 0;
  while (from + n < b->lexer.len && name_char(sql[from + n])) n++;
  return n;
}

/* In `a[lo:hi]` the colon follows an operand; `a[:i]` is an element by a parameter. */
static bool slice_colon(const struct binder *b) {
  if (!b->slices.len || !b->slices.items[b->slices.len - 1]) return false;
  enum cw_token_kind kind = b->before[0].kind;
  return (kind != CW_TOKEN_PUNCT && kind != CW_TOKEN_END) || punct(b, 0, ')') || punct(b, 0, ']');
}

static void track_brackets(struct binder *b, const struct cw_token *t) {
  if (cw_token_punct(&b->lexer, t, '[')) {
    bool inside = b->slices.len && !b->slices.items[b->slices.len - 1];
    bool array = word(b, 0, "ARRAY") || (inside && (punct(b, 0, '[') || punct(b, 0, ',')));
    vec_push(&b->slices, !array);
  } else if (cw_token_punct(&b->lexer, t, ']') && b->slices.len) {
    b->slices.len--;
  }
}

static const struct cw_param *find_named(struct binder *b, const char *name) {
  for (size_t i = 0; i < b->params->len; i++) {
    if (strcmp(b->params->items[i].name, name) != 0) continue;
    b->used[i] = true;
    return &b->params->items[i];
  }
  return NULL;
}

static int bind_name(struct binder *b, struct cw_token *t, size_t len, struct cw_err *err) {
  struct place place = {.start = t->start, .end = t->start + 1 + len};
  char *label = xstrndup(b->lexer.sql + t->start, len + 1);
  b->lexer.pos = place.end;
  t->kind = CW_TOKEN_NUMBER; /* for what follows it is an operand */
  place.label = label;
  int failed;
  if (b->params->named) {
    if (!strvec_has(&b->names, label + 1)) strvec_push(&b->names, label + 1);
    place.param = find_named(b, label + 1);
    failed = place_param(b, &place, err);
  } else {
    cw_fail(err, CW_ERR_STATEMENT, "the statement has %s, but its parameters are a list", label);
    failed = cw_hint(err, "write ? in the statement, or give a table with the key \"%s\"",
                     label + 1);
  }
  free(label);
  return failed;
}

static int bind_mark(struct binder *b, struct cw_token *t, struct cw_err *err) {
  struct place place = {.start = t->start, .end = t->start + 1};
  if (b->params->named) {
    if (numbered(b)) return 0; /* an operator */
    cw_fail(err, CW_ERR_STATEMENT, "the statement has a ?, but its parameters have names");
    return cw_hint(err, "write :name in the statement, or give a list of values");
  }
  if (numbered(b) && place.end < b->lexer.len && b->lexer.sql[place.end] == '?') {
    copy(b, place.end, place.end + 1); /* ?? is PostgreSQL's operator ? */
    b->lexer.pos = place.end + 1;
    return 0;
  }
  char label[40];
  size_t i = b->taken++;
  snprintf(label, sizeof label, "parameter %zu", i + 1);
  t->kind = CW_TOKEN_NUMBER;
  place.label = label;
  place.param = i < b->params->len ? &b->params->items[i] : NULL;
  return place_param(b, &place, err);
}

static int bind_token(struct binder *b, struct cw_token *t, struct cw_err *err) {
  track_brackets(b, t);
  if (cw_token_punct(&b->lexer, t, '?')) return bind_mark(b, t, err);
  if (cw_token_punct(&b->lexer, t, ':')) {
    size_t len = name_len(b, t->start);
    if (len && !slice_colon(b)) return bind_name(b, t, len, err);
  }
  if (t->kind == CW_TOKEN_NUMBER && numbered(b) && b->lexer.sql[t->start] == '$') {
    cw_fail(err, CW_ERR_STATEMENT, "the statement has the placeholder %.*s, which can't be mixed "
            "with parameters", (int)(t->len < 20 ? t->len : 20), b->lexer.sql + t->start);
    return cw_hint(err, "write :name or ?");
  }
  return 0;
}

/* --- all together ------------------------------------------------------------------------------ */

static int unused_name(const struct binder *b, const char *name, struct cw_err *err) {
  cw_fail(err, CW_ERR_STATEMENT, "the parameter \"%s\" is in no place of the statement", name);
  const char *meant = cw_suggest(name, (const char *const *)b->names.items, b->names.len);
  if (meant) return cw_hint(err, "did you mean \"%s\"? The statement has :%s", meant, meant);
  if (!b->names.len) return cw_hint(err, "the statement has no :name at all");
  char *names = strvec_join(&b->names, ", :");
  cw_hint(err, "the statement has :%s", names);
  free(names);
  return -1;
}

static int check_all_used(const struct binder *b, struct cw_err *err) {
  const struct cw_params *params = b->params;
  if (!params->named && b->taken != params->len) {
    cw_fail(err, CW_ERR_STATEMENT, "the statement has %zu placeholder%s and %zu value%s", b->taken,
            b->taken == 1 ? "" : "s", params->len, params->len == 1 ? " is given" : "s are given");
    return cw_hint(err, numbered(b) ? "each ? takes one value; PostgreSQL's operators with a ? are "
                                      "written with ??"
                                    : "each ? takes one value");
  }
  for (size_t i = 0; params->named && !params->lenient && i < params->len; i++)
    if (!b->used[i]) return unused_name(b, params->items[i].name, err);
  return 0;
}

static int bind_all(struct binder *b, struct cw_err *err) {
  struct cw_token t;
  for (;;) {
    if (cw_lexer_next(&b->lexer, &t, err)) return -1;
    if (t.kind == CW_TOKEN_END) break;
    if (t.kind == CW_TOKEN_MARK) continue;
    if (bind_token(b, &t, err)) return -1;
    b->before[2] = b->before[1];
    b->before[1] = b->before[0];
    b->before[0] = t;
  }
  copy(b, b->lexer.len, b->lexer.len);
  return check_all_used(b, err);
}

int cw_sql_bind(const char *sql, size_t len, unsigned flavor, const struct cw_params *params,
                struct cw_bound *out, struct cw_err *err) {
  if (!params) {
    strbuf_add(&out->sql, sql, len);
    return 0;
  }
  struct binder b = {
      .lexer = cw_lexer_over(sql, len, flavor),
      .params = params,
      .out = out,
      .used = xcalloc(params->len + 1, sizeof *b.used),
      .before = {{.kind = CW_TOKEN_END}, {.kind = CW_TOKEN_END}, {.kind = CW_TOKEN_END}},
  };
  int failed = bind_all(&b, err);
  if (failed && err && !err->statement) err->statement = xstrndup(sql, len);
  free(b.used);
  strvec_release(&b.names);
  vec_release(&b.slices);
  return failed;
}

void cw_bound_release(struct cw_bound *bound) {
  strbuf_release(&bound->sql);
  free(bound->values);
  bound->values = NULL;
  bound->len = bound->cap = 0;
}
