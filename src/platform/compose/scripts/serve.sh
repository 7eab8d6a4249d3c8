# Has nginx serve both sides: adds a site where there is none, reloads, and makes sure by real answers.
# Or puts everything back. It goes on to its end when the connection that started it dies half-way.
#
#   serve.sh STATE NGINX SECONDS SITE HOOK HOOK_LINE PAGE -- COLOR HEADER URL HOST [HEADER URL HOST]… <SITE_TEXT
#
# SITE is a file that HOOK_LINE, in HOOK, has nginx read; empty: nginx serves both sides already, and
# is only to be reloaded. HOOK, where it is not empty, is still to be written, and PAGE, where it is
# not empty, is the link to the package's own page, which holds the port, and goes.
#
#   41 nginx does not take it       42 it never took effect       43 nginx could not be told to reload
#   65 SITE or HOOK is there already, and says something else     (all was put back with each of these)
set -u
# Nothing may stop it between the first change and the last.
trap '' HUP INT TERM PIPE
state=$1 nginx=$2 seconds=$3 site=$4 hook=$5 line=$6 page=$7
shift 8
color=$1
shift
say() { printf '%s\n' "$*" 2>/dev/null || :; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

made_site= made_hook= gone_page=
undo() {
    [ -z "$gone_page" ] || as_root ln -s "$gone_page" "$page"
    [ -z "$made_hook" ] || as_root rm -f "$hook"
    [ -z "$made_site" ] || rm -f "$site"
}
fail() {
    undo
    printf '%s\n' "$2" >&2 2>/dev/null || :
    exit "$1"
}

if [ -n "$site" ]; then
    new=$(dirname "$site")/.flipside-new.$$
    umask 022
    cat >"$new" || { rm -f "$new"; fail 73 "$site cannot be written by $(id -un)"; }
    if ln "$new" "$site" 2>/dev/null; then
        made_site=yes
    elif ! cmp -s "$new" "$site"; then
        rm -f "$new"
        fail 65 "$site is there already, and says something else; it was left as it is"
    fi
    rm -f "$new"
fi
if [ -n "$hook" ]; then
    [ ! -e "$hook" ] || fail 65 "$hook is there already, and does not say: $line"
    printf '%s\n' "$line" >"$state/hook" && as_root install -m 644 "$state/hook" "$hook" ||
        fail 73 "$hook could not be written through sudo"
    made_hook=yes
fi
if [ -n "$page" ]; then
    was=$(readlink "$page") && as_root rm "$page" || fail 73 "$page could not be removed through sudo"
    gone_page=$was
fi
said=$($nginx -t 2>&1 </dev/null) || fail 41 "nginx does not take it, and all was put back: $said"
said=$($nginx -s reload 2>&1 </dev/null) || fail 43 "nginx could not be told to reload, and all was put back: $said"

# Every side must give the right answer three times in a row.
right() {
    while [ $# -ge 3 ]; do
        curl -s -m 2 -D - -o /dev/null -H 'Connection: close' ${3:+-H "Host: $3"} "$2" "$2" "$2" </dev/null |
            awk -v name="$1" -v color="$color" '
                { sub(/\r$/, "") }
                /^HTTP\// { ok += ($2 >= 200 && $2 < 400); next }
                { at = index($0, ":") }
                at && name != "" && tolower(substr($0, 1, at - 1)) == tolower(name) && substr($0, at + 2) == color { named++ }
                END { exit !(ok == 3 && (name == "" || named == 3)) }' || { wrong=$2; return 1; }
        shift 3
    done
}
end=$(($(date +%s) + seconds)) wrong=
until right "$@"; do
    if [ "$(date +%s)" -ge "$end" ]; then
        undo
        $nginx -t >/dev/null 2>&1 </dev/null && $nginx -s reload >/dev/null 2>&1 </dev/null
        printf '%s\n' "$wrong did not answer as $color within $seconds s; all was put back and nginx reloaded" >&2 2>/dev/null || :
        exit 42
    fi
    sleep 0.1
done
say "nginx serves $color on both sides"
