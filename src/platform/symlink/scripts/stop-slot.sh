# Stops the service of a slot and leaves the slot's version as it is, so that a rollback to it needs only a start. A slot
# that users reach is never stopped.
#
# `common.sh`, `bounded.sh`, `settings.sh` and `running.sh` come before this.
#
#   stop-slot.sh dir= color= seconds= address= live_include= server= stop= status=
#
#   44 users reach this slot    47 a switch is running on this host    66 it could not be stopped
set -u
live_include= server= release_header= health_host= status= log=
settings "$@"
state=$dir/.flipside
output=$state/output.$$
finish() {
    stop_ticking
    remove_output
    keep_reserve "$state/reserve"
}
trap finish EXIT
users_reach_it 'it still runs'
if [ -n "$status" ] && ! bounded 5 sh -c "$status"; then
    say "the service of $color does not run"
    exit 0
fi
run_bounded "$seconds" 'stopping the service' "$stop" || exit 66
if [ -n "$status" ] && bounded 5 sh -c "$status"; then fail 66 "the service of $color still runs after it was stopped"; fi
say "the service of $color is stopped; its version is kept"
