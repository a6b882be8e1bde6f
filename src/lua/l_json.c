/* The module curlew.json (op.json): encode, decode, null, array. Objects are written with their keys
 * sorted, floats in the fewest digits that read back the same. */
#include "lua/err.h"
#include "lua/objects.h"
#include "lua/push.h"
#include "util/strbuf.h"

struct writer {
  struct strbuf out;
  bool pretty;
};

static void new_line(struct writer *w, int depth) {
  if (!w->pretty) return;
  strbuf_addch(&w->out, '\n');
  for (int i = 0; i < depth; i++) strbuf_addstr(&w->out, "  ");
}

static void write_string(struct writer *w, const char *text, size_t len) {
  static const char named[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
  strbuf_addch(&w->out, '"');
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)text[i];
    const char *at = c ? strchr(named, c) : NULL;
    if (at)
      strbuf_addf(&w->out, "\\%c", letters[at - named]);
    else if (c < 0x20)
      strbuf_addf(&w->out, "\\u%04x", c);
    else
      strbuf_addch(&w->out, (char)c);
  }
  strbuf_addch(&w->out, '"');
}

static void write_real(struct writer *w, double number) {
  char digits[40];
  for (int precision = 15; precision <= 17; precision++) {
    snprintf(digits, sizeof digits, "%.*g", precision, number);
    if (strtod(digits, NULL) == number) break;
  }
  strbuf_addstr(&w->out, digits);
  if (!strpbrk(digits, ".e")) strbuf_addstr(&w->out, ".0"); /* a float stays one */
}

static int by_key(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_value(struct writer *w, json_t *json, int depth);

static void write_object(struct writer *w, json_t *object, int depth) {
  size_t count = json_object_size(object), n = 0;
  const char **keys = xcalloc(count, sizeof *keys), *key;
  json_t *value;
  json_object_foreach(object, key, value) keys[n++] = key;
  qsort(keys, n, sizeof *keys, by_key);
  strbuf_addch(&w->out, '{');
  for (size_t i = 0; i < n; i++) {
    if (i) strbuf_addch(&w->out, ',');
    new_line(w, depth + 1);
    write_string(w, keys[i], strlen(keys[i]));
    strbuf_addstr(&w->out, w->pretty ? ": " : ":");
    write_value(w, json_object_get(object, keys[i]), depth + 1);
  }
  if (n) new_line(w, depth);
  strbuf_addch(&w->out, '}');
  free(keys);
}

static void write_array(struct writer *w, json_t *array, int depth) {
  size_t count = json_array_size(array);
  strbuf_addch(&w->out, '[');
  for (size_t i = 0; i < count; i++) {
    if (i) strbuf_addch(&w->out, ',');
    new_line(w, depth + 1);
    write_value(w, json_array_get(array, i), depth + 1);
  }
  if (count) new_line(w, depth);
  strbuf_addch(&w->out, ']');
}

static void write_value(struct writer *w, json_t *json, int depth) {
  switch (json_typeof(json)) {
  case JSON_NULL: strbuf_addstr(&w->out, "null"); break;
  case JSON_TRUE: strbuf_addstr(&w->out, "true"); break;
  case JSON_FALSE: strbuf_addstr(&w->out, "false"); break;
  case JSON_INTEGER: strbuf_addf(&w->out, "%" JSON_INTEGER_FORMAT, json_integer_value(json)); break;
  case JSON_REAL: write_real(w, json_real_value(json)); break;
  case JSON_STRING: write_string(w, json_string_value(json), json_string_length(json)); break;
  case JSON_ARRAY: write_array(w, json, depth); break;
  case JSON_OBJECT: write_object(w, json, depth); break;
  }
}

static void release_writer(void *ctx) { strbuf_release(&((struct writer *)ctx)->out); }

/* encode(value, { pretty = bool }) -> text */
static int json_encode(lua_State *L) {
  luaL_checkany(L, 1);
  bool pretty = false;
  if (!lua_isnoneornil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_getfield(L, 2, "pretty");
    pretty = lua_toboolean(L, -1);
  }
  struct cw_arena *arena = cw_arena_push(L);
  json_t *json = cw_lua_to_json(L, 1, 0, "json.encode", arena);
  struct writer *writer = cw_arena_alloc(arena, sizeof *writer);
  *writer = (struct writer){.out = STRBUF_INIT, .pretty = pretty};
  cw_arena_own(arena, release_writer, writer);
  write_value(writer, json, 0);
  lua_pushlstring(L, writer->out.buf, writer->out.len);
  return 1;
}

/* decode(text) -> value */
static int json_decode(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  struct cw_arena *arena = cw_arena_push(L);
  json_error_t why;
  json_t *json = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
  if (!json)
    cw_lua_raise(L, CW_ERR_SCRIPT, NULL, "json.decode: %s, at line %d, column %d of the text",
                 why.text, why.line, why.column);
  cw_lua_push_json(L, cw_arena_json(arena, json), 0);
  return 1;
}

/* array(list) -> the same list, an array even when it is empty */
static int json_array_mark(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  cw_lua_mark_json_array(L);
  return 1;
}

int cw_lua_open_json(lua_State *L) {
  static const luaL_Reg functions[] = {{"encode", json_encode},
                                       {"decode", json_decode},
                                       {"array", json_array_mark},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  cw_lua_push_null(L);
  lua_setfield(L, -2, "null");
  return 1;
}
