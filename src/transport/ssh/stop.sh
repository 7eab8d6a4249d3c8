# Signals the process group of one command of this connection.
# Arguments: signal, mark of the command, process id of the sshd that serves the connection.
#
# Every command's shell is a child of that sshd and leads a process group of its own. Which of them
# it is, the environment of the shell or of what it started tells. Linux only: elsewhere there is
# no /proc, nothing is found, and nothing happens.
signal=$1 mark=$2 sshd=$3

# Sets $parent and $group of a process. The name that stands before them may hold anything.
look_at() {
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return
    rest=${line##*) }
    rest=${rest#* }
    parent=${rest%% *}
    rest=${rest#* }
    group=${rest%% *}
}

for process in /proc/[0-9]*; do
    look_at "${process#/proc/}" || continue
    look_at "$group" || continue
    [ "$parent" = "$sshd" ] || continue
    { tr '\0' '\n' <"$process/environ"; } 2>/dev/null | grep -qxF "FLIPSIDE_RUN=$mark" || continue
    kill -"$signal" -"$group"
    exit
done
