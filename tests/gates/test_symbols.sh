#!/bin/bash
# No library of ours defines a name that lib/ defines too: the linker would take one for both, without a word. And esp-d
# has no cipher that encrypts nothing: that is for the benchmark's own build.
set -u -o pipefail
. "$(dirname "$0")/sources.sh" || exit 1
# names LIBRARY...: exported functions and variables, one a line, each library's own once
names() {
    local library
    for library in "$@"; do
        nm --defined-only --extern-only "$library" 2>/dev/null | awk '$2 ~ /^[TDBRC]$/ {print $3}' | sort -u
    done
}
cd "$BULKHEAD_BUILD/parts" || exit 1
shared=$(find lib proto -name 'libbh_*.a')
failed=0 programs=0
for program in ike-d esp-d pki-d fw-d api-d ctl launcher; do
    library=$(find $program -name 'libbh_*.a')
    # shellcheck disable=SC2086
    double=$(names $shared $library | sort | uniq -d)
    [ -z "$double" ] || { echo "$program and lib/ share: $double"; failed=1; }
    programs=$((programs + 1))
done
backends=$(nm "$BULKHEAD_BUILD/esp-d" | awk '$3 == "cipher_openssl" || $3 == "cipher_null" {print $3}')
[ "$backends" = cipher_openssl ] || { echo "ciphers of esp-d: $backends"; failed=1; }
echo "$programs programs looked at, $(names $shared | wc -l) names in lib/ and proto/"
exit $failed
