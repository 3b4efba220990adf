import {Command} from '@oclif/core';
import {listWatches} from '../app/list.js';
import {checkListOptions} from '../options/inside-options.js';
import {listOptions} from '../options/option-table.js';
import {flagsOf} from './flags.js';

export default class List extends Command {
	static override summary = 'List every running netmon watch of this user, and each namespace it watches';

	static override examples = [
		{description: 'Every namespace that is watched', command: '<%= config.bin %> <%= command.id %>'},
		{
			description: 'Namespaces whose calls are held back',
			command: `<%= config.bin %> <%= command.id %> --json | jq -r '.[] | select(.held_until) | .netns'`,
		},
	];

	static override flags = flagsOf(listOptions);

	override async run(): Promise<number> {
		const {flags} = await this.parse(List);
		return listWatches(checkListOptions(flags, process.env));
	}
}
