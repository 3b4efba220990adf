import test from 'ava';
import {judgeVersion} from '../../src/probe/ip-version.js';

for (const [printed, verdict] of [
	['ip utility, iproute2-ss200127', 'usable'],
	['ip utility, iproute2-ss191125', 'too old'],
	['ip utility, iproute2-ss181023', 'too old'],
	['ip utility, iproute2-5.4.0', 'too old'],
	['ip utility, iproute2-4.20.0', 'too old'],
	['ip utility, iproute2-5.5.0', 'usable'],
	['ip utility, iproute2-v5.7.0-77-g687d1c06', 'usable'],
	['ip utility, iproute2-5.10.0', 'usable'],
	['ip utility, iproute2-6.1.0, libbpf 1.1.2', 'usable'],
	['ip utility, iproute2-10.0.0', 'usable'],
	['ip utility, iproute2-next', 'usable'],
	['BusyBox v1.35.0 (Debian 1:1.35.0-4) multi-call binary.', 'not iproute2'],
	['', 'not iproute2'],
	['ip utility', 'not iproute2'],
] as const) {
	test(`a program that says "${printed}" is ${verdict}`, (t) => {
		t.is(judgeVersion(`${printed}\n`), verdict);
	});
}
