# Makes the version that is live a slot, on a host that was set up with another tool: the slot's link, and the record of
# the live color. Existing ones are not changed. `common.sh` comes before this.
#
#   adopt.sh DIR VERSIONS LINK COLOR
#
#   40 the link names no version     65 the slot has another version     73 something cannot be written
set -u
dir=$1 versions=$2 link=$3 color=$4
state=$dir/.flipside
live=
[ ! -L "$dir/$link" ] || live=$(readlink "$dir/$link")
live=${live%/} live=${live##*/}
[ -n "$live" ] && [ -d "$dir/$versions/$live" ] && [ "$dir/$link" -ef "$dir/$versions/$live" ] ||
    { echo "$dir/$link names no version in $dir/$versions; nothing was recorded" >&2; exit 40; }
cannot() { echo "$1 cannot be written: $(write_error "$state")" >&2; exit 73; }
mkdir -p "$state/slots" 2>/dev/null || cannot "$state/slots"
slot=$state/slots/$color
if [ -L "$slot" ]; then
    has=$(readlink "$slot") has=${has%/}
    [ "${has##*/}" = "$live" ] || { echo "$color is ${has##*/}, and $link names $live; nothing was recorded" >&2; exit 65; }
fi
# The record comes first: a slot without it would be drift. Written under another name, so that it is never half.
if [ ! -f "$dir/live-color" ]; then
    { printf '%s\n' "$color" >"$state/live-color.new" && mv -f "$state/live-color.new" "$dir/live-color"; } 2>/dev/null || cannot "$dir/live-color"
fi
[ -L "$slot" ] || ln -s "../../$versions/$live" "$slot" 2>/dev/null || cannot "$slot"
on_disk "$state" "$state/slots" "$dir"
keep_reserve "$state/reserve"
echo "$color is $live, which is live"
