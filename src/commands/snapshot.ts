import {Command, Flags} from '@oclif/core';
import {takeSnapshot} from '../daemon/take-snapshot.js';
import {namespaceOptions} from '../options/option-table.js';
import {namespaceValues, OptionValues} from '../options/watch-options.js';
import {profiles} from '../runtime/payload.js';
import {flagsOf} from './flags.js';

const snapshotOptions = {
	...namespaceOptions,
	profile: {
		kind: 'choice',
		choices: profiles,
		default: 'kata-1.13',
		summary: 'consumer whose form --payload writes',
	},
} as const;

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

	static override flags = {
		...flagsOf(snapshotOptions),
		json: Flags.boolean({summary: "one JSON object, with ip's own key names", exclusive: ['payload']}),
		payload: Flags.boolean({summary: 'one JSON object, with the interfaces and routes as the runtime would be sent them'}),
	};

	override async run(): Promise<number> {
		const {flags} = await this.parse(Snapshot);
		const values = new OptionValues(snapshotOptions, flags, process.env);
		const form = flags['payload'] === true ? 'payload' : flags['json'] === true ? 'json' : 'table';
		return takeSnapshot(namespaceValues(values), form, values.choice('profile', profiles));
	}
}
