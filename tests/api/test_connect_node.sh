#!/bin/bash
# connect-node, the protocol's own client: HTTP/1.1 and HTTP/2, JSON and binary, POST and GET, time-outs, errors.
. "$(dirname "$(readlink -f "$0")")/daemon.sh"

npm_install || fail "can't install the npm packages"
daemon_start
connect_client connect_node.mjs || fail "can't make the client"
node "$WORK/connect_node.mjs" "$SOCKET" || fail "connect-node"
daemon_check
passed
