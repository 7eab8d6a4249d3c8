# Runs what must run once before a release starts, once. A finished one is not run again; one whose
# console went away is found again and waited for.
#
#   migrate.sh DIR FILE PROJECT SERVICE TAG DIGEST [COMMAND…]
set -eu
# The console may go away at any line that is printed here; the work goes on.
trap '' HUP PIPE
dir=$1 file=$2 project=$3 service=$4 tag=$5 digest=$6
shift 6
state=$dir/.flipside
name=$project-migrate-$tag
mark=$state/migrated/$tag
mkdir -p "$state/migrated"
say() { printf '%s\n' "$*" || :; }
finished() {
    printf '%s\n' "$digest" >"$mark.new"
    mv -f "$mark.new" "$mark"
    docker rm -f "$name" >/dev/null 2>&1 || :
    say "migration of $tag finished, and written down"
    exit 0
}
# A container that was made and never started, because whoever made it died in between, is an end to
# `docker wait`, with 0: it has to be started first.
begin() {
    case $(docker container inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$name") in
    created*) docker start "$name" >/dev/null ;;
    esac
}

if [ -f "$mark" ] && [ "$(cat "$mark")" = "$digest" ]; then
    say "the migration of $tag ran before"
    exit 0
fi
found=$(docker container inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$name" 2>/dev/null) || found=
case $found in
running* | created*)
    say "the migration of $tag is there already: waiting for it"
    begin
    docker logs -f "$name" </dev/null || :
    ;;
'exited 0') say "the migration of $tag ended well while nobody looked"; finished ;;
exited*)
    say "an earlier attempt ended with ${found#exited }: running it again"
    docker rm "$name" >/dev/null
    ;;
esac
if ! docker container inspect "$name" >/dev/null 2>&1; then
    docker compose -p "$project" --project-directory "$dir" -f "$dir/$file" \
        run --name "$name" --no-deps -T "$service" "$@" </dev/null || :
fi
begin
code=$(docker wait "$name")
[ "$code" = 0 ] && finished
say "the migration of $tag ended with $code; the new color was not started"
exit "$((code > 0 && code < 64 ? code : 1))"
