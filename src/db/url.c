/* Database URLs taken apart. No message of this file quotes what the user wrote behind the scheme:
 * in a URL that is wrong any piece may belong to the password. */
#include "db/url.h"

#include <ctype.h>

#include "db/internal.h"
#include "util/alloc.h"
#include "util/strbuf.h"
#include "util/suggest.h"

/* A piece of the URL as written. */
struct piece {
  const char *p;
  size_t len;
};

static struct piece piece(const char *from, const char *to) {
  return (struct piece){from, (size_t)(to - from)};
}

static const char *find(struct piece in, char c) {
  return in.len ? memchr(in.p, c, in.len) : NULL;
}

static const char *find_last(struct piece in, char c) {
  return in.len ? memrchr(in.p, c, in.len) : NULL;
}

/* The pieces of a server's URL. */
struct parts {
  struct piece scheme, userinfo, hosts, path, query;
  bool has_userinfo;
};

/* --- decoding ---------------------------------------------------------------------------------- */

static int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* `what` names the piece in messages. */
static int decode(struct piece in, const char *what, char **out, struct cw_err *err) {
  char *text = xmalloc(in.len + 1);
  size_t len = 0;
  for (size_t i = 0; i < in.len; i++) {
    char c = in.p[i];
    if (c == '%') {
      int high = i + 1 < in.len ? hex(in.p[i + 1]) : -1;
      int low = high >= 0 && i + 2 < in.len ? hex(in.p[i + 2]) : -1;
      if (low < 0) {
        free(text);
        cw_fail(err, CW_ERR_CONFIG,
                "the database URL's %s has a %% that two hexadecimal digits don't follow", what);
        return cw_hint(err, "write a percent sign as %%25");
      }
      c = (char)(high * 16 + low);
      i += 2;
      if (!c) {
        free(text);
        return cw_fail(err, CW_ERR_CONFIG, "the database URL's %s holds %%00, a NUL byte", what);
      }
    }
    text[len++] = c;
  }
  text[len] = '\0';
  *out = text;
  return 0;
}

/* --- the scheme -------------------------------------------------------------------------------- */

static const struct {
  const char *written, *scheme;
} schemes[] = {
    {"sqlite", "sqlite"},     {"postgresql", "postgresql"}, {"mysql", "mysql"},
    {"mariadb", "mysql"},     {"postgres", "postgresql"},   {"sqlite3", "sqlite"},
};

/* Names that people try and whose nearest neighbour by letters would be none or a wrong one. */
static const struct {
  const char *written, *meant;
} mistaken[] = {
    {"pg", "postgresql"},       {"pgsql", "postgresql"},     {"psql", "postgresql"},
    {"redshift", "postgresql"}, {"cockroach", "postgresql"}, {"cockroachdb", "postgresql"},
    {"yugabyte", "postgresql"}, {"tidb", "mysql"},           {"file", "sqlite"},
    {"maria", "mariadb"},
};

static const char *meant_scheme(const char *written) {
  for (size_t i = 0; i < sizeof mistaken / sizeof *mistaken; i++)
    if (strcmp(mistaken[i].written, written) == 0) return mistaken[i].meant;
  const char *names[sizeof schemes / sizeof *schemes];
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) names[i] = schemes[i].written;
  return cw_suggest(written, names, sizeof names / sizeof *names);
}

static int unknown_scheme(const char *written, struct cw_err *err) {
  cw_fail(err, CW_ERR_CONFIG, "\"%s://\" is no kind of database URL that curlew knows", written);
  const char *meant = meant_scheme(written);
  if (meant) return cw_hint(err, "did you mean %s:// ?", meant);
  return cw_hint(err, "it begins with sqlite://, postgresql://, mysql:// or mariadb://");
}

/* The slashes of SQLite's form are what everybody gets wrong once. */
static int sqlite_form(struct cw_err *err) {
  cw_fail(err, CW_ERR_CONFIG, "the SQLite URL has the wrong number of slashes");
  return cw_hint(err, "write sqlite:///app.db for a file beside curlew.lua (three slashes), "
                      "sqlite:////var/lib/app.db for an absolute path (four), sqlite:// for memory");
}

static int no_scheme(const char *text, struct cw_err *err) {
  if (strncasecmp(text, "jdbc:", 5) == 0) {
    cw_fail(err, CW_ERR_CONFIG, "the database URL is a JDBC URL");
    return cw_hint(err, "leave out the \"jdbc:\" in front");
  }
  if (strncasecmp(text, "sqlite:", 7) == 0) return sqlite_form(err);
  cw_fail(err, CW_ERR_CONFIG, "the database URL has no \"://\" behind a scheme");
  return cw_hint(err, "write it like postgresql://user@host/db, mysql://user@host/db or "
                      "sqlite:///app.db");
}

