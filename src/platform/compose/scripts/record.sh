# Makes what is recorded say what users reach. The mark of a switch that was interrupted goes with it.
#
#   record.sh DIR COLOR FILE CHANGE        FILE may be empty: the link stays
set -eu
trap '' HUP INT TERM PIPE
dir=$1 color=$2 file=$3 change=$4
state=$dir/.flipside
mkdir -p "$state"
# Written aside, and on disk before a name says so.
write_down() { printf '%s\n' "$color" >"$state/live-color.new" && printf '%s\n' "$change" >"$state/change.new"; } 2>/dev/null
write_down || { rm -f "$state/reserve"; write_down; } ||
    { echo "it cannot be recorded that users reach $color: $(why_not "$state")" >&2; exit 73; }
on_disk "$state/live-color.new" "$state/change.new"
mv -f "$state/live-color.new" "$dir/live-color"
mv -f "$state/change.new" "$state/change"
if [ -n "$file" ]; then
    rm -f "$state/link"
    ln -s "$file" "$state/link"
    mv -f "$state/link" "$dir/docker-compose.yml"
fi
on_disk "$dir" "$state"
rm -f "$state/switching"
keep_room "$state/reserve"
echo "recorded: $color${file:+, $file}" 2>/dev/null || :
