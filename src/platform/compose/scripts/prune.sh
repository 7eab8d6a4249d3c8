# Removes images by their exact tags and dated compose files by their exact names. What the console
# named was needed by neither color when it looked; what is in use refuses to go, and that is fine.
#
#   prune.sh DIR IMAGES… -- FILES…
set -u
dir=$1
shift
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    if said=$(docker image rm "$1" </dev/null 2>&1); then echo "removed $1"; else printf 'kept %s: %.300s\n' "$1" "${said##*: }"; fi
    shift
done
[ $# -gt 0 ] && shift
live=$(readlink "$dir/docker-compose.yml" 2>/dev/null)
for file in "$@"; do
    [ "$file" = "$live" ] && continue
    rm -f "$dir/$file" && echo "removed $file"
done
# What was full may have room now.
keep_room "$dir/.flipside/reserve"
exit 0
