# Functions for other scripts, which it is put before.

# Requests an address of this host, or the engine's socket. It ignores a proxy or a ~/.curlrc of the login,
# which are for other addresses: a proxy once answered for a dead release, which then counted as healthy.
ask() { no_proxy='*' curl -q "$@"; }

# Requests an entry point. If $connect is not empty, it maps the name to this host. If $ca is not empty, it is
# the file of the authorities that the certificate may be signed by.
connect= ca=
ask_entry_point() { ask ${connect:+--connect-to "$connect"} ${ca:+--cacert "$ca"} "$@"; }

# trust PEM: sets $ca to a private file with these authorities, in memory where possible; to nothing if PEM is
# empty. The caller must call `forget` however it ends. The names are known before the files are created, so
# that a signal in between leaves none behind.
trusted=0
trust() {
    ca=
    [ -n "$1" ] || return 0
    for ca_directory in "${XDG_RUNTIME_DIR:-}" /dev/shm "${TMPDIR:-/tmp}"; do
        [ -d "$ca_directory" ] && [ -w "$ca_directory" ] || continue
        trusted=$((trusted + 1))
        ca=$ca_directory/flipside-ca.$$.$trusted
        rm -f "$ca"
        (umask 077 && set -C && printf '%s\n' "$1" >"$ca") 2>/dev/null && return 0
    done
    return 0
}
forget() {
    [ "$trusted" = 0 ] || rm -f "${XDG_RUNTIME_DIR:-/dev/shm}/flipside-ca.$$."* "/dev/shm/flipside-ca.$$."* "${TMPDIR:-/tmp}/flipside-ca.$$."*
}

# Sets $now to seconds. They do not depend on changes of the clock if the kernel provides its uptime.
now() { read -r now _ </proc/uptime && now=${now%.*} || now=$(date +%s); } 2>/dev/null

# Prints the clock in nanoseconds; in seconds where `date` does not support `%N` and prints it, or nothing.
clock() {
    reads=$(date +%s%N)
    printf '%s\n' "${reads%%[!0-9]*}"
}

# Waits until these files are on disk. An older busybox syncs everything, or accepts no file.
on_disk() { sync "$@" 2>/dev/null || sync 2>/dev/null || :; }

# is_whole FILE SHA256: checks that a text arrived completely, since the connection may break while it is sent.
is_whole() {
    sum=$(sha256sum "$1" 2>/dev/null) && [ "${sum%% *}" = "$2" ]
}

# is_script PID NAME: checks that a process is a script of ours. The name is the argument after the text.
is_script() {
    [ -n "$1" ] && tr '\0' '\n' <"/proc/$1/cmdline" | grep -qxF "flipside-$2"
} 2>/dev/null

# write_error DIRECTORY: prints why a file cannot be written there, by trying it.
write_error() {
    if [ ! -d "$1" ]; then
        printf '%s does not exist' "$1"
        return
    fi
    why=$( (LC_ALL=C && export LC_ALL && : >"$1/.flipside-why.$$" && head -c 65536 /dev/zero >"$1/.flipside-why.$$") 2>&1) || :
    rm -f "$1/.flipside-why.$$" 2>/dev/null
    case $why in
    *'ead-only file system'*) printf '%s is on a read-only file system' "$1" ;;
    *'ermission denied'* | *'not permitted'*) printf '%s may not write to %s' "$(id -un)" "$1" ;;
    *uota*) printf 'the disk quota of %s is exceeded in %s' "$(id -un)" "$1" ;;
    *'o space left'*)
        set -- "$1" $(df -Pk "$1" 2>/dev/null | tail -n 1)
        if [ "${5:-0}" -ge 1024 ] 2>/dev/null; then
            printf 'the disk of %s has no free inodes' "$1"
        else
            printf 'the disk of %s is full' "$1"
        fi
        ;;
    *)
        set -- "$1" $(df -Pk "$1" 2>/dev/null | tail -n 1)
        if [ "${5:-64}" -lt 64 ] 2>/dev/null; then
            printf 'the disk of %s is full' "$1"
        else
            printf 'writing to %s failed%s' "$1" "${why:+: ${why##*: }}"
        fi
        ;;
    esac
}

# Creates files of 64 KiB, which a lock and a switch delete to have room when the disk is full. Every script that
# changes something creates them again if there is room.
keep_reserve() {
    for room in "$@"; do
        [ -s "$room" ] || { head -c 65536 /dev/urandom >"$room" || rm -f "$room"; } 2>/dev/null
    done
    return 0
}

# link_to DIR NAME TARGET: makes DIR/NAME a link to TARGET. It is made aside and renamed, so that the link is never missing.
# `mv` to the name of a link to a directory would move into that directory, so there it is made in a directory of its own.
link_to() {
    aside=$1/.flipside/linking
    rm -rf "$aside"
    if [ -d "$1/$2" ]; then
        mkdir "$aside" && ln -s "$3" "$aside/$2" && mv -f "$aside/$2" "$1/" && rmdir "$aside"
    else
        ln -s "$3" "$aside" && mv -f "$aside" "$1/$2"
    fi
}
