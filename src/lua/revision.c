/* Revision files: loaded for what they declare, run later. A file is a chunk with an environment of its
 * own that returns a table; the table is kept under the file's path, since two databases with their
 * own folders may have the same ids. */
#include <ctype.h>

#include "graph/revision.h"
#include "lua/call.h"
#include "lua/doc.h"
#include "lua/err.h"
#include "lua/objects.h"
#include "lua/push.h"
#include "util/fs.h"
#include "util/suggest.h"

static const char loaded_key;

struct loading {
  const char *shown; /* path as messages have it */
  const char *path;  /* absolute: the key */
  const char *text;
  size_t len;
  struct cw_revision *rev;
};

static const char *const known_fields[] = {"revision",     "down_revision", "branch_labels",
                                           "depends_on",   "transaction",   "irreversible",
                                           "upgrade",      "downgrade"};
enum { NKNOWN = sizeof known_fields / sizeof *known_fields };

/* --- the checks; the revision's table is at index 2 --------------------------------------------- */

static bool word_char(char c) { return c == '_' || isalnum((unsigned char)c); }

/* The line on which a word stands in the code: the first one, or the last. 0: nowhere. */
static int line_of(const char *text, size_t len, const char *word, bool last) {
  size_t width = strlen(word);
  int line = 1, found = 0;
  for (const char *p = text, *end = text + len; p < end; p++) {
    if (*p == '\n') {
      line++;
    } else if (end - p > 1 && p[0] == '-' && p[1] == '-') { /* the rest is a comment */
      while (p + 1 < end && p[1] != '\n') p++;
    } else if ((size_t)(end - p) >= width && memcmp(p, word, width) == 0 &&
               (p == text || !word_char(p[-1])) && (p + width == end || !word_char(p[width]))) {
      found = line;
      if (!last) return found;
    }
  }
  return found;
}

/* Raises that the file is wrong: at `field`, or (NULL) in what it returns. */
static void __attribute__((noreturn, format(printf, 4, 5)))
bad(lua_State *L, const char *field, const char *hint, const char *fmt, ...) {
  const struct loading *loading = cw_lua_arg(L, const struct loading);
  struct cw_arena *arena = cw_arena_push(L);
  va_list args;
  va_start(args, fmt);
  cw_vfail(&arena->err, CW_ERR_BAD_SCRIPT, fmt, args);
  va_end(args);
  if (hint) cw_hint(&arena->err, "%s", hint);
  int line = line_of(loading->text, loading->len, field ? field : "return", !field);
  cw_err_where(&arena->err, loading->shown, line ? line : 1);
  cw_lua_throw(L, &arena->err);
}

static void check_names(lua_State *L) {
  for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) continue;
    const char *name = lua_tostring(L, -2);
    bool known = false;
    for (int i = 0; i < NKNOWN && !known; i++) known = strcmp(known_fields[i], name) == 0;
    if (known) continue;
    const char *near = cw_suggest(name, known_fields, NKNOWN);
    if (near)
      bad(L, name, lua_pushfstring(L, "Did you mean `%s`?", near),
          "the revision has a field `%s`, which means nothing", name);
  }
}

/* The string at the top of the stack; `name` for messages. */
static const char *checked_string(lua_State *L, const char *name) {
  size_t len;
  if (lua_type(L, -1) != LUA_TSTRING)
    bad(L, name, NULL, "`%s` must be a string, not a %s", name, luaL_typename(L, -1));
  const char *text = lua_tolstring(L, -1, &len);
  if (strlen(text) != len) bad(L, name, NULL, "`%s` has a NUL byte in it", name);
  if (len == 0) bad(L, name, NULL, "`%s` is an empty string", name);
  return text;
}

static void read_id(lua_State *L, struct cw_revision *rev) {
  if (lua_getfield(L, 2, "revision") == LUA_TNIL)
    bad(L, NULL, "Every revision begins with its id: revision = \"...\".",
        "the revision has no `revision`");
  const char *id = checked_string(L, "revision");
  if (!cw_revision_id_valid(id))
    bad(L, "revision", "An id has letters, digits, `_` and `.`, at most 128, and is none of head, "
        "heads, base and current.", "`revision` is \"%s\", which is no valid id", id);
  rev->id = xstrdup(id);
  lua_pop(L, 1);
}

/* nil, a string or a list of strings. */
static void read_strings(lua_State *L, const char *name, struct strvec *out) {
  int type = lua_getfield(L, 2, name);
  if (type == LUA_TSTRING) {
    strvec_push(out, checked_string(L, name));
  } else if (type == LUA_TTABLE) {
    size_t len = lua_rawlen(L, -1), keys = 0;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) keys++;
    if (keys != len) bad(L, name, NULL, "`%s` must be a string or a list of strings", name);
    for (size_t i = 1; i <= len; i++) {
      lua_rawgeti(L, -1, (lua_Integer)i);
      strvec_push(out, checked_string(L, name));
      lua_pop(L, 1);
    }
  } else if (type != LUA_TNIL) {
    bad(L, name, NULL, "`%s` must be a string or a list of strings, not a %s", name,
        luaL_typename(L, -1));
  }
  lua_pop(L, 1);
}

