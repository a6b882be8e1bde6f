/* csv_load: a plugin of curlew in C. It adds one operation,
 *
 *     local rows = op.csv_load("cities", "data/cities.csv", { columns = { "id", "name" }, null = "-" })
 *
 * which fills a table from a file: in chunks through prepared INSERTs while a migration runs
 * (`execute`), as INSERT statements under --sql (`compile`). The path is relative to curlew.lua.
 *
 * How it is safe to raise: the file and the values of a chunk lie in guards from the moment they exist,
 * so every error, ours or Lua's, closes the one and frees the other. csv.c knows nothing of Lua and
 * returns its errors. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <curlew/plugin.h>
#include <lauxlib.h>

#include "csv.h"

/* The host's table: the same for every state of the process. */
static const struct curlew_host_v1 *host;

enum { CHUNK_VALUES = 16384 };

/* --- one call -------------------------------------------------------------------------------------- */

/* What a call works with. The strings belong to the record, the rest to guards. */
struct load {
  struct csv *csv;
  const char *path, *null; /* null: the text that stands for NULL; NULL: an empty field does */
  size_t ncolumns;
  const char *insert; /* "INSERT INTO t (a, b) VALUES " */
};

static void close_csv(void *csv) { csv_close(csv); }

/* Raises about the line of the file that was read last. */
static int bad_file(lua_State *L, const struct load *load, const char *problem) {
  const char *message = lua_pushfstring(L, "%s, line %I: %s", load->path,
                                        (LUAI_UACINT)csv_line(load->csv), problem);
  return host->raise(L, "script", message, "Correct the file; nothing of it has been loaded.");
}

/* A text field of the record at index 1, or NULL. It lives as long as the record. */
static const char *option(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  const char *text = lua_tostring(L, -1);
  lua_pop(L, 1);
  return text;
}

/* Pushes d:name(value on top), in its place. `d` is the dialect's index. */
static void call_dialect(lua_State *L, int d, const char *name) {
  lua_getfield(L, d, name);
  lua_insert(L, -2);
  lua_pushvalue(L, d);
  lua_insert(L, -2);
  lua_call(L, 2, 1);
}

/* Pushes the guard of an open file. */
static void open_file(lua_State *L, struct load *load) {
  const char *path = option(L, "path"), *delimiter = option(L, "delimiter");
  const char *dir = host->project_dir(L);
  if (*path != '/' && dir) path = lua_pushfstring(L, "%s/%s", dir, path);
  load->path = path;
  void **slot = host->guard(L, close_csv); /* empty first: nothing can be lost in between */
  *slot = csv_open(path, *delimiter);
  if (!*slot)
    host->raise(L, "script", lua_pushfstring(L, "%s can't be read: %s", path, strerror(errno)),
                "Paths are relative to the folder of curlew.lua.");
  load->csv = *slot;
  load->null = option(L, "null");
}

/* Pushes the beginning of the INSERT. Columns come from the option, else from the file's first line,
 * which is passed over in any case unless header = false. */
static void begin_insert(lua_State *L, int d, struct load *load) {
  const struct csv_field *fields;
  size_t count = 0;
  int header = 0;
  lua_getfield(L, 1, "header");
  if (lua_toboolean(L, -1)) {
    if ((header = csv_next(load->csv, &fields, &count)) < 0) bad_file(L, load, csv_problem(load->csv));
    if (!header) bad_file(L, load, "the file is empty, and its first line should name the columns");
  }
  if (lua_getfield(L, 1, "columns") == LUA_TNIL) {
    if (!header) bad_file(L, load, "header = false needs the option columns");
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
      lua_pushlstring(L, fields[i].text, fields[i].len);
      lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
  }
  load->ncolumns = lua_rawlen(L, -1);
  call_dialect(L, d, "names");
  lua_getfield(L, d, "qualified"); /* d:qualified(schema, table) */
  lua_pushvalue(L, d);
  lua_getfield(L, 1, "schema");
  lua_getfield(L, 1, "table");
  lua_call(L, 3, 1);
  load->insert = lua_pushfstring(L, "INSERT INTO %s (%s) VALUES ", lua_tostring(L, -1), lua_tostring(L, -2));
}

