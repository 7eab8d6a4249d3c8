# Gives the lock back if it is this run's; `any` gives it back whoever holds it.
#
#   unlock.sh DIR RUN|any          0 it is free now (the owner that was is printed); 75 another's
set -eu
lock=$1/.flipside/lock run=$2
[ -f "$lock" ] || exit 0
owner=$(cat "$lock")
case $run:$owner in
any:* | *"\"run\":\"$run\""*) ;;
*) printf '%s\n' "$owner"; exit 75 ;;
esac
printf '%s\n' "$owner"
rm -f "$lock"
