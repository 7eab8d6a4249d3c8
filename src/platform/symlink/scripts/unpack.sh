# Unpacks a release beside the others: into a directory of its own, checked, and only then by its name. A version that
# is there already is never touched.
#
#   unpack.sh DIR VERSIONS VERSION ARCHIVE SHA256 MAX_BYTES MAX_FILES
#
#   65 the version is there from other bytes     66 the archive is unfit, and why     76 its checksum is another one
set -u
dir=$1 versions=$2 version=$3 archive=$4 sha=$5 max_bytes=$6 max_files=$7
state=$dir/.flipside
umask 022
mkdir -p "$state/releases" "$dir/$versions" 2>/dev/null || { echo "$dir/$versions cannot be made: $(write_error "$dir")" >&2; exit 73; }
known=$state/releases/$version
if [ -d "$dir/$versions/$version" ]; then
    was=
    [ ! -f "$known" ] || IFS= read -r was <"$known" || :
    case $was in
    "$sha "* | "$sha") echo "$versions/$version is there, from the same bytes"; exit 0 ;;
    '') echo "$dir/$versions/$version is there, and it is not recorded from which bytes it was unpacked; it was left as it is" >&2 ;;
    *) echo "$dir/$versions/$version is there from other bytes (sha256 ${was%% *}); it was left as it is" >&2 ;;
    esac
    exit 65
fi
new=$dir/$versions/.flipside-new.$$ listing=$state/listing.$$
drop() { rm -rf "$new" "$listing.names" "$listing.lines" "$listing.said"; keep_reserve "$state/reserve"; }
trap drop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
# What an unpacking that was killed left behind.
rm -rf "$dir/$versions"/.flipside-new.*
[ -f "$archive" ] || { echo "the archive of $version is not on this host" >&2; exit 66; }
is_whole "$archive" "$sha" || { echo "the archive of $version has another sha256 than $sha; nothing was unpacked" >&2; exit 76; }
inspect "$archive" "$max_bytes" "$max_files"
# A list that could not be written is no fault of the archive.
full() { grep -qi -e 'space left' -e quota "$listing.said" || ! head -c 65536 /dev/zero >"$listing.said"; } 2>/dev/null
[ -z "$amiss" ] || ! full || { echo "the archive of $version cannot be checked: $(write_error "$state")" >&2; exit 73; }
# One that was brought here for this is as unfit the next time: it is removed. Another one is its owner's.
refuse() {
    case $archive in "$state"/archives/*) rm -f "$archive" ;; esac
    echo "the archive of $version was refused: $1" >&2
    exit 66
}
[ -z "$amiss" ] || refuse "$amiss"
mkdir "$new" 2>/dev/null || { echo "$dir/$versions cannot be written into: $(write_error "$dir/$versions")" >&2; exit 73; }
# Nobody's ownership and no right of another user is taken from an archive.
if ! within "$max_bytes" "$archive" | (cd "$new" && tar -xof - --no-same-permissions) 2>"$listing.lines"; then
    free=$(df -Pk "$new" | awk 'END { print $4 }')
    if [ "${free:-1}" -lt 1024 ]; then
        echo "$version cannot be unpacked: $(write_error "$dir/$versions")" >&2
        exit 73
    fi
    refuse "tar says $(tail -n 1 "$listing.lines" | head -c 400)"
fi
wrong=$(astray "$new" | head -n 1)
[ -z "$wrong" ] || refuse "${wrong#"$new"/} leads out of it or is no file"
find "$new" ! -type l \( -perm -4000 -o -perm -2000 \) -exec chmod ug-s {} + 2>/dev/null || :
# An archive mostly holds one directory, named for the release: then that is the release.
top=$new
set -- "$new"/* "$new"/.[!.]* "$new"/..?*
only= count=0
for entry; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    count=$((count + 1)) only=$entry
done
if [ "$count" = 1 ] && [ -d "$only" ] && [ ! -L "$only" ]; then top=$only; fi
chmod u+rwx "$top"
{ printf '%s %s\n' "$sha" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$known.new"; } 2>/dev/null ||
    { echo "$version cannot be recorded: $(write_error "$state")" >&2; exit 73; }
on_disk "$known.new"
mv -f "$known.new" "$known"
sync -f "$top" 2>/dev/null || sync
# What is recorded of an earlier directory of this name is not of this one.
rm -f "$state/configs/$version" "$state/hooks/$version.prepare" "$state/hooks/$version.deployed"
# The record comes first: a directory without one would be taken for somebody else's.
mv "$top" "$dir/$versions/$version" || { echo "$dir/$versions/$version cannot be made" >&2; exit 73; }
on_disk "$dir/$versions"
echo "unpacked $versions/$version"
