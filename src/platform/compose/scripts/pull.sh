# Pulls one tag and records its digest on this host. With DIGEST, exactly that image is pulled, unless it is on
# this host, and is given the tag, which may mean another image in the registry today.
#
#   pull.sh DIR IMAGE TAG RUN DIGEST [SERVER USER <PASSWORD]
#
# A login is used for this one pull only: it is stored in its own directory, in memory where possible, which is
# removed afterwards, however this ends.
# If the registry cannot be reached, a tag that was pulled before is used as it is on this host: before anything
# is started, the digests of all hosts are compared.
#
#   66 the registry rejects the login or requires one; 67 it cannot be reached, and the image is not on this host
set -eu
short() { printf '%.2000s' "$1"; }
dir=$1 image=$2 tag=$3 run=$4 wanted=$5
state=$dir/.flipside
mkdir -p "$state"
what=$image:$tag
[ -z "$wanted" ] || what=$image@$wanted
here=
if [ -n "$wanted" ] && docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$what" >/dev/null 2>&1; then
    here=yes
fi
if [ -z "$here" ] && [ $# -ge 7 ]; then
    for directory in "${XDG_RUNTIME_DIR:-}" /dev/shm "${TMPDIR:-/tmp}"; do
        [ -d "$directory" ] && [ -w "$directory" ] && break
    done
    DOCKER_CONFIG=$(mktemp -d "$directory/flipside-login.XXXXXX")
    export DOCKER_CONFIG
    trap 'rm -rf "$DOCKER_CONFIG"' EXIT
    # dash and busybox do not run the EXIT trap when a signal ends them.
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 141' PIPE
    trap 'exit 143' TERM
    # If this is killed, a process outside its group removes the login. It runs before there is a password.
    apart=
    command -v setsid >/dev/null && apart=setsid
    $apart sh -c 'trap "" HUP INT TERM; echo >"$2/janitor"; while kill -0 "$1" 2>/dev/null; do sleep 1; done; rm -rf "$2"' \
        flipside-janitor "$$" "$DOCKER_CONFIG" >/dev/null 2>&1 </dev/null &
    tries=0
    until [ -e "$DOCKER_CONFIG/janitor" ] || [ "$tries" -ge 100 ]; do
        tries=$((tries + 1))
        sleep 0.02
    done
    if ! message=$(docker login "$6" -u "$7" --password-stdin 2>&1); then
        echo "registry $6 rejects the login of $7: $(short "${message#Error response from daemon: }")" >&2
        exit 66
    fi
    echo "logged in to $6 as $7, for this pull"
fi
digest_here() {
    digest=$wanted
    [ -z "$wanted" ] || return 0
    for known in $(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$image:$tag" 2>/dev/null); do
        case $known in "$image@"*) digest=${known#*@} ;; esac
    done
}
# Its output is passed on as it comes; its errors are collected for the message.
if [ -n "$here" ]; then
    echo "$what is on this host"
elif ! message=$(docker pull "$what" 2>&1 >&3 3>&- </dev/null); then
    message=$(short "${message#Error response from daemon: }")
    case $message in
    *'dial tcp'* | *imeout* | *'HTTP status: 5'* | *': EOF') ;;
    *'no basic auth credentials'* | *'uthentication required'*)
        echo "the registry requires a login for $image; add \`registry\` to the app in the inventory: $message" >&2
        exit 66
        ;;
    *)
        printf '%s\n' "$message" >&2
        exit 1
        ;;
    esac
    # With a digest, it was checked before.
    [ -n "$wanted" ] || digest_here
    if [ -z "${digest:-}" ]; then
        echo "the registry of $image cannot be reached from this host, and $what is not on this host: $message" >&2
        exit 67
    fi
    echo "the registry of $image cannot be reached from this host: $message"
    echo "using $tag as it was pulled before"
fi 3>&1
[ -z "$wanted" ] || docker tag "$what" "$image:$tag"
digest_here
if [ -z "$digest" ]; then
    echo "$image:$tag has no digest on this host; it may have been built here instead of pulled" >&2
    exit 65
fi
{ printf '%s %s %s\n' "$tag" "$digest" "$run" >"$state/pulled.new"; } 2>/dev/null ||
    { echo "$state/pulled cannot be written: $(write_error "$state")" >&2; exit 73; }
mv -f "$state/pulled.new" "$state/pulled"
keep_reserve "$state/reserve"
echo "$image:$tag is $digest"
