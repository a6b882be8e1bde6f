/* Message boundaries; see frame.h. */
#include "frame.h"

#include <ctype.h>
#include <stdint.h>

enum { SSL_REQUEST = 80877103, GSS_REQUEST = 80877104 };

static uint32_t big_endian(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static size_t whole(size_t size, size_t len) { return size <= len ? size : 0; }

static size_t mysql(const unsigned char *p, size_t len) {
  if (len < 4) return 0;
  return whole(4 + ((size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16), len);
}

static size_t postgresql(struct frame_state *state, bool client, const unsigned char *p,
                         size_t len) {
  if (!client && state->raw_byte) {
    if (len == 0) return 0;
    state->raw_byte = false;
    return 1;
  }
  if (client && !state->started) {
    if (len < 8) return 0;
    size_t size = whole(big_endian(p), len);
    uint32_t code = big_endian(p + 4);
    if (size == 0) return 0;
    if (code == SSL_REQUEST || code == GSS_REQUEST)
      state->raw_byte = true;
    else
      state->started = true;
    return size;
  }
  return len < 5 ? 0 : whole(1 + (size_t)big_endian(p + 1), len);
}

size_t frame_next(enum protocol protocol, struct frame_state *state, bool client,
                  const unsigned char *data, size_t len) {
  return protocol == MYSQL ? mysql(data, len) : postgresql(state, client, data, len);
}

char frame_type(enum protocol protocol, const unsigned char *data, size_t len) {
  size_t at = protocol == MYSQL ? 4 : 0;
  if (at >= len) return '-';
  if (protocol == MYSQL) return data[at] < 10 ? (char)('0' + data[at]) : '*';
  return isprint(data[at]) ? (char)data[at] : '0';
}
