# Starts the stopped container of a color again as it was, and waits until it answers.
#
#   revive.sh PROJECT SERVICE SECONDS HEALTH_URL HEALTH_HOST       65 no container; 67 no answer in time
set -eu
project=$1 service=$2 seconds=$3 url=$4 host=$5
id=$(docker ps -a -q --no-trunc --filter "label=com.docker.compose.project=$project" \
    --filter "label=com.docker.compose.service=$service" --filter label=com.docker.compose.oneoff=False)
if [ -z "$id" ]; then
    echo "$service has no container: it was removed and must be prepared again" >&2
    exit 65
fi
# More than one if the service is scaled.
docker start $id >/dev/null
now
end=$((now + seconds)) answered=0
while [ "$answered" -lt 3 ]; do
    if ask -s -f -m 2 -o /dev/null ${host:+-H "Host: $host"} "$url"; then answered=$((answered + 1)); else answered=0; fi
    now
    if [ "$now" -ge "$end" ]; then
        echo "$service was started but does not answer within $seconds s" >&2
        for one in $id; do docker logs --tail 60 "$one" 2>&1 </dev/null | tail -c 16384 >&2 || :; done
        exit 67
    fi
    sleep 0.1
done
echo "$service runs again and answers"
