# shellcheck shell=bash
#
# Runs `cargo test` and says at the end, in one line, what was run: after a page of results nobody sees by himself that a
# program failed to be started, or that a package was left out.

# runs_tests COMMAND...: whether it is `cargo test`, of which there is something to count.
runs_tests() {
    local argument
    [ "${1##*/}" = cargo ] || return 1
    shift
    case "${1:-}" in +*) shift ;; esac
    case "${1:-}" in test | t) ;; *) return 1 ;; esac
    for argument; do
        case "$argument" in
        --) return 0 ;;
        --no-run | --doc | --help | -h | --message-format*) return 1 ;;
        esac
    done
}

# run_tests COMMAND...: ends the script with the command's status. What is to be run is built first, and asked of cargo.
run_tests() {
    local log built status
    trap - INT TERM HUP
    log=$(mktemp) || exec "$@"
    trap 'rm -f "$log"' EXIT
    built=$(build_tests "$@") || exit
    set +e
    "$@" | tee "$log"
    status=${PIPESTATUS[0]}
    set -e
    say_what_ran "$built" "$log"
    exit "$status"
}

# build_tests COMMAND...: prints the package of each test program.
build_tests() {
    local argument words=()
    for argument; do
        [ "$argument" != -- ] || break
        words+=("$argument")
    done
    "${words[@]}" --no-run --message-format json-render-diagnostics |
        sed -n '/"test":true.*"executable":"/s/.*"manifest_path":"\([^"]*\)".*/\1/p'
}

# say_what_ran PACKAGES LOG
say_what_ran() {
    local built=$1 log=$2 programs packages ran passed failed ignored documented
    grep -q '^test result: ' "$log" || return 0
    programs=$(grep -c . <<<"$built") || true
    packages=$(sort -u <<<"$built" | grep -c .) || true
    read -r ran passed failed ignored documented < <(counts "$programs" "$log")
    say "cargo test: $ran of $programs test programs in $packages packages: $passed tests passed, $failed failed, $ignored ignored; $documented passed in the documentation"
    [ "$ran" -ge "$programs" ] || say 'the other test programs were not run: --no-fail-fast runs all'
}

# counts PROGRAMS LOG: prints how many of the programs ran, and what came of their tests, and how many passed in the
# documentation, whose turn is last. What failed or was ignored there is counted with the others.
counts() {
    awk -v programs="$1" '
        /^test result: / {
            gsub(";", "")
            is_program = ran < programs
            ran += is_program
            for (i = 2; i <= NF; i++) {
                if ($i == "passed") { if (is_program) passed += $(i - 1); else documented += $(i - 1) }
                if ($i == "failed") failed += $(i - 1)
                if ($i == "ignored") ignored += $(i - 1)
            }
        }
        END { print ran + 0, passed + 0, failed + 0, ignored + 0, documented + 0 }' "$2"
}
