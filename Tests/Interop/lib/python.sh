# Sourced by the checks that need packages of PyPI.
#   python_with PACKAGE==VERSION…   makes $python an interpreter that has them, in an environment of its own that the
#                                   next run finds again; skips the check where pip cannot have them
python_with() {
    need python3
    local home
    home=${XDG_CACHE_HOME:-$HOME/.cache}/ims-interop/$(sha256sum <<<"$*" | cut -c1-16)
    python=$home/bin/python3
    [ -e "$home/complete" ] && return
    rm -rf "$home"
    python3 -m venv "$home" >"$state/venv.log" 2>&1 \
        || skip "python3 makes no virtual environment: $(tail -1 "$state/venv.log")"
    timeout 300 "$home/bin/pip" install --quiet --disable-pip-version-check --retries 1 "$@" >"$state/pip.log" 2>&1 \
        || skip "pip cannot install $*: $(grep -m1 ERROR "$state/pip.log" || tail -1 "$state/pip.log")"
    touch "$home/complete"
}
