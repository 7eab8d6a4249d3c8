# Starts one color and waits until it is healthy. Only this one service is touched: no dependency is
# started anew, nothing is built, nothing is pulled.
#
#   start.sh DIR FILE PROJECT SERVICE IMAGE TAG DIGEST SECONDS HEALTH_URL HEALTH_HOST
#
#   64 the image is not the one that was prepared; 65 it ended, or restarts again and again;
#   66 unhealthy; 67 not healthy in time; 68 its port is somebody else's; 69 the engine went away. The
#   container's log is printed with 65, 66 and 67.
set -eu
dir=$1 file=$2 project=$3 service=$4 image=$5 tag=$6 digest=$7 seconds=$8 url=$9
shift 9
host=$1
found=$(digests "$image:$tag") || exit 64
case " $(echo $found) " in
*" $image@$digest "*) ;;
*)
    if [ -n "$digest" ]; then
        echo "$image:$tag on this host is not $digest, but:" $found >&2
        exit 64
    fi
    ;;
esac

# A sign-off was of what ran before.
rm -f "$dir/.flipside/verified" "$dir/.flipside/withdrawn"
up "$service" || {
    code=$? address=${url#*://} address=${address%%/*}
    runs=$(docker ps -q --filter "label=com.docker.compose.project=$project" \
        --filter "label=com.docker.compose.service=$service" 2>/dev/null) || :
    taken=0
    ask -s -m 1 -o /dev/null "http://$address/" || taken=$?
    # 7: nobody listens there.
    if [ -z "$runs" ] && [ "$taken" != 7 ]; then
        echo "something else listens at $address, the address of $service: \`ss -ltnp 'sport = :${address##*:}'\`, as root, says who" >&2
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
end=$((now + seconds)) seen='' restarts=0 answered=0 silent=0
while :; do
    # What an engine that is gone does not say is not taken for an answer. One that restarts is back soon.
    told=$(listed "$service") || {
        silent=$((silent + 1))
        if [ "$silent" -ge 10 ]; then
            echo "Docker Engine went away while $service was started: $DOCKER_HOST does not answer" >&2
            exit 69
        fi
        sleep 0.3
        continue
    }
    silent=0 is=healthy unchecked=
    # The id of each, then its state and its status.
    lines=$(printf '%s\n' "$told" | grep -oE '"Id":"[0-9a-f]{64}"|"State":"[a-z]+","Status":"[^"]*"') || lines=
    # A service may be scaled: it is as well as the worst of its containers.
    while IFS='"' read -r _ key _ value _ _ _ status _; do
        case $key in
        Id) id=$value ; continue ;;
        State) state=$value ;;
        *) state=absent ;;
        esac
        case "$state $status" in
        running*'(healthy)'*) ;;
        running*'(unhealthy)'*) give_up 66 "$service is unhealthy by its own check" ;;
        running*'starting)'*) is='running, its health check has not passed yet' ;;
        running*) unchecked=yes ;;
        restarting*)
            is=restarting
            restarts=$(docker inspect --format '{{.RestartCount}}' "$id" 2>/dev/null || echo 0)
            [ "$restarts" -ge 3 ] && give_up 65 "$service starts again and again"
            ;;
        exited* | dead*) give_up 65 "$service ended: $status" ;;
        *) is=$state ;;
        esac
    done <<EOF
$lines
EOF
    if [ "$is" = healthy ] && [ -n "$unchecked" ]; then
        # No check of its own: it must answer, three times in a row.
        if answers; then answered=$((answered + 1)); else answered=0; fi
        [ "$answered" -ge 3 ] || is='running, asked over HTTP'
    fi
    [ "$is" = "$seen" ] || echo "$service is $is"
    seen=$is
    [ "$is" = healthy ] && exit 0
    now
    [ "$now" -ge "$end" ] && give_up 67 "$service was not healthy within $seconds s: $is"
    sleep 0.3
done
