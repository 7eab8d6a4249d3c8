# Switches from one color to the other, or restores everything. It runs to its end even if the connection that started
# it breaks, and is never ended from outside: each of its parts ends by itself.
#
#   switch.sh ROLE DIR INCLUDE SHA256 NGINX PID_FILE COLOR HEALTH_URL HEALTH_HOST \
#             URL HOST COLOR_HEADER RELEASE_HEADER RELEASE ANSWERS SECONDS DEPLOYED CHANGE FREEZE \
#             INCLUDE_SHA256 FROM MARK [CONNECT PEM] <INCLUDE_TEXT
#
# ROLE is `live` or `passive`. SHA256 is the include that was observed: another one is not changed. For `live`,
# DEPLOYED is LINK=TARGET, the link in DIR that says what is deployed, CHANGE is recorded, FREEZE, if it is not empty, is
# the mark that closes go-live from then on, and MARK is the content of `switching` while this runs. FROM is the color
# that users leave.
# INCLUDE_SHA256 is that of INCLUDE_TEXT.
#
#   40 the new color does not answer                       41 nginx rejects the new include
#   42 it never took effect; everything was restored       43 nginx could not be reloaded
#   44 the include is not the observed one                 45 something changed, and it is not certain that
#                                                             everything was restored: check this host at once
#   46 users were moved, but it could not be recorded      47 another switch is running on this host
#   48 TLS of the entry point fails, so no answer could verify the switch
#   76 the text of the include did not arrive completely   (with 40, 41, 43, 44, 47, 48, 76 nothing was changed)
set -u
# No signal may end it, or what it starts, between the first change and the last.
trap '' HUP INT TERM PIPE
role=$1 dir=$2 include=$3 sha=$4 nginx=$5 pid_file=$6 color=$7 health=$8 health_host=$9
shift 9
url=$1 host=$2 color_header=$3 release_header=$4 release=$5 answers=$6 seconds=$7 deployed=$8 change=$9
shift 9
freeze=${1:-} text_sha=${2:-} from=${3:-} mark=${4:-} connect=${5:-} pem=${6:-}
state=$dir/.flipside
output=$state/output.$$ keep=
finish() {
    stop_ticking
    forget
    remove_output
    keep_reserve "$keep" "$state/reserve"
}
trap finish EXIT
trust "$pem"
say() { printf '%s\n' "$*" 2>/dev/null || :; }
fail() {
    printf '%.4000s\n' "$2" >&2 2>/dev/null || :
    exit "$1"
}

# A switch that another console started, and that no console waits for any more, may still run: it would mistake this
# one's include for its own.
if [ -f "$state/switching" ]; then
    other=
    { read -r _ && read -r other; } <"$state/switching" || :
    ! is_script "$other" switch || fail 47 "another switch is running on this host (process $other); it ends by itself"
fi

[ -d "$state" ] || mkdir -p "$state" 2>/dev/null

code=$(ask -s -m 5 -o /dev/null -w '%{http_code}' ${health_host:+-H "Host: $health_host"} "$health") || :
case $code in
2?? | 3??) say "$color answers $code at $health" ;;
*) fail 40 "$color does not answer at $health (status $code); nothing was changed" ;;
esac

case $url in
https:*)
    tls=$(ask_entry_point -s -S -m 5 -o /dev/null ${host:+-H "Host: $host"} "$url" 2>&1 </dev/null)
    # The exit codes of curl for TLS errors.
    case $? in
    35 | 51 | 53 | 54 | 58 | 59 | 60 | 66 | 77 | 80 | 82 | 83 | 90 | 91)
        fail 48 "TLS of $url fails, so a switch could not be verified; nothing was changed: ${tls%%
*}"
        ;;
    esac
    ;;
esac

