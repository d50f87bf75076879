# shellcheck shell=bash
# The functions that the official image's docker-entrypoint.sh defines when it is sourced, written
# anew. Init scripts and derived images call them. It is embedded in citus-init, which runs the
# files of /docker-entrypoint-initdb.d with it and prints it for docker-entrypoint.sh to source.
set -Eeo pipefail

# file_env NAME [DEFAULT]: exports NAME, taken from itself, from the file NAME_FILE, or the default.
file_env() {
    local name=$1 file_name=${1}_FILE value=${2:-}
    if [[ -n ${!name:-} && -n ${!file_name:-} ]]; then
        printf >&2 'error: both %s and %s are set (but are exclusive)\n' "$name" "$file_name"
        exit 1
    fi
    if [[ -n ${!name:-} ]]; then
        value=${!name}
    elif [[ -n ${!file_name:-} ]]; then
        value=$(<"${!file_name}")
    fi
    export "$name=$value"
    unset "$file_name"
}

docker_setup_env() {
    file_env POSTGRES_PASSWORD
    file_env POSTGRES_USER postgres
    file_env POSTGRES_DB "$POSTGRES_USER"
    file_env POSTGRES_INITDB_ARGS
    POSTGRES_HOST_AUTH_METHOD=${POSTGRES_HOST_AUTH_METHOD:-}
    declare -g DATABASE_ALREADY_EXISTS=${DATABASE_ALREADY_EXISTS:-}
    if [[ -s $PGDATA/PG_VERSION ]]; then
        DATABASE_ALREADY_EXISTS=true
    fi
}

_citus_init_own() {
    find "$1" \! -user postgres -exec chown --no-dereference postgres '{}' +
}

docker_create_db_directories() {
    mkdir -p "$PGDATA"
    chmod 00700 "$PGDATA" || :
    mkdir -p /var/run/postgresql || :
    chmod 03775 /var/run/postgresql || :
    if [[ -n ${POSTGRES_INITDB_WALDIR:-} ]]; then
        mkdir -p "$POSTGRES_INITDB_WALDIR"
        if [[ $EUID == 0 ]]; then
            _citus_init_own "$POSTGRES_INITDB_WALDIR"
        fi
        chmod 700 "$POSTGRES_INITDB_WALDIR"
    fi
    if [[ $EUID == 0 ]]; then
        _citus_init_own "$PGDATA/."
        _citus_init_own /var/run/postgresql
    fi
}

docker_verify_minimum_env() {
    if [[ -z $POSTGRES_PASSWORD && $POSTGRES_HOST_AUTH_METHOD != trust ]]; then
        cat >&2 <<-'MESSAGE'
Error: Database is uninitialized and superuser password is not specified.
       Set POSTGRES_PASSWORD (or POSTGRES_PASSWORD_FILE) to a non-empty value, or
       POSTGRES_HOST_AUTH_METHOD=trust to let everybody in without a password.
MESSAGE
        exit 1
    fi
    if [[ $POSTGRES_HOST_AUTH_METHOD == trust ]]; then
        printf >&2 'WARNING: POSTGRES_HOST_AUTH_METHOD is "trust": anyone who reaches the port %s\n' \
            'gets in without a password, as superuser too.'
    fi
}

