/* Graphs for tests, written as text, one revision a line:
 *
 *   id [< parent...] [> dependency...] [@ label...] [# title]
 *
 * Files are called "v/ID.lua". */
#ifndef TESTS_SUPPORT_GRAPHS_H
#define TESTS_SUPPORT_GRAPHS_H

#include "graph/graph.h"

/* Not linked yet. */
struct cw_graph *graph_text(const char *text);
/* Linked; a problem ends the test program. */
struct cw_graph *graph_linked(const char *text);
/* Words separated by spaces, appended. */
void words_of(struct strvec *out, const char *text);
/* "a b c" of a list, a set, or strings; the caller frees. */
char *ids_of(const struct cw_revlist *list);
char *ids_in(const struct cw_graph *graph, const struct cw_revset *set);

/* A linked graph of `count` revisions r0000, r0001, ...: a pseudo-random mix of forks, merges, roots
 * and dependencies, the same for the same seed. */
struct cw_graph *graph_random(unsigned seed, size_t count);
/* The next of a row of pseudo-random numbers below `limit`. */
unsigned graph_dice(unsigned *seed, unsigned limit);

#endif
