# Describes a lock file: the seconds since its last heartbeat by this host's own clock, and its identity, which
# differs from any other file of that name. `-` where this host cannot tell. The heartbeat is the file's time.
lock_file() {
    lock_stat=$(stat -c '%Y %i-%Y-%s' "$1" 2>/dev/null) || lock_stat=
    case $lock_stat in
    [0-9]*' '*) echo "$(($(date +%s) - ${lock_stat%% *})) ${lock_stat#* }" ;;
    *) echo '- -' ;;
    esac
}
