#
# It needs a POSIX shell, ssh, and curl for checks from this machine. It takes and releases the locks of the hosts,
# but it observes nothing before it acts: make sure that the hosts have not changed since this was planned. It
# stops where a run would. Every step can be repeated.
#
#   0 done; 1 failed; 2 a secret is missing; 4 locked by another run; 6 partially done: not on every host;
#   7 ended by a person
set -u
work=$(mktemp -d) || exit 1
name=here failed='' without='' returns='' pids='' missing=''
# The output of hosts must not act on this terminal.
c1=$(printf '\302[\200-\237]') hidden=$(printf '\342\200[\213-\217\250-\256]') turned=$(printf '\342\201[\240-\257]') mark=$(printf '\357\273\277')
clean() { tr -d '\000-\010\013-\037\177' | LC_ALL=C sed "s/$c1//g; s/$hidden//g; s/$turned//g; s/$mark//g"; }
line() { printf '%s\n' "$*"; }
say() { printf '%s: %s\n' "$name" "$*"; }
fail() {
    code=$1
    shift
    case $code in
    255) printf '%s: UNKNOWN: %s: the connection was lost, and it may have happened\n' "$name" "$*" >&2 ;;
    *) printf '%s: FAILED: %s\n' "$name" "$*" >&2 ;;
    esac
    exit 1
}
need() {
    eval "[ -n \"\${$1:-}\" ]" && return
    line "set $1 to the value of $2, as the template or the inventory has it" >&2
    missing=1
}
needs_are_met() { [ -z "$missing" ] || exit 2; }
no_secret() { fail 1 "the secret $1 cannot be read"; }
quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }
# A value as it stands between the quotes of a JSON string.
in_json() {
    tab=$(printf '\t') cr=$(printf '\r')
    printf '%s\n' "$1" | sed "s/[\\\\\"]/\\\\&/g; s/$tab/\\\\t/g; s/$cr/\\\\r/g" | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'
}
# The signed address of s3://BUCKET/KEY. The credentials are in $key_id, $secret_key and $token.
signed() {
    command -v aws >/dev/null || { line "the address of $1 is signed with the AWS CLI, which is not installed here" >&2; return 1; }
    AWS_ACCESS_KEY_ID=$key_id AWS_SECRET_ACCESS_KEY=$secret_key AWS_SESSION_TOKEN=$token \
        aws s3 presign "$1" --endpoint-url "$2" --region "$3" --expires-in "$4"
}
has_sum() {
    sum=$(sha256sum <"$1" 2>/dev/null || shasum -a 256 <"$1") && [ "${sum%% *}" = "$2" ] ||
        fail 1 "$1 does not have the checksum $2"
}
left_out() {
    without="$without $1"
    line "LEFT OUT: $1: $2" >&2
}
# Locks are released on every way out.
give_back() {
    for back in $returns; do
        name=${back#*:}
        "${back%%:*}" >"$work/back" 2>&1 || { say "the lock could not be released:"; clean <"$work/back"; } >&2
    done
}
# Hooks are carried out on this machine, before the phase and after it. The script defines those that there are.
begun=''
hooks_after() { :; }
hooks_failed() { :; }
hook() {
    name=here
    say "hook: $1"
    ("$2") </dev/null
    case $? in
    0) return 0 ;;
    255) line "hook: $1: UNKNOWN: it was not answered, and it may have happened" >&2 ;;
    *) line "hook: $1: FAILED" >&2 ;;
    esac
    return 1
}
# before ADVISORY TITLE FUNCTION: a hook without which the phase does not begin, unless it is advisory.
before() {
    hook "$2" "$3" || [ -n "$1" ] || { line 'no host was changed' >&2; exit 1; }
}
end() {
    code=$?
    give_back
    case $begun:$code in yes:0) hooks_after ;; yes:*) hooks_failed ;; esac
    rm -rf "$work"
}
trap end EXIT
trap 'line "ending: steps that move users or replace services are completed first" >&2; wait; exit 7' HUP INT TERM
lock() {
    name=$1
    # The lock may be taken although the connection broke before the answer came.
    returns="$returns $3:$1"
    "$2" >"$work/lock" 2>&1 && return
    case $?:$skip_unreachable in
    255:yes) left_out "$1" 'it cannot be reached' ;;
    75:*) { printf '%s: LOCKED, nothing was changed: ' "$1"; clean <"$work/lock"; } >&2; exit 4 ;;
    *) { printf '%s: could not be locked, nothing was changed: ' "$1"; clean <"$work/lock"; } >&2; exit 1 ;;
    esac
}
stage() {
    well=
    printf '== %s %s\n' "$1" "$2"
}
# Marks targets that follow the others of their stage as failed, because none of the others ended well.
not_started() {
    failed="$failed $*"
    line "not started on $*: no host before it ended well" >&2
}
pause() {
    line "-- waiting $1 s"
    sleep "$1"
}
ask() {
    printf '%s [y/N] ' "$2"
    read -r answer </dev/tty || answer=
    case $answer in y | Y | yes) ;; *) line 'stopped' >&2; exit "$1" ;; esac
}
# A step that moves users, or replaces what runs, is not interrupted.
uncut() { trap '' HUP INT TERM; }
# Runs the steps of one target in parallel with the others of the stage, unless an earlier step failed.
track() {
    case " $failed $without " in *" $1 "*) return ;; esac
    name=$1
    (trap - HUP INT TERM EXIT; "$2") >"$work/$1.out" 2>&1 &
    pids="$pids $!:$1"
}
join_tracks() {
    agree=
    for pair in $pids; do
        if wait "${pair%%:*}"; then well="$well ${pair#*:}"; else failed="$failed ${pair#*:}"; fi
        clean <"$work/${pair#*:}.out" | sed "s/^/${pair#*:} | /"
        agree="$agree ${pair#*:}"
    done
    pids=
}
must_agree() {
    for one in $agree; do
        case " $failed " in *" $one "*) ;; *) tail -n 1 "$work/$one.out" ;; esac
    done | clean | sort -u >"$work/agree"
    [ "$(wc -l <"$work/agree")" -le 1 ] || { line "FAILED: $1:" >&2; cat "$work/agree" >&2; exit 1; }
}
may_continue() {
    [ -n "$failed" ] || return 0
    count=0
    for one in $failed; do count=$((count + 1)); done
    if [ "${1:-}" != everyone ]; then
        [ "$may_fail" != all ] || return 0
        [ "$count" -gt "$may_fail" ] || return 0
    fi
    line "FAILED on:$failed. No further step was started." >&2
    exit 1
}
finish() {
    [ -z "$failed" ] || line "partially done: FAILED on:$failed" >&2
    [ -z "$without" ] || line "partially done: LEFT OUT:$without" >&2
    [ -z "$failed$without" ] || exit 6
    line 'done: every stage ended well'
}
# One line of curl's configuration.
conf() { printf '%s = "%s"\n' "$1" "$(printf '%s' "$2" | tr -d '\r\n' | sed 's/["\\]/\\&/g')"; }
# Ends with 255 if a request that changes something may have arrived. What curl says before that: a URL or a name that is
# wrong, no connection, no TLS.
web() {
    curl -sS -K - -m "$1" -D "$work/$name.head" -o "$work/$name.body" -w '%{http_code}' >"$work/$name.status" && return
    case $changes:$? in yes:[3567] | yes:35 | yes:58 | yes:60 | yes:77) return 1 ;; yes:*) return 255 ;; esac
    return 1
}
expect_status() {
    status=$(cat "$work/$name.status")
    case " $1 " in
    '  ') case $status in 2??) return 0 ;; esac ;;
    *" $status "*) return 0 ;;
    esac
    say "answered $status, wanted ${1:-200 to 299}"
    # A gateway that lost the server behind it.
    case $changes:$status in yes:502 | yes:504) return 255 ;; esac
    return 1
}
expect_header() {
    wanted=$(printf '%s' "$1" | tr '[:upper:]' '[:lower:]')
    found=$(tr -d '\r' <"$work/$name.head" | while IFS= read -r header; do
        [ "$(printf '%s' "${header%%:*}" | tr '[:upper:]' '[:lower:]')" = "$wanted" ] || continue
        printf '%s' "${header#*:}" | sed 's/^[[:space:]]*//; s/[[:space:]]*$//'
        break
    done)
    [ "$found" = "$2" ] && return 0
    say "answered $1: $found, wanted $2"
    return 1
}
# Prints the ETag of what was answered.
etag() {
    found=$(tr -d '\r' <"$work/$name.head" | sed -n 's/^[Ee][Tt][Aa][Gg]:[[:space:]]*//p' | tail -n 1)
    [ -n "$found" ] || { say "the answer has no ETag, so the request is not sent" >&2; return 1; }
    printf '%s' "$found"
}
expect_body() {
    case $(cat "$work/$name.body") in *"$1"*) return 0 ;; esac
    say "the body does not contain: $1"
    return 1
}
# expect_json POINTER VALUE…: checks with jq that the value at the pointer is one of these.
expect_json() {
    command -v jq >/dev/null 2>&1 || { say "jq is not installed, and the answer is JSON"; return 1; }
    found=$(jq -r --arg pointer "$1" '
        def key: gsub("~1"; "/") | gsub("~0"; "~");
        reduce ($pointer | split("/")[1:][] | key) as $key (.;
            if type == "array" then .[$key | tonumber] else .[$key] end)
        | if type == "string" then . else tojson end' "$work/$name.body" 2>/dev/null) || found=
    pointer=$1
    shift
    for wanted; do [ "$found" != "$wanted" ] || return 0; done
    say "the body says $pointer: $found, wanted $*"
    return 1
}
# again SECONDS INTERVAL COUNT PROBE: repeats the probe until it succeeded COUNT times in a row.
again() {
    over=$(($(date +%s) + $1)) right=0
    while :; do
        if "$4"; then
            right=$((right + 1))
            [ "$right" -lt "$3" ] || return 0
        else
            right=0
        fi
        [ $(($(date +%s) + $2)) -lt "$over" ] || return 1
        sleep "$2"
    done
}
