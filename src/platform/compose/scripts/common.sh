# Put before the scripts that use it.

# Asks an address of this host, or the engine's socket. A proxy or a ~/.curlrc of the login is meant for
# other addresses: a proxy answered for a release that was dead, and it counted as healthy.
ask() { no_proxy='*' curl -q "$@"; }

# The same for an entrance: its name is resolved to this host by $connect, and its certificate is signed by an
# authority of the file $ca; each where it is not empty.
connect= ca=
ask_entrance() { ask ${connect:+--connect-to "$connect"} ${ca:+--cacert "$ca"} "$@"; }

# trust PEM: sets $ca to a private file with these authorities, in memory where there is such a place; to nothing
# where PEM is empty. Whoever calls it calls `forget` however it ends. The names are known before the files are
# made, so that a signal in between leaves none.
trusted=0
trust() {
    ca=
    [ -n "$1" ] || return 0
    for place_of_ca in "${XDG_RUNTIME_DIR:-}" /dev/shm "${TMPDIR:-/tmp}"; do
        [ -d "$place_of_ca" ] && [ -w "$place_of_ca" ] || continue
        trusted=$((trusted + 1))
        ca=$place_of_ca/flipside-ca.$$.$trusted
        rm -f "$ca"
        (umask 077 && set -C && printf '%s\n' "$1" >"$ca") 2>/dev/null && return 0
    done
    return 0
}
forget() {
    [ "$trusted" = 0 ] || rm -f "${XDG_RUNTIME_DIR:-/dev/shm}/flipside-ca.$$."* "/dev/shm/flipside-ca.$$."* "${TMPDIR:-/tmp}/flipside-ca.$$."*
}

# Sets $now to seconds that no change of the clock touches, where the kernel tells them.
now() { read -r now _ </proc/uptime && now=${now%.*} || now=$(date +%s); } 2>/dev/null

# The clock, in nanoseconds; in seconds where `date` knows no `%N` and prints it, or nothing, in its place.
clock() {
    reads=$(date +%s%N)
    printf '%s\n' "${reads%%[!0-9]*}"
}

# Waits until these files are on disk. An older busybox syncs everything, or takes no file.
on_disk() { sync "$@" 2>/dev/null || sync 2>/dev/null || :; }

# Does this file have this SHA-256? A line that breaks while a text is sent must not leave half of it.
is_whole() {
    sum=$(sha256sum "$1" 2>/dev/null) && [ "${sum%% *}" = "$2" ]
}

# Is this process a script of this name? The name stands after the text, in a line of its own.
is_script() {
    [ -n "$1" ] && tr '\0' '\n' <"/proc/$1/cmdline" | grep -qxF "flipside-$2"
} 2>/dev/null

# Why a file could not be written into this directory: it is tried, and the system says why.
why_not() {
    if [ ! -d "$1" ]; then
        printf '%s is not there' "$1"
        return
    fi
    why=$( (LC_ALL=C && export LC_ALL && : >"$1/.flipside-why.$$" && head -c 65536 /dev/zero >"$1/.flipside-why.$$") 2>&1) || :
    rm -f "$1/.flipside-why.$$" 2>/dev/null
    case $why in
    *'ead-only file system'*) printf '%s is on a file system that is read-only' "$1" ;;
    *'ermission denied'* | *'not permitted'*) printf '%s may not write into %s' "$(id -un)" "$1" ;;
    *uota*) printf 'the quota of %s on the disk of %s is used up' "$(id -un)" "$1" ;;
    *'o space left'*)
        set -- "$1" $(df -Pk "$1" 2>/dev/null | tail -n 1)
        if [ "${5:-0}" -ge 1024 ] 2>/dev/null; then
            printf 'the disk of %s has no inode left' "$1"
        else
            printf 'the disk of %s is full' "$1"
        fi
        ;;
    *)
        set -- "$1" $(df -Pk "$1" 2>/dev/null | tail -n 1)
        if [ "${5:-64}" -lt 64 ] 2>/dev/null; then
            printf 'the disk of %s is full' "$1"
        else
            printf 'writing into %s failed%s' "$1" "${why:+: ${why##*: }}"
        fi
        ;;
    esac
}

# 64 KiB that a lock and a switch give up when the disk is full. Made again by every script that changes
# something and finds room.
keep_room() {
    for room in "$@"; do
        [ -s "$room" ] || { head -c 65536 /dev/urandom >"$room" || rm -f "$room"; } 2>/dev/null
    done
    return 0
}

