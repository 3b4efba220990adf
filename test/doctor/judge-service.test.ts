import test from 'ava';
import {unitIn} from '../../src/doctor/examine-service.js';
import {judgeService, type ServiceSeen} from '../../src/doctor/judge-service.js';

const status = (hex: string) => `Name:\tnode\nCapEff:\t${hex}\n`;
const adminAndPtrace = '0000000000280000';
const admin = '0000000000200000';
const none = '0000000000000000';

const well: ServiceSeen = {
	unit: 'netmon-host.service',
	type: 'notify',
	notifyAccess: 'all',
	execStart: '{ path=/usr/bin/netmon ; argv[]=netmon watch --all-netns }',
	systemdNotify: '/usr/bin/systemd-notify',
	status: status(adminAndPtrace),
	closedSocketFolder: undefined,
};

const lines = (seen: Partial<ServiceSeen>) =>
	judgeService({...well, ...seen}).map(({level, what, detail}) => `${level} ${what}: ${detail}`);
const fine = 'ok service: netmon-host.service, Type=notify';

test('a service that gives netmon all it needs is one line', (t) => {
	t.deepEqual(lines({}), [fine]);
});

const deaf = (access: string) =>
	`fail service: netmon-host.service has Type=notify and NotifyAccess=${access}; systemd does not listen to systemd-notify`;

for (const [notifyAccess, capabilities, said] of [
	['none', adminAndPtrace, deaf('none')],
	['main', adminAndPtrace, fine],
	['main', none, deaf('main')],
	['exec', none, deaf('exec')],
	['all', none, fine],
] as const) {
	test(`NotifyAccess=${notifyAccess} with capabilities ${capabilities}: ${said}`, (t) => {
		t.is(lines({notifyAccess, status: status(capabilities), execStart: undefined})[0], said);
	});
}

test('without systemd-notify a service of Type=notify never gets ready, any other does', (t) => {
	t.deepEqual(lines({systemdNotify: undefined}), [fine, 'fail systemd-notify: not found; netmon-host.service never gets ready']);
	t.deepEqual(lines({systemdNotify: undefined, type: 'exec', notifyAccess: 'none'}), ['ok service: netmon-host.service, Type=exec']);
});

test('a watch of the whole host needs CAP_SYS_PTRACE, one of a namespace does not', (t) => {
	const said = "warn service: without CAP_SYS_PTRACE netmon does not find the namespaces of other users' processes";
	t.deepEqual(lines({status: status(admin)}), [fine, said]);
	t.deepEqual(lines({status: status(admin), execStart: 'argv[]=netmon watch --netns web'}), [fine]);
});

test('sockets that cannot be made are a warning that names the setting', (t) => {
	const [, finding] = judgeService({...well, closedSocketFolder: '/run/netmon'});
	t.like(finding, {level: 'warn', advice: 'Set RuntimeDirectory=netmon and RuntimeDirectoryPreserve=yes.'});
});

test('where systemd does not tell its settings, nothing is concluded from them', (t) => {
	t.deepEqual(lines({type: undefined, notifyAccess: undefined, execStart: undefined, status: undefined}), [
		'ok service: netmon-host.service',
	]);
});

for (const [cgroup, unit] of [
	['0::/system.slice/netmon-host.service\n', 'netmon-host.service'],
	['0::/system.slice/system-netmon.slice/netmon@web.service/.control\n', 'netmon@web.service'],
	['9:pids:/\n1:name=systemd:/system.slice/netmon@web.service\n0::/x\n', 'netmon@web.service'],
	['0::/user.slice/user-1000.slice/user@1000.service/app.slice/netmon.service\n', 'netmon.service'],
	['0::/user.slice/user-1000.slice/session-1.scope\n', undefined],
	['0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-terminal.scope\n', undefined],
	['', undefined],
] as const) {
	test(`the unit in ${JSON.stringify(cgroup)} is ${unit}`, (t) => t.is(unitIn(cgroup), unit));
}
