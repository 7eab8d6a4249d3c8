# Everything that a release needs on this host, in one round trip. Changes nothing but one file of its
# own in the state directory, which it removes. Nothing here waits for long: what hangs is said to.
#
#   doctor.sh LOOK LOOK_ARGUMENT×20 ADDRESSES REGISTRY USER <PASSWORD-AND-COMPOSE_TEXT
#
# LOOK is the text of observe.sh: its answer comes first. Then one line a check: NAME tab WORD tab DETAIL.
# REGISTRY and USER are empty where the inventory has no login; else the first line read is its password.
# The rest is the compose file, which may hold secrets and so is never on a command line.
set -u
look=$1
shift
carries=$1 dir=$2 project=$3 image=$4 socket=$5 nginx=$6 live_include=$7 passive_include=$8 pid_file=${11}
entrances="${12} ${14}"
seen=$(sh -c "$look" flipside-observe "$@" </dev/null)
printf '%s\n' "$seen"
shift 20
addresses=$1 registry=$2 user=$3 password=
[ -z "$registry" ] || IFS= read -r password || :
compose_text=$(cat)

printf '\036doctor\n'
tell() { printf '%s\t%s\t%s\n' "$1" "$2" "$(printf '%.16000s' "${3:-}" | tr '\n\t' '  ')"; }
# The same of what something else says of itself: as much as a person reads.
quote() { tell "$1" "$2" "$(printf '%.600s' "${3:-}")"; }
# What hangs is given up after 10 s, also where sudo made it root's.
heard=/dev/null
for place in "${XDG_RUNTIME_DIR:-}" /dev/shm "${TMPDIR:-/tmp}"; do
    [ -d "$place" ] && [ -w "$place" ] && heard=$(mktemp "$place/flipside-doctor.XXXXXX") && break
done
trap 'stop_ticking; unheard' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
limited() { bounded 10 "$@"; }
quietly() { "$@" 2>/dev/null; }
first() { said 0 | head -n 1; }

# Releases go to one engine. Where the login's own `docker` speaks to another, a person should know.
endpoint=
if limited quietly docker context inspect --format '{{.Endpoints.docker.Host}}'; then endpoint=$(first); fi
case $endpoint in
'') ;;
unix://*) [ "${endpoint#unix://}" -ef "$socket" ] || quote endpoint other "$endpoint" ;;
*) quote endpoint other "$endpoint" ;;
esac
unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH
export DOCKER_HOST="unix://$socket"

tell user is "$(id -un)"
tell shell is "${SHELL:-unknown}"
missing=
for tool in curl awk mv ln readlink sha256sum mktemp date df cmp; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
readlink -f / >/dev/null 2>&1 || missing="$missing readlink-f"
case $entrances in
*https:*) curl -q -V 2>/dev/null | grep -q '^Protocols:.* https' || missing="$missing curl-with-https" ;;
esac
tell tools missing "${missing# }"

engine=
if [ ! -S "$socket" ]; then
    tell docker absent "$socket"
elif [ ! -w "$socket" ]; then
    tell docker closed "$socket"
