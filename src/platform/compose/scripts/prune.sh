# Removes images by exact tag and dated compose files by exact name. Neither color needed them when the host was
# observed. Docker refuses to remove an image in use, which is no error.
#
#   prune.sh DIR IMAGE… -- FILE…
set -u
dir=$1
shift
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    if message=$(docker image rm "$1" </dev/null 2>&1); then echo "removed $1"; else printf 'kept %s: %.300s\n' "$1" "${message##*: }"; fi
    shift
done
[ $# -gt 0 ] && shift
live=$(readlink "$dir/docker-compose.yml" 2>/dev/null)
for file in "$@"; do
    [ "$file" = "$live" ] && continue
    rm -f "$dir/$file" && echo "removed $file"
done
# A full disk may have room now.
keep_reserve "$dir/.flipside/reserve"
exit 0
