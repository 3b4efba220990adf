import {type Command, CommandHelp, Help} from '@oclif/core';
import {groupNames} from '../options/option-table.js';

interface FlagGroups {
	mainFlags: Command.Flag.Any[];
	flagGroups: {[name: string]: Command.Flag.Any[]};
}

class NetmonCommandHelp extends CommandHelp {
	/** Examples are on lines of their own that are never broken, so that they can be pasted at every width. */
	protected override examples(examples: Command.Example[] | string | undefined): string | undefined {
		if (examples === undefined || typeof examples === 'string') return examples;
		const shown = examples.map((example) => {
			if (typeof example === 'string') return this.render(example);
			return `${example.description}\n\n  $ ${this.render(example.command)}`;
		});
		return shown.join('\n\n');
	}

	/** oclif would order the flags by their letters. */
	protected override groupFlags(flags: Command.Flag.Any[]): FlagGroups {
		const {mainFlags, flagGroups} = super.groupFlags(flags);
		const ordered = groupNames.flatMap((name) => (flagGroups[name] === undefined ? [] : [[name, flagGroups[name]] as const]));
		return {mainFlags, flagGroups: Object.fromEntries(ordered)};
	}
}

/** oclif finds it by this name (package.json). */
export class NetmonHelp extends Help {
	protected override CommandHelpClass = NetmonCommandHelp;
}
