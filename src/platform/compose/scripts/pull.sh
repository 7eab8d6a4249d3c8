# Pulls one tag and records which digest that is on this host. With DIGEST exactly these bytes are brought to
# this host, unless they are here, and the tag is given to them: a registry may mean others by it today.
#
#   pull.sh DIR IMAGE TAG RUN DIGEST [SERVER USER <PASSWORD]
#
# A login is good for this one pull: it is kept in a directory of its own, in memory where there is such a
# place, that is removed after it, however this ends.
# Where the registry cannot be reached, a tag that was pulled before is taken as it is here: that it is the
# same everywhere is looked at before anything is started.
#
#   66 the registry does not take the login, or wants one; 67 it cannot be reached, and the image is not here
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
    for place in "${XDG_RUNTIME_DIR:-}" /dev/shm "${TMPDIR:-/tmp}"; do
        [ -d "$place" ] && [ -w "$place" ] && break
    done
    DOCKER_CONFIG=$(mktemp -d "$place/flipside-login.XXXXXX")
    export DOCKER_CONFIG
    trap 'rm -rf "$DOCKER_CONFIG"' EXIT
    # dash and busybox leave that out when a signal ends them.
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 141' PIPE
    trap 'exit 143' TERM
    # And where this is killed, by a process that is not of its group; there is no password before it is there.
    apart=
    command -v setsid >/dev/null && apart=setsid
    $apart sh -c 'trap "" HUP INT TERM; echo >"$2/janitor"; while kill -0 "$1" 2>/dev/null; do sleep 1; done; rm -rf "$2"' \
        flipside-janitor "$$" "$DOCKER_CONFIG" >/dev/null 2>&1 </dev/null &
    tries=0
    until [ -e "$DOCKER_CONFIG/janitor" ] || [ "$tries" -ge 100 ]; do
        tries=$((tries + 1))
        sleep 0.02
    done
    if ! said=$(docker login "$6" -u "$7" --password-stdin 2>&1); then
        echo "registry $6 does not take the login of $7: $(short "${said#Error response from daemon: }")" >&2
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
# What it prints is told as it comes; what it complains of is kept for the reason.
if [ -n "$here" ]; then
    echo "$what is on this host"
elif ! said=$(docker pull "$what" 2>&1 >&3 3>&- </dev/null); then
    said=$(short "${said#Error response from daemon: }")
    case $said in
    *'dial tcp'* | *imeout* | *'HTTP status: 5'* | *': EOF') ;;
    *'no basic auth credentials'* | *'uthentication required'*)
        echo "the registry wants a login for $image: give the app its \`registry\` in the inventory: $said" >&2
        exit 66
        ;;
    *)
        printf '%s\n' "$said" >&2
        exit 1
        ;;
    esac
    # With a digest it was looked for before.
    [ -n "$wanted" ] || digest_here
    if [ -z "${digest:-}" ]; then
        echo "the registry of $image cannot be reached from here, and $what is not on this host: $said" >&2
        exit 67
    fi
    echo "the registry of $image cannot be reached from here: $said"
    echo "going on with $tag as it was pulled before"
fi 3>&1
[ -z "$wanted" ] || docker tag "$what" "$image:$tag"
digest_here
if [ -z "$digest" ]; then
    echo "the engine knows no digest of $image:$tag: was it built here, and not pulled?" >&2
    exit 65
fi
{ printf '%s %s %s\n' "$tag" "$digest" "$run" >"$state/pulled.new"; } 2>/dev/null ||
    { echo "$state/pulled cannot be written: $(why_not "$state")" >&2; exit 73; }
mv -f "$state/pulled.new" "$state/pulled"
keep_room "$state/reserve"
echo "$image:$tag is $digest"
