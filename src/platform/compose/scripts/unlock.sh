# Removes one lock: that of RUN, or with RUN empty the unreadable one that `lock_file` describes as
# FILE. Any other lock, a newer one too, stays. `common.sh` and `lock-file.sh` come before this.
#
#   unlock.sh DIR RUN [FILE]
#
#   0 it is free now (what was in the lock is printed); 75 another lock is there: a line of
#   `lock_file`, then what is in it
set -u
state=$1/.flipside lock=$1/.flipside/lock run=$2 file=${3:-}
aside=$state/lock.removed.$$
there() { [ -e "$lock" ] || [ -L "$lock" ]; }
meant() {
    owner=$(head -c 4096 "$1" 2>/dev/null) || owner=
    about=$(lock_file "$1")
    if [ -n "$run" ]; then
        case $owner in *"\"run\":\"$run\""*) ;; *) return 1 ;; esac
    else
        [ "${about#* }" = "$file" ]
    fi
}
another() { printf '%s\n%s\n' "$about" "$owner"; exit 75; }

there || exit 0
meant "$lock" || { there || exit 0; another; }
# Between the check and the removal another one may have come. Only what was moved aside is removed,
# and another's lock is linked back, which never replaces one that was taken since.
mv -f "$lock" "$aside" 2>/dev/null || { there || exit 0; echo "$lock cannot be removed" >&2; exit 73; }
if meant "$aside"; then
    rm -rf "$aside"
    keep_room "$state/reserve"
    printf '%s\n' "$owner"
    exit 0
fi
ln "$aside" "$lock" 2>/dev/null || :
rm -f "$aside"
another
