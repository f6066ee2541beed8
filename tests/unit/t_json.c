#include "base/json.h"
#include "base/utf8.h"
#include "gen.h"
#include "tap.h"

#define TEXT(literal) \
    { literal, sizeof(literal) - 1 }

static pgc_str content(const struct buf *buf) {
    return (pgc_str){buf->data, buf->size};
}

/* ---- Valid ---- */

static const struct {
    pgc_str json;
    enum json_kind kind;
} valid[] = {
    {TEXT("{}"), JSON_OBJECT},
    {TEXT("[]"), JSON_ARRAY},
    {TEXT("\"\""), JSON_STRING},
    {TEXT("0"), JSON_NUMBER},
    {TEXT("-0"), JSON_NUMBER},
    {TEXT("1234567890"), JSON_NUMBER},
    {TEXT("-1.5e+10"), JSON_NUMBER},
    {TEXT("0.10"), JSON_NUMBER},
    {TEXT("0e0"), JSON_NUMBER},
    {TEXT("1E-2"), JSON_NUMBER},
    {TEXT("12345678901234567890123.000"), JSON_NUMBER},
    {TEXT("true"), JSON_TRUE},
    {TEXT("false"), JSON_FALSE},
    {TEXT("null"), JSON_NULL},
    {TEXT(" \t\r\n true \t\r\n "), JSON_TRUE},
    {TEXT(" { \"a\" : [ 1 , { } , [ ] , null ] , \"b\" : \"c\" } "), JSON_OBJECT},
    {TEXT("[[[[[[[[]]]]]]]]"), JSON_ARRAY},
    {TEXT("{\"a\":1,\"a\":2}"), JSON_OBJECT},
    {TEXT("{\"\":0}"), JSON_OBJECT},
    {TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), JSON_STRING},
    {TEXT("\"\\u0000\\u001f\\uABCD\\uabcd\""), JSON_STRING},
    {TEXT("\"\\ud83d\\ude00\""), JSON_STRING},
    {TEXT("\"\\ud83d\""), JSON_STRING},
    {TEXT("\"\\ude00\\ud83d\""), JSON_STRING},
    {TEXT("\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xef\xb7\x90 \x7f\""), JSON_STRING},
    {TEXT("\"eight plain bytes and more, then \\\" and more plain bytes\""), JSON_STRING},
};

static void test_valid(void) {
    for (size_t i = 0; i < ARRAY_LENGTH(valid); i++) {
        enum json_kind kind = (enum json_kind) - 1;
        pgc_error err;
        int status = json_check(valid[i].json, &kind, "x", &err);
        is_code(status, PGC_OK, &err, "valid: %s", valid[i].json.data);
        is_int(kind, valid[i].kind, "its kind");
        is_int(json_kind_of(valid[i].json), valid[i].kind, "its kind by itself");
    }
    ok(json_check(pgc_z("1"), NULL, "x", NULL) == 0, "the kind need not be asked for");
}

/* ---- Invalid ---- */

#define EARLY "it ends too early"
#define VALUE "a value was expected"
#define DIGIT "a digit was expected"
#define MORE "there is more behind the value"
#define OBJECT_END "a comma or } was expected"
#define ARRAY_END "a comma or ] was expected"
#define KEY "a key in double quotes was expected"
#define COLON "a colon was expected"
#define ESCAPE "this escape does not exist"
#define HEX "\\u takes four hexadecimal digits"
#define CONTROL "a control character in a string must be escaped"
#define UTF8 "this is not UTF-8"

