# The parts of an observation that do not depend on the platform, for scripts that observe a host. `common.sh` and
# `lock-file.sh` come before this.
#
# The script sets `carries`, `dir`, `state`, `project`, `nginx`, `live_include`, `passive_include`, `live_upstream`,
# `passive_upstream`, `pid_file`, `known`, and for each of the entry points `live` and `passive` its `_url`, `_host`,
# `_connect` and `_ca`. A function that finds something missing sets `incomplete`.
rs=$(printf '\036')
part() { printf '%s%s\n' "$rs" "$1"; }
# Prints a file with the shell alone, without starting a process.
show() {
    [ -f "$2" ] && [ -r "$2" ] || return 0
    part "$1"
    while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "$line"; done <"$2"
}

# Prints the state of a directory that scripts write to: `writable`, `not-writable`, or, if it does not exist,
# `creatable` or `needs-root`.
directory() {
    if [ -w "$1" ] && [ -d "$1" ]; then echo "writable $1"; return; fi
    incomplete=yes above=$1
    if [ -e "$1" ]; then echo "not-writable $1"; return; fi
    while [ ! -e "$above" ]; do above=${above%/*} above=${above:-/}; done
    if [ -w "$above" ]; then echo "creatable $1"; else echo "needs-root $1"; fi
}

# Prints why a command failed: it is `absent`, sudo `denied` it, or it ran and `failed`.
why_it_failed() {
    by= words=
    case $1 in
    sudo | */sudo)
        by=$1
        shift
        words=$*
        while [ $# -gt 0 ]; do
            case $1 in -u | -g) shift 2 ;; -*) shift ;; *) break ;; esac
        done
        ;;
    esac
    if ! (PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; command -v "$1") >/dev/null 2>&1; then
        echo absent
    elif [ -n "$by" ] && ! "$by" -n -l $words -T >/dev/null 2>&1; then
        echo denied
    else
        echo failed
    fi
}

# The host itself, and what Flipside recorded in DIR/.flipside.
state_parts() {
    incomplete=
    part clock
    clock
    part machine
    # If the kernel provides it in a file, no process is started.
    if [ -r /proc/sys/kernel/arch ]; then read -r arch </proc/sys/kernel/arch && echo "$arch"; else uname -m; fi
    part directories
    directory "$dir"
    if [ "$carries" = app ]; then
        directory "${live_include%/*}"
        [ "${passive_include%/*}" = "${live_include%/*}" ] || directory "${passive_include%/*}"
    fi
    if [ ! -d "$dir" ]; then
        part missing
        printf '%s\n' "$dir"
    fi
    if [ -e "$state/lock" ] || [ -L "$state/lock" ]; then
        part lock-file
        lock_file "$state/lock"
    fi
    show lock "$state/lock"
    show lock-count "$state/lock-count"
    show pulled "$state/pulled"
    show verified "$state/verified"
    show change "$state/change"
    show frozen "$state/frozen"
    show withdrawn "$state/withdrawn"
    show returning "$state/returning"
    # The mark of a running or interrupted switch, and whether its process still runs.
    if [ -f "$state/switching" ]; then
        part switching
        line= pid=
        { read -r line && read -r pid; } <"$state/switching"
        printf '%s\n' "$line"
        if is_script "$pid" switch || is_script "$pid" swing; then echo running; fi
    fi 2>/dev/null
    show live-color "$dir/live-color"
}

