# Follows the log of a color until its container ends. Ending this script ends `docker logs`.
#
#   follow.sh PROJECT SERVICE       65 the service has no container
set -eu
id=$(docker ps -a -q --no-trunc --filter "label=com.docker.compose.project=$1" \
    --filter "label=com.docker.compose.service=$2" --filter label=com.docker.compose.oneoff=False)
[ -n "$id" ] || { echo "$2 has no container" >&2; exit 65; }
# The first container if the service is scaled.
exec docker logs -f --tail 200 "${id%%
*}" </dev/null
