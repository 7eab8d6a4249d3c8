# Writes a dated compose file after Compose has validated it. An existing file is never changed.
#
#   write.sh DIR NAME PROJECT SHA256 <TEXT
#
#   65 another file has this name; 66 the file is not valid; 76 the text did not arrive completely
set -eu
dir=$1 name=$2 project=$3 sha=$4
umask 027
mkdir -p "$dir/.flipside"
new=$dir/.flipside/new.$name
trap 'rm -f "$new"; keep_reserve "$dir/.flipside/reserve"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
cat 2>/dev/null >"$new" || { echo "$dir/$name cannot be written: $(write_error "$dir/.flipside")" >&2; exit 73; }
is_whole "$new" "$sha" || { echo "the text of $dir/$name did not arrive completely; nothing was written" >&2; exit 76; }
# If root writes it, the login user must still be able to read it.
[ -z "${SUDO_GID:-}" ] || chgrp "$SUDO_GID" "$new"
if [ -e "$dir/$name" ]; then
    if cmp -s "$new" "$dir/$name"; then
        echo "$dir/$name exists with this text"
        exit 0
    fi
    echo "$dir/$name exists with a different text; it was not changed" >&2
    exit 65
fi
if ! compose -p "$project" --project-directory "$dir" -f "$new" config -q </dev/null; then
    echo "docker compose rejects the rendered template; nothing was written" >&2
    exit 66
fi
on_disk "$new"
mv -f "$new" "$dir/$name"
on_disk "$dir"
echo "wrote $dir/$name"
