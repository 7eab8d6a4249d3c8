# Reads an archive without trusting it. Put before the scripts that unpack one; `common.sh` comes before this.

# decompressed ARCHIVE: prints the tar stream of an archive, whatever it is compressed with. Its first bytes show that.
decompressed() {
    case $(head -c 6 "$1" | od -An -tx1 | tr -d ' \n') in
    1f8b*) gzip -dc <"$1" ;;
    425a68*) bzip2 -dc <"$1" ;;
    fd377a585a00*) xz -dc <"$1" ;;
    28b52ffd*) zstd -dcq <"$1" ;;
    *) cat <"$1" ;;
    esac
}

# within LIMIT ARCHIVE: the same, cut off after LIMIT bytes: an archive can promise terabytes in a few kilobytes.
within() { decompressed "$2" 2>/dev/null | head -c "$1"; }

# inspect ARCHIVE MAX_BYTES MAX_FILES: sets $amiss to what makes the archive unfit to be unpacked, or to nothing.
# The lists go to files that begin with $listing. GNU tar escapes a line break in a name, busybox does not: a line that
# is no line of its own is refused.
inspect() {
    amiss=
    size=$(within $(($2 + 1)) "$1" | wc -c)
    if [ "$size" -gt "$2" ]; then amiss="it unpacks to more than $2 bytes"; return; fi
    if [ "$size" = 0 ]; then amiss='it holds nothing, or cannot be decompressed'; return; fi
    within "$2" "$1" | LC_ALL=C tar -tf - >"$listing.names" 2>"$listing.said" ||
        { amiss='it is no tar archive, or it is cut off'; return; }
    within "$2" "$1" | LC_ALL=C tar -tvf - >"$listing.lines" 2>/dev/null || :
    if [ "$(wc -l <"$listing.names")" -gt "$3" ]; then amiss="it holds more than $3 files"; return; fi
    if [ ! -s "$listing.names" ]; then amiss='it holds no file'; return; fi
    if [ "$(wc -l <"$listing.names")" != "$(wc -l <"$listing.lines")" ]; then
        amiss='its list of files cannot be read'
        return
    fi
    amiss=$(awk '
        function bad(why) { if (!found) { print why; found = 1 } exit }
        function has_mode(line) {
            return line ~ /^[-dlhbcps][-rwxsStT][-rwxsStT][-rwxsStT][-rwxsStT][-rwxsStT][-rwxsStT][-rwxsStT][-rwxsStT][-rwxsStT]/
        }
        # The first letter of a line is the kind: a file, a directory, a symbolic or a hard link; nothing else.
        FNR == NR { kind[FNR] = has_mode($0) ? substr($0, 1, 1) : "?"; next }
        {
            name = $0
            if (has_mode(name)) bad("it holds a name with a line break")
            sub(/^(\.\/)+/, "", name)
            sub(/\/+$/, "", name)
            if (name ~ /^\//) bad("it holds the absolute path " $0)
            if (("/" name "/") ~ /\/\.\.\//) bad("the path " $0 " leads out of it")
            if (kind[FNR] !~ /^[-dlh]$/) bad($0 " is no file, directory or link")
            if (kind[FNR] == "l") link[name] = 1
            names[FNR] = name
        }
        END {
            # What is unpacked through a link lands where the link leads.
            for (n in names) {
                parts = split(names[n], part, "/")
                path = ""
                for (i = 1; i < parts; i++) {
                    path = path (i > 1 ? "/" : "") part[i]
                    if (path in link) bad(names[n] " would be unpacked through the link " path)
                }
            }
        }' "$listing.lines" "$listing.names")
    # A tar may list, and unpack, a name without what leads out; another would not. A release is the same everywhere.
    if [ -z "$amiss" ] && grep -qi 'removing leading' "$listing.said"; then
        amiss='it holds an absolute path or one that leads out of it'
    fi
}

# astray DIRECTORY: prints the first thing below it that a release must not hold: a link that leads out of it, a hard
# link to a file outside of it, a device.
astray() {
    root=$(cd "$1" && pwd -P)
    find "$root" ! -type f ! -type d ! -type l -print | head -n 1
    find "$root" -type f -links +1 -exec ls -lid {} + | awk '
        { seen[$1]++; links[$1] = $3; name[$1] = $0 }
        END { for (i in seen) if (seen[i] != links[i]) { print name[i]; exit } }'
    find "$root" -type l -exec sh -c '
        root=$1
        shift
        for link; do
            to=$(readlink "$link")
            case $to in
            /*) printf "%s -> %s\n" "$link" "$to"; continue ;;
            esac
            # Followed by its text, since what it names need not be there yet.
            rest=${link#"$root"/}
            case $rest in */*) path=${rest%/*}/$to ;; *) path=$to ;; esac
            depth=0 left=$path/
            while [ -n "$left" ]; do
                part=${left%%/*} left=${left#*/}
                case $part in
                "" | .) ;;
                ..) depth=$((depth - 1)); [ "$depth" -ge 0 ] || break ;;
                *) depth=$((depth + 1)) ;;
                esac
            done
            # Followed by the system too: a link to a directory above makes `..` of another place.
            real=$(readlink -f "$link" 2>/dev/null) || real=
            case $real in
            "" | "$root" | "$root"/*) ;;
            *) depth=-1 ;;
            esac
            [ "$depth" -ge 0 ] || printf "%s -> %s\n" "$link" "$to"
        done' sh "$root" {} + | head -n 1
}

