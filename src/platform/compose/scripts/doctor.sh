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

login_part
tools_part "$entry_points" curl awk mv ln readlink sha256sum mktemp date df cmp

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
state_part
if [ "$carries" = app ]; then nginx_part $addresses; fi
report clock is "$(clock)"
report end is
