# Swings the link of an app from one version to another: a rename, so that it is never missing, and never half.
# `common.sh` comes before this.
#
#   swing.sh DIR LINK VERSIONS VERSION FROM [COLOR CHANGE FREEZE MARK]
#
# FROM is the version that the link was observed to name, or empty: another one is not replaced. With COLOR this is the
# switch of users: COLOR becomes the live color, CHANGE is recorded, FREEZE, where it is not empty, is the mark that
# closes go-live, and MARK stands in `switching` meanwhile. Without it, the link follows a switch that was recorded
# before.
#
#   40 VERSION is not there          44 the link is no longer as it was observed, or cannot be replaced
#   46 swung, and it could not be recorded
set -u
trap '' HUP INT TERM PIPE
dir=$1 link=$2 versions=$3 version=$4 from=$5 color=${6:-} change=${7:-} freeze=${8:-} mark=${9:-}
state=$dir/.flipside
mkdir -p "$state" 2>/dev/null
say() { echo "$1" 2>/dev/null || :; }
fail() { echo "$2" >&2 2>/dev/null || :; exit "$1"; }
[ -d "$dir/$versions/$version" ] || fail 40 "$dir/$versions/$version is not there; $link was left as it is"
[ ! -e "$dir/$link" ] || [ -L "$dir/$link" ] || fail 44 "$dir/$link is no link; it was left as it is"
now_at=
if [ -L "$dir/$link" ]; then now_at=$(readlink "$dir/$link") now_at=${now_at%/}; fi
was=${now_at##*/}
case $was in
"$version") ;;
"$from") ;;
*) fail 44 "$dir/$link names ${now_at:-nothing}, not ${from:-nothing} as it was observed; it was left as it is" ;;
esac
if [ -n "$color" ]; then
    marked_there() { printf '%s\n%s\n' "$mark" "$$" >"$state/switching"; } 2>/dev/null
    marked_there || { rm -f "$state/reserve"; marked_there; } || fail 44 "$state/switching cannot be written: $(write_error "$state"); $link was left as it is"
fi
# The hook `deployed` has to run after every swing, also for a version that was live before.
[ "$was" = "$version" ] || rm -f "$state/hooks/$version.deployed"
# A link is made aside, in a directory of its own: `mv` to a name that is a link to a directory would move into it.
aside=$state/swing
rm -rf "$aside"
swing() { mkdir "$aside" && ln -s "$versions/$version" "$aside/$link" && mv -f "$aside/$link" "$dir/"; } 2>/dev/null
swing || { rm -f "$state/reserve"; rm -rf "$aside"; swing; } ||
    { rm -rf "$aside" ${color:+"$state/switching"}; fail 44 "$dir/$link cannot be replaced: $(write_error "$dir"); it was left as it is"; }
rm -rf "$aside"
on_disk "$dir"
[ "$(readlink "$dir/$link")" = "$versions/$version" ] || fail 46 "$dir/$link does not name $version after it was swung"
say "$link names $version"

unrecorded() { fail 46 "$link names $version, but that could not be recorded: $(write_error "$state")"; }
# Where the version stays the same, the one before it is not forgotten.
set -- "$state/live-version.new" "$state/previous-version.new" "$state/live-color.new" "$state/change.new" "$state/frozen.new"
write_down() {
    printf '%s\n' "$version" >"$1" && printf '%s\n' "$was" >"$2" && printf '%s\n' "$color" >"$3" &&
        printf '%s\n' "$change" >"$4" && printf '%s\n' "$freeze" >"$5"
} 2>/dev/null
write_down "$@" || { rm -f "$state/reserve"; write_down "$@"; } || { rm -f "$@"; unrecorded; }
on_disk "$@"
mv -f "$1" "$state/live-version" || unrecorded
if [ -n "$was" ] && [ "$was" != "$version" ]; then mv -f "$2" "$state/previous-version" || unrecorded; fi
if [ -n "$color" ]; then
    mv -f "$3" "$dir/live-color" && mv -f "$4" "$state/change" || unrecorded
    [ -z "$freeze" ] || mv -f "$5" "$state/frozen" || unrecorded
    # A sign-off was of what users did not reach yet.
    rm -f "$state/verified" "$state/withdrawn" "$state/returning" "$state/switching"
fi
rm -f "$@"
on_disk "$state" "$dir"
keep_reserve "$state/reserve"
say "recorded: $version"
