# Sourced by the benchmarks: N hosts to connect to, which are one machine's sshd on N loopback addresses.
#
#   hosts_up N PORT     writes $work/inventory.yaml, key, known and hosts; needs sshd, ends with the script

work=$(mktemp -d)
trap 'for pid in "$work"/sshd.*.pid; do kill "$(cat "$pid")" 2>/dev/null || :; done; rm -rf "$work"' EXIT

hosts_up() {
    local hosts=$1 port=$2 from to n
    ssh-keygen -q -t ed25519 -N '' -f "$work/key"
    ssh-keygen -q -t ed25519 -N '' -f "$work/host"
    cp "$work/key.pub" "$work/authorized"
    mkdir -p /run/sshd
    # One sshd listens on 16 addresses at most.
    for from in $(seq 1 16 "$hosts"); do
        to=$((from + 15 < hosts ? from + 15 : hosts))
        cat >"$work/sshd.$from.config" <<END
HostKey $work/host
AuthorizedKeysFile $work/authorized
PidFile $work/sshd.$from.pid
StrictModes no
UsePAM no
MaxStartups 200
PermitRootLogin yes
$(for n in $(seq "$from" "$to"); do echo "ListenAddress 127.0.0.$n:$port"; done)
END
        "$(command -v sshd || echo /usr/sbin/sshd)" -f "$work/sshd.$from.config"
        for _ in $(seq 50); do [ -s "$work/sshd.$from.pid" ] && break || sleep 0.1; done
        [ -s "$work/sshd.$from.pid" ] || { echo "sshd did not start" >&2; exit 1; }
    done
    for n in $(seq "$hosts"); do
        echo "[127.0.0.$n]:$port $(cut -d' ' -f1,2 "$work/host.pub")"
    done >"$work/known"
    echo 'services: {}' >"$work/compose.yml"
    {
        echo 'version: 1'
        echo 'apps: { bench: { image: registry.example.org/bench, template: compose.yml } }'
        echo 'environments:'
        echo '  bench:'
        echo "    ssh: { user: $(id -un), port: $port, identities: [$work/key], known_hosts: [$work/known] }"
        echo '    hosts:'
        for n in $(seq "$hosts"); do echo "      h$n: { address: 127.0.0.$n, roles: [app] }"; done
    } >"$work/inventory.yaml"
    seq -f '127.0.0.%g' "$hosts" >"$work/hosts"
}
