#!/bin/bash
# docs/architecture.md holds the output of `bulkhead roles` between two marker lines, as the program prints it now. With
# --write it is brought up to date instead.
set -u -o pipefail
. "$(dirname "$0")/sources.sh" || exit 1
FILE=$BULKHEAD_SOURCE/docs/architecture.md
BEGIN='<!-- bulkhead roles -->'
END='<!-- end -->'

printed=$("$BULKHEAD_BUILD/bulkhead" roles) || { echo "bulkhead roles fails"; exit 1; }
[ "$(wc -l <<<"$printed")" -ge 20 ] || { echo "bulkhead roles prints too little"; exit 1; }
for marker in "$BEGIN" "$END"; do
    [ "$(grep -cxF -- "$marker" "$FILE")" -eq 1 ] || { echo "$FILE: the line $marker must stand once"; exit 1; }
done
if [ "${1:-}" = --write ]; then
    text=$(PRINTED=$printed awk -v begin="$BEGIN" -v end="$END" '
        $0 == end {inside = 0}
        !inside {print}
        $0 == begin {inside = 1; print ENVIRON["PRINTED"]}' "$FILE") || exit 1
    echo "$text" >"$FILE"
    exit
fi
written=$(awk -v begin="$BEGIN" -v end="$END" '$0 == end {exit} inside {print} $0 == begin {inside = 1}' "$FILE")
if ! diff <(echo "$written") <(echo "$printed"); then
    echo "$FILE is behind; bring it up to date: $0 --write"
    exit 1
fi
echo "docs/architecture.md has the tables that bulkhead prints"
