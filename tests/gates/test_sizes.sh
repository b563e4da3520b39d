#!/bin/bash
# Sizes of functions (median <= 15 lines, p90 <= 50, none over 100) and of files (none over 600), in the programs; the worst
# offenders are printed in any case. Lines of a function run from its name to its closing brace.
set -u -o pipefail
. "$(dirname "$0")/sources.sh" || exit 1
cd "$BULKHEAD_SOURCE" || exit 1
failed=0

functions=$(program_files '*.c' | xargs ctags -x --_xformat='%F %N %n %e' --fields=+e --kinds-C=f |
    awk '{print $4 - $3 + 1, $1, $2}' | sort -n)
count=$(wc -l <<<"$functions")
at() { sed -n "$((($count * $1 + 99) / 100))p" <<<"$functions" | cut -d' ' -f1; }
median=$(at 50) p90=$(at 90) max=$(at 100)
echo "functions: $count, median $median, p90 $p90, max $max lines"
tail -n 8 <<<"$functions" | tac | sed 's/^/    /'
[ "$count" -gt 100 ] || { echo "too few functions found: ctags is not the universal one?"; failed=1; }
[ "$median" -le 15 ] || { echo "the median is over 15"; failed=1; }
[ "$p90" -le 50 ] || { echo "p90 is over 50"; failed=1; }
[ "$max" -le 100 ] || { echo "a function has over 100 lines"; failed=1; }

files=$(program_files '*.c' '*.h' | xargs wc -l | awk '$2 != "total"' | sort -n)
count=$(wc -l <<<"$files")
echo "files: $count, median $(sed -n "$(((count + 1) / 2))p" <<<"$files" | awk '{print $1}') lines, the largest:"
tail -n 5 <<<"$files" | tac
project_files '*.c' '*.h' | xargs wc -l | awk '$2 != "total" && $1 > 600 {print "over 600 lines:", $2, $1; bad = 1} END {exit bad}' || failed=1
exit $failed
