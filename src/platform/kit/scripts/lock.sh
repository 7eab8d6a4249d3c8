# Takes the lock of a stack, or prints who holds it. The lock is a hard link, which is created atomically:
# only one run can succeed, and the lock never exists without its owner.
# `common.sh` and `lock-file.sh` come before this.
#
#   lock.sh DIR RUN [make] <OWNER
#
#   0 taken, or ours already. Prints how often the lock was ever taken on this host: an observation with a
#   count that is lower by one, and without a lock, is still valid. 75 another run holds it: prints a line of
#   `lock_file`, then the content. 78 DIR does not exist, so there is nothing to lock: this server was never
#   set up. With `make`, DIR is then created for the login user.
set -u
dir=$1 state=$1/.flipside run=$2 make=${3:-}
umask 022
if [ ! -d "$dir" ]; then
    [ "$make" = make ] || { echo "$dir does not exist: this server was never set up" >&2; exit 78; }
    mkdir -p "$dir" 2>/dev/null || sudo -n install -d -o "$(id -un)" -g "$(id -gn)" "$dir" ||
        { echo "$dir does not exist, and $(id -un) may not create it" >&2; exit 78; }
fi
cannot() {
    rm -f "$mine"
    echo "$1: $(write_error "$2")" >&2
    exit 73
}
mine=$state/lock.$run owner=
[ -d "$state" ] || mkdir -p "$state" 2>/dev/null || cannot "$state cannot be created" "$dir"
IFS= read -r owner || :
# A connection that broke while the owner was sent must not leave a lock without owner.
case $owner in
*"}") ;;
*) echo "the owner of the lock did not arrive completely" >&2; exit 76 ;;
esac
# On a full disk, the reserve is deleted to have room, and the operation is tried again.
written() { { printf '%s\n' "$owner" >"$mine"; } 2>/dev/null; }
written || { rm -f "$state/reserve"; written; } || cannot "the lock cannot be written" "$state"
# If `lock` were a directory, `ln` would create the link inside it and report success.
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
        keep_reserve "$state/reserve"
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
    # The lock was released meanwhile, or the directory has no room for another name.
    rm -f "$state/reserve"
done
cannot "the lock cannot be created" "$state"
