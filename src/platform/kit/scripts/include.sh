# Writes an nginx include that does not exist yet. Nothing is reloaded.
#
#   include.sh FILE NGINX SHA256 <TEXT
#
#   41 nginx rejects it, and it was removed again     45 it could not be removed, or restored
#   65 it exists with a different text                76 the text did not arrive completely
set -u
trap '' HUP INT TERM PIPE
file=$1 nginx=$2 sha=$3
umask 022
directory=$(dirname "$file")
new=$directory/.flipside-new.$$ output=$directory/.flipside-output.$$
finish() {
    stop_ticking
    remove_output
}
trap finish EXIT
fail() {
    printf '%.4000s\n' "$2" >&2 2>/dev/null || :
    exit "$1"
}
cat 2>/dev/null >"$new" || { rm -f "$new"; fail 73 "$file cannot be written: $(write_error "$directory")"; }
is_whole "$new" "$sha" || { rm -f "$new"; fail 76 "the text of $file did not arrive completely; nothing was changed"; }
on_disk "$new"
# Created by a link, so that a file that appears meanwhile is never replaced.
if ! ln "$new" "$file" 2>/dev/null; then
    if [ -e "$file" ]; then
        cmp -s "$new" "$file" && same=yes || same=
        rm -f "$new"
        [ -n "$same" ] && { echo "$file exists with this text"; exit 0; }
        fail 65 "$file exists with a different text; it was not changed"
    fi
    rm -f "$new"
    fail 73 "$file cannot be created: $(write_error "$directory")"
fi
rm -f "$new"
bounded 20 $nginx -t || {
    message=$(last_output $?)
    # Does nginx accept its configuration without it? Not if that names files that are still to be created.
    mv -f "$file" "$new" || fail 45 "nginx rejects $file, and it could not be removed again: $message"
    if bounded 20 $nginx -t; then
        rm -f "$new"
        fail 41 "nginx rejects $file, and it was removed again: $message"
    fi
    mv -f "$new" "$file" || fail 45 "$file could not be restored after a test: it is $new"
}
on_disk "$directory"
echo "wrote $file" 2>/dev/null || :