static const struct {
    pgc_str json;
    int position;
    const char *reason;
} invalid[] = {
    {TEXT(""), 0, EARLY},
    {TEXT("   "), 3, EARLY},
    {TEXT("tru"), 3, EARLY},
    {TEXT("trua"), 0, VALUE},
    {TEXT("True"), 0, VALUE},
    {TEXT("nul,"), 0, VALUE},
    {TEXT("NaN"), 0, VALUE},
    {TEXT("Infinity"), 0, VALUE},
    {TEXT("'a'"), 0, VALUE},
    {TEXT("\xef\xbb\xbf{}"), 0, VALUE},
    {TEXT("\0"), 0, VALUE},
    {TEXT("true\0"), 4, MORE},
    {TEXT("\v1"), 0, VALUE},
    {TEXT("truefalse"), 4, MORE},
    {TEXT("1 2"), 2, MORE},
    {TEXT("{} {}"), 3, MORE},
    {TEXT("[]]"), 2, MORE},
    {TEXT("01"), 1, MORE},
    {TEXT("-01"), 2, MORE},
    {TEXT("[01]"), 2, ARRAY_END},
    {TEXT("-"), 1, EARLY},
    {TEXT("-a"), 1, DIGIT},
    {TEXT("+1"), 0, VALUE},
    {TEXT(".5"), 0, VALUE},
    {TEXT("1."), 2, EARLY},
    {TEXT("1.e1"), 2, DIGIT},
    {TEXT("1e"), 2, EARLY},
    {TEXT("1e+"), 3, EARLY},
    {TEXT("1e+x"), 3, DIGIT},
    {TEXT("0x10"), 1, MORE},
    {TEXT("1_000"), 1, MORE},
    {TEXT("["), 1, EARLY},
    {TEXT("[1"), 2, EARLY},
    {TEXT("[1,"), 3, EARLY},
    {TEXT("[1,]"), 3, VALUE},
    {TEXT("[,1]"), 1, VALUE},
    {TEXT("[1 2]"), 3, ARRAY_END},
    {TEXT("[1}"), 2, ARRAY_END},
    {TEXT("[}"), 1, VALUE},
    {TEXT("]"), 0, VALUE},
    {TEXT("{"), 1, EARLY},
    {TEXT("{\"a\""), 4, EARLY},
    {TEXT("{\"a\":"), 5, EARLY},
    {TEXT("{\"a\":1"), 6, EARLY},
    {TEXT("{\"a\":1,"), 7, EARLY},
    {TEXT("{\"a\":1,}"), 7, KEY},
    {TEXT("{,}"), 1, KEY},
    {TEXT("{a:1}"), 1, KEY},
    {TEXT("{1:1}"), 1, KEY},
    {TEXT("{\"a\" 1}"), 5, COLON},
    {TEXT("{\"a\",1}"), 4, COLON},
    {TEXT("{\"a\"::1}"), 5, VALUE},
    {TEXT("{\"a\":1]"), 6, OBJECT_END},
    {TEXT("{\"a\":1 \"b\":2}"), 7, OBJECT_END},
    {TEXT("{]"), 1, KEY},
    {TEXT("{\"a\":[1}"), 7, ARRAY_END},
    {TEXT("\""), 1, EARLY},
    {TEXT("\"abc"), 4, EARLY},
    {TEXT("\"abc\\"), 5, EARLY},
    {TEXT("\"abc\\\""), 6, EARLY},
    {TEXT("\"abcdefgh12345678"), 17, EARLY},
    {TEXT("\"a\\x\""), 2, ESCAPE},
    {TEXT("\"a\\\0\""), 2, ESCAPE},
    {TEXT("\"a\\U0041\""), 2, ESCAPE},
    {TEXT("\"a\\u\""), 2, HEX},
    {TEXT("\"a\\u12g4\""), 2, HEX},
    {TEXT("\"a\\u 123\""), 2, HEX},
    {TEXT("\"a\\u12"), 6, EARLY},
    {TEXT("\"a\\u"), 4, EARLY},
    {TEXT("\"a\nb\""), 2, CONTROL},
    {TEXT("\"a\0b\""), 2, CONTROL},
    {TEXT("\"1234567\x1f\""), 8, CONTROL},
    {TEXT("\"a\xff\""), 2, UTF8},
    {TEXT("\"a\xc0\x80\""), 2, UTF8},
    {TEXT("\"a\xed\xa0\x80\""), 2, UTF8},
    {TEXT("\"a\xf4\x90\x80\x80\""), 2, UTF8},
    {TEXT("\"a\xe2\x82\""), 2, UTF8},
    {TEXT("\"a\xe2\x82"), 2, UTF8},
    {TEXT("{\"\xff\":1}"), 2, UTF8},
    {TEXT("[\xc2\xa0]"), 1, VALUE},
};

static void test_invalid(void) {
    for (size_t i = 0; i < ARRAY_LENGTH(invalid); i++) {
        /* A copy of just these bytes, so that a sanitizer sees a read behind them. */
        char *bytes = malloc(invalid[i].json.size + (invalid[i].json.size == 0));
        memcpy(bytes, invalid[i].json.data, invalid[i].json.size);
        pgc_error err;
        int status = json_check((pgc_str){bytes, invalid[i].json.size}, NULL, "metadata", &err);
        free(bytes);
        char want[200];
        snprintf(want, sizeof(want), "metadata: invalid JSON at byte %d: %s", invalid[i].position,
                 invalid[i].reason);
        is_code(status, PGC_INVALID, &err, "invalid: %s", invalid[i].json.data);
        is_int(err.position, invalid[i].position, "where");
        is_str(err.message, want, "what");
    }
    enum json_kind kind = JSON_FALSE;
    is_int(json_check(pgc_none(), &kind, "x", NULL), -PGC_INVALID, "an absent value is not valid");
    is_int(kind, JSON_FALSE, "a failure leaves the kind alone");
}

