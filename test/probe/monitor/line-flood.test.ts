import test from 'ava';
import {LineFlood} from '../../../src/probe/monitor/line-flood.js';

/** What it says of pieces of so many lines, so many milliseconds apart. */
function answers(pieces: number, lines: number, gapMs: number, flood = new LineFlood(), from = 0): boolean[] {
	return Array.from({length: pieces}, (_, index) => flood.shouldWait(lines, from + index * gapMs));
}

test('the lines of a few changes are read at once', (t) => {
	t.false(answers(20, 1, 0.01).includes(true));
	t.false(answers(1000, 1, 1).includes(true));
});

test('of a flood of single lines all but the first are read after a pause', (t) => {
	const waits = answers(1000, 1, 0.02);
	t.true(waits.indexOf(true) <= 25);
	t.false(waits.slice(25).includes(false));
});

test('the flood goes on while pieces come after pauses, and a long piece is followed at once', (t) => {
	const flood = new LineFlood();
	answers(50, 1, 0.02, flood);
	t.false(answers(100, 50, 2, flood, 3).includes(false));
	t.false(flood.shouldWait(280, 205));
});

test('after a flood, a line is read at once again', (t) => {
	const flood = new LineFlood();
	answers(1000, 10, 0.1, flood);
	t.false(flood.shouldWait(1, 120));
});
