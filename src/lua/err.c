/* Errors between the core and scripts; see err.h. */
#include "lua/err.h"

#include <ctype.h>

#include "util/alloc.h"

static const char metatable_key;

static const enum cw_errcode all_codes[] = {
#define X(id, name, exit) id,
    CW_ERR_CODES(X)
#undef X
};

static enum cw_errcode code_of(const char *name, enum cw_errcode otherwise) {
  for (size_t i = 1; i < sizeof all_codes / sizeof *all_codes; i++)
    if (strcmp(cw_errcode_name(all_codes[i]), name) == 0) return all_codes[i];
  return otherwise;
}

/* --- where ------------------------------------------------------------------------------------- */

/* The user's files are chunks named "@path"; the library's are named "=path". */
static bool user_frame(const lua_Debug *ar) { return ar->source[0] == '@' && ar->currentline > 0; }

const char *cw_lua_user_line(lua_State *L, int *line) {
  lua_Debug ar;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (!user_frame(&ar)) continue;
    *line = ar.currentline;
    return ar.source + 1;
  }
  *line = 0;
  return NULL;
}

/* error() puts "file:line: " before a string. Gives the length of that when it names a line of the
 * user's in the call chain, and the line; file and line go into fields of their own. */
static size_t position_prefix(lua_State *L, const char *text, const char **file, int *line) {
  lua_Debug ar;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (!user_frame(&ar)) continue;
    char prefix[LUA_IDSIZE + 16];
    int len = snprintf(prefix, sizeof prefix, "%s:%d: ", ar.short_src, ar.currentline);
    if (strncmp(text, prefix, (size_t)len) != 0) continue;
    *file = ar.source + 1;
    *line = ar.currentline;
    return (size_t)len;
  }
  *file = cw_lua_user_line(L, line);
  return 0;
}

/* --- tables ------------------------------------------------------------------------------------ */

/* The text of an error as people read it: what happened, what next. */
static int error_tostring(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_getfield(L, 1, "file");
  lua_getfield(L, 1, "line");
  lua_getfield(L, 1, "message");
  lua_getfield(L, 1, "hint"); /* error file line message hint */
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  if (lua_isstring(L, 2)) {
    luaL_addstring(&b, lua_tostring(L, 2));
    if (lua_tointeger(L, 3) > 0) {
      lua_pushfstring(L, ":%I", (LUAI_UACINT)lua_tointeger(L, 3));
      luaL_addvalue(&b);
    }
    luaL_addstring(&b, ": ");
  }
  luaL_addstring(&b, lua_isstring(L, 4) ? lua_tostring(L, 4) : "an error without a message");
  if (lua_isstring(L, 5)) {
    size_t len = luaL_bufflen(&b);
    char last = len ? luaL_buffaddr(&b)[len - 1] : '.';
    luaL_addstring(&b, strchr(".!?:;", last) ? " " : ". ");
    luaL_addstring(&b, lua_tostring(L, 5));
  }
  luaL_pushresult(&b);
  return 1;
}

void cw_lua_open_err(lua_State *L) {
  lua_newtable(L);
  lua_pushcfunction(L, error_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, "curlew.Error");
  lua_setfield(L, -2, "__name");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}

/* Pushes an error table with its metatable and no fields. */
static void new_error(lua_State *L) {
  luaL_checkstack(L, 6, NULL);
  lua_createtable(L, 0, 8);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
  lua_setmetatable(L, -2);
}

/* The table is at the top of the stack. */
static void set_text(lua_State *L, const char *name, const char *text) {
  if (!text || !*text) return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, lua_Integer number) {
  if (!number) return;
  lua_pushinteger(L, number);
  lua_setfield(L, -2, name);
}

static bool has_field(lua_State *L, const char *name) {
  bool has = lua_getfield(L, -1, name) != LUA_TNIL;
  lua_pop(L, 1);
  return has;
}

/* Completes the error table at the top by where the script is now. */
static void set_where(lua_State *L, const char *file, int line) {
  if (!has_field(L, "file") && file) {
    set_text(L, "file", file);
    set_number(L, "line", line);
  }
  if (!has_field(L, "traceback")) {
    luaL_traceback(L, L, NULL, 1);
    lua_setfield(L, -2, "traceback");
  }
}

void cw_lua_push_err(lua_State *L, const struct cw_err *err) {
  new_error(L);
  set_text(L, "code", cw_errcode_name(err->code));
  set_text(L, "message", err->message);
  set_text(L, "hint", err->hint);
  set_text(L, "revision", err->revision);
  set_text(L, "database", err->database);
  set_text(L, "sqlstate", err->sqlstate);
  set_text(L, "statement", err->statement);
  set_text(L, "detail", err->detail);
  set_text(L, "file", err->file);
  set_text(L, "traceback", err->traceback);
  set_number(L, "line", err->line);
  set_number(L, "step", err->step);
  set_number(L, "native", err->native);
  int line;
  const char *file = cw_lua_user_line(L, &line);
  set_where(L, file, line);
}

