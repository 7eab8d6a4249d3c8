# Runs one hook of a release, with its output as it comes, until its deadline. Whatever it started ends with it.
#
# `common.sh` and `bounded.sh` come before this.
#
#   hook.sh DIR VERSIONS LINK VERSION NAME SECONDS RUN COMMAND…
#
# The hook runs in the directory of its release. Its environment says what is going on: APP_DIR, RELEASE, RELEASE_DIR,
# PREVIOUS_RELEASE, HOOK, and what the inventory adds. PREVIOUS_RELEASE is the version that is live, or, once that is this
# one, the version that was live before it. How the hook ended is recorded: DIR/.flipside/hooks/VERSION.NAME.
#
#   its own exit code     124 it did not end in time and was stopped     40 the version is not there
set -u
dir=$1 versions=$2 link=$3 version=$4 name=$5 seconds=$6 run=$7
shift 7
state=$dir/.flipside
here=$dir/$versions/$version
[ -d "$here" ] || { echo "$here is not there; the hook $name did not run" >&2; exit 40; }
mkdir -p "$state/hooks" 2>/dev/null
record=$state/hooks/$version.$name
{ printf 'started %s %s\n' "$run" "$$" >"$record"; } 2>/dev/null || { echo "$record cannot be written: $(write_error "$state"); the hook $name did not run" >&2; exit 73; }
export APP_DIR="$dir" RELEASE="$version" RELEASE_DIR="$here" HOOK="$name"
PREVIOUS_RELEASE=
[ ! -L "$dir/$link" ] || PREVIOUS_RELEASE=$(readlink "$dir/$link")
PREVIOUS_RELEASE=${PREVIOUS_RELEASE%/} PREVIOUS_RELEASE=${PREVIOUS_RELEASE##*/}
if [ "$PREVIOUS_RELEASE" = "$version" ]; then
    PREVIOUS_RELEASE=
    [ ! -f "$state/previous-version" ] || IFS= read -r PREVIOUS_RELEASE <"$state/previous-version" || :
fi
export PREVIOUS_RELEASE
cd "$here" || exit 40
# A session of its own, so that what the hook started can be ended with it. Its exit code becomes the name of a file, as
# with `marked`.
output=$state/hook.$$
mark_next
new_session=setsid
command -v setsid >/dev/null 2>&1 || new_session=
$new_session sh -c 'mark=$1; shift; code=0; "$@" || code=$?; { printf "" >"$mark-$code"; } 2>/dev/null || :; exit "$code"' sh "$marks.$calls" "$@" </dev/null &
job=$!
stop() { kill -s "$1" -- "-$job" 2>/dev/null || kill -s "$1" "$job" 2>/dev/null || :; }
give_up() { stop TERM; sleep 1; stop KILL; stop_ticking; remove_output; exit "$1"; }
trap 'give_up 129' HUP
trap 'give_up 130' INT
trap 'give_up 143' TERM
now
code=0
watch "$job" $((now + seconds)) "$calls" || code=$?
if [ "$code" = 124 ] && kill -0 "$job" 2>/dev/null; then
    stop TERM
    sleep 2
    stop KILL
    echo "the hook $name did not end within $seconds s and was stopped" >&2
fi
stop_ticking
remove_output
{ printf 'ended %s %s\n' "$code" "$run" >"$record.new" && mv -f "$record.new" "$record"; } 2>/dev/null || :
exit "$code"
