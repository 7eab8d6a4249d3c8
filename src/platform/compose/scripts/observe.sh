# Observes this host in one round trip. Changes nothing.
#
# Each part begins with a line of ASCII 30 (record separator) and its name. A part that cannot be read is
# omitted, never guessed. It starts few processes, since it runs every few seconds.
#
#   observe.sh CARRIES DIR PROJECT IMAGE SOCKET NGINX LIVE_INCLUDE PASSIVE_INCLUDE LIVE_UPSTREAM \
#              PASSIVE_UPSTREAM PID_FILE LIVE_URL LIVE_HOST PASSIVE_URL PASSIVE_HOST KNOWN \
#              [LIVE_CONNECT PASSIVE_CONNECT LIVE_PEM PASSIVE_PEM]
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
rs=$(printf '\036')
state=$dir/.flipside

part() { printf '%s%s\n' "$rs" "$1"; }
# Prints a file with the shell alone, without starting a process.
show() {
    [ -f "$2" ] && [ -r "$2" ] || return 0
    part "$1"
    while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "$line"; done <"$2"
}

# Prints the state of a directory that scripts write to: `writable`, `not-writable`, or, if it does not exist,
# `creatable` or `needs-root`.
directory() {
    if [ -w "$1" ] && [ -d "$1" ]; then echo "writable $1"; return; fi
    incomplete=yes above=$1
    if [ -e "$1" ]; then echo "not-writable $1"; return; fi
    while [ ! -e "$above" ]; do above=${above%/*} above=${above:-/}; done
    if [ -w "$above" ]; then echo "creatable $1"; else echo "needs-root $1"; fi
}

# Prints why a command failed: it is `absent`, sudo `denied` it, or it ran and `failed`.
why_it_failed() {
    by= words=
    case $1 in
    sudo | */sudo)
        by=$1
        shift
        words=$*
        while [ $# -gt 0 ]; do
            case $1 in -u | -g) shift 2 ;; -*) shift ;; *) break ;; esac
        done
        ;;
    esac
    if ! (PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; command -v "$1") >/dev/null 2>&1; then
        echo absent
    elif [ -n "$by" ] && ! "$by" -n -l $words -T >/dev/null 2>&1; then
        echo denied
    else
        echo failed
    fi
}

incomplete=
part clock
clock
part machine
# If the kernel provides it in a file, no process is started.
if [ -r /proc/sys/kernel/arch ]; then read -r arch </proc/sys/kernel/arch && echo "$arch"; else uname -m; fi
part directories
directory "$dir"
if [ "$carries" = app ]; then
    directory "${live_include%/*}"
    [ "${passive_include%/*}" = "${live_include%/*}" ] || directory "${passive_include%/*}"
fi
if [ ! -d "$dir" ]; then
    part missing
    printf '%s\n' "$dir"
fi
if [ -e "$state/lock" ] || [ -L "$state/lock" ]; then
    part lock-file
    lock_file "$state/lock"
fi
show lock "$state/lock"
show lock-count "$state/lock-count"
show pulled "$state/pulled"
show verified "$state/verified"
show change "$state/change"
show frozen "$state/frozen"
show withdrawn "$state/withdrawn"
show returning "$state/returning"
# The mark of a running or interrupted switch, and whether its process still runs.
if [ -f "$state/switching" ]; then
    part switching
    line= pid=
    { read -r line && read -r pid; } <"$state/switching"
    printf '%s\n' "$line"
    if is_script "$pid" switch; then echo running; fi
