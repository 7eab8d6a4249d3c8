# Brings the archive of a release to this host, once: what is there with the right checksum is not fetched again, and
# what broke off is continued.
#
#   fetch.sh DIR VERSION SHA256 URL [AS] <SECRET
#
# AS says what the standard input is: `bearer`, a token; `basic USER`, that user's password; `header NAME`, the value of
# that header, with which no redirection is followed; `url`, the address itself, which is a secret where it is signed (URL
# is then not used). It is in no process list. The archive becomes DIR/.flipside/archives/SHA256.
#
#   67 it cannot be fetched, and why     76 what was fetched has another checksum
set -u
dir=$1 version=$2 sha=$3 url=$4 as=${5:-}
state=$dir/.flipside
archives=$state/archives
umask 077
mkdir -p "$archives" 2>/dev/null || { echo "$archives cannot be made: $(write_error "$state")" >&2; exit 73; }
there=$archives/$sha part=$archives/$sha.part busy=$archives/$sha.fetching
# One whose console disconnected goes on: two at once would write into one file.
other=
[ ! -f "$busy" ] || read -r other <"$busy" || :
if [ "$other" != "$$" ] && is_script "$other" fetch; then
    echo "the archive of $version is being fetched already (process $other): waiting for it"
    while is_script "$other" fetch; do sleep 0.2; done
fi
{ printf '%s\n' "$$" >"$busy"; } 2>/dev/null || :
trap 'rm -f "$busy"; keep_reserve "$state/reserve"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -f "$there" ] && is_whole "$there" "$sha"; then
    echo "the archive of $version is here: $sha"
    exit 0
fi
rm -f "$there"
# A redirection to another server takes no `Authorization` with it, but it would take any other header.
follow=-L
case $as in 'header '*) follow= ;; esac
# In the configuration of curl a value stands in quotes, where a backslash escapes.
quoted() { printf '%s\n' "$1" | sed 's/[\\"]/\\&/g'; }
secret=
case $as in
'') ;;
*)
    IFS= read -r secret || [ -n "$secret" ] || { echo "the credentials for the archive of $version did not arrive" >&2; exit 67; }
    secret=$(quoted "$secret")
    ;;
esac
case $as in
'') config= ;;
bearer) config="header = \"Authorization: Bearer $secret\"" ;;
'basic '*) config="user = \"$(quoted "${as#basic }"):$secret\"" ;;
'header '*) config="header = \"$(quoted "${as#header }"): $secret\"" ;;
url)
    config="url = \"$secret\""
    set -- "$1" "$2" "$3" ''
    ;;
*) echo "fetch.sh does not know how to use credentials as $as" >&2; exit 64 ;;
esac
# A proxy of this host is used: the archive is elsewhere. A ~/.curlrc is not.
get() { # ARGUMENTS…
    printf '%s\n' "$config" | curl -q -sS -f $follow --proto '=http,https' --connect-timeout 20 --speed-limit 1 --speed-time 60 \
        -K - -o "$part" "$@" 2>"$archives/said.$$" -w '%{http_code}'
}
code=0
if [ -s "$part" ]; then
    status=$(get -C - ${4:+"$4"}) || code=$?
    # A server that cannot continue, or has another file by now: from the beginning.
    case $code:$status in
    33:* | 36:* | 22:416)
        rm -f "$part"
        code=0
        status=$(get ${4:+"$4"}) || code=$?
        ;;
    esac
else
    status=$(get ${4:+"$4"}) || code=$?
fi
said=$(tail -n 1 "$archives/said.$$" 2>/dev/null | head -c 400)
rm -f "$archives/said.$$"
case $code in
0) ;;
22) echo "the archive of $version cannot be fetched: the server answered $status" >&2; exit 67 ;;
23) echo "the archive of $version cannot be written: $(write_error "$archives")" >&2; exit 73 ;;
*) echo "the archive of $version cannot be fetched: ${said#curl: }" >&2; exit 67 ;;
esac
if ! is_whole "$part" "$sha"; then
    sum=$(sha256sum "$part" 2>/dev/null) sum=${sum%% *}
    rm -f "$part"
    echo "the archive of $version has the sha256 $sum, not $sha; it was removed" >&2
    exit 76
fi
on_disk "$part"
mv -f "$part" "$there"
on_disk "$archives"
echo "fetched the archive of $version: $(wc -c <"$there") bytes"
