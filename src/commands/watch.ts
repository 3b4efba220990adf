import {Command} from '@oclif/core';
import {watchCommand} from '../app/watch-command.js';
import {splitProgram} from '../options/hook-options.js';
import {watchOptions} from '../options/option-table.js';
import {checkWatchOptions} from '../options/watch-options.js';
import {flagsOf} from './flags.js';

export default class Watch extends Command {
	static override summary = 'Print every change in network namespaces, or run a program for each';

	static override description = `Prints the interfaces, addresses and routes that are there, then each change as it happens.

With a program after \`--\` it runs that program for each change instead, with the event in its environment and as JSON on its stdin.

With -s and -r it is the daemon of a container runtime: for each interface that comes or goes, and for each change of the routes, it calls
\`RUNTIME kata-network add-iface|del-iface|update-routes ID FILE\`, one call at a time.

Every option can also come from the environment: NETMON_FAMILY for --family, and so on.

Exits 0 at SIGTERM or SIGINT, 1 for a mistake in the command, and 2 if the environment lacks something.`;

	static override usage = ['watch [OPTION…]', 'watch [OPTION…] -- PROGRAM [ARG…]'];

	static override examples = [
		{description: 'Watch this namespace', command: '<%= config.bin %> <%= command.id %>'},
		{
			description: 'Only the addresses and routes of some interfaces',
			command: "<%= config.bin %> <%= command.id %> --dev 'eth*' --only address,route",
		},
		{description: 'Watch the namespace of a process, IPv4 only', command: '<%= config.bin %> <%= command.id %> --netns 4711 --family inet'},
		{
			description: 'Print the names of new interfaces',
			command: `<%= config.bin %> <%= command.id %> --json | jq -r 'select(.event == "interface-added") | .interface.ifname'`,
		},
		{
			description: 'Run a program for each address that comes or goes',
			command: '<%= config.bin %> <%= command.id %> --on address -- /usr/local/bin/on-address',
		},
		{description: 'Print what a runtime would be called with', command: '<%= config.bin %> <%= command.id %> --dry-run'},
		{description: 'Call a runtime for every change', command: '<%= config.bin %> <%= command.id %> -s sandbox1 -r /usr/bin/kata-runtime'},
	];

	static override flags = flagsOf(watchOptions);

	override async run(): Promise<number> {
		const {options, program} = splitProgram(this.argv);
		const {flags} = await this.parse(Watch, [...options]);
		return watchCommand(checkWatchOptions(flags, process.env, program));
	}
}
