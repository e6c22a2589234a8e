#!/bin/bash
# Entry of the front's container: finds or makes its certificate, then becomes haproxy. A certificate of one's own is
# mounted as /run/shans/own/server.pem (certificate, chain and key in one file); without it one is made, signed by a
# private authority whose certificate, ca.crt, clients are given.
set -euo pipefail
umask 027
readonly ca=/run/shans/ca own=/run/shans/own/server.pem used=/tmp/server.pem
names=${SHANS_NAMES:-localhost front}

make_authority() {
    (umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$ca/ca.key")
    # a configuration of its own: the system's would add extensions twice, which clients refuse
    openssl req -x509 -new -key "$ca/ca.key" -sha256 -days 3650 -out "$ca/ca.new" -config /dev/stdin <<'CNF'
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = shans private authority
[extensions]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
CNF
    mv "$ca/ca.new" "$ca/ca.crt"
}

# A year and a month; made anew at a start within its last month, or when the names are others.
make_certificate() {
    local list
    list=$(printf 'DNS:%s,' $names)
    (umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$ca/server.key")
    openssl req -new -key "$ca/server.key" -subj "/CN=${names%% *}" -out "$ca/server.csr"
    openssl x509 -req -in "$ca/server.csr" -CA "$ca/ca.crt" -CAkey "$ca/ca.key" -sha256 -days 397 \
        -set_serial "0x$(openssl rand -hex 16)" -out "$ca/server.crt" -extfile - <<EXT 2>/dev/null
subjectAltName=${list%,}
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
EXT
    (umask 077 && cat "$ca/server.crt" "$ca/server.key" >"$ca/server.new")
    printf '%s\n' "$names" >"$ca/names"
    mv "$ca/server.new" "$ca/server.pem"
    rm -f "$ca/server.csr" "$ca/server.key" "$ca/server.crt"
}

if [[ -s $own ]]; then
    cp "$own" "$used"
else
    [[ -s $ca/ca.crt && -s $ca/ca.key ]] || make_authority
    openssl x509 -in "$ca/server.pem" -noout -checkend $((30 * 86400)) >/dev/null 2>&1 &&
        [[ $(cat "$ca/names") == "$names" ]] || make_certificate
    cp "$ca/server.pem" "$used"
fi
exec haproxy -W -db -f /etc/shans/haproxy.cfg
