#include "base/utf8.h"
#include "gen.h"
#include "tap.h"

/* -1: good; else where it is bad. */
struct sample {
    const char *name;
    pgc_str text;
    int strict;
    int loose;
};

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }

static const struct sample samples[] = {
    {"empty", TEXT(""), -1, -1},
    {"ASCII", TEXT("the quick brown fox jumps"), -1, -1},
    {"a NUL byte", TEXT("a\0b"), -1, -1},
    {"two bytes", TEXT("caf\xc3\xa9"), -1, -1},
    {"three bytes", TEXT("\xe2\x82\xac"), -1, -1},
    {"four bytes", TEXT("\xf0\x9f\x98\x80"), -1, -1},
    {"the last character", TEXT("\xf4\x8f\xbf\xbf"), -1, -1},
    {"noncharacters", TEXT("\xef\xb7\x90\xef\xbf\xbe\xef\xbf\xbf"), -1, -1},
    {"above the last", TEXT("ab\xf4\x90\x80\x80"), 2, 2},
    {"five bytes", TEXT("\xf8\x88\x80\x80\x80"), 0, 0},
    {"byte FF behind eight good ones", TEXT("12345678\xff"), 8, 8},
    {"byte FE in the middle of eight", TEXT("123\xfe\x35\x36\x37\x38"), 3, 3},
    {"a continuation alone", TEXT("a\x80"), 1, 1},
    {"overlong, two bytes", TEXT("\xc0\x80"), 0, 0},
    {"overlong C1", TEXT("\xc1\xbf"), 0, 0},
    {"overlong, three bytes", TEXT("\xe0\x9f\xbf"), 0, 0},
    {"overlong, four bytes", TEXT("\xf0\x8f\xbf\xbf"), 0, 0},
    {"cut, two bytes", TEXT("ab\xc3"), 2, 2},
    {"cut, three bytes", TEXT("ab\xe2\x82"), 2, 2},
    {"cut, four bytes", TEXT("ab\xf0\x9f\x98"), 2, 2},
    {"wrong continuation", TEXT("\xe2\x28\xa1"), 0, 0},
    {"a high surrogate", TEXT("a\xed\xa0\x80z"), 1, -1},
    {"a low surrogate", TEXT("a\xed\xbf\xbfz"), 1, -1},
    {"the last before the surrogates", TEXT("\xed\x9f\xbf"), -1, -1},
    {"the first behind the surrogates", TEXT("\xee\x80\x80"), -1, -1},
    {"low before high", TEXT("\xed\xb0\x80\xed\xa0\x80"), 0, -1},
    {"two high ones", TEXT("\xed\xa0\x80\xed\xa0\x80"), 0, -1},
    {"a pair in six bytes", TEXT("xy\xed\xa0\xbd\xed\xb8\x80"), 2, 2},
    {"a pair with something between", TEXT("\xed\xa0\xbd-\xed\xb8\x80"), 0, -1},
    {"a pair with eight bytes between",
     TEXT("\xed\xa0\xbd"
          "12345678\xed\xb8\x80"),
     0, -1},
    {"a second pair", TEXT("\xed\xa0\xbd\xed\xa0\xbd\xed\xb8\x80"), 0, 3},
};

static void expect(bool good, size_t bad_at, int want, const char *name, const char *strength) {
    is_int(good ? -1 : (int64_t)bad_at, want, "%s: %s", strength, name);
}

static void test_samples(void) {
    for (size_t i = 0; i < ARRAY_LENGTH(samples); i++) {
        const struct sample *sample = &samples[i];
        size_t bad_at = 9999;
        bool good = utf8_check(sample->text, &bad_at);
        expect(good, bad_at, sample->strict, sample->name, "strict");
        good = utf8_check_loose(sample->text, &bad_at);
        expect(good, bad_at, sample->loose, sample->name, "loose");
    }
    ok(utf8_check(pgc_none(), NULL), "absent text is fine");
    ok(!utf8_check(pgc_z("\xff"), NULL), "the position need not be asked for");
}

/* Every code point through encode, decode and both checks. */
static void test_all_code_points(void) {
    uint32_t wrong = 0;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        char bytes[5] = {0};
        size_t length = utf8_encode(c, bytes);
        size_t want = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        size_t back;
        pgc_str text = {bytes, length};
        bool right = length == want && utf8_decode(bytes, length, &back) == c && back == length &&
                     utf8_check(text, NULL) == !utf8_is_surrogate(c) &&
                     utf8_check_loose(text, NULL);
        for (size_t cut = 1; right && cut < length; cut++) {
            right = utf8_decode(bytes, cut, &back) == UTF8_BAD && back == 1;
        }
        wrong += !right;
    }
    is_int(wrong, 0, "every code point goes through encode and decode");
    char bytes[4];
    is_int(utf8_encode(0x110000, bytes), 0, "nothing above U+10FFFF is encoded");
    is_int(utf8_join_surrogates(0xd83d, 0xde00), 0x1f600, "a pair is one character");
    is_int(utf8_join_surrogates(0xd800, 0xdc00), 0x10000, "the first of all pairs");
    is_int(utf8_join_surrogates(0xdbff, 0xdfff), 0x10ffff, "the last of all pairs");
}

/* All sequences of three bytes that do not begin with ASCII or a continuation. */
static void test_all_sequences(void) {
    uint32_t wrong = 0;
    for (uint32_t n = 0xc00000; n < 0x1000000; n++) {
        char bytes[3] = {(char)(n >> 16), (char)(n >> 8), (char)n};
        size_t length;
        uint32_t c = utf8_decode(bytes, 3, &length);
        if (c != UTF8_BAD) {
            char again[4];
            wrong += utf8_encode(c, again) != length || memcmp(again, bytes, length) != 0;
        }
    }
    is_int(wrong, 0, "no two spellings of one character");
}

static void test_random(void) {
    uint64_t state = 20240601;
    int refused = 0;
    for (int i = 0; i < 20000; i++) {
        struct buf buf;
        buf_init(&buf, SIZE_MAX);
        gen_text(&buf, &state, 40);
        refused += !utf8_check_loose((pgc_str){buf.data, buf.size}, NULL);
        buf_free(&buf);
    }
    is_int(refused, 0, "random good text is accepted");
    int outside = 0;
    for (int i = 0; i < 20000; i++) {
        char bytes[24];
        size_t size = gen_number(&state, sizeof(bytes) + 1);
        for (size_t k = 0; k < size; k++) {
            bytes[k] = (char)gen_number(&state, 256);
        }
        size_t bad_at = 0;
        outside += !utf8_check_loose((pgc_str){bytes, size}, &bad_at) && bad_at >= size;
    }
    is_int(outside, 0, "random bytes: the bad position is inside");
}

int main(void) {
    test_samples();
    test_all_code_points();
    test_all_sequences();
    test_random();
    return done_testing();
}
