# Runs one hook of a release, with its output as it comes, until its deadline. Whatever it started ends with it. The
# console may disconnect at any time: the hook goes on, and the next one finds it and waits for it.
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
trap : HUP PIPE
say() { printf '%s\n' "$*" 2>/dev/null || :; }
# Two at once would work in the same directory. One that was killed is not waited for.
was= other=
[ ! -f "$record" ] || read -r was _ other <"$record" || :
if [ "$was" = started ] && [ "$other" != "$$" ] && is_script "$other" hook; then
    say "the hook $name of $version is running already (process $other): waiting for it"
    now
    end=$((now + seconds))
    while is_script "$other" hook; do
        now
        if [ "$now" -ge "$end" ]; then
            say "the hook $name still runs after $seconds s" >&2
            exit 124
        fi
        sleep 0.2
    done
    code=
    read -r was code _ <"$record" || :
    if [ "$was" = ended ] && [ -n "$code" ]; then
        say "the hook $name ended (exit $code); its output was for the run that started it"
        exit "$code"
    fi
    say "the hook $name was interrupted: running it again"
fi
started() { printf 'started %s %s\n' "$run" "$$" >"$record"; } 2>/dev/null
# The hook of a rollback must run on a full disk, too.
started || { rm -f "$state/reserve"; started; } ||
    { echo "$record cannot be written: $(write_error "$state"); the hook $name did not run" >&2; exit 73; }
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
# Its output goes through pipes of its own, which are read to their end even if nobody is there to print it to: a hook
# must not be ended by a line that it cannot write.
relay() { cat 2>/dev/null || cat >/dev/null; }
pipes=
out=$state/hook.$$.out err=$state/hook.$$.err
rm -f "$out" "$err"
if mkfifo "$out" "$err" 2>/dev/null; then
    relay <"$out" &
    pipes=$!
    relay <"$err" >&2 &
    pipes="$pipes $!"
else
    out=/dev/stdout err=/dev/stderr
fi
$new_session sh -c 'mark=$1; shift; code=0; "$@" || code=$?; { printf "" >"$mark-$code"; } 2>/dev/null || :; exit "$code"' sh "$marks.$calls" "$@" </dev/null >"$out" 2>"$err" &
job=$!
stop() { kill -s "$1" -- "-$job" 2>/dev/null || kill -s "$1" "$job" 2>/dev/null || :; }
remove_pipes() { [ -z "$pipes" ] || rm -f "$out" "$err"; }
give_up() { stop TERM; sleep 1; stop KILL; stop_ticking; remove_output; remove_pipes; exit "$1"; }
trap 'give_up 130' INT
trap 'give_up 143' TERM
now
code=0
watch "$job" $((now + seconds)) "$calls" || code=$?
if [ "$code" = 124 ] && kill -0 "$job" 2>/dev/null; then
    stop TERM
    sleep 2
    stop KILL
    say "the hook $name did not end within $seconds s and was stopped" >&2
fi
{ printf 'ended %s %s\n' "$code" "$run" >"$record.new" && mv -f "$record.new" "$record"; } 2>/dev/null || :
# The last lines; what the hook left running may hold a pipe for longer.
now
end=$((now + 2))
for pipe in $pipes; do watch "$pipe" "$end" none || :; done
stop_ticking
remove_output
remove_pipes
keep_reserve "$state/reserve"
exit "$code"
