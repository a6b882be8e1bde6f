/* Nearest-name suggestions; see suggest.h. */
#include "util/suggest.h"

#include <ctype.h>
#include <stdint.h>
#include <strings.h>

#include "util/alloc.h"

static int fold(char c) { return tolower((unsigned char)c); }

static size_t min3(size_t a, size_t b, size_t c) {
  size_t m = a < b ? a : b;
  return m < c ? m : c;
}

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
static size_t distance(const char *a, const char *b) {
  size_t n = strlen(a), m = strlen(b), width = m + 1;
  size_t *rows = xcalloc(3 * width, sizeof *rows);
  size_t *before = rows, *last = rows + width, *now = rows + 2 * width;
  for (size_t j = 0; j <= m; j++) last[j] = j;
  for (size_t i = 1; i <= n; i++) {
    now[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t cost = fold(a[i - 1]) != fold(b[j - 1]);
      now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + cost);
      if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1]) &&
          before[j - 2] + 1 < now[j])
        now[j] = before[j - 2] + 1;
    }
    size_t *spare = before;
    before = last;
    last = now;
    now = spare;
  }
  size_t result = last[m];
  free(rows);
  return result;
}

/* The only candidate that begins with the word: who types `hist` means `history`. */
static const char *completed(const char *word, const char *const *candidates, size_t count) {
  const char *only = NULL;
  size_t len = strlen(word);
  if (len < 3) return NULL;
  for (size_t i = 0; i < count; i++) {
    if (strncasecmp(word, candidates[i], len) != 0) continue;
    if (only) return NULL;
    only = candidates[i];
  }
  return only;
}

const char *cw_suggest(const char *word, const char *const *candidates, size_t count) {
  const char *best = NULL;
  size_t best_distance = SIZE_MAX, len = strlen(word);
  if (len > 200) return NULL; /* nobody mistypes that much */
  for (size_t i = 0; i < count; i++) {
    size_t other = strlen(candidates[i]), longer = len > other ? len : other;
    size_t limit = longer / 3 ? longer / 3 : 1;
    size_t d = distance(word, candidates[i]);
    if (d <= limit && d < best_distance) {
      best = candidates[i];
      best_distance = d;
    }
  }
  return best ? best : completed(word, candidates, count);
}
