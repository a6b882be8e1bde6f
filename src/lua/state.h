/* The script side of one project: a Lua state, the moves that run in it, and what it must let go of
 * when they end. This is the `struct cw_script` of script.h; private to src/lua.
 *
 * `L` is the thread that runs now. It differs from `main` while a script's coroutine has called into
 * the core, because the core's calls back (compile, hooks) must continue on the stack that made them.
 * Whoever calls the core from a binding brackets it with cw_lua_enter and cw_lua_leave. */
#ifndef CW_LUA_STATE_H
#define CW_LUA_STATE_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <lauxlib.h>
#include <lua.h>

#include "lua/pool.h"
#include "script.h"

struct cw_lua_conn;
struct cw_lua_result;

/* One use of an exec by the script side. Objects that scripts hold (connections, results) carry the
 * frame's id, never its address: a late use is told from a valid one by looking the id up here. */
struct cw_lua_frame {
  struct cw_exec *exec;
  uint64_t id;
  struct cw_lua_result *results; /* open ones, closed when the frame ends */
  struct cw_lua_frame *up;
};

/* A library file read from $CURLEW_LUA_PATH; kept, because script.h lends its bytes out. */
struct cw_lua_file {
  char *name, *data;
  size_t len;
};

struct cw_script {
  lua_State *main, *L;
  struct cw_lua_pool pool;         /* their memory */
  char *project_dir, *lua_path;    /* absolute, or NULL */
  struct cw_lua_frame *frames;     /* innermost first */
  uint64_t last_frame;             /* ids are never used twice */
  int loading;                     /* depth: a file's top level is running */
  bool plain;                      /* the file being loaded has read nothing that may change */
  int configuring;                 /* depth: curlew.connect is allowed */
  int shielded;                    /* depth: the core needs an answer, interrupts wait */
  int finishing;                   /* depth: a backfill's batch is let end, the first interrupt waits */
  struct cw_lua_conn *config_conns;/* what curlew.connect opened */
  VEC(struct cw_lua_file) files;
  VEC(void *) libraries;           /* of plugins in C, closed last */
  pthread_t owner;                 /* the thread that runs Lua */
  atomic_int interrupted;          /* how often interrupt was called since resume */
  atomic_int signals_sent;         /* to the owner, not handled yet (interrupt.c) */
};

/* `alloc` (NULL: realloc and free) lets tests fail allocations. */
int cw_lua_open(struct cw_script **out, const struct cw_script_opts *opts, lua_Alloc alloc,
                void *alloc_ctx, struct cw_err *err);
void cw_lua_close(struct cw_script *script);

/* The script side that a state or one of its coroutines belongs to. */
struct cw_script *cw_lua_script(lua_State *L);

/* Around a call from a binding into the core. Between the two nothing may raise. */
lua_State *cw_lua_enter(struct cw_script *script, lua_State *L);
void cw_lua_leave(struct cw_script *script, lua_State *outer);

/* Begins a use of an exec; ending it closes the results that were left open. When the exec is the
 * one of the innermost frame, `frame` stays unused and that frame serves. */
void cw_lua_frame_begin(struct cw_script *script, struct cw_lua_frame *frame,
                        struct cw_exec *exec);
void cw_lua_frame_end(struct cw_script *script, struct cw_lua_frame *frame);
/* The frame of an id, or NULL: it has ended. */
struct cw_lua_frame *cw_lua_frame_find(struct cw_script *script, uint64_t id);

/* interrupt.c: stopping Lua from outside. */
void cw_lua_interrupt(struct cw_script *script);
void cw_lua_resume(struct cw_script *script);
void cw_lua_interrupt_drain(struct cw_script *script); /* before close: no signal is under way */
/* For bindings: raises when an interrupt was asked for. */
void cw_lua_check_interrupt(lua_State *L);

/* resource.c: the files that the program carries, $CURLEW_LUA_PATH first. */
const char *cw_lua_resource(struct cw_script *script, const char *name, size_t *len);
void cw_lua_resources(struct cw_script *script, const char *prefix, struct strvec *names);

/* search.c: package.path, package.cpath and the searchers. Raises. */
void cw_lua_open_search(lua_State *L, struct cw_script *script);
/* Loads source text (never bytecode) as a function, pushed; raises a syntax error that names the file.
 * A byte order mark is skipped. */
void cw_lua_load_text(lua_State *L, const char *text, size_t len, const char *chunkname);

/* strict.c: undeclared globals are errors. Raises. */
void cw_lua_open_strict(lua_State *L);
/* Pushes a fresh environment for one file; its first upvalue is set by the caller. */
void cw_lua_push_env(lua_State *L);
/* The same for a revision file: until cw_lua_env_loaded, reading what might have changed by the next
 * command (nearly everything but `require`, `ipairs` and their like) sets script->plain to false. */
void cw_lua_push_loading_env(lua_State *L);
void cw_lua_env_loaded(lua_State *L, int env);

#endif
