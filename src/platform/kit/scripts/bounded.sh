# `bounded SECONDS COMMAND…` for scripts that must end whatever hangs.
#
# `timeout` cannot end what sudo runs, and waits for it; so here the waiting ends, not the command. Each second a
# helper process interrupts `wait`. The scripts set `output` to a file for the command's output.
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

# marked COMMAND…: runs a command, in a process of its own that `watch` waits for. Its exit code becomes part of the
# name of an empty file, since bash loses the exit code if the end of a process and an interruption of `wait` coincide.
calls=0 marks=
marked() {
    code=0
    "$@" || code=$?
    [ -z "$marks" ] || { printf '' >"$marks.$calls-$code"; } 2>/dev/null || :
    exit "$code"
}
# Counts a call of `marked`, whose number is then $calls.
mark_next() {
    [ -n "$marks" ] || [ "$output" = /dev/null ] || marks=$output
    calls=$((calls + 1))
}

# watch JOB END [NUMBER]: waits for a process until the second END and returns its exit code; 124: it has not ended.
# NUMBER is that of its call of `marked`. Its variables have names of their own: `did=0; watch … || did=$?` must find `did`
# as it was.
watch() {
    start_ticking
    while waited=0; wait "$1" || waited=$?; [ "$waited" -gt 128 ] && kill -0 "$1"; do
        now
        [ "$now" -lt "$2" ] || return 124
    done 2>/dev/null
    case $waited in
    -1 | 127) ;;
    *) [ "$waited" -gt 128 ] || return "$waited" ;;
    esac
    # It may have ended just when `wait` was interrupted: then its exit code is still available.
    stop_ticking
    if [ -n "$marks" ]; then
        for mark in "$marks.${3:-none}"-*; do
            [ ! -e "$mark" ] || return "${mark##*-}"
        done
    fi
    for again in 1 2 3; do
        last=0
        wait "$1" || last=$?
        [ "$last" = "$waited" ] || break
    done 2>/dev/null
    case $last in -1 | 127) ;; *) waited=$last ;; esac
    [ "$waited" -ge 0 ] || waited=1
    return "$waited"
}
# await JOB END [NUMBER]: the same, but kills the process at END, as far as that is allowed.
await() {
    awaited=0
    watch "$@" || awaited=$?
    [ "$awaited" = 124 ] || return "$awaited"
    below=
    read -r below <"/proc/$1/task/$1/children" || :
    kill -KILL "$1" $below || :
    return 124
} 2>/dev/null

# bounded SECONDS COMMAND…: runs a command for at most that time. Its output is in the file $output, as far as there is
# room.
bounded() {
    now
    until=$((now + $1))
    shift
    mark_next
    printf '' >"$output" || output=/dev/null
    # It waits for a shell of ours, since it cannot find out whether a process that sudo runs as root still runs.
    marked "$@" >"$output" 2>&1 </dev/null &
    await "$!" "$until" "$calls"
} 2>/dev/null

# Removes the output file. It may have become /dev/null, which root could remove.
remove_output() {
    if [ -f "$output" ]; then
        rm -f "$output" ${marks:+"$marks".[0-9]*}
    elif [ -n "$marks" ]; then
        rm -f "$marks".[0-9]*
    fi
}

# last_output EXIT_CODE: prints the output of the last command, or that it did not end.
last_output() {
    if [ "$1" = 124 ]; then printf 'it did not end in time; '; fi
    [ ! -f "$output" ] || head -c 4000 "$output" 2>/dev/null
}

