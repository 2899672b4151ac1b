# Sourced by the checks and programs that want a PostgreSQL server of their own: Debian's package, in a folder of its own,
# on a Unix socket there, as a user without privileges.
#   postgresql_binaries          prints where initdb and postgres are; fails where they are not installed
#   postgresql_up FOLDER [OPTION…]   starts a server with a database ims_hss of a user hss; options of `postgres`.
#                                It sets $postgresql (the server's process) and $database (the address)
postgresql_binaries() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 | grep .; }

postgresql_up() {
    local folder=$1 as=() binaries
    shift
    binaries=$(postgresql_binaries) || return 1
    mkdir -p "$folder"
    if [ "$(id -u)" = 0 ]; then
        # PostgreSQL refuses root; Debian's package has made a user for it, who must get as far as the folder.
        chown postgres: "$folder"
        local above=$folder
        while above=$(dirname "$above") && [ "$above" != / ]; do chmod a+x "$above"; done
        as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
    fi
    (
        cd "$folder"
        [ -d data ] || "${as[@]}" "$binaries/initdb" -D data -U hss -A trust >initdb.log 2>&1 || exit 1
        exec "${as[@]}" "$binaries/postgres" -D data -k "$folder" -h "" "$@" >>server.log 2>&1
    ) &
    postgresql=$!
    database="postgresql://hss@/ims_hss?host=$folder"
    for _ in $(seq 150); do
        if "$binaries/psql" -h "$folder" -U hss -c '' postgres >/dev/null 2>&1; then
            "$binaries/psql" -h "$folder" -U hss -c '' ims_hss >/dev/null 2>&1 \
                || "$binaries/createdb" -h "$folder" -U hss ims_hss
            return
        fi
        kill -0 "$postgresql" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}
