# What is true on this host, in one round trip. Changes nothing.
#
# Each part begins with a line of ASCII 30 (record separator) and its name. A part that could not be
# read is left out, never made up. Few processes are started: this runs every few seconds.
#
#   observe.sh CARRIES DIR PROJECT IMAGE SOCKET NGINX LIVE_INCLUDE PASSIVE_INCLUDE LIVE_UPSTREAM \
#              PASSIVE_UPSTREAM PID_FILE LIVE_URL LIVE_HOST PASSIVE_URL PASSIVE_HOST
set -u
carries=$1 dir=$2 project=$3 image=$4 socket=$5 nginx=$6 live_include=$7 passive_include=$8
live_upstream=$9
shift 9
passive_upstream=$1 pid_file=$2 live_url=$3 live_host=$4 passive_url=$5 passive_host=$6
rs=$(printf '\036')
state=$dir/.flipside

part() { printf '%s%s\n' "$rs" "$1"; }
# Prints a file with the shell's own means: no process is started.
show() {
    [ -f "$2" ] && [ -r "$2" ] || return 0
    part "$1"
    while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "$line"; done <"$2"
}

part clock
date +%s%N
if [ ! -d "$dir" ]; then
    part missing
    printf '%s\n' "$dir"
    exit 0
fi
show lock "$state/lock"
show pulled "$state/pulled"
show verified "$state/verified"
show change "$state/change"
show frozen "$state/frozen"
show live-color "$dir/live-color"
if [ -L "$dir/docker-compose.yml" ]; then
    part link
    readlink "$dir/docker-compose.yml"
fi
cd "$dir" || exit 1
set -- docker-compose.*.yml
[ -e "$1" ] || set --
part files
if [ "$carries" = app ]; then
    sha256sum "$live_include" "$passive_include" "$@" 2>/dev/null
elif [ $# -gt 0 ]; then
    sha256sum "$@"
fi
for file in "$@"; do
    line=
    IFS= read -r line <"$file" || :
    printf 'head %s %s\n' "$file" "$line"
done
if [ -d "$state/migrated" ]; then
    part migrated
    for file in "$state"/migrated/*; do
        [ -f "$file" ] || continue
        digest=
        IFS= read -r digest <"$file" || :
        printf '%s %s\n' "${file##*/}" "$digest"
    done
fi
part disk
df -Pk "$dir"

if [ "$carries" = app ]; then
    show live-include "$live_include"
    show passive-include "$passive_include"
    # Only the two upstream blocks leave the host: a whole dump can be large, and holds secrets.
    part nginx
    $nginx -T 2>&1 </dev/null | awk -v a="$live_upstream" -v b="$passive_upstream" '
        /^# configuration file/ { dumped = 1 }
        !dumped && /\[emerg\]/ { sub(/^.*\[emerg\] ([0-9]+#[0-9]+: )?/, "nginx: "); print; next }
        $1 == "upstream" && ($2 == a || $2 == b || $2 == a "{" || $2 == b "{") { inside = 1 }
        inside { print }
        inside && /}/ { inside = 0 }'
    # The workers of earlier configurations that still finish their requests.
    if read -r master <"$pid_file" && [ -r "/proc/$master/task/$master/children" ]; then
        draining=0
        read -r workers <"/proc/$master/task/$master/children" || :
        for worker in $workers; do
            title=
            read -r title <"/proc/$worker/cmdline" || :
            case $title in *'shutting down'*) draining=$((draining + 1)) ;; esac
        done
        part draining
        printf '%s\n' "$draining"
    fi 2>/dev/null
fi

# One process for all four questions: two to the engine, one at each way in.
labels="%7B%22label%22%3A%5B%22com.docker.compose.project%3D$project%22%5D%7D"
images="%7B%22reference%22%3A%5B%22$(printf '%s' "$image" | sed 's,/,%2F,g; s,:,%3A,g')%22%5D%7D"
if [ "$carries" = app ]; then
    set -- --next -s -m 2 -o /dev/null -D - -H 'Connection: close' ${live_host:+-H "Host: $live_host"} \
        -w "${rs}live-answer-end\n%{http_code} %{time_total} %{errormsg}\n${rs}passive-answer\n" "$live_url" \
        --next -s -m 2 -o /dev/null -D - -H 'Connection: close' ${passive_host:+-H "Host: $passive_host"} \
        -w "${rs}passive-answer-end\n%{http_code} %{time_total} %{errormsg}\n" "$passive_url"
else
    set --
fi
part containers
curl -s -S -m 5 --unix-socket "$socket" -w "\n${rs}containers-end\n%{http_code}\n${rs}images\n" \
    "http://docker/containers/json?all=1&filters=$labels" \
    --next -s -S -m 5 --unix-socket "$socket" -w "\n${rs}images-end\n%{http_code}\n${rs}live-answer\n" \
    "http://docker/images/json?digests=1&filters=$images" "$@" 2>&1 </dev/null
part end
