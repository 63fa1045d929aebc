#!/bin/sh
# Builds native/core and its test with AddressSanitizer, LeakSanitizer and UBSan, runs it, and asserts that planted
# faults are reported. Needs g++ with its sanitizer libraries (Debian, Ubuntu: apt-get install g++).
set -eu

native=$(cd "$(dirname "$0")/.." && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

wrapped=
for call in socket setsockopt getsockopt bind getsockname fstat socketpair send recv sendmsg recvmsg fcntl; do
  wrapped="$wrapped,--wrap=$call"
done

# GCC documents that its sanitizers make -Wmaybe-uninitialized wrong; -Wrestrict is explained in binding.gyp.
# -fno-exceptions is for the core alone: the test uses the standard library's.
find "$native/core" "$native/test" -name '*.cc' | sort | xargs -P "$(nproc)" -I '{}' sh -c '
  case "$2" in */core/*) flags=-fno-exceptions ;; *) flags= ;; esac
  exec "${CXX:-g++}" -std=c++20 -Wall -Wextra -Wconversion -Wno-restrict -Wno-maybe-uninitialized -Werror -O1 -g $flags \
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
    -I "$1" -c "$2" -o "$3/$(basename "$2").o"' sh "$native" '{}' "$out"
"${CXX:-g++}" -fsanitize=address,undefined "-Wl$wrapped" "$out"/*.o -o "$out/core_test"

export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
"$out/core_test"

# must_report <argument> <text of the report>
must_report() {
  if "$out/core_test" "$1" >"$out/report" 2>&1; then
    echo "sanitize: $1 was not noticed" >&2
    exit 1
  fi
  if ! grep -q "$2" "$out/report"; then
    echo "sanitize: $1 failed without the report '$2':" >&2
    cat "$out/report" >&2
    exit 1
  fi
}
must_report --canary-overflow 'heap-buffer-overflow'
must_report --canary-leak 'detected memory leaks'
must_report --canary-undefined 'signed integer overflow'
echo 'sanitize: passed, and every planted fault was reported'
