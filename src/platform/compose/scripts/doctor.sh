# Checks everything that a release needs on this host, in one round trip. It changes nothing but one file of its own in
# the state directory, which it removes. It does not wait long for anything, and reports what hangs.
#
#   doctor.sh OBSERVE CARRIES DIR PROJECT IMAGE SOCKET NGINX LIVE_INCLUDE PASSIVE_INCLUDE LIVE_UPSTREAM \
#             PASSIVE_UPSTREAM PID_FILE LIVE_URL LIVE_HOST PASSIVE_URL PASSIVE_HOST KNOWN \
#             LIVE_CONNECT PASSIVE_CONNECT LIVE_PEM PASSIVE_PEM \
#             ADDRESSES REGISTRY USER <PASSWORD-AND-COMPOSE_TEXT
#
# OBSERVE is the text of observe.sh, whose output comes first; its arguments follow. Then follows one line per check: NAME tab WORD tab
# DETAIL. REGISTRY and USER are empty if the inventory has no login; otherwise the first line of the input is its
# password. The rest is the compose file, which may contain secrets and so is never on a command line.
set -u
observe=$1
shift
carries=$1 dir=$2 project=$3 image=$4 socket=$5 nginx=$6 live_include=$7 passive_include=$8 pid_file=${11}
entry_points="${12} ${14}"
observation=$(sh -c "$observe" flipside-observe "$@" </dev/null)
printf '%s\n' "$observation"
shift 20
addresses=$1 registry=$2 user=$3 password=
[ -z "$registry" ] || IFS= read -r password || :
compose_text=$(cat)

printf '\036doctor\n'
report() { printf '%s\t%s\t%s\n' "$1" "$2" "$(printf '%.16000s' "${3:-}" | tr '\n\t' '  ')"; }
# The same for a message of another program, of which only as much as a person reads is sent.
report_short() { report "$1" "$2" "$(printf '%.600s' "${3:-}")"; }
# What hangs is given up after 10 s, even if sudo runs it as root.
output=/dev/null
for directory in "${XDG_RUNTIME_DIR:-}" /dev/shm "${TMPDIR:-/tmp}"; do
    [ -d "$directory" ] && [ -w "$directory" ] && output=$(mktemp "$directory/flipside-doctor.XXXXXX") && break
done
trap 'stop_ticking; remove_output' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
limited() { bounded 10 "$@"; }
quietly() { "$@" 2>/dev/null; }
first() { last_output 0 | head -n 1; }

# Releases use one engine. If the login's own `docker` uses another one, a person should know.
endpoint=
if limited quietly docker context inspect --format '{{.Endpoints.docker.Host}}'; then endpoint=$(first); fi
case $endpoint in
'') ;;
unix://*) [ "${endpoint#unix://}" -ef "$socket" ] || report_short endpoint other "$endpoint" ;;
*) report_short endpoint other "$endpoint" ;;
esac
unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH
export DOCKER_HOST="unix://$socket"

report user is "$(id -un)"
report shell is "${SHELL:-unknown}"
missing=
for tool in curl awk mv ln readlink sha256sum mktemp date df cmp; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
readlink -f / >/dev/null 2>&1 || missing="$missing readlink-f"
case $entry_points in
*https:*) curl -q -V 2>/dev/null | grep -q '^Protocols:.* https' || missing="$missing curl-with-https" ;;
esac
report tools missing "${missing# }"

engine=
if [ ! -S "$socket" ]; then
    report docker absent "$socket"
elif [ ! -w "$socket" ]; then
    report docker closed "$socket"
