# Stops the service of a slot and leaves the slot's version as it is, so that a rollback to it needs only a start. Without a
# service the slot is emptied, and its version stays on the host. A slot that users reach is never changed.
#
# `common.sh`, `bounded.sh`, `settings.sh` and `running.sh` come before this.
#
#   stop-slot.sh dir= link= color= seconds= address= live_include= server= stop= status=
#
#   44 users reach this slot    47 a switch is running on this host    66 it could not be stopped
#   73 the slot cannot be written
set -u
live_include= server= release_header= health_host= address= stop= status= log= link=
settings "$@"
state=$dir/.flipside
output=$state/output.$$
finish() {
    stop_ticking
    remove_output
    keep_reserve "$state/reserve"
}
trap finish EXIT
users_reach_it 'it was left as it is'
if [ -z "$stop" ]; then
    [ -L "$state/slots/$color" ] || { say "$color is empty"; exit 0; }
    now_at= in_slot=$(readlink "$state/slots/$color")
    [ ! -L "$dir/$link" ] || now_at=$(readlink "$dir/$link")
    now_at=${now_at%/} in_slot=${in_slot%/}
    # Without a record of the live color, users reach the slot whose version the link names.
    if [ ! -f "$dir/live-color" ] && [ "${now_at##*/}" = "${in_slot##*/}" ]; then
        fail 44 "$color is ${in_slot##*/}, which $dir/$link names: users reach it; it was left as it is"
    fi
    rm -f "$state/slots/$color" || fail 73 "$state/slots/$color cannot be removed: $(write_error "$state/slots")"
    say "$color is empty; its version is kept"
    exit 0
fi
if [ -n "$status" ] && ! bounded 5 sh -c "$status"; then
    say "the service of $color does not run"
    exit 0
fi
run_bounded "$seconds" 'stopping the service' "$stop" || exit 66
if [ -n "$status" ] && bounded 5 sh -c "$status"; then fail 66 "the service of $color still runs after it was stopped"; fi
say "the service of $color is stopped; its version is kept"
