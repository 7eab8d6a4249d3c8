# Takes the lock of one stack, or tells who holds it. A hard link is made or not made: there is no
# moment at which two could believe that they made it, and it never exists without its owner.
#
#   lock.sh DIR RUN [make] <OWNER
#
#   0 taken, or ours already; 75 somebody else's, who is printed; 78 DIR is not there, so there is
#   nothing to lock: this server was never set up. With `make` it is made then, for the login user.
set -eu
dir=$1 state=$1/.flipside run=$2 make=${3:-}
umask 022
if [ ! -d "$dir" ]; then
    [ "$make" = make ] || { echo "$dir is not there: this server was never set up" >&2; exit 78; }
    mkdir -p "$dir" 2>/dev/null || sudo -n install -d -o "$(id -un)" -g "$(id -gn)" "$dir" ||
        { echo "$dir is not there, and $(id -un) may not make it" >&2; exit 78; }
fi
mkdir -p "$state"
mine=$state/lock.$run
cat >"$mine"
# A line that broke while the owner was sent must not leave a lock that nobody owns.
case $(tail -n 1 "$mine") in
*"}") ;;
*) rm -f "$mine"; echo "the owner of the lock did not arrive whole" >&2; exit 76 ;;
esac
if ln "$mine" "$state/lock" 2>/dev/null; then
    rm -f "$mine"
    exit 0
fi
rm -f "$mine"
owner=$(cat "$state/lock" 2>/dev/null) || { echo "the lock went away while it was looked at; try again" >&2; exit 76; }
case $owner in *"\"run\":\"$run\""*) exit 0 ;; esac
printf '%s\n' "$owner"
exit 75
