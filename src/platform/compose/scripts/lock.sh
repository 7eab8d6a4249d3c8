# Takes the lock of one stack, or tells who holds it. A hard link is made or not made: there is no
# moment at which two could believe that they made it, and it never exists without its owner.
#
#   lock.sh DIR RUN <OWNER         0 taken, or ours already; 75 somebody else's, who is printed
set -eu
state=$1/.flipside run=$2
umask 022
mkdir -p "$state"
mine=$state/lock.$run
cat >"$mine"
if ln "$mine" "$state/lock" 2>/dev/null; then
    rm -f "$mine"
    exit 0
fi
rm -f "$mine"
owner=$(cat "$state/lock" 2>/dev/null) || { echo "the lock went away while it was looked at; try again" >&2; exit 76; }
case $owner in *"\"run\":\"$run\""*) exit 0 ;; esac
printf '%s\n' "$owner"
exit 75
