# Takes the lock of one stack, or says who holds it. A hard link is made or not made: there is no
# moment at which two could believe that they made it, and it never exists without its owner.
# `common.sh` and `lock-file.sh` come before this.
#
#   lock.sh DIR RUN [make] <OWNER
#
#   0 taken, or ours already; what is printed counts how often it was taken here, ever: a look that
#   saw one less, and nobody's lock, saw what is still so. 75 somebody else's: a line of `lock_file`,
#   then what is in it. 78 DIR is not there, so there is nothing to lock: this server was never set
#   up. With `make` it is made then, for the login user.
set -u
dir=$1 state=$1/.flipside run=$2 make=${3:-}
umask 022
if [ ! -d "$dir" ]; then
    [ "$make" = make ] || { echo "$dir is not there: this server was never set up" >&2; exit 78; }
    mkdir -p "$dir" 2>/dev/null || sudo -n install -d -o "$(id -un)" -g "$(id -gn)" "$dir" ||
        { echo "$dir is not there, and $(id -un) may not make it" >&2; exit 78; }
fi
cannot() {
    rm -f "$mine"
    echo "$1: $(why_not "$2")" >&2
    exit 73
}
mine=$state/lock.$run owner=
[ -d "$state" ] || mkdir -p "$state" 2>/dev/null || cannot "$state cannot be made" "$dir"
IFS= read -r owner || :
# A line that broke while the owner was sent must not leave a lock that nobody owns.
case $owner in
*"}") ;;
*) echo "the owner of the lock did not arrive whole" >&2; exit 76 ;;
esac
# On a full disk there is a little room that was kept for this. What needs it tries again with it.
written() { { printf '%s\n' "$owner" >"$mine"; } 2>/dev/null; }
written || { rm -f "$state/reserve"; written; } || cannot "the lock cannot be written" "$state"
# Into a directory of that name `ln` would put the file, and call it made.
linked() { [ ! -d "$state/lock" ] && ln "$mine" "$state/lock" 2>/dev/null; }
held() { [ -e "$state/lock" ] || [ -L "$state/lock" ]; }
for attempt in 1 2 3; do
    if linked; then
        count=0
        [ ! -f "$state/lock-count" ] || read -r count <"$state/lock-count" || :
        case $count in '' | *[!0-9]*) count=0 ;; esac
        count=$((count + 1))
        rm -f "$mine"
        counted() { { echo "$count" >"$state/lock-count"; } 2>/dev/null; }
        if counted || { rm -f "$state/reserve"; counted; }; then echo "$count"; fi
        keep_room "$state/reserve"
        exit 0
    fi
    if held; then
        rm -f "$mine"
        about=$(lock_file "$state/lock")
        owner=$(head -c 4096 "$state/lock" 2>/dev/null) || owner=
        case $owner in *"\"run\":\"$run\""*) exit 0 ;; esac
        printf '%s\n%s\n' "$about" "$owner"
        exit 75
    fi
    # It went away while it was read, or there is no room for one more name.
    rm -f "$state/reserve"
done
cannot "the lock cannot be made" "$state"