/* The next record's fields, as many as columns, or NULL at the end. */
static const struct csv_field *next(lua_State *L, const struct load *load) {
  const struct csv_field *fields;
  size_t count;
  int got = csv_next(load->csv, &fields, &count);
  if (got < 0) bad_file(L, load, csv_problem(load->csv));
  if (got > 0 && count != load->ncolumns)
    bad_file(L, load, lua_pushfstring(L, "%I fields for %I columns", (LUAI_UACINT)count,
                                      (LUAI_UACINT)load->ncolumns));
  return got ? fields : NULL;
}

static int is_null(const struct load *load, const struct csv_field *field) {
  if (field->quoted) return 0;
  if (!load->null) return field->len == 0;
  return strlen(load->null) == field->len && memcmp(load->null, field->text, field->len) == 0;
}

/* --- execute: through a prepared INSERT ------------------------------------------------------------- */

/* The values of one chunk. Fields are copied, since the reader forgets them with the next record. */
struct chunk {
  struct curlew_value *values;
  size_t *at; /* where each text begins in `text` */
  char *text;
  size_t count, len, room;
};

static void free_chunk(void *resource) {
  struct chunk *chunk = resource;
  free(chunk->values);
  free(chunk->at);
  free(chunk->text);
  free(chunk);
}

static int add(struct chunk *chunk, const struct csv_field *field, int null) {
  size_t i = chunk->count++;
  chunk->values[i].type = null ? CURLEW_NULL : CURLEW_TEXT;
  chunk->values[i].as.text.len = field->len;
  chunk->at[i] = chunk->len;
  if (null) return 0;
  if (chunk->room - chunk->len < field->len) {
    size_t room = (chunk->len + field->len) * 2;
    char *text = realloc(chunk->text, room);
    if (!text) return -1;
    chunk->text = text;
    chunk->room = room;
  }
  if (field->len) memcpy(chunk->text + chunk->len, field->text, field->len);
  chunk->len += field->len;
  return 0;
}

static struct chunk *new_chunk(lua_State *L) {
  void **slot = host->guard(L, free_chunk);
  struct chunk *chunk = calloc(1, sizeof *chunk);
  *slot = chunk;
  if (chunk) chunk->values = calloc(CHUNK_VALUES, sizeof *chunk->values);
  if (chunk) chunk->at = calloc(CHUNK_VALUES, sizeof *chunk->at);
  if (!chunk || !chunk->values || !chunk->at) luaL_error(L, "out of memory");
  return chunk;
}

/* The INSERT for one row, or for as many as fit a chunk (NULL: the server takes rows one by one as fast). */
struct texts {
  const char *one, *many;
};

/* Pushes "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)". */
static const char *push_insert(lua_State *L, const struct load *load, size_t rows) {
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  luaL_addstring(&text, load->insert);
  for (size_t row = 0; row < rows; row++) {
    for (size_t i = 0; i < load->ncolumns; i++) luaL_addstring(&text, i ? ", ?" : row ? ", (?" : "(?");
    luaL_addchar(&text, ')');
  }
  luaL_pushresult(&text);
  return lua_tostring(L, -1);
}

static int64_t send(lua_State *L, struct curlew_conn *conn, const struct texts *sql, struct chunk *chunk,
                    size_t ncolumns) {
  int64_t affected = 0;
  size_t rows = chunk->count / ncolumns;
  int failed;
  for (size_t i = 0; i < chunk->count; i++)
    if (chunk->values[i].type == CURLEW_TEXT) chunk->values[i].as.text.p = chunk->text + chunk->at[i];
  if (sql->many && rows == CHUNK_VALUES / ncolumns)
    failed = host->query(conn, sql->many, strlen(sql->many), chunk->values, chunk->count, NULL, NULL, &affected);
  else
    failed = host->batch(conn, sql->one, strlen(sql->one), chunk->values, ncolumns, rows, &affected);
  if (failed) host->raise_last(L, conn);
  chunk->count = chunk->len = 0;
  return affected;
}

