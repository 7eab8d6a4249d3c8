# Writes or removes one mark of a stack, such as a sign-off.
#
#   mark.sh DIR NAME [TEXT]
set -eu
state=$1/.flipside
mkdir -p "$state"
if [ $# -lt 3 ]; then
    rm -f "$state/$2"
else
    { printf '%s\n' "$3" >"$state/$2.new"; } 2>/dev/null || { echo "$state/$2 cannot be written: $(write_error "$state")" >&2; exit 73; }
    on_disk "$state/$2.new"
    mv -f "$state/$2.new" "$state/$2"
fi
keep_reserve "$state/reserve"
