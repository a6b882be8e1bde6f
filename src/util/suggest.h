/* "Did you mean ...?": the nearest of a list of names. */
#ifndef CW_UTIL_SUGGEST_H
#define CW_UTIL_SUGGEST_H

#include <stddef.h>

/* The candidate nearest to `word` (Damerau-Levenshtein distance, letter case ignored), or NULL when
 * none is near enough to be meant: at most a third of the longer word's letters differ, one at least
 * allowed. Borrowed from `candidates`. Ties go to the earlier one. */
const char *cw_suggest(const char *word, const char *const *candidates, size_t count);

#endif
