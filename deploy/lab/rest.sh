# SPDX-License-Identifier: BSD-2-Clause
# REST calls to the lab's appliance, made inside its namespace. Sourced by lab.sh; uses $PREFIX, $DIR.

API=http://127.0.0.1:8080

api_url() {
    case $1 in
        /metrics | /api/*) echo "$API$1" ;;
        *) echo "$API/api/v1/${1#/}" ;;
    esac
}

api_curl() { # curl arguments… (the token goes by a file, so it is in no process list)
    in_ns sbc curl -sS --max-time 30 -H "@$DIR/authorization" "$@"
}

api_login() {
    [[ -s $DIR/token ]] || return 1
    [[ -s $DIR/authorization ]] ||
        (umask 077; printf 'Authorization: Bearer %s\n' "$(<"$DIR/token")" >"$DIR/authorization")
}

# The condition a write to this path must carry: its ETag, or that it does not exist yet.
api_condition() {
    local etag
    etag=$(api_curl -f -o /dev/null -D - "$(api_url "${1%%\?*}")" 2>/dev/null |
        sed -n 's/^[Ee][Tt][Aa][Gg]: *\([^\r]*\).*/\1/p') || true
    if [[ -n $etag ]]; then echo "If-Match: $etag"; else echo 'If-None-Match: *'; fi
}
api_is_write() { [[ $1 =~ ^(PUT|DELETE|PATCH)$ && $2 != *calls/* ]]; }

# api METHOD PATH [JSON|@FILE]: prints the body; succeeds on 2xx. Writes carry If-Match by themselves.
api() {
    local method=${1:?METHOD} path=${2:?PATH} body=${3:-} arguments=() status answer
    api_login || die "the appliance has written no token yet"
    arguments=(-X "$method")
    if api_is_write "$method" "$path"; then arguments+=(-H "$(api_condition "$path")"); fi
    if [[ -n $body ]]; then
        arguments+=(-H 'Content-Type: application/json' --data-binary "$body")
    fi
    answer=$(mktemp "$DIR/answer.XXXXXX")
    status=$(api_curl "${arguments[@]}" -o "$answer" -w '%{http_code}' "$(api_url "$path")") || status=000
    cat "$answer"
    rm -f "$answer"
    [[ $status == 2?? ]] || { echo "lab.sh: $method $path answered $status" >&2; return 1; }
}

# The same call as a command that can be copied into any root shell on this machine.
api_as_curl() {
    local method=${1:?METHOD} path=${2:?PATH} body=${3:-}
    local line="sudo ip netns exec $PREFIX-sbc curl -sS -X $method"
    line+=" -H \"Authorization: Bearer \$(sudo cat $DIR/token)\""
    if api_is_write "$method" "$path"; then
        api_login || die "the appliance has written no token yet"
        line+=" -H '$(api_condition "$path")'"
    fi
    [[ -z $body ]] || line+=" -H 'Content-Type: application/json' --data-binary '$body'"
    echo "$line '$(api_url "$path")'"
}

api_answers() { api_login && [[ $(api_curl -o /dev/null -w '%{http_code}' "$(api_url /system/status)" 2>/dev/null) == 200 ]]; }
api_revision() { api GET /system/status | jq -r '.revision'; }

# True once every daemon reports the revision as the one it runs.
applied_everywhere() {
    api GET /system/status 2>/dev/null |
        jq -e --argjson r "${1:-0}" '.daemons | length >= 2 and all(.[]; .applied_revision == $r)' >/dev/null
}

media_driver() {
    local drivers
    drivers=$(api GET /system/status | jq -r '[.. | objects | .driver? | strings] | unique | join(", ")')
    echo "${drivers:-unknown}"
}
