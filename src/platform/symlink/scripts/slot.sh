# Leads a slot to a version, and starts its service anew, if it has one, until it answers at its address. A slot that
# users reach is never changed. It runs to its end even if the connection that started it breaks.
#
# `common.sh`, `bounded.sh`, `settings.sh` and `running.sh` come before this.
#
#   slot.sh dir= versions= link= color= version= run= seconds= stop_seconds= address= health_host= release_header= \
#           live_include= server= start= stop= status= log=
#
# start, stop, status and log are command lines. Without start there is no service.
#
#   40 the version is not there           44 users reach this slot        47 a switch is running on this host
#   65 the service ended                  66 it could not be started      67 it did not answer in time
#   68 another program has its address    73 the slot cannot be written
set -u
live_include= server= release_header= health_host= start= stop= status= log= address= seconds=30 stop_seconds=30
settings "$@"
state=$dir/.flipside
output=$state/output.$$
finish() {
    stop_ticking
    remove_output
    rm -rf "$state/slot.$$"
    keep_reserve "$state/reserve"
}
trap finish EXIT
[ -d "$dir/$versions/$version" ] || fail 40 "$dir/$versions/$version is not there; $color was left as it is"
was=
[ ! -L "$state/slots/$color" ] || was=$(readlink "$state/slots/$color")
to=../../$versions/$version
if [ -z "$start" ] && [ "$was" != "$to" ]; then
    # Without a service, users reach the slot whose version the link names.
    now_at=
    [ ! -L "$dir/$link" ] || now_at=$(readlink "$dir/$link")
    now_at=${now_at%/} in_slot=${was%/}
    [ -z "$was" ] || [ "${now_at##*/}" != "${in_slot##*/}" ] ||
        fail 44 "$color is ${in_slot##*/}, which $dir/$link names: users reach it; it was left as it is"
fi
users_reach_it 'it was left as it is'

mkdir -p "$state/slots" "$state/started" 2>/dev/null || fail 73 "$state/slots cannot be made: $(write_error "$state")"
# A sign-off was for what ran before.
rm -f "$state/verified" "$state/withdrawn"
record() { { printf '%s\n' "$1" >"$state/started/$color.new" && mv -f "$state/started/$color.new" "$state/started/$color"; } 2>/dev/null; }
if [ -n "$start" ]; then
    record "starting $version $run $$" || fail 73 "$state/started/$color cannot be written: $(write_error "$state")"
    if [ -n "$stop" ]; then run_bounded "$stop_seconds" 'stopping the service' "$stop" || :; fi
    # What still answers now would be taken for the new release.
    did=0
    code=$(ask -s -m 2 -o /dev/null -w '%{http_code}' "$address" 2>/dev/null </dev/null) || did=$?
    # What accepts a connection and does not answer in time is there, too.
    case $did:$code in
    28:* | *:[1-9]*)
        port=${address#*://} port=${port%%/*} said="status $code"
        [ "$did" != 28 ] || said='it accepts connections'
        fail 68 "$port, the address of $color, still answers after its service was stopped ($said); run \`ss -ltnp 'sport = :${port##*:}'\` as root to find what listens there"
        ;;
    esac
fi
# A link is made aside, in a directory of its own: `mv` to a name that is a link to a directory would move into it.
linked() {
    rm -rf "$state/slot.$$"
    mkdir "$state/slot.$$" && ln -s "$to" "$state/slot.$$/$color" && mv -f "$state/slot.$$/$color" "$state/slots/"
} 2>/dev/null
linked || { rm -f "$state/reserve"; linked; } || fail 73 "$state/slots/$color cannot be written: $(write_error "$state")"
on_disk "$state/slots"
say "$color is $version"
if [ -z "$start" ]; then exit 0; fi

now
end=$((now + seconds))
run_bounded "$seconds" 'starting the service' "$start" || { show_log; exit 66; }
await_answers "$version" "$end"
record "started $version $run" || say "$state/started/$color could not be written: $(write_error "$state")"
say "$color $version runs and answers"
