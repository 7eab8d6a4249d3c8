# Faults and their cures. Sourced by `lab`. Every cure may be given when nothing is wrong.
# shellcheck shell=bash disable=SC2034
fault_kinds='cut reject unplug throttle kill-sshd hang-sshd fill-disk stop-docker kill-docker hang-docker break-nginx occupied-port occupied-color hang-app registry-down registry-login'

sh_in() { local host=$1; shift; in_host "$host" timeout 60 bash -euc "$@"; }
port_of() { local ip; ip=$(host_ip "$1"); echo "p-${ip##*.}"; }
service() { in_host "$1" timeout 90 /usr/local/lab/services "${@:2}"; }
# Rules in a chain of their own, so that healing never touches Docker's.
rules() { # rules HOST RULE…: each rule without the leading -A CHAIN
    sh_in "$1" 'for c in INPUT OUTPUT; do
            iptables -w 10 -N "LAB-$c" 2>/dev/null || iptables -w 10 -F "LAB-$c"
            iptables -w 10 -C "$c" -j "LAB-$c" 2>/dev/null || iptables -w 10 -I "$c" -j "LAB-$c"
        done
        for r in "$@"; do iptables -w 10 -A $r; done' rules "${@:2}"
}
# The process of the live color of a host, or of the color named.
app_pid() {
    if is_linked "$1"; then
        sh_in "$1" 'c=${1:-$(cat /srv/shop/live-color)} port=8001
            [ "$c" != green ] || port=8002
            ss -Hltnp "sport = :$port" | sed -n "s/.*pid=\([0-9]*\).*/\1/p"' app_pid "${2:-}"
        return
    fi
    sh_in "$1" 'c=${1:-$(cat /srv/shop/live-color)}
        id=$(docker ps -q --filter label=com.docker.compose.service=shop_$c)
        docker inspect -f "{{.State.Pid}}" $id' app_pid "${2:-}"
}

fault_cut() { rules "$1" "LAB-INPUT -i eth0 -j DROP" "LAB-OUTPUT -o eth0 -j DROP"; }
heal_cut() { rules "$1"; }
fault_reject() { rules "$1" "LAB-INPUT -i eth0 -p tcp -j REJECT --reject-with tcp-reset" "LAB-INPUT -i eth0 -j REJECT"; }
heal_reject() { rules "$1"; }

fault_unplug() { in_switch ip link set "$(port_of "$1")" down; }
heal_unplug() { in_switch ip link set "$(port_of "$1")" up; }

fault_throttle() { # fault throttle HOST [RATE], both ways
    local rate=${2:-256kbit}
    in_switch tc qdisc replace dev "$(port_of "$1")" root tbf rate "$rate" burst 8kb latency 400ms ||
        cannot "this kernel has no token bucket filter (tc tbf)"
    nsenter -t "$(host_pid "$1")" -n tc qdisc replace dev eth0 root tbf rate "$rate" burst 8kb latency 400ms
}
heal_throttle() {
    in_switch tc qdisc delete dev "$(port_of "$1")" root 2>/dev/null || true
    nsenter -t "$(host_pid "$1")" -n tc qdisc delete dev eth0 root 2>/dev/null || true
}

fault_kill-sshd() { service "$1" stop sshd; }
heal_kill-sshd() { service "$1" start sshd; }
fault_hang-sshd() { sh_in "$1" 'pkill -STOP -x sshd'; }
heal_hang-sshd() { sh_in "$1" 'pkill -CONT -x sshd || true'; }

fault_fill-disk() { # not a byte is left, for root neither
    sh_in "$1" 'f=/var/log/lab-ballast
        fallocate -l "$(($(df --output=avail -B1 /var/log | tail -n 1) - 1048576))" $f.1 2>/dev/null || true
        dd if=/dev/zero of=$f.2 bs=64k 2>/dev/null || true
        dd if=/dev/zero bs=1k >>$f.2 2>/dev/null || true'
}
heal_fill-disk() { sh_in "$1" 'rm -f /var/log/lab-ballast.*'; }

