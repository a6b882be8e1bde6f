/* Commands of plugins. The table of built-in commands is known before the command line is read; these
 * are known once the project is open. So the words are looked at first, leniently: where the command is
 * none of the built-in ones, or all commands are asked for, the project that the words name is opened
 * for what its plugins add. */
#include "cli/extra.h"

#include "cli/cmd.h"

struct extra_command {
  struct cw_command command;
  struct cw_opt *opts;
  VEC(const char **) choices;
  bool connect, writes;
};

struct cw_extra {
  json_t *list; /* holds the strings of all commands */
  struct extra_command *commands;
  size_t count;
  const struct cw_command **table;
  struct strvec builtin;
  struct cw_err err;
};

/* --- the words ------------------------------------------------------------------------------------- */

struct words {
  const char *command, *config, *url;
  json_t *x;
};

/* The value of option `name` (letter 0: none) at argv[*i], which may take the next word; NULL: another. */
static const char *value_at(char **argv, int argc, int *i, char letter, const char *name) {
  const char *word = argv[*i];
  size_t len = strlen(name);
  if (letter && word[1] == letter && word[2]) return word + 2;
  bool bare = (letter && word[1] == letter && !word[2]);
  if (word[1] == '-' && strncmp(word + 2, name, len) == 0) {
    if (word[2 + len] == '=') return word + 2 + len + 1;
    bare = !word[2 + len];
  }
  if (!bare || *i + 1 >= argc) return NULL;
  return argv[++*i];
}

static void take_x(json_t *x, const char *text) {
  const char *equals = strchr(text, '=');
  char *key = xstrndup(text, equals ? (size_t)(equals - text) : strlen(text));
  json_object_set_new(x, key, equals ? cw_json_text(equals + 1) : json_true());
  free(key);
}

static void read_words(struct words *w, int argc, char **argv) {
  *w = (struct words){.x = json_object()};
  for (int i = 1; i < argc; i++) {
    const char *word = argv[i], *value;
    if (word[0] != '-' || !word[1]) {
      if (!w->command) w->command = word;
    } else if (strcmp(word, "--") == 0) {
      return;
    } else if ((value = value_at(argv, argc, &i, 'c', "config"))) {
      w->config = value;
    } else if ((value = value_at(argv, argc, &i, 'x', "x"))) {
      take_x(w->x, value);
    } else if ((value = value_at(argv, argc, &i, 0, "url"))) {
      w->url = value;
    } else if (value_at(argv, argc, &i, 0, "format") || value_at(argv, argc, &i, 0, "color") ||
               value_at(argv, argc, &i, 0, "wait")) {
      continue; /* their values are no commands */
    }
  }
}

/* Whether all commands are to be listed, or one that is not built in is meant. */
static bool wants_all(const struct cw_command *const *commands, const char *word) {
  static const char *const listing[] = {"help", "completion", "manual"};
  if (!word) return true;
  for (size_t i = 0; i < sizeof listing / sizeof *listing; i++)
    if (strcmp(word, listing[i]) == 0) return true;
  return !cw_command_find(commands, word);
}

/* --- the table ------------------------------------------------------------------------------------- */

