# Receives an archive from the console's machine in pieces, so that an upload that broke off is continued.
# `common.sh` comes before this.
#
#   upload.sh DIR SHA256 [OFFSET] <BYTES
#
# Without OFFSET it prints how many bytes are here, or `complete` if all of it is. With a number it appends a piece, and
# prints how many bytes are here then. With `end` it checks the sum and keeps the archive.
# The archive becomes DIR/.flipside/archives/SHA256.
#
#   65 not OFFSET bytes are here, but as many as it prints     73 it cannot be written
#   76 what arrived has another checksum; it was removed
set -u
dir=$1 sha=$2 what=${3:-}
archives=$dir/.flipside/archives
umask 077
mkdir -p "$archives" 2>/dev/null || { echo "$archives cannot be made: $(write_error "$dir/.flipside")" >&2; exit 73; }
there=$archives/$sha part=$archives/$sha.upload
if [ -f "$there" ]; then
    if is_whole "$there" "$sha"; then echo complete; exit 0; fi
    rm -f "$there"
fi
size=0
[ ! -f "$part" ] || size=$(wc -c <"$part")
size=$((size))
case $what in
'') echo "$size" ;;
end)
    if ! is_whole "$part" "$sha"; then
        sum=$(sha256sum "$part" 2>/dev/null) sum=${sum%% *}
        rm -f "$part"
        echo "the archive that was uploaded has the sha256 ${sum:-of no file}, not $sha; it was removed" >&2
        exit 76
    fi
    on_disk "$part"
    mv -f "$part" "$there" || { echo "$there cannot be written: $(write_error "$archives")" >&2; exit 73; }
    on_disk "$archives"
    keep_reserve "$dir/.flipside/reserve"
    echo complete
    ;;
*)
    if [ "$size" != "$what" ]; then
        echo "$size"
        exit 65
    fi
    code=0
    cat >>"$part" 2>/dev/null || code=$?
    wc -c <"$part" | tr -d ' '
    [ "$code" = 0 ] || { echo "the archive cannot be written: $(write_error "$archives")" >&2; exit 73; }
    ;;
esac
