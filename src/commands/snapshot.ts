import {Command} from '@oclif/core';
import {takeSnapshot} from '../app/snapshot.js';
import {snapshotOptions} from '../options/option-table.js';
import {checkSnapshotOptions} from '../options/snapshot-options.js';
import {flagsOf} from './flags.js';

export default class Snapshot extends Command {
	static override summary = 'Print the interfaces, addresses and routes of network namespaces once';

	static override description =
		`Prints a table for people. With --json it prints one object for programs, {"interfaces": […], "routes": […]}, with the entries of
\`ip -j -d addr show\` and \`ip -j -d route show table main\`. With --payload it prints what the runtime would be sent.
With --graph it prints a picture for Graphviz or Mermaid: a box for each namespace, with lines for bridges and their ports, parents and veth pairs.
Of several namespaces the table has a part for each, and --json a line for each with its name as "netns".`;

	static override examples = [
		{description: 'Show this namespace', command: '<%= config.bin %> <%= command.id %>'},
		{
			description: 'Names of the interfaces that are up',
			command: `<%= config.bin %> <%= command.id %> --json | jq -r '.interfaces[] | select(.flags | index("UP")) | .ifname'`,
		},
		{
			description: 'What a runtime would be sent for the namespace web',
			command: '<%= config.bin %> <%= command.id %> --netns web --payload',
		},
		{
			description: 'Draw all namespaces of this host',
			command: '<%= config.bin %> <%= command.id %> --all-netns --graph dot | dot -Tsvg > host.svg',
		},
	];

	static override flags = flagsOf(snapshotOptions);

	override async run(): Promise<number> {
		const {flags} = await this.parse(Snapshot);
		return takeSnapshot(checkSnapshotOptions(flags, process.env));
	}
}
