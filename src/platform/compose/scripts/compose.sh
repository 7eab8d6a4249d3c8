# `compose ARGUMENT…` for other scripts: runs Compose itself, which is searched where the Docker CLI searches, in the
# same order. Running it through the CLI costs a tenth of a second more of processor time per call: the CLI starts,
# asks its plugins what they are, and then starts Compose.
compose() {
    for directory in "${DOCKER_CONFIG:-${HOME:-}/.docker}" /usr/local/lib/docker /usr/local/libexec/docker /usr/lib/docker /usr/libexec/docker; do
        if [ -x "$directory/cli-plugins/docker-compose" ]; then
            "$directory/cli-plugins/docker-compose" "$@"
            return
        fi
    done
    docker compose "$@"
}

