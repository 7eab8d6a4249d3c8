# Writes a dated compose file after the engine's own check of it. A file that is there already is
# never changed.
#
#   write.sh DIR NAME PROJECT SHA256 <TEXT
#
#   65 another file of this name is there; 66 it is not valid; 76 the text did not arrive whole
set -eu
dir=$1 name=$2 project=$3 sha=$4
umask 027
mkdir -p "$dir/.flipside"
new=$dir/.flipside/new.$name
trap 'rm -f "$new"; keep_room "$dir/.flipside/reserve"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
cat 2>/dev/null >"$new" || { echo "$dir/$name cannot be written: $(why_not "$dir/.flipside")" >&2; exit 73; }
is_whole "$new" "$sha" || { echo "the text of $dir/$name did not arrive whole; nothing was written" >&2; exit 76; }
# Written by root, it is still for the login user to read.
[ -z "${SUDO_GID:-}" ] || chgrp "$SUDO_GID" "$new"
if [ -e "$dir/$name" ]; then
    if cmp -s "$new" "$dir/$name"; then
        echo "$dir/$name is as wanted already"
        exit 0
    fi
    echo "$dir/$name is there already, and says something else" >&2
    exit 65
fi
if ! compose -p "$project" --project-directory "$dir" -f "$new" config -q </dev/null; then
    echo "docker compose does not take the file that the template makes; nothing was written" >&2
    exit 66
fi
on_disk "$new"
mv -f "$new" "$dir/$name"
on_disk "$dir"
echo "wrote $dir/$name"
