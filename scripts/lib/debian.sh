# shellcheck shell=bash
#
# Binary packages of a distribution, unpacked into an entry of the cache (cache.sh) and never installed.
#
# An entry holds root/ (all packages but libc) and libc/ (libc's own), so that nothing finds another libc by accident.

# shellcheck source=cache.sh
. "${BASH_SOURCE[0]%/*}/cache.sh"

# Sets multiarch and deb_arch: this machine in Debian's words, or nothing.
look_at_architecture() {
    multiarch='' deb_arch=''
    case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) multiarch=x86_64-linux-gnu deb_arch=amd64 ;;
    Linux-aarch64) multiarch=aarch64-linux-gnu deb_arch=arm64 ;;
    esac
}

is_debian() { [ "$(os_release ID)" = debian ] && [ -n "$multiarch" ] && command -v apt-get >/dev/null; }

os_release() { sed -n "s/^$1=//p" /etc/os-release 2>/dev/null | tr -d '"'; }

# debian_sources SUITE: prints a source of SUITE for each archive that the host's own packages may come from. A third
# party's archive among them does no harm: it has no such suite, or fails the signature.
debian_sources() {
    local codename keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -r "$keyring" ] || keyring=${keyring%.gpg}.pgp
    [ -r "$keyring" ] || die "the keyring of Debian's archive is missing: install the package debian-archive-keyring"
    codename=$(os_release VERSION_CODENAME)
    # shellcheck disable=SC2016 # these names are apt's
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk -v codename="$codename" -v form="deb [signed-by=$keyring] %s $1 main\\n" '
            ($2 == codename || $2 ~ /^(old)?stable$|^testing$|^unstable$|^sid$/) && $3 == "main" &&
                $1 !~ /^cdrom:/ && !seen[$1]++ { printf form, $1 }'
}

# private_apt FOLDER STATUS [SOURCES]: makes apt work in FOLDER alone and fetches the package lists. Of the
# host's settings only how to reach an archive (proxies and the like) is kept, and its sources if none are given.
private_apt() {
    local folder=$1
    mkdir -p "$folder"/{state/lists/partial,cache/archives/partial,empty.d}
    cat "$2" >"$folder/status"
    apt_conf=$folder/apt.conf apt_log=$folder/apt.log
    {
        apt-config dump | grep -E '^(Acquire::(http|https|ftp|Check-|Retries|Proxy)|Dir::Etc::source)' || true
        cat <<END
Dir::State "$folder/state"; Dir::State::lists "$folder/state/lists"; Dir::State::status "$folder/status";
Dir::Cache "$folder/cache"; Dir::Cache::archives "$folder/cache/archives"; Dir::Log "$folder";
Dir::Etc::main "/dev/null"; Dir::Etc::parts "$folder/empty.d";
Dir::Etc::preferences "/dev/null"; Dir::Etc::preferencesparts "$folder/empty.d";
APT::Architecture "$deb_arch"; APT::Architectures { "$deb_arch"; };
APT::Install-Recommends "false"; APT::Install-Suggests "false"; APT::Get::Assume-Yes "true";
Acquire::Languages "none"; Acquire::http::Timeout "20"; Acquire::https::Timeout "20"; Acquire::Retries "2";
END
        [ "$(id -u)" != 0 ] || echo 'APT::Sandbox::User "root";'
        [ -z "${3:-}" ] || echo "Dir::Etc::sourcelist \"$folder/sources.list\"; Dir::Etc::sourceparts \"$folder/empty.d\";"
    } >"$apt_conf"
    echo "${3:-}" >"$folder/sources.list"
    : >"$apt_log"
    apt_run apt-get -q update || true
    apt_run apt-get -q autoclean || true
}

apt_run() {
    echo "# $*" >>"$apt_log"
    LC_ALL=C APT_CONFIG=$apt_conf run_child "$@" >>"$apt_log" 2>&1
}

apt_ask() { LC_ALL=C APT_CONFIG=$apt_conf apt-cache "$@" 2>/dev/null || true; }

# Ends the run because of apt: says why, and keeps nothing but whole or partial packages.
apt_failed() {
    local folder=${apt_conf%/*}
    grep -E '^[EW]:' "$apt_log" | sort -u | head -n 6 | sed "s/^/${0##*/}:   apt: /" >&2 || true
    [ -n "$(find "$folder/cache/archives" -name '*.deb*' -size +0 | head -n 1)" ] || rm -rf "$folder"
    die "$1"
}

# fetch_packages WHAT FOLDER PACKAGE...: downloads them and all they depend on, and unpacks them into $unpacking.
fetch_packages() {
    local what=$1 folder=$2 count bytes deb to
    shift 2
    : >"$apt_log"
    apt_run apt-get -q --print-uris install "$@" || apt_failed "$what: the distribution's archive has no $* that fits"
    read -r count bytes < <(awk "/^'/ { n++; s += \$3 } END { print n + 0, s + 0 }" "$apt_log")
    say "$what: fetching $count packages, $(megabytes "$bytes")"
    apt_run apt-get -q --download-only install "$@" ||
        apt_failed "$what: not all packages could be fetched; run again to go on where it stopped"
    make_unpacking "${folder%.part}"
    mkdir -p "$unpacking"/{root,libc}/usr/lib
    for deb in "$folder"/cache/archives/*.deb; do
        case "$deb" in */libc6_*) to=libc ;; *) to=root ;; esac
        run_child dpkg-deb -x "$deb" "$unpacking/$to" || die "cannot unpack $deb"
    done
    for to in "$unpacking"/{root,libc}/lib; do # a package may still have these apart from usr/lib
        [ ! -d "$to" ] || { cp -a "$to/." "${to%lib}usr/lib/" && rm -rf "$to"; }
    done
    (cd "$folder/cache/archives" && compgen -G 'libc6_*' | sed 's/^libc6_//') >"$unpacking/libc-version" || true
}

# Prints the second number of a libc version: 41 of 2.41-12.
minor() { local rest=${1#*.}; echo "${rest%%[!0-9]*}"; }

# find_loader ENTRY: sets loader, and libs, what it is to search: programs run with the newer libc of the two, the
# machine's and the entry's, since it has all that either side was linked with.
find_loader() {
    local host_libc
    libs=$1/root/usr/lib/$multiarch
    host_libc=$(getconf GNU_LIBC_VERSION 2>/dev/null || echo 2.0)
    if [ "$(minor "$host_libc")" -gt "$(minor "$(cat "$1/libc-version")")" ]; then
        loader=$(compgen -G '/lib*/ld-linux-*.so.*' | head -n 1)
    else
        loader=$(compgen -G "$1/libc/usr/lib/$multiarch/ld-linux-*.so.*") libs=$libs:${loader%/*}
    fi
}
