# The packages of package.json, installed once a build tree into BUILD/npm. Sets NPM to that folder.
: "${BULKHEAD_SOURCE:=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")}"
: "${BULKHEAD_BUILD:=$BULKHEAD_SOURCE/build}"
NPM=$BULKHEAD_BUILD/npm

# Tests run side by side: one installs, the others wait. Install scripts are not run; none of the packages needs one.
npm_install() {
    mkdir -p "$NPM"
    (
        flock 9
        cmp -s "$BULKHEAD_SOURCE/tests/api/package.json" "$NPM/installed.json" && exit 0
        cp "$BULKHEAD_SOURCE/tests/api/package.json" "$NPM/package.json"
        cd "$NPM" || exit 1
        npm install --ignore-scripts --no-audit --no-fund --no-package-lock >"$NPM/install.log" 2>&1 || {
            cat "$NPM/install.log" >&2
            exit 1
        }
        cp package.json installed.json
    ) 9>"$NPM/lock"
}

# buf without a cache in somebody's home.
buf() {
    BUF_CACHE_DIR=$NPM/cache "$NPM/node_modules/.bin/buf" "$@"
}

# connect_client SCRIPT: the script, the code generated for it and its packages, side by side in $WORK
connect_client() {
    cat >"$WORK/generate.yaml" <<YAML
version: v2
plugins:
- local: $NPM/node_modules/.bin/protoc-gen-es
  out: $WORK/generated
  opt: [target=js, import_extension=js]
YAML
    (cd "$BULKHEAD_SOURCE/proto" && buf generate --template "$WORK/generate.yaml") || return 1
    echo '{"type": "module"}' >"$WORK/generated/package.json" # Debian's node does not guess it
    ln -s "$NPM/node_modules" "$WORK/node_modules"
    cp "$BULKHEAD_SOURCE/tests/api/$1" "$WORK/"
}
