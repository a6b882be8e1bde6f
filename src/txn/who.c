/* Who runs; see who.h. */
#include "txn/who.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include "util/alloc.h"

/* Field 22 of /proc/PID/stat; the name in field 2 may hold anything, so count after its ")". */
static int64_t process_born(int64_t pid) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
  FILE *file = fopen(path, "re");
  if (!file) return 0;
  size_t len = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[len] = '\0';
  char *at = strrchr(text, ')');
  for (int field = 2; at && field < 22; field++) {
    at = strchr(at + 1, ' ');
  }
  return at ? strtoll(at, NULL, 10) : 0;
}

void cw_who_am_i(struct cw_who *who) {
  *who = (struct cw_who){.pid = getpid()};
  struct passwd entry, *found = NULL;
  char buf[4096];
  if (getpwuid_r(geteuid(), &entry, buf, sizeof buf, &found) == 0 && found)
    snprintf(who->user, sizeof who->user, "%s", found->pw_name);
  else
    snprintf(who->user, sizeof who->user, "uid %u", (unsigned)geteuid());
  if (gethostname(who->host, sizeof who->host - 1)) snprintf(who->host, sizeof who->host, "?");
  who->host[sizeof who->host - 1] = '\0';
  who->born = process_born(who->pid);
}

bool cw_who_alive(const char *host, int64_t pid, int64_t born, bool *known) {
  struct cw_who me;
  cw_who_am_i(&me);
  *known = host && strcmp(host, me.host) == 0 && pid > 0;
  if (!*known) return false;
  if (kill((pid_t)pid, 0) && errno == ESRCH) return false;
  return born == 0 || process_born(pid) == born;
}