docker_error_old_databases() {
    [[ $PGDATA == "/var/lib/postgresql/${PG_MAJOR:-}/docker" ]] || return 0
    local place found=()
    for place in /var/lib/postgresql /var/lib/postgresql/data /var/lib/postgresql/*/docker; do
        if [[ -s $place/PG_VERSION ]]; then
            found+=("$place")
        fi
    done
    if [[ ${#found[@]} == 0 && ${PG_MAJOR%%.*} -ge 18 ]] && mountpoint -q /var/lib/postgresql/data; then
        found+=('/var/lib/postgresql/data (unused mount/volume)')
    fi
    if [[ ${#found[@]} != 0 ]]; then
        printf >&2 'Error: since 18 the data lives in %s, but there is an older place in use:\n' "$PGDATA"
        printf >&2 '         %s\n' "${found[@]}"
        printf >&2 '       Use pg_upgrade, with one volume mounted at /var/lib/postgresql.\n'
        exit 1
    fi
}

# initdb needs a name for its uid, which an arbitrary --user does not have.
_citus_init_with_passwd_entry() {
    local library users groups status=0
    if ! getent passwd "$EUID" >/dev/null; then
        for library in /usr/lib/libnss_wrapper.so /usr/lib/*/libnss_wrapper.so \
            /lib/libnss_wrapper.so /lib/*/libnss_wrapper.so; do
            if [[ -s $library ]]; then
                users=$(mktemp)
                groups=$(mktemp)
                printf 'postgres:x:%s:%s:PostgreSQL:%s:/bin/false\n' "$EUID" "$(id -g)" "$PGDATA" >"$users"
                printf 'postgres:x:%s:\n' "$(id -g)" >"$groups"
                LD_PRELOAD=$library NSS_WRAPPER_PASSWD=$users NSS_WRAPPER_GROUP=$groups "$@" || status=$?
                rm -f "$users" "$groups"
                return "$status"
            fi
        done
    fi
    "$@"
}

docker_init_database_dir() {
    local arguments=()
    eval "arguments=($POSTGRES_INITDB_ARGS)"
    if [[ -n ${POSTGRES_INITDB_WALDIR:-} ]]; then
        arguments+=(--waldir "$POSTGRES_INITDB_WALDIR")
    fi
    _citus_init_with_passwd_entry initdb --username="$POSTGRES_USER" \
        --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${arguments[@]}"
}

pg_setup_hba_conf() {
    if [[ ${1:-} == postgres ]]; then
        shift
    fi
    local method=${POSTGRES_HOST_AUTH_METHOD:-}
    if [[ -z $method ]]; then
        method=$(postgres -C password_encryption "$@")
    fi
    POSTGRES_HOST_AUTH_METHOD=$method
    {
        printf '\n'
        if [[ $method == trust ]]; then
            printf '# warning: trust lets everybody in, without a password\n'
            printf '# see https://www.postgresql.org/docs/current/auth-trust.html\n'
        fi
        printf 'host all all all %s\n' "$method"
    } >>"$PGDATA/pg_hba.conf"
}

docker_temp_server_start() {
    if [[ ${1:-} == postgres ]]; then
        shift
    fi
    # Of two equal options the last one wins: socket only, on the port that psql asks for.
    set -- "$@" -c listen_addresses= -p "${PGPORT:-5432}"
    NOTIFY_SOCKET='' pg_ctl -D "$PGDATA" -o "$(printf '%q ' "$@")" -w start
}

docker_temp_server_stop() {
    pg_ctl -D "$PGDATA" -m fast -w stop
}

# docker_process_sql [PSQL OPTIONS]: SQL on stdin, or a file by -f. To psql's own socket directory,
# unless citus-init knows that the server has another.
docker_process_sql() {
    local command=(psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc)
    if [[ -n ${POSTGRES_DB:-} ]]; then
        command+=(--dbname "$POSTGRES_DB")
    fi
    PGHOST=${CITUS_INIT_SOCKET_DIRECTORY:-} PGHOSTADDR='' "${command[@]}" "$@"
}

docker_setup_db() {
    local exists
    # The path is not what ALTER ROLE or ALTER DATABASE may have set.
    exists=$(
        PGOPTIONS="${PGOPTIONS:-} -c search_path=pg_catalog,pg_temp" \
            docker_process_sql --dbname postgres --set db="$POSTGRES_DB" --tuples-only \
            <<<"SELECT 1 FROM pg_database WHERE datname = :'db';"
    )
    if [[ -z $exists ]]; then
        docker_process_sql --dbname postgres --set db="$POSTGRES_DB" \
            <<<'CREATE DATABASE :"db";'
        printf '\n'
    fi
}

# docker_process_init_files FILE...
docker_process_init_files() {
    # The name that older scripts know, as "${psql[@]}".
    # shellcheck disable=SC2034
    psql=(docker_process_sql)
    printf '\n'
    local f
    for f; do
        case $f in
            *.sh)
                _citus_init_check_line_ends "$f"
                if [[ -x $f ]]; then
                    printf '%s: running %s\n' "$0" "$f"
                    "$f"
                else
                    printf '%s: sourcing %s\n' "$0" "$f"
                    # shellcheck source=/dev/null
                    . "$f"
                fi
                ;;
            *.sql)
                printf '%s: running %s\n' "$0" "$f"
                docker_process_sql -f "$f"
                printf '\n'
                ;;
            *.sql.gz)
                printf '%s: running %s\n' "$0" "$f"
                gunzip -c "$f" | docker_process_sql
                printf '\n'
                ;;
            *.sql.xz)
                printf '%s: running %s\n' "$0" "$f"
                xzcat "$f" | docker_process_sql
                printf '\n'
                ;;
            *.sql.zst)
                printf '%s: running %s\n' "$0" "$f"
                zstd -dc "$f" | docker_process_sql
                printf '\n'
                ;;
            *)
                printf '%s: ignoring %s\n' "$0" "$f"
                ;;
        esac
        printf '\n'
    done
}

# A script that was checked out on Windows: the kernel looks for an interpreter whose name ends with a
# carriage return, and says "not found" of a file that is there.
_citus_init_check_line_ends() {
    local first=''
    IFS= read -r first <"$1" || true
    if [[ $first == '#!'*$'\r' ]]; then
        printf '%s: %s has Windows line ends (a carriage return ends its first line): convert it, for instance with dos2unix, and set "*.sh text eol=lf" in .gitattributes\n' "$0" "$1" >&2
        return 126
    fi
}

# Whether an argument asks the server for words instead of service.
_pg_want_help() {
    local argument
    for argument; do
        case $argument in
            -\? | --help | --describe-config | -V | --version) return 0 ;;
        esac
    done
    return 1
}

_main() {
    exec citus-init run "$@"
}

# What citus-init calls: DIRECTORY, a descriptor, and names of files that are left out. The name of
# each file is written to the descriptor before it runs, each with a NUL behind it. A "/" follows the
# name of the last file that is not ignored: a sourced file's `exit 0` ends this shell with success,
# which loses nothing there, while the files after any other one would not run.
_citus_init_run_files() {
    local _citus_init_file _citus_init_last='' _citus_init_directory=$1 _citus_init_progress=$2
    shift 2
    for _citus_init_file in "$_citus_init_directory"/*; do
        case $_citus_init_file in
            *.sh | *.sql | *.sql.gz | *.sql.xz | *.sql.zst)
                if ! _citus_init_is_among "${_citus_init_file##*/}" "$@"; then
                    _citus_init_last=$_citus_init_file
                fi
                ;;
        esac
    done
    if [[ -z $_citus_init_last ]]; then
        printf '/\0' >&"$_citus_init_progress"
    fi
    for _citus_init_file in "$_citus_init_directory"/*; do
        if _citus_init_is_among "${_citus_init_file##*/}" "$@"; then
            continue
        fi
        printf '%s\0' "${_citus_init_file##*/}" >&"$_citus_init_progress"
        if [[ $_citus_init_file == "$_citus_init_last" ]]; then
            printf '/\0' >&"$_citus_init_progress"
        fi
        docker_process_init_files "$_citus_init_file"
    done
}

_citus_init_is_among() {
    local _citus_init_name=$1 _citus_init_other
    shift
    for _citus_init_other; do
        if [[ $_citus_init_other == "$_citus_init_name" ]]; then
            return 0
        fi
    done
    return 1
}
