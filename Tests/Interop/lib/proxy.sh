# Sourced behind core.sh by the checks of sip-proxy.
#   proxy_up NAME <<YAML     starts it with this configuration and waits until it is up; its process id is then $proxy
#   sipp_up NAME OPTION…     a SIPp in the background; wait for it with sipp_done NAME
#   sipp_run NAME CALLS OPTION…   a SIPp that makes CALLS calls; not one may fail
#   capture_begin NAME FILTER, capture_end NAME    what happens on lo, in $state/NAME.pcapng
#   nothing_malformed NAME LEAST [DECODE-AS…]      tshark finds at least so many SIP messages in it and none of them wrong
need sipp
mkdir -p "$state/log"

proxy_up() {
    cat >"$state/$1.yaml"
    [ -x "$bin/sip-proxy" ] || die "sip-proxy is not built"
    (cd "$state" && exec "$bin/sip-proxy" --config "$state/$1.yaml" --log-format text >"$state/log/$1.log" 2>&1) &
    proxy=$!
    background+=("$proxy")
    for _ in $(seq 100); do
        grep -qs 'is up' "$state/log/$1.log" && return
        kill -0 "$proxy" 2>/dev/null || break
        sleep 0.1
    done
    die "sip-proxy did not start"
}

proxy_down() {
    kill "$proxy" && wait "$proxy"
    local status=$?
    [ "$status" = 0 ] || die "sip-proxy ended with $status"
}

declare -A sipps
sipp_up() {
    local name=$1
    shift
    (cd "$state" && exec timeout 300 sipp -i 127.0.0.1 -nostdin -trace_err -error_file "$state/$name.err" \
        -trace_stat -stf "$state/$name.csv" -fd 1 "$@" >"$state/$name.out" 2>&1) &
    sipps[$name]=$!
    background+=("$!")
}

# The last value of a column of SIPp's statistics.
sipp_count() {
    awk -F';' -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } END { print c ? $c + 0 : 0 }' \
        "$state/$1.csv" 2>/dev/null
}

sipp_failed() {
    head -20 "$state/$1.err" 2>/dev/null
    die "SIPp $1: $2"
}

# Unexpected messages, retransmissions given up and the like are all in the error file.
sipp_clean() { [ ! -s "$state/$1.err" ] || sipp_failed "$1" "its error file is not empty"; }

sipp_done() {
    wait "${sipps[$1]}"
    local status=$?
    [ "$status" = 0 ] || sipp_failed "$1" "ended with $status"
    sipp_clean "$1"
}

sipp_run() {
    local name=$1 calls=$2
    shift 2
    sipp_up "$name" -m "$calls" "$@"
    sipp_done "$name"
    local done failed
    done=$(sipp_count "$name" 'SuccessfulCall(C)') failed=$(sipp_count "$name" 'FailedCall(C)')
    echo "SIPp $name: $done calls, $failed failed"
    [ "$done" = "$calls" ] && [ "$failed" = 0 ] || sipp_failed "$name" "not every call succeeded"
}

declare -A captures
capture_begin() {
    need tshark
    need dumpcap
    dumpcap -q -i lo -f "$2" -w "$state/$1.pcapng" >"$state/log/dumpcap-$1.log" 2>&1 &
    captures[$1]=$!
    background+=("$!")
    for _ in $(seq 50); do [ -s "$state/$1.pcapng" ] && return; sleep 0.1; done
    skip "dumpcap cannot capture on lo: $(tail -1 "$state/log/dumpcap-$1.log")"
}

capture_end() {
    sleep 1
    kill -INT "${captures[$1]}"
    wait "${captures[$1]}" 2>/dev/null
}

nothing_malformed() {
    local name=$1 least=$2 found wrong decode=()
    shift 2
    for rule in "$@"; do decode+=(-d "$rule"); done
    found=$(tshark -r "$state/$name.pcapng" "${decode[@]}" -Y sip -T fields -e frame.number 2>/dev/null | wc -l)
    [ "$found" -ge "$least" ] || die "the capture $name has $found frames of SIP, not $least"
    wrong=$(tshark -r "$state/$name.pcapng" "${decode[@]}" \
        -Y '(sip or websocket) and (_ws.malformed or _ws.expert.severity >= 8388608)' \
        -T fields -e frame.number -e _ws.col.Protocol -e _ws.expert.message 2>/dev/null)
    [ -z "$wrong" ] || { echo "$wrong" | head -20; die "tshark finds these messages wrong"; }
    echo "tshark: $found frames of SIP, none malformed"
}