/* ---- Depth ---- */

/* `depth` arrays, or objects, around one number. */
static void nested(struct buf *buf, size_t depth, bool objects) {
    for (size_t i = 0; i < depth; i++) {
        buf_add_z(buf, objects ? "{\"a\":" : "[");
    }
    buf_add_char(buf, '1');
    for (size_t i = 0; i < depth; i++) {
        buf_add_char(buf, objects ? '}' : ']');
    }
}

static void test_depth(void) {
    for (int objects = 0; objects < 2; objects++) {
        struct buf buf;
        pgc_error err;
        buf_init(&buf, SIZE_MAX);
        nested(&buf, JSON_DEPTH_MAX, objects != 0);
        is_code(json_check(content(&buf), NULL, "x", &err), PGC_OK, &err, "512 levels");
        buf_reset(&buf);
        nested(&buf, JSON_DEPTH_MAX + 1, objects != 0);
        is_code(json_check(content(&buf), NULL, "x", &err), PGC_INVALID, &err, "513 levels");
        is_int(err.position, objects != 0 ? 5 * JSON_DEPTH_MAX : JSON_DEPTH_MAX, "where");
        is_str(strrchr(err.message, ':'), ": it is nested too deeply", "what");
        buf_reset(&buf);
        nested(&buf, 1000000, objects != 0);
        is_code(json_check(content(&buf), NULL, "x", &err), PGC_INVALID, &err, "a million levels");
        buf_free(&buf);
    }
}

/* ---- Members ---- */

static void test_members(void) {
    struct json_members members;
    pgc_str key;
    pgc_str value;
    static const char *const want[][2] = {
        {"\"a\"", "1"},
        {"\"b\\\"}\"", "\"x\\\\\""},
        {"\"\"", "{ \"a\" : [1, \"]}\\\"\", {}] }"},
        {"\"a\"", "[ [ ] , { } ]"},
        {"\"long enough for eight bytes\"", "-1.5e3"},
        {"\"\xc3\xa9\"", "true"},
        {"\"n\"", "null"},
    };
    json_members_begin(&members, pgc_z(" \n{ \"a\" :1 ,\"b\\\"}\": \"x\\\\\" , \"\": { \"a\" : [1, "
                                       "\"]}\\\"\", {}] },\"a\":[ [ ] , { } ], "
                                       "\"long enough for eight bytes\":-1.5e3,\"\xc3\xa9\":true,"
                                       "\t\"n\"\t:\tnull\t} \r"));
    for (size_t i = 0; i < ARRAY_LENGTH(want); i++) {
        ok(json_members_next(&members, &key, &value), "member %zu", i);
        is_mem(key, pgc_z(want[i][0]), "its key");
        is_mem(value, pgc_z(want[i][1]), "its value");
    }
    ok(!json_members_next(&members, &key, &value), "no more members");
    ok(!json_members_next(&members, &key, &value), "and no more when asked again");
    json_members_begin(&members, pgc_z("{}"));
    ok(!json_members_next(&members, &key, &value), "an empty object");
    json_members_begin(&members, pgc_z(" { \n } "));
    ok(!json_members_next(&members, &key, &value), "an empty object with white space");
}

static void test_elements(void) {
    struct json_members elements;
    pgc_str value;
    static const char *const want[] = {"1", "\"x,]\"", "[ 2, [ ] ]", "{\"a\":[1]}", "null"};
    json_elements_begin(&elements, pgc_z(" [1 ,\"x,]\", [ 2, [ ] ],{\"a\":[1]}\n, null ] "));
    for (size_t i = 0; i < ARRAY_LENGTH(want); i++) {
        ok(json_elements_next(&elements, &value), "element %zu", i);
        is_mem(value, pgc_z(want[i]), "its value");
    }
    ok(!json_elements_next(&elements, &value), "no more elements");
    ok(!json_elements_next(&elements, &value), "and no more when asked again");
    json_elements_begin(&elements, pgc_z(" [ ] "));
    ok(!json_elements_next(&elements, &value), "an empty array");
}

