/* Loading plugins, and what is asked of them afterwards: the parts of script.h that are about plugins. */
#ifndef CW_PLUGIN_LOAD_H
#define CW_PLUGIN_LOAD_H

#include "lua/state.h"

int cw_lua_load_plugins(struct cw_script *script, const struct cw_plugins_opts *opts, json_t **out,
                        struct cw_err *err);
int cw_lua_detect(struct cw_script *script, struct cw_exec *exec, const char *dialect,
                  const char *server, const char *wanted, char **out, struct cw_err *err);
int cw_lua_plugin_command(struct cw_script *script, struct cw_exec *exec, const char *name,
                          json_t *args, json_t *options, json_t **out, struct cw_err *err);

#endif
