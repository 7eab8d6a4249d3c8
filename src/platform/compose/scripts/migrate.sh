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
# Of which bytes the container of that name is: a tag can be moved.
begun=$state/migrating.$tag
mkdir -p "$state/migrated"
say() { printf '%s\n' "$*" || :; }
finished() {
    printf '%s\n' "$digest" >"$mark.new"
    mv -f "$mark.new" "$mark"
    rm -f "$begun"
    docker rm -f "$name" >/dev/null 2>&1 || :
    say "migration of $tag finished, and written down"
    exit 0
}
# A container that was made and never started, because whoever made it died in between, is an end to
# `docker wait`, with 0: it has to be started first.
begin() {
    case $(docker container inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$name" 2>/dev/null) in
    created*) docker start "$name" >/dev/null ;;
    esac
}

ran() { [ -f "$mark" ] && [ "$(cat "$mark")" = "$digest" ]; }
# Two may wait for one migration: this, and what a console that went away left behind. Whoever sees its end
# first writes it down and only then removes the container: gone without a mark means that none was run.
gone() {
    if ran; then
        say "the migration of $tag finished, and was written down by the run that began it"
        exit 0
    fi
}

if ran; then
    say "the migration of $tag ran before"
    exit 0
fi
found=$(docker container inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$name" 2>/dev/null) || found=
if [ -n "$found" ] && [ -f "$begun" ] && [ "$(cat "$begun")" != "$digest" ]; then
    say "$tag was moved since its migration began here: that one is waited for, and the new one run after it"
    docker wait "$name" >/dev/null 2>&1 || :
    docker rm -f "$name" >/dev/null 2>&1 || :
    found=
fi
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
say "the migration of $tag ended with $code; the new color was not started"
exit "$((code > 0 && code < 64 ? code : 1))"
