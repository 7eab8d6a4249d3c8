# Requests one URL and checks the answer.
#
#   check.sh URL HOST SECONDS STATUSES [CONDITION…]      1 the check failed
#
# Each condition is three words: first perhaps `tls CONNECT PEM`, then any of `header NAME VALUE` and `body TEXT ''`.
set -u
url=$1 host=$2 seconds=$3 statuses=$4
shift 4
head=$(mktemp) body=$(mktemp)
trap 'rm -f "$head" "$body"; forget' EXIT
# dash and busybox do not run the EXIT trap when a signal ends them.
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
if [ "${1:-}" = tls ]; then
    connect=$2
    trust "$3"
    shift 3
fi
code=$(ask_entry_point -s -S -m "$seconds" -D "$head" -o "$body" -w '%{http_code}' ${host:+-H "Host: $host"} "$url") ||
    { echo "$url does not answer" >&2; exit 1; }
echo "$url answers $code"
case $code in
2??) [ -z "$statuses" ] && statuses=$code ;;
esac
case " $statuses " in
*" $code "*) ;;
*) echo "answered $code, wanted ${statuses:-200 to 299}" >&2; exit 1 ;;
esac
while [ $# -ge 3 ]; do
    case $1 in
    header)
        found=$(awk -v name="$2" '{ sub(/\r$/, ""); at = index($0, ":") }
            at && tolower(substr($0, 1, at - 1)) == tolower(name) { print substr($0, at + 2, 300); exit }' "$head")
        echo "$2: $found"
        [ "$found" = "$3" ] || { echo "answered $2: $found, wanted $3" >&2; exit 1; }
        ;;
    body) grep -qF -- "$2" "$body" || { echo "the body does not contain: $2" >&2; exit 1; } ;;
    esac
    shift 3
done
