#!/usr/bin/env bash
# Instructions in user space for one packet of a TCP stream, besides the cipher, counted by callgrind; exact, and the same on
# a busy machine.
#
# usage: esp_instructions.sh [BUILD_FOLDER] [--functions]     --functions: the functions that take most of them
set -eu
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "${1:-${here%/*}/build}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for way in outbound inbound; do
    BULKHEAD_STEPS=no-cipher valgrind --tool=callgrind --callgrind-out-file="$work/$way" \
        --toggle-collect="measured_$way*" "$build/bench/esp_steps" 50 >"$work/$way.json" 2>"$work/log" || {
        cat "$work/log"
        exit 1
    }
    awk -v way=$way -v packets="$(sed 's/.*"packets": \([0-9]*\).*/\1/' "$work/$way.json")" \
        '/^(summary|totals):/ {n = $2} END {printf "%-9s %6.0f instructions a packet\n", way, n / packets}' "$work/$way"
    [ "${2:-}" != --functions ] || callgrind_annotate "$work/$way" | sed -n '/file:function/,$p' | head -40
done
