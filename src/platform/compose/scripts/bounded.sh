# `bounded SECONDS COMMAND…`, put before the scripts that must come to an end whatever hangs.
#
# `timeout` cannot end what sudo runs, and waits for it; so the waiting ends here, not the command. Each
# second a helper process interrupts `wait`. The scripts set `heard` to a file for the command's output.
trap : USR1
ticker=
start_ticking() {
    [ -z "$ticker" ] || return 0
    (while sleep 1 && kill -USR1 $$; do :; done) >/dev/null 2>&1 </dev/null &
    ticker=$!
}
stop_ticking() {
    [ -z "$ticker" ] || { kill -KILL "$ticker" && wait "$ticker"; } 2>/dev/null || :
    ticker=
}

# marked COMMAND…: runs it, in a process of its own that `watch` waits for. Its exit code becomes the name of an
# empty file: bash loses what a process did where its end and an interruption of `wait` coincide.
calls=0 marks=
marked() {
    code=0
    "$@" || code=$?
    [ -z "$marks" ] || { printf '' >"$marks.$calls-$code"; } 2>/dev/null || :
    exit "$code"
}
# Counts a call of `marked`, whose number is then $calls.
mark_next() {
    [ -n "$marks" ] || [ "$heard" = /dev/null ] || marks=$heard
    calls=$((calls + 1))
}

# watch JOB END [NUMBER]: waits for a process until that second, and returns what it did; 124: it has not ended.
# NUMBER is that of its call of `marked`.
watch() {
    start_ticking
    while did=0; wait "$1" || did=$?; [ "$did" -gt 128 ] && kill -0 "$1"; do
        now
        [ "$now" -lt "$2" ] || return 124
    done 2>/dev/null
    case $did in
    -1 | 127) ;;
    *) [ "$did" -gt 128 ] || return "$did" ;;
    esac
    # It may have ended just as `wait` was interrupted: then what it did is still to be heard.
    stop_ticking
    if [ -n "$marks" ]; then
        for mark in "$marks.${3:-none}"-*; do
            [ ! -e "$mark" ] || return "${mark##*-}"
        done
    fi
    for again in 1 2 3; do
        last=0
        wait "$1" || last=$?
        [ "$last" = "$did" ] || break
    done 2>/dev/null
    case $last in -1 | 127) ;; *) did=$last ;; esac
    [ "$did" -ge 0 ] || did=1
    return "$did"
}
# The same, and ends it then, as far as that is allowed.
await() {
    did=0
    watch "$@" || did=$?
    [ "$did" = 124 ] || return "$did"
    below=
    read -r below <"/proc/$1/task/$1/children" || :
    kill -KILL "$1" $below || :
    return 124
} 2>/dev/null

# Runs a command for at most so many seconds. What it printed is in the file $heard, as far as there is room.
bounded() {
    now
    until=$((now + $1))
    shift
    mark_next
    printf '' >"$heard" || heard=/dev/null
    # A shell of ours is waited for: of what sudo made root's it cannot be told whether it still runs.
    marked "$@" >"$heard" 2>&1 </dev/null &
    await "$!" "$until" "$calls"
} 2>/dev/null

# Removes the file. It may have become /dev/null, which root could remove.
unheard() {
    if [ -f "$heard" ]; then
        rm -f "$heard" ${marks:+"$marks".[0-9]*}
    elif [ -n "$marks" ]; then
        rm -f "$marks".[0-9]*
    fi
}

# What the last command printed, or that it did not end.
said() {
    if [ "$1" = 124 ]; then printf 'it did not end in time; '; fi
    [ ! -f "$heard" ] || head -c 4000 "$heard" 2>/dev/null
}

