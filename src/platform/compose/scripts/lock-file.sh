# Describes one lock file: the seconds since its last heartbeat by this host's own clock, and what no
# other file in its place has. `-` where this host cannot say. The heartbeat is the file's time.
lock_file() {
    lock_stat=$(stat -c '%Y %i-%Y-%s' "$1" 2>/dev/null) || lock_stat=
    case $lock_stat in
    [0-9]*' '*) echo "$(($(date +%s) - ${lock_stat%% *})) ${lock_stat#* }" ;;
    *) echo '- -' ;;
    esac
}
