# Stops one color and keeps its container, so that a rollback to it needs only a start and no pull.
#
#   stop.sh PROJECT SERVICE SECONDS
set -eu
ids=$(docker ps -q --no-trunc --filter "label=com.docker.compose.project=$1" \
    --filter "label=com.docker.compose.service=$2" --filter label=com.docker.compose.oneoff=False)
if [ -z "$ids" ]; then
    echo "$2 does not run"
    exit 0
fi
docker stop -t "$3" $ids >/dev/null
echo "$2 is stopped; its container is kept"
