# Lists the project's files for the gates: what git knows, or would know if it were added; a folder without git counts whole.
: "${BULKHEAD_SOURCE:=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")}"
: "${BULKHEAD_BUILD:=$BULKHEAD_SOURCE/build}"

# project_files PATTERN...
project_files() {
    cd "$BULKHEAD_SOURCE" || exit 1
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do [ ! -f "$f" ] || echo "$f"; done | sort
    else
        local p
        for p in "$@"; do find . -path ./build -prune -o -type f -name "${p##*/}" -print; done | sed 's|^\./||' | sort
    fi
}
# Sources of the programs alone, without tests.
program_files() {
    project_files "$@" | grep -Ev '^(tests|bench|docs)/'
}