elif engine=$(ask -s -S -m 3 --unix-socket "$socket" http://docker/version 2>&1 </dev/null); then
    tell docker version "$(printf '%s' "$engine" | sed -n 's/.*"Version":"\([^"]*\)","ApiVersion".*/\1/p')"
else
    quote docker silent "$engine"
    engine=
fi
# The client's own questions hang with the engine: they are left out where that does not answer.
if [ -z "$engine" ]; then
    tell compose unasked
elif limited quietly docker compose version --short; then
    quote compose version "$(first)"
elif limited quietly docker-compose version --short; then
    quote compose old "$(first)"
else
    tell compose absent
fi

# Asked of the engine itself: what it may pull, and how, is its own affair.
if [ -n "$engine" ]; then
    login=
    if [ -n "$registry" ]; then
        quoted() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
        login=$(printf '{"username":"%s","password":"%s","serveraddress":"%s"}' "$(quoted "$user")" \
            "$(quoted "$password")" "$(quoted "$registry")" | base64 | tr -d '\n' | tr '+/' '-_')
    fi
    # By standard input: what is on a command line can be read by everybody.
    answer=$(printf '%s\n' ${login:+"header = \"X-Registry-Auth: $login\""} | ask -s -S -m 8 -K - -w ' %{http_code}' \
        --unix-socket "$socket" "http://docker/distribution/$image:flipside-doctor/json" 2>&1)
    quote registry "${answer##* }" "${answer% *}"
fi

if [ -n "$engine" ] && [ -n "$compose_text" ]; then
    where=$dir
    [ -d "$where" ] || where=/
    composed() { printf '%s\n' "$compose_text" | docker compose "$@" -p "$project" --project-directory "$where" -f - config --services; }
    complains() { composed 2>&1 >/dev/null; }
    if limited quietly composed --profile '*'; then
        tell template ok "$(cat "$heard")"
    else
        code=0
        limited complains || code=$?
        quote template refused "$(said "$code")"
    fi
fi
if [ -d "$dir" ]; then
    probe=$dir/.flipside/doctor.$$
    if wrong=$( (umask 022 && mkdir -p "$dir/.flipside" && echo doctor >"$probe") 2>&1); then tell state ok; else quote state refused "$wrong"; fi
    rm -f "$probe"
fi

if [ "$carries" = app ]; then
    # By which rule of sudoers nginx is spoken to: its program by its whole path.
    by_sudo() {
        shift
        as=root
        while [ $# -gt 0 ]; do
            case $1 in -u) as=$2; shift 2 ;; -*) shift ;; *) break ;; esac
        done
        program=$(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH; command -v "$1") || program=$1
        shift
        tell sudoers "$as" "$program${*:+ $*}"
    }
    refused=
    case $nginx in
    'sudo '* | */'sudo '*)
        by_sudo $nginx
        for arguments in -t -T '-s reload'; do
            limited "${nginx%% *}" -n -l ${nginx#* } $arguments || refused="$refused, $arguments"
        done
        tell sudo refused "${refused#, }"
        ;;
    esac
    if read -r master <"$pid_file" && [ -d "/proc/$master" ]; then tell nginx runs "$master"; else tell nginx stopped "$pid_file"; fi 2>/dev/null
    code=0
    limited $nginx -t || code=$?
    if [ "$code" = 0 ]; then
        tell config ok
    else
        refusal=$(said "$code")
        quote config refused "$(printf '%s\n' "$refusal" | grep -m 1 -F '[emerg]' || printf '%s' "$refusal")"
    fi
    # A file that is mounted alone into a container never changes there when it is replaced here.
    case $nginx in
    'docker exec '* | 'sudo -n docker exec '*)
        inside=${nginx% *}
        for file in "$live_include" "$passive_include"; do
            here=$(sha256sum <"$file")
            limited $inside sha256sum "$file" || :
            there=$(first)
            if [ "${here%% *}" = "${there%% *}" ]; then tell mount same "$file"; else tell mount differs "$file"; fi
        done
        ;;
    esac
    # Files by their real names, so that a link is not taken for another file.
    tell real "$live_include" "$(readlink -f "$live_include")"
    tell real "$passive_include" "$(readlink -f "$passive_include")"
    printf '%s\n' "$seen" | sed -n 's/^# configuration file \(\/.*\):$/\1/p' |
        while IFS= read -r file; do tell reads "$file" "$(readlink -f "$file")"; done
    for address in $addresses; do
        hex=$(printf '%04X' "${address##*:}")
        if cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$hex" 'substr($2, length($2) - 4) == port && $4 == "0A" { found = 1 } END { exit !found }'; then
            tell port taken "$address"
        else
            tell port free "$address"
        fi
    done
fi
tell clock is "$(clock)"
tell end is
