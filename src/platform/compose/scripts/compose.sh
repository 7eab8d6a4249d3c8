# `compose ARGUMENT…`, put before the scripts that use it: Compose itself, looked for where the Docker CLI looks, in
# its order. By way of the CLI each call costs a tenth of a second more of the processor: the CLI starts, asks its
# plugins what they are, and starts Compose then.
compose() {
    for place in "${DOCKER_CONFIG:-${HOME:-}/.docker}" /usr/local/lib/docker /usr/local/libexec/docker /usr/lib/docker /usr/libexec/docker; do
        if [ -x "$place/cli-plugins/docker-compose" ]; then
            "$place/cli-plugins/docker-compose" "$@"
            return
        fi
    done
    docker compose "$@"
}

