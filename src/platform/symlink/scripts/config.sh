# Writes the configuration of a release into its directory, readable by its owner alone. The file appears whole or not
# at all. `common.sh` comes before this.
#
#   config.sh DIR VERSIONS LINK VERSION FILE SUM <TEXT
#
# SUM stands for the text, with references in place of secrets; it is recorded: DIR/.flipside/configs/VERSION.
# After the line `flipside-values` of TEXT comes a line for each value, a checksum and its name, which is recorded, too.
# The last line of TEXT is `flipside-end`, since the connection may break while it is sent. It holds secrets: nothing of
# it is printed.
#
#   40 the version is not there     69 it is live and has another configuration     73 it cannot be written
#   76 the text did not arrive completely
set -u
dir=$1 versions=$2 link=$3 version=$4 file=$5 sum=$6
here=$dir/$versions/$version
[ -d "$here" ] || { echo "$here is not there; no configuration was written" >&2; exit 40; }
umask 077
new=$here/.flipside-config.$$
trap 'rm -f "$new" "$new.text" "$new.values"; keep_reserve "$dir/.flipside/reserve"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
rm -f "$here"/.flipside-config.*
cannot() { echo "$here/$file cannot be written: $(write_error "$here")" >&2; exit 73; }
cat 2>/dev/null >"$new.text" || cannot
[ "$(tail -n 1 "$new.text")" = flipside-end ] ||
    { echo "the configuration of $version did not arrive completely; nothing was written" >&2; exit 76; }
sed '/^flipside-values$/,$d; /^flipside-end$/d' "$new.text" 2>/dev/null >"$new" || cannot
sed -n '/^flipside-values$/,/^flipside-end$/{/^flipside-/!p;}' "$new.text" 2>/dev/null >"$new.values" || cannot
state=$dir/.flipside
record() {
    { mkdir -p "$state/configs" && { printf '%s\n' "$sum" && cat "$new.values"; } >"$state/configs/$version.new" && mv -f "$state/configs/$version.new" "$state/configs/$version"; } 2>/dev/null ||
        { echo "$state/configs/$version cannot be written: $(write_error "$state")" >&2; exit 73; }
}
if [ -f "$here/$file" ] && [ ! -L "$here/$file" ] && cmp -s "$new" "$here/$file"; then
    chmod 600 "$here/$file" 2>/dev/null || :
    record
    echo "$versions/$version/$file is there with this text"
    exit 0
fi
now_at=
[ ! -L "$dir/$link" ] || now_at=$(readlink "$dir/$link")
now_at=${now_at%/}
if [ "${now_at##*/}" = "$version" ]; then
    echo "$version is live and has another $file; it was left as it is" >&2
    exit 69
fi
[ ! -d "$here/$file" ] || { echo "$here/$file is a directory; it was left as it is" >&2; exit 73; }
on_disk "$new"
mv -f "$new" "$here/$file" || cannot
on_disk "$here"
record
echo "wrote $versions/$version/$file"
