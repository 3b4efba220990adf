import {type Event, eventVersion} from '../model/event.js';

/** Stands for events that were dropped. It has the number of the last of them. */
export function droppedEvent({seq, netns}: Event, count: number): Event {
	const time = new Date().toISOString();
	return {v: eventVersion, time, seq, ...(netns === undefined ? {} : {netns}), event: 'dropped', count};
}
