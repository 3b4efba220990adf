import {mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {containerIn, ProcessScan} from '../../src/host/process-scan.js';
import {scratchFolder} from '../helpers/runtime.js';

interface Process {
	readonly netns: string;
	readonly command?: string;
	readonly words?: readonly string[];
	readonly cgroup?: string;
}

/** A folder that looks like /proc. */
class ProcFolder {
	readonly path: string;

	constructor(t: ExecutionContext<unknown>) {
		const {path, close} = scratchFolder();
		t.teardown(close);
		this.path = path;
		this.newest(1);
	}

	newest(pid: number): void {
		writeFileSync(join(this.path, 'loadavg'), `0.00 0.01 0.05 1/100 ${pid}\n`);
	}

	start(pid: number, {netns, command = 'sh', words = [command], cgroup = '0::/user.slice'}: Process): void {
		const folder = join(this.path, String(pid));
		mkdirSync(join(folder, 'ns'), {recursive: true});
		this.enter(pid, netns);
		writeFileSync(join(folder, 'comm'), `${command}\n`);
		writeFileSync(join(folder, 'cmdline'), words.map((word) => `${word}\0`).join(''));
		writeFileSync(join(folder, 'cgroup'), `${cgroup}\n`);
		this.newest(pid);
	}

	enter(pid: number, netns: string): void {
		rmSync(join(this.path, String(pid), 'ns/net'), {force: true});
		symlinkSync(`net:[${netns}]`, join(this.path, String(pid), 'ns/net'));
	}

	end(pid: number): void {
		rmSync(join(this.path, String(pid)), {recursive: true});
	}
}

const held = (scan: ProcessScan, now: number) =>
	[...scan.holders(now)].map(([link, {pid, command}]) => `${link.slice(5, -1)} ${pid} ${command}`).sort();

test('each namespace is known by its oldest process, until that ends', (t) => {
	const proc = new ProcFolder(t);
	proc.start(1, {netns: '100', command: 'init'});
	proc.start(20, {netns: '200', command: 'pause'});
	proc.start(30, {netns: '200', command: 'nginx'});
	const scan = new ProcessScan(proc.path);
	t.deepEqual(held(scan, 0), ['100 1 init', '200 20 pause']);
	proc.start(10, {netns: '200', command: 'late'});
	t.deepEqual(held(scan, 500), ['100 1 init', '200 20 pause'], 'a lower pid that comes later takes nothing over');
	proc.end(20);
	t.deepEqual(held(scan, 1000), ['100 1 init', '200 10 late']);
	proc.end(10);
	proc.end(30);
	t.deepEqual(held(scan, 1500), ['100 1 init']);
});

test('a young process is looked at again: it enters its namespace after it was started', (t) => {
	const proc = new ProcFolder(t);
	proc.start(1, {netns: '100', command: 'init'});
	const scan = new ProcessScan(proc.path);
	held(scan, 0);
	proc.start(2, {netns: '100', command: 'unshare'});
	t.deepEqual(held(scan, 500), ['100 1 init']);
	proc.enter(2, '200');
	t.deepEqual(held(scan, 1000), ['100 1 init', '200 2 unshare']);
});

test('an old process that enters another namespace is found within five seconds', (t) => {
	const proc = new ProcFolder(t);
	proc.start(1, {netns: '100', command: 'init'});
	proc.start(2, {netns: '100', command: 'server'});
	const scan = new ProcessScan(proc.path);
	for (let now = 0; now <= 4000; now += 500) held(scan, now);
	proc.enter(2, '200');
	for (let now = 4500; now <= 9500; now += 500) held(scan, now);
	t.deepEqual(held(scan, 10_000), ['100 1 init', '200 2 server']);
});

test('where no process was started, only the known ones are looked at', (t) => {
	const proc = new ProcFolder(t);
	proc.start(1, {netns: '100', command: 'init'});
	const scan = new ProcessScan(proc.path);
	for (let now = 0; now < 4000; now += 500) held(scan, now);
	proc.start(2, {netns: '200'});
	proc.newest(1);
	t.deepEqual(held(scan, 4000), ['100 1 init']);
	proc.newest(2);
	t.deepEqual(held(scan, 4500), ['100 1 init', '200 2 sh']);
});

test('a process whose namespace cannot be seen is looked at no more often than others', (t) => {
	const proc = new ProcFolder(t);
	proc.start(1, {netns: '100', command: 'init'});
	// As of a zombie, or for an ordinary user of each process of another user.
	mkdirSync(join(proc.path, '9'));
	const scan = new ProcessScan(proc.path);
	for (let now = 0; now < 4000; now += 500) held(scan, now);
	proc.start(2, {netns: '200'});
	proc.newest(1);
	t.deepEqual(held(scan, 4000), ['100 1 init'], 'no process was started, as far as it knows');
});

test('what a netmon runs in a namespace is no reason to watch it, also where it is another netmon', (t) => {
	const proc = new ProcFolder(t);
	const monitor = ['ip', '-rcvbuf', '33554432', '-j', '-o', 'monitor', 'label', 'link', 'address', 'route', 'nexthop'];
	proc.start(2, {netns: '200', command: 'ip', words: monitor});
	proc.start(3, {netns: '300', command: 'ip', words: ['/sbin/ip', '-j', '-d', '-force', '-batch', '-']});
	proc.start(4, {netns: '400', command: 'ip', words: ['/sbin/ip', '-j', '-d', '-6', 'route', 'show', 'table', 'main']});
	proc.start(5, {netns: '500', command: 'ip', words: ['ip', 'monitor']});
	t.deepEqual(held(new ProcessScan(proc.path), 0), ['500 5 ip']);
});

test('the own namespace is found in /proc, by what it is called there', (t) => {
	t.true(new ProcessScan().holders(0).has(readlinkSync(`/proc/${process.ppid}/ns/net`)));
});

const id = '3f2a9c41d0e7b85566aa1b2c3d4e5f60718293a4b5c6d7e8f90112233445566a';
for (const cgroup of [
	`0::/system.slice/docker-${id}.scope`,
	`0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope`,
	`12:cpu:/docker/${id}`,
	`0::/machine.slice/libpod-${id}.scope/container`,
]) {
	test(`the container of the cgroup ${cgroup.replace(id, 'ID')}`, (t) => t.is(containerIn(`${cgroup}\n`), id));
}

test('a cgroup without an id of 64 digits names no container', (t) => {
	t.is(containerIn('0::/user.slice/user-1000.slice/session-3.scope\n'), undefined);
	t.is(containerIn(`0::/x/${id}0\n`), undefined);
});
