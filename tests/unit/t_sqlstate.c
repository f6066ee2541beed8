#include "base/sqlstate.h"
#include "tap.h"

static void check(const char *state, pgc_code want_code, pgc_retry want_retry) {
    pgc_code code = PGC_OK;
    pgc_retry retry = (pgc_retry)-1;
    sqlstate_classify(state, &code, &retry);
    is_str(pgc_code_name((int)code), pgc_code_name((int)want_code), "code of %s",
           state == NULL ? "NULL" : state);
    is_int(retry, want_retry, "retry class of %s", state == NULL ? "NULL" : state);
}

int main(void) {
    check("08001", PGC_CONNECT, PGC_RETRY_SAFE);
    check("08004", PGC_CONNECT, PGC_RETRY_SAFE);
    check("08000", PGC_LOST, PGC_RETRY_UNKNOWN);
    check("08006", PGC_LOST, PGC_RETRY_UNKNOWN);
    check("08P01", PGC_LOST, PGC_RETRY_UNKNOWN);
    check("22021", PGC_DATA, PGC_RETRY_NO);
    check("22P02", PGC_DATA, PGC_RETRY_NO);
    check("22P05", PGC_DATA, PGC_RETRY_NO);
    check("23503", PGC_NOT_FOUND, PGC_RETRY_NO);
    check("23505", PGC_EXISTS, PGC_RETRY_NO);
    check("23514", PGC_CONSTRAINT, PGC_RETRY_NO);
    check("23502", PGC_CONSTRAINT, PGC_RETRY_NO);
    check("25006", PGC_DENIED, PGC_RETRY_SAFE);
    check("25P02", PGC_SERVER, PGC_RETRY_NO);
    check("25P03", PGC_LOST, PGC_RETRY_SAFE);
    check("25P04", PGC_TIMEOUT, PGC_RETRY_UNKNOWN);
    check("28000", PGC_AUTH, PGC_RETRY_NO);
    check("28P01", PGC_AUTH, PGC_RETRY_NO);
    check("3D000", PGC_CONNECT, PGC_RETRY_NO);
    check("3F000", PGC_SCHEMA, PGC_RETRY_NO);
    check("40001", PGC_CONFLICT, PGC_RETRY_SAFE);
    check("40P01", PGC_CONFLICT, PGC_RETRY_SAFE);
    check("40002", PGC_CONSTRAINT, PGC_RETRY_NO);
    check("40003", PGC_SERVER, PGC_RETRY_UNKNOWN);
    check("42501", PGC_DENIED, PGC_RETRY_NO);
    check("42P01", PGC_SCHEMA, PGC_RETRY_NO);
    check("42P10", PGC_SCHEMA, PGC_RETRY_NO);
    check("42703", PGC_SCHEMA, PGC_RETRY_NO);
    check("42883", PGC_SCHEMA, PGC_RETRY_NO);
    check("42601", PGC_SERVER, PGC_RETRY_NO);
    check("44000", PGC_CONSTRAINT, PGC_RETRY_NO);
    check("53300", PGC_BUSY, PGC_RETRY_SAFE);
    check("53100", PGC_SERVER, PGC_RETRY_NO);
    check("53200", PGC_SERVER, PGC_RETRY_NO);
    check("54000", PGC_DATA, PGC_RETRY_NO);
    check("54001", PGC_DATA, PGC_RETRY_NO);
    check("55P03", PGC_CONFLICT, PGC_RETRY_SAFE);
    check("55000", PGC_SERVER, PGC_RETRY_NO);
    check("57014", PGC_TIMEOUT, PGC_RETRY_SAFE);
    check("57P01", PGC_LOST, PGC_RETRY_UNKNOWN);
    check("57P02", PGC_LOST, PGC_RETRY_UNKNOWN);
    check("57P03", PGC_CONNECT, PGC_RETRY_SAFE);
    check("57P04", PGC_LOST, PGC_RETRY_NO);
    check("57P05", PGC_LOST, PGC_RETRY_SAFE);
    check("P0001", PGC_SERVER, PGC_RETRY_NO);
    check("XX000", PGC_SERVER, PGC_RETRY_NO);
    check("0A000", PGC_SERVER, PGC_RETRY_NO);

    check(NULL, PGC_SERVER, PGC_RETRY_NO);
    check("", PGC_SERVER, PGC_RETRY_NO);
    check("23", PGC_SERVER, PGC_RETRY_NO);
    check("235051", PGC_SERVER, PGC_RETRY_NO);
    return done_testing();
}
