/* The script side of tests; see lua_bridge.h. */
#include "support/lua_bridge.h"

#include <ftw.h>
#include <unistd.h>

#include "graph/revision.h"
#include "util/fs.h"

static char *log_text;

static void must(int status, const struct cw_err *err) {
  if (status == 0) return;
  fprintf(stderr, "lua_bridge: %s\n", err->message);
  abort();
}

void bridge_open(struct bridge *b, unsigned flags) {
  static const char library[] = CURLEW_SOURCE_DIR "/tests/support/lua_library";
  *b = (struct bridge){.err = CW_ERR_INIT};
  char template[] = "/tmp/curlew_lua_XXXXXX";
  if (!mkdtemp(template)) abort();
  b->dir = xstrdup(template);
  struct cw_script_opts opts = {.project_dir = b->dir,
                                .lua_path = flags & BRIDGE_EMBEDDED ? NULL : library};
  must(cw_script_lua.open(&b->script, &opts, &b->err), &b->err);
  if (flags & BRIDGE_SQLITE) {
    struct cw_url *url;
    struct cw_conn_opts conn_opts = {.application = "test"};
    must(cw_url_parse(&url, "sqlite://", b->dir, &b->err), &b->err);
    must(cw_conn_open(&b->conn, url, &conn_opts, &b->err), &b->err);
    cw_url_free(url);
  }
  fake_exec_init(&b->exec, &cw_script_lua, b->script, b->conn);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
  (void)st, (void)type, (void)ftw;
  return remove(path);
}

void bridge_close(struct bridge *b) {
  cw_script_lua.close(b->script);
  cw_conn_free(b->conn);
  fake_exec_release(&b->exec);
  cw_revision_free(b->rev);
  cw_err_release(&b->err);
  nftw(b->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  xfree(b->dir);
  xfree(log_text);
}

void bridge_write(struct bridge *b, const char *name, const char *text) {
  char *path = cw_path_join(b->dir, name), *dir = cw_path_dirname(path);
  must(cw_fs_mkdirs(dir, &b->err), &b->err);
  must(cw_fs_write_atomic(path, text, strlen(text), false, &b->err), &b->err);
  free(dir);
  free(path);
}

int bridge_load(struct bridge *b, const char *text) {
  char *path = cw_path_join(b->dir, "versions/rev.lua");
  cw_revision_free(b->rev);
  b->rev = NULL;
  cw_err_release(&b->err);
  int status = cw_script_lua.load_revision(b->script, path, text, strlen(text), &b->rev, &b->err);
  free(path);
  return status;
}

int bridge_move(struct bridge *b, enum cw_direction direction) {
  cw_err_release(&b->err);
  return cw_script_lua.run(b->script, b->rev, direction, &b->exec, &b->err);
}

int bridge_run(struct bridge *b, const char *body) {
  char *text = xasprintf("local op = require 'op'; local M = { revision = 'r1' }; function M.upgrade"
                         "(ctx) local _ = ctx, op\n%s\nend return M", body);
  must(bridge_load(b, text), &b->err);
  free(text);
  return bridge_move(b, CW_UP);
}

const char *bridge_log(struct bridge *b) {
  free(log_text);
  log_text = strbuf_detach(&b->exec.log, NULL);
  return log_text;
}
