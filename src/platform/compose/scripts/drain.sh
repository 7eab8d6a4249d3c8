# Waits until no worker of an earlier configuration is left, or the limit is reached.
#
#   drain.sh PID_FILE SECONDS
set -u
pid_file=$1 seconds=$2
now
end=$((now + seconds)) seen=
while :; do
    count=0
    if read -r master <"$pid_file" && [ -r "/proc/$master/task/$master/children" ]; then
        workers=
        read -r workers <"/proc/$master/task/$master/children" || :
        for worker in $workers; do
            title=
            read -r title <"/proc/$worker/cmdline" || :
            case $title in *'shutting down'*) count=$((count + 1)) ;; esac
        done
    else
        echo "the workers of nginx cannot be seen here; waiting is left to the limit of stop"
        exit 0
    fi 2>/dev/null
    [ "$count" = 0 ] && { echo "no old worker is left"; exit 0; }
    [ "$count" = "$seen" ] || echo "$count old workers still finish their requests"
    seen=$count
    now
    [ "$now" -ge "$end" ] && { echo "the limit of $seconds s is reached with $count old workers left"; exit 0; }
    sleep 0.2
done
