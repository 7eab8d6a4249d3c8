# Creates directories for the user that runs this. Existing ones are not changed.
#
#   directories.sh DIRECTORY…            73 one could not be created, or is not writable
set -u
for directory in "$@"; do
    [ -d "$directory" ] || mkdir -p "$directory" 2>/dev/null ||
        sudo -n install -d -o "$(id -un)" -g "$(id -gn)" "$directory" ||
        { echo "$directory could not be created, neither by $(id -un) nor with sudo" >&2; exit 73; }
    [ -w "$directory" ] || { echo "$directory exists and is not writable for $(id -un)" >&2; exit 73; }
    echo "$directory exists"
done
