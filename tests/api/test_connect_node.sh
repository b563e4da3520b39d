#!/bin/bash
# connect-node, the protocol's own client: HTTP/1.1 and HTTP/2, JSON and binary, POST and GET, time-outs, errors.
. "$(dirname "$(readlink -f "$0")")/daemon.sh"

npm_install || fail "can't install the npm packages"
daemon_start
cat >"$WORK/generate.yaml" <<YAML
version: v2
plugins:
- local: $NPM/node_modules/.bin/protoc-gen-es
  out: $WORK/generated
  opt: [target=js, import_extension=js]
YAML
(cd "$BULKHEAD_SOURCE/proto" && buf generate --template "$WORK/generate.yaml") || fail "can't generate"
ln -s "$NPM/node_modules" "$WORK/node_modules"
cp "$BULKHEAD_SOURCE/tests/api/connect_node.mjs" "$WORK/"
node "$WORK/connect_node.mjs" "$SOCKET" || fail "connect-node"
daemon_check
passed
