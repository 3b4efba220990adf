import {Command} from '@oclif/core';
import {takeSnapshot} from '../app/snapshot.js';
import {snapshotOptions} from '../options/option-table.js';
import {checkSnapshotOptions} from '../options/snapshot-options.js';
import {flagsOf} from './flags.js';

export default class Snapshot extends Command {
	static override summary = 'Print the interfaces, addresses and routes of a network namespace once';

	static override description =
		`A table for people; --json for programs, with the key names of \`ip -j\`: {"interfaces": […], "routes": […]}, each
as \`ip -j -d addr show\` and \`ip -j -d route show table main\` have it; --payload for what the runtime would be sent.`;

	static override examples = [
		{description: 'What is there', command: '<%= config.bin %> <%= command.id %>'},
		{
			description: 'Names of the interfaces that are up',
			command: `<%= config.bin %> <%= command.id %> --json | jq -r '.interfaces[] | select(.flags | index("UP")) | .ifname'`,
		},
		{
			description: 'What a runtime would be sent of the namespace web',
			command: '<%= config.bin %> <%= command.id %> --netns web --payload',
		},
	];

	static override flags = flagsOf(snapshotOptions);

	override async run(): Promise<number> {
		const {flags} = await this.parse(Snapshot);
		return takeSnapshot(checkSnapshotOptions(flags, process.env));
	}
}
