import test from 'ava';
import {parseSize} from '../../src/text/size.js';

test('MB is 10^6 bytes, and what is no size is refused', (t) => {
	t.deepEqual(['64MB', '500kB', '1.5GB', '7B'].map(parseSize), [64_000_000, 500_000, 1_500_000_000, 7]);
	t.deepEqual(
		['64', '64 MB', '64mb', '-1MB', '', '1e3B'].map(parseSize),
		Array.from({length: 6}, () => undefined),
	);
});
