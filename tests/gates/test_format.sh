#!/bin/bash
# Every C file is as .clang-format says.
set -u -o pipefail
. "$(dirname "$0")/sources.sh" || exit 1
cd "$BULKHEAD_SOURCE" || exit 1
project_files '*.c' '*.h' | xargs clang-format --dry-run -Werror || {
    echo "run: make format"
    exit 1
}
echo "$(project_files '*.c' '*.h' | wc -l) files are formatted"
