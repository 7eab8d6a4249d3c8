# Comes before every script that changes something: a run that lost its lock changes nothing more. The engine
# sets flipside_dir, flipside_run and flipside_closes (`yes`: a mark `frozen` forbids the script).
#
#   77 the run lost its lock    79 go-live was closed since the run began
flipside_lock=
{ IFS= read -r flipside_lock <"$flipside_dir/.flipside/lock"; } 2>/dev/null || :
case $flipside_lock in
*"\"run\":\"$flipside_run\""*) ;;
*'"who":"'*'"machine":"'*)
    flipside_who=${flipside_lock#*'"who":"'} flipside_machine=${flipside_lock#*'"machine":"'}
    echo "this run lost its lock to ${flipside_who%%'"'*}@${flipside_machine%%'"'*}: nothing was changed here" >&2
    exit 77
    ;;
*)
    echo 'the lock of this run is gone: nothing was changed here' >&2
    exit 77
    ;;
esac
if [ "$flipside_closes" = yes ] && [ -e "$flipside_dir/.flipside/frozen" ]; then
    echo 'go-live was closed since this run began: nothing was changed here' >&2
    exit 79
fi
