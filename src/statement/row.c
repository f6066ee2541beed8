#include "statement/row.h"

#include "statement/wire.h"

struct row row_of(const PGresult *result, int number) {
    return (struct row){.result = result,
                        .number = number,
                        .columns = PQbinaryTuples(result) ? PQnfields(result) : 0};
}

/* The bytes of a value, or absent for null and for a column that is not there. */
static pgc_str value(struct row *row, int column) {
    if (column >= row->columns) {
        row->bad = true;
        return pgc_none();
    }
    int size = PQgetlength(row->result, row->number, column);
    if (size == 0 && PQgetisnull(row->result, row->number, column)) {
        return pgc_none();
    }
    return (pgc_str){PQgetvalue(row->result, row->number, column), (size_t)size};
}

bool row_is_null(struct row *row, int column) {
    return value(row, column).data == NULL;
}

pgc_str row_text(struct row *row, int column) {
    return value(row, column);
}

pgc_str row_id(struct row *row, int column) {
    pgc_str id = value(row, column);
    row->bad |= id.data == NULL;
    return id;
}

pgc_str row_json(struct row *row, int column) {
    pgc_str json = value(row, column);
    if (json.data == NULL) {
        return json;
    }
    if (json.size < 1 || json.data[0] != 1) {
        row->bad = true;
        return pgc_none();
    }
    return (pgc_str){json.data + 1, json.size - 1};
}

bool row_bool(struct row *row, int column) {
    pgc_str byte = value(row, column);
    row->bad |= byte.data != NULL && byte.size != 1;
    return byte.data != NULL && byte.size == 1 && byte.data[0] != 0;
}

int64_t row_int8(struct row *row, int column, int64_t if_null) {
    pgc_str bytes = value(row, column);
    if (bytes.data == NULL) {
        return if_null;
    }
    if (bytes.size != 8) {
        row->bad = true;
        return if_null;
    }
    return (int64_t)wire_get64(bytes.data);
}

int64_t row_time(struct row *row, int column) {
    int64_t wire = row_int8(row, column, 0);
    return row_is_null(row, column) ? PGC_NO_TIME : wire_time_in(wire);
}
