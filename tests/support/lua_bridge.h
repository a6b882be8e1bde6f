/* A script side for a test: a temporary project folder, the stand-in library, a fake exec. */
#ifndef CW_TESTS_LUA_BRIDGE_H
#define CW_TESTS_LUA_BRIDGE_H

#include "support/lua_fake_exec.h"

struct bridge {
  char *dir;                /* temporary, gone with bridge_close */
  struct cw_script *script;
  struct cw_exec exec;
  struct cw_conn *conn;     /* SQLite in memory when asked for */
  struct cw_revision *rev;  /* of the last bridge_load */
  struct cw_err err;        /* of the last call */
};

enum { BRIDGE_SQLITE = 1 /* with a database */, BRIDGE_EMBEDDED = 2 /* the real library */ };

void bridge_open(struct bridge *b, unsigned flags);
void bridge_close(struct bridge *b);
/* Writes a file of the project. */
void bridge_write(struct bridge *b, const char *name, const char *text);
/* Loads a file's text as DIR/versions/rev.lua; -1 with b->err. */
int bridge_load(struct bridge *b, const char *text);
/* Loads a revision whose upgrade has this body (op, conn-less; `ctx` is its argument) and runs it. The
 * body begins at line 2. */
int bridge_run(struct bridge *b, const char *body);
/* Runs the loaded revision. */
int bridge_move(struct bridge *b, enum cw_direction direction);
/* What the exec logged since the last call; borrowed. */
const char *bridge_log(struct bridge *b);

#endif
