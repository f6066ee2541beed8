#include "base/buf.h"
#include "mem_fail.h"
#include "tap.h"

static pgc_str content(const struct buf *buf) {
    return (pgc_str){buf->data, buf->size};
}

static void test_adding(void) {
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    is_int(mem_live, 0, "a new buffer has no memory");
    is_mem(content(&buf), pgc_none(), "and no data");
    buf_add_str(&buf, pgc_none());
    is_mem(content(&buf), pgc_none(), "an absent string adds nothing");
    buf_add(&buf, "", 0);
    is_mem(content(&buf), pgc_z(""), "an empty piece makes it an empty string");
    buf_add(&buf, "ab\0c", 4);
    buf_add_z(&buf, "-de");
    buf_add_str(&buf, pgc_z("-fg"));
    buf_add_char(&buf, '!');
    buf_addf(&buf, "%d %s", 42, "x");
    buf_addf(&buf, "%s", "");
    is_mem(content(&buf), ((pgc_str){"ab\0c-de-fg!42 x", 15}), "all ways to add");
    is_int(buf.data[buf.size], 0, "a NUL behind it");
    ok(!buf.failed, "no failure");

    const char *memory = buf.data;
    buf_reset(&buf);
    is_mem(content(&buf), pgc_z(""), "reset empties it");
    buf_add_z(&buf, "again");
    ok(buf.data == memory, "and keeps the memory");
    buf_free(&buf);
    is_mem(content(&buf), pgc_none(), "free empties it");
    is_int(mem_live, 0, "and gives the memory back");
    buf_add_z(&buf, "once more");
    is_mem(content(&buf), pgc_z("once more"), "it can be used again");
    buf_free(&buf);
    buf_free(NULL);
}

static void test_growing(void) {
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    mem_fail_after = 40; /* allocations, far fewer than pieces: room is doubled */
    for (int i = 0; i < 100000; i++) {
        buf_addf(&buf, "%05d", i);
    }
    mem_fail_after = -1;
    is_int(buf.size, 500000, "it grows as needed");
    bool right = !buf.failed;
    for (int i = 0; right && i < 100000; i++) {
        char number[16];
        snprintf(number, sizeof(number), "%05d", i);
        right = memcmp(buf.data + (size_t)i * 5, number, 5) == 0;
    }
    ok(right, "every piece is in its place");
    buf_free(&buf);
}

static void test_maximum(void) {
    struct buf buf;
    buf_init(&buf, 100);
    for (int i = 0; i < 10; i++) {
        buf_add(&buf, "0123456789", 10);
    }
    is_int(buf.size, 100, "full to the maximum");
    ok(!buf.failed, "which is no failure");
    buf_add(&buf, "", 0);
    ok(!buf.failed, "nothing more fits too");
    buf_add_char(&buf, 'x');
    ok(buf.failed, "one byte more is a failure");
    is_int(buf.size, 100, "what was there stays");
    buf_reset(&buf);
    ok(!buf.failed, "reset forgets the failure");
    buf_addf(&buf, "%0101d", 0);
    ok(buf.failed && buf.size == 0, "formatted text beyond the maximum adds nothing");
    buf_add_char(&buf, 'x');
    is_int(buf.size, 0, "a failed buffer takes nothing that would fit");
    buf_reset(&buf);
    buf_addf(&buf, "%0100d", 0);
    ok(!buf.failed && buf.size == 100, "formatted text up to the maximum fits");
    buf_free(&buf);

    buf_init(&buf, 0);
    buf_add(&buf, "", 0);
    ok(!buf.failed, "a maximum of zero holds the empty string");
    buf_add_char(&buf, 'x');
    ok(buf.failed, "and no more");
    buf_free(&buf);

    buf_init(&buf, SIZE_MAX);
    buf_add_z(&buf, "abc");
    buf_add(&buf, "x", SIZE_MAX - 1);
    ok(buf.failed, "a size that overflows is a failure");
    is_str(buf.data, "abc", "and touches nothing");
    buf_free(&buf);
}

static void test_no_memory(void) {
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    mem_fail_after = 0;
    buf_add_z(&buf, "abc");
    ok(buf.failed && buf.data == NULL, "no memory at first");
    mem_fail_after = 1;
    buf_reset(&buf);
    buf_add_z(&buf, "abc");
    for (int i = 0; i < 100; i++) {
        buf_add_z(&buf, "0123456789");
    }
    ok(buf.failed, "no memory later");
    is_int(strncmp(buf.data, "abc0123456789", 13), 0, "what was there stays");
    is_int(strlen(buf.data), buf.size, "and ends with a NUL");
    mem_fail_after = -1;
    buf_free(&buf);
    is_int(mem_live, 0, "nothing leaked");
}

int main(void) {
    test_adding();
    test_growing();
    test_maximum();
    test_no_memory();
    return done_testing();
}
