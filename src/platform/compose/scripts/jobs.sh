# Updates the job services, which have no color, to the release of a compose file.
#
#   jobs.sh DIR FILE PROJECT SERVICE…          69 Docker Engine does not answer
#
# It waits for Compose as long as the engine answers, since a job may stop slowly. If the engine does not answer three
# times in a row, it gives up, since nothing else can end this step.
set -eu
# Nothing may stop it, nor Compose, half-way.
trap '' HUP INT TERM PIPE
dir=$1 file=$2 project=$3
shift 3
mkdir -p "$dir/.flipside"
output=$dir/.flipside/output.$$
trap 'stop_ticking; remove_output' EXIT
every=5 limit=10
# Prints the ids of the containers of this project, one per line.
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
# A container that ends at once seems to run for a moment, also after each restart by the engine. So each gets 0.3 s
# after its start. The run observes it once more after this script.
updated() {
    up "$@" || return
    missing=30
    if [ -n "$started" ] && hundredths; then missing=$((30 - (hundredths - started))); fi
    [ "$missing" -le 0 ] || sleep "0.$((missing / 10))$((missing % 10))"
}
mark_next
marked updated "$@" &
job=$! update_call=$calls silent=0 code=0
while :; do
    now
    code=0
    watch "$job" $((now + every)) "$update_call" || code=$?
    [ "$code" = 124 ] || break
    if containers; then silent=0; else silent=$((silent + 1)); fi
    if [ "$silent" -ge 3 ]; then
        echo "Docker Engine does not answer while Compose updates $*; Compose was left running" >&2
        exit 69
    fi
    [ "$silent" = 0 ] || say "Docker Engine does not answer: waiting at most $(((3 - silent) * (every + limit))) s more"
done
[ "$code" = 0 ] || exit "$code"
keys='"Created":"[^"]*"|"Status":"[a-z]+"|"RestartCount":[0-9]+|"com.docker.compose.service":"[^"]*"'
# Prints for each container of this project its service, its state, how often it was restarted, and when it was created.
inspected() {
    ids=$(listed) || return 1
    ids=$(printf '%s\n' "$ids" | grep -oE '"Id":"[0-9a-f]{64}"' | cut -d '"' -f 4) || return 0
    details=$(engine -w '\n' $(printf 'http://docker/containers/%s/json ' $ids)) || return 1
    # One line per container: the line number shows which keys belong to one container.
    printf '%s\n' "$details" | grep -noE "$keys" | {
        last=
        while IFS='"' read -r number key sign value _; do
            if [ "$number" != "$last" ]; then
                [ -z "$last" ] || printf '%s\n' "$of $state $restarts $made"
                last=$number of=- state=- restarts=0 made=-
            fi
            case $key in
            Created) made=$value ;;
            # The state of the container comes first, that of its health check after it.
            Status) [ "$state" != - ] || state=$value ;;
            RestartCount) restarts=${sign#:} ;;
            *) of=$value ;;
            esac
        done
        [ -z "$last" ] || printf '%s\n' "$of $state $restarts $made"
    }
}
all=$(inspected) || {
    echo "it is unknown whether $* runs: Docker Engine does not answer" >&2
    exit 69
}
bad=0
for service in "$@"; do
    there=
    while read -r of state restarts made; do
        [ "$of" = "$service" ] || continue
        there=yes
        if [ "$state" != running ]; then
            echo "$service is $state" >&2
            bad=1
        elif [ "$restarts" != 0 ] && [ "$made" \> "$began" ]; then
            # A container that existed before has an old count.
            echo "$service keeps ending: the engine has restarted it $restarts times already" >&2
            bad=1
        fi
    done <<END
$all
END
    [ -n "$there" ] || { echo "$service is absent" >&2; bad=1; }
done
keep_reserve "$dir/.flipside/reserve"
exit "$bad"