static const char *text_at(json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

static void read_options(struct extra_command *c, json_t *list) {
  size_t count = json_array_size(list), i;
  json_t *option;
  c->opts = xcalloc(count + 1, sizeof *c->opts);
  json_array_foreach(list, i, option) {
    json_t *choices = json_object_get(option, "choices");
    struct cw_opt *opt = &c->opts[i];
    *opt = (struct cw_opt){.letter = *text_at(option, "letter"),
                           .name = text_at(option, "name"),
                           .value = json_string_value(json_object_get(option, "value")),
                           .help = text_at(option, "help"),
                           .repeat = json_is_true(json_object_get(option, "repeat"))};
    if (!json_array_size(choices)) continue;
    const char **words = xcalloc(json_array_size(choices) + 1, sizeof *words);
    for (size_t j = 0; j < json_array_size(choices); j++) {
      const char *word = json_string_value(json_array_get(choices, j));
      words[j] = word ? word : "";
    }
    vec_push(&c->choices, words);
    opt->choices = words;
  }
  if (count) c->command.opts = c->opts;
}

static int run_extra(struct cw_cli *cli, struct cw_err *err);

static void read_command(struct extra_command *c, json_t *item) {
  c->command = (struct cw_command){
      .name = text_at(item, "name"),
      .group = CW_GROUP_PLUGINS,
      .args = text_at(item, "args"),
      .min_args = (int)json_integer_value(json_object_get(item, "min_args")),
      .max_args = (int)json_integer_value(json_object_get(item, "max_args")),
      .summary = text_at(item, "summary"),
      .help = text_at(item, "help"),
      .run = run_extra,
  };
  c->connect = json_is_true(json_object_get(item, "connect"));
  c->writes = json_is_true(json_object_get(item, "writes"));
  read_options(c, json_object_get(item, "options"));
}

/* Built-in commands with those of plugins before the last group, which is about the program. */
static void make_table(struct cw_extra *extra, const struct cw_command *const *commands) {
  size_t n = 0, at = 0;
  bool done = false;
  cw_each_command(c, commands) n++;
  extra->table = xcalloc(n + extra->count + 1, sizeof *extra->table);
  cw_each_command(c, commands) {
    if (!done && strcmp(c->group, CW_GROUP_PROGRAM) == 0) {
      for (size_t i = 0; i < extra->count; i++) extra->table[at++] = &extra->commands[i].command;
      done = true;
    }
    extra->table[at++] = c;
  }
}

struct cw_extra *cw_extra_find(struct cw_cli *cli, int argc, char **argv) {
  struct words words;
  struct cw_extra *extra = NULL;
  read_words(&words, argc, argv);
  if (wants_all(cli->commands, words.command)) {
    extra = xcalloc(1, sizeof *extra);
    cw_command_names(cli->commands, &extra->builtin);
    struct cw_app_opts opts = {.ops = cli->ops,
                               .config_path = words.config,
                               .url = words.url,
                               .x = words.x,
                               .command = words.command ? words.command : "help",
                               .commands = &extra->builtin};
    struct cw_app *app = NULL;
    if (cw_app_open(&app, &opts, &extra->err) == 0) {
      json_t *item;
      size_t i;
      extra->list = json_incref(json_object_get(app->plugins, "commands"));
      extra->count = json_array_size(extra->list);
      extra->commands = xcalloc(extra->count + 1, sizeof *extra->commands);
      json_array_foreach(extra->list, i, item) read_command(&extra->commands[i], item);
      make_table(extra, cli->commands);
      cli->commands = extra->table;
    }
    cw_app_free(app);
  }
  json_decref(words.x);
  return extra;
}

void cw_extra_explain(const struct cw_extra *extra, struct cw_err *err) {
  if (extra && extra->err.code == CW_ERR_PLUGIN) cw_err_copy(err, &extra->err);
}

void cw_extra_free(struct cw_extra *extra) {
  if (!extra) return;
  for (size_t i = 0; i < extra->count; i++) {
    for (size_t j = 0; j < extra->commands[i].choices.len; j++)
      free(extra->commands[i].choices.items[j]);
    vec_release(&extra->commands[i].choices);
    free(extra->commands[i].opts);
  }
  free(extra->commands);
  free(extra->table);
  strvec_release(&extra->builtin);
  json_decref(extra->list);
  cw_err_release(&extra->err);
  free(extra);
}

/* --- running one ----------------------------------------------------------------------------------- */

static const struct extra_command *current(const struct cw_cli *cli) {
  const struct cw_extra *extra = cli->extra;
  for (size_t i = 0; i < extra->count; i++)
    if (&extra->commands[i].command == cli->args.command) return &extra->commands[i];
  return NULL;
}

/* The command's own options as the function gets them: a value, a list of them, true, or how often. */
static json_t *options_json(const struct cw_cli *cli) {
  json_t *options = json_object();
  for (const struct cw_opt *opt = cli->args.command->opts; opt && opt->name; opt++) {
    size_t count = cw_args_count(&cli->args, opt->name);
    if (!count) continue;
    if (!opt->value) {
      json_object_set_new(options, opt->name, json_true());
    } else if (!opt->repeat) {
      json_object_set_new(options, opt->name, cw_json_text(cw_args_value(&cli->args, opt->name)));
    } else {
      struct strvec values = {0};
      json_t *list = json_array();
      cw_args_values(&cli->args, opt->name, &values);
      for (size_t i = 0; i < values.len; i++)
        json_array_append_new(list, cw_json_text(values.items[i]));
      strvec_release(&values);
      json_object_set_new(options, opt->name, list);
    }
  }
  return options;
}

static int run_on(struct cw_cli *cli, const struct cw_config_db *db, json_t *doc,
                  struct cw_err *err) {
  const struct extra_command *c = current(cli);
  json_t *args = json_array(), *options = options_json(cli), *result = NULL;
  for (size_t i = 0; i < cli->args.nwords; i++)
    json_array_append_new(args, cw_json_text(cli->args.words[i]));
  int status = cw_run_plugin_command(cli->app, c->connect ? db : NULL, c->command.name, c->writes,
                                     args, options, &result, err);
  if (status == 0 && cli->out.json && json_is_object(result)) {
    json_object_update(doc, result);
  } else if (status == 0 && cli->out.json && result) {
    json_object_set(doc, "result", result);
  } else if (status == 0 && json_is_string(result)) {
    const char *text = json_string_value(result);
    size_t len = strlen(text);
    cw_out_print(&cli->out, "%s%s", text, len && text[len - 1] == '\n' ? "" : "\n");
  } else if (status == 0 && result) {
    cw_out_json(&cli->out, json_incref(result));
  }
  json_decref(result);
  json_decref(options);
  json_decref(args);
  return status;
}

static int run_extra(struct cw_cli *cli, struct cw_err *err) {
  if (current(cli)->connect) return cw_cli_query(cli, run_on, true, err);
  if (cw_cli_open(cli, err) < 0) return -1;
  json_t *doc = json_object();
  int status = run_on(cli, NULL, doc, err);
  if (status == 0 && cli->out.json)
    cw_out_json(&cli->out, doc);
  else
    json_decref(doc);
  return status;
}
