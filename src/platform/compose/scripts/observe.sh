# Observes this host in one round trip. Changes nothing.
#
# Each part begins with a line of ASCII 30 (record separator) and its name. A part that cannot be read is
# omitted, never guessed. It starts few processes, since it runs every few seconds.
#
#   observe.sh CARRIES DIR PROJECT IMAGE SOCKET NGINX LIVE_INCLUDE PASSIVE_INCLUDE LIVE_UPSTREAM \
#              PASSIVE_UPSTREAM PID_FILE LIVE_URL LIVE_HOST PASSIVE_URL PASSIVE_HOST KNOWN \
#              [LIVE_CONNECT PASSIVE_CONNECT LIVE_PEM PASSIVE_PEM]
#
# `common.sh`, `lock-file.sh` and `host-parts.sh` come before this.
#
# KNOWN is the checksum of the configuration of nginx that was sent before; the same is not sent again.
set -u
# The output is collected and written at once, since each line written by itself is a packet of its own.
observe() {
carries=$1 dir=$2 project=$3 image=$4 socket=$5 nginx=$6 live_include=$7 passive_include=$8
live_upstream=$9
shift 9
passive_upstream=$1 pid_file=$2 live_url=$3 live_host=$4 passive_url=$5 passive_host=$6
known=$7 live_connect=${8:-} passive_connect=${9:-}
# The CLI must use the same engine as `curl` below.
unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH
export DOCKER_HOST="unix://$socket"
state=$dir/.flipside

state_parts
# The deployed compose file, all links followed: `here NAME`, `elsewhere PATH` or `broken TEXT`.
linked=
if [ -L "$dir/docker-compose.yml" ]; then
    part link
    real=$(readlink -f "$dir/docker-compose.yml" 2>/dev/null)
    if [ -z "$real" ] || [ ! -f "$real" ]; then
        printf 'broken %s\n' "$(readlink "$dir/docker-compose.yml")"
    elif [ "${real%/*}" -ef "$dir" ]; then
        linked=${real##*/}
        printf 'here %s\n' "$linked"
    else
        printf 'elsewhere %s\n' "$real"
    fi
elif [ -e "$dir/docker-compose.yml" ]; then
    part no-link
fi
# The files that `docker compose`, run by hand in that directory, would read instead or in addition.
for file in compose.yaml compose.yml docker-compose.yaml; do
    file=$dir/$file
    case $file in */docker-compose.yaml) [ ! -e "$dir/docker-compose.yml" ] || continue ;; esac
    [ ! -e "$file" ] || [ "$file" -ef "$dir/docker-compose.yml" ] || { part preferred; printf '%s\n' "$file"; break; }
done
for file in docker-compose.override.yml docker-compose.override.yaml compose.override.yml compose.override.yaml; do
    [ ! -e "$dir/$file" ] || { part override; printf '%s\n' "$dir/$file"; break; }
done
set --
if cd "$dir" 2>/dev/null; then
    set -- docker-compose.*.yml
    [ -e "$1" ] || set --
fi
# Files with other names are included if the link, or the first line of one of these files, names them.
heads= others=" $linked "
for file in "$@"; do
    line=
    IFS= read -r line <"$file" || :
    heads="${heads}head $file $line
"
    case $line in
    '# flipside '*' previous='*) line=${line##* previous=} others="$others${line%% *} " ;;
    esac
done
more=
for file in $others; do
    case $file in */* | docker-compose.*.yml) continue ;; esac
    case " $more" in *" $file "*) ;; *) [ ! -f "$file" ] || more="$more$file " ;; esac
done
part files
if [ "$carries" = app ]; then
    sha256sum "$live_include" "$passive_include" "$@" $more 2>/dev/null
elif [ -n "$more$*" ]; then
    sha256sum "$@" $more 2>/dev/null
fi
printf '%s' "$heads"
if [ -d "$state/migrated" ]; then
    part migrated
    for file in "$state"/migrated/*; do
        [ -f "$file" ] || continue
        digest=
        IFS= read -r digest <"$file" || :
        printf '%s %s\n' "${file##*/}" "$digest"
    done
fi
disk_part

if [ "$carries" = app ]; then proxy_parts; fi
setup_parts

# One process for both entry points and the engine; the live entry point comes first. An engine that hangs gets
# three seconds, and is not asked a second time.
labels="%7B%22label%22%3A%5B%22com.docker.compose.project%3D$project%22%5D%7D"
images= rest=$image
while :; do
    word=${rest%%[/:]*} rest=${rest#"${rest%%[/:]*}"}
    case $rest in
    /*) images=$images$word%2F ;;
    :*) images=$images$word%3A ;;
    *) break ;;
    esac
    rest=${rest#?}
done
images="%7B%22reference%22%3A%5B%22$images$word%22%5D%7D"
set -- -s -m 3 --unix-socket "$socket" -w "\n${rs}containers-end\n%{http_code} %{errormsg}\n" \
    "http://docker/containers/json?all=1&filters=$labels"
if [ "$carries" = app ]; then
    part live-answer
    answers=$(entry_points containers "$@")
else
    part containers
    answers=$(ask "$@" 2>/dev/null </dev/null)
fi
answered=$?
printf '%s\n' "$answers"
if [ "$answered" = 0 ]; then
    part images
    ask -s -m 3 --unix-socket "$socket" -w "\n${rs}images-end\n%{http_code} %{errormsg}\n" \
        "http://docker/images/json?digests=1&filters=$images" 2>/dev/null </dev/null
    # The engine prints an id if the tag that a container was created from means another image today.
    case $answers in
    *'"Image":"sha256:'*)
        part created-from
        docker inspect --type container --format '{{.Id}} {{.Config.Image}}' \
            $(docker ps -a -q --no-trunc --filter "label=com.docker.compose.project=$project") 2>/dev/null </dev/null
        ;;
    esac
fi
part end
}
trust_both "${19:-}" "${20:-}"
printf '%s\n' "$(observe "$@")"
