# Shared by the lab's scripts: names, paths and small helpers. Sourced by bash.
# shellcheck shell=bash disable=SC2034

LAB_SRC=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Another name and another net make another lab, beside this one.
LAB_NAME=${FLIPSIDE_LAB_NAME:-flipside-lab}
LAB_NET=${FLIPSIDE_LAB_NET:-10.213.0}
# Not under /tmp or /run: those may be small tmpfs, and each host has a (sparse) disk file here.
LAB_DIR=/var/tmp/$LAB_NAME
LAB_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/flipside-lab
LAB_REGISTRY=$LAB_NET.1:5000
LAB_ARTIFACTS=$LAB_NET.1:8000
LAB_CLIENT=$LAB_NET.254
LAB_LINK=$LAB_NAME          # the machine's own end of the cable to the lab
LAB_DISK=${FLIPSIDE_LAB_DISK:-2G}
LAB_CGROUP=$LAB_NAME
LAB_LOCK=/run/lock/$LAB_NAME.lock
CANNOT=77                   # "cannot run here": not a failure of what is tested

say() { printf 'lab: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
cannot() {
    printf '\n*** the lab cannot run here: %s\n\n' "$*" >&2
    exit "$CANNOT"
}
now_ms() { date +%s%3N; }

# until_ok SECONDS COMMAND…: poll until the command succeeds; fail when the time is over.
until_ok() {
    local limit=$(($(now_ms) + $1 * 1000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(now_ms)" -lt "$limit" ] || return 1
        sleep 0.03
    done
}

[[ $LAB_NAME =~ ^[a-z][a-z0-9-]{0,14}$ ]] || die "not a name for a lab: $LAB_NAME" # it names a network link too

# A pid counts only while its command line still names this lab: numbers are used again.
is_ours() { [ -n "${1:-}" ] && tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -qF "$LAB_DIR/"; }
pid_in() { # pid_in FILE: the live pid recorded there
    local pid
    pid=$(cat "$1" 2>/dev/null) && is_ours "$pid" && printf '%s\n' "$pid"
}
host_pid() { pid_in "$LAB_DIR/hosts/$1/pid"; }
switch_pid() { pid_in "$LAB_DIR/switch/pid"; }
host_ip() { cat "$LAB_DIR/hosts/$1/ip"; }
hosts() { # in the order of their addresses
    local d
    for d in "$LAB_DIR"/hosts/*/ip; do
        [ -f "$d" ] && printf '%s %s\n' "$(sed 's/.*\.//' "$d")" "$(basename "$(dirname "$d")")"
    done | sort -n | cut -d' ' -f2
}

# Hosts that release by archives and links: they have no Docker Engine.
is_linked() { [[ $1 =~ ^(pair|unit|solo|cap)[0-9-]*$ ]]; }
linked_hosts() {
    local h
    for h in $(hosts); do ! is_linked "$h" || echo "$h"; done
}
other_hosts() {
    local h
    for h in $(hosts); do is_linked "$h" || echo "$h"; done
}

# Run something as root inside a host. Not `ip netns exec`: that hides /sys/fs/cgroup.
in_host() {
    local pid
    pid=$(host_pid "$1") || die "$1 is not running"
    shift
    nsenter -t "$pid" -m -u -i -n -p -- env -i PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root LANG=C.UTF-8 "$@"
}
in_switch() {
    local pid
    pid=$(switch_pid) || die "the lab is not up"
    nsenter -t "$pid" -n -- "$@"
}

# The newest two of a kind stay in the cache; another checkout may be using the older one.
cache_prune() { # cache_prune KIND
    local d
    find "$LAB_CACHE" -maxdepth 1 -name "$1-*" -printf '%T@ %p\n' 2>/dev/null | sort -rn |
        tail -n +3 | cut -d' ' -f2- | while read -r d; do rm -rf -- "$d"; done
}
sha() { sha256sum | cut -c1-16; }
find_rustc() { command -v rustc || { [ -x "$HOME/.cargo/bin/rustc" ] && echo "$HOME/.cargo/bin/rustc"; }; }
