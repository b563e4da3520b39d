#!/bin/bash
# fuzz.sh SECONDS: builds the libFuzzer targets and runs each so long under ASan and UBSan, two at a time. What a run finds
# new is kept in build/fuzz/corpus, crashing inputs in build/fuzz/findings. Ends with status 1 when a target found something.
set -u
seconds=${1:?usage: fuzz.sh SECONDS}
cd "$(dirname "$0")/.."

mkdir -p build/fuzz/findings build/fuzz/corpus build/fuzz/logs
echo "building: fuzz"
cmake --preset fuzz >build/fuzz/logs/configure 2>&1 || { cat build/fuzz/logs/configure; exit 1; }
cmake --build --preset fuzz >build/fuzz/logs/build 2>&1 || { grep -v '^\[[0-9]*/' build/fuzz/logs/build; exit 1; }

# run TARGET: one line with its runs and coverage
run() {
    local target=$1 name seeds log
    name=$(basename "$target")
    seeds=$(echo tests/fuzz/*/corpus/"${name#fuzz_}")
    log=build/fuzz/logs/$name
    mkdir -p build/fuzz/corpus/"$name"
    "$target" -max_total_time="$seconds" -print_final_stats=1 -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
        -artifact_prefix=build/fuzz/findings/"$name"- build/fuzz/corpus/"$name" "$seeds" >"$log" 2>&1
    local status=$?
    printf '%-32s %12s runs, coverage %6s edges, %6s features: %s\n' "$name" \
        "$(awk '/stat::number_of_executed_units/ {print $2}' "$log")" \
        "$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -d' ' -f2)" \
        "$(grep -o 'ft: [0-9]*' "$log" | tail -n 1 | cut -d' ' -f2)" \
        "$([ $status -eq 0 ] && echo ok || echo "FOUND SOMETHING, see $log")"
    return $status
}
export -f run
export seconds

targets=$(find build/fuzz/fuzz -maxdepth 1 -name 'fuzz_*' -type f -executable | sort)
[ -n "$targets" ] || { echo "no fuzz targets were built" >&2; exit 1; }
printf '%s\n' $targets | xargs -P 2 -I{} bash -c 'run {}'
