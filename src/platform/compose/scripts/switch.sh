# The switch: from one color to the other, or everything as it was. It goes on to its end when the
# connection that started it dies half-way, and nobody ends it from outside: each of its parts ends by itself.
#
#   switch.sh ROLE DIR INCLUDE SHA256 NGINX PID_FILE COLOR HEALTH_URL HEALTH_HOST \
#             URL HOST COLOR_HEADER RELEASE_HEADER RELEASE ANSWERS SECONDS FILE CHANGE FREEZE \
#             INCLUDE_SHA256 FROM MARK [CONNECT PEM] <INCLUDE_TEXT
#
# ROLE is `live` or `passive`. SHA256 is the include as it was looked at: another one is not touched.
# For `live`, FILE becomes the compose file, CHANGE is what is recorded, FREEZE, where it is not empty, is the
# mark that closes go-live from then on, and MARK is what stands in `switching` while this works. FROM is the
# color that is left. INCLUDE_SHA256 is that of INCLUDE_TEXT.
#
#   40 the color that is to be reached does not answer     41 nginx does not take the new include
#   42 it never took effect; all was put back              43 nginx could not be told to reload
#   44 the include is not the one that was looked at       45 something changed, and it is not certain that
#                                                             all is back: look at this host at once
#   46 users were moved, but it could not be recorded      47 another switch is at work on this host
#   48 the side that is switched does not prove by TLS who it is, so no answer could show that it works
#   76 the text of the include did not arrive whole    (with 40, 41, 43, 44, 47, 48, 76 nothing was changed)
set -u
# Nothing may stop it, nor what it starts, between the first change and the last.
trap '' HUP INT TERM PIPE
role=$1 dir=$2 include=$3 sha=$4 nginx=$5 pid_file=$6 color=$7 health=$8 health_host=$9
shift 9
url=$1 host=$2 color_header=$3 release_header=$4 release=$5 answers=$6 seconds=$7 file=$8 change=$9
shift 9
freeze=${1:-} text_sha=${2:-} from=${3:-} mark=${4:-} connect=${5:-} pem=${6:-}
state=$dir/.flipside
heard=$state/heard.$$ keep=
finish() {
    stop_ticking
    forget
    unheard
    keep_room "$keep" "$state/reserve"
}
trap finish EXIT
trust "$pem"
say() { printf '%s\n' "$*" 2>/dev/null || :; }
fail() {
    printf '%.4000s\n' "$2" >&2 2>/dev/null || :
    exit "$1"
}

# One that another console began, and that nobody waits for any more, is still at work: it would take this
# one's include for its own.
if [ -f "$state/switching" ]; then
    other=
    { read -r _ && read -r other; } <"$state/switching" || :
    ! is_script "$other" switch || fail 47 "another switch is at work on this host (process $other); it ends by itself"
fi

[ -d "$state" ] || mkdir -p "$state" 2>/dev/null

code=$(ask -s -m 5 -o /dev/null -w '%{http_code}' ${health_host:+-H "Host: $health_host"} "$health") || :
case $code in
2?? | 3??) say "$color answers $code at $health" ;;
*) fail 40 "$color does not answer at $health (status $code): users stay where they are" ;;
esac

case $url in
https:*)
    tls=$(ask_entrance -s -S -m 5 -o /dev/null ${host:+-H "Host: $host"} "$url" 2>&1 </dev/null)
    # The exits of curl that are about TLS.
    case $? in
    35 | 51 | 53 | 54 | 58 | 59 | 60 | 66 | 77 | 80 | 82 | 83 | 90 | 91)
        fail 48 "$url does not prove who it is, so no switch could be seen to work: ${tls%%
*}"
        ;;
    esac
    ;;
esac

