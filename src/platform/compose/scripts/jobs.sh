# Brings the services without a color to the release of one compose file.
#
#   jobs.sh DIR FILE PROJECT SERVICE…
set -eu
# Nothing may stop it, nor Compose, half-way.
trap '' HUP INT TERM PIPE
dir=$1 file=$2 project=$3
shift 3
mkdir -p "$dir/.flipside"
if [ "$(readlink "$dir/docker-compose.yml" 2>/dev/null)" != "$file" ]; then
    rm -f "$dir/.flipside/link"
    ln -s "$file" "$dir/.flipside/link"
    mv -f "$dir/.flipside/link" "$dir/docker-compose.yml"
fi
up "$@"
# One that ends at once looks well for a moment.
sleep 1
bad=0
for service in "$@"; do
    state=$(docker ps -a --filter "label=com.docker.compose.project=$project" \
        --filter "label=com.docker.compose.service=$service" --filter label=com.docker.compose.oneoff=False \
        --format '{{.State}}')
    [ "$state" = running ] || { echo "$service is ${state:-absent}" >&2; bad=1; }
done
keep_room "$dir/.flipside/reserve"
exit "$bad"