int cw_lua_throw(lua_State *L, const struct cw_err *err) {
  cw_lua_push_err(L, err);
  lua_error(L);
  abort(); /* lua_error does not return */
}

int cw_lua_raise(lua_State *L, enum cw_errcode code, const char *hint, const char *fmt, ...) {
  new_error(L);
  va_list args;
  va_start(args, fmt);
  lua_pushvfstring(L, fmt, args);
  va_end(args);
  lua_setfield(L, -2, "message");
  set_text(L, "code", cw_errcode_name(code));
  set_text(L, "hint", hint);
  int line;
  const char *file = cw_lua_user_line(L, &line);
  set_where(L, file, line);
  lua_error(L);
  abort();
}

int cw_lua_raise_named(lua_State *L, const char *code, const char *hint, const char *message) {
  cw_lua_raise(L, code_of(code, CW_ERR_SCRIPT), hint, "%s", message);
}

int cw_lua_handler(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING) return 1;
  const char *text = lua_tostring(L, 1), *file;
  int line;
  size_t prefix = position_prefix(L, text, &file, &line);
  new_error(L);
  set_text(L, "code", cw_errcode_name(CW_ERR_SCRIPT));
  set_text(L, "message", text + prefix);
  set_where(L, file, line);
  return 1;
}

/* --- from Lua to the core ----------------------------------------------------------------------- */

struct taking {
  struct cw_err *err;
  enum cw_errcode code;
};

/* The string at t[name] by raw access, malloc'd, or NULL. The table is at index 2. */
static char *take_text(lua_State *L, const char *name) {
  lua_pushstring(L, name);
  lua_rawget(L, 2);
  char *text = lua_type(L, -1) == LUA_TSTRING ? xstrdup(lua_tostring(L, -1)) : NULL;
  lua_pop(L, 1);
  return text;
}

static int take_number(lua_State *L, const char *name) {
  lua_pushstring(L, name);
  lua_rawget(L, 2);
  lua_Integer number = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
  lua_pop(L, 1);
  return number > 0 && number <= INT32_MAX ? (int)number : 0;
}

static void take_into(char **field, char *text) {
  free(*field);
  *field = text;
}

/* Fills the error; every raise leaves it in a state that cw_err_release takes. */
static int take_body(lua_State *L) {
  struct taking *taking = lua_touserdata(L, 1);
  struct cw_err *err = taking->err;
  luaL_checkstack(L, 6, NULL);
  err->code = taking->code;
  if (lua_type(L, 2) != LUA_TTABLE) {
    const char *text = luaL_tolstring(L, 2, NULL);
    take_into(&err->message, xstrdup(text));
    return 0;
  }
  char *name = take_text(L, "code");
  if (name) err->code = code_of(name, taking->code);
  free(name);
  /* What failed is what was run. "usage" is the library's word for a wrong argument; the command's own
   * usage is not what a script gets wrong. */
  if (err->code == CW_ERR_SCRIPT || err->code == CW_ERR_USAGE) err->code = taking->code;
  take_into(&err->hint, take_text(L, "hint"));
  take_into(&err->revision, take_text(L, "revision"));
  take_into(&err->database, take_text(L, "database"));
  take_into(&err->statement, take_text(L, "statement"));
  take_into(&err->detail, take_text(L, "detail"));
  take_into(&err->file, take_text(L, "file"));
  take_into(&err->traceback, take_text(L, "traceback"));
  char *state = take_text(L, "sqlstate");
  if (state) snprintf(err->sqlstate, sizeof err->sqlstate, "%.5s", state);
  free(state);
  err->line = take_number(L, "line");
  err->step = take_number(L, "step");
  lua_pushliteral(L, "native");
  lua_rawget(L, 2);
  err->native = (int)lua_tointeger(L, -1);
  take_into(&err->message, take_text(L, "message"));
  if (!err->message) err->message = xstrdup("an error was raised that says nothing");
  return 0;
}

void cw_lua_take_err(lua_State *L, int status, enum cw_errcode code, struct cw_err *err) {
  struct cw_err taken = CW_ERR_INIT;
  struct taking taking = {&taken, code};
  if (status == LUA_ERRMEM) {
    cw_fail(err, CW_ERR_INTERNAL, "Lua ran out of memory");
    cw_hint(err, "Give curlew more memory, or work through the rows in smaller pieces.");
    return;
  }
  if (status == LUA_ERRERR) {
    cw_fail(err, code, "an error was raised while another error was being handled");
    cw_hint(err, "A script that calls itself without end does that.");
    return;
  }
  int top = lua_gettop(L);
  if (!lua_checkstack(L, 4)) {
    cw_fail(err, CW_ERR_INTERNAL, "Lua ran out of memory while an error was being reported");
    return;
  }
  lua_pushcfunction(L, take_body);
  lua_pushlightuserdata(L, &taking);
  lua_pushvalue(L, top);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK && !taken.message) {
    cw_err_release(&taken);
    cw_fail(&taken, code, "an error was raised that can't be shown");
  }
  lua_settop(L, top);
  if (err)
    cw_err_move(err, &taken);
  else
    cw_err_release(&taken);
}
