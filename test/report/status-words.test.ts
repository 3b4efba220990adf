import test from 'ava';
import {statusWords} from '../../src/report/status-words.js';

const web = {netns: 'web', interfaces: 2, routes: 1};
const one = {waitsFor: undefined, several: false, watched: [web]};

test('the status says what is watched, in plain words', (t) => {
	t.is(statusWords(one), 'Watching web: 2 interfaces, 1 route');
	t.is(statusWords({...one, watched: [{...web, netns: undefined}]}), 'Watching this namespace: 2 interfaces, 1 route');
	const several = [web, {netns: undefined, interfaces: 3, routes: 4}];
	t.is(statusWords({...one, several: true, watched: several}), 'Watching 2 namespaces: 5 interfaces, 5 routes');
	t.is(statusWords({...one, several: true, watched: []}), 'Watching 0 namespaces: 0 interfaces, 0 routes');
});

test('the status is one line, whatever the name of a namespace holds', (t) => {
	t.is(statusWords({...one, waitsFor: 'a\nREADY=1'}), 'Waiting for the namespace a\\x0aREADY=1');
});
