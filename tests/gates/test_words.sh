#!/bin/bash
# Nothing is left undone, nothing is passed over in silence, and no path of a developer's machine is in the tree.
set -u
. "$(dirname "$0")/sources.sh" || exit 1
cd "$BULKHEAD_SOURCE" || exit 1
failed=0
# refuse PATTERN TEXT FILES...: the brackets keep the pattern from matching itself
refuse() {
    local pattern=$1 text=$2
    shift 2
    if project_files "$@" | grep -v '^LICENSE$' | xargs grep -nIE "$pattern"; then
        echo "^ $text"
        failed=1
    fi
}
refuse '\b(T[O]DO|F[I]XME|X[X]X)\b' 'left undone' '*'
refuse '(^|[^A-Za-z0-9_.])/(w[o]rk|f[a]rm|home/[a-z]+|tmp/b[h]/)(/|\b)' 'a path of one machine' '*'
refuse '(SKIP_RETURN_C[O]DE|DISABLED T[R]UE|tcase_s[k]ip|ctest: s[k]ip)' 'a test that can be passed over' 'tests/*' '*.cmake' '*.txt'
[ $failed -ne 0 ] || echo "$(project_files '*' | wc -l) files"
exit $failed
