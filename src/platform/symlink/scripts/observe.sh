# Observes this host in one round trip. Changes nothing.
#
# Each part begins with a line of ASCII 30 (record separator) and its name. A part that cannot be read is
# omitted, never guessed. `common.sh`, `lock-file.sh`, `host-parts.sh` and `settings.sh` come before this.
#
#   observe.sh carries= dir= project= versions= link= pair= known= archive_before= archive_after= \
#              live_url= live_host= live_connect= live_pem= passive_url= passive_host= passive_connect= passive_pem= \
#              nginx= live_include= passive_include= live_upstream= passive_upstream= pid_file= \
#              manager= color_1= address_1= service_1= color_2= address_2= service_2= health_host=
#
# carries is `app` or `jobs`. With pair=yes, nginx, both entry points and both slots are requested; without, only
# live_url, if it is not empty. known is the checksum of the configuration of nginx that was sent before. address_1 and
# address_2 are URLs. manager says how services are asked: nothing; `commands`, where service_1 and service_2 are command
# lines; or the command line of `systemctl`, where they are units. archive_before and archive_after are what is before and
# after the name of a release in the path of its archive, where that is on this host.
set -u
# The output is collected and written at once, since each line written by itself is a packet of its own.
observe() {
    state=$dir/.flipside serves=$carries
    # Without a pair there is no include, and nothing of nginx is asked.
    if [ "$pair" != yes ]; then carries=jobs; fi
    state_parts
    show live-version "$state/live-version"
    show previous-version "$state/previous-version"
    # With a pair the passive include says it.
    if [ "$pair" != yes ]; then show passive-color "$state/passive-color"; fi
    link_part
    versions_part
    records_part hooks "$state/hooks"
    records_part started "$state/started"
    records_part configs "$state/configs"
    config_values_part
    slots_part
    archives_part
    uploads_part
    offered_part
    part files
    if [ "$carries" = app ]; then sha256sum "$live_include" "$passive_include" 2>/dev/null; fi
    disk_part
    if [ "$carries" = app ]; then proxy_parts; fi
    setup_parts
    if [ "$pair" = yes ]; then services_part; fi
    answers_part
    part end
}

# The link to the live version: its text, then where it leads with all links followed: a directory beside the others
# (`here VERSION`), another place (`elsewhere PATH`), or nowhere (`broken`).
link_part() {
    if [ -L "$dir/$link" ]; then
        part link
        printf 'text %s\n' "$(readlink "$dir/$link")"
        real=$(readlink -f "$dir/$link" 2>/dev/null)
        if [ -z "$real" ] || [ ! -d "$real" ]; then
            echo broken
        elif [ "${real%/*}" -ef "$dir/$versions" ]; then
            printf 'here %s\n' "${real##*/}"
            # When another tool swung it.
            recorded=
            [ ! -f "$state/live-version" ] || read -r recorded <"$state/live-version" || :
            if [ "$recorded" != "${real##*/}" ]; then
                part link-at
                stat -c %Y "$dir/$link" 2>/dev/null
            fi
        else
            printf 'elsewhere %s\n' "$real"
        fi
    elif [ -e "$dir/$link" ]; then
        part no-link
        if [ -d "$dir/$link" ]; then echo directory; else echo file; fi
    fi
}

# One line for each version: its name, the sha256 that it was unpacked from and when, each `-` where it is not recorded.
# Deployer marks a release that must not be used.
versions_part() {
    part versions
    for directory in "$dir/$versions"/*; do
        name=${directory##*/}
        case $name in *[!A-Za-z0-9._-]* | -*) continue ;; esac
        [ -d "$directory" ] && [ ! -L "$directory" ] || continue
        sha= at=
        [ ! -f "$state/releases/$name" ] || read -r sha at <"$state/releases/$name" || :
        marked=
        if [ -e "$directory/BAD_RELEASE" ] || [ -e "$directory/DIRTY_RELEASE" ]; then marked=' bad'; fi
        printf '%s %s %s%s\n' "$name" "${sha:--}" "${at:--}" "$marked"
    done
}

# records_part NAME DIRECTORY: one line for each file: its name and its first line. A record of something that has
# started is followed by `running` if its process still runs.
records_part() {
    part "$1"
    for file in "$2"/*; do
        case $file in *.new) continue ;; esac
        [ -f "$file" ] || continue
        line=
        IFS= read -r line <"$file" || :
        runs=
        case $line in
        'started '* | 'starting '*)
            if is_script "${line##* }" hook || is_script "${line##* }" slot; then runs=' running'; fi
            ;;
        esac
        printf '%s %s%s\n' "${file##*/}" "$line" "$runs"
    done
}

# The values of the configurations that were written for what is live and for what is in a slot: `version VERSION`, then a
# checksum and the name of each value. Of one alone nothing is compared.
config_values_part() {
    configured=
    for leads in "$dir/$link" "$state"/slots/*; do
        [ -L "$leads" ] || continue
        name=$(readlink "$leads") name=${name%/} name=${name##*/}
        case $name in '' | *[!A-Za-z0-9._-]*) continue ;; esac
        case " $configured " in *" $name "*) continue ;; esac
        [ ! -f "$state/configs/$name" ] || configured="$configured $name"
    done
    case $configured in ' '*' '*) ;; *) return 0 ;; esac
    part config-values
    for name in $configured; do
        printf 'version %s\n' "$name"
        sed 1d "$state/configs/$name"
    done
}