fi 2>/dev/null
show live-color "$dir/live-color"
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
part disk
above=$dir
while [ ! -d "$above" ]; do above=${above%/*} above=${above:-/}; done
df -Pk "$above"

if [ "$carries" = app ]; then
    show live-include "$live_include"
    show passive-include "$passive_include"
    part nginx
    if dump=$($nginx -T 2>/dev/null </dev/null); then
        case $dump in *"$rs"*) dump=$(printf '%s' "$dump" | tr -d '\036') ;; esac
        sum=$(printf '%s\n' "$dump" | sha256sum) sum=${sum%% *}
        if [ "$sum" = "$known" ]; then
            printf 'same %s\n' "$sum"
        elif [ "${#dump}" -gt 2000000 ]; then
            printf 'long %s\n' "${#dump}"
        else
            printf 'dump %s\n%s\n' "$sum" "$dump"
            for upstream in "$live_upstream" "$passive_upstream"; do
                case $dump in *"//$upstream"* | *"_pass $upstream"*) ;; *) incomplete=yes ;; esac
            done
        fi
        dump=
    else
        message=$($nginx -T 2>&1 >/dev/null </dev/null)
        code=$? why=$(why_it_failed $nginx)
        printf 'failed %s %s\n%s\n' "$code" "$why" "$message"
        [ "$why" != denied ] || incomplete=yes
    fi
    if [ ! -f "$dir/live-color" ]; then incomplete=yes; fi
    if [ ! -f "$live_include" ] || [ ! -f "$passive_include" ]; then incomplete=yes; fi
    # Counts the workers of earlier configurations that still finish their requests.
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

# If something is missing: what setup needs to know to provide it, and whether sudo allows it.
may() {
    if [ "$user" != root ]; then
        # The list of rules is checked first: asking sudo for one command can take seconds if names resolve slowly.
        case $rules in *'NOPASSWD: ALL'* | *"/$1"*) sudo -n -l "$@" >/dev/null 2>&1 || return 0 ;; *) return 0 ;; esac
    fi
    printf 'may %s\n' "$*"
}
if [ -n "$incomplete" ]; then
    site=${live_include%/*}/$project.site hook=/etc/nginx/conf.d/flipside.conf page=/etc/nginx/sites-enabled/default
    if [ "$carries" = app ]; then
        show site "$site"
        show hook "$hook"
    fi
    part setup
    user=$(id -un) group=$(id -gn) rules=
    [ "$user" = root ] || rules=$(sudo -n -l 2>/dev/null)
    printf 'user %s\ngroup %s\n' "$user" "$group"
    [ -d "$dir" ] || may install -d -o "$user" -g "$group" "$dir"
    if [ "$carries" = app ]; then
        for where in "${live_include%/*}" "${passive_include%/*}"; do
            [ -d "$where" ] || may install -d -o "$user" -g "$group" "$where"
        done
        may install -m 644 "$state/hook" "$hook"
        may rm "$page"
        # The welcome page of the package occupies port 80. It may be removed only if it is unmodified.
        if [ -L "$page" ]; then
            real=$(readlink -f "$page")
            sum=$(md5sum "$real" 2>/dev/null)
            dpkg-query -W -f '${Conffiles}\n' nginx-common nginx 2>/dev/null | grep -qF " $real ${sum%% *}" &&
                printf 'page %s\n' "$real"
        fi
    fi
fi

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
if [ "$carries" = app ]; then
    part live-answer
    set -- -s -m 2 -o /dev/null -D - -H 'Connection: close' ${live_host:+-H "Host: $live_host"} \
        ${live_connect:+--connect-to "$live_connect"} ${live_ca:+--cacert "$live_ca"} \
        -w "${rs}live-answer-end\n%{http_code} %{time_total} %{exitcode} %{errormsg}\n${rs}passive-answer\n" "$live_url" \
        --next -s -m 2 -o /dev/null -D - -H 'Connection: close' ${passive_host:+-H "Host: $passive_host"} \
        ${passive_connect:+--connect-to "$passive_connect"} ${passive_ca:+--cacert "$passive_ca"} \
        -w "${rs}passive-answer-end\n%{http_code} %{time_total} %{exitcode} %{errormsg}\n${rs}containers\n" "$passive_url" --next
else
    part containers
    set --
fi
answers=$(ask "$@" -s -m 3 --unix-socket "$socket" -w "\n${rs}containers-end\n%{http_code} %{errormsg}\n" \
    "http://docker/containers/json?all=1&filters=$labels" 2>/dev/null </dev/null)
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
live_ca= passive_ca=
if [ -n "${19:-}${20:-}" ]; then
    trap forget EXIT
    # dash and busybox do not run the EXIT trap when a signal ends them.
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 141' PIPE
    trap 'exit 143' TERM
    trust "${19}"
    live_ca=$ca
    trust "${20}"
    passive_ca=$ca
fi
printf '%s\n' "$(observe "$@")"
