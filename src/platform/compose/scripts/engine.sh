# Put before the scripts that ask the engine often: its own JSON over its socket, since starting the CLI costs ten
# times that. Quotes inside of JSON's strings are escaped, so a pattern with plain quotes finds keys alone.

# engine CURL_ARGUMENT…
engine() { ask -s -f -m 3 --unix-socket "${DOCKER_HOST#unix://}" "$@"; } 2>/dev/null </dev/null

# The containers of $project; only those of a service, and only those in one state, where these are named.
listed() { # listed [SERVICE [STATUS]]
    engine -G http://docker/containers/json -d all=1 --data-urlencode \
        "filters={\"label\":[\"com.docker.compose.project=$project\",\"com.docker.compose.oneoff=False\"${1:+,\"com.docker.compose.service=$1\"}]${2:+,\"status\":[\"$2\"]}}"
}

# The digests of an image, a line each; or the CLI's own words why there are none.
digests() { # digests NAME
    if image_told=$(engine "http://docker/images/$1/json"); then
        image_told=${image_told#*\"RepoDigests\":}
        printf '%s\n' "${image_told%%]*}" | grep -oE '[^"]+@sha256:[0-9a-f]+' || :
    else
        docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1"
    fi
}

