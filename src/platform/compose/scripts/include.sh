# Writes an nginx include that is not there yet. Nothing is reloaded.
#
#   include.sh FILE NGINX <TEXT     65 it is there, and says something else; 41 nginx does not take it
set -u
file=$1 nginx=$2
umask 022
new=$(dirname "$file")/.flipside-new.$$
cat >"$new" || { rm -f "$new"; echo "$file cannot be written by $(id -un)" >&2; exit 73; }
# Made by a link, so that a file that somebody else puts there meanwhile is never replaced.
if ! ln "$new" "$file" 2>/dev/null; then
    cmp -s "$new" "$file" && same=yes || same=
    rm -f "$new"
    [ -n "$same" ] && { echo "$file is as wanted already"; exit 0; }
    echo "$file is there already, and says something else; it was left as it is" >&2
    exit 65
fi
# Was nginx content without it? One that names files which are still to be made is not.
rm -f "$new"
if ! said=$($nginx -t 2>&1 </dev/null); then
    mv -f "$file" "$new"
    if $nginx -t >/dev/null 2>&1 </dev/null; then
        rm -f "$new"
        printf '%s\n' "nginx does not take $file, and it was removed again: $said" >&2
        exit 41
    fi
    mv -f "$new" "$file"
fi
echo "wrote $file"
