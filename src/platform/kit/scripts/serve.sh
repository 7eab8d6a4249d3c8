# Makes nginx serve both entry points: adds a site if there is none, reloads, and verifies it by real answers. If that
# fails, it restores everything. It runs to its end even if the connection that started it breaks.
#
#   serve.sh STATE NGINX SECONDS SITE HOOK HOOK_LINE PAGE SHA256 -- \
#            COLOR ENTRY_POINT… <SITE_TEXT
#
# Each entry point is five words: HEADER URL HOST CONNECT PEM.
#
# SITE is a file that nginx reads because of HOOK_LINE in HOOK. If it is empty, nginx serves both entry points already
# and is only reloaded. HOOK is written if it is not empty. PAGE, if it is not empty, is the link to the welcome page
# of the package, which occupies the port and is removed. SHA256 is that of SITE_TEXT.
#
#   41 nginx rejects it             42 it never took effect       43 nginx could not be reloaded
#   65 SITE or HOOK exists with a different text                  73 something could not be written
#   76 the site did not arrive completely                         (everything was restored with each of these)
#   45 something could not be restored; the message says what
set -u
# No signal may end it, or what it starts, between the first change and the last.
trap '' HUP INT TERM PIPE
state=$1 nginx=$2 seconds=$3 site=$4 hook=$5 line=$6 page=$7 sha=$8
shift 9
color=$1
shift
output=$state/output.$$
finish() {
    stop_ticking
    forget
    remove_output
    rm -f "$state/hook"
    keep_reserve "$state/reserve"
}
trap finish EXIT
say() { printf '%s\n' "$*" 2>/dev/null || :; }
# sudo may wait for a name service that does not answer.
as_root() {
    if [ "$(id -u)" = 0 ]; then bounded 20 "$@"; else bounded 20 sudo -n "$@"; fi
}

made_site= made_hook= gone_page= loaded= left=
missed() { left="$left; $1"; }
# Each restoration is checked afterwards, since sudo may have refused it.
undo() {
    if [ -n "$gone_page" ] && [ ! -L "$page" ]; then
        as_root ln -s "$gone_page" "$page"
        [ -L "$page" ] || missed "$page, a link to $gone_page, could not be created again: $(last_output 0)"
    fi
    if [ -n "$made_hook" ] && [ -e "$hook" ]; then
        as_root rm -f "$hook"
        [ ! -e "$hook" ] || missed "$hook could not be removed: $(last_output 0)"
    fi
    if [ -n "$made_site" ]; then
        rm -f "$site" 2>/dev/null
        [ ! -e "$site" ] || missed "$site could not be removed: $(write_error "${site%/*}")"
    fi
    [ -n "$loaded" ] || return 0
    bounded 20 $nginx -t && bounded 20 $nginx -s reload || missed "nginx could not be reloaded: $(last_output $?)"
}
fail() { # CODE WHY
    undo
    code=$1
    if [ -n "$left" ]; then
        code=45
        set -- 45 "$2; not everything could be restored$left"
    elif [ -n "$made_site$made_hook$gone_page$loaded" ]; then
        set -- "$code" "$2; everything was restored${loaded:+ and nginx was reloaded}"
    fi
    printf '%.4000s\n' "$2" >&2 2>/dev/null || :
    exit "$code"
}

if [ -n "$site" ]; then
    directory=$(dirname "$site")
    new=$directory/.flipside-new.$$
    umask 022
    cat 2>/dev/null >"$new" || { rm -f "$new"; fail 73 "$site cannot be written: $(write_error "$directory")"; }
    is_whole "$new" "$sha" || { rm -f "$new"; fail 76 "the text of $site did not arrive completely; nothing was changed"; }
    on_disk "$new"
    if ln "$new" "$site" 2>/dev/null; then
        made_site=yes
    elif [ ! -e "$site" ]; then
        rm -f "$new"
        fail 73 "$site cannot be created: $(write_error "$directory")"
    elif ! cmp -s "$new" "$site"; then
        rm -f "$new"
        fail 65 "$site exists with a different text; it was not changed"
    fi
    rm -f "$new"
fi
if [ -n "$hook" ]; then
    [ ! -e "$hook" ] || fail 65 "$hook exists without the line: $line"
    made_hook=yes
    { printf '%s\n' "$line" >"$state/hook"; } 2>/dev/null || fail 73 "$state/hook cannot be written: $(write_error "$state")"
    as_root install -m 644 "$state/hook" "$hook" || fail 73 "$hook could not be written with sudo: $(last_output $?)"
fi
if [ -n "$page" ]; then
    was=$(readlink "$page") || fail 73 "$page is no longer a link"
    gone_page=$was
    as_root rm "$page" || fail 73 "$page could not be removed with sudo: $(last_output $?)"
fi
bounded 20 $nginx -t || fail 41 "nginx rejects it: $(last_output $?)"
# From here on nginx may have read it, even if the reload reports an error.
loaded=yes
bounded 20 $nginx -s reload || fail 43 "nginx could not be reloaded: $(last_output $?)"

# Every entry point must give the correct answer three times in a row.
right() {
    while [ $# -ge 5 ]; do
        connect=$4 ca=$5
        ask_entry_point -s -m 2 -D - -o /dev/null -o /dev/null -o /dev/null -H 'Connection: close' ${3:+-H "Host: $3"} \
            "$2" "$2" "$2" 2>/dev/null </dev/null |
            awk -v name="$1" -v color="$color" '
                { sub(/\r$/, "") }
                /^HTTP\// { ok += ($2 >= 200 && $2 < 400); next }
                { at = index($0, ":") }
                at && name != "" && tolower(substr($0, 1, at - 1)) == tolower(name) && substr($0, at + 2) == color { named++ }
                END { exit !(ok == 3 && (name == "" || named == 3)) }' &
        await "$!" "$end" || {
            wrong=$2
            tls=$(ask_entry_point -s -S -m 2 -o /dev/null ${3:+-H "Host: $3"} "$2" 2>&1 </dev/null |
                grep -m 1 -e 'SSL' -e 'TLS' -e 'certificate' | head -c 400)
            return 1
        }
        shift 5
    done
}
# The authorities of each entry point go to a file of their own.
count=$(($# / 5))
while [ "$count" -gt 0 ]; do
    trust "$5"
    set -- "$@" "$1" "$2" "$3" "$4" "$ca"
    shift 5
    count=$((count - 1))
done
now
end=$((now + seconds)) wrong= tls=
until right "$@"; do
    now
    [ "$now" -lt "$end" ] || fail 42 "$wrong did not answer as $color within $seconds s${tls:+: $tls}"
    sleep 0.1
done
on_disk ${site:+"${site%/*}"} ${hook:+"${hook%/*}"}
say "nginx serves $color on both entry points"
