#!/bin/bash
# ctest: timeout 1800
# pki-d dies by SIGKILL at random moments while it issues and revokes, and starts again: whatever it had acknowledged is there,
# no serial was given twice, and the database is whole. BULKHEAD_LONG: 200 deaths during 1,000 issues and 500 revocations.
. "$(dirname "$0")/lib/scenario.sh" || exit 1
KILLS=${BULKHEAD_KILLS:-${BULKHEAD_LONG:+200}}
KILLS=${KILLS:-12}
ISSUES=$((KILLS * 5))
CLIENT=$BULKHEAD_BUILD/tests/ca_client
RUN=$WORK/run STATE=$WORK/state
STORE=$STATE/pki-d/store.db

mkdir -p "$RUN" "$STATE"
chmod 755 "$WORK" "$RUN" "$STATE"

begin_pki() {
    "$BULKHEAD_BUILD/pki-d" --run "$RUN" --state "$STATE" --log-level warning >>"$WORK/pki-d.log" 2>&1 </dev/null &
    PROCESS_PID[pki-d]=$!
}

sql() { sqlite3 "$STORE" "$1"; }

step "an authority, then $ISSUES certificates and half as many revocations under $KILLS deaths"
begin_pki
"$CLIENT" "$RUN" authority root >"$WORK/authority.log" 2>&1 || fail "no authority: $(cat "$WORK/authority.log")"
"$CLIENT" "$RUN" work root c $ISSUES >"$WORK/acknowledged" 2>"$WORK/client.log" &
PROCESS_PID[client]=$!
deaths=0
while is_running client && ! is_gone client; do
    # from the start of the daemon on: some deaths come before it serves
    sleep "0.$(printf %03d $((RANDOM % 250)))"
    [ "$deaths" -lt "$KILLS" ] || continue
    kill -KILL "${PROCESS_PID[pki-d]}" || fail "pki-d had died by itself: $(tail -n 1 "$WORK/pki-d.log")"
    wait "${PROCESS_PID[pki-d]}" 2>/dev/null
    deaths=$((deaths + 1))
    begin_pki
done
wait "${PROCESS_PID[client]}" || fail "the client: $(tail -n 1 "$WORK/client.log")"
# the work was done before all deaths had come: the rest of them hit a daemon that starts
while [ "$deaths" -lt "$KILLS" ]; do
    sleep "0.$(printf %03d $((RANDOM % 100)))"
    kill -KILL "${PROCESS_PID[pki-d]}" || fail "pki-d had died by itself: $(tail -n 1 "$WORK/pki-d.log")"
    wait "${PROCESS_PID[pki-d]}" 2>/dev/null
    deaths=$((deaths + 1))
    begin_pki
done
"$CLIENT" "$RUN" authority after >"$WORK/authority.log" 2>&1 || fail "no more authority: $(cat "$WORK/authority.log")"
terminate pki-d

step "the store after $deaths deaths"
issued=$(grep -c '^issued' "$WORK/acknowledged")
revoked=$(grep -c '^revoked' "$WORK/acknowledged")
echo "        acknowledged: $issued certificates, $revoked revocations"
assert_at_least "acknowledged certificates" $((ISSUES / 2)) "$issued"
assert_equal "integrity" ok "$(sql "PRAGMA integrity_check")"
assert_equal "certificates" $((ISSUES + 2)) "$(sql "SELECT count(*) FROM certificate WHERE is_current")"
assert_equal "revoked ones" $((ISSUES / 2)) "$(sql "SELECT count(*) FROM certificate WHERE revoked_at IS NOT NULL")"
assert_equal "serials given twice" "" \
    "$(sql "SELECT hex(serial) FROM certificate GROUP BY authority, serial HAVING count(*) > 1")"
sql "SELECT 'issued ' || name || ' ' || lower(hex(serial)) FROM certificate;
     SELECT 'revoked ' || name || ' ' || lower(hex(serial)) FROM certificate WHERE revoked_at IS NOT NULL" | sort >"$WORK/stored"
assert_equal "acknowledged, but not stored" "" "$(sort "$WORK/acknowledged" | comm -23 - "$WORK/stored")"
sql "SELECT CASE operation WHEN 'issue' THEN 'issued ' ELSE 'revoked ' END || object FROM audit
     WHERE operation IN ('issue', 'revoke')" | sort >"$WORK/audited"
assert_equal "records of the audit log" $((ISSUES + ISSUES / 2)) "$(wc -l <"$WORK/audited")"
assert_equal "operations with two records" "" "$(uniq -d "$WORK/audited")"
assert_equal "certificates without their key" 0 \
    "$(sql "SELECT count(*) FROM certificate WHERE key NOT IN (SELECT id FROM key)")"
assert_equal "keys without a certificate" 0 \
    "$(sql "SELECT count(*) FROM key WHERE id NOT IN (SELECT key FROM certificate)")"
sql "SELECT writefile('$WORK/root.crl', der) FROM crl JOIN authority ON id = authority WHERE name = 'root'" >/dev/null
openssl crl -inform DER -in "$WORK/root.crl" -noout -text >"$WORK/crl.txt" || fail "the CRL can't be read"
assert_equal "certificates on the CRL" $((ISSUES / 2)) "$(grep -c 'Serial Number' "$WORK/crl.txt")"
passed
