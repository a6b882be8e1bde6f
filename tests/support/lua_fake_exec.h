/* An exec for tests of the Lua binding: the functions of op/exec.h over an optional connection, with a
 * log of what the script side asked for. Linked instead of the real one by whoever uses it. */
#ifndef CW_TESTS_LUA_FAKE_EXEC_H
#define CW_TESTS_LUA_FAKE_EXEC_H

#include "db/db.h"
#include "op/exec.h"
#include "script.h"
#include "util/strbuf.h"

struct cw_exec {
  const struct cw_script_ops *ops;
  struct cw_script *script;
  struct cw_conn *conn;      /* NULL: statements are only logged */
  struct cw_exec_info info;
  struct strbuf log;         /* one line a call */
  const struct cw_err *fail; /* what every call fails with, or NULL */
  json_t *key;               /* what an insert answers; borrowed */
  bool skip;                 /* steps are answered as skipped */
  bool keep;                 /* steps wait: `kept` holds the last one */
  struct cw_step kept;
  int fail_savepoint_end;
  int fail_flush;
};

/* `conn` may be NULL. Info says "main", sqlite 3.40, upgrade, online. */
void fake_exec_init(struct cw_exec *x, const struct cw_script_ops *ops, struct cw_script *script,
                    struct cw_conn *conn);
void fake_exec_release(struct cw_exec *x);

#endif
