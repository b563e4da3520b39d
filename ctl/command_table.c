// Every command: its words, arguments, help and options.
#include "ctl/command.h"

// Options of several commands.

static const struct command_option subject[] = {
    {"common-name", "TEXT", "CN of the subject (default: NAME)"},
    {"country", "CC", "C, two letters"},
    {"state", "TEXT", "ST"},
    {"locality", "TEXT", "L"},
    {"organization", "TEXT", "O"},
    {"unit", "TEXT", "OU"},
    {0},
};

static const struct command_option key[] = {
    {"key", "TYPE", "rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384, ec-p521 or ed25519"},
    {0},
};

static const struct command_option days[] = {
    {"days", "N", "how long it is valid from now on"},
    {0},
};

static const struct command_option urls[] = {
    {"crl-url", "URL", "where its CRL is; several: again, or with commas"},
    {"ocsp-url", "URL", "where its status can be asked"},
    {0},
};

static const struct command_option crl_host[] = {
    {"crl-host", "HOST", "short for --crl-url http://HOST/crl/NAME.crl, which this gateway serves"},
    {0},
};

static const struct command_option ca[] = {
    {"ca", "CA", "the authority that signs it"},
    {0},
};

static const struct command_option path_length[] = {
    {"path-length", "N", "how many authorities may follow below it"},
    {0},
};

static const struct command_option purpose[] = {
    {"purpose", "WHAT", "server, client or site (a gateway that calls and is called)"},
    {"san", "NAME", "dns:vpn.example, ip:192.0.2.1, email:a@example.com; several: again, or with commas"},
    {0},
};

static const struct command_option clients[] = {
    {"for", "CLIENTS", "windows, apple (ios, macos), android, strongswan, routeros, cisco"},
    {"dial", "NAME", "what clients will dial, if it is none of its names: an address, for Windows"},
    {0},
};

static const struct command_option force[] = {
    {"force", NULL, "make it although a client of --for would not take it"},
    {0},
};

static const struct command_option to[] = {
    {"to", "FILE", "where to; a new file (default: stdout)"},
    {0},
};

static const struct command_option passphrase[] = {
    {"passphrase-file", "FILE", "the passphrase is its first line; - for stdin"},
    {0},
};

// Those of one.

static const struct command_option import_own[] = {
    {"key-file", "FILE", "its key, if that is in a file of its own"},
    {0},
};

static const struct command_option list_own[] = {
    {"state", "STATE", "valid, not-yet-valid, expired or revoked"},
    {"contains", "TEXT", "in its name, subject or alternative names"},
    {"expires", "DAYS", "within so many days, or expired already"},
    {0},
};

static const struct command_option export_own[] = {
    {"format", "FORMAT", "pem (default: the certificate and its issuers), der or pkcs12"},
    {"modern", NULL, "PKCS#12 with AES-256 and SHA-256"},
    {0},
};

static const struct command_option renew_own[] = {
    {"new-key", NULL, "with a new key"},
    {"revoke-old", NULL, "and the one before is not valid any more"},
    {0},
};

static const struct command_option revoke_own[] = {
    {"reason", "WHY",
     "key-compromise, ca-compromise, affiliation-changed, superseded, cessation-of-operation or "
     "privilege-withdrawn"},
    {0},
};

static const struct command_option crl_own[] = {
    {"format", "FORMAT", "pem or der: the CRL itself"},
    {0},
};

static const struct command_option audit_own[] = {
    {"limit", "N", "so many records (default 100)"},
    {0},
};

static const struct command_option restore_own[] = {
    {"replace", NULL, "also when there is something already, which is lost"},
    {0},
};

static const struct command_option *const ca_options[] = {subject, key,      days,    ca,    path_length,
                                                          urls,    crl_host, clients, force, NULL};
static const struct command_option *const issue_options[] = {ca,   purpose, subject, key, days,
                                                             urls, clients, force,   NULL};
static const struct command_option *const sign_options[] = {ca, purpose, subject, days, urls, clients, force, to, NULL};
static const struct command_option *const import_options[] = {import_own, passphrase, urls, NULL};
static const struct command_option *const list_options[] = {ca, list_own, NULL};
static const struct command_option *const export_options[] = {export_own, passphrase, to, NULL};
static const struct command_option *const renew_options[] = {days, renew_own, NULL};
static const struct command_option *const revoke_options[] = {revoke_own, NULL};
static const struct command_option *const crl_options[] = {crl_own, to, NULL};
static const struct command_option *const lint_options[] = {clients, NULL};
static const struct command_option *const audit_options[] = {audit_own, NULL};
static const struct command_option *const backup_options[] = {to, passphrase, NULL};
static const struct command_option *const restore_options[] = {passphrase, restore_own, NULL};

