# Making and ending the switch and the hosts. Sourced by `lab`.
# shellcheck shell=bash
# Descriptor 9 is the lock of `lab`: it is closed for whatever outlives the command.

spawn_init() { # spawn_init DIR UNSHARE_FLAGS -- INIT ARGS…: records the pid of the namespaces' process 1
    local dir=$1 outer
    shift
    rm -f "$dir/made" "$dir/pid"
    setsid unshare --mount --net --pid --ipc --uts --fork --kill-child "$@" </dev/null >"$dir/init.log" 2>&1 9>&- &
    outer=$!
    until_ok 10 pgrep -P "$outer" || { cat "$dir/init.log" >&2; die "no namespaces for $dir"; }
    pgrep -P "$outer" | head -n 1 >"$dir/pid"
}

switch_start() {
    local dir=$LAB_DIR/switch pid
    if ! pid=$(switch_pid); then
        mkdir -p "$dir/mnt"
        spawn_init "$dir" "$LAB_SRC/switch-init" flipside-lab-init "$dir" "$LAB_STORE"
        until_ok 10 test -e "$dir/made" || { cat "$dir/init.log" >&2; die "the switch did not start"; }
        pid=$(switch_pid)
        # The guard: without the lab these addresses must not be looked for on the machine's real network.
        ip route replace unreachable "$LAB_NET.0/24" metric 4242
        ip link delete "$LAB_LINK" 2>/dev/null || true
        ip link add "$LAB_LINK" type veth peer name client netns "$pid"
        ip link set "$LAB_LINK" addrgenmode none
        ip addr add "$LAB_CLIENT/24" dev "$LAB_LINK"
        ip link set "$LAB_LINK" up
        # The bridge gets an address of its own: else it takes the lowest of its ports', and each host that comes
        # or goes would leave everybody with a stale neighbour entry for the registry.
        in_switch ip -batch - <<IP
link set lo up
link add lab0 address 02:fd:00:00:00:01 type bridge
link set lab0 addrgenmode none
addr add $LAB_NET.1/24 dev lab0
link set lab0 up
link set client addrgenmode none
link set client master lab0
link set client up
IP
    fi
    registry_start
}

# A registry that wants a login says 401, and that is an answer.
registry_answers() { curl -s -m 2 -o /dev/null "http://$LAB_REGISTRY/v2/"; }
registry_start() { # registry_start [AUTH]
    registry_answers && return
    local dir=$LAB_DIR/switch pid
    pid=$(switch_pid)
    cat >"$dir/registry.yml" <<YML
version: 0.1
log: {level: info, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $dir/mnt/data}, delete: {enabled: true}}
http: {addr: "$LAB_REGISTRY"}
${1:-}
YML
    setsid nsenter -t "$pid" -m -n -p -- docker-registry serve "$dir/registry.yml" </dev/null >>"$dir/registry.log" 2>&1 9>&- &
    until_ok 15 registry_answers || { tail "$dir/registry.log" >&2; die "the registry did not start"; }
}
registry_stop() {
    nsenter -t "$(switch_pid)" -m -p -- pkill -KILL -x docker-registry || true
    until_ok 5 eval '! registry_answers'
}

# Archives for symlink hosts, over HTTP. `/slow/` serves the same at 200 kB/s, `/private/` to
# those who bear a token. The directory is a test's to change.
artifacts_answer() { curl -s -m 2 -o /dev/null "http://$LAB_ARTIFACTS/"; }
artifacts_start() {
    artifacts_answer && return
    local dir=$LAB_DIR/switch vars
    vars=$(./artifacts "$LAB_APP") || return
    eval "$vars"
    rm -rf "$LAB_DIR/artifacts"
    cp -a "$LAB_ARTIFACT_STORE" "$LAB_DIR/artifacts"
    rm "$LAB_DIR/artifacts/complete"
    cat >"$dir/artifacts.conf" <<CONF
user root; worker_processes 1; daemon off; pid $dir/artifacts.pid;
events {}
http {
    access_log off; client_body_temp_path $dir/body; proxy_temp_path $dir/proxy; fastcgi_temp_path $dir/fastcgi;
    uwsgi_temp_path $dir/uwsgi; scgi_temp_path $dir/scgi;
    server {
        listen $LAB_ARTIFACTS;
        root $LAB_DIR/artifacts;
        autoindex on;
        location /slow/ { alias $LAB_DIR/artifacts/; limit_rate 200k; }
        location /private/ {
            if (\$http_authorization != "Bearer open-sesame") { return 401; }
            alias $LAB_DIR/artifacts/;
        }
    }
}
CONF
    setsid nsenter -t "$(switch_pid)" -m -n -p -- nginx -e "$dir/artifacts.log" -c "$dir/artifacts.conf" </dev/null >>"$dir/artifacts.log" 2>&1 9>&- &
    until_ok 10 artifacts_answer || { tail "$dir/artifacts.log" >&2; die "the archives are not served"; }
}

