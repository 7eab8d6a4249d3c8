#
# It needs a POSIX shell, ssh, and curl for checks from here. It takes no lock and does not look
# before it acts: make sure that nobody else is at work, and that the hosts are as they were when
# this was planned. It stops at the first stage that did not end well. Every step can be repeated.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { printf '%s: %s\n' "$name" "$*"; }
fail() { printf '%s: FAILED: %s\n' "$name" "$*" >&2; exit 1; }
stage() { echo "== $1 $2"; pids=; }
pause() { echo "-- waiting $1 s"; sleep "$1"; }
ask() {
    printf '%s [y/N] ' "$1"
    read -r answer </dev/tty || answer=
    case $answer in y | Y | yes) ;; *) echo 'stopped' >&2; exit 1 ;; esac
}
# Runs the steps on its standard input for one target, beside the others of the stage.
track() {
    name=$1
    cat >"$work/$name.sh"
    (. "$work/$name.sh") >"$work/$name.out" 2>&1 &
    pids="$pids $!:$name"
}
join_tracks() {
    bad=
    for pair in $pids; do
        wait "${pair%%:*}" || bad="$bad ${pair#*:}"
        sed "s/^/${pair#*:} | /" "$work/${pair#*:}.out"
    done
    [ -z "$bad" ] || { echo "FAILED on:$bad. Nothing further was begun." >&2; exit 1; }
}
must_agree() {
    for pair in $pids; do tail -n 1 "$work/${pair#*:}.out"; done | sort -u >"$work/agree"
    [ "$(wc -l <"$work/agree")" -le 1 ] || { echo "FAILED: $1:" >&2; cat "$work/agree" >&2; exit 1; }
}
web() { curl -sS -f -D - -m 10 "$@"; }
holds() { tee "$work/answer.$$" | grep -qiF -- "$1" && cat "$work/answer.$$"; }
again() {
    tries=$1
    until eval "$3"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep "$2"
    done
}
