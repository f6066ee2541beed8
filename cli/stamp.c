#include "stamp.h"

#include <time.h>

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)
#define YEAR_MAX 290000 /* further on, microseconds do not fit in 64 bits */

typedef struct civil {
    int64_t year, month, day;
} civil;

/* Days since 1970-01-01 of a date; years begin in March, so that the leap day is the last of its
 * year. */
static int64_t days_of(civil date) {
    int64_t year = date.month > 2 ? date.year : date.year - 1;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t month = date.month > 2 ? date.month - 3 : date.month + 9;
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* The reverse. */
static civil date_of(int64_t days) {
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    civil date = {.year = year_of_era + era * 400,
                  .month = month < 10 ? month + 3 : month - 9,
                  .day = day_of_year - (153 * month + 2) / 5 + 1};
    date.year += date.month <= 2 ? 1 : 0;
    return date;
}

static bool take(pgc_str *text, const char *any_of) {
    if (text->size == 0 || text->data[0] == '\0' || strchr(any_of, text->data[0]) == NULL) {
        return false;
    }
    text->data++;
    text->size--;
    return true;
}

/* Takes `min` to `max` digits, more are left; the value must be at most `limit`. */
static bool take_digits(pgc_str *text, size_t min, size_t max, int64_t limit, int64_t *value) {
    size_t count = 0;
    *value = 0;
    while (count < max && count < text->size && text->data[count] >= '0' &&
           text->data[count] <= '9') {
        *value = *value * 10 + (text->data[count++] - '0');
    }
    text->data += count;
    text->size -= count;
    return count >= min && *value <= limit;
}

/* Takes the digits behind a decimal point, as microseconds; digits beyond the sixth are cut. */
static bool take_fraction(pgc_str *text, int64_t *microseconds) {
    size_t before = text->size;
    *microseconds = 0;
    for (int64_t unit = 100000; text->size > 0 && text->data[0] >= '0' && text->data[0] <= '9';
         unit /= 10) {
        *microseconds += unit * (text->data[0] - '0');
        text->data++;
        text->size--;
    }
    return text->size < before;
}

static bool take_date(pgc_str *text, int64_t *days) {
    civil date = {0, 0, 0};
    bool negative = text->size > 0 && text->data[0] == '-';
    bool is_signed = take(text, "+-");
    if (!take_digits(text, 4, is_signed ? 6 : 4, YEAR_MAX, &date.year) || !take(text, "-") ||
        !take_digits(text, 2, 2, 12, &date.month) || !take(text, "-") ||
        !take_digits(text, 2, 2, 31, &date.day) || date.month == 0 || date.day == 0) {
        return false;
    }
    date.year = negative ? -date.year : date.year;
    *days = days_of(date);
    return date_of(*days).day == date.day; /* else: 31 April and the like */
}

static bool take_clock(pgc_str *text, int64_t *microseconds) {
    int64_t hours = 0;
    int64_t minutes = 0;
    int64_t seconds = 0;
    int64_t fraction = 0;
    if (!take_digits(text, 2, 2, 23, &hours) || !take(text, ":") ||
        !take_digits(text, 2, 2, 59, &minutes)) {
        return false;
    }
    if (take(text, ":") && (!take_digits(text, 2, 2, 60, &seconds) ||
                            (take(text, ".,") && !take_fraction(text, &fraction)))) {
        return false;
    }
    *microseconds = (hours * 3600 + minutes * 60 + seconds) * SECOND + fraction;
    return true;
}

/* Takes "Z", "+01", "+0100", "+01:00" or nothing. */
static bool take_zone(pgc_str *text, int64_t *offset) {
    int64_t hours = 0;
    int64_t minutes = 0;
    *offset = 0;
    if (text->size == 0 || take(text, "Zz")) {
        return true;
    }
    bool west = text->data[0] == '-';
    if (!take(text, "+-") || !take_digits(text, 2, 2, 23, &hours)) {
        return false;
    }
    bool colon = take(text, ":");
    if ((colon || text->size > 0) && !take_digits(text, 2, 2, 59, &minutes)) {
        return false;
    }
    *offset = (hours * 3600 + minutes * 60) * SECOND * (west ? -1 : 1);
    return true;
}

bool stamp_parse(pgc_str text, int64_t *microseconds) {
    int64_t days = 0;
    int64_t clock = 0;
    int64_t offset = 0;
    if (!take_date(&text, &days)) {
        return false;
    }
    if (text.size > 0 &&
        (!take(&text, "Tt ") || !take_clock(&text, &clock) || !take_zone(&text, &offset))) {
        return false;
    }
    *microseconds = days * DAY + clock - offset;
    return text.size == 0;
}

bool stamp_parse_number(pgc_str text, int64_t *microseconds) {
    int64_t whole = 0;
    int64_t fraction = 0;
    bool negative = take(&text, "-");
    if (!take_digits(&text, 1, 18, INT64_C(99999999999999999), &whole) ||
        (take(&text, ".") && !take_fraction(&text, &fraction)) || text.size > 0) {
        return false;
    }
    int64_t scale = whole < INT64_C(100000000000)      ? SECOND
                    : whole < INT64_C(100000000000000) ? 1000
                                                       : 1;
    int64_t value = whole * scale + fraction * scale / SECOND;
    *microseconds = negative ? -value : value;
    return true;
}

/* Prints up to the minutes, returns the microseconds behind them. */
static int64_t print(int64_t microseconds, char separator, char text[STAMP_SIZE]) {
    int64_t days = microseconds / DAY - (microseconds % DAY < 0 ? 1 : 0);
    int64_t rest = microseconds - days * DAY;
    int64_t minutes = rest / (60 * SECOND);
    civil date = date_of(days);
    const char *sign = date.year < 0 ? "-" : date.year > 9999 ? "+" : "";
    snprintf(text, STAMP_SIZE, "%s%04lld-%02d-%02d%c%02d:%02d", sign,
             (long long)(date.year < 0 ? -date.year : date.year), (int)date.month, (int)date.day,
             separator, (int)(minutes / 60), (int)(minutes % 60));
    return rest % (60 * SECOND);
}

void stamp_print(int64_t microseconds, char text[STAMP_SIZE]) {
    int64_t rest = print(microseconds, 'T', text);
    size_t size = strlen(text);
    snprintf(text + size, STAMP_SIZE - size, ":%02d.%06dZ", (int)(rest / SECOND),
             (int)(rest % SECOND));
}

void stamp_print_short(int64_t microseconds, bool seconds, char text[STAMP_SIZE]) {
    int64_t rest = print(microseconds, ' ', text);
    if (seconds) {
        size_t size = strlen(text);
        snprintf(text + size, STAMP_SIZE - size, ":%02d", (int)(rest / SECOND));
    }
}

int64_t stamp_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000;
}
