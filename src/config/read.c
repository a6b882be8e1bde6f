/* Typed values out of a configuration; see read.h. */
#include "config/read.h"

#include <limits.h>
#include <math.h>

#include "util/clock.h"
#include "util/fs.h"
#include "util/strbuf.h"
#include "util/suggest.h"

/* --- messages ---------------------------------------------------------------------------------- */

/* What the user wrote, in a few words. A long string is cut: it may be a whole query. */
static void describe(json_t *value, struct strbuf *out) {
  if (cw_config_function(value)) {
    strbuf_addstr(out, "a function");
  } else if (json_is_string(value)) {
    const char *text = json_string_value(value);
    if (strlen(text) > 60 || strstr(text, "://")) /* a URL may hold a password */
      strbuf_addstr(out, "another string");
    else
      strbuf_addf(out, "\"%s\"", text);
  } else if (json_is_number(value)) {
    char *number = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    strbuf_addstr(out, number ? number : "a number");
    free(number);
  } else if (json_is_boolean(value)) {
    strbuf_addstr(out, json_is_true(value) ? "true" : "false");
  } else if (json_is_array(value)) {
    strbuf_addstr(out, "a list");
  } else if (json_is_object(value)) {
    strbuf_addstr(out, json_object_size(value) ? "a table" : "an empty table");
  } else {
    strbuf_addstr(out, "nothing");
  }
}

int cw_config_wrong(struct cw_config_reader *r, const char *name, const char *expected,
                    json_t *value) {
  struct strbuf was = STRBUF_INIT;
  describe(value, &was);
  cw_fail(r->err, CW_ERR_CONFIG, "%s: `%s%s` must be %s, not %s", r->shown, r->prefix, name,
          expected, was.buf);
  strbuf_release(&was);
  return -1;
}

int cw_config_suggest(struct cw_config_reader *r, const char *word, const char *const *names,
                      size_t count, const char *lead) {
  const char *near = cw_suggest(word, names, count);
  if (near) return cw_hint(r->err, "Did you mean `%s`?", near);
  struct strbuf list = STRBUF_INIT;
  for (size_t i = 0; i < count; i++) {
    strbuf_addsep(&list, ", ");
    strbuf_addstr(&list, names[i]);
  }
  cw_hint(r->err, "%s: %s.", lead, list.buf);
  strbuf_release(&list);
  return -1;
}

/* --- tables of keys ---------------------------------------------------------------------------- */

static int unknown_key(struct cw_config_reader *r, const char *name,
                       const struct cw_config_key *keys) {
  VEC(const char *) names = {0};
  for (const struct cw_config_key *key = keys; key->name; key++) vec_push(&names, key->name);
  cw_fail(r->err, CW_ERR_CONFIG, "%s: there is no setting `%s%s`", r->shown, r->prefix, name);
  cw_config_suggest(r, name, names.items, names.len, "The settings are");
  vec_release(&names);
  return -1;
}

int cw_config_keys_into(struct cw_config_reader *r, json_t *object,
                        const struct cw_config_key *keys, void *base) {
  const char *name;
  json_t *value;
  /* Unknown keys first, and the keys in the table's order: the same message on every run. */
  struct strvec unknown = {0};
  json_object_foreach(object, name, value) {
    const struct cw_config_key *key = keys;
    while (key->name && strcmp(key->name, name) != 0) key++;
    if (!key->name) strvec_push(&unknown, name);
  }
  strvec_sort(&unknown);
  int status = unknown.len ? unknown_key(r, unknown.items[0], keys) : 0;
  strvec_release(&unknown);
  for (const struct cw_config_key *key = keys; key->name && status == 0; key++) {
    value = json_object_get(object, key->name);
    if (value && !json_is_null(value))
      status = key->read(r, key->name, value, (char *)base + key->offset);
  }
  return status;
}

int cw_config_table(struct cw_config_reader *r, const char *name, json_t *value,
                    const struct cw_config_key *keys, void *base) {
  if (!json_is_object(value) || cw_config_function(value)) {
    char *expected = xasprintf("a table such as { %s = ... }", keys[0].name);
    cw_config_wrong(r, name, expected, value);
    free(expected);
    return -1;
  }
  struct cw_config_reader inner = *r;
  char *prefix = xasprintf("%s%s.", r->prefix, name);
  inner.prefix = prefix;
  int status = cw_config_keys_into(&inner, value, keys, base);
  free(prefix);
  return status;
}

/* --- values ------------------------------------------------------------------------------------ */

int cw_config_function(json_t *value) {
  if (!json_is_object(value) || json_object_size(value) != 1) return 0;
  return (int)json_integer_value(json_object_get(value, "$function"));
}

