/* Who runs: what the journal and the lock say about this process. */
#ifndef CW_TXN_WHO_H
#define CW_TXN_WHO_H

#include <stdbool.h>
#include <stdint.h>

struct cw_who {
  char user[128]; /* of the operating system */
  char host[256];
  int64_t pid;
  int64_t born;   /* when the process started, in the kernel's ticks; 0: unknown. Tells a process from
                     a later one of the same number */
};

void cw_who_am_i(struct cw_who *who);
/* Whether the process lives on this host: false also when it is of another host, `known` then too. */
bool cw_who_alive(const char *host, int64_t pid, int64_t born, bool *known);

#endif
