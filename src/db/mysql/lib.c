/* Loads libmariadb. The table below is the one piece of process-wide state here: written once,
 * behind pthread_once, and only read afterwards. */
#include "db/mysql/lib.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "curlew_config.h"
#include "util/alloc.h"

static struct cw_mysql table;
static char *problem; /* why loading failed; NULL: it did not */
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* dlsym gives an object pointer; POSIX makes it usable as a function's. */
static void find(void *library, const char *name, void *slot) {
  void *symbol = problem ? NULL : dlsym(library, name);
  if (!symbol && !problem) problem = xasprintf("it is too old: %s is missing", name);
  memcpy(slot, &symbol, sizeof symbol);
}

static void load(void) {
  void *library = dlopen(CURLEW_LIBMARIADB_SONAME, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    problem = xstrdup(dlerror());
    return;
  }
#define X(name) find(library, #name, &table.name);
  CW_MYSQL_FUNCTIONS(X)
#undef X
}

const struct cw_mysql *cw_mysql_load(struct cw_err *err) {
  pthread_once(&once, load);
  if (!problem) return &table;
  cw_fail(err, CW_ERR_NO_DRIVER,
          "MariaDB's client library " CURLEW_LIBMARIADB_SONAME " can't be used: %s", problem);
  cw_hint(err, "install it: apt-get install libmariadb3");
  return NULL;
}
