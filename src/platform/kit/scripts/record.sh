# Records the color that users reach, and removes the mark of an interrupted switch.
#
#   record.sh DIR COLOR DEPLOYED CHANGE        DEPLOYED is LINK=TARGET: what is deployed now. If it is empty, the link stays
set -eu
trap '' HUP INT TERM PIPE
dir=$1 color=$2 deployed=$3 change=$4
state=$dir/.flipside
mkdir -p "$state"
# Each file is written under another name, and is on disk before it is renamed.
write_down() { printf '%s\n' "$color" >"$state/live-color.new" && printf '%s\n' "$change" >"$state/change.new"; } 2>/dev/null
write_down || { rm -f "$state/reserve"; write_down; } ||
    { echo "cannot record that users reach $color: $(write_error "$state")" >&2; exit 73; }
on_disk "$state/live-color.new" "$state/change.new"
mv -f "$state/live-color.new" "$dir/live-color"
mv -f "$state/change.new" "$state/change"
if [ -n "$deployed" ]; then link_to "$dir" "${deployed%%=*}" "${deployed#*=}"; fi
on_disk "$dir" "$state"
rm -f "$state/switching"
keep_reserve "$state/reserve"
echo "recorded: $color${deployed:+, ${deployed#*=}}" 2>/dev/null || :