# One address a host, given once and kept while the lab exists.
host_define() {
    local name=$1 dir=$LAB_DIR/hosts/$1 n=11 used
    [[ $name =~ ^[a-z][a-z0-9-]{0,14}$ ]] || die "not a host name for the lab: $name"
    [ ! -f "$dir/ip" ] || return 0
    mkdir -p "$dir"
    used=$(cat "$LAB_DIR"/hosts/*/ip 2>/dev/null || true)
    while grep -qx "$LAB_NET.$n" <<<"$used"; do n=$((n + 1)); done
    echo "$LAB_NET.$n" >"$dir/ip"
}

host_start() { # host_start NAME [--bare]
    local name=$1 bare=${2:-} dir=$LAB_DIR/hosts/$1 ip n pid
    ip=$(host_ip "$name")
    n=${ip##*.}
    host_kill "$name"
    rm -rf "$dir/disk.img" "$dir/ready"
    mkdir -p "$dir"/{disk,root}
    truncate -s "$LAB_DISK" "$dir/disk.img"
    mkfs.ext4 -q -F -m 0 -O ^has_journal -E lazy_itable_init=1,nodiscard "$dir/disk.img"
    spawn_init "$dir" "$LAB_SRC/host/init" flipside-lab-init "$dir" "$name" "$LAB_CACHE/compose"
    pid=$(cat "$dir/pid")
    in_switch ip link delete "p-$n" 2>/dev/null || true
    # A MAC address of its own kind: a host that is made anew is found at once, with no stale neighbour entry.
    in_switch ip link add "p-$n" type veth peer name eth0 address "$(printf '02:fd:00:00:00:%02x' "$n")" netns "$pid"
    in_switch ip -batch - <<IP
link set p-$n addrgenmode none
link set p-$n master lab0
link set p-$n up
IP
    # No default route: a host reaches the lab and nothing else.
    nsenter -t "$pid" -n ip -batch - <<IP
link set lo up
link set eth0 addrgenmode none
addr add $ip/24 dev eth0
link set eth0 up
IP
    until_ok 15 nsenter -t "$pid" -m test -e /run/host-is-made || { cat "$dir/init.log" >&2; die "$name: no root file system"; }
    host_files "$name"
    in_host "$name" /usr/local/lab/setup "$name" "$ip" "$LAB_REGISTRY" "$LAB_CGROUP"
    # shellcheck disable=SC2046 # words
    in_host "$name" timeout 120 /usr/local/lab/services start sshd nginx $(engine "$name")
    in_host "$name" cat /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f1-2 >"$dir/hostkey"
    if [ -z "$bare" ]; then host_app "$name" install; fi
    : >"$dir/ready"
}

engine() { is_linked "$1" || echo docker; }
host_app() { # host_app NAME install|again|clear: the app as on the first day, or gone
    if is_linked "$1"; then
        in_host "$1" timeout 120 /usr/local/lab/linked "$2" "http://$LAB_ARTIFACTS" "$LAB_CGROUP"
    else
        in_host "$1" timeout 120 /usr/local/lab/app "$2" "$LAB_REGISTRY"
    fi
}

host_files() { # what the scripts inside a host work with
    local name=$1
    tar -C "$LAB_SRC" -cf - files host/setup host/services host/app host/linked --transform 's|^host/||' |
        in_host "$name" sh -c 'mkdir -p /usr/local/lab && exec tar -C /usr/local/lab -xf - --no-same-owner'
    # By a pipe, not by a file of the lab: hosts are made side by side, and one would read what another
    # has only begun to write. A host that does not know its own name has sudo wait 5 s for a name server.
    {
        echo "127.0.0.1 localhost"
        echo "$LAB_NET.1 registry"
        hosts | while read -r h; do echo "$(host_ip "$h") $h"; done
    } | in_host "$name" sh -c 'cat >/usr/local/lab/hosts'
    in_host "$name" sh -c 'cat >/usr/local/lab/authorized_keys' <"$LAB_DIR/id_ed25519.pub"
    in_host "$name" sh -c 'cat >/usr/local/lab/shop && chmod 755 /usr/local/lab/shop' <"$LAB_APP"
}

host_kill() { # process 1 takes all of the host with it: processes, mounts, loop device, network
    kill_marked "flipside-lab-init $LAB_DIR/hosts/$1( |\$)"
}
kill_marked() { # kill_marked PATTERN: by the mark, not by recorded pids, so that a killed run's are found too
    local pid pids
    pids=$(pgrep -f "$1" || true)
    for pid in $pids; do kill -KILL "$pid" 2>/dev/null || true; done
    for pid in $pids; do until_ok 20 test ! -e "/proc/$pid" || die "process $pid does not end"; done
}

client_files() { # the key, and ssh's configuration for all hosts
    local h
    : >"$LAB_DIR/known_hosts"
    : >"$LAB_DIR/ssh_config"
    for h in $(hosts); do
        [ -f "$LAB_DIR/hosts/$h/hostkey" ] || continue
        echo "$h,$(host_ip "$h") $(cat "$LAB_DIR/hosts/$h/hostkey")" >>"$LAB_DIR/known_hosts"
        cat >>"$LAB_DIR/ssh_config" <<SSH
Host $h
    HostName $(host_ip "$h")
SSH
    done
    cat >>"$LAB_DIR/ssh_config" <<SSH
Host *
    User deploy
    IdentityFile $LAB_DIR/id_ed25519
    IdentitiesOnly yes
    UserKnownHostsFile $LAB_DIR/known_hosts
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    BatchMode yes
    ConnectTimeout 5
SSH
}

fleet_kill() {
    kill_marked "flipside-lab-init $LAB_DIR/"
    ip link delete "$LAB_LINK" 2>/dev/null || true
    # The containers' groups are empty now; the kernel may need a moment to agree.
    until_ok 10 no_cgroups || say "control groups are left: $(cgroup_dirs | head -n 3 | tr '\n' ' ')"
}
cgroup_dirs() { find /sys/fs/cgroup -depth -type d \( -path "*/$LAB_CGROUP" -o -path "*/$LAB_CGROUP/*" \) 2>/dev/null; }
no_cgroups() {
    local d
    for d in $(cgroup_dirs); do rmdir "$d" 2>/dev/null || true; done
    [ -z "$(cgroup_dirs)" ]
}