elif engine=$(ask -s -S -m 3 --unix-socket "$socket" http://docker/version 2>&1 </dev/null); then
    report docker version "$(printf '%s' "$engine" | sed -n 's/.*"Version":"\([^"]*\)","ApiVersion".*/\1/p')"
else
    report_short docker silent "$engine"
    engine=
fi
# Commands of the client hang if the engine does, so they are omitted if it does not answer.
if [ -z "$engine" ]; then
    report compose unasked
elif limited quietly docker compose version --short; then
    report_short compose version "$(first)"
elif limited quietly docker-compose version --short; then
    report_short compose old "$(first)"
else
    report compose absent
fi

# The engine itself is asked, since it decides what it may pull, and how.
if [ -n "$engine" ]; then
    login=
    if [ -n "$registry" ]; then
        quoted() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
        login=$(printf '{"username":"%s","password":"%s","serveraddress":"%s"}' "$(quoted "$user")" \
            "$(quoted "$password")" "$(quoted "$registry")" | base64 | tr -d '\n' | tr '+/' '-_')
    fi
    # By standard input, since everyone can read a command line.
    answer=$(printf '%s\n' ${login:+"header = \"X-Registry-Auth: $login\""} | ask -s -S -m 8 -K - -w ' %{http_code}' \
        --unix-socket "$socket" "http://docker/distribution/$image:flipside-doctor/json" 2>&1)
    report_short registry "${answer##* }" "${answer% *}"
fi

if [ -n "$engine" ] && [ -n "$compose_text" ]; then
    where=$dir
    [ -d "$where" ] || where=/
    composed() { printf '%s\n' "$compose_text" | docker compose "$@" -p "$project" --project-directory "$where" -f - config --services; }
    complains() { composed 2>&1 >/dev/null; }
    if limited quietly composed --profile '*'; then
        report template ok "$(cat "$output")"
    else
        code=0
        limited complains || code=$?
        report_short template refused "$(last_output "$code")"
    fi
fi
if [ -d "$dir" ]; then
    probe=$dir/.flipside/doctor.$$
    if wrong=$( (umask 022 && mkdir -p "$dir/.flipside" && echo doctor >"$probe") 2>&1); then report state ok; else report_short state refused "$wrong"; fi
    rm -f "$probe"
fi

if [ "$carries" = app ]; then
    # The sudoers rule for nginx needs the full path of the program.
    by_sudo() {
        shift
        as=root
        while [ $# -gt 0 ]; do
            case $1 in -u) as=$2; shift 2 ;; -*) shift ;; *) break ;; esac
        done
        program=$(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH; command -v "$1") || program=$1
        shift
        report sudoers "$as" "$program${*:+ $*}"
    }
    refused=
    case $nginx in
    'sudo '* | */'sudo '*)
        by_sudo $nginx
        for arguments in -t -T '-s reload'; do
            limited "${nginx%% *}" -n -l ${nginx#* } $arguments || refused="$refused, $arguments"
        done
        report sudo refused "${refused#, }"
        ;;
    esac
    if read -r master <"$pid_file" && [ -d "/proc/$master" ]; then report nginx runs "$master"; else report nginx stopped "$pid_file"; fi 2>/dev/null
    code=0
    limited $nginx -t || code=$?
    if [ "$code" = 0 ]; then
        report config ok
    else
        refusal=$(last_output "$code")
        report_short config refused "$(printf '%s\n' "$refusal" | grep -m 1 -F '[emerg]' || printf '%s' "$refusal")"
    fi
    # A file that is mounted alone into a container never changes there when it is replaced on the host.
    case $nginx in
    'docker exec '* | 'sudo -n docker exec '*)
        inside=${nginx% *}
        for file in "$live_include" "$passive_include"; do
            here=$(sha256sum <"$file")
            limited $inside sha256sum "$file" || :
            there=$(first)
            if [ "${here%% *}" = "${there%% *}" ]; then report mount same "$file"; else report mount differs "$file"; fi
        done
        ;;
    esac
    # Files by their real paths, so that a link is not taken for another file.
    report real "$live_include" "$(readlink -f "$live_include")"
    report real "$passive_include" "$(readlink -f "$passive_include")"
    printf '%s\n' "$observation" | sed -n 's/^# configuration file \(\/.*\):$/\1/p' |
        while IFS= read -r file; do report reads "$file" "$(readlink -f "$file")"; done
    for address in $addresses; do
        hex=$(printf '%04X' "${address##*:}")
        if cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$hex" 'substr($2, length($2) - 4) == port && $4 == "0A" { found = 1 } END { exit !found }'; then
            report port taken "$address"
        else
            report port free "$address"
        fi
    done
fi
report clock is "$(clock)"
report end is