/* "postgresql+psycopg2" is "postgresql": the part behind + names a Python or Ruby library, or a dialect. */
static int parse_scheme(struct cw_url *url, struct piece written, struct cw_err *err) {
  const char *plus = find(written, '+');
  size_t len = plus ? (size_t)(plus - written.p) : written.len;
  char *name = xstrndup(written.p, len);
  for (char *p = name; *p; p++) *p = (char)tolower((unsigned char)*p);
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
    if (strcmp(schemes[i].written, name) != 0) continue;
    url->scheme = xstrdup(schemes[i].scheme);
    url->mariadb = strcmp(name, "mariadb") == 0;
  }
  int failed = url->scheme ? 0 : unknown_scheme(name, err);
  if (plus && !failed) {
    url->variant = xstrndup(plus + 1, (size_t)(written.p + written.len - plus - 1));
    for (char *p = url->variant; *p; p++) *p = (char)tolower((unsigned char)*p);
  }
  free(name);
  return failed;
}

static bool scheme_char(char c) {
  return isalnum((unsigned char)c) || (c && strchr("+-._", c));
}

/* --- user and hosts ---------------------------------------------------------------------------- */

static int parse_userinfo(struct cw_url *url, struct piece info, struct cw_err *err) {
  const char *colon = find(info, ':'), *end = info.p + info.len;
  struct piece user = colon ? piece(info.p, colon) : info;
  if (user.len && decode(user, "user name", &url->user, err)) return -1;
  if (colon && decode(piece(colon + 1, end), "password", &url->password, err)) return -1;
  return 0;
}

static int bad_port(struct cw_err *err) {
  cw_fail(err, CW_ERR_CONFIG, "the database URL's port is no number from 1 to 65535");
  return cw_hint(err, "the form is scheme://user:password@host:port/database; a / ? # @ or : in "
                      "the password is written %%2F %%3F %%23 %%40 or %%3A");
}

static int check_port(struct piece port, struct cw_err *err) {
  long number = 0;
  if (port.len > 5) return bad_port(err);
  for (size_t i = 0; i < port.len; i++) {
    if (!isdigit((unsigned char)port.p[i])) return bad_port(err);
    number = number * 10 + (port.p[i] - '0');
  }
  return port.len && (number < 1 || number > 65535) ? bad_port(err) : 0;
}

static int bad_ipv6(struct cw_err *err) {
  cw_fail(err, CW_ERR_CONFIG, "the database URL's host is no complete IPv6 address in brackets");
  return cw_hint(err, "write it like postgresql://user@[::1]:5432/db");
}

/* "host", "host:port", "[::1]:port" or nothing; appends to both lists. */
static int parse_host(struct piece in, struct strbuf *hosts, struct strbuf *ports,
                      struct cw_err *err) {
  struct piece host = in, port = {in.p, 0};
  const char *end = in.p + in.len;
  if (in.len && in.p[0] == '[') {
    const char *close = find(in, ']');
    if (!close || close == in.p + 1) return bad_ipv6(err);
    host = piece(in.p + 1, close);
    for (size_t i = 0; i < host.len && host.p[i] != '%'; i++) /* a zone may follow the % */
      if (!isxdigit((unsigned char)host.p[i]) && !strchr(":.", host.p[i])) return bad_ipv6(err);
    if (close + 1 != end) {
      if (close[1] != ':') return bad_ipv6(err);
      port = piece(close + 2, end);
    }
  } else {
    const char *colon = find(in, ':');
    if (colon) {
      host = piece(in.p, colon);
      port = piece(colon + 1, end);
      if (find(port, ':')) return bad_port(err);
    }
  }
  char *decoded;
  if (check_port(port, err) || decode(host, "host", &decoded, err)) return -1;
  strbuf_addstr(hosts, decoded);
  strbuf_add(ports, port.p, port.len);
  free(decoded);
  return 0;
}

static int parse_hosts(struct cw_url *url, struct piece in, struct cw_err *err) {
  struct strbuf hosts = STRBUF_INIT, ports = STRBUF_INIT;
  const char *p = in.p, *end = in.p + in.len;
  bool several = find(in, ',') != NULL, any_host = false, any_port = false;
  int failed = 0;
  if (several && strcmp(url->scheme, "postgresql") != 0) {
    cw_fail(err, CW_ERR_CONFIG, "the database URL lists several hosts, which only PostgreSQL's may");
    failed = cw_hint(err, "name one host, or a proxy in front of them");
  }
  while (!failed) {
    const char *comma = find(piece(p, end), ',');
    size_t hosts_before = hosts.len, ports_before = ports.len;
    failed = parse_host(piece(p, comma ? comma : end), &hosts, &ports, err);
    any_host |= hosts.len > hosts_before;
    any_port |= ports.len > ports_before;
    if (!comma || failed) break;
    strbuf_addch(&hosts, ',');
    strbuf_addch(&ports, ',');
    p = comma + 1;
  }
  if (!failed && any_host) url->host = strbuf_detach(&hosts, NULL);
  if (!failed && any_port) url->port = strbuf_detach(&ports, NULL);
  strbuf_release(&hosts);
  strbuf_release(&ports);
  return failed;
}

