/* SQLite's result codes in the core's terms: an SQLSTATE where one fits, so that callers ask the same
 * question of every database. */
#include "db/sqlite/lite.h"
#include "util/alloc.h"
#include "util/clock.h"

static const struct {
  int code; /* extended ones before their family */
  char sqlstate[6];
} states[] = {
    {SQLITE_CONSTRAINT_UNIQUE, "23505"},
    {SQLITE_CONSTRAINT_PRIMARYKEY, "23505"},
    {SQLITE_CONSTRAINT_ROWID, "23505"},
    {SQLITE_CONSTRAINT_FOREIGNKEY, "23503"},
    {SQLITE_CONSTRAINT_NOTNULL, "23502"},
    {SQLITE_CONSTRAINT_CHECK, "23514"},
    {SQLITE_CONSTRAINT_TRIGGER, "P0001"},
#ifdef SQLITE_CONSTRAINT_DATATYPE
    {SQLITE_CONSTRAINT_DATATYPE, "42804"},
#endif
    {SQLITE_CONSTRAINT, "23000"},
    {SQLITE_BUSY_SNAPSHOT, "40001"},
    {SQLITE_BUSY, "55P03"},
    {SQLITE_LOCKED, "55P03"},
    {SQLITE_INTERRUPT, "57014"},
    {SQLITE_FULL, "53100"},
    {SQLITE_NOMEM, "53200"},
    {SQLITE_TOOBIG, "54000"},
    {SQLITE_IOERR, "58030"},
    {SQLITE_CANTOPEN, "58030"},
    {SQLITE_NOTADB, "58030"},
    {SQLITE_CORRUPT, "XX001"},
    {SQLITE_READONLY, "25006"},
    {SQLITE_PERM, "42501"},
    {SQLITE_AUTH, "42501"},
    {SQLITE_MISMATCH, "42804"},
    {SQLITE_RANGE, "07001"},
};

/* SQLITE_ERROR says everything else, in words. */
static const struct {
  const char *words;
  char sqlstate[6];
} texts[] = {
    {"no such table", "42P01"},    {"no such view", "42P01"},      {"no such column", "42703"},
    {"has no column named", "42703"}, {"no such index", "42704"},  {"no such trigger", "42704"},
    {"no such collation", "42704"}, {"no such function", "42883"}, {"no such savepoint", "3B001"},
    {"already exists", "42P07"},   {"there is already", "42P07"},
    {"duplicate column name", "42701"}, {"ambiguous column name", "42702"},
    {"syntax error", "42601"},     {"incomplete input", "42601"},  {"unrecognized token", "42601"},
    {"integer overflow", "22003"}, {"malformed JSON", "22032"},
    {"within a transaction", "25001"}, {"no transaction is active", "25P01"},
};

static const char *state_of(int rc, const char *message) {
  for (size_t i = 0; i < sizeof states / sizeof *states; i++)
    if (states[i].code == rc) return states[i].sqlstate;
  for (size_t i = 0; i < sizeof states / sizeof *states; i++)
    if (states[i].code == (rc & 0xff)) return states[i].sqlstate;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (strstr(message, texts[i].words)) return texts[i].sqlstate;
  return "";
}

void cw_lite_codes(int rc, const char *message, struct cw_err *err) {
  if (!err) return;
  err->native = rc;
  snprintf(err->sqlstate, sizeof err->sqlstate, "%s", state_of(rc, message));
}

/* "line 3, column 7 of the statement", where the library knows. */
static void add_position(struct lite_conn *c, const char *sql, struct cw_err *err) {
#if SQLITE_VERSION_NUMBER >= 3038000
  int offset = sqlite3_error_offset(c->db);
  if (!err || offset < 0 || (size_t)offset > strlen(sql)) return;
  int line = 1, column = 1;
  for (int i = 0; i < offset; i++) {
    column++;
    if (sql[i] == '\n') {
      line++;
      column = 1;
    }
  }
  err->detail = xasprintf("line %d, column %d of the statement", line, column);
#else
  (void)c, (void)sql, (void)err;
#endif
}

static int fail_locked(struct lite_conn *c, const char *message, struct cw_err *err) {
  if (c->stopped || atomic_load(&c->cancelled))
    return cw_fail(err, CW_ERR_INTERRUPTED, "interrupted while waiting for another connection's "
                                            "lock on the database");
  char buf[32];
  cw_fail(err, CW_ERR_LOCK_TIMEOUT, "%s: another connection held it for longer than %s", message,
          cw_duration_format(c->busy_ms, buf));
  return cw_hint(err, "find the program that has the file open (fuser, lsof), and let it end its "
                      "transaction");
}

static void add_hint(int rc, struct cw_err *err) {
  if (rc == SQLITE_CONSTRAINT_FOREIGNKEY)
    cw_hint(err, "PRAGMA foreign_key_check lists the rows without a parent");
  else if ((rc & 0xff) == SQLITE_FULL)
    cw_hint(err, "make room on the disk, then run the command again");
  else if ((rc & 0xff) == SQLITE_CORRUPT)
    cw_hint(err, "the file is damaged: restore a backup, or try the sqlite3 shell's .recover");
}

/* What wanted writable_schema will not come to its end: nothing else may write the schema. */
static void protect_schema(struct lite_conn *c) {
  int on = 0;
  sqlite3_db_config(c->db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, -1, &on);
  if (on) sqlite3_db_config(c->db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0, NULL);
}

int cw_lite_fail(struct lite_conn *c, int rc, const char *sql, struct cw_err *err) {
  const char *message = sqlite3_errmsg(c->db);
  int extended = sqlite3_extended_errcode(c->db);
  if ((extended & 0xff) == (rc & 0xff)) rc = extended;
  int primary = rc & 0xff;
  if (primary == SQLITE_BUSY) {
    fail_locked(c, message, err);
  } else {
    cw_fail(err, primary == SQLITE_INTERRUPT ? CW_ERR_INTERRUPTED : CW_ERR_STATEMENT, "%s",
            message);
    add_hint(rc, err);
    if (sql) add_position(c, sql, err);
  }
  cw_lite_codes(rc, message, err);
  protect_schema(c); /* last: it may forget the message */
  return -1;
}
