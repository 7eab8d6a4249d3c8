# Writes a dated compose file after the engine's own check of it. A file that is there already is
# never changed.
#
#   write.sh DIR NAME PROJECT <TEXT          65 another file of this name is there; 66 it is not valid
set -eu
dir=$1 name=$2 project=$3
umask 027
mkdir -p "$dir/.flipside"
new=$dir/.flipside/new.$name
cat >"$new"
if [ -e "$dir/$name" ]; then
    if cmp -s "$new" "$dir/$name"; then
        rm -f "$new"
        echo "$dir/$name is as wanted already"
        exit 0
    fi
    rm -f "$new"
    echo "$dir/$name is there already, and says something else" >&2
    exit 65
fi
if ! docker compose -p "$project" --project-directory "$dir" -f "$new" config -q </dev/null; then
    rm -f "$new"
    echo "docker compose does not take the file that the template makes; nothing was written" >&2
    exit 66
fi
sync "$new" 2>/dev/null || :
mv -f "$new" "$dir/$name"
echo "wrote $dir/$name"
