import test from 'ava';
import {Mortality} from '../../src/process/mortal.js';
import {SetprivDoubt} from '../../src/process/setpriv-doubt.js';

test('what is written to a child is kept for a second start only as long as setpriv may refuse', (t) => {
	const mortality = new Mortality(process.env['PATH'] ?? '');
	const doubt = new SetprivDoubt(mortality);
	doubt.wrote('one');
	t.deepEqual(doubt.written, mortality.bySignal ? ['one'] : []);
	mortality.prove();
	// A logger(1) says nothing for days, and takes a line now and then.
	doubt.wrote('two');
	t.false(doubt.written.includes('two'));
});
