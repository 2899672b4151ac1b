# Sourced by the checks that have freeDiameter between our functions.
#   certificate NAME…             an identity's key and certificate in $state/tls, all signed by one root
#   freediameter_up PORT tcp|tls  starts it as relay dra.$realm: it calls the HSS at PORT, and the CSCFs call it at 13900 in
#                                 the clear or at 13901 over TLS; $freediameter_pid is its process id
realm=ims.mnc001.mcc001.3gppnetwork.org
certificate() {
    mkdir -p "$state/tls"
    (
        cd "$state/tls" || exit 1
        [ -e root.pem ] || openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=root -keyout root.key -out root.pem
        for name in "$@"; do
            openssl req -newkey rsa:2048 -nodes -subj "/CN=$name.$realm" -keyout "$name.key" -out "$name.csr" &&
                openssl x509 -req -in "$name.csr" -CA root.pem -CAkey root.key -CAcreateserial -days 1 -out "$name.pem" \
                    -extfile <(printf 'basicConstraints=CA:FALSE\nsubjectAltName=DNS:%s' "$name.$realm") || exit 1
        done
    ) >"$state/openssl.log" 2>&1 || { tail -3 "$state/openssl.log"; die "openssl could not make certificates"; }
}

freediameter_up() {
    local tls="No_TLS;"
    [ "$2" = tls ] && tls=
    certificate dra
    # A group of RFC 7919: freeDiameter asks for one even where nothing is encrypted.
    openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out "$state/tls/dh.pem" 2>/dev/null
    echo "ALLOW_IPSEC *.$realm" >"$state/acl.conf"
    [ "$2" = tls ] && echo "*.$realm" >"$state/acl.conf"
    # Requests without Destination-Host are for the HSS: the CSCFs of the realm speak Cx as well.
    echo "* : \"hss.$realm\" += 50 ;" >"$state/routes.conf"
    cat >"$state/freediameter.conf" <<CONF
Identity = "dra.$realm";
Realm = "$realm";
Port = 13900;
SecPort = 13901;
No_SCTP;
No_IPv6;
ListenOn = "192.0.2.1";
TwTimer = 6;
TcTimer = 6;
AppServThreads = 2;
TLS_Cred = "$state/tls/dra.pem", "$state/tls/dra.key";
TLS_CA = "$state/tls/root.pem";
TLS_DH_File = "$state/tls/dh.pem";
LoadExtension = "acl_wl.fdx" : "$state/acl.conf";
LoadExtension = "rt_default.fdx" : "$state/routes.conf";
LoadExtension = "dbg_msg_dumps.fdx" : "0x0040";
ConnectPeer = "hss.$realm" { ConnectTo = "127.0.0.1"; Port = $1; $tls };
CONF
    mkdir -p "$state/log"
    freeDiameterd -c "$state/freediameter.conf" -dd >"$state/log/freediameter.log" 2>&1 &
    freediameter_pid=$!
    background+=("$freediameter_pid")
    for _ in $(seq 100); do
        grep -qs 'freeDiameterd daemon initialized\|Core state: 2 -> 3\|-> Running' "$state/log/freediameter.log" && return
        kill -0 "$freediameter_pid" 2>/dev/null || break
        sleep 0.1
    done
    tail -20 "$state/log/freediameter.log"
    die "freeDiameter did not start"
}
