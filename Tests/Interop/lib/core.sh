# Sourced by the checks: a core of its own for each, in a directory of its own, gone when the check ends.
#   $bin            where the built programs are (IMS_BIN, or the debug build)
#   $state          the core's directory: configurations, logs, database, sockets
#   core_up [OPTION…]    starts the four functions (options of `imsctl up`), stopped again on exit
#   patient_profile      called before it: a profile of its own, $profile, whose functions take longer on a busy machine
#                        instead of refusing requests for load
#   ctl ARGUMENT…   imsctl on this core
#   own_network     called first: runs the check again in a network of its own, so that ports and captures are its own;
#                   loopback, and 192.0.2.1 (RFC 5737) on an interface, for programs that want an address of a network
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
bin=${IMS_BIN:-$(cd "$root" && swift build --show-bin-path)}
state=$(mktemp -d)

skip() { echo "skipped because $*"; exit 77; }
die() { echo "failed: $*" >&2; exit 1; }
need() { command -v "$1" >/dev/null || skip "$1 is not installed"; }
ctl() { "$bin/imsctl" "$@" --state "$state"; }

own_network() {
    [ "${IMS_OWN_NETWORK:-}" = yes ] && return
    unshare --net true 2>/dev/null || skip "this user may not make a network namespace"
    rm -rf "$state"
    IMS_BIN=$bin IMS_OWN_NETWORK=yes exec unshare --net bash -c '
        ip link set lo up && ip link add test0 type veth peer name test1 && ip address add 192.0.2.1/24 dev test0 &&
            ip link set test0 up && ip link set test1 up || { echo "failed: no network of its own" >&2; exit 1; }
        exec "$0" "$@"' "$0" "$@"
}

core_is_up=no
profile=lab
core_up() {
    "$bin/imsctl" up --profile "$profile" --state "$state" --detach "$@" || die "the core did not start"
    core_is_up=yes
}

patient_profile() {
    cp -r "$root/profiles/$profile" "$state/profile"
    profile=$state/profile
    sed -i 's/^sip:$/&\n  overload: {admission: false}/' "$profile"/{pcscf,icscf,scscf}.yaml
    [ "$(grep -l 'admission: false' "$profile"/*.yaml | wc -l)" = 3 ] || die "the profile has no section sip"
}

cleanup() {
    status=$?
    trap - EXIT
    for pid in "${background[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null; done
    [ "$core_is_up" = yes ] && ctl down >/dev/null 2>&1
    if [ "$status" != 0 ] && [ "$status" != 77 ]; then
        for log in "$state"/log/*; do [ -s "$log" ] && { echo "-- $(basename "$log")"; tail -5 "$log"; }; done
    fi
    rm -rf "$state"
    exit "$status"
}
background=()
trap cleanup EXIT

# One function alone, for a check that plays the others itself.
#   function_up NAME [SED-EXPRESSION…]   starts it with the profile's configuration, edited, and waits until it is up;
#                                        its process id is then $started
function_up() {
    local name=$1 edits=() edit
    shift
    for edit in "$@"; do edits+=(-e "$edit"); done
    mkdir -p "$state/config" "$state/log" "$state/run"
    sed -e '' "${edits[@]}" "$root/profiles/$profile/$name.yaml" >"$state/config/$name.yaml"
    (cd "$state" && exec "$bin/$name" --config "$state/config/$name.yaml" >"$state/log/$name.log" 2>&1) &
    started=$!
    background+=("$started")
    for _ in $(seq 100); do
        grep -qs 'is up' "$state/log/$name.log" && return
        kill -0 "$started" 2>/dev/null || break
        sleep 0.1
    done
    die "$name alone did not start"
}