# One line for each slot: its color, whether it leads to a version (`here`) or not (`broken`), and the link's text.
slots_part() {
    part slots
    for slot in "$state"/slots/*; do
        [ -L "$slot" ] || continue
        if [ -d "$slot" ]; then leads=here; else leads=broken; fi
        printf '%s %s %s\n' "${slot##*/}" "$leads" "$(readlink "$slot")"
    done
}

# The checksums of the archives that are complete.
archives_part() {
    part archives
    for archive in "$state"/archives/*; do
        case ${archive##*/} in *[!0-9a-f]*) continue ;; esac
        [ ! -f "$archive" ] || printf '%s\n' "${archive##*/}"
    done
}

# The uploads that broke off: the archive's checksum and how many bytes are here.
uploads_part() {
    part uploads
    for upload in "$state"/archives/*.upload; do
        sha=${upload##*/} sha=${sha%.upload}
        [ ! -f "$upload" ] || printf '%s %s\n' "$sha" "$(($(wc -c <"$upload")))"
    done
}

# The newest archives at the source, each with the first lines of its checksum file: `archive RELEASE`, `sum LINE`.
offered_part() {
    [ -n "$archive_before" ] || return 0
    part offered
    ls -1td -- "$archive_before"*"$archive_after" 2>/dev/null | head -n 80 | {
        count=0
        while IFS= read -r archive && [ "$count" -lt 40 ]; do
            name=${archive#"$archive_before"} name=${name%"$archive_after"}
            case $name in '' | *[!A-Za-z0-9._-]* | *.sha256) continue ;; esac
            [ -f "$archive" ] || continue
            count=$((count + 1)) lines=0
            printf 'archive %s\n' "$name"
            [ -f "$archive.sha256" ] || continue
            while [ "$lines" -lt 8 ] && { IFS= read -r line || [ -n "$line" ]; }; do
                printf 'sum %.300s\n' "$line"
                lines=$((lines + 1))
            done <"$archive.sha256"
            # An empty file is a file.
            [ "$lines" -gt 0 ] || echo 'sum '
        done
    }
}

# The state of both services. With systemd one block of properties for each unit, in the order of the colors; otherwise
# one line `COLOR EXIT_CODE`.
services_part() {
    case $manager in
    '') return ;;
    commands)
        part services
        # Where there is a `timeout`, a command that hangs does not make the host unobservable.
        limit='timeout 5'
        timeout 5 true 2>/dev/null || limit=
        $limit sh -c "$service_1" >/dev/null 2>&1 </dev/null
        printf '%s %s\n' "$color_1" "$?"
        $limit sh -c "$service_2" >/dev/null 2>&1 </dev/null
        printf '%s %s\n' "$color_2" "$?"
        ;;
    *)
        part services
        eval "$manager show --property=LoadState --property=ActiveState --property=SubState --property=Result" \
            '-- "$service_1" "$service_2"' 2>/dev/null </dev/null
        printf '\nexit %s\n' "$?"
        ;;
    esac
}

# What the entry points answer, and each slot at its own address, in one process: the part `answer-COLOR-end` has the
# status.
answers_part() {
    if [ "$pair" = yes ]; then
        set -- -s -m 2 -o /dev/null -D - -H 'Connection: close' ${health_host:+-H "Host: $health_host"} \
            -w "${rs}answer-$color_1-end\n%{http_code} %{time_total} %{exitcode} %{errormsg}\n${rs}answer-$color_2\n" "$address_1" \
            --next -s -m 2 -o /dev/null -D - -H 'Connection: close' ${health_host:+-H "Host: $health_host"} \
            -w "${rs}answer-$color_2-end\n%{http_code} %{time_total} %{exitcode} %{errormsg}\n" "$address_2"
        if [ "$carries" = app ]; then
            part live-answer
            entry_points "answer-$color_1" "$@"
        else
            part "answer-$color_1"
            ask "$@" 2>/dev/null </dev/null
        fi
    elif [ "$serves" = app ] && [ -n "$live_url" ]; then
        part live-answer
        ask -s -m 2 -o /dev/null -D - -H 'Connection: close' ${live_host:+-H "Host: $live_host"} \
            ${live_connect:+--connect-to "$live_connect"} ${live_ca:+--cacert "$live_ca"} \
            -w "${rs}live-answer-end\n%{http_code} %{time_total} %{exitcode} %{errormsg}\n" "$live_url" 2>/dev/null </dev/null
    fi
}

pair= project= known= archive_before= archive_after= nginx= live_include= passive_include= live_upstream= passive_upstream= pid_file=
live_url= live_host= live_connect= live_pem= passive_url= passive_host= passive_connect= passive_pem=
manager= color_1= address_1= service_1= color_2= address_2= service_2= health_host=
settings "$@"
trust_both "$live_pem" "$passive_pem"
observation=$(observe)
printf '%s\n' "$observation"
