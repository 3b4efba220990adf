import {type Command, CommandHelp, Help} from '@oclif/core';
import {commandTable} from '../options/command-table.js';
import {groupNames} from '../options/option-table.js';

interface FlagGroups {
	mainFlags: Command.Flag.Any[];
	flagGroups: {[name: string]: Command.Flag.Any[]};
}

type Block = {readonly text: string} | {readonly lines: readonly string[]};

/** Paragraphs and indented blocks of a description. */
export function blocksOf(text: string): readonly Block[] {
	return text
		.split(/\n\n+/)
		.filter((block) => block !== '')
		.map((block) => {
			const lines = block.split('\n');
			return lines.every((line) => line.startsWith('  ')) ? {lines: lines.map((line) => line.slice(2))} : {text: lines.join(' ')};
		});
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

	/** Without the summary, which stands above the usage. A paragraph is broken where the terminal ends. */
	protected override description(): string | undefined {
		const blocks = blocksOf(this.command.description ?? '');
		return blocks.length === 0
			? undefined
			: this.wrap(blocks.map((block) => ('text' in block ? block.text : block.lines.join('\n'))).join('\n\n'));
	}

	/** oclif would name every option here. */
	protected override defaultUsage(): string {
		return [this.command.id, ...Object.values(this.command.args).map((arg) => this.arg(arg)), '[OPTION…]'].join(' ');
	}

	/** oclif would order the flags by their letters. */
	protected override groupFlags(flags: Command.Flag.Any[]): FlagGroups {
		const {mainFlags, flagGroups} = super.groupFlags(flags);
		const ordered = groupNames.flatMap((name) => (flagGroups[name] === undefined ? [] : [[name, flagGroups[name]] as const]));
		return {mainFlags, flagGroups: Object.fromEntries(ordered)};
	}

	protected override sections() {
		return super.sections().map((section) => (section.header === 'FLAGS' ? {...section, header: 'OPTIONS'} : section));
	}
}

/** oclif finds it by this name (package.json). */
export class NetmonHelp extends Help {
	protected override CommandHelpClass = NetmonCommandHelp;

	/** In the order in which a new user needs them. */
	protected override get sortedCommands() {
		const order = Object.keys(commandTable);
		return [...super.sortedCommands].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
	}

	protected override async showRootHelp(): Promise<void> {
		await super.showRootHelp();
		this.log('Begin with netmon watch. netmon COMMAND --help has options and examples.\n');
	}
}
