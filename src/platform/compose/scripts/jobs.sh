# Brings the services without a color to the release of one compose file.
#
#   jobs.sh DIR FILE PROJECT SERVICE…          69 Docker Engine does not answer
#
# Compose is waited for as long as the engine answers: a job may take its time to stop. An engine that does not
# answer three times in a row is given up, since nothing else can end this step.
set -eu
# Nothing may stop it, nor Compose, half-way.
trap '' HUP INT TERM PIPE
dir=$1 file=$2 project=$3
shift 3
mkdir -p "$dir/.flipside"
heard=$dir/.flipside/heard.$$
trap 'stop_ticking; unheard' EXIT
every=5 limit=10
# The ids of the containers of this project, a line each.
containers() {
    bounded $limit docker ps -a -q --filter "label=com.docker.compose.project=$project" \
        --filter label=com.docker.compose.oneoff=False
}
if [ "$(readlink "$dir/docker-compose.yml" 2>/dev/null)" != "$file" ]; then
    rm -f "$dir/.flipside/link"
    ln -s "$file" "$dir/.flipside/link"
    mv -f "$dir/.flipside/link" "$dir/docker-compose.yml"
fi
began=$(date -u +%Y-%m-%dT%H:%M:%S)
up "$@" &
job=$! silent=0 code=0
while :; do
    now
    code=0
    watch "$job" $((now + every)) || code=$?
    [ "$code" = 124 ] || break
    if containers; then silent=0; else silent=$((silent + 1)); fi
    if [ "$silent" -ge 3 ]; then
        echo "Docker Engine does not answer while Compose brings $*; it was left at work" >&2
        exit 69
    fi
    [ "$silent" = 0 ] || say "Docker Engine does not answer: waiting for it at most $(((3 - silent) * (every + limit))) s more"
done
[ "$code" = 0 ] || exit "$code"
unknown() { echo "it is not known whether $* runs: $(said "$code")" >&2; exit 1; }
# One that ends at once looks well for a moment, and again each time the engine has restarted it. The
# console observes it once more after this script.
sleep 0.3 &
moment=$!
all= bad=0
ids=$(listed | grep -o '"Id":"[0-9a-f]\{64\}"' | cut -d '"' -f 4)
if [ -z "$ids" ]; then
    containers || { code=$?; unknown "$@"; }
    ids=$(said 0)
fi
wait "$moment" || :
if [ -n "$ids" ]; then
    bounded 10 docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{.RestartCount}} {{.Created}}' $ids ||
        { code=$?; unknown "$@"; }
    all=$(said 0)
fi
for service in "$@"; do
    there=
    while read -r of state restarts made; do
        [ "$of" = "$service" ] || continue
        there=yes
        if [ "$state" != running ]; then
            echo "$service is $state" >&2
            bad=1
        elif [ "$restarts" != 0 ] && [ "$made" \> "$began" ]; then
            # Of one that was there before, the count is of any age.
            echo "$service ends by itself: the engine has restarted it $restarts times already" >&2
            bad=1
        fi
    done <<END
$all
END
    [ -n "$there" ] || { echo "$service is absent" >&2; bad=1; }
done
keep_room "$dir/.flipside/reserve"
exit "$bad"
