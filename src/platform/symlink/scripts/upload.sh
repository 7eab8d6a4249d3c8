# Receives an archive from the console's machine. An upload that broke off is continued.
# `common.sh` comes before this.
#
#   upload.sh DIR VERSION SHA256 OFFSET <BYTES
#
# The first line of BYTES is the size of the archive; after it come its bytes from OFFSET to its end. What arrives is kept as
# DIR/.flipside/archives/SHA256.upload; once all of it is here and has the checksum, it becomes
# DIR/.flipside/archives/SHA256. What is here after the first OFFSET bytes is replaced.
#
#   65 fewer than OFFSET bytes are here     67 it broke off; what arrived is kept     73 it cannot be written
#   76 what arrived has another checksum; it was removed
set -u
dir=$1 version=$2 sha=$3 offset=$4 all=
archives=$dir/.flipside/archives
umask 077
mkdir -p "$archives" 2>/dev/null || { echo "$archives cannot be made: $(write_error "$dir/.flipside")" >&2; exit 73; }
there=$archives/$sha part=$archives/$sha.upload writer=
# Prints how many bytes are here.
size() { if [ -f "$part" ]; then echo $(($(wc -c <"$part"))); else echo 0; fi; }
ended() {
    [ -z "$writer" ] || kill "$writer" 2>/dev/null
    [ "$(cat "$part.pid" 2>/dev/null)" != $$ ] || rm -f "$part.pid"
    keep_reserve "$dir/.flipside/reserve"
}
trap ended EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -f "$there" ]; then
    if is_whole "$there" "$sha"; then
        echo "the archive of $version is here: $sha"
        exit 0
    fi
    rm -f "$there"
fi
# The script of a connection that was cut may still wait for bytes, and write what arrives late.
waited=0
while before=$(cat "$part.pid" 2>/dev/null) && is_script "$before" upload; do
    kill "$before" 2>/dev/null
    [ "$waited" -lt 10 ] || { echo "another upload of the archive of $version, process $before, does not end" >&2; exit 73; }
    waited=$((waited + 1))
    sleep 1
done
cannot() { echo "the archive of $version cannot be written: $(write_error "$archives")" >&2; exit 73; }
echo $$ 2>/dev/null >"$part.pid" || cannot
here=$(size)
if [ "$here" -lt "$offset" ]; then
    echo "only $here bytes of the archive of $version are here, not $offset; nothing was added" >&2
    exit 65
fi
if [ "$here" -gt "$offset" ]; then dd if=/dev/null of="$part" bs=1 seek="$offset" count=0 2>/dev/null || cannot; fi
IFS= read -r all || :
case $all in
'' | *[!0-9]*) echo "the upload of $version broke off before it began; $here bytes are here" >&2; exit 67 ;;
esac
# In the background, so that a signal ends it. The shell would give it no input of its own accord.
exec 3<&0
cat <&3 2>/dev/null >>"$part" &
writer=$!
code=0
wait "$writer" || code=$?
writer=
[ "$code" = 0 ] || cannot
here=$(size)
if [ "$here" -lt "$all" ]; then
    on_disk "$part"
    echo "the upload of $version broke off: $here of $all bytes are here and are kept" >&2
    exit 67
fi
if ! is_whole "$part" "$sha"; then
    sum=$(sha256sum "$part" 2>/dev/null) sum=${sum%% *}
    rm -f "$part"
    echo "the archive of $version that was uploaded has the sha256 ${sum:-of no file}, not $sha; it was removed" >&2
    exit 76
fi
on_disk "$part"
mv -f "$part" "$there" || cannot
on_disk "$archives"
# Uploads that nobody continued.
find "$archives" -name '*.upload' -mtime +7 -exec rm -f {} + 2>/dev/null || :
echo "the archive of $version is complete: $here bytes"
