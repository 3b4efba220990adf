export type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'dim';

/** SGR codes (ECMA-48, 8.3.117). */
const codes: Readonly<Record<Colour, string>> = {green: '32', red: '31', yellow: '33', cyan: '36', dim: '2'};

export function painted(text: string, colour: Colour): string {
	return `\u001b[${codes[colour]}m${text}\u001b[0m`;
}

export type ColourChoice = 'auto' | 'always' | 'never';

/** Colours are for terminals and for users who ask for them: --color, then FORCE_COLOR as Node reads it, then no-color.org. */
export function wantsColours(
	choice: ColourChoice,
	onTerminal: boolean,
	environment: Readonly<Record<string, string | undefined>>,
): boolean {
	if (choice !== 'auto') return choice === 'always';
	const forced = environment['FORCE_COLOR'];
	if (forced !== undefined) return !['0', 'false'].includes(forced);
	if (environment['NO_COLOR']) return false;
	return onTerminal && environment['TERM'] !== 'dumb';
}
