# Renews the lease of this run's lock: its file's time is the heartbeat. `fence.sh` comes before this.
# It never makes a file; should another take the lock at this very moment, theirs is new anyway.
#
#   renew.sh DIR
touch -c "$1/.flipside/lock"