/* --- the query --------------------------------------------------------------------------------- */

static int parse_query(struct cw_url *url, struct piece in, struct cw_err *err) {
  const char *p = in.p, *end = in.p + in.len;
  while (p < end) {
    const char *amp = find(piece(p, end), '&'), *stop = amp ? amp : end;
    const char *equals = find(piece(p, stop), '=');
    if (stop > p) {
      if (!equals || equals == p) {
        cw_fail(err, CW_ERR_CONFIG, "the database URL has an option that is not written key=value");
        return cw_hint(err, "options follow the ? and are joined by &; a ? or & in a password is "
                            "written %%3F or %%26");
      }
      char *key, *value;
      if (decode(piece(p, equals), "option", &key, err)) return -1;
      strvec_take(&url->keys, key);
      if (decode(piece(equals + 1, stop), "option", &value, err)) return -1;
      strvec_take(&url->values, value);
    }
    p = stop + 1;
  }
  return 0;
}

static struct piece next_option(const char **p, const char *end) {
  const char *amp = find(piece(*p, end), '&'), *stop = amp ? amp : end;
  struct piece option = piece(*p, stop);
  *p = stop + 1;
  return option;
}

/* --- the two forms ----------------------------------------------------------------------------- */

/* What is left when a character of the password ended the host part too early. */
static int stray_at(struct cw_err *err) {
  cw_fail(err, CW_ERR_CONFIG, "the database URL has an @ behind the first / or ?");
  return cw_hint(err, "in a user name or password write / as %%2F, ? as %%3F and @ as %%40; in a "
                      "database's name or an option write @ as %%40");
}

static int parse_server(struct cw_url *url, struct parts *parts, const char *rest,
                        struct cw_err *err) {
  const char *end = rest + strlen(rest);
  const char *stop = rest + strcspn(rest, "/?");
  struct piece authority = piece(rest, stop);
  const char *at = find_last(authority, '@');
  parts->has_userinfo = at != NULL;
  parts->userinfo = at ? piece(rest, at) : piece(rest, rest);
  parts->hosts = at ? piece(at + 1, stop) : authority;
  const char *question = memchr(stop, '?', (size_t)(end - stop));
  parts->path = piece(*stop == '/' ? stop + 1 : stop, question ? question : end);
  parts->query = question ? piece(question + 1, end) : piece(end, end);
  if (find(parts->path, '@') || (!parts->path.len && find(parts->query, '@')))
    return stray_at(err);
  if (at && parse_userinfo(url, parts->userinfo, err)) return -1;
  if (parse_hosts(url, parts->hosts, err)) return -1;
  if (parts->path.len && decode(parts->path, "database", &url->path, err)) return -1;
  return parse_query(url, parts->query, err);
}

static int parse_sqlite(struct cw_url *url, struct parts *parts, const char *rest,
                        const char *base_dir, struct cw_err *err) {
  const char *end = rest + strlen(rest), *question = strchr(rest, '?');
  struct piece path = piece(rest, question ? question : end);
  parts->path = path;
  parts->query = question ? piece(question + 1, end) : piece(end, end);
  if (path.len && path.p[0] != '/') return sqlite_form(err);
  if (path.len > 1) {
    char *file;
    if (decode(piece(path.p + 1, path.p + path.len), "file name", &file, err)) return -1;
    if (strcmp(file, ":memory:") == 0)
      free(file);
    else if (file[0] == '/' || !base_dir || !*base_dir)
      url->path = file;
    else {
      url->path = xasprintf("%s/%s", base_dir, file);
      free(file);
    }
  }
  return parse_query(url, parts->query, err);
}

/* --- the masked form --------------------------------------------------------------------------- */

static bool secret_key(const char *key) {
  static const char *const words[] = {"pass", "pwd", "token", "secret"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcasestr(key, words[i])) return true;
  return false;
}

static void add_piece(struct strbuf *out, struct piece in) { strbuf_add(out, in.p, in.len); }

