/* Stopping a script from outside, as lua.c does it: a debug hook raises at the next instruction, and
 * again after every pcall that catches it, until resume.
 *
 * Setting a hook is only safe on the thread that runs Lua. A request from another thread (the
 * watcher of run/signals) is therefore handed to that thread as a queued signal which carries the
 * state's address, so nothing global is needed. Coroutines that were made before the request have no
 * hook; they stop at their next call into curlew (cw_lua_check_interrupt). */
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "lua/err.h"
#include "lua/state.h"

/* Far enough from SIGRTMIN not to meet what libraries use. */
static int wake_signal(void) { return SIGRTMIN + 9; }

/* What the core asks of the library (statements, a probe, a literal) is answered even then: it may be
 * settling the very step that was interrupted. */
static bool due(lua_State *L) {
  struct cw_script *script = cw_lua_script(L);
  return atomic_load(&script->interrupted) > (script->finishing > 0) && !script->shielded;
}

static void raise_interrupted(lua_State *L) {
  cw_lua_raise(L, CW_ERR_INTERRUPTED, NULL, "the script was interrupted");
}

static void on_hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  if (due(L)) raise_interrupted(L);
}

/* On the owner's thread only; lua_sethook may be called from a signal handler. */
static void set_hooks(struct cw_script *script) {
  lua_sethook(script->main, on_hook, LUA_MASKCOUNT, 1);
  if (script->L != script->main) lua_sethook(script->L, on_hook, LUA_MASKCOUNT, 1);
}

static void on_signal(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  if (info->si_code != SI_QUEUE || info->si_pid != getpid()) return; /* somebody else's */
  struct cw_script *script = info->si_value.sival_ptr;
  set_hooks(script);
  atomic_fetch_sub(&script->signals_sent, 1);
}

void cw_lua_interrupt(struct cw_script *script) {
  atomic_fetch_add(&script->interrupted, 1);
  if (pthread_equal(pthread_self(), script->owner)) {
    set_hooks(script);
    return;
  }
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(wake_signal(), &action, NULL);
  atomic_fetch_add(&script->signals_sent, 1);
  union sigval value = {.sival_ptr = script};
  if (pthread_sigqueue(script->owner, wake_signal(), value) != 0)
    atomic_fetch_sub(&script->signals_sent, 1); /* bindings still see the flag */
}

void cw_lua_resume(struct cw_script *script) {
  cw_lua_interrupt_drain(script); /* else a late signal would set the hook again */
  atomic_store(&script->interrupted, 0);
  lua_sethook(script->main, NULL, 0, 0);
  if (script->L != script->main) lua_sethook(script->L, NULL, 0, 0);
}

void cw_lua_interrupt_drain(struct cw_script *script) {
  while (atomic_load(&script->signals_sent) > 0) sched_yield();
}

void cw_lua_check_interrupt(lua_State *L) {
  if (due(L)) raise_interrupted(L);
}
