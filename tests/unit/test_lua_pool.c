/* The memory of a Lua state: blocks by size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lua/pool.h"

static void *take(struct cw_lua_pool *pool, size_t size) {
  return cw_lua_pool_alloc(pool, NULL, 0, size);
}

static void blocks_of_all_sizes_keep_their_bytes(void **state) {
  (void)state;
  enum { N = 3000 };
  static char *blocks[N];
  static size_t sizes[N];
  struct cw_lua_pool pool = {0};
  unsigned random = 1;
  for (size_t turn = 0; turn < 60000; turn++) {
    random = random * 1103515245u + 12345u;
    size_t i = random / 65536 % N, size = turn / 64 % 2 ? random / 7 % 80 : random / 7 % 700;
    if (blocks[i]) assert_int_equal((unsigned char)blocks[i][sizes[i] - 1], i % 251);
    char *p = cw_lua_pool_alloc(&pool, blocks[i], sizes[i], size);
    assert_true((p == NULL) == (size == 0));
    assert_int_equal((uintptr_t)p % sizeof(void *), 0);
    for (size_t k = 0; k < size && k < sizes[i]; k++) assert_int_equal((unsigned char)p[k], i % 251);
    if (p) memset(p, (int)(i % 251), size);
    blocks[i] = p;
    sizes[i] = size;
  }
  for (size_t i = 0; i < N; i++)
    if (blocks[i]) assert_null(cw_lua_pool_alloc(&pool, blocks[i], sizes[i], 0));
  cw_lua_pool_release(&pool); /* the sanitizer sees what is left */
}

static void a_freed_block_is_the_next_one_of_its_size(void **state) {
  (void)state;
  struct cw_lua_pool pool = {0};
  void *a = take(&pool, 40), *b = take(&pool, 40);
  assert_ptr_not_equal(a, b);
  cw_lua_pool_alloc(&pool, a, 40, 0);
  assert_ptr_not_equal(take(&pool, 49), a);
  assert_ptr_equal(take(&pool, 33), a); /* as large as one of 48 */
  cw_lua_pool_release(&pool);
}

static void a_block_stays_while_it_is_large_enough(void **state) {
  (void)state;
  struct cw_lua_pool pool = {0};
  char *p = take(&pool, 17);
  strcpy(p, "sixteen bytes...");
  assert_ptr_equal(cw_lua_pool_alloc(&pool, p, 17, 32), p);
  char *q = cw_lua_pool_alloc(&pool, p, 32, 1000);
  assert_string_equal(q, "sixteen bytes...");
  q = cw_lua_pool_alloc(&pool, q, 1000, 17);
  assert_ptr_equal(q, p);
  assert_string_equal(q, "sixteen bytes...");
  cw_lua_pool_release(&pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_of_all_sizes_keep_their_bytes),
      cmocka_unit_test(a_freed_block_is_the_next_one_of_its_size),
      cmocka_unit_test(a_block_stays_while_it_is_large_enough),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
