# Removes versions that nothing needs, one by one. What is live, was live before, or is in a slot is never removed,
# whatever is asked for; neither is what Flipside did not unpack: another tool removes its own.
#
#   prune.sh DIR VERSIONS LINK VERSION…
#
#   69 one of them is in use, or another tool's, and stayed; the others are gone
set -u
dir=$1 versions=$2 link=$3
shift 3
state=$dir/.flipside
live=
if [ -L "$dir/$link" ]; then live=$(readlink "$dir/$link") live=${live%/} live=${live##*/}; fi
recorded= previous=
[ ! -f "$state/live-version" ] || IFS= read -r recorded <"$state/live-version" || :
[ ! -f "$state/previous-version" ] || IFS= read -r previous <"$state/previous-version" || :
kept=0
for version; do
    case $version in '' | . | .. | */*) echo "$version is no version" >&2; kept=1; continue ;; esac
    if [ "$version" = "$live" ] || [ "$version" = "$recorded" ]; then
        echo "$versions/$version is live and stays" >&2
        kept=1
        continue
    fi
    if [ "$version" = "$previous" ]; then
        echo "$versions/$version was live before and stays" >&2
        kept=1
        continue
    fi
    if [ -d "$dir/$versions/$version" ] && [ ! -f "$state/releases/$version" ]; then
        echo "$versions/$version was made by another tool and stays" >&2
        kept=1
        continue
    fi
    held=
    for slot in "$state"/slots/*; do
        [ -L "$slot" ] || continue
        in_slot=$(readlink "$slot") in_slot=${in_slot%/}
        [ "${in_slot##*/}" != "$version" ] || held=${slot##*/}
    done
    if [ -n "$held" ]; then
        echo "$versions/$version is what $held runs and stays" >&2
        kept=1
        continue
    fi
    # Renamed first: half of a version is never taken for one.
    gone=$dir/$versions/.flipside-gone.$$
    if [ -d "$dir/$versions/$version" ]; then
        rm -rf "$gone"
        mv "$dir/$versions/$version" "$gone" || { echo "$dir/$versions/$version cannot be removed: $(write_error "$dir/$versions")" >&2; exit 73; }
        rm -rf "$gone" 2>/dev/null || echo "a part of $versions/$version is still at $gone" >&2
    fi
    sha=
    [ ! -f "$state/releases/$version" ] || read -r sha _ <"$state/releases/$version" || :
    rm -f "$state/releases/$version" "$state/configs/$version" "$state/hooks/$version.prepare" "$state/hooks/$version.deployed"
    case $sha in '' | */*) ;; *) rm -f "$state/archives/$sha" "$state/archives/$sha.part" "$state/archives/$sha.upload" ;; esac
    echo "removed $versions/$version"
done
keep_reserve "$state/reserve"
[ "$kept" = 0 ] || exit 69