/* Takes the white space outside of strings away. */
static void squeeze(struct buf *buf) {
    size_t size = 0;
    bool inside = false;
    for (size_t i = 0; i < buf->size; i++) {
        char c = buf->data[i];
        if (!inside && strchr(" \t\r\n", c) != NULL) continue;
        buf->data[size++] = c;
        if (inside && c == '\\') {
            buf->data[size++] = buf->data[++i];
        } else if (c == '"') {
            inside = !inside;
        }
    }
    buf->size = size;
}

/* Adds the members of an object put together again; returns how many were not as they should be. */
static int rebuild(struct buf *buf, pgc_str object) {
    int wrong = 0;
    struct json_members members;
    pgc_str key;
    pgc_str value;
    json_members_begin(&members, object);
    for (int n = 0; json_members_next(&members, &key, &value); n++) {
        enum json_kind kind;
        wrong += json_check(key, &kind, "k", NULL) != 0 || kind != JSON_STRING;
        wrong += json_check(value, &kind, "v", NULL) != 0;
        wrong += strchr(" \t\r\n", value.data[0]) != NULL ||
                 strchr(" \t\r\n", value.data[value.size - 1]) != NULL;
        buf_add_char(buf, n == 0 ? '{' : ',');
        buf_add_str(buf, key);
        buf_add_char(buf, ':');
        buf_add_str(buf, value);
    }
    buf_add_z(buf, buf->size == 0 ? "{}" : "}");
    return wrong;
}

static void test_random_members(void) {
    uint64_t state = 31337;
    int objects = 0;
    int wrong = 0;
    int differ = 0;
    for (int i = 0; i < 5000; i++) {
        struct buf json;
        struct buf again;
        buf_init(&json, SIZE_MAX);
        buf_init(&again, SIZE_MAX);
        gen_json(&json, &state, 4);
        if (json_kind_of(content(&json)) == JSON_OBJECT) {
            wrong += rebuild(&again, content(&json));
            squeeze(&json);
            squeeze(&again);
            differ += again.size != json.size || memcmp(again.data, json.data, json.size) != 0;
            objects++;
        }
        buf_free(&json);
        buf_free(&again);
    }
    ok(objects > 500, "%d random objects", objects);
    is_int(wrong, 0, "their members are valid and trimmed");
    is_int(differ, 0, "and, put together, the object again");
}

/* ---- Quoting ---- */

static const struct {
    pgc_str text;
    pgc_str json;
} quotes[] = {
    {TEXT(""), TEXT("\"\"")},
    {TEXT("plain"), TEXT("\"plain\"")},
    {TEXT("\"\\/"), TEXT("\"\\\"\\\\/\"")},
    {TEXT("\b\f\n\r\t"), TEXT("\"\\b\\f\\n\\r\\t\"")},
    {TEXT("\0\x01\x1f\x7f"), TEXT("\"\\u0000\\u0001\\u001f\x7f\"")},
    {TEXT("caf\xc3\xa9 \xf0\x9f\x98\x80"), TEXT("\"caf\xc3\xa9 \xf0\x9f\x98\x80\"")},
    {TEXT("\xed\xa0\xbd"), TEXT("\"\\ud83d\"")},
    {TEXT("a\xed\xb8\x80z"), TEXT("\"a\\ude00z\"")},
    {TEXT("\xed\xb8\x80\xed\xa0\xbd"), TEXT("\"\\ude00\\ud83d\"")},
    {TEXT("\xed\x9f\xbf\xee\x80\x80"), TEXT("\"\xed\x9f\xbf\xee\x80\x80\"")},
    {TEXT("\xef\xb7\x90\xe2\x80\xa8"), TEXT("\"\xef\xb7\x90\xe2\x80\xa8\"")},
    {TEXT("eight plain bytes \"quoted\" and more"),
     TEXT("\"eight plain bytes \\\"quoted\\\" and more\"")},
};

