# Functions for scripts that start or stop the service of a slot. `common.sh`, `bounded.sh` and `settings.sh` come before
# this.
#
# They use `dir`, `color`, `address` (the URL of the slot), `health_host`, `release_header`, `live_include` and `server`
# (the slot's address as nginx reaches it), and the command lines `start`, `stop`, `status` and `log`.

# The connection may break at any time: the script still runs to its end. The signals are handled and not ignored, since
# what is started would inherit that.
trap : HUP PIPE
say() { printf '%s\n' "$*" 2>/dev/null || :; }
fail() {
    printf '%.4000s\n' "$2" >&2 2>/dev/null || :
    exit "$1"
}

# Fails if users reach this slot, or may reach it in a moment: it is never changed under them.
users_reach_it() {
    if [ -f "$state/switching" ]; then
        other=
        { read -r _ && read -r other; } <"$state/switching" || :
        if is_script "$other" switch || is_script "$other" swing; then
            fail 47 "a switch is running on this host (process $other); it ends by itself"
        fi
    fi
    recorded=
    [ ! -f "$dir/live-color" ] || read -r recorded <"$dir/live-color" || :
    [ "$recorded" != "$color" ] || fail 44 "$color is live according to $dir/live-color; $1"
    [ -f "$live_include" ] || return 0
    tr ';{}' '\n\n\n' <"$live_include" | awk -v server="$server" '
        { sub(/#.*/, "") }
        $1 == "server" && $2 == server {
            down = 0
            for (i = 3; i <= NF; i++) if ($i == "down") down = 1
            if (!down) found = 1
        }
        END { exit !found }' || return 0
    fail 44 "$live_include sends users to $server, the address of $color; $1"
}

# Checks that the slot answers well, as the release $1 where answers name it.
answers() {
    ask -s -f -m 2 -D - -o /dev/null -H 'Connection: close' ${health_host:+-H "Host: $health_host"} "$address" 2>/dev/null </dev/null |
        awk -v header="$release_header" -v release="$1" '
            { sub(/\r$/, "") }
            /^HTTP\// { ok = ($2 >= 200 && $2 < 400); next }
            { at = index($0, ":") }
            at && header != "" && tolower(substr($0, 1, at - 1)) == tolower(header) && substr($0, at + 2) != release { wrong = 1 }
            END { exit !(ok && !wrong) }'
}

# Prints the end of the service's log, if there is a command for it.
show_log() {
    [ -n "$log" ] || return 0
    echo "--- the last lines of $color ---" >&2
    bounded 10 sh -c "$log" || :
    [ ! -f "$output" ] || tail -c 16384 "$output" >&2
}

# await_answers VERSION END: waits until the slot answers three times in a row. Fails if the service does not run for
# several checks in a row: it ended, or is restarted again and again.
await_answers() {
    good=0 down=0
    while [ "$good" -lt 3 ]; do
        if answers "$1"; then
            good=$((good + 1))
        else
            good=0
            if [ -n "$status" ] && ! bounded 5 sh -c "$status"; then down=$((down + 1)); else down=0; fi
        fi
        if [ "$down" -ge 10 ]; then
            show_log
            fail 65 "$color $1 does not run any more after it was started"
        fi
        now
        if [ "$now" -ge "$2" ]; then
            show_log
            fail 67 "$color $1 did not answer well at $address in time"
        fi
        [ "$good" -ge 3 ] || sleep 0.2
    done
}

# run_bounded SECONDS WHAT COMMAND_LINE: runs a command of the inventory; its output is printed if it fails.
run_bounded() {
    did=0
    bounded "$1" sh -c "$3" || did=$?
    [ "$did" != 0 ] || return 0
    printf '%.4000s\n' "$2 of $color failed (exit $did): $(last_output "$did")" >&2
    return 1
}

