/* The list of drivers in this build, and what a URL says about its database before anything is
 * opened. */
#include "curlew_config.h"
#include "db/driver.h"
#include "db/record/record.h"
#include "util/alloc.h"

extern const struct cw_driver cw_sqlite_driver;
extern const struct cw_driver cw_postgres_driver;
extern const struct cw_driver cw_mysql_driver;

const struct cw_driver *const cw_drivers[] = {
#ifdef CURLEW_HAVE_SQLITE
    &cw_sqlite_driver,
#endif
#ifdef CURLEW_HAVE_POSTGRES
    &cw_postgres_driver,
#endif
#ifdef CURLEW_HAVE_MYSQL
    &cw_mysql_driver,
#endif
    NULL,
};

/* What to tell when a driver was left out when this curlew was built. */
static const struct {
  const char *scheme, *title, *package;
} known[] = {
    {"sqlite", "SQLite", "libsqlite3-dev"},
    {"postgresql", "PostgreSQL", "libpq-dev"},
    {"mysql", "MariaDB and MySQL", "libmariadb-dev"},
};

int cw_driver_find(const struct cw_driver **out, const struct cw_url *url, struct cw_err *err) {
  for (size_t i = 0; cw_drivers[i]; i++) {
    if (strcmp(cw_drivers[i]->name, url->scheme) == 0) {
      *out = cw_drivers[i];
      return 0;
    }
  }
  *out = NULL;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (strcmp(known[i].scheme, url->scheme) != 0) continue;
    cw_fail(err, CW_ERR_NO_DRIVER, "this curlew was built without %s support, which %s needs",
            known[i].title, url->masked);
    return cw_hint(err, "install %s and build curlew again", known[i].package);
  }
  return cw_fail(err, CW_ERR_NO_DRIVER, "there is no driver for %s", url->masked);
}

int cw_driver_traits(const struct cw_url *url, unsigned *caps, unsigned *flavor,
                     const char **dialect, const char **server, struct cw_err *err) {
  const struct cw_driver *driver;
  if (cw_driver_find(&driver, url, err)) return -1;
  *caps = driver->caps;
  *flavor = driver->flavor;
  *dialect = driver->dialect;
  *server = url->mariadb ? "mariadb" : driver->dialect;
  return 0;
}
