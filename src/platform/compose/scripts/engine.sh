# Functions for scripts that ask the engine often: they read its JSON over its socket, since starting the CLI costs
# ten times as much. Quotes within JSON strings are escaped, so a pattern with plain quotes finds only keys.

# engine CURL_ARGUMENT…
engine() { ask -s -f -m 3 --unix-socket "${DOCKER_HOST#unix://}" "$@"; } 2>/dev/null </dev/null

# Prints the containers of $project as JSON, optionally of one service and in one state.
listed() { # listed [SERVICE [STATUS]]
    engine -G http://docker/containers/json -d all=1 --data-urlencode \
        "filters={\"label\":[\"com.docker.compose.project=$project\",\"com.docker.compose.oneoff=False\"${1:+,\"com.docker.compose.service=$1\"}]${2:+,\"status\":[\"$2\"]}}"
}

# Prints the digests of an image, one per line, or the CLI's message why there are none.
digests() { # digests NAME
    if image_json=$(engine "http://docker/images/$1/json"); then
        image_json=${image_json#*\"RepoDigests\":}
        printf '%s\n' "${image_json%%]*}" | grep -oE '[^"]+@sha256:[0-9a-f]+' || :
    else
        docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1"
    fi
}

