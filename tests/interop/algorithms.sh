# The rows of the algorithm table that strongSwan has too, and how swanctl prints them.
ENCR_AES="aes128 aes192 aes256"
ENCR_CTR="aes128ctr aes192ctr aes256ctr"
ENCR_AEAD="aes128ccm8 aes192ccm8 aes256ccm8 aes128ccm12 aes192ccm12 aes256ccm12 aes128ccm16 aes192ccm16 aes256ccm16
    aes128gcm8 aes192gcm8 aes256gcm8 aes128gcm12 aes192gcm12 aes256gcm12 aes128gcm16 aes192gcm16 aes256gcm16
    chacha20poly1305"
INTEGS="md5 sha1 aesxcbc aescmac sha256 sha384 sha512"
PRFS="prfmd5 prfsha1 prfaesxcbc prfaescmac prfsha256 prfsha384 prfsha512"
GROUPS_ALL="modp1024 modp1536 modp2048 modp3072 modp4096 modp6144 modp8192 ecp256 ecp384 ecp521 x25519 x448"

# swanctl_word WORD: as --list-sas prints it
swanctl_word() {
    case $1 in
    3des) echo 3DES_CBC ;;
    chacha20poly1305) echo CHACHA20_POLY1305 ;;
    aes???) echo "AES_CBC-${1#aes}" ;;
    aes???ctr) echo "AES_CTR-${1:3:3}" ;;
    aes???ccm*) echo "AES_CCM_${1#aes???ccm}-${1:3:3}" ;;
    aes???gcm*) echo "AES_GCM_${1#aes???gcm}-${1:3:3}" ;;
    md5 | sha1) echo "HMAC_${1^^}_96" ;;
    sha256) echo HMAC_SHA2_256_128 ;;
    sha384) echo HMAC_SHA2_384_192 ;;
    sha512) echo HMAC_SHA2_512_256 ;;
    aesxcbc) echo AES_XCBC_96 ;;
    aescmac) echo AES_CMAC_96 ;;
    prfmd5 | prfsha1) w=${1#prf} && echo "PRF_HMAC_${w^^}" ;;
    prfsha*) echo "PRF_HMAC_SHA2_${1#prfsha}" ;;
    prfaes*) w=${1#prfaes} && echo "PRF_AES128_${w^^}" ;;
    modp*) echo "MODP_${1#modp}" ;;
    ecp*) echo "ECP_${1#ecp}" ;;
    x25519) echo CURVE_25519 ;;
    x448) echo CURVE_448 ;;
    esac
}

# swanctl_suite PROPOSAL: "AES_GCM_16-256/PRF_HMAC_SHA2_256/ECP_256"; the PRF that an integrity algorithm implies is named
swanctl_suite() {
    local out="" word integ="" prf=""
    for word in ${1//-/ }; do
        case $word in
        prf*) prf=1 ;;
        sha* | md5 | aesxcbc | aescmac) integ=$word ;;
        modp* | ecp* | x*) [ -n "$prf" ] || [ -z "$integ" ] || out+="/$(swanctl_word "prf$integ")" ;;
        esac
        out+="/$(swanctl_word "$word")"
    done
    echo "${out#/}"
}
