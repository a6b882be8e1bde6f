/* A project in a temporary folder, in the fake script language, on a SQLite file: for tests of run/. */
#ifndef TESTS_SUPPORT_FAKE_PROJECT_H
#define TESTS_SUPPORT_FAKE_PROJECT_H

#include "run/app.h"
#include "support/cut_driver.h"
#include "util/strbuf.h"

struct project {
  char *dir;
  struct strbuf log;     /* events: one line each */
  struct cut_plan cut;   /* every connection of the project goes through it */
  volatile int stop;
  struct cw_err err;     /* of the last run */
};

/* `config` is the inside of the JSON object behind the url (",\"transaction\":\"all\""), or "". */
void project_init(struct project *p, const char *config);
void project_release(struct project *p);
/* Writes versions/NAME.fake. */
void project_write(struct project *p, const char *name, const char *text);
void project_remove(struct project *p, const char *name);

/* Each opens the project anew, as a process would. 0 or -1 with p->err. */
int project_upgrade(struct project *p, const char *target);
int project_downgrade(struct project *p, const char *target);
int project_stamp(struct project *p, const char *target);
int project_resolve(struct project *p, const char *revision, enum cw_resolution how);
int project_sql(struct project *p, const char *command, const char *target, bool dry_run,
                struct strbuf *out);
json_t *project_status(struct project *p);

/* All rows of a query, values by "|", rows by newline; straight from the file. The caller frees. */
char *project_query(struct project *p, const char *sql);
/* Runs SQL straight on the file. */
void project_exec(struct project *p, const char *sql);

#endif
