# Writes, or removes, one mark of a stack: who signed what off.
#
#   mark.sh DIR NAME [TEXT]
set -eu
state=$1/.flipside
mkdir -p "$state"
if [ $# -lt 3 ]; then
    rm -f "$state/$2"
else
    printf '%s\n' "$3" >"$state/$2.new"
    mv -f "$state/$2.new" "$state/$2"
fi
