# Brings the services without a color to the release of one compose file.
#
#   jobs.sh DIR FILE PROJECT SERVICE…          69 Docker Engine does not answer
#
# Compose is waited for as long as the engine answers: a job may take its time to stop.
set -eu
# Nothing may stop it, nor Compose, half-way.
trap '' HUP INT TERM PIPE
dir=$1 file=$2 project=$3
shift 3
mkdir -p "$dir/.flipside"
heard=$dir/.flipside/heard.$$
trap 'stop_ticking; rm -f "$heard"' EXIT
state_of() {
    bounded 10 docker ps -a --filter "label=com.docker.compose.project=$project" \
        --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False \
        --format '{{.State}}'
}
if [ "$(readlink "$dir/docker-compose.yml" 2>/dev/null)" != "$file" ]; then
    rm -f "$dir/.flipside/link"
    ln -s "$file" "$dir/.flipside/link"
    mv -f "$dir/.flipside/link" "$dir/docker-compose.yml"
fi
up "$@" &
job=$! silent=0 code=0
while :; do
    now
    code=0
    watch "$job" $((now + 20)) || code=$?
    [ "$code" = 124 ] || break
    if state_of "$1"; then silent=0; else silent=$((silent + 1)); fi
    if [ "$silent" -ge 3 ]; then
        echo "Docker Engine does not answer while Compose brings $*; it was left at work: $(said $?)" >&2
        exit 69
    fi
done
[ "$code" = 0 ] || exit "$code"
# One that ends at once looks well for a moment.
sleep 1
bad=0
for service in "$@"; do
    state_of "$service" || { echo "it is not known whether $service runs: $(said $?)" >&2; bad=1; continue; }
    # One word for each of its containers.
    states=$(said 0)
    for state in ${states:-absent}; do
        [ "$state" = running ] || { echo "$service is $state" >&2; bad=1; }
    done
done
keep_room "$dir/.flipside/reserve"
exit "$bad"
