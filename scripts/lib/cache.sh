# shellcheck shell=bash
#
# A cache folder in which nothing half done is ever seen; for scripts that fetch what a machine lacks.
#
# An entry is a folder, made as $unpacking and renamed when it is whole. Beside it ENTRY.part keeps what has been
# downloaded until then, and the next run goes on from it. One run at a time fills the cache.

unpacking=''

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 1; }

# Prints the cache folder, which need not be there yet, by a name without spaces: cargo's runner, the flags of compilers
# and apt all end a word at one. Where it has one, that is a link to it.
cache_folder() {
    local folder
    [ -n "${WASMEDGE_CACHE_DIR:-}${XDG_CACHE_HOME:-}${HOME:-}" ] ||
        die "no folder to keep downloads in: set HOME or WASMEDGE_CACHE_DIR"
    folder=${WASMEDGE_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/wasmedge-safe}
    case "$folder" in /*) ;; *) folder=$PWD/$folder ;; esac
    case "$folder" in *[[:space:]\"\']*) link_to "$folder" ;; *) echo "$folder" ;; esac
}

# link_to FOLDER: prints a link to it, in a folder that is this user's alone.
link_to() {
    local links=${TMPDIR:-/tmp} link
    case "$links" in /*[[:space:]\"\']*) links=/tmp ;; esac
    links=$links/wasmedge-safe-$(id -u)
    mkdir -m 700 "$links" 2>/dev/null || true
    { [ -d "$links" ] && [ ! -L "$links" ] && [ -O "$links" ]; } ||
        die "the cache folder '$1' has a space in its name, and there is no place for a link to it: set WASMEDGE_CACHE_DIR"
    link=$links/$(printf '%s' "$1" | cksum | cut -d ' ' -f 1)
    [ "$(readlink "$link" || true)" = "$1" ] || ln -sfn "$1" "$link"
    echo "$link"
}

# Nothing unfinished stays when the script ends, however it ends.
trap_signals() {
    trap clean_up EXIT
    trap 'interrupted 130' INT
    trap 'interrupted 143' TERM
    trap 'interrupted 129' HUP
}

clean_up() { [ -z "$unpacking" ] || rm -rf "$unpacking"; }

interrupted() {
    local job
    trap '' INT TERM HUP
    for job in $(jobs -p); do kill "$job" 2>/dev/null || true; done
    wait
    say "interrupted; what has been downloaded is kept for the next run"
    exit "$1"
}

# Runs a command that takes long, so that a signal reaches this script at once, and keeps the lock (9) from it.
run_child() {
    "$@" 9<&- &
    wait $!
}

# begin_entry ENTRY: locks the cache; fails if the entry is there by then. Without flock, runs that meet fail on a
# checksum at worst.
begin_entry() {
    local folder=${1%/*}
    [ ! -L "$folder" ] || folder=$(readlink "$folder")
    mkdir -p "$folder" || die "cannot make the cache folder $folder (set WASMEDGE_CACHE_DIR)"
    exec 9<"$folder"
    if command -v flock >/dev/null; then
        if ! flock -n 9; then
            say "waiting for another script that is filling $folder"
            flock 9 &
            wait $! || say "cannot lock $folder; going on without"
        fi
        rm -rf "$1".unpacking.*
    fi
    [ ! -d "$1" ] || { exec 9<&-; return 1; }
}

make_unpacking() {
    unpacking=$(mktemp -d "$1.unpacking.XXXXXX") || die "cannot write to the cache folder ${1%/*}"
    chmod 755 "$unpacking"
}

finish_entry() {
    mv "$unpacking" "$1" || die "cannot write to the cache folder ${1%/*}"
    unpacking=''
    rm -rf "$1.part"
    exec 9<&-
}

megabytes() { echo "$((($1 + 999999) / 1000000)) MB"; }
