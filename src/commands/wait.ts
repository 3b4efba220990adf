import {Command} from '@oclif/core';
import {waitForConditions} from '../app/wait.js';
import {waitOptions} from '../options/option-table.js';
import {checkWaitOptions} from '../options/wait-options.js';
import {flagsOf} from './flags.js';

export default class Wait extends Command {
	static override summary = 'Wait until conditions hold in a network namespace';

	static override description = `Returns as soon as all conditions hold at the same time, at once if they already do. A condition is one of

  link:NAME             the interface is there
  up:NAME               it is up and has a carrier
  gone:NAME             it is not there
  address:NAME          it has a usable address that is not link-local
  address:NAME=ADDRESS  it has this address, with or without /PREFIX
  route:default         there is a default route that is not dead
  route:NETWORK         there is a route to exactly this network

with ! before it for "not".

Exits 0 when they hold, 1 when they do not before --timeout, with one line that says which one and why, and 2 for any trouble.`;

	static override usage = 'wait CONDITION… [OPTION…]';

	static override strict = false;

	static override examples = [
		{description: 'Wait for an address and a default route', command: '<%= config.bin %> <%= command.id %> address:eth0 route:default'},
		{
			description: 'At most half a minute, for a route that stays',
			command: '<%= config.bin %> <%= command.id %> --timeout 30s --settle 1s route:10.0.0.0/8',
		},
		{
			description: 'Until an interface is gone from a namespace that may not be there yet',
			command: '<%= config.bin %> <%= command.id %> --netns web --follow gone:eth1',
		},
	];

	static override flags = flagsOf(waitOptions);

	override async run(): Promise<number> {
		const {flags, argv} = await this.parse(Wait);
		return waitForConditions(checkWaitOptions(flags, process.env, argv.map(String)));
	}
}
