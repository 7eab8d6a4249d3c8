# Starts one color and waits until it is healthy. It changes only this one service: no dependency is recreated,
# nothing is built, nothing is pulled.
#
#   start.sh DIR FILE PROJECT SERVICE IMAGE TAG DIGEST SECONDS HEALTH_URL HEALTH_HOST
#
#   64 the image is not the one that was prepared; 65 it ended, or keeps restarting; 66 unhealthy; 67 not healthy
#   in time; 68 another program uses its port; 69 the engine does not answer. 65, 66 and 67 print the log of the
#   container.
set -eu
dir=$1 file=$2 project=$3 service=$4 image=$5 tag=$6 digest=$7 seconds=$8 url=$9
shift 9
host=$1
found=$(digests "$image:$tag") || exit 64
case " $(echo $found) " in
*" $image@$digest "*) ;;
*)
    if [ -n "$digest" ]; then
        echo "$image:$tag on this host is not $digest but" $found >&2
        exit 64
    fi
    ;;
esac

# A sign-off was for what ran before.
rm -f "$dir/.flipside/verified" "$dir/.flipside/withdrawn"
up "$service" || {
    code=$? address=${url#*://} address=${address%%/*}
    runs=$(docker ps -q --filter "label=com.docker.compose.project=$project" \
        --filter "label=com.docker.compose.service=$service" 2>/dev/null) || :
    taken=0
    ask -s -m 1 -o /dev/null "http://$address/" || taken=$?
    # 7: no program listens there.
    if [ -z "$runs" ] && [ "$taken" != 7 ]; then
        echo "another program listens on $address, the address of $service; run \`ss -ltnp 'sport = :${address##*:}'\` as root to find it" >&2
        exit 68
    fi
    exit "$code"
}

give_up() {
    echo "$2" >&2
    echo "--- the last lines of $service ---" >&2
    docker logs --tail 60 "$id" 2>&1 </dev/null | tail -c 16384 >&2 || :
    docker inspect --format '{{if .State.Health}}{{range .State.Health.Log}}health check exit {{.ExitCode}}: {{println .Output}}{{end}}{{end}}' \
        "$id" 2>/dev/null | tail -n 3 | tail -c 4096 >&2 || :
    exit "$1"
}
answers() { ask -s -f -m 2 -o /dev/null ${host:+-H "Host: $host"} "$url"; }

now
end=$((now + seconds)) previous='' restarts=0 answered=0 silent=0
while :; do
    # No answer of the engine says nothing about the container. An engine that restarts is back soon.
    listing=$(listed "$service") || {
        silent=$((silent + 1))
        if [ "$silent" -ge 10 ]; then
            echo "Docker Engine stopped answering while $service was started ($DOCKER_HOST)" >&2
            exit 69
        fi
        sleep 0.3
        continue
    }
    silent=0 is=healthy unchecked=
    # The id of each, then its state and its status.
    lines=$(printf '%s\n' "$listing" | grep -oE '"Id":"[0-9a-f]{64}"|"State":"[a-z]+","Status":"[^"]*"') || lines=
    # A service may be scaled: its state is that of its worst container.
    while IFS='"' read -r _ key _ value _ _ _ status _; do
        case $key in
        Id) id=$value ; continue ;;
        State) state=$value ;;
        *) state=absent ;;
        esac
        case "$state $status" in
        running*'(healthy)'*) ;;
        running*'(unhealthy)'*) give_up 66 "$service is unhealthy according to its health check" ;;
        running*'starting)'*) is='running, its health check has not passed yet' ;;
        running*) unchecked=yes ;;
        restarting*)
            is=restarting
            restarts=$(docker inspect --format '{{.RestartCount}}' "$id" 2>/dev/null || echo 0)
            [ "$restarts" -ge 3 ] && give_up 65 "$service keeps restarting"
            ;;
        exited* | dead*) give_up 65 "$service ended: $status" ;;
        *) is=$state ;;
        esac
    done <<EOF
$lines
EOF
    if [ "$is" = healthy ] && [ -n "$unchecked" ]; then
        # It has no health check of its own, so it must answer three times in a row.
        if answers; then answered=$((answered + 1)); else answered=0; fi
        [ "$answered" -ge 3 ] || is='running, asked over HTTP'
    fi
    [ "$is" = "$previous" ] || echo "$service is $is"
    previous=$is
    [ "$is" = healthy ] && exit 0
    now
    [ "$now" -ge "$end" ] && give_up 67 "$service was not healthy within $seconds s: $is"
    sleep 0.3
done
