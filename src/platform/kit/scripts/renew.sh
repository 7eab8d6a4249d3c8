# Renews the lease of this run's lock: the time of its file is the heartbeat. `fence.sh` comes before this. It
# never creates a file. If another run takes the lock at this very moment, that lock is new anyway.
#
#   renew.sh DIR
touch -c "$1/.flipside/lock"
