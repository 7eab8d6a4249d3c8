# Checks everything that a release needs on this host, in one round trip. It changes nothing but one file of its own in the
# state directory, which it removes. It does not wait long for anything, and reports what hangs. `observe.sh`, whose output
# comes first, `bounded.sh` and `doctor-parts.sh` come before this.
#
#   doctor.sh carries= dir= project= versions= link= pair= known= archive_before= archive_after= \
#             live_url= live_host= live_connect= live_pem= passive_url= passive_host= passive_connect= passive_pem= \
#             nginx= live_include= passive_include= live_upstream= passive_upstream= pid_file= \
#             manager= color_1= address_1= service_1= color_2= address_2= service_2= health_host= \
#             archive= python= python_config= programs= systemctl=
#
# archive is the address or the path of an archive that need not exist; empty: archives are uploaded. python is that of
# yodeploy, and python_config its configuration. programs are those of the inventory's commands, one a line. systemctl is the
# command that starts and stops units, if it needs sudo.
printf '\036doctor\n'
login_part
tools_part "$live_url $passive_url $archive" \
    curl tar gzip sha256sum awk find head tail tr wc mv ln readlink mktemp date df cmp
state_part
if [ -d "$dir" ]; then
    if [ ! -d "$dir/$versions" ]; then report versions absent "$dir/$versions"
    elif [ -w "$dir/$versions" ]; then report versions writable "$dir/$versions"
    else report versions closed "$dir/$versions"; fi
fi

case $archive in
http://* | https://*)
    answer=$(ask -s -S -m 8 -o /dev/null -w ' %{http_code}' "$archive" 2>&1 </dev/null)
    report_short archive "${answer##* }" "${answer% *}"
    ;;
/*) if [ -r "${archive%/*}" ]; then report archive here "${archive%/*}"; else report archive absent "${archive%/*}"; fi ;;
esac

if [ -n "$python" ]; then
    if ! command -v "$python" >/dev/null; then
        report python absent "$python"
    elif code=0; limited "$python" -c 'import yodeploy' || code=$?; [ "$code" = 0 ]; then
        report python ok
    else
        report_short python refused "$(last_output "$code")"
    fi
    if [ -r "$python_config" ]; then report python-config ok; else report python-config absent "$python_config"; fi
fi

printf '%s\n' "$programs" | while IFS= read -r program; do
    # One that is relative to a version can only be found in it.
    case $program in '' | [!/]*/*) continue ;; esac
    if command -v "$program" >/dev/null; then report program is "$program"; else report program absent "$program"; fi
done

if [ -n "$systemctl" ]; then
    refused=
    for unit in "$service_1" "$service_2"; do
        for verb in start stop; do
            limited "${systemctl%% *}" -n -l ${systemctl#* } "$verb" -- "$unit" || refused="$refused, $verb $unit"
        done
    done
    report units refused "${refused#, }"
fi

if [ "$pair" = yes ] && [ "$carries" = app ]; then
    server_1=${address_1#*://} server_2=${address_2#*://}
    nginx_part "${server_1%%/*}" "${server_2%%/*}"
fi
report clock is "$(clock)"
report end is
