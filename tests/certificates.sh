#!/usr/bin/env bash
# Makes the keys and certificates of the tests of TLS: tests/certificates.sh FOLDER
#   ca.crt, other-ca.crt                     two authorities
#   good, name, expired, stranger, self      of servers: right in all; of another host; out of date; of the other authority; of none.
#   client, somebody, client-expired, client-stranger   of clients: for the user tls_cert, for another user, out of date, of the other
#                                            authority
set -euo pipefail
[ $# -eq 1 ] || {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 2
}
cd "$1"
exec 2> log # openssl tells what it does
trap '[ $? -eq 0 ] || tail -n 3 log' EXIT
umask 077
key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)

# authority NAME
authority() {
    openssl req -x509 "${key[@]}" -days 2 -subj "/CN=authority $1" -keyout "$1.key" -out "$1.crt"
}

# certificate NAME AUTHORITY DAYS COMMON-NAME [HOST]
certificate() {
    openssl req "${key[@]}" -subj "/CN=$4" ${5:+-addext "subjectAltName=DNS:$5"} -keyout "$1.key" -out "$1.csr"
    openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -copy_extensions copy -days "$3" -out "$1.crt"
}

authority ca
authority other-ca
certificate good ca 2 localhost localhost
certificate name ca 2 elsewhere.invalid elsewhere.invalid
certificate expired ca -1 localhost localhost
certificate stranger other-ca 2 localhost localhost
openssl req -x509 "${key[@]}" -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout self.key -out self.crt
certificate client ca 2 tls_cert
certificate somebody ca 2 somebody
certificate client-expired ca -1 tls_cert
certificate client-stranger other-ca 2 tls_cert
