import {Command} from '@oclif/core';
import {runWatch} from '../app/watch.js';
import {watchOptions} from '../options/option-table.js';
import {checkWatchOptions} from '../options/watch-options.js';
import {flagsOf} from './flags.js';

export default class Watch extends Command {
	static override summary = 'Watch a network namespace, and tell a container runtime what changes in it';

	static override description = `With -s and -r it is the daemon: every interface that comes or goes, and every change of the routes,
leads to one call \`RUNTIME kata-network add-iface|del-iface|update-routes ID FILE\`, one at a time.
Without them it observes: it prints what is there, then each change as it happens, and calls nothing.

Every option can also come from the environment: NETMON_FAMILY for --family, and so on.
Ends with 0 at SIGTERM or SIGINT, 1 for a mistake in the command, 2 where the environment lacks something.`;

	static override examples = [
		{description: 'See what happens in the own namespace', command: '<%= config.bin %> <%= command.id %>'},
		{description: 'Tell a runtime', command: '<%= config.bin %> <%= command.id %> -s sandbox1 -r /usr/bin/kata-runtime'},
		{description: 'In the namespace of a process', command: '<%= config.bin %> <%= command.id %> --netns 4711 --family all'},
		{
			description: 'Interfaces that come, as JSON',
			command: `<%= config.bin %> <%= command.id %> --output ndjson | jq 'select(.event == "interface-added") | .ifname'`,
		},
		{description: 'What would be called', command: '<%= config.bin %> <%= command.id %> --dry-run'},
	];

	static override flags = flagsOf(watchOptions);

	override async run(): Promise<number> {
		const {flags} = await this.parse(Watch);
		return runWatch(checkWatchOptions(flags, process.env));
	}
}
