# fw-d alone in a gateway, with fw_client in api-d's place.
TUN=bulkhead0
FW_CLIENT=$BULKHEAD_BUILD/tests/fw_client

fw_start() { # SIDE
    mkdir -p "$WORK/$1/run" "$WORK/$1/state"
    chmod 755 "$WORK/$1" "$WORK/$1/run" "$WORK/$1/state"
    [ ! -f "$WORK/fw-$1.log" ] || mv "$WORK/fw-$1.log" "$WORK/fw-$1-before-$SECONDS.log"
    spawn "fw-$1" "gw$1" "$BULKHEAD_BUILD/fw-d" --run "$WORK/$1/run" --state "$WORK/$1/state" --tun $TUN --log-level info
    wait_for 20 "fw-d of gateway $1" grep -q ' ready ' "$WORK/fw-$1.log"
}

fw_release() { in_ns "gw$1" "$BULKHEAD_BUILD/fw-d" --release --tun $TUN >>"$WORK/fw-$1.log" 2>&1; }
fw_configure() { in_ns "gw$1" "$FW_CLIENT" "$WORK/$1/run" configure "$2"; } # SIDE GENERATION < policies
fw_status() { in_ns "gw$1" "$FW_CLIENT" "$WORK/$1/run" status; }
fw_count() { fw_status "$1" | grep -oE "$2=[0-9]+" | cut -d= -f2; } # SIDE COUNTER
