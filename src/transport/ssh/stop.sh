# Signals the process group of one command of this connection.
# Arguments: signal, mark of the command, process id of the sshd that serves the connection.
#
# Every command's shell is a child of that sshd and leads a process group of its own. The environment of the
# shell, or of a process that it started, identifies it. Linux only: elsewhere there is no /proc, and nothing happens.
signal=$1 mark=$2 sshd=$3

# Sets $parent and $group of a process. The name before them may contain any character.
read_stat() {
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return
    rest=${line##*) }
    rest=${rest#* }
    parent=${rest%% *}
    rest=${rest#* }
    group=${rest%% *}
}

for process in /proc/[0-9]*; do
    read_stat "${process#/proc/}" || continue
    read_stat "$group" || continue
    [ "$parent" = "$sshd" ] || continue
    { tr '\0' '\n' <"$process/environ"; } 2>/dev/null | grep -qxF "FLIPSIDE_RUN=$mark" || continue
    kill -"$signal" -"$group"
    exit
done
