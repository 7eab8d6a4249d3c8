# Prints a color's log as it grows, and ends with its container. Whoever stops it ends `docker logs`.
#
#   follow.sh PROJECT SERVICE       65 the service has no container here
set -eu
id=$(docker ps -a -q --no-trunc --filter "label=com.docker.compose.project=$1" \
    --filter "label=com.docker.compose.service=$2" --filter label=com.docker.compose.oneoff=False)
[ -n "$id" ] || { echo "$2 has no container here" >&2; exit 65; }
# The first of them, where the service is scaled.
exec docker logs -f --tail 200 "${id%%
*}" </dev/null
