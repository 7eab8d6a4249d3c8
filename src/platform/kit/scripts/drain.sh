# Waits until all workers of earlier configurations have ended, or the time limit is reached.
#
#   drain.sh PID_FILE SECONDS
set -u
pid_file=$1 seconds=$2
now
end=$((now + seconds)) previous=
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
        echo "the workers of nginx cannot be observed; stopping the color waits for open requests instead"
        exit 0
    fi 2>/dev/null
    [ "$count" = 0 ] && { echo "all old workers have ended"; exit 0; }
    [ "$count" = "$previous" ] || echo "$count old workers still finish their requests"
    previous=$count
    now
    [ "$now" -ge "$end" ] && { echo "$count old workers still run after $seconds s, the time limit"; exit 0; }
    sleep 0.2
done
