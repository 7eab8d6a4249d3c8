# Releases one lock: that of RUN, or, if RUN is empty, the unreadable one with the identity FILE (of `lock_file`).
# Any other lock stays, also a newer one. `common.sh` and `lock-file.sh` come before this.
#
#   unlock.sh DIR RUN [FILE]
#
#   0 it is free now (prints the content of the lock); 75 there is another lock: prints a line of `lock_file`,
#   then its content
set -u
state=$1/.flipside lock=$1/.flipside/lock run=$2 file=${3:-}
aside=$state/lock.removed.$$
there() { [ -e "$lock" ] || [ -L "$lock" ]; }
matches() {
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
matches "$lock" || { there || exit 0; another; }
# Another run may have taken the lock between the check and the removal. So the lock is moved aside and checked
# again. If it is another's, it is linked back, which never replaces one that was taken since.
mv -f "$lock" "$aside" 2>/dev/null || { there || exit 0; echo "$lock cannot be removed" >&2; exit 73; }
if matches "$aside"; then
    rm -rf "$aside"
    keep_reserve "$state/reserve"
    printf '%s\n' "$owner"
    exit 0
fi
ln "$aside" "$lock" 2>/dev/null || :
rm -f "$aside"
another
