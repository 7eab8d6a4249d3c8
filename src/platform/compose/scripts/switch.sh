# The switch: from one color to the other, or everything as it was. It goes on to its end when the
# connection that started it dies half-way.
#
#   switch.sh ROLE DIR INCLUDE SHA256 NGINX PID_FILE COLOR HEALTH_URL HEALTH_HOST \
#             URL HOST COLOR_HEADER RELEASE_HEADER RELEASE ANSWERS SECONDS FILE CHANGE FREEZE <INCLUDE_TEXT
#
# ROLE is `live` or `passive`. SHA256 is the include as it was looked at: another one is not touched.
# For `live`, FILE becomes the compose file, CHANGE is what is recorded, and FREEZE, where it is not
# empty, is the mark that closes go-live from then on.
#
#   40 the color that is to be reached does not answer     41 nginx does not take the new include
#   42 it never took effect; all was put back              43 nginx could not be told to reload
#   44 the include is not the one that was looked at       45 it never took effect, and could not be
#                                                             put back: look at this host at once
#   46 users were moved, but it could not be recorded      (with 40, 41, 43, 44 nothing was changed)
set -u
# Nothing may stop it between the first change and the last.
trap '' HUP INT TERM PIPE
role=$1 dir=$2 include=$3 sha=$4 nginx=$5 pid_file=$6 color=$7 health=$8 health_host=$9
shift 9
url=$1 host=$2 color_header=$3 release_header=$4 release=$5 answers=$6 seconds=$7 file=$8 change=$9
shift 9
freeze=${1:-}
say() { printf '%s\n' "$*" 2>/dev/null || :; }
fail() {
    printf '%s\n' "$2" >&2 2>/dev/null || :
    exit "$1"
}

code=$(curl -s -m 5 -o /dev/null -w '%{http_code}' ${health_host:+-H "Host: $health_host"} "$health") || :
case $code in
2?? | 3??) say "$color answers $code at $health" ;;
*) fail 40 "$color does not answer at $health (status $code): users stay where they are" ;;
esac

# A link is followed, so that it stays a link. The new file is made beside the old one, so that the
# rename is atomic, under a name that no `*.conf` include matches.
real=$include
[ ! -L "$include" ] || real=$(readlink -f "$include") || real=
[ -f "$real" ] || fail 44 "$include is not there"
found=$(sha256sum "$real") || fail 44 "$include cannot be read"
[ "${found%% *}" = "$sha" ] || fail 44 "$include changed since it was looked at: look again"
state=$dir/.flipside place=${real%/*}
new=$place/.flipside-new.$$ old=$place/.flipside-old.$$ keep=$place/.flipside-reserve
text= line=
while IFS= read -r line; do text="$text$line
"; done
text=$text$line
made() { { cp -p "$real" "$old" && cp -p "$real" "$new" && printf '%s' "$text" >"$new"; } 2>/dev/null; }
# On a full disk there is a little room that was kept for this.
made || { rm -f "$keep"; made; } ||
    { rm -f "$new" "$old"; fail 44 "$include cannot be written by $(id -un): is it allowed to, and is there room?"; }

workers=
if read -r master <"$pid_file" && [ -r "/proc/$master/task/$master/children" ]; then
    read -r workers <"/proc/$master/task/$master/children" || :
fi 2>/dev/null

mv -f "$new" "$real" || { rm -f "$new" "$old"; fail 44 "$include cannot be replaced"; }
if ! said=$($nginx -t 2>&1 </dev/null); then
    mv -f "$old" "$real"
    fail 41 "nginx does not take it, and it was put back: $said"
fi
if ! said=$($nginx -s reload 2>&1 </dev/null); then
    mv -f "$old" "$real"
    fail 43 "nginx could not be told to reload, and the include was put back: $said"
fi

# Old workers answer new requests for a while after a reload; answers count once none is left that
# has not been told to go.
leaving() {
    for worker in $workers; do
        title=
        read -r title <"/proc/$worker/cmdline" || :
        case $title in '' | *'shutting down'*) ;; *) return 1 ;; esac
    done 2>/dev/null
}
# Each address needs an `-o` of its own: without one a body is printed, and runs into the next head.
set -- -o /dev/null "$url"
while [ $# -lt $((answers * 3)) ]; do set -- -o /dev/null "$url" "$@"; done
right() {
    curl -s -m 2 -D - -H 'Connection: close' ${host:+-H "Host: $host"} "$@" </dev/null |
        awk -v color_header="$color_header" -v color="$color" -v release_header="$release_header" -v release="$release" '
            function judge() { if (open) { if (ok && c && r) good++; else bad++ } }
            { sub(/\r$/, "") }
            /^HTTP\// { judge(); open = 1; ok = ($2 >= 200 && $2 < 400); c = (color_header == ""); r = (release_header == "" || release == ""); next }
            { at = index($0, ":"); name = tolower(substr($0, 1, at - 1)); value = substr($0, at + 2) }
            at && color_header != "" && name == tolower(color_header) && value == color { c = 1 }
            at && release_header != "" && name == tolower(release_header) && value == release { r = 1 }
            END { judge(); exit !(good == '"$answers"' && !bad) }'
}
now() { read -r now _ </proc/uptime && now=${now%.*} || now=$(date +%s); } 2>/dev/null
now
end=$((now + seconds)) sure=0
while :; do
    if leaving && right "$@"; then
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
        seen=$(curl -s -m 2 -o /dev/null -D - ${host:+-H "Host: $host"} "$url" </dev/null | tr -d '\r' |
            grep -i -e '^HTTP/' ${color_header:+-e "^$color_header:"} ${release_header:+-e "^$release_header:"} | tr '\n' ' ')
        mv -f "$old" "$real" && $nginx -t >/dev/null 2>&1 </dev/null && $nginx -s reload >/dev/null 2>&1 </dev/null ||
            fail 45 "no right answer of $color within $seconds s (last: ${seen:-none}), and $include could not be put back"
        fail 42 "no right answer of $color within $seconds s (last: ${seen:-none}); $include was put back and nginx reloaded"
    fi
done
rm -f "$old"
say "$role is $color: $answers right answers in a row"

# Two steps that each leave the old file or the new one.
put() { { printf '%s\n' "$2" >"$state/new" && mv -f "$state/new" "$1"; } 2>/dev/null; }
if [ "$role" = live ]; then
    [ -d "$state" ] || mkdir -p "$state"
    put "$dir/live-color" "$color" || { rm -f "$state/reserve"; put "$dir/live-color" "$color"; } ||
        fail 46 "users reach $color, but $dir/live-color could not be written"
    put "$state/change" "$change" || fail 46 "users reach $color, but $state/change could not be written"
    if [ -n "$file" ]; then
        # Made aside and renamed: the link is never missing.
        rm -f "$state/link" && ln -s "$file" "$state/link" && mv -f "$state/link" "$dir/docker-compose.yml" ||
            fail 46 "users reach $color, but $dir/docker-compose.yml could not be pointed at $file"
    fi
    # A sign-off was of what users did not reach yet.
    rm -f "$state/verified" "$state/withdrawn"
    [ -z "$freeze" ] || put "$state/frozen" "$freeze" ||
        fail 46 "users reach $color, but $state/frozen, which closes go-live, could not be written"
    say "recorded: $color, $file"
fi
# Should the power fail now, this is how it comes back.
sync "$real" 2>/dev/null || :
# The way back must have room on a disk that is full then.
for room in "$keep" "$state/reserve"; do
    [ -s "$room" ] || { head -c 65536 /dev/urandom >"$room" || rm -f "$room"; } 2>/dev/null
done
