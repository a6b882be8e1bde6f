/* How `require` finds modules: what is preloaded, then the library that the program carries, then the
 * project's folder. Source text only, and no relative path anywhere: the working directory of whoever
 * starts curlew decides nothing. */
#include <ctype.h>

#include "lua/arena.h"
#include "lua/err.h"
#include "lua/state.h"
#include "util/alloc.h"
#include "util/fs.h"

/* "short_src:LINE: text" -> LINE, and where the text begins. */
static int message_line(const char *message, const char **text) {
  for (const char *p = strchr(message, ':'); p; p = strchr(p + 1, ':')) {
    const char *digit = p + 1;
    int line = 0;
    while (isdigit((unsigned char)*digit) && line < 100000000) line = line * 10 + (*digit++ - '0');
    if (digit == p + 1 || digit[0] != ':' || digit[1] != ' ') continue;
    *text = digit + 2;
    return line;
  }
  *text = message;
  return 0;
}

/* Raises what the compiler says at the top of the stack as an error with file and line. */
static void raise_syntax(lua_State *L, const char *chunkname) {
  const char *text;
  int line = message_line(lua_tostring(L, -1), &text);
  lua_newtable(L); /* message error */
  lua_pushfstring(L, "syntax error: %s", text);
  lua_setfield(L, -2, "message");
  lua_pushstring(L, cw_errcode_name(CW_ERR_SYNTAX));
  lua_setfield(L, -2, "code");
  lua_pushstring(L, chunkname + 1);
  lua_setfield(L, -2, "file");
  lua_pushinteger(L, line);
  lua_setfield(L, -2, "line");
  lua_error(L);
}

void cw_lua_load_text(lua_State *L, const char *text, size_t len, const char *chunkname) {
  if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
    text += 3;
    len -= 3;
  }
  if (len > 0 && *text == LUA_SIGNATURE[0])
    cw_lua_raise(L, CW_ERR_BAD_SCRIPT, "Put the source in its place.",
                 "%s is compiled Lua (bytecode); curlew loads source text only", chunkname + 1);
  int status = luaL_loadbufferx(L, text, len, chunkname, "t");
  if (status == LUA_ERRSYNTAX) raise_syntax(L, chunkname);
  if (status != LUA_OK) lua_error(L);
}

/* Searcher: the library that the program carries. */
static int search_library(lua_State *L) {
  const char *module = luaL_checkstring(L, 1);
  if (strncmp(module, "curlew.", 7) != 0) {
    lua_pushliteral(L, "no module of curlew's own");
    return 1;
  }
  const char *path = luaL_gsub(L, module, ".", "/");
  for (int form = 0; form < 2; form++) {
    const char *name = lua_pushfstring(L, form ? "%s/init.lua" : "%s.lua", path);
    size_t len;
    const char *text = cw_lua_resource(cw_lua_script(L), name, &len);
    if (!text) continue;
    cw_lua_load_text(L, text, len, lua_pushfstring(L, "=%s", name));
    lua_pushstring(L, name);
    return 2; /* function name */
  }
  lua_pushfstring(L, "no file '%s.lua' in curlew's library", path);
  return 1;
}

/* Searcher: package.path, which holds the project's folder. */
static int search_project(lua_State *L) {
  const char *module = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_getfield(L, lua_upvalueindex(1), "searchpath");
  lua_pushstring(L, module);
  if (lua_getfield(L, lua_upvalueindex(1), "path") != LUA_TSTRING)
    return luaL_error(L, "'package.path' must be a string");
  lua_call(L, 2, 2); /* module path why-not */
  if (lua_isnil(L, 2)) return 1;
  lua_settop(L, 2);
  const char *path = lua_tostring(L, 2);
  struct cw_arena *arena = cw_arena_push(L); /* module path arena */
  char *shown = cw_path_display(path), *text;
  cw_arena_own(arena, free, shown);
  size_t len;
  if (cw_fs_read(&text, &len, path, &arena->err) < 0) cw_lua_throw(L, &arena->err);
  cw_arena_own(arena, free, text);
  cw_lua_load_text(L, text, len, lua_pushfstring(L, "@%s", shown));
  lua_pushvalue(L, 2);
  return 2; /* function path */
}

void cw_lua_open_search(lua_State *L, struct cw_script *script) {
  lua_getglobal(L, "package");
  const char *dir = script->project_dir;
  int package = lua_gettop(L);
  lua_pushfstring(L, dir ? "%s/?.lua;%s/?/init.lua" : "", dir, dir);
  lua_setfield(L, package, "path");
  lua_pushfstring(L, dir ? "%s/?.so" : "", dir);
  lua_setfield(L, package, "cpath");

  /* searchers: preload, Lua, C, all-in-one -> preload, library, project, C, all-in-one */
  lua_getfield(L, package, "searchers"); /* package searchers */
  for (int i = 5; i > 3; i--) {
    lua_rawgeti(L, -1, i - 1);
    lua_rawseti(L, -2, i);
  }
  lua_pushcfunction(L, search_library);
  lua_rawseti(L, -2, 2);
  lua_pushvalue(L, package);
  lua_pushcclosure(L, search_project, 1);
  lua_rawseti(L, -2, 3);
  lua_settop(L, package - 1);
}
