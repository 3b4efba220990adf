#!/bin/sh
# Builds the image of packaging/container/Containerfile and runs it as the recipe says. scripts/image.mjs starts it, as root.
#   image.sh ENGINE CONTAINERFILE CONTEXT [BASE]
# ENGINE is podman, docker or buildah. BASE is a tar that takes the place of the registry's image which FROM names.
set -eu
engine=$1
recipe=$2
context=$3
base=${4:-}
name=netmon-image-$$
out=$(mktemp)

fail() {
	printf 'FAIL  %s\n' "$*"
	sed 's/^/    /' "$out"
	exit 1
}
ok() { printf 'ok    %s\n' "$*"; }
clean() {
	rm -f "$out"
	ip netns del "$name" 2>/dev/null || :
	case $engine in
	buildah) buildah rm "$name" >/dev/null 2>&1 || : ;;
	*) "$engine" rm -f "$name" >/dev/null 2>&1 || : ;;
	esac
	"$engine" rmi -f "$name" >/dev/null 2>&1 || :
}
trap clean EXIT
trap 'exit 1' HUP INT TERM

if [ -n "$base" ]; then
	from=docker.io/library/$(sed -n 's/^FROM //p' "$recipe")
	case $engine in
	buildah)
		made=$(buildah from scratch)
		buildah add -q "$made" "$base" / >"$out"
		buildah commit -q --rm "$made" "$from" >"$out" 2>&1 || fail "$from of a tar"
		;;
	*) "$engine" import "$base" "$from" >"$out" 2>&1 || fail "$from of a tar" ;;
	esac
fi

# The build installs packages of Debian's archive. Where that cannot be reached, there is nothing to test.
unreachable='Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|Connection (timed out|failed|reset)|Failed to fetch'
code=0
timeout -k 5 240 "$engine" build --network host -f "$recipe" -t "$name" "$context" >"$out" 2>&1 || code=$?
why=$(grep -m 1 -E -e "$unreachable" "$out") || why=
[ $code != 124 ] || why='no end within 240 s'
if [ $code != 0 ] && [ -n "$why" ]; then
	echo "skipped: the container image: $engine build cannot install what it needs: $why"
	exit 0
fi
[ $code = 0 ] || fail "$engine build"
! grep -n -e '^debconf:' -e '^W:' "$out" || fail "$engine build warns"
ok "$engine build"

if [ "$engine" = buildah ]; then
	buildah from --name "$name" "$name" >"$out" 2>&1 || fail 'buildah from'
	buildah run "$name" -- netmon --version >"$out" 2>&1 || fail 'netmon --version'
	buildah run "$name" -- netmon snapshot >"$out" 2>&1 || fail 'netmon snapshot'
	ok 'netmon --version, netmon snapshot'
	echo 'skipped: netmon as process 1: podman or docker runs it, buildah does not'
	exit 0
fi

"$engine" run --rm --network none "$name" --version >"$out" 2>&1 || fail 'netmon --version'
ok "$(cat "$out")"
"$engine" run --rm --network host "$name" snapshot >"$out" 2>&1 || fail 'netmon snapshot'
grep -q '^.*\blo\b.*127.0.0.1/8' "$out" || fail 'netmon snapshot shows no lo'
ok 'netmon snapshot'

# Starts the image in the background, and waits until it has printed a text.
start() {
	wanted=$1
	shift
	"$engine" run -d --name "$name" "$@" >"$out" 2>&1 || fail "$engine run $*"
	until_said "$wanted"
}
until_said() {
	tries=0
	until "$engine" logs "$name" >"$out" 2>&1 && grep -q -e "$1" "$out"; do
		tries=$((tries + 1))
		[ $tries -lt 150 ] || fail "waited in vain for: $1"
		sleep 0.2
	done
}
# SIGTERM ends it well. After 20 s the engine would send SIGKILL, with another exit code.
stop() {
	"$engine" stop -t 20 "$name" >/dev/null
	code=$("$engine" inspect -f '{{.State.ExitCode}}' "$name")
	"$engine" logs "$name" >"$out" 2>&1
	[ "$code" = 0 ] || fail "exit code $code after SIGTERM"
	"$engine" rm "$name" >/dev/null
}

start '"event":"ready"' --network none --cap-drop all "$name" watch --json
"$engine" exec "$name" cat /proc/1/status >"$out"
grep -q '^Uid:.65534' "$out" && grep -q '^CapEff:.0*$' "$out" || fail 'process 1 is not nobody without capabilities'
"$engine" exec "$name" sh -c 'setsid sleep 0.3 & echo $! >/tmp/orphan'
tries=0
while "$engine" exec "$name" sh -c '[ -e "/proc/$(cat /tmp/orphan)" ]'; do
	tries=$((tries + 1))
	[ $tries -lt 50 ] || fail 'an orphan that has ended is not reaped'
	sleep 0.2
done
stop
ok 'as nobody without capabilities: netmon watch --json as process 1, an orphan is reaped, SIGTERM ends it with 0'

ip netns add "$name"
start '"event":"ready"' --network none --user 0 --read-only --cap-drop all --cap-add SYS_ADMIN -v /run/netns:/run/netns:ro,rslave "$name" watch --netns "$name" --json
ip -n "$name" addr add 192.0.2.2/24 dev lo
until_said '"event":"address-added".*192.0.2.2'
stop
ok 'as root with CAP_SYS_ADMIN: netmon watch --netns NAME --json sees an address that comes'

start "^[^ ]* *$name .*ready " --network none --pid host --user 0 --read-only --tmpfs /run/netmon --cap-drop all --cap-add SYS_ADMIN --cap-add SYS_PTRACE \
	-v /run/netns:/run/netns:ro,rslave "$name" watch --all-netns
ip netns add "$name-later"
until_said "^[^ ]* *$name-later .*ready "
ip netns del "$name-later"
"$engine" exec "$name" netmon list >"$out" 2>&1 || fail 'netmon list'
grep -q " $name " "$out" || fail "netmon list does not show $name"
stop
ok 'as the DaemonSet: netmon watch --all-netns sees a namespace that comes, netmon list shows it'
