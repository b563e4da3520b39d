# strongSwan's charon with user-space ESP (kernel-libipsec) in gwA or gwB: its log is $WORK/charon-SIDE.log.
#
# Its pid file is compiled in, so each one gets a /run of its own; STRONGSWAN_CONF and the vici socket are its own, too.
CHARON=/usr/lib/ipsec/charon

# strongswan_child NAME LOCAL-TS REMOTE-TS [LINES]: for SWAN_CHILDREN
strongswan_child() {
    cat <<X
      $1 {
        local_ts = $2
        remote_ts = $3
        esp_proposals = ${SWAN_ESP:-aes256gcm16}
        rekey_time = 0
        start_action = ${SWAN_START:-none}
${4:-}
      }
X
}

# strongswan_config SIDE: the connection "gw" with the child "net" to the other gateway. Variables change it: SWAN_IKE,
# SWAN_ESP, SWAN_PSK, SWAN_LOCAL_TS, SWAN_REMOTE_TS, SWAN_DPD, SWAN_LOCAL_ID, SWAN_REMOTE_ID, SWAN_COOKIE_THRESHOLD,
# SWAN_VENDOR_ID, SWAN_PLUGINS (to load before the others), SWAN_EXTRA (lines of the connection), SWAN_START, SWAN_CHILDREN
# (in place of "net"), SWAN_SECRETS (further secrets), SWAN_CHARON (lines of charon's own settings), SWAN_LOG (-1: none),
# SWAN_LOCAL_AUTH and SWAN_REMOTE_AUTH (psk; pubkey with certificates of certificates.sh), SWAN_LOG_IKE (2: more),
# SWAN_LIBIPSEC (no: the kernel's ESP), SWAN_VICI (its socket)
strongswan_config() {
    local side=$1 wan=$WAN_B peer=$WAN_A local_ts="$LAN_B, $LAN6_B" remote_ts="$LAN_A, $LAN6_A"
    [ "$side" = B ] || { wan=$WAN_A peer=$WAN_B local_ts="$LAN_A, $LAN6_A" remote_ts="$LAN_B, $LAN6_B"; }
    mkdir -p "$WORK/charon-$side"
    cat >"$WORK/charon-$side/strongswan.conf" <<X
charon {
  load_modular = yes
  install_virtual_ip = no
  retransmit_tries = 3
  retransmit_timeout = 1.0
${SWAN_CHARON:+$SWAN_CHARON}
${SWAN_VENDOR_ID:+  send_vendor_id = $SWAN_VENDOR_ID}
${SWAN_COOKIE_THRESHOLD:+  cookie_threshold = $SWAN_COOKIE_THRESHOLD}
${SWAN_COOKIE_THRESHOLD:+  cookie_threshold_ip = $SWAN_COOKIE_THRESHOLD}
  filelog {
    log {
      path = $WORK/charon-$side.log
      time_format = %T
      flush_line = yes
      default = ${SWAN_LOG:-1}
      cfg = ${SWAN_LOG:-2}
      enc = ${SWAN_LOG:-1}
      ike = ${SWAN_LOG_IKE:-${SWAN_LOG:-1}}
    }
  }
  syslog {
    identifier = none
    daemon { default = -1 }
    auth { default = -1 }
  }
  plugins {
$(for plugin in ${SWAN_PLUGINS:-} random nonce openssl aes sha1 sha2 md5 hmac xcbc cmac kdf gcm ccm ctr chapoly curve25519 pem pkcs1 pkcs8 x509 pubkey constraints \
    drbg kernel-netlink socket-default updown counters; do echo "    $plugin { load = yes }"; done)
    kernel-libipsec { load = ${SWAN_LIBIPSEC:-yes} }
    vici {
      load = yes
      socket = ${SWAN_VICI:-unix://$WORK/charon-$side/vici}
    }
  }
}
X
    cat >"$WORK/charon-$side/swanctl.conf" <<X
connections {
  gw {
    version = 2
    local_addrs = $wan
    remote_addrs = $peer
    proposals = ${SWAN_IKE:-aes256gcm16-prfsha384-ecp384}
${SWAN_EXTRA:+$SWAN_EXTRA}
    rekey_time = 0
    dpd_delay = ${SWAN_DPD:-0}
    local {
      auth = ${SWAN_LOCAL_AUTH:-psk}
      id = "${SWAN_LOCAL_ID:-$wan}"
    }
    remote {
      auth = ${SWAN_REMOTE_AUTH:-psk}
      id = "${SWAN_REMOTE_ID:-$peer}"
    }
    children {
${SWAN_CHILDREN:-$(strongswan_child net "${SWAN_LOCAL_TS:-$local_ts}" "${SWAN_REMOTE_TS:-$remote_ts}")}
    }
  }
}
secrets {
${SWAN_SECRETS:+$SWAN_SECRETS}
  ike-1 {
    id-a = "${SWAN_LOCAL_ID:-$wan}"
    id-b = "${SWAN_REMOTE_ID:-$peer}"
    secret = "${SWAN_PSK:-correct horse battery staple}"
  }
}
X
}

# strongswan_start SIDE
strongswan_start() {
    local side=$1
    rm -f "$WORK/charon-$side/vici"
    STRONGSWAN_CONF=$WORK/charon-$side/strongswan.conf spawn "charon-$side" "gw$side" \
        unshare -m --propagation private sh -c "mount -t tmpfs tmpfs /run && exec $CHARON"
    wait_for 10 "charon's socket" test -S "$WORK/charon-$side/vici"
    strongswan_load "$side"
}

# After a new strongswan_config, too.
strongswan_load() {
    swanctl_on "$1" --load-all --file "$WORK/charon-$1/swanctl.conf" >"$WORK/charon-$1/load.log" 2>&1 ||
        fail "strongSwan does not take its configuration: $(tail -n 3 "$WORK/charon-$1/load.log")"
}

strongswan_stop() {
    terminate "charon-$1" "${2:-TERM}"
}

# swanctl_on SIDE ARGUMENTS...
swanctl_on() {
    local side=$1
    shift
    swanctl "$@" --uri "unix://$WORK/charon-$side/vici"
}

# strongswan_is_up SIDE: an IKE SA with an installed child
strongswan_is_up() {
    swanctl_on "$1" --list-sas 2>/dev/null | grep -q 'INSTALLED'
}

# A half-open SA does not count: charon keeps one for 30 s when an initiator stops after IKE_SA_INIT, as Bulkhead does
# while its key is missing, and nobody can delete it earlier.
strongswan_has_no_sa() {
    local sas
    sas=$(swanctl_on "$1" --list-sas 2>/dev/null) || return 1
    ! grep -qP '^\S.*: #[0-9]+, (?!CONNECTING,)' <<<"$sas"
}
