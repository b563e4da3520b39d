#!/bin/bash
# install-packages.sh [SECTION...]: installs what is missing of those sections of scripts/packages.txt ("build", "demo", "tests",
# "gates"; all without a name); a program of the package's name counts, wherever it comes from. No service
# is started: a policy-rc.d that forbids it stands meanwhile.
set -eu
cd "$(dirname "$0")"

# packages_of SECTION...: a line "# word" opens a section
packages_of() {
    awk -v wanted=" $* " '/^# [a-z]+$/ {section = $2; next}
        !/^#/ && NF && (wanted == "  " || index(wanted, " " section " ")) {print $1}' packages.txt
}
mapfile -t wanted < <(packages_of "$@")
[ ${#wanted[@]} -gt 0 ] || { echo "no such section of packages.txt: $*" >&2; exit 2; }
mapfile -t absent < <(comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) \
    <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' | awk '$1 == "installed" {print $2}' | sort -u))
missing=()
for package in "${absent[@]}"; do
    command -v "$package" >/dev/null || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "packages are missing and only root can install them: ${missing[*]}" >&2
    exit 1
fi

policy=/usr/sbin/policy-rc.d
work=$(mktemp -d)
[ ! -e $policy ] || cp -a $policy "$work/policy-rc.d"
restore() {
    rm -f $policy
    [ ! -e "$work/policy-rc.d" ] || cp -a "$work/policy-rc.d" $policy
    rm -rf "$work"
}
trap restore EXIT
trap 'exit 130' INT TERM
printf '#!/bin/sh\nexit 101\n' >"$work/forbid"
install -m 755 "$work/forbid" $policy

echo "installing ${#missing[@]} packages"
export DEBIAN_FRONTEND=noninteractive
install_missing() {
    apt-get install -y -q --no-install-recommends "${missing[@]}" >"$work/log" 2>&1 </dev/null
}
if ! install_missing; then
    apt-get update -q >"$work/update.log" 2>&1 </dev/null || cat "$work/update.log" >&2
    install_missing || {
        tail -n 20 "$work/log" >&2
        echo "apt-get could not install: ${missing[*]}" >&2
        exit 1
    }
fi
