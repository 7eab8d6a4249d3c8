# Starts the stopped service of a slot again as it was, and waits until it answers. The slot's version stays. It may be
# the slot that users reach, since a service that runs is not started anew.
#
# `common.sh`, `bounded.sh`, `settings.sh` and `running.sh` come before this.
#
#   revive.sh dir= color= run= seconds= address= health_host= release_header= start= status= log=
#
#   40 the slot has no version    65 the service ended    66 it could not be started    67 it did not answer in time
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
[ -L "$state/slots/$color" ] && [ -d "$state/slots/$color" ] ||
    fail 40 "$state/slots/$color leads to no version: it must be prepared again"
version=$(readlink "$state/slots/$color") version=${version%/} version=${version##*/}
now
end=$((now + seconds))
if [ -n "$status" ] && bounded 5 sh -c "$status"; then
    say "the service of $color runs"
else
    run_bounded "$seconds" 'starting the service' "$start" || { show_log; exit 66; }
fi
await_answers "$version" "$end"
mkdir -p "$state/started" 2>/dev/null
{ printf 'started %s %s\n' "$version" "$run" >"$state/started/$color.new" && mv -f "$state/started/$color.new" "$state/started/$color"; } 2>/dev/null || :
say "$color $version runs again and answers"