fault_stop-docker() { service "$1" stop docker; }
heal_stop-docker() { service "$1" start docker; }
fault_kill-docker() { service "$1" kill docker; }
heal_kill-docker() { service "$1" start docker; }
fault_hang-docker() { sh_in "$1" 'pkill -STOP -x dockerd'; }
heal_hang-docker() { sh_in "$1" 'pkill -CONT -x dockerd || true'; }

fault_break-nginx() { sh_in "$1" 'echo "this is no configuration" >/etc/nginx/conf.d/lab-broken.conf'; }
heal_break-nginx() { sh_in "$1" 'rm -f /etc/nginx/conf.d/lab-broken.conf'; }

# nginx is to listen on a port that is taken: `nginx -t` passes, the reload says 0, the old configuration stays.
fault_occupied-port() {
    sh_in "$1" 'setsid /usr/local/lab/shop hold 0.0.0.0:8090 </dev/null >/dev/null 2>&1 &
        echo $! >/run/lab-hold-8090
        until ss -Hltn sport = :8090 | grep -q .; do sleep 0.02; done
        echo "server { listen 8090; }" >/etc/nginx/conf.d/lab-occupied.conf'
}
heal_occupied-port() { sh_in "$1" 'rm -f /etc/nginx/conf.d/lab-occupied.conf'; release_port "$1" 8090; }
# The port of the color that is not live is taken: its container cannot start.
fault_occupied-color() {
    sh_in "$1" 'port=8002; [ "$(cat /srv/shop/live-color)" = blue ] || port=8001
        ids=; [ "$1" = linked ] || ids=$(docker ps -q --filter publish=$port); [ -z "$ids" ] || docker stop -t 1 $ids >/dev/null
        setsid /usr/local/lab/shop hold 127.0.0.1:$port </dev/null >/dev/null 2>&1 &
        echo $! >/run/lab-hold-color
        until ss -Hltn sport = :$port | grep -q .; do sleep 0.02; done' occupied "$(is_linked "$1" && echo linked)"
}
heal_occupied-color() { release_port "$1" color; }
release_port() { sh_in "$1" 'p=$(cat "/run/lab-hold-$1" 2>/dev/null) || exit 0; kill -KILL "$p" 2>/dev/null || true; rm -f "/run/lab-hold-$1"' release "$2"; }

fault_hang-app() { sh_in "$1" 'kill -STOP "$1"; echo "$1" >>/run/lab-hung-apps' hang "$(app_pid "$1" "${2:-}")"; }
heal_hang-app() { sh_in "$1" 'for p in $(cat /run/lab-hung-apps 2>/dev/null); do kill -CONT "$p" 2>/dev/null || true; done; rm -f /run/lab-hung-apps'; }

fault_registry-down() { registry_stop; }
heal_registry-down() { registry_start; }
# The registry wants a login: lab, open-sesame.
fault_registry-login() {
    registry_stop
    echo 'lab:$2b$04$JDt10oOew.NDJX/8qDxV0ec6Ivwpd0dj/5CEQliLNqKCBwROp7kzm' >"$LAB_DIR/switch/htpasswd"
    registry_start "auth: {htpasswd: {realm: lab, path: $LAB_DIR/switch/htpasswd}}"
}
heal_registry-login() {
    ! grep -q htpasswd "$LAB_DIR/switch/registry.yml" || registry_stop
    registry_start
}

# A disk and an engine first: other cures need them.
in_order='fill-disk unplug cut reject throttle hang-docker stop-docker kill-docker hang-sshd kill-sshd break-nginx occupied-port occupied-color hang-app'
heal_all() { # of a host
    local kind
    for kind in $in_order; do
        case $kind in *docker) ! is_linked "$1" || continue ;; esac
        "heal_$kind" "$1"
    done
}
# Only what was done to it: each cure starts processes of its own, and most hosts had no fault.
note_fault() { echo "$1" >>"$LAB_DIR/hosts/$2/faults"; }
heal_noted() {
    local noted=$LAB_DIR/hosts/$1/faults kind
    [ -e "$noted" ] || return 0
    for kind in $in_order; do
        if grep -qxF "$kind" "$noted"; then "heal_$kind" "$1"; fi
    done
    rm "$noted"
}