bool cw_config_is_list(json_t *value) {
  return json_is_array(value) || (json_is_object(value) && !json_object_size(value));
}

int cw_config_string(struct cw_config_reader *r, const char *name, json_t *value, char **out) {
  if (!json_is_string(value)) return cw_config_wrong(r, name, "a string", value);
  const char *text = json_string_value(value);
  if (!*text) return cw_config_wrong(r, name, "a string that is not empty", value);
  if (strlen(text) != json_string_length(value))
    return cw_fail(r->err, CW_ERR_CONFIG, "%s: `%s%s` has a NUL byte in it", r->shown, r->prefix,
                   name);
  free(*out);
  *out = xstrdup(text);
  return 0;
}

int cw_config_strings(struct cw_config_reader *r, const char *name, json_t *value,
                      struct strvec *out) {
  if (!cw_config_is_list(value)) return cw_config_wrong(r, name, "a list of strings", value);
  for (size_t i = 0; i < json_array_size(value); i++) {
    char *text = NULL, *item = xasprintf("%s[%zu]", name, i + 1);
    int status = cw_config_string(r, item, json_array_get(value, i), &text);
    free(item);
    if (status < 0) return -1;
    strvec_take(out, text);
  }
  return 0;
}

/* Relative to curlew.lua's folder. */
static char *from_dir(struct cw_config_reader *r, const char *path) {
  char *joined = cw_path_join(r->dir, path), *absolute = cw_path_absolute(joined);
  free(joined);
  return absolute;
}

int cw_config_paths(struct cw_config_reader *r, const char *name, json_t *value,
                    struct strvec *out) {
  struct strvec texts = {0};
  int status = 0;
  if (json_is_string(value)) { /* one folder needs no list */
    char *text = NULL;
    status = cw_config_string(r, name, value, &text);
    if (status == 0) strvec_take(&texts, text);
  } else if (!cw_config_is_list(value)) {
    status = cw_config_wrong(r, name, "a list of folders", value);
  } else {
    status = cw_config_strings(r, name, value, &texts);
  }
  for (size_t i = 0; status == 0 && i < texts.len; i++)
    strvec_take(out, from_dir(r, texts.items[i]));
  strvec_release(&texts);
  return status;
}

int cw_config_choice(struct cw_config_reader *r, const char *name, json_t *value,
                     const char *const *words, size_t *index) {
  const char *text = json_string_value(value);
  for (*index = 0; text && words[*index]; ++*index)
    if (strcmp(words[*index], text) == 0) return 0;
  struct strbuf list = STRBUF_INIT;
  strbuf_addstr(&list, "one of ");
  for (size_t i = 0; words[i]; i++) strbuf_addf(&list, "%s\"%s\"", i ? ", " : "", words[i]);
  cw_config_wrong(r, name, list.buf, value);
  strbuf_release(&list);
  return -1;
}

int cw_config_read_string(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  return cw_config_string(r, name, value, to);
}

int cw_config_read_path(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  char *text = NULL, **out = to;
  if (cw_config_string(r, name, value, &text) < 0) return -1;
  free(*out);
  *out = from_dir(r, text);
  free(text);
  return 0;
}

int cw_config_read_strings(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  return cw_config_strings(r, name, value, to);
}

int cw_config_read_paths(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  return cw_config_paths(r, name, value, to);
}

int cw_config_read_count(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  double number = json_number_value(value);
  if (!json_is_number(value) || number < 0 || number > INT_MAX || floor(number) != number)
    return cw_config_wrong(r, name, "a whole number, 0 or more", value);
  *(int *)to = (int)number;
  return 0;
}

int cw_config_read_duration(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  int64_t *ms = to;
  double seconds = json_number_value(value);
  if (json_is_number(value) && seconds >= 0 && seconds <= 1e9) {
    *ms = (int64_t)(seconds * 1000 + 0.5);
    return 0;
  }
  if (json_is_string(value) && cw_duration_parse(json_string_value(value), ms)) return 0;
  return cw_config_wrong(r, name, "a duration such as \"30s\", \"500ms\", \"2m\" or a number of "
                         "seconds", value);
}

int cw_config_read_flag(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  if (!json_is_boolean(value)) return cw_config_wrong(r, name, "true or false", value);
  *(bool *)to = json_is_true(value);
  return 0;
}

int cw_config_read_function(struct cw_config_reader *r, const char *name, json_t *value, void *to) {
  int function = cw_config_function(value);
  if (!function) return cw_config_wrong(r, name, "a function", value);
  *(int *)to = function;
  return 0;
}