# A link is followed, so that it stays a link. The new file is created beside the old one, so that the rename is
# atomic, and under a name that no `*.conf` include matches.
real=$include
[ ! -L "$include" ] || real=$(readlink -f "$include") || real=
[ -f "$real" ] || fail 44 "$include does not exist"
directory=${real%/*}
new=$directory/.flipside-new.$$ old=$directory/.flipside-old.$$ keep=$directory/.flipside-reserve
text= line=
while IFS= read -r line; do text="$text$line
"; done
text=$text$line
made() { { cp -p "$real" "$old" && cp -p "$real" "$new" && printf '%s' "$text" >"$new"; } 2>/dev/null; }
# On a full disk, the reserve is deleted to have room.
made || { rm -f "$keep"; made; } ||
    { rm -f "$new" "$old"; fail 44 "$include cannot be replaced: $(write_error "$directory")"; }
drop() {
    rm -f "$new" "$old"
    fail "$@"
}
# The written file is compared as well, since a full disk may have cut it short.
sums=$(sha256sum "$old" "$new" 2>/dev/null) || drop 44 "$include cannot be read"
case $sums in "$sha  $old"*) ;; *) drop 44 "$include changed since it was observed; nothing was changed. Run the command again" ;; esac
case ${sums#*"$old"} in *"$text_sha  $new") ;; *) drop 76 "the text of $include did not arrive completely; nothing was changed" ;; esac

# The mark is written before the first change, and the include is on disk before it is renamed.
marked=
if [ "$role" = live ] && [ -n "$mark" ]; then
    # Half a mark is a mark, too, so it needs no rename.
    set_mark() { printf '%s\n%s\n' "$mark" "$$" >"$state/switching"; } 2>/dev/null
    if set_mark || { rm -f "$state/reserve"; set_mark; }; then
        marked=yes
        on_disk "$state/switching" "$new"
    fi
    [ -n "$marked" ] || say "the mark of the running switch could not be written: $(write_error "$state")"
fi
[ -n "$marked" ] || on_disk "$new"
unmark() {
    remove_output
    rm -f "$old" ${marked:+"$state/switching"}
}

workers=
if read -r master <"$pid_file" && [ -r "/proc/$master/task/$master/children" ]; then
    read -r workers <"/proc/$master/task/$master/children" || :
fi 2>/dev/null

# Each URL needs its own `-o`: without one, the body is printed and runs into the next headers.
set -- -o /dev/null "$url"
while [ $# -lt $((answers * 3)) ]; do set -- -o /dev/null "$url" "$@"; done
# right COLOR RELEASE UNTIL CURL_ARGUMENTS…: checks that every answer is correct. With `any` as RELEASE, an answer that
# names the color may have any status, since the release that users leave may be broken.
right() {
    as=$1 of=$2 limit=$3
    shift 3
    ask_entry_point -s -m 2 -D - -H 'Connection: close' ${host:+-H "Host: $host"} "$@" 2>/dev/null </dev/null |
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
    last=$(ask_entry_point -s -S -m 2 -o /dev/null -D - ${host:+-H "Host: $host"} "$url" 2>&1 </dev/null | tr -d '\r' |
        grep -i -e '^HTTP/' -e '^curl: .*SSL' -e '^curl: .*TLS' -e '^curl: .*certificate' ${color_header:+-e "^$color_header:"} ${release_header:+-e "^$release_header:"} | tr '\n' ' ' | head -c 400)
    last=${last:-none}
}

# Restores the include, and verifies it for as long as that may help. HOW: `file` if nginx has not read the new one,
# `ask` if it hardly has, `reload` if it may have. `unrestored` says what is not certain.
restored() { # HOW CURL_ARGUMENTS…
    how=$1
    shift
    now
    over=$((now + (seconds < 5 ? 5 : seconds))) unrestored=
    while :; do
        [ ! -f "$old" ] || mv -f "$old" "$real" 2>/dev/null || :
        if ! is_whole "$real" "$sha"; then
            unrestored="$include could not be restored: $(write_error "$directory")"
        elif [ "$how" = file ]; then
            return 0
        elif [ "$how" = ask ] && right "$from" any $((now + 5)) "$@"; then
            return 0
        else
            how=reload
            if ! { bounded "$seconds" $nginx -t && bounded "$seconds" $nginx -s reload; }; then
                unrestored="$include was restored, but nginx could not be reloaded: $(last_output 0)"
            else
                # Workers of the abandoned configuration may answer for a moment.
                now
                soon=$((now + 5))
                while [ "$now" -lt "$soon" ]; do
                    if right "$from" any "$soon" "$@"; then return 0; fi
                    sleep 0.1
                    now
                done
                last_answer
                unrestored="$include was restored and nginx was reloaded, but the entry point does not answer as ${from:-before} (last: $last)"
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
    restored "$@" || fail 45 "$why; $unrestored"
    unmark
    if [ "$how" = reload ]; then
        # An answer that names the color may still be nginx's own error page for a color that is down.
        last_answer
        case $last in
        HTTP/*' '[23][0-9][0-9]*) why="$why; nginx was reloaded, and ${from:-the previous color} answers again" ;;
        *) why="$why; nginx was reloaded and sends users to ${from:-the previous color}, WHICH DOES NOT ANSWER WELL ($last)" ;;
        esac
    fi
    fail "$code" "$why; $include was restored"
}

mv -f "$new" "$real" 2>/dev/null || { unmark; rm -f "$new"; fail 44 "$include cannot be replaced: $(write_error "$directory")"; }
bounded "$seconds" $nginx -t || give_up 41 "nginx rejects it: $(last_output $?)" file
bounded "$seconds" $nginx -s reload || {
    code=$? how=ask
    # A reload that hangs may have reached nginx, or may still reach it.
    [ "$code" != 124 ] || how=reload
    give_up 43 "nginx could not be reloaded: $(last_output "$code")" "$how" "$@"
}

# Old workers answer new requests for a while after a reload. Answers count once all of them are shutting down.
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
        # If the workers cannot be observed, correct answers over half a second are required.
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
        give_up 42 "no correct answer of $color within $seconds s (last: $last)" reload "$@"
    fi
done
say "$role is $color: $answers correct answers in a row"

if [ "$role" = live ]; then
    unrecorded() { fail 46 "users reach $color, but $1 could not be written: $(write_error "${1%/*}")"; }
    # Each file is written under another name, and is on disk before it is renamed: it is either the old or the new one.
    set -- "$state/live-color.new" "$state/change.new" ${freeze:+"$state/frozen.new"}
    write_down() {
        printf '%s\n' "$color" >"$1" && printf '%s\n' "$change" >"$2" && { [ -z "$freeze" ] || printf '%s\n' "$freeze" >"$3"; }
    } 2>/dev/null
    write_down "$@" || { rm -f "$state/reserve"; write_down "$@"; } || unrecorded "$dir/live-color"
    on_disk "$@"
    mv -f "$1" "$dir/live-color" || unrecorded "$dir/live-color"
    mv -f "$2" "$state/change" || unrecorded "$state/change"
    # A sign-off was for a release that users did not reach yet.
    rm -f "$state/verified" "$state/withdrawn" "$state/returning"
    if [ -n "$deployed" ]; then
        link_to "$dir" "${deployed%%=*}" "${deployed#*=}" || unrecorded "$dir/${deployed%%=*}"
    fi
    [ -z "$freeze" ] || mv -f "$3" "$state/frozen" || unrecorded "$state/frozen, which closes go-live,"
    say "recorded: $color${deployed:+, ${deployed#*=}}"
fi
# After this, a power failure does not undo the switch.
on_disk "$directory" "$dir" "$state"
unmark
