# Pulls one tag and writes down which digest that is on this host.
#
#   pull.sh DIR IMAGE TAG RUN [SERVER USER <PASSWORD]
#
# A login is good for this one pull: it is kept in a directory of its own that is removed after it.
set -eu
dir=$1 image=$2 tag=$3 run=$4
state=$dir/.flipside
mkdir -p "$state"
if [ $# -ge 6 ]; then
    DOCKER_CONFIG=$(mktemp -d)
    export DOCKER_CONFIG
    trap 'rm -rf "$DOCKER_CONFIG"' EXIT
    if ! said=$(docker login "$5" -u "$6" --password-stdin 2>&1); then
        printf '%s\n' "$said" >&2
        exit 66
    fi
    echo "logged in to $5 as $6, for this pull"
fi
docker pull "$image:$tag" </dev/null
digest=
for known in $(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$image:$tag"); do
    case $known in "$image@"*) digest=${known#*@} ;; esac
done
if [ -z "$digest" ]; then
    echo "the engine knows no digest of $image:$tag: was it built here, and not pulled?" >&2
    exit 65
fi
printf '%s %s %s\n' "$tag" "$digest" "$run" >"$state/pulled.new"
mv -f "$state/pulled.new" "$state/pulled"
echo "$image:$tag is $digest"
