# Makes directories for whoever runs this. One that is there is left as it is.
#
#   places.sh DIRECTORY…            73 one could not be made, or may not be written into
set -u
for directory in "$@"; do
    [ -d "$directory" ] || mkdir -p "$directory" 2>/dev/null ||
        sudo -n install -d -o "$(id -un)" -g "$(id -gn)" "$directory" ||
        { echo "$directory could not be made by $(id -un), nor through sudo" >&2; exit 73; }
    [ -w "$directory" ] || { echo "$directory is there, and $(id -un) may not write into it" >&2; exit 73; }
    echo "$directory is there"
done