# A link is followed, so that it stays a link. The new file is made beside the old one, so that the
# rename is atomic, under a name that no `*.conf` include matches.
real=$include
[ ! -L "$include" ] || real=$(readlink -f "$include") || real=
[ -f "$real" ] || fail 44 "$include is not there"
place=${real%/*}
new=$place/.flipside-new.$$ old=$place/.flipside-old.$$ keep=$place/.flipside-reserve
text= line=
while IFS= read -r line; do text="$text$line
"; done
text=$text$line
made() { { cp -p "$real" "$old" && cp -p "$real" "$new" && printf '%s' "$text" >"$new"; } 2>/dev/null; }
# On a full disk there is a little room that was kept for this.
made || { rm -f "$keep"; made; } ||
    { rm -f "$new" "$old"; fail 44 "$include cannot be replaced: $(why_not "$place")"; }
drop() {
    rm -f "$new" "$old"
    fail "$@"
}
# What was written is compared too: it may have been cut short by a disk that is full.
sums=$(sha256sum "$old" "$new" 2>/dev/null) || drop 44 "$include cannot be read"
case $sums in "$sha  $old"*) ;; *) drop 44 "$include changed since it was looked at: look again" ;; esac
case ${sums#*"$old"} in *"$text_sha  $new") ;; *) drop 76 "the text of $include did not arrive whole; nothing was changed" ;; esac

# The mark stands before the first change, and the include is on disk before its name says so.
marked=
if [ "$role" = live ] && [ -n "$mark" ]; then
    # Half of it is a mark, too, so it is not written aside.
    set_mark() { printf '%s\n%s\n' "$mark" "$$" >"$state/switching"; } 2>/dev/null
    if set_mark || { rm -f "$state/reserve"; set_mark; }; then
        marked=yes
        on_disk "$state/switching" "$new"
    fi
    [ -n "$marked" ] || say "the mark that a switch is under way could not be written: $(why_not "$state")"
fi
[ -n "$marked" ] || on_disk "$new"
unmark() {
    unheard
    rm -f "$old" ${marked:+"$state/switching"}
}

workers=
if read -r master <"$pid_file" && [ -r "/proc/$master/task/$master/children" ]; then
    read -r workers <"/proc/$master/task/$master/children" || :
fi 2>/dev/null

# Each address needs an `-o` of its own: without one a body is printed, and runs into the next head.
set -- -o /dev/null "$url"
while [ $# -lt $((answers * 3)) ]; do set -- -o /dev/null "$url" "$@"; done
# right COLOR RELEASE UNTIL CURL_ARGUMENTS…: is every answer right? With `any` as RELEASE, an answer that names
# the color may have any status: it may be a broken release that is left.
right() {
    as=$1 of=$2 limit=$3
    shift 3
    ask_entrance -s -m 2 -D - -H 'Connection: close' ${host:+-H "Host: $host"} "$@" 2>/dev/null </dev/null |
        awk -v color_header="$color_header" -v color="$as" -v release_header="$release_header" -v release="$of" '
            BEGIN { if (color == "") color_header = ""; if (release == "any") { any = (color_header != ""); release = "" } }
            function judge() { if (open) { if (ok && c && r) good++; else bad++ } }
            { sub(/\r$/, "") }
            /^HTTP\// { judge(); open = 1; ok = (any || $2 >= 200 && $2 < 400); c = (color_header == ""); r = (release_header == "" || release == ""); next }
            { at = index($0, ":"); name = tolower(substr($0, 1, at - 1)); value = substr($0, at + 2) }
            at && color_header != "" && name == tolower(color_header) && value == color { c = 1 }
            at && release_header != "" && name == tolower(release_header) && value == release { r = 1 }
            END { judge(); exit !(good == '"$answers"' && !bad) }' &
    await "$!" "$limit"
}
last_answer() {
    last=$(ask_entrance -s -S -m 2 -o /dev/null -D - ${host:+-H "Host: $host"} "$url" 2>&1 </dev/null | tr -d '\r' |
        grep -i -e '^HTTP/' -e '^curl: .*SSL' -e '^curl: .*TLS' -e '^curl: .*certificate' ${color_header:+-e "^$color_header:"} ${release_header:+-e "^$release_header:"} | tr '\n' ' ' | head -c 400)
    last=${last:-none}
}

# Puts the include back, and makes sure of it for as long as that may help. HOW: `file` where nginx has not taken
# the new one, `ask` where it has hardly done so, `reload` where it may have. `undone` says what is not certain.
restored() { # HOW CURL_ARGUMENTS…
    how=$1
    shift
    now
    over=$((now + (seconds < 5 ? 5 : seconds))) undone=
    while :; do
        [ ! -f "$old" ] || mv -f "$old" "$real" 2>/dev/null || :
        if ! is_whole "$real" "$sha"; then
            undone="$include could not be put back: $(why_not "$place")"
        elif [ "$how" = file ]; then
            return 0
        elif [ "$how" = ask ] && right "$from" any $((now + 5)) "$@"; then
            return 0
        else
            how=reload
            if ! { bounded "$seconds" $nginx -t && bounded "$seconds" $nginx -s reload; }; then
                undone="$include was put back, but nginx could not be reloaded: $(said 0)"
            else
                # Workers of the configuration that is given up may answer for a moment.
                now
                soon=$((now + 5))
                while [ "$now" -lt "$soon" ]; do
                    if right "$from" any "$soon" "$@"; then return 0; fi
                    sleep 0.1
                    now
                done
                last_answer
                undone="$include was put back and nginx reloaded, but users' port does not answer as ${from:-before} (last: $last)"
            fi
        fi
        now
        [ "$now" -lt "$over" ] || return 1
        sleep 0.3
        now
    done
}
give_up() { # CODE WHY HOW CURL_ARGUMENTS…
    code=$1 why=$2
    shift 2
    restored "$@" || fail 45 "$why; $undone"
    unmark
    if [ "$how" = reload ]; then
        # An answer that only names the color may be nginx's own, about a color that is down.
        last_answer
        case $last in
        HTTP/*' '[23][0-9][0-9]*) why="$why; nginx was reloaded, and ${from:-what was there before} answers again" ;;
        *) why="$why; nginx was reloaded and sends users to ${from:-what was there before}, WHICH DOES NOT ANSWER WELL ($last)" ;;
        esac
    fi
    fail "$code" "$why; $include was put back"
}

mv -f "$new" "$real" 2>/dev/null || { unmark; rm -f "$new"; fail 44 "$include cannot be replaced: $(why_not "$place")"; }
bounded "$seconds" $nginx -t || give_up 41 "nginx does not take it: $(said $?)" file
bounded "$seconds" $nginx -s reload || {
    code=$? how=ask
    # One that hangs may have reached nginx, or still reach it.
    [ "$code" != 124 ] || how=reload
    give_up 43 "nginx could not be told to reload: $(said "$code")" "$how" "$@"
}

# Old workers answer new requests for a while after a reload; answers count once none is left that
# has not been told to go.
leaving() {
    for worker in $workers; do
        title=
        read -r title <"/proc/$worker/cmdline" || :
        case $title in '' | *'shutting down'*) ;; *) return 1 ;; esac
    done 2>/dev/null
}
now
end=$((now + seconds)) sure=0
while :; do
    if leaving && right "$color" "$release" "$end" "$@"; then
        # Where the workers cannot be seen, time must show it: right answers over half a second.
        sure=$((sure + 1))
        [ -n "$workers" ] || [ "$sure" -ge 6 ] && break
        sleep 0.1
    else
        sure=0
        sleep 0.005
    fi
    now
    if [ "$now" -ge "$end" ]; then
        last_answer
        give_up 42 "no right answer of $color within $seconds s (last: $last)" reload "$@"
    fi
done
say "$role is $color: $answers right answers in a row"

if [ "$role" = live ]; then
    unrecorded() { fail 46 "users reach $color, but $1 could not be written: $(why_not "${1%/*}")"; }
    # Written aside, and on disk before a name says so: each file is the old one or the new one.
    set -- "$state/live-color.new" "$state/change.new" ${freeze:+"$state/frozen.new"}
    write_down() {
        printf '%s\n' "$color" >"$1" && printf '%s\n' "$change" >"$2" && { [ -z "$freeze" ] || printf '%s\n' "$freeze" >"$3"; }
    } 2>/dev/null
    write_down "$@" || { rm -f "$state/reserve"; write_down "$@"; } || unrecorded "$dir/live-color"
    on_disk "$@"
    mv -f "$1" "$dir/live-color" || unrecorded "$dir/live-color"
    mv -f "$2" "$state/change" || unrecorded "$state/change"
    # A sign-off was of what users did not reach yet.
    rm -f "$state/verified" "$state/withdrawn" "$state/returning" "$state/link"
    if [ -n "$file" ]; then
        # Made aside and renamed: the link is never missing.
        ln -s "$file" "$state/link" && mv -f "$state/link" "$dir/docker-compose.yml" ||
            unrecorded "$dir/docker-compose.yml"
    fi
    [ -z "$freeze" ] || mv -f "$3" "$state/frozen" || unrecorded "$state/frozen, which closes go-live,"
    say "recorded: $color, $file"
fi
# Should the power fail now, this is how it comes back.
on_disk "$place" "$dir" "$state"
unmark