/* What json_quote never writes but json_unquote must read. */
static const struct {
    pgc_str json;
    pgc_str text;
} unquotes[] = {
    {TEXT("\"\\/\\\"\\\\\""), TEXT("/\"\\")},
    {TEXT("\"\\u0041\\u00e9\\u20AC\\u20ac\""), TEXT("A\xc3\xa9\xe2\x82\xac\xe2\x82\xac")},
    {TEXT("\"\\ud83d\\ude00\""), TEXT("\xf0\x9f\x98\x80")},
    {TEXT("\"\\uD83D\\uDE00\""), TEXT("\xf0\x9f\x98\x80")},
    {TEXT("\"\\udbff\\udfff\\ud800\\udc00\""), TEXT("\xf4\x8f\xbf\xbf\xf0\x90\x80\x80")},
    {TEXT("\"\\ud83d\\ud83d\\ude00\\ude00\""), TEXT("\xed\xa0\xbd\xf0\x9f\x98\x80\xed\xb8\x80")},
    {TEXT("\"\\ud83d\\n\""), TEXT("\xed\xa0\xbd\n")},
    {TEXT("\"\\ud83d\\u0041\""), TEXT("\xed\xa0\xbd\x41")},
    {TEXT("\"\\ud83dude00\""), TEXT("\xed\xa0\xbdude00")},
    {TEXT("\"\\\\ud83d\""), TEXT("\\ud83d")},
    {TEXT("\"\\\\\\u0000\""), TEXT("\\\0")},
    {TEXT(" \n\"a\\\"\" \t"), TEXT("a\"")},
};

static void test_quote(void) {
    for (size_t i = 0; i < ARRAY_LENGTH(quotes); i++) {
        struct buf buf;
        buf_init(&buf, SIZE_MAX);
        json_quote(&buf, quotes[i].text);
        is_mem(content(&buf), quotes[i].json, "quote %zu", i);
        buf_reset(&buf);
        json_unquote(&buf, quotes[i].json);
        is_mem(content(&buf), quotes[i].text, "and back");
        buf_free(&buf);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(unquotes); i++) {
        struct buf buf;
        buf_init(&buf, SIZE_MAX);
        buf_add_z(&buf, "before ");
        is_int(json_check(unquotes[i].json, NULL, "x", NULL), 0, "valid: %s",
               unquotes[i].json.data);
        json_unquote(&buf, unquotes[i].json);
        is_mem(((pgc_str){buf.data + 7, buf.size - 7}), unquotes[i].text, "unquote %zu", i);
        buf_free(&buf);
    }
    struct buf small;
    buf_init(&small, 5);
    json_quote(&small, pgc_z("abcd"));
    ok(small.failed, "a buffer that is too small says so");
    buf_free(&small);
}

static void test_random_quote(void) {
    uint64_t state = 271828;
    int wrong = 0;
    for (int i = 0; i < 20000; i++) {
        struct buf text;
        struct buf json;
        struct buf back;
        buf_init(&text, SIZE_MAX);
        buf_init(&json, SIZE_MAX);
        buf_init(&back, SIZE_MAX);
        buf_add(&text, "", 0);
        gen_text(&text, &state, 30);
        json_quote(&json, content(&text));
        wrong += json_check(content(&json), NULL, "x", NULL) != 0;
        json_unquote(&back, content(&json));
        wrong += back.size != text.size || memcmp(back.data, text.data, text.size) != 0;
        buf_free(&text);
        buf_free(&json);
        buf_free(&back);
    }
    is_int(wrong, 0, "random text: quoted it is valid JSON, unquoted it is itself");
    for (int i = 0; i < 20000; i++) {
        struct buf json;
        struct buf text;
        buf_init(&json, SIZE_MAX);
        buf_init(&text, SIZE_MAX);
        gen_json_string(&json, &state, 20);
        json_unquote(&text, content(&json));
        wrong += !utf8_check_loose(content(&text), NULL);
        buf_free(&json);
        buf_free(&text);
    }
    is_int(wrong, 0, "random JSON strings: their text is good");
}

/* ---- Against a second opinion ---- */

/* The grammar of RFC 8259 written down once more, as plainly as can be; NULL: not valid. */
static const char *value(const char *p, const char *end);

static const char *space(const char *p, const char *end) {
    while (p != NULL && p < end && memchr(" \t\r\n", *p, 4) != NULL) {
        p++;
    }
    return p;
}

static const char *byte(const char *p, const char *end, const char *set) {
    return p != NULL && p < end && memchr(set, *p, strlen(set)) != NULL ? p + 1 : NULL;
}

