import test from 'ava';
import type {FoundNamespace} from '../../src/host/found-namespace.js';
import {rosterChanges} from '../../src/host/roster.js';

const at = (name: string | undefined, identity: string): FoundNamespace => ({name, path: `/run/netns/${name}`, identity});
const changes = (watched: readonly FoundNamespace[], found: readonly FoundNamespace[]) => {
	const {start, stop} = rosterChanges(watched, found);
	return [...stop.map(({namespace, what}) => `${namespace.name} ${what}`), ...start.map(({name}) => `${name} starts`)];
};

test('what is there and not watched starts, what is watched and not there is gone', (t) => {
	t.deepEqual(changes([at('a', '1'), at('b', '2')], [at('b', '2'), at('c', '3')]), ['a gone', 'c starts']);
	t.deepEqual(changes([at('a', '1')], [at('a', '1')]), []);
});

test('a name that stands for another namespace is replaced, and starts afresh', (t) => {
	t.deepEqual(changes([at('a', '1')], [at('a', '2')]), ['a replaced', 'a starts']);
});

test('a namespace with several names is watched once, under the first one found', (t) => {
	t.deepEqual(changes([], [at('a', '1'), at('b', '1'), at(undefined, '1')]), ['a starts']);
});

test('a better name that comes later changes nothing; when the first one goes the other takes its place', (t) => {
	t.deepEqual(changes([at('b', '1')], [at('a', '1'), at('b', '1')]), []);
	t.deepEqual(changes([at('b', '1')], [at('a', '1')]), ['b gone', 'a starts']);
});

test('names that swap their namespaces are both replaced', (t) => {
	t.deepEqual(changes([at('a', '1'), at('b', '2')], [at('a', '2'), at('b', '1')]), ['a replaced', 'b replaced', 'a starts', 'b starts']);
});
