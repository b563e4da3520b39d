#!/bin/bash
# Every header opens with a paragraph that says what it is for, and has a guard of its own name.
set -u -o pipefail
. "$(dirname "$0")/sources.sh" || exit 1
cd "$BULKHEAD_SOURCE" || exit 1
failed=0 count=0
while read -r header; do
    count=$((count + 1))
    first=$(head -n 1 "$header")
    if [[ ! $first =~ ^//\ .{15,} && ! $first =~ ^/\* ]]; then
        echo "$header:1: opens with no word on its purpose"
        failed=1
    fi
    grep -q '^#ifndef BULKHEAD_[A-Z0-9_]*_H$' "$header" || { echo "$header: no guard BULKHEAD_..._H"; failed=1; }
done < <(project_files '*.h')
duplicate=$(project_files '*.h' | xargs grep -h '^#ifndef BULKHEAD_' | sort | uniq -d)
[ -z "$duplicate" ] || { echo "two headers share a guard: $duplicate"; failed=1; }
echo "$count headers"
[ $count -gt 0 ] && exit $failed