static void check_labels(lua_State *L, const struct strvec *labels) {
  for (size_t i = 0; i < labels->len; i++)
    if (!cw_revision_label_valid(labels->items[i]))
      bad(L, "branch_labels", "A label has letters, digits, `_`, `.` and `-`, and is none of head, "
          "heads, base and current.", "the branch label \"%s\" is not valid", labels->items[i]);
}

static void read_transaction(lua_State *L, struct cw_revision *rev) {
  static const char *const words[] = {"each", "all", "none"};
  static const enum cw_txn_mode modes[] = {CW_TXN_EACH, CW_TXN_ALL, CW_TXN_NONE};
  if (lua_getfield(L, 2, "transaction") != LUA_TNIL) {
    const char *word = checked_string(L, "transaction");
    size_t i = 0;
    while (i < 3 && strcmp(words[i], word) != 0) i++;
    if (i == 3) {
      const char *near = cw_suggest(word, words, 3);
      bad(L, "transaction", near ? lua_pushfstring(L, "Did you mean \"%s\"?", near) : NULL,
          "`transaction` is \"%s\"; it must be \"each\", \"all\" or \"none\"", word);
    }
    rev->transaction = modes[i];
  }
  lua_pop(L, 1);
}

static void read_irreversible(lua_State *L, struct cw_revision *rev) {
  if (lua_getfield(L, 2, "irreversible") != LUA_TNIL) {
    if (lua_type(L, -1) != LUA_TSTRING)
      bad(L, "irreversible", "Write irreversible = \"why\".", "`irreversible` must be the reason, as a string");
    rev->irreversible = xstrdup(checked_string(L, "irreversible"));
  }
  lua_pop(L, 1);
}

/* nil, a function, or a table of functions by database name. */
static bool read_function(lua_State *L, const char *name) {
  int type = lua_getfield(L, 2, name);
  if (type == LUA_TTABLE) {
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
      if (lua_type(L, -2) != LUA_TSTRING || !lua_isfunction(L, -1))
        bad(L, name, "Write { main = function() ... end, ... }.",
            "`%s` must be a function, or a table of functions by database name", name);
  } else if (type != LUA_TNIL && type != LUA_TFUNCTION) {
    bad(L, name, NULL, "`%s` must be a function, or a table of functions by database name, not a %s",
        name, luaL_typename(L, -1));
  }
  lua_pop(L, 1);
  return type != LUA_TNIL;
}

static void read_fields(lua_State *L, struct cw_revision *rev) {
  check_names(L);
  read_id(L, rev);
  read_strings(L, "down_revision", &rev->down_revision);
  read_strings(L, "depends_on", &rev->depends_on);
  read_strings(L, "branch_labels", &rev->labels);
  check_labels(L, &rev->labels);
  read_transaction(L, rev);
  read_irreversible(L, rev);
  rev->has_upgrade = read_function(L, "upgrade");
  rev->has_downgrade = read_function(L, "downgrade");
  if (!rev->has_upgrade)
    bad(L, NULL, "Add `function M.upgrade() ... end`; it may be empty.", "the revision has no `upgrade`");
}

/* --- whether the text says it all ---------------------------------------------------------------- */

/* "op", 'op' or either in parentheses: what may follow `require`. */
static bool names_op(const char *p, const char *end) {
  while (p < end && (isspace((unsigned char)*p) || *p == '(')) p++;
  return end - p >= 4 && (*p == '"' || *p == '\'') && p[1] == 'o' && p[2] == 'p' && p[3] == *p;
}

/* A file that requires modules of the project may change with them, and one that takes its environment
 * into its hands can't be watched. Words in comments count too: then the file is merely loaded each time. */
static bool says_all_itself(const char *text, size_t len) {
  const char *end = text + len;
  for (const char *p = text; p < end;) {
    if (!word_char(*p)) {
      p++;
      continue;
    }
    const char *word = p;
    while (p < end && word_char(*p)) p++;
    size_t n = (size_t)(p - word);
    if ((n == 4 && memcmp(word, "_ENV", n) == 0) || (n == 2 && memcmp(word, "_G", n) == 0)) return false;
    if (n == 7 && memcmp(word, "require", n) == 0 && !names_op(p, end)) return false;
  }
  return true;
}

/* --- loading ------------------------------------------------------------------------------------- */

