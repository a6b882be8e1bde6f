/* Reading typed values out of a configuration's JSON, with messages that name the key, what it must be
 * and what it was. Private to config/. */
#ifndef CW_CONFIG_READ_H
#define CW_CONFIG_READ_H

#include "config/config.h"

struct cw_config_reader {
  const char *dir;    /* of curlew.lua, for relative paths */
  const char *path;   /* of curlew.lua */
  const char *shown;  /* the same as printed */
  const char *prefix; /* "lock." within a sub-table, else "" */
  struct cw_err *err;
};

/* A known key: `read` gets the address `offset` bytes into the struct that the table is for. */
struct cw_config_key {
  const char *name;
  int (*read)(struct cw_config_reader *r, const char *name, json_t *value, void *to);
  size_t offset;
};

/* Reads every key of an object by a table that ends with a NULL name. An unknown key is an error that
 * names the nearest known one. */
int cw_config_keys_into(struct cw_config_reader *r, json_t *object,
                        const struct cw_config_key *keys, void *base);
/* The same for a sub-table; its keys are named "lock.timeout" in messages. */
int cw_config_table(struct cw_config_reader *r, const char *name, json_t *value,
                    const struct cw_config_key *keys, void *base);

/* Fails: "curlew.lua: `name` must be EXPECTED, not VALUE". Returns -1. */
int cw_config_wrong(struct cw_config_reader *r, const char *name, const char *expected,
                    json_t *value);
/* Adds the hint "Did you mean X?" or, when nothing is near, "LEAD a, b, c." */
int cw_config_suggest(struct cw_config_reader *r, const char *word, const char *const *names,
                      size_t count, const char *lead);

/* The reference of a function value, or 0. */
int cw_config_function(json_t *value);
/* A list; an empty Lua table, which arrives as an empty object, is one too. */
bool cw_config_is_list(json_t *value);

/* Each reads one value into *out, replacing what it held. Strings must not be empty. */
int cw_config_string(struct cw_config_reader *r, const char *name, json_t *value, char **out);
int cw_config_strings(struct cw_config_reader *r, const char *name, json_t *value,
                      struct strvec *out);
int cw_config_paths(struct cw_config_reader *r, const char *name, json_t *value,
                    struct strvec *out);
/* `words` ends with NULL. */
int cw_config_choice(struct cw_config_reader *r, const char *name, json_t *value,
                     const char *const *words, size_t *index);

/* For tables of keys: char *, struct strvec (of paths), int >= 0, int64_t milliseconds, bool, int. */
int cw_config_read_string(struct cw_config_reader *r, const char *name, json_t *value, void *to);
int cw_config_read_path(struct cw_config_reader *r, const char *name, json_t *value, void *to);
int cw_config_read_strings(struct cw_config_reader *r, const char *name, json_t *value, void *to);
int cw_config_read_paths(struct cw_config_reader *r, const char *name, json_t *value, void *to);
int cw_config_read_count(struct cw_config_reader *r, const char *name, json_t *value, void *to);
int cw_config_read_duration(struct cw_config_reader *r, const char *name, json_t *value, void *to);
int cw_config_read_flag(struct cw_config_reader *r, const char *name, json_t *value, void *to);
int cw_config_read_function(struct cw_config_reader *r, const char *name, json_t *value, void *to);

/* `databases` (config.c). */
int cw_config_databases(struct cw_config_reader *r, const char *name, json_t *value,
                        struct cw_config *config);

#endif
