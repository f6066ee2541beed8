#!/bin/sh
# Merges an archive into one object in which hidden names are local, and makes an archive of that.
#   static-library.sh OUTPUT ARCHIVE COMPILER...
set -eu
output=$1
archive=$2
shift 2
folder=$(mktemp -d "$output.XXXXXX")
trap 'rm -rf "$folder"' EXIT
"$@" -r -nostdlib -o "$folder/pgconvo.o" -Wl,--whole-archive "$archive" -Wl,--no-whole-archive
objcopy --localize-hidden "$folder/pgconvo.o"
rm -f "$output"
ar rcsD "$output" "$folder/pgconvo.o"
