#include "base/arena.h"
#include "mem_fail.h"
#include "tap.h"

static bool aligned(const void *memory) {
    return ((uintptr_t)memory & 15) == 0;
}

/* Pieces of many sizes, each filled with a byte of its own: none may overlap another. */
static void test_pieces(void) {
    enum { COUNT = 400 };
    struct arena arena = {0};
    unsigned char *pieces[COUNT];
    bool all = true;
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = i * 37 % 1500;
        pieces[i] = arena_alloc(&arena, size);
        all = all && pieces[i] != NULL && aligned(pieces[i]);
        memset(pieces[i], (int)(i & 0xff), size);
    }
    ok(all, "%d pieces, all aligned", COUNT);
    bool intact = true;
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t k = 0; k < i * 37 % 1500; k++) {
            intact = intact && pieces[i][k] == (i & 0xff);
        }
    }
    ok(intact, "no piece touches another");
    arena_free(&arena);
    is_int(mem_live, 0, "one call gives everything back");
    ok(arena.current == NULL && arena_alloc(&arena, 10) != NULL, "and the arena can be used again");
    arena_free(&arena);
    arena_free(NULL);
}

static void test_blocks(void) {
    struct arena arena = {0};
    (void)!arena_alloc(&arena, 100);
    is_int(mem_live, 1, "the first piece takes a block");
    char *before = arena_alloc(&arena, 16);
    char *large = arena_alloc(&arena, 1025);
    is_int(mem_live, 2, "a large piece takes one of its own");
    char *after = arena_alloc(&arena, 16);
    ok(after == before + 16, "the block before it goes on being filled");
    memset(large, 1, 1025);
    for (int i = 0; i < 100; i++) {
        (void)!arena_alloc(&arena, 16);
    }
    is_int(mem_live, 2, "1,700 bytes fit the first block");
    for (int i = 0; i < 3; i++) {
        (void)!arena_alloc(&arena, 1024);
    }
    is_int(mem_live, 3, "a full block gets a successor");
    arena_free(&arena);

    char *first = arena_alloc(&arena, 100000);
    char *second = arena_alloc(&arena, 1);
    memset(first, 2, 100000);
    *second = 3;
    is_int(first[0] + first[99999], 4, "a large piece may come first");
    ok(arena_alloc(&arena, 0) != arena_alloc(&arena, 0), "pieces of no size are pieces");
    arena_free(&arena);
    is_int(mem_live, 0, "all given back");
}

static void test_strings(void) {
    struct arena arena = {0};
    static const unsigned char zero[5000];
    void *array = arena_zalloc(&arena, 50, 100);
    is_int(memcmp(array, zero, 5000), 0, "arena_zalloc clears");
    array = arena_zalloc(&arena, 4, 8);
    is_int(memcmp(array, zero, 32), 0, "small ones too");
    ok(arena_zalloc(&arena, SIZE_MAX / 2, 3) == NULL, "a product that overflows is refused");
    ok(arena_alloc(&arena, SIZE_MAX) == NULL, "so is a size that overflows");
    ok(arena_copy(&arena, "x", SIZE_MAX) == NULL, "also of a string");

    is_str(arena_copy(&arena, "abcdef", 3), "abc", "arena_copy adds a NUL");
    is_str(arena_copy(&arena, NULL, 0), "", "arena_copy of nothing");
    pgc_str with_nul = {"a\0b", 3};
    pgc_str copy = arena_str(&arena, with_nul);
    is_mem(copy, with_nul, "arena_str keeps a NUL inside");
    ok(copy.data != with_nul.data && copy.data[3] == '\0', "it is a copy, and ends with a NUL");
    is_mem(arena_str(&arena, pgc_none()), pgc_none(), "absent stays absent");
    is_mem(arena_str(&arena, pgc_z("")), pgc_z(""), "empty stays empty");
    arena_free(&arena);
}

static void test_no_memory(void) {
    struct arena arena = {0};
    mem_fail_after = 0;
    ok(arena_alloc(&arena, 10) == NULL, "no memory for a block");
    ok(arena_alloc(&arena, 5000) == NULL, "no memory for a large piece");
    ok(arena_zalloc(&arena, 10, 10) == NULL, "no memory for an array");
    ok(arena_copy(&arena, "abc", 3) == NULL, "no memory for a copy");
    is_mem(arena_str(&arena, pgc_z("abc")), pgc_none(), "no memory for a string");
    mem_fail_after = 1;
    char *piece = arena_copy(&arena, "still here", 10);
    ok(arena_alloc(&arena, 5000) == NULL, "a later piece fails");
    is_str(piece, "still here", "what was there stays");
    ok(arena_alloc(&arena, 16) != NULL, "the room that is left stays usable");
    mem_fail_after = -1;
    ok(arena_alloc(&arena, 5000) != NULL, "and it goes on once there is memory again");
    arena_free(&arena);
    is_int(mem_live, 0, "nothing leaked");
}

int main(void) {
    test_pieces();
    test_blocks();
    test_strings();
    test_no_memory();
    return done_testing();
}
