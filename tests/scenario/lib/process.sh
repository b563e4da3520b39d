# Background processes: each has a name, a log $WORK/NAME.log, and is a child of this shell.
declare -A PROCESS_PID=()

# spawn NAME NAMESPACE COMMAND...
spawn() {
    local name=$1 namespace=$2
    shift 2
    nsenter --net="$(namespace_path "$namespace")" -- "$@" >>"$WORK/$name.log" 2>&1 </dev/null &
    PROCESS_PID[$name]=$!
}

# is_running NAME
is_running() {
    local pid=${PROCESS_PID[$1]:-}
    [ -n "$pid" ] && [ -d "/proc/$pid" ] && [ "$(ps -o ppid= -p "$pid" | tr -d ' ')" = $$ ]
}

# terminate NAME [SIGNAL [SECONDS]]: and waits until it is gone
terminate() {
    local name=$1 signal=${2:-TERM} seconds=${3:-10}
    is_running "$name" || return 0
    kill -"$signal" "${PROCESS_PID[$name]}"
    wait_for "$seconds" "the end of $name" is_gone "$name"
    wait "${PROCESS_PID[$name]}" 2>/dev/null
    unset "PROCESS_PID[$name]"
}

is_gone() {
    local pid=${PROCESS_PID[$1]:-}
    [ ! -d "/proc/$pid" ] || [ "$(ps -o stat= -p "$pid" | cut -c1)" = Z ]
}

# The ends of all logs, for a scenario that fails.
print_logs() {
    local log
    for log in "$WORK"/*.log; do
        [ -s "$log" ] || continue
        printf -- '--- the end of %s\n' "${log#"$WORK"/}"
        tail -n "${BULKHEAD_LOG_LINES:-30}" "$log"
    done
}
