# Has nginx serve both sides: adds a site where there is none, reloads, and makes sure by real answers.
# Or puts everything back. It goes on to its end when the connection that started it dies half-way.
#
#   serve.sh STATE NGINX SECONDS SITE HOOK HOOK_LINE PAGE SHA256 -- \
#            COLOR HEADER URL HOST CONNECT PEM [HEADER URL HOST CONNECT PEM]… <SITE_TEXT
#
# SITE is a file that HOOK_LINE, in HOOK, has nginx read; empty: nginx serves both sides already, and
# is only to be reloaded. HOOK, where it is not empty, is still to be written, and PAGE, where it is
# not empty, is the link to the package's own page, which holds the port, and goes. SHA256 is that of SITE_TEXT.
#
#   41 nginx does not take it       42 it never took effect       43 nginx could not be told to reload
#   65 SITE or HOOK is there already, and says something else     73 something could not be written
#   76 the site did not arrive whole                              (all was put back with each of these)
#   45 something could not be put back, and what it is
set -u
# Nothing may stop it, nor what it starts, between the first change and the last.
trap '' HUP INT TERM PIPE
state=$1 nginx=$2 seconds=$3 site=$4 hook=$5 line=$6 page=$7 sha=$8
shift 9
color=$1
shift
heard=$state/heard.$$
finish() {
    stop_ticking
    forget
    unheard
    rm -f "$state/hook"
    keep_room "$state/reserve"
}
trap finish EXIT
say() { printf '%s\n' "$*" 2>/dev/null || :; }
# sudo may wait for a name service that does not answer.
as_root() {
    if [ "$(id -u)" = 0 ]; then bounded 20 "$@"; else bounded 20 sudo -n "$@"; fi
}

made_site= made_hook= gone_page= loaded= left=
missed() { left="$left; $1"; }
# Each thing is looked at after it was put back: what sudo refuses is still there.
undo() {
    if [ -n "$gone_page" ] && [ ! -L "$page" ]; then
        as_root ln -s "$gone_page" "$page"
        [ -L "$page" ] || missed "$page, a link to $gone_page, could not be made again: $(said 0)"
    fi
    if [ -n "$made_hook" ] && [ -e "$hook" ]; then
        as_root rm -f "$hook"
        [ ! -e "$hook" ] || missed "$hook could not be removed: $(said 0)"
    fi
    if [ -n "$made_site" ]; then
        rm -f "$site" 2>/dev/null
        [ ! -e "$site" ] || missed "$site could not be removed: $(why_not "${site%/*}")"
    fi
    [ -n "$loaded" ] || return 0
    bounded 20 $nginx -t && bounded 20 $nginx -s reload || missed "nginx could not be reloaded: $(said $?)"
}
fail() { # CODE WHY
    undo
    code=$1
    if [ -n "$left" ]; then
        code=45
        set -- 45 "$2; not all could be put back$left"
    elif [ -n "$made_site$made_hook$gone_page$loaded" ]; then
        set -- "$code" "$2; all was put back${loaded:+ and nginx reloaded}"
    fi
    printf '%.4000s\n' "$2" >&2 2>/dev/null || :
    exit "$code"
}

if [ -n "$site" ]; then
    place=$(dirname "$site")
    new=$place/.flipside-new.$$
    umask 022
    cat 2>/dev/null >"$new" || { rm -f "$new"; fail 73 "$site cannot be written: $(why_not "$place")"; }
    is_whole "$new" "$sha" || { rm -f "$new"; fail 76 "the text of $site did not arrive whole; nothing was changed"; }
    on_disk "$new"
    if ln "$new" "$site" 2>/dev/null; then
        made_site=yes
    elif [ ! -e "$site" ]; then
        rm -f "$new"
        fail 73 "$site cannot be made: $(why_not "$place")"
    elif ! cmp -s "$new" "$site"; then
        rm -f "$new"
        fail 65 "$site is there already, and says something else; it was left as it is"
    fi
    rm -f "$new"
fi
if [ -n "$hook" ]; then
    [ ! -e "$hook" ] || fail 65 "$hook is there already, and does not say: $line"
    made_hook=yes
    { printf '%s\n' "$line" >"$state/hook"; } 2>/dev/null || fail 73 "$state/hook cannot be written: $(why_not "$state")"
    as_root install -m 644 "$state/hook" "$hook" || fail 73 "$hook could not be written through sudo: $(said $?)"
fi
if [ -n "$page" ]; then
    was=$(readlink "$page") || fail 73 "$page is no link any more"
    gone_page=$was
    as_root rm "$page" || fail 73 "$page could not be removed through sudo: $(said $?)"
fi
bounded 20 $nginx -t || fail 41 "nginx does not take it: $(said $?)"
# From here on nginx may have read it, also where the reload says that it failed.
loaded=yes
bounded 20 $nginx -s reload || fail 43 "nginx could not be told to reload: $(said $?)"

# Every side must give the right answer three times in a row.
right() {
    while [ $# -ge 5 ]; do
        connect=$4 ca=$5
        ask_entrance -s -m 2 -D - -o /dev/null -o /dev/null -o /dev/null -H 'Connection: close' ${3:+-H "Host: $3"} \
            "$2" "$2" "$2" 2>/dev/null </dev/null |
            awk -v name="$1" -v color="$color" '
                { sub(/\r$/, "") }
                /^HTTP\// { ok += ($2 >= 200 && $2 < 400); next }
                { at = index($0, ":") }
                at && name != "" && tolower(substr($0, 1, at - 1)) == tolower(name) && substr($0, at + 2) == color { named++ }
                END { exit !(ok == 3 && (name == "" || named == 3)) }' &
        await "$!" "$end" || {
            wrong=$2
            tls=$(ask_entrance -s -S -m 2 -o /dev/null ${3:+-H "Host: $3"} "$2" 2>&1 </dev/null |
                grep -m 1 -e 'SSL' -e 'TLS' -e 'certificate' | head -c 400)
            return 1
        }
        shift 5
    done
}
# Each side's authorities in a file of its own.
sides=$(($# / 5))
while [ "$sides" -gt 0 ]; do
    trust "$5"
    set -- "$@" "$1" "$2" "$3" "$4" "$ca"
    shift 5
    sides=$((sides - 1))
done
now
end=$((now + seconds)) wrong= tls=
until right "$@"; do
    now
    [ "$now" -lt "$end" ] || fail 42 "$wrong did not answer as $color within $seconds s${tls:+: $tls}"
    sleep 0.1
done
on_disk ${site:+"${site%/*}"} ${hook:+"${hook%/*}"}
say "nginx serves $color on both sides"
