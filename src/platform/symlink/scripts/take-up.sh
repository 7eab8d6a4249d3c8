# Records that another tool has swung the live link: the slot's link and all records follow what the link names. Neither the
# link nor what serves users is changed, and no hook runs. `common.sh` comes before this.
#
#   take-up.sh DIR VERSIONS LINK VERSION COLOR PREVIOUS CHANGE
#
# VERSION is what the link was observed to name, COLOR the live color, PREVIOUS the version that was live before, or empty.
#
#   44 the link names another version; nothing was recorded     47 a switch is running on this host
#   73 something cannot be written
set -u
trap '' HUP INT TERM PIPE
dir=$1 versions=$2 link=$3 version=$4 color=$5 previous=$6 change=$7
state=$dir/.flipside
if [ -f "$state/switching" ]; then
    other=
    { read -r _ && read -r other; } <"$state/switching" || :
    ! is_script "$other" swing || { echo "a switch is running on this host (process $other); it ends by itself" >&2; exit 47; }
fi
[ -d "$dir/$versions/$version" ] && [ "$dir/$link" -ef "$dir/$versions/$version" ] ||
    { echo "$dir/$link does not name $version any more; nothing was recorded" >&2; exit 44; }
aside=$state/taking-up
trap 'rm -rf "$aside"; keep_reserve "$state/reserve"' EXIT
# All of it is written aside, and on disk before the first name changes. The link's own record comes last: until then a host
# whose script was killed is observed as before.
aside_is_made() {
    rm -rf "$aside"
    mkdir -p "$state/slots" "$state/hooks" "$aside" && ln -s "../../$versions/$version" "$aside/$color" &&
        printf '%s\n' "$version" >"$aside/live-version" && printf '%s\n' "$previous" >"$aside/previous-version" &&
        printf '%s\n' "$color" >"$aside/live-color" && printf '%s\n' "$change" >"$aside/change" &&
        # The tool that swung the link did what it does then. The next swing removes this.
        echo elsewhere >"$aside/$version.deployed"
} 2>/dev/null
cannot() { echo "$1 cannot be written: $(write_error "$state")" >&2; exit 73; }
aside_is_made || { rm -f "$state/reserve"; aside_is_made; } || cannot "$aside"
on_disk "$aside"/* "$aside"
mv -f "$aside/change" "$state/change" || cannot "$state/change"
[ -z "$previous" ] || mv -f "$aside/previous-version" "$state/previous-version" || cannot "$state/previous-version"
mv -f "$aside/$version.deployed" "$state/hooks/" || cannot "$state/hooks"
mv -f "$aside/$color" "$state/slots/" || cannot "$state/slots/$color"
mv -f "$aside/live-color" "$dir/live-color" || cannot "$dir/live-color"
mv -f "$aside/live-version" "$state/live-version" || cannot "$state/live-version"
rm -f "$state/switching" "$state/withdrawn" "$state/returning"
on_disk "$state" "$state/slots" "$dir"
echo "recorded: $color is $version, which is live"
