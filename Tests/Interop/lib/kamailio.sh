# Sourced behind core.sh by the checks of Kamailio.
#   $domain, $key, $op      the home network, and what SIPp's AKA can do (as in 20-sipp-registers)
#   names_of_the_core "$@"  called behind own_network: runs the check again with the core's names in /etc/hosts, for
#                           Kamailio's Diameter calls its peer by name
#   kamailio_up NAME        Kamailio as pcscf, icscf or scscf; its process id is then $started
#   stop PID                ends it and waits until it has
#   hss_peers_up            waits until all peers of the HSS are connected
#   sipp_users FIRST COUNT  the users of register.xml, from this IMSI on
#   sipp_run NAME COUNT PORT OPTION…   a SIPp that makes COUNT calls; not one may fail
need kamailio
need sipp
for module in ims_icscf presence; do
    [ -e "/usr/lib/x86_64-linux-gnu/kamailio/modules/$module.so" ] ||
        skip "kamailio-ims-modules or kamailio-presence-modules is not installed"
done
domain=ims.mnc001.mcc001.3gppnetwork.org
key=0396eb317b6d1c36f19c1c84cd6ffd16
op=ff53bade17df5d4e793073ce9d7579fa
scenarios=$root/Tests/Interop/sipp

names_of_the_core() {
    [ "${IMS_OWN_HOSTS:-}" = yes ] && return
    rm -rf "$state"
    IMS_OWN_HOSTS=yes exec unshare --mount bash -c '
        hosts=$(mktemp) && { cat /etc/hosts; for name in hss icscf scscf; do echo "127.0.0.1 $name.'$domain'"; done; } >"$hosts"
        mount --bind "$hosts" /etc/hosts && rm "$hosts" && exec "$0" "$@"' "$0" "$@"
}

kamailio_up() {
    local name=$1 home=$state/kamailio run=$state/run-$1 sip=5060 port=13870
    mkdir -p "$home/tables" "$run" "$state/log"
    case $name in icscf) sip=5070 port=13871 ;; scscf) sip=5080 port=13872 ;; esac
    sed "s|STATE|$state|" "$root/Tests/Interop/kamailio/$name.cfg" >"$home/$name.cfg"
    sed "s/NAME/$name/; s/\"PORT\"/\"$port\"/; s/HSSPORT/3868/" "$root/Tests/Interop/kamailio/peer.xml" >"$home/$name.xml"
    cp /usr/share/kamailio/dbtext/kamailio/{version,pua} "$home/tables"
    # Tables of db_text: the columns, then rows; a colon in a value is escaped.
    printf 'id(int) name(string) s_cscf_uri(string)\n1:scscf:%s\n' "${scscf_name//:/\\:}" >"$home/tables/s_cscf"
    printf 'id(int) id_s_cscf(int) capability(int)\n1:1:0\n' >"$home/tables/s_cscf_capabilities"
    printf 'id(int) trusted_domain(string)\n1:%s\n' "$domain" >"$home/tables/nds_trusted_domains"
    kamailio -f "$home/$name.cfg" -DD -E -Y "$run" -P "$run/pid" -m 64 >"$state/log/kamailio-$name.log" 2>&1 &
    started=$!
    background+=("$started")
    for _ in $(seq 100); do
        ss -lun | grep -q "127.0.0.1:$sip " && return
        kill -0 "$started" 2>/dev/null || break
        sleep 0.1
    done
    tail -20 "$state/log/kamailio-$name.log"
    die "Kamailio's $name did not start"
}

stop() { kill "$1" && wait "$1"; }

hss_peers_up() {
    connected() { ctl status --json 2>/dev/null | python3 -c '
import json, sys
peers = json.load(sys.stdin)["functions"]["hss"]["peers"]
sys.exit(not all(peer["open"] for peer in peers))'; }
    for _ in $(seq 150); do connected && return; sleep 0.2; done
    ctl status
    die "the CSCFs have not connected to the HSS"
}

sipp_users() {
    echo SEQUENTIAL
    local i imsi
    for ((i = 0; i < $2; i++)); do
        imsi=$(printf '%015d' $((10#$1 + i)))
        echo "$imsi;[authentication username=$imsi@$domain aka_K=0x$key aka_OP=0x$op aka_AMF=0x8000]"
    done
}

sipp_run() {
    local name=$1 count=$2 port=$3
    shift 3
    timeout 120 sipp 127.0.0.1:5060 -i 127.0.0.1 -p "$port" -m "$count" -recv_timeout 20000 -nostdin -trace_err \
        -error_file "$state/$name.err" "$@" >"$state/$name.out" 2>&1 ||
        { head -30 "$state/$name.err"; die "$name: SIPp failed"; }
    echo "$name: $count, none failed"
}
