/* A script language for tests of the core, with no Lua in it. A revision file reads:
 *
 *   # title
 *   rev b1
 *   down a1              none: a base; a comma list: a merge
 *   transaction none     optional
 *   up
 *     make t             step "make": CREATE TABLE t (id INTEGER); has a probe and a reverse
 *     column t c         step "column": ALTER TABLE t ADD COLUMN c TEXT; the same
 *     twice t u          step "twice": one step of two CREATE TABLEs
 *     raw SQL            step "execute": SQL as the user wrote it; no probe
 *     sql SQL            cw_exec_sql, its first value remembered
 *     count SQL          cw_exec_sql that reads; the number is remembered
 *     if N               the next line only when the remembered number is N
 *     commit | block | endblock | savepoint | keep | rollback
 *     try ...            the rest of the line, its failure swallowed
 *     fail TEXT
 *   down
 *     ...
 *
 * Configurations are JSON. */
#ifndef TESTS_SUPPORT_FAKE_SCRIPT_H
#define TESTS_SUPPORT_FAKE_SCRIPT_H

#include "script.h"

extern const struct cw_script_ops fake_script_ops;

#endif
