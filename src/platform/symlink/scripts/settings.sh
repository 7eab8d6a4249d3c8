# Named arguments for scripts with many of them: `settings NAME=VALUE…` sets each variable. The names are those in the
# script's header; a value may be any text.
settings() {
    for setting; do eval "${setting%%=*}=\${setting#*=}"; done
}

