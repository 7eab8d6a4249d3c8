# `up SERVICE…` for scripts that start something. They set `dir`, `file` and `project`.
#
# The console may disconnect at any time: Compose still runs to its end.
trap '' HUP PIPE
say() { printf '%s\n' "$*" 2>/dev/null || :; }

# To replace a container, Compose creates another one whose name begins with the old one's id, then removes the old
# one and renames the new one. If it was ended in between, it would now create a second one of that name, and fail
# because the first still exists.
remove_half_made() { # remove_half_made SERVICE…
    # There is hardly ever one.
    if created=$(listed '' created) && [ "$created" = '[]' ]; then return 0; fi
    docker ps -a --filter status=created --filter "label=com.docker.compose.project=$project" \
        --filter label=com.docker.compose.oneoff=False \
        --format '{{.Label "com.docker.compose.service"}} {{.Names}}' |
        while read -r of half; do
            case " $* " in *" $of "*) ;; *) continue ;; esac
            case $half in ????????????_*) ;; *) continue ;; esac
            case ${half%%_*} in *[!0-9a-f]*) continue ;; esac
            docker rm "$half" >/dev/null && say "removed $half: an earlier attempt created it but never started it"
        done
}

# Sets $hundredths to the uptime of the machine in hundredths of a second; fails if the kernel does not provide it.
hundredths() {
    read -r hundredths _ </proc/uptime || return 1
    case $hundredths in *[!0-9.]* | *.*.* | *.? | '') return 1 ;; *.??) hundredths=${hundredths%.*}${hundredths#*.} ;; *) return 1 ;; esac
} 2>/dev/null

# Sets $started to the time at which the last container was started, if any was and `hundredths` works.
up() {
    remove_half_made "$@" || return
    # Its lines are read here and passed on if there still is a reader: by itself, Compose would end at the first
    # line that it cannot write.
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

