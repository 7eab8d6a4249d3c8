# `up SERVICE…`, put before the scripts that start something. They set `dir`, `file` and `project`.
#
# The console may go away at any line that is printed here: Compose goes on to its end all the same.
trap '' HUP PIPE
say() { printf '%s\n' "$*" 2>/dev/null || :; }

# In place of a container Compose makes another, with the old one's id before its name, then removes the old
# one and renames the new. Had it ended in between, it would now make one more of that name, and fail because
# the first is not gone yet.
remove_half_made() { # remove_half_made SERVICE…
    # Hardly ever is there one.
    if created=$(listed '' created) && [ "$created" = '[]' ]; then return 0; fi
    docker ps -a --filter status=created --filter "label=com.docker.compose.project=$project" \
        --filter label=com.docker.compose.oneoff=False \
        --format '{{.Label "com.docker.compose.service"}} {{.Names}}' |
        while read -r of half; do
            case " $* " in *" $of "*) ;; *) continue ;; esac
            case $half in ????????????_*) ;; *) continue ;; esac
            case ${half%%_*} in *[!0-9a-f]*) continue ;; esac
            docker rm "$half" >/dev/null && say "removed $half: an earlier attempt made it, and never started it"
        done
}

# Sets $hundredths to the time since the machine was started, in hundredths of a second; fails where the kernel does not say it.
hundredths() {
    read -r hundredths _ </proc/uptime || return 1
    case $hundredths in *[!0-9.]* | *.*.* | *.? | '') return 1 ;; *.??) hundredths=${hundredths%.*}${hundredths#*.} ;; *) return 1 ;; esac
} 2>/dev/null

# Sets $started to when the last container was started, if any was and the machine tells the time.
up() {
    remove_half_made "$@" || return
    # Its lines are read here, and passed on where somebody still listens: by itself it would end at the
    # first line that nobody takes.
    exec 4>&1
    came=$({ {
        compose -p "$project" --project-directory "$dir" -f "$dir/$file" \
            up -d --no-deps --no-build --pull never "$@" </dev/null 2>&1 3>&- 4>&- || echo "failed $?" >&3
    } | while IFS= read -r line; do
        say "$line"
        case $line in *' Started'*) ! hundredths || echo "started $hundredths" >&3 ;; esac
    done >&4; } 3>&1)
    started=${came##*started } failed=${came##*failed }
    case $came in *started*) started=${started%%[!0-9]*} ;; *) started= ;; esac
    case $came in *failed*) return "${failed%%[!0-9]*}" ;; esac
}

