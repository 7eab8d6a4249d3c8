# Makes what is recorded say what users reach.
#
#   record.sh DIR COLOR FILE CHANGE        FILE may be empty: the link stays
set -eu
dir=$1 color=$2 file=$3 change=$4
state=$dir/.flipside
mkdir -p "$state"
printf '%s\n' "$color" >"$state/live-color.new"
mv -f "$state/live-color.new" "$dir/live-color"
printf '%s\n' "$change" >"$state/change.new"
mv -f "$state/change.new" "$state/change"
if [ -n "$file" ]; then
    rm -f "$state/link"
    ln -s "$file" "$state/link"
    mv -f "$state/link" "$dir/docker-compose.yml"
fi
echo "recorded: $color${file:+, $file}"