/* execute(record, conn, dialect) -> rows */
static int execute(lua_State *L) {
  struct load load = {0};
  int64_t rows = 0;
  open_file(L, &load);
  begin_insert(L, 3, &load);
  if (load.ncolumns == 0 || load.ncolumns > CHUNK_VALUES)
    bad_file(L, &load, "there are no columns, or too many");
  struct curlew_conn *conn = host->conn(L, 2);
  struct texts sql = {.one = push_insert(L, &load, 1)};
  if (strcmp(host->server(conn), "mysql") == 0) /* it has no arrays of parameters, but long statements */
    sql.many = push_insert(L, &load, CHUNK_VALUES / load.ncolumns);

  struct chunk *chunk = new_chunk(L);
  const struct csv_field *fields;
  while ((fields = next(L, &load))) {
    for (size_t i = 0; i < load.ncolumns; i++)
      if (add(chunk, &fields[i], is_null(&load, &fields[i]))) luaL_error(L, "out of memory");
    if (chunk->count + load.ncolumns > CHUNK_VALUES) rows += send(L, conn, &sql, chunk, load.ncolumns);
    host->check_interrupt(L);
  }
  if (chunk->count) rows += send(L, conn, &sql, chunk, load.ncolumns);
  host->log(L, lua_pushfstring(L, "%I rows from %s", (LUAI_UACINT)rows, load.path));
  lua_pushinteger(L, (lua_Integer)rows);
  return 1;
}

/* --- compile: statements to print ------------------------------------------------------------------- */

/* compile(record, dialect) -> list of SQL */
static int compile(lua_State *L) {
  struct load load = {0};
  open_file(L, &load);
  begin_insert(L, 2, &load);
  lua_newtable(L);
  int list = lua_gettop(L);
  const struct csv_field *fields;
  for (lua_Integer n = 1; (fields = next(L, &load)); n++) {
    lua_createtable(L, (int)load.ncolumns, 0); /* the record's literals, then joined */
    int literals = lua_gettop(L);
    for (size_t i = 0; i < load.ncolumns; i++) {
      if (is_null(&load, &fields[i]))
        host->push_null(L);
      else
        lua_pushlstring(L, fields[i].text, fields[i].len);
      call_dialect(L, 2, "literal");
      lua_rawseti(L, literals, (lua_Integer)i + 1);
    }
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    luaL_addstring(&text, load.insert);
    for (size_t i = 0; i < load.ncolumns; i++) {
      luaL_addstring(&text, i ? ", " : "(");
      lua_rawgeti(L, literals, (lua_Integer)i + 1);
      luaL_addvalue(&text);
    }
    luaL_addchar(&text, ')');
    luaL_pushresult(&text);
    lua_rawseti(L, list, n);
    lua_settop(L, list);
  }
  return 1;
}

/* --- check and result ------------------------------------------------------------------------------- */

/* check(record) -> what is wrong with the arguments, or nothing */
static int check(lua_State *L) {
  if (strlen(option(L, "delimiter")) == 1 && *option(L, "delimiter") != '"') return 0;
  lua_pushliteral(L, "delimiter must be one character, and no quote");
  return 1;
}

/* result(record, affected) -> what op.csv_load returns */
static int result(lua_State *L) {
  lua_settop(L, 2);
  return 1;
}

/* --- the manifest ----------------------------------------------------------------------------------- */

/* What is data is shorter in Lua; the functions are filled in below. */
static const char manifest[] =
    "return {\n"
    "  name = 'csv_load', version = '1.0.0', api = 1, description = 'Loads tables from CSV files.',\n"
    "  operations = { csv_load = {\n"
    "    args = { { 'table', 'name', doc = 'The table to fill' },\n"
    "             { 'path', 'text', doc = 'The file, relative to curlew.lua' } },\n"
    "    options = { { 'columns', 'names', doc = 'Instead of the names in the first line' },\n"
    "                { 'header', 'boolean', default = true, doc = 'Whether the first line has names' },\n"
    "                { 'delimiter', 'text', default = ',' },\n"
    "                { 'null', 'text', doc = 'What stands for NULL; by default nothing at all does' } },\n"
    "  } },\n"
    "}\n";

int curlew_plugin_v1(lua_State *L, const struct curlew_host_v1 *given) {
  static const luaL_Reg functions[] = {
      {"execute", execute}, {"compile", compile}, {"check", check}, {"result", result}, {NULL, NULL}};
  host = given;
  if (!CURLEW_HOST_HAS(host, raise_last))
    return luaL_error(L, "csv_load needs a newer curlew than %s", host->version);
  if (luaL_loadbufferx(L, manifest, sizeof manifest - 1, "=csv_load.c", "t") != LUA_OK) lua_error(L);
  lua_call(L, 0, 1);
  lua_getfield(L, -1, "operations");
  lua_getfield(L, -1, "csv_load");
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 2);
  return 1;
}