const struct command command_table[] = {
    {"tunnels", "list", "", 0, 0, false, "all tunnels with their state", NULL, tunnels_list},
    {"tunnels", "show", "NAME", 1, 1, false, "one tunnel, and why it is down if it is",
     "After a failure it says which side refused, with which notify, what each side offered, and what to change.",
     tunnels_show},
    {"tunnels", "explain", "NAME", 1, 1, false, "why a tunnel is up, or is not, and what to change",
     "The steps that went well, the cause of what did not, both sides' offers side by side with the first difference\n"
     "marked, and the exact change for this gateway and for the peer, in the words of its vendor where that is known.",
     tunnels_explain},
    {"tunnels", "up", "NAME", 1, 1, false, "bring a tunnel up, and wait until it is",
     "Ends with 0 when the tunnel is up, else with 1 and the reason.", tunnels_up},
    {"tunnels", "down", "NAME", 1, 1, false, "take a tunnel down",
     "What its policies name stays protected: dropped, not sent in clear, until `up`.", tunnels_down},
    {"tunnels", "rekey", "NAME [WHAT]", 1, 2, false, "replace its SAs now, without a gap",
     "WHAT is ike or child; default: both. The old SAs go on until the new ones stand; ends when that has begun.",
     tunnels_rekey},
    {"tunnels", "keylog", "NAME [TIME]", 1, 2, false, "IKE keys for Wireshark, for TIME (10m)",
     "Lines of Wireshark's ikev2_decryption_table, one for each IKE SA of the tunnel that is made while it runs. Who "
     "has\n"
     "them can read the tunnel's IKE messages. It ends by itself after TIME (1s-1h), or with Ctrl-C.\n"
     "    bhctl tunnels keylog office2 10m > ~/.config/wireshark/ikev2_decryption_table",
     tunnels_keylog},
    {"peers", "unknown", "", 0, 0, false, "who calls and no tunnel is for",
     "Who, how often, what it offered, and what would be needed to accept it.", peers_unknown},
    {"sas", "list", "[TUNNEL]", 0, 1, false, "ESP SAs with their counters", NULL, sas_list},
    {"events", "list", "[TUNNEL]", 0, 1, false, "what happened lately", NULL, events_list},
    {"apply", NULL, "", 0, 0, true, "make FILE the configuration",
     "All or nothing: a mistake is told as `file:line:column: path: what is wrong, what would be right`, and what\n"
     "runs stays as it is. FILE may be - for stdin.",
     config_apply},
    {"get", NULL, "", 0, 0, false, "the configuration, as YAML", NULL, config_get},
    {"pki ca", "create", "NAME", 1, 1, false, "make an authority",
     "It signs itself, unless --ca names the authority above it. Nobody but the gateway ever has its key.\n"
     "    bhctl pki ca create ca --country DE --organization Example --days 3650 --crl-host vpn.example",
     pki_ca_create, ca_options},
    {"pki ca", "list", "", 0, 0, false, "the authorities", "    bhctl pki ca list", pki_ca_list},
    {"pki ca", "show", "NAME", 1, 1, false, "one authority", "    bhctl pki ca show ca", pki_cert_show},
    {"pki ca", "import", "NAME", 1, 1, true, "take an authority in, with its key or without",
     "PEM, DER or PKCS#12. Without a key it is one to trust: a tunnel's peers may have certificates of it. Its CRL "
     "and\n"
     "OCSP are asked at the URLs given here, and nowhere else.\n"
     "    bhctl pki ca import partner -f partner-ca.pem --crl-url http://crl.partner.example/ca.crl",
     pki_cert_import, import_options},
    {"pki cert", "issue", "NAME", 1, 1, false, "make a key and a certificate",
     "What a client would not take is told; with --for, such a certificate is refused.\n"
     "    bhctl pki cert issue vpn.example --ca ca --purpose server --san dns:vpn.example --for windows,ios\n"
     "    bhctl pki cert issue anna --ca ca --purpose client --san email:anna@example.com --days 365",
     pki_cert_issue, issue_options},
    {"pki cert", "sign", "NAME", 1, 1, true, "sign a request (PKCS#10) of a key elsewhere",
     "Subject and names are the request's unless they are given here.\n"
     "    bhctl pki cert sign branch -f branch.csr --ca ca --purpose site --to branch.pem",
     pki_cert_sign, sign_options},
    {"pki cert", "import", "NAME", 1, 1, true, "take a certificate and its key in",
     "PEM, DER, PKCS#12 or PKCS#8. Certificates of its chain get NAME-ca, NAME-ca2 ...\n"
     "    bhctl pki cert import gw -f gw.p12 --passphrase-file gw.pass",
     pki_cert_import, import_options},
    {"pki cert", "list", "", 0, 0, false, "the certificates, and when they expire",
     "    bhctl pki cert list --expires 30", pki_cert_list, list_options},
    {"pki cert", "show", "NAME", 1, 1, false, "one certificate",
     "NAME may be serial:HEX.\n"
     "    bhctl pki cert show vpn.example",
     pki_cert_show},
    {"pki cert", "export", "NAME", 1, 1, false, "write a certificate to a file, or with its key as PKCS#12",
     "PKCS#12 holds the key, under a passphrase of at least 8 characters, which is asked for unless stdin or\n"
     "--passphrase-file has it. Its form is the old one (3DES), which Apple's devices and old Windows insist on, "
     "unless\n"
     "--modern is given. A file that is there is never overwritten.\n"
     "    bhctl pki cert export anna --format pkcs12 --to anna.p12\n"
     "    bhctl pki cert export ca > ca.pem",
     pki_cert_export, export_options},
    {"pki cert", "renew", "NAME", 1, 1, false, "issue it again, with a new end",
     "Its key stays unless --new-key is given. The one before stays valid until its end unless --revoke-old is.\n"
     "    bhctl pki cert renew vpn.example --days 397",
     pki_cert_renew, renew_options},
    {"pki cert", "revoke", "NAME", 1, 1, false, "say that nobody may trust it any more",
     "Takes effect at once: the next connection with it is refused. NAME may be serial:HEX.\n"
     "    bhctl pki cert revoke anna --reason key-compromise",
     pki_cert_revoke, revoke_options},
    {"pki cert", "delete", "NAME", 1, 1, false, "forget a certificate and its key",
     "Not one that a tunnel uses, nor an authority with certificates that are still valid. That it was issued, and\n"
     "whether it was revoked, stays known.\n"
     "    bhctl pki cert delete anna",
     pki_cert_delete},
    {"pki crl", "show", "CA", 1, 1, false, "who is revoked, or the CRL itself",
     "    bhctl pki crl show ca\n"
     "    bhctl pki crl show ca --format pem --to ca.crl",
     pki_crl_show, crl_options},
    {"pki crl", "import", "CA", 1, 1, true, "take the CRL of an authority from outside in",
     "DER or PEM, signed by it.\n"
     "    bhctl pki crl import partner -f partner.crl",
     pki_crl_import},
    {"pki", "lint", "CERT", 1, 1, false, "what clients would not take about a certificate",
     "CERT is a file, or a certificate's name. Ends with 1 when a client would refuse it.\n"
     "    bhctl pki lint vpn.example --for windows,ios --dial vpn.example",
     pki_lint, lint_options},
    {"pki", "audit", "", 0, 0, false, "who did what with keys and certificates, newest first",
     "    bhctl pki audit --limit 20", pki_audit, audit_options},
    {"pki", "backup", "", 0, 0, false, "write all secrets, keys and certificates to one encrypted file",
     "The passphrase has at least 12 characters. Without it nobody can read the file, nor restore it.\n"
     "    bhctl pki backup --to bulkhead.backup",
     pki_backup, backup_options},
    {"pki", "restore", "", 0, 0, true, "take such a file in", "    bhctl pki restore -f bulkhead.backup", pki_restore,
     restore_options},
    {"fw", "status", "", 0, 0, false, "what of Bulkhead's is in the packet filter, counters, what is in its way", NULL,
     fw_status},
    {"fw", "counters", "", 0, 0, false, "what each tunnel's policies matched, since the configuration was put in force",
     NULL, fw_counters},
    {"fw", "check", "", 0, 0, false, "what of others' rules and settings may keep packets from tunnels",
     "Reads all chains of the host and changes nothing. Ends with 1 when something is found; each finding comes with "
     "what\n"
     "mends it. A chain that drops by default is named unless a rule of its table accepts the tunnels' packets by the "
     "TUN's\n"
     "name or by the mark 0x50000000.",
     fw_check},
    {"secrets", "set", "NAME", 1, 1, false, "store a secret, read from stdin",
     "One newline at the end is not part of it. 1 to 1,024 bytes. It can be replaced and deleted, never read again.\n"
     "    bhctl secrets set office2 < file",
     secrets_set},
    {"secrets", "list", "", 0, 0, false, "names of the secrets", NULL, secrets_list},
    {"secrets", "delete", "NAME", 1, 1, false, "delete a secret", NULL, secrets_delete},
    {"system", "status", "", 0, 0, false, "processes, cipher backend, dropped packets", NULL, system_status},
    {"version", NULL, "", 0, 0, false, "bhctl's and the gateway's version", NULL, system_version},
    {0},
};
