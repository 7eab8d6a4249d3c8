# The checks of a host that do not depend on the platform, for scripts that check one. `common.sh` and `bounded.sh` come before
# this. The script sets the variables of an observation, and `observation` to what it answered.
#
# Each check is one line: NAME tab WORD tab DETAIL.
report() { printf '%s\t%s\t%s\n' "$1" "$2" "$(printf '%.16000s' "${3:-}" | tr '\n\t' '  ')"; }
# The same for a message of another program, of which only as much as a person reads is sent.
report_short() { report "$1" "$2" "$(printf '%.600s' "${3:-}")"; }
# What hangs is given up after 10 s, even if sudo runs it as root.
output=/dev/null
for directory in "${XDG_RUNTIME_DIR:-}" /dev/shm "${TMPDIR:-/tmp}"; do
    [ -d "$directory" ] && [ -w "$directory" ] && output=$(mktemp "$directory/flipside-doctor.XXXXXX") && break
done
trap 'forget; stop_ticking; remove_output' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
limited() { bounded 10 "$@"; }
quietly() { "$@" 2>/dev/null; }
first() { last_output 0 | head -n 1; }

login_part() {
    report user is "$(id -un)"
    report shell is "${SHELL:-unknown}"
}

# tools_part URLS TOOL…: the tools that are missing. URLS decide whether curl needs TLS.
tools_part() {
    urls=$1 missing=
    shift
    for tool; do
        command -v "$tool" >/dev/null || missing="$missing $tool"
    done
    readlink -f / >/dev/null 2>&1 || missing="$missing readlink-f"
    case $urls in
    *https:*) curl -q -V 2>/dev/null | grep -q '^Protocols:.* https' || missing="$missing curl-with-https" ;;
    esac
    report tools missing "${missing# }"
}

# Whether a file can be written to the state directory.
state_part() {
    [ -d "$dir" ] || return 0
    probe=$dir/.flipside/doctor.$$
    if wrong=$( (umask 022 && mkdir -p "$dir/.flipside" && echo doctor >"$probe") 2>&1); then report state ok; else report_short state refused "$wrong"; fi
    rm -f "$probe"
}

# The sudoers rule for nginx needs the full path of the program.
by_sudo() {
    shift
    as=root
    while [ $# -gt 0 ]; do
        case $1 in -u) as=$2; shift 2 ;; -*) shift ;; *) break ;; esac
    done
    program=$(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH; command -v "$1") || program=$1
    shift
    report sudoers "$as" "$program${*:+ $*}"
}

# nginx_part ADDRESS…: whether nginx may be tested and reloaded and reads the includes, and who listens at these addresses.
nginx_part() {
    refused=
    case $nginx in
    'sudo '* | */'sudo '*)
        by_sudo $nginx
        for arguments in -t -T '-s reload'; do
            limited "${nginx%% *}" -n -l ${nginx#* } $arguments || refused="$refused, $arguments"
        done
        report sudo refused "${refused#, }"
        ;;
    esac
    if read -r master <"$pid_file" && [ -d "/proc/$master" ]; then report nginx runs "$master"; else report nginx stopped "$pid_file"; fi 2>/dev/null
    code=0
    limited $nginx -t || code=$?
    if [ "$code" = 0 ]; then
        report config ok
    else
        refusal=$(last_output "$code")
        report_short config refused "$(printf '%s\n' "$refusal" | grep -m 1 -F '[emerg]' || printf '%s' "$refusal")"
    fi
    # A file that is mounted alone into a container never changes there when it is replaced on the host.
    case $nginx in
    'docker exec '* | 'sudo -n docker exec '*)
        inside=${nginx% *}
        for file in "$live_include" "$passive_include"; do
            here=$(sha256sum <"$file")
            limited $inside sha256sum "$file" || :
            there=$(first)
            if [ "${here%% *}" = "${there%% *}" ]; then report mount same "$file"; else report mount differs "$file"; fi
        done
        ;;
    esac
    # Files by their real paths, so that a link is not taken for another file.
    report real "$live_include" "$(readlink -f "$live_include")"
    report real "$passive_include" "$(readlink -f "$passive_include")"
    printf '%s\n' "$observation" | sed -n 's/^# configuration file \(\/.*\):$/\1/p' |
        while IFS= read -r file; do report reads "$file" "$(readlink -f "$file")"; done
    for address; do
        hex=$(printf '%04X' "${address##*:}")
        if cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$hex" 'substr($2, length($2) - 4) == port && $4 == "0A" { found = 1 } END { exit !found }'; then
            report port taken "$address"
        else
            report port free "$address"
        fi
    done
}