disk_part() {
    part disk
    above=$dir
    while [ ! -d "$above" ]; do above=${above%/*} above=${above:-/}; done
    df -Pk "$above"
}

# Both includes, and what nginx says that it is configured for.
proxy_parts() {
    show live-include "$live_include"
    show passive-include "$passive_include"
    part nginx
    if dump=$($nginx -T 2>/dev/null </dev/null); then
        case $dump in *"$rs"*) dump=$(printf '%s' "$dump" | tr -d '\036') ;; esac
        sum=$(printf '%s\n' "$dump" | sha256sum) sum=${sum%% *}
        if [ "$sum" = "$known" ]; then
            printf 'same %s\n' "$sum"
        elif [ "${#dump}" -gt 2000000 ]; then
            printf 'long %s\n' "${#dump}"
        else
            printf 'dump %s\n%s\n' "$sum" "$dump"
            for upstream in "$live_upstream" "$passive_upstream"; do
                case $dump in *"//$upstream"* | *"_pass $upstream"*) ;; *) incomplete=yes ;; esac
            done
        fi
        dump=
    else
        message=$($nginx -T 2>&1 >/dev/null </dev/null)
        code=$? why=$(why_it_failed $nginx)
        printf 'failed %s %s\n%s\n' "$code" "$why" "$message"
        [ "$why" != denied ] || incomplete=yes
    fi
    if [ ! -f "$dir/live-color" ]; then incomplete=yes; fi
    if [ ! -f "$live_include" ] || [ ! -f "$passive_include" ]; then incomplete=yes; fi
    # Counts the workers of earlier configurations that still finish their requests.
    if read -r master <"$pid_file" && [ -r "/proc/$master/task/$master/children" ]; then
        draining=0
        read -r workers <"/proc/$master/task/$master/children" || :
        for worker in $workers; do
            title=
            read -r title <"/proc/$worker/cmdline" || :
            case $title in *'shutting down'*) draining=$((draining + 1)) ;; esac
        done
        part draining
        printf '%s\n' "$draining"
    fi 2>/dev/null
}

# If something is missing: what setup needs to know to provide it, and whether sudo allows it.
may() {
    if [ "$user" != root ]; then
        # The list of rules is checked first: asking sudo for one command can take seconds if names resolve slowly.
        case $rules in *'NOPASSWD: ALL'* | *"/$1"*) sudo -n -l "$@" >/dev/null 2>&1 || return 0 ;; *) return 0 ;; esac
    fi
    printf 'may %s\n' "$*"
}
setup_parts() {
    [ -n "$incomplete" ] || return 0
    site=${live_include%/*}/$project.site hook=/etc/nginx/conf.d/flipside.conf page=/etc/nginx/sites-enabled/default
    if [ "$carries" = app ]; then
        show site "$site"
        show hook "$hook"
    fi
    part setup
    user=$(id -un) group=$(id -gn) rules=
    [ "$user" = root ] || rules=$(sudo -n -l 2>/dev/null)
    printf 'user %s\ngroup %s\n' "$user" "$group"
    [ -d "$dir" ] || may install -d -o "$user" -g "$group" "$dir"
    if [ "$carries" = app ]; then
        for where in "${live_include%/*}" "${passive_include%/*}"; do
            [ -d "$where" ] || may install -d -o "$user" -g "$group" "$where"
        done
        may install -m 644 "$state/hook" "$hook"
        may rm "$page"
        # The welcome page of the package occupies port 80. It may be removed only if it is unmodified.
        if [ -L "$page" ]; then
            real=$(readlink -f "$page")
            sum=$(md5sum "$real" 2>/dev/null)
            dpkg-query -W -f '${Conffiles}\n' nginx-common nginx 2>/dev/null | grep -qF " $real ${sum%% *}" &&
                printf 'page %s\n' "$real"
        fi
    fi
}

# entry_points [NEXT CURL_ARGUMENT…]: requests both entry points in one process, the live one first, and then what the
# arguments say; NEXT is the name of that part. The part `live-answer` must have begun.
entry_points() {
    next=${1:-}
    [ $# = 0 ] || shift
    ask -s -m 2 -o /dev/null -D - -H 'Connection: close' ${live_host:+-H "Host: $live_host"} \
        ${live_connect:+--connect-to "$live_connect"} ${live_ca:+--cacert "$live_ca"} \
        -w "${rs}live-answer-end\n%{http_code} %{time_total} %{exitcode} %{errormsg}\n${rs}passive-answer\n" "$live_url" \
        --next -s -m 2 -o /dev/null -D - -H 'Connection: close' ${passive_host:+-H "Host: $passive_host"} \
        ${passive_connect:+--connect-to "$passive_connect"} ${passive_ca:+--cacert "$passive_ca"} \
        -w "${rs}passive-answer-end\n%{http_code} %{time_total} %{exitcode} %{errormsg}\n${next:+$rs$next\n}" "$passive_url" \
        ${next:+--next} "$@" 2>/dev/null </dev/null
}

# trust_both LIVE_PEM PASSIVE_PEM: sets `live_ca` and `passive_ca`, and removes these files when the script ends.
trust_both() {
    live_ca= passive_ca=
    if [ -n "$1$2" ]; then
        trap forget EXIT
        # dash and busybox do not run the EXIT trap when a signal ends them.
        trap 'exit 129' HUP
        trap 'exit 130' INT
        trap 'exit 141' PIPE
        trap 'exit 143' TERM
        trust "$1"
        live_ca=$ca
        trust "$2"
        passive_ca=$ca
    fi
}

