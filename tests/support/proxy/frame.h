/* Where one wire message ends and the next begins, for the two protocols that tests cut. Nothing is
 * interpreted beyond that. */
#ifndef PROXY_FRAME_H
#define PROXY_FRAME_H

#include <stdbool.h>
#include <stddef.h>

enum protocol { POSTGRESQL, MYSQL };

/* What has to be remembered of a connection. Zeroed at its start. */
struct frame_state {
  bool started;  /* PostgreSQL: the client's untyped first message has been seen */
  bool raw_byte; /* the server answers a request for encryption with one bare byte */
};

/* Length of the message that `data` begins with, or 0 when more bytes are needed to know it or to have
 * all of it. `client`: who sent it. The message counts as seen once its length is returned. */
size_t frame_next(enum protocol protocol, struct frame_state *state, bool client,
                  const unsigned char *data, size_t len);
/* One letter or digit for logs: the message's type as far as there is one. */
char frame_type(enum protocol protocol, const unsigned char *data, size_t len);

#endif
