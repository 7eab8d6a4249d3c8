# Removes the one-off migration containers of abandoned releases. One that still runs is not ended, since a
# migration that is killed half-way may leave the database in any state. One that succeeded is recorded before it
# is removed, so that it is not run again.
#
#   unmigrate.sh DIR PROJECT TAG…
set -eu
state=$1/.flipside project=$2
shift 2
for tag in "$@"; do
    name=$project-migrate-$tag
    begun=$state/migrating.$tag
    found=$(docker container inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$name" 2>/dev/null) || found=
    case $found in
    '')
        echo "there is no migration container of $tag"
        continue
        ;;
    running* | restarting* | paused*)
        echo "the migration of $tag is still running and is not ended" >&2
        exit 65
        ;;
    'exited 0')
        if [ -f "$begun" ]; then
            mkdir -p "$state/migrated"
            cp "$begun" "$state/migrated/$tag.new"
            mv -f "$state/migrated/$tag.new" "$state/migrated/$tag"
        fi
        ;;
    esac
    # Without -f, so that one that was started since is not killed.
    docker rm "$name" >/dev/null
    rm -f "$begun"
    echo "removed the migration container of $tag (state: $found)"
done