static int load_body(lua_State *L) {
  const struct loading *loading = cw_lua_arg(L, const struct loading);
  cw_lua_load_text(L, loading->text, loading->len, lua_pushfstring(L, "@%s", loading->shown));
  cw_lua_push_loading_env(L);
  lua_pushvalue(L, -1); /* loading name chunk env env */
  lua_setupvalue(L, -3, 1);
  lua_insert(L, -2); /* loading name env chunk */
  cw_lua_script(L)->plain = true;
  lua_call(L, 0, 1);
  loading->rev->plain = cw_lua_script(L)->plain && says_all_itself(loading->text, loading->len);
  cw_lua_env_loaded(L, 3);
  if (!lua_istable(L, -1))
    bad(L, NULL, "End the file with `return M`.", "the file returns %s instead of the revision's table",
        lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
  lua_replace(L, 2);
  lua_settop(L, 2); /* loading M */
  read_fields(L, loading->rev);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &loaded_key) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &loaded_key);
  }
  lua_pushvalue(L, 2);
  lua_setfield(L, -2, loading->path);
  return 0;
}

int cw_lua_load_revision(struct cw_script *script, const char *path, const char *text, size_t len,
                         struct cw_revision **out, struct cw_err *err) {
  struct cw_revision *rev = cw_revision_new();
  char *absolute = cw_path_absolute(path), *shown = cw_path_display(absolute);
  struct loading loading = {shown, absolute, text, len, rev};
  script->loading++;
  int status = cw_lua_call(script, load_body, &loading, CW_ERR_BAD_SCRIPT, err);
  script->loading--;
  if (status < 0) {
    cw_err_where(err, shown, 0);
    cw_revision_free(rev);
  } else {
    struct cw_doc doc;
    cw_doc_read(&doc, text, len);
    free(rev->title);
    free(rev->doc);
    rev->title = doc.title;
    rev->doc = doc.text;
    rev->created = doc.created;
    rev->path = xstrdup(absolute);
    *out = rev;
  }
  free(shown);
  free(absolute);
  return status;
}

static int forget_body(lua_State *L) {
  const char *path = cw_lua_arg(L, const char);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &loaded_key) != LUA_TTABLE) return 0;
  lua_pushnil(L);
  lua_setfield(L, -2, path);
  return 0;
}

void cw_lua_forget_revision(struct cw_script *script, const struct cw_revision *revision) {
  struct cw_err ignored = CW_ERR_INIT;
  cw_lua_call(script, forget_body, revision->path, CW_ERR_INTERNAL, &ignored);
  cw_err_release(&ignored);
}

/* --- running -------------------------------------------------------------------------------------- */

struct running {
  const struct cw_revision *rev;
  const char *function; /* "upgrade", "downgrade" */
};

/* Pushes the function to call, or returns false: this revision does nothing on this database. */
static bool push_move(lua_State *L, const struct running *running) {
  const struct cw_revision *rev = running->rev;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &loaded_key) != LUA_TTABLE ||
      lua_getfield(L, -1, rev->path) != LUA_TTABLE)
    luaL_error(L, "the revision %s is not loaded", rev->id);
  int type = lua_getfield(L, -1, running->function);
  if (type == LUA_TTABLE) {
    cw_lua_push_ctx(L);
    lua_getfield(L, -1, "database");
    lua_gettable(L, -3);
    return !lua_isnil(L, -1);
  }
  if (type == LUA_TNIL) {
    if (rev->irreversible)
      cw_lua_raise(L, CW_ERR_IRREVERSIBLE, NULL, "the revision can't be undone: %s",
                   rev->irreversible);
    cw_lua_raise(L, CW_ERR_IRREVERSIBLE, "Write it to be able to undo the revision.",
                 "the revision has no `%s`", running->function);
  }
  return true;
}

static int run_body(lua_State *L) {
  const struct running *running = cw_lua_arg(L, const struct running);
  cw_lua_check_interrupt(L);
  if (!push_move(L, running)) return 0;
  cw_lua_push_ctx(L);
  lua_call(L, 1, 0);
  return 0;
}

int cw_lua_run(struct cw_script *script, const struct cw_revision *revision,
               enum cw_direction direction, struct cw_exec *exec, struct cw_err *err) {
  struct running running = {revision, direction == CW_UP ? "upgrade" : "downgrade"};
  struct cw_lua_frame frame;
  int loading = script->loading;
  script->loading = 0; /* a library user may run a move from a file that is being loaded */
  cw_lua_frame_begin(script, &frame, exec);
  int status = cw_lua_call(script, run_body, &running, CW_ERR_SCRIPT, err);
  cw_lua_frame_end(script, &frame);
  script->loading = loading;
  if (status < 0) {
    cw_err_revision(err, revision->id);
    if (err && cw_errcode_exit(err->code) == 1) cw_err_where(err, revision->path, 0);
  }
  return status;
}