static const char *string(const char *p, const char *end) {
    p = byte(p, end, "\"");
    while (p != NULL && p < end && *p != '"') {
        size_t length;
        uint32_t c = utf8_decode(p, (size_t)(end - p), &length);
        if (c == UTF8_BAD || c < 0x20 || utf8_is_surrogate(c)) {
            return NULL;
        }
        p += length;
        if (c == '\\') {
            bool unit = byte(p, end, "u") != NULL;
            p = byte(p, end, "\"\\/bfnrtu");
            for (int i = 0; unit && i < 4; i++) {
                p = byte(p, end, "0123456789abcdefABCDEF");
            }
        }
    }
    return byte(p, end, "\"");
}

static const char *digits(const char *p, const char *end) {
    p = byte(p, end, "0123456789");
    while (byte(p, end, "0123456789") != NULL) {
        p++;
    }
    return p;
}

static const char *number(const char *p, const char *end) {
    p = byte(p, end, "-") != NULL ? p + 1 : p;
    p = byte(p, end, "0") != NULL ? p + 1 : digits(p, end);
    if (byte(p, end, ".") != NULL) {
        p = digits(p + 1, end);
    }
    if (byte(p, end, "eE") != NULL) {
        p++;
        p = byte(p, end, "+-") != NULL ? p + 1 : p;
        p = digits(p, end);
    }
    return p;
}

static const char *items(const char *p, const char *end, bool object) {
    const char *close = space(p, end);
    if (byte(close, end, object ? "}" : "]") != NULL) {
        return close + 1;
    }
    do {
        if (object) {
            p = byte(space(string(space(p, end), end), end), end, ":");
        }
        p = p == NULL ? NULL : value(p, end);
    } while (byte(p, end, ",") != NULL && p++ != NULL);
    return byte(p, end, object ? "}" : "]");
}

static const char *value(const char *p, const char *end) {
    static const char *const words[] = {"true", "false", "null"};
    p = space(p, end);
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        size_t size = strlen(words[i]);
        if ((size_t)(end - p) >= size && memcmp(p, words[i], size) == 0) {
            return space(p + size, end);
        }
    }
    if (byte(p, end, "{[") != NULL) {
        return space(items(p + 1, end, *p == '{'), end);
    }
    return space(byte(p, end, "\"") != NULL ? string(p, end) : number(p, end), end);
}

/* Changes up to three bytes: to another one, to one that JSON is made of, away, or twice. */
static void damage(struct buf *buf, uint64_t *state) {
    static const char material[] = "{}[]\",:\\u0e.-+ tfn\x1f\xc3\xa9\xed\xa0\x80";
    for (uint32_t n = gen_number(state, 4); n > 0 && buf->size > 0; n--) {
        size_t at = gen_number(state, (uint32_t)buf->size);
        switch (gen_number(state, 4)) {
        case 0:
            buf->data[at] = (char)gen_number(state, 256);
            break;
        case 1:
            buf->data[at] = material[gen_number(state, sizeof(material) - 1)];
            break;
        case 2:
            memmove(buf->data + at, buf->data + at + 1, buf->size - at);
            buf->size--;
            break;
        default:
            buf_add_char(buf, 'x');
            memmove(buf->data + at + 1, buf->data + at, buf->size - at - 1);
        }
    }
}

static void test_second_opinion(void) {
    uint64_t state = 1618033;
    int refused = 0;
    int good = 0;
    int bad = 0;
    int differ = 0;
    for (int i = 0; i < 60000; i++) {
        struct buf buf;
        buf_init(&buf, SIZE_MAX);
        gen_json(&buf, &state, 5);
        refused += json_check(content(&buf), NULL, "x", NULL) != 0;
        damage(&buf, &state);
        /* In memory of exactly this size, so that a sanitizer sees a read behind it. */
        char *bytes = malloc(buf.size + (buf.size == 0));
        memcpy(bytes, buf.data, buf.size);
        pgc_error err;
        bool accepted = json_check((pgc_str){bytes, buf.size}, NULL, "x", &err) == 0;
        bool right = value(bytes, bytes + buf.size) == bytes + buf.size;
        good += right;
        bad += !right;
        differ += accepted != right ||
                  (!accepted && (err.position < 0 || err.position > (int64_t)buf.size));
        free(bytes);
        buf_free(&buf);
    }
    is_int(refused, 0, "random valid JSON is accepted");
    ok(good > 10000 && bad > 10000, "damaged, %d are valid and %d are not", good, bad);
    is_int(differ, 0, "both checks agree");
}

int main(void) {
    test_valid();
    test_invalid();
    test_depth();
    test_members();
    test_elements();
    test_random_members();
    test_quote();
    test_random_quote();
    test_second_opinion();
    return done_testing();
}
