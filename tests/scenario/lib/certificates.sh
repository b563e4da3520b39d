# Certificates that nobody of ours has made: a small authority of OpenSSL in $WORK/ca, for peers' certificates and for what
# is wrong with them.

# foreign_ca NAME SUBJECT: an authority, $WORK/ca/NAME.{key,pem}, with a list of what it has revoked
foreign_ca() {
    local dir=$WORK/ca/$1
    mkdir -p "$dir"
    : >"$dir/index.txt"
    echo 1000 >"$dir/crlnumber"
    cat >"$dir/ca.conf" <<X
[ca]
default_ca = this
[this]
dir = $dir
database = $dir/index.txt
crlnumber = $dir/crlnumber
certificate = $WORK/ca/$1.pem
private_key = $WORK/ca/$1.key
default_md = ${FOREIGN_DIGEST:-sha256}
default_crl_days = 30
new_certs_dir = $dir
rand_serial = yes
unique_subject = no
policy = any
[any]
countryName = optional
organizationName = optional
commonName = optional
X
    foreign_key ec-p256 "$WORK/ca/$1.key"
    foreign_sign "$1" "$2" "${3:-}" "basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash"
}

# foreign_key KIND FILE
foreign_key() {
    case $1 in
    rsa-*) openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:${1#rsa-}" -out "$2" ;;
    ec-p*) openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:P-${1#ec-p}" -out "$2" ;;
    *) openssl genpkey -algorithm "$1" -out "$2" ;;
    esac 2>/dev/null || fail "openssl makes no key of kind $1"
}

# foreign_sign NAME SUBJECT ISSUER EXTENSIONS: certifies $WORK/ca/NAME.key as $WORK/ca/NAME.pem, by itself without ISSUER.
# FOREIGN_FROM and FOREIGN_UNTIL, as `date` reads them, say when it is valid.
foreign_sign() {
    local own=$WORK/ca/$1
    {
        openssl req -new -key "$own.key" -subj "$2" -out "$own.csr" &&
            if [ -z "$3" ]; then
                openssl x509 -req -in "$own.csr" -days 3650 -signkey "$own.key" -extfile <(printf '%s\n' "$4") -out "$own.pem"
            else
                openssl ca -batch -notext -config "$WORK/ca/$3/ca.conf" -in "$own.csr" -extfile <(printf '%s\n' "$4") \
                    -startdate "$(foreign_time "${FOREIGN_FROM:-1 day ago}")" \
                    -enddate "$(foreign_time "${FOREIGN_UNTIL:-10 years}")" -out "$own.pem"
            fi
    } 2>"$own.log" || fail "openssl makes no certificate $1: $(cat "$own.log")"
}

foreign_time() {
    date -u -d "$1" +%Y%m%d%H%M%SZ
}

# foreign_certificate NAME KIND ISSUER [SAN] [EXTENDED-KEY-USAGE] [FURTHER-EXTENSIONS]: a gateway's
foreign_certificate() {
    foreign_key "$2" "$WORK/ca/$1.key"
    foreign_sign "$1" "/C=DE/O=Foreign/CN=$1" "$3" "basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=${5:-serverAuth,clientAuth}
subjectAltName=${4:-DNS:b.example}
${6:-}"
}

# foreign_revoke NAME ISSUER: takes effect with the next foreign_crl
foreign_revoke() {
    openssl ca -config "$WORK/ca/$2/ca.conf" -revoke "$WORK/ca/$1.pem" 2>/dev/null || fail "openssl does not revoke $1"
}

# foreign_crl ISSUER: $WORK/ca/ISSUER.crl
foreign_crl() {
    openssl ca -config "$WORK/ca/$1/ca.conf" -gencrl -out "$WORK/ca/$1.crl" 2>/dev/null || fail "openssl makes no CRL"
}

# strongswan_credentials SIDE CERTIFICATE AUTHORITIES...: files of $WORK/ca for swanctl of that side
strongswan_credentials() {
    local dir=$WORK/charon-$1 name # swanctl looks beside its file
    rm -rf "$dir"/{x509,x509ca,private}
    mkdir -p "$dir"/{x509,x509ca,private}
    cp "$WORK/ca/$2.pem" "$dir/x509/own.pem"
    cp "$WORK/ca/$2.key" "$dir/private/own.key"
    shift 2
    for name in "$@"; do
        cp "$WORK/ca/$name.pem" "$dir/x509ca/"
    done
}