/* Written from the pieces as they were given, so that people recognise their URL. */
static void mask(struct cw_url *url, const struct parts *parts, bool slash) {
  struct strbuf out = STRBUF_INIT;
  add_piece(&out, parts->scheme);
  strbuf_addstr(&out, "://");
  if (parts->has_userinfo) {
    const char *colon = find(parts->userinfo, ':');
    struct piece user = colon ? piece(parts->userinfo.p, colon) : parts->userinfo;
    add_piece(&out, user);
    if (colon) {
      strbuf_addstr(&out, ":***");
      cw_url_add_secret(url, url->password, colon + 1,
                        parts->userinfo.len - user.len - 1);
    }
    strbuf_addch(&out, '@');
  }
  add_piece(&out, parts->hosts);
  if (slash) strbuf_addch(&out, '/');
  add_piece(&out, parts->path);
  const char *p = parts->query.p, *end = p + parts->query.len;
  char sep = '?';
  for (size_t i = 0; p < end;) {
    struct piece option = next_option(&p, end);
    if (!option.len) continue;
    const char *equals = find(option, '=');
    strbuf_addch(&out, sep);
    sep = '&';
    if (secret_key(url->keys.items[i])) {
      add_piece(&out, piece(option.p, equals));
      strbuf_addstr(&out, "=***");
      cw_url_add_secret(url, url->values.items[i], equals + 1,
                        option.len - (size_t)(equals + 1 - option.p));
    } else {
      add_piece(&out, option);
    }
    i++;
  }
  url->masked = strbuf_detach(&out, NULL);
}

/* --- life cycle -------------------------------------------------------------------------------- */

/* White space at the ends comes from files and shells; control characters inside are a mistake. */
static int trimmed(const char *text, char **out, struct cw_err *err) {
  while (isspace((unsigned char)*text)) text++;
  size_t len = strlen(text);
  while (len && isspace((unsigned char)text[len - 1])) len--;
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c >= 0x20 && c != 0x7f) continue;
    cw_fail(err, CW_ERR_CONFIG, "the database URL holds a control character (byte %zu)", i + 1);
    return cw_hint(err, "if it is meant, write it percent-encoded: %%%02X", c);
  }
  *out = xstrndup(text, len);
  return 0;
}

static int parse(struct cw_url *url, const char *base_dir, struct cw_err *err) {
  const char *text = url->text;
  if (!*text) {
    cw_fail(err, CW_ERR_CONFIG, "the database URL is empty");
    return cw_hint(err, "set `url` in curlew.lua, or give --url, such as sqlite:///app.db");
  }
  struct parts parts = {0};
  size_t len = 0;
  while (scheme_char(text[len])) len++;
  if (!len || !isalpha((unsigned char)text[0]) || strncmp(text + len, "://", 3) != 0)
    return no_scheme(text, err);
  parts.scheme = (struct piece){text, len};
  const char *rest = text + len + 3;
  parts.userinfo = parts.hosts = parts.path = parts.query = (struct piece){rest, 0};
  if (parse_scheme(url, parts.scheme, err)) return -1;
  bool sqlite = strcmp(url->scheme, "sqlite") == 0;
  if (sqlite ? parse_sqlite(url, &parts, rest, base_dir, err)
             : parse_server(url, &parts, rest, err))
    return -1;
  mask(url, &parts, !sqlite && rest[strcspn(rest, "/?")] == '/');
  return 0;
}

int cw_url_parse(struct cw_url **out, const char *text, const char *base_dir, struct cw_err *err) {
  *out = NULL;
  struct cw_url *url = xcalloc(1, sizeof *url);
  if (trimmed(text, &url->text, err) || parse(url, base_dir, err)) {
    cw_url_free(url);
    return -1;
  }
  *out = url;
  return 0;
}

void cw_url_free(struct cw_url *url) {
  if (!url) return;
  free(url->text);
  free(url->masked);
  free(url->scheme);
  free(url->variant);
  free(url->memory);
  free(url->user);
  free(url->password);
  free(url->host);
  free(url->port);
  free(url->path);
  strvec_release(&url->keys);
  strvec_release(&url->values);
  strvec_release(&url->secrets);
  free(url);
}

struct cw_url *cw_url_copy(const struct cw_url *url) {
  if (!url) return NULL;
  struct cw_url *copy = xcalloc(1, sizeof *copy);
  copy->text = xstrdup(url->text);
  copy->masked = xstrdup(url->masked);
  copy->scheme = xstrdup(url->scheme);
  copy->variant = xstrdup(url->variant);
  copy->memory = xstrdup(url->memory);
  copy->mariadb = url->mariadb;
  copy->user = xstrdup(url->user);
  copy->password = xstrdup(url->password);
  copy->host = xstrdup(url->host);
  copy->port = xstrdup(url->port);
  copy->path = xstrdup(url->path);
  strvec_copy(&copy->keys, &url->keys);
  strvec_copy(&copy->values, &url->values);
  strvec_copy(&copy->secrets, &url->secrets);
  return copy;
}

const char *cw_url_option(const struct cw_url *url, const char *key) {
  for (size_t i = url->keys.len; i-- > 0;)
    if (strcmp(url->keys.items[i], key) == 0) return url->values.items[i];
  return NULL;
}
