// Draws docs/many-namespaces.svg: makes a small host of namespaces, and draws it as a user would. Needs root, a build and Graphviz.
//   node scripts/draw-host.mjs
import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {root} from './run.mjs';

/** In mounts, processes and a network namespace of its own, so that nothing of this machine is in the picture. */
const script = `
mount -t tmpfs none "$(readlink -f /var/run)"
for name in router web api db; do ip netns add $name; done
ip link set lo up
ip link add br0 type bridge
ip addr add 10.1.0.1/24 dev br0
ip link set br0 up
ip link add eth0 type veth peer name lan0 netns router
ip addr add 192.0.2.10/24 dev eth0
ip link set eth0 up
ip -n router addr add 192.0.2.1/24 dev lan0
ip -n router link set lan0 up
ip route add default via 192.0.2.1
n=2
for name in web api; do
	ip link add veth-$name type veth peer name eth0 netns $name
	ip link set veth-$name master br0 up
	ip -n $name addr add 10.1.0.$n/24 dev eth0
	[ $name = api ] || { ip -n $name link set eth0 up; ip -n $name route add default via 10.1.0.1; }
	n=$((n + 1))
done
ip link add link eth0 name eth1 netns db type macvlan mode bridge
ip -n db addr add 192.0.2.20/24 dev eth1
ip -n db link set eth1 up
ip -n db route add default via 192.0.2.1
unshare --net sleep 60 & sleeper=$!
until [ "$(readlink /proc/$sleeper/ns/net)" != "$(readlink /proc/$$/ns/net)" ] && [ "$(cat /proc/$sleeper/comm)" = sleep ]; do sleep 0.02; done
ip link add veth-job type veth peer name eth0 netns $sleeper
ip link set veth-job master br0 up
nsenter --net=/proc/$sleeper/ns/net sh -c 'ip addr add 10.1.0.9/24 dev eth0; ip link set eth0 up'
"$@" snapshot --all-netns --graph dot
kill $sleeper
`;

const apart = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
const dot = execFileSync('unshare', [...apart, 'sh', '-ec', script, 'sh', process.execPath, join(root, 'bin/run.js')]);
const svg = execFileSync('dot', ['-Tsvg'], {input: dot, encoding: 'utf8'});
// Without the version of Graphviz, the file changes only where the picture does.
writeFileSync(join(root, 'docs/many-namespaces.svg'), svg.replace(/<!--[\s\S]*?-->\n/g, ''));
