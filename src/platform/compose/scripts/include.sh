# Writes an nginx include that is not there yet. Nothing is reloaded.
#
#   include.sh FILE NGINX SHA256 <TEXT
#
#   41 nginx does not take it, and it was removed again     45 it could not be removed, or put back
#   65 it is there, and says something else                 76 the text did not arrive whole
set -u
trap '' HUP INT TERM PIPE
file=$1 nginx=$2 sha=$3
umask 022
place=$(dirname "$file")
new=$place/.flipside-new.$$ heard=$place/.flipside-heard.$$
finish() {
    stop_ticking
    unheard
}
trap finish EXIT
fail() {
    printf '%.4000s\n' "$2" >&2 2>/dev/null || :
    exit "$1"
}
cat 2>/dev/null >"$new" || { rm -f "$new"; fail 73 "$file cannot be written: $(why_not "$place")"; }
is_whole "$new" "$sha" || { rm -f "$new"; fail 76 "the text of $file did not arrive whole; nothing was changed"; }
on_disk "$new"
# Made by a link, so that a file that somebody else puts there meanwhile is never replaced.
if ! ln "$new" "$file" 2>/dev/null; then
    if [ -e "$file" ]; then
        cmp -s "$new" "$file" && same=yes || same=
        rm -f "$new"
        [ -n "$same" ] && { echo "$file is as wanted already"; exit 0; }
        fail 65 "$file is there already, and says something else; it was left as it is"
    fi
    rm -f "$new"
    fail 73 "$file cannot be made: $(why_not "$place")"
fi
rm -f "$new"
bounded 20 $nginx -t || {
    said=$(said $?)
    # Was nginx content without it? One that names files which are still to be made is not.
    mv -f "$file" "$new" || fail 45 "nginx does not take $file, and it could not be removed again: $said"
    if bounded 20 $nginx -t; then
        rm -f "$new"
        fail 41 "nginx does not take $file, and it was removed again: $said"
    fi
    mv -f "$new" "$file" || fail 45 "$file was to be put back after a test, and could not be: it is $new"
}
on_disk "$place"
echo "wrote $file" 2>/dev/null || :
