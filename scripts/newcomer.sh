#!/bin/sh
# Runs in a fresh system, in the clone: what README.md says, in its order. scripts/newcomer.mjs starts it.
#   newcomer.sh DEBIAN TESTS
set -eu
debian=$1
tests=$2
out=/tmp/out

step() { printf '\n== %s\n' "$*"; }
fail() {
	printf 'FAILED: %s\n' "$*"
	[ ! -s $out ] || sed 's/^/    /' $out
	exit 1
}
# The README has this text, as it is run here.
says() { grep -qF -- "$1" README.md || fail "README.md does not say: $1"; }
# Waits until a file has a text.
until_said() {
	tries=0
	until grep -q -e "$2" "$1"; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || { [ "$1" = $out ] || cp "$1" $out; fail "waited in vain for: $2"; }
		sleep 0.1
	done
}
# Starts a command in the background, its output in $out, and waits for a text in it.
start() {
	wanted=$1
	shift
	: >$out
	"$@" >$out 2>&1 &
	started=$!
	until_said $out "$wanted"
}
# Ends it as Ctrl-C does; its exit code has to be 0.
finish() {
	kill -INT "$started"
	wait "$started" || fail "exit code $?"
}

if [ "$debian" = 12 ]; then
	step 'a newer Node beside that of Debian 12'
	says 'npm install --global node@22'
	npm install --global node@22
fi
node --version

step 'the two commands'
says 'npm ci && npm start'
npm ci
# npm hands the signal on, and ends with that of what it has run.
start ' ready  ' setsid npm start
kill -INT "-$started" && { wait "$started" || :; }
cat $out
grep -q 'lo     127.0.0.1/8' $out || fail 'npm start does not show lo'
says 'npm ci && npm test'
case $tests in
all) npm test ;;
some) npm test -- 'build/test/smoke/*.test.js' 'build/test/integration/start.test.js' ;;
none) ;;
esac

step 'netmon in PATH'
says 'npm link'
npm link
netmon doctor || fail 'netmon doctor'

step 'a namespace to look at'
says 'ip netns add web'
grep -E '^ {4}ip (netns|-n) ' README.md >lines
sh -ex lines
rm lines
in_web() { ip -n web "$@"; }

step 'Watch'
says 'netmon watch --netns web'
start ' ready  3 interfaces' netmon watch --netns web
in_web link set eth0 mtu 1400
until_said $out 'mtu 1500 → 1400'
finish
cat $out
says "netmon watch --netns web --dev 'eth*' --only address,route"
start ' ready  ' netmon watch --netns web --dev 'eth*' --only address,route
finish
says 'netmon watch --netns web --json |'
start '"event":"ready"' netmon watch --netns web --json
finish

step 'Run a program'
says "netmon watch --netns web --on address -- sh -c 'echo \"\$NETMON_EVENT \$NETMON_EVENT_ADDRESS\"'"
start watching env NETMON_LOG_LEVEL=info netmon watch --netns web --on address -- sh -c 'echo "$NETMON_EVENT $NETMON_EVENT_ADDRESS"'
says 'ip -n web addr add 2001:db8::3/64 dev eth0'
in_web addr add 2001:db8::3/64 dev eth0
until_said $out 'address-added 2001:db8::3/64'
finish
says 'netmon watch --on address --dev eth0 --initial -- ./update-dns'
printf '#!/bin/sh\necho "dns $NETMON_EVENT $NETMON_EVENT_ADDRESS"\n' >update-dns
chmod +x update-dns
: >$out
ip netns exec web netmon watch --on address --dev eth0 --initial --log-level info -- ./update-dns >$out 2>&1 &
started=$!
until_said $out 'dns address-found 192.0.2.2/24'
in_web addr add 2001:db8::4/64 dev eth0
until_said $out 'dns address-added 2001:db8::4/64'
finish
says "netmon watch --on route --settle 2s -- sh -c '[ \"\$NETMON_EVENT_DST\" != default ] || systemctl restart vpn'"
printf '#!/bin/sh\necho "systemctl $*"\n' >/usr/local/bin/systemctl
chmod +x /usr/local/bin/systemctl
ip netns exec web netmon watch --log-level info --on route --settle 2s -- sh -c '[ "$NETMON_EVENT_DST" != default ] || systemctl restart vpn' >$out 2>&1 &
started=$!
until_said $out watching
in_web route replace default via 192.0.2.9
until_said $out 'systemctl restart vpn'
finish
rm /usr/local/bin/systemctl update-dns

step 'Wait'
says 'netmon wait --netns web --timeout 30s address:eth0 route:default && echo ready'
[ "$(netmon wait --netns web --timeout 30s address:eth0 route:default && echo ready)" = ready ] || fail 'netmon wait'

step 'A whole host'
says 'netmon watch --all-netns'
says '--journal /var/log/netmon'
start 'web .*ready ' netmon watch --all-netns --journal /var/log/netmon
ip netns add later
until_said $out '^[^ ]* later .*ready '
says 'netmon list'
netmon list
netmon list | grep -q ' web ' || fail 'netmon list does not show web'
says 'netmon snapshot --all-netns'
netmon snapshot --all-netns | grep -q 192.0.2.2/24 || fail 'netmon snapshot --all-netns'

step 'What happened?'
says 'ip -n web addr del 192.0.2.2/24 dev eth0'
in_web addr del 192.0.2.2/24 dev eth0
until_said $out '- route  default'
finish
says 'netmon log --since -1h --netns web'
netmon log --since -1h --netns web | grep -q 'ready ' || fail 'netmon log'
says 'netmon log --since -1m --netns web --route default'
netmon log --since -1m --netns web --route default
netmon log --since -1m --netns web --route default | grep -q '  - route  default via 192.0.2.9 dev eth0 .*was removed' || fail 'netmon log does not say why the route went'
says 'netmon diff --netns web @-1m'
in_web link set eth0 mtu 1300
netmon diff --netns web @now >$out || [ $? = 1 ] || fail 'netmon diff'
grep -q 'mtu 1400 → 1300' $out || fail 'netmon diff does not show the mtu'

step 'As a library'
mkdir /root/project
cd /root/project
sed -n '/^```js/,/^```/p' /root/netmon/README.md | grep -v '^```' | sed 's/^import/import/' >example.mjs
npm install --no-audit --no-fund /root/netmon
in_web addr add 192.0.2.4/24 dev eth0
in_web route add default via 192.0.2.1
: >$out
node example.mjs >$out 2>&1 &
started=$!
tries=0
until ip netns pids web | grep -q .; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || fail 'the example of the library watches nothing'
	sleep 0.1
done
sleep 1
in_web addr flush dev eth0
until_said $out 'default is gone: address-removed'
kill "$started"
cd /root/netmon

step 'As kata-netmon'
kata-netmon --version
says 'npm run demo'
npm run demo >$out || fail 'npm run demo'
tail -n 1 $out

step 'all of it was as the README says'
