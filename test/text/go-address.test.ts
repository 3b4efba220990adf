import test from 'ava';
import {goAddress} from '../../src/text/go-address.js';

for (const [printed, go] of [
	['10.0.0.1', '10.0.0.1'],
	['fd00::1', 'fd00::1'],
	['', ''],
	['::ffff:1.2.3.4', '1.2.3.4'],
	['::1.2.3.4', '::102:304'],
	['::255.255.255.255', '::ffff:ffff'],
	['::0.1.0.0', '::1:0'],
	['default', 'default'],
] as const) {
	test(`Go prints "${printed}" as "${go}"`, (t) => {
		t.is(goAddress(printed), go);
	});
}
