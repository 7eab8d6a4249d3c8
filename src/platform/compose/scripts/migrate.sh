# Runs the migration of a release once. A finished migration is not run again; one whose console disconnected is
# found again and waited for.
#
#   migrate.sh DIR FILE PROJECT SERVICE TAG DIGEST [COMMAND…]
set -eu
# The console may disconnect at any time; the work goes on.
trap '' HUP PIPE
dir=$1 file=$2 project=$3 service=$4 tag=$5 digest=$6
shift 6
state=$dir/.flipside
name=$project-migrate-$tag
mark=$state/migrated/$tag
# The digest for which the container of that name was created, since a tag can be moved.
begun=$state/migrating.$tag
mkdir -p "$state/migrated"
say() { printf '%s\n' "$*" || :; }
finished() {
    printf '%s\n' "$digest" >"$mark.new"
    mv -f "$mark.new" "$mark"
    rm -f "$begun"
    docker rm -f "$name" >/dev/null 2>&1 || :
    say "the migration of $tag finished and is recorded"
    exit 0
}
# `docker wait` returns 0 at once for a container that was created but never started, because its creator died in
# between. So it is started first.
begin() {
    case $(docker container inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$name" 2>/dev/null) in
    created*) docker start "$name" >/dev/null ;;
    esac
}

ran() { [ -f "$mark" ] && [ "$(cat "$mark")" = "$digest" ]; }
# Two processes may wait for one migration: this one, and one that a disconnected console left behind. The first to
# see its end records it, and only then removes the container. No container and no mark means that none ran.
gone() {
    if ran; then
        say "the migration of $tag finished and was recorded by the run that started it"
        exit 0
    fi
}

if ran; then
    say "the migration of $tag ran before"
    exit 0
fi
found=$(docker container inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$name" 2>/dev/null) || found=
if [ -n "$found" ] && [ -f "$begun" ] && [ "$(cat "$begun")" != "$digest" ]; then
    say "$tag was moved since its migration started on this host: waiting for that one, then running the new one"
    docker wait "$name" >/dev/null 2>&1 || :
    docker rm -f "$name" >/dev/null 2>&1 || :
    found=
fi
case $found in
running* | created*)
    say "the migration of $tag is running already: waiting for it"
    begin
    docker logs -f "$name" </dev/null || :
    ;;
'exited 0') say "the migration of $tag succeeded while no console was connected"; finished ;;
exited*)
    say "an earlier attempt failed (exit ${found#exited }): running it again"
    docker rm "$name" >/dev/null
    ;;
esac
if ! docker container inspect "$name" >/dev/null 2>&1; then
    gone
    printf '%s\n' "$digest" >"$begun"
    compose -p "$project" --project-directory "$dir" -f "$dir/$file" \
        run --name "$name" --no-deps -T "$service" "$@" </dev/null || :
fi
begin
code=$(docker wait "$name") || {
    gone
    exit 1
}
[ "$code" = 0 ] && finished
say "the migration of $tag failed (exit $code); the new color was not started"
exit "$((code > 0 && code < 64 ? code : 1))"
