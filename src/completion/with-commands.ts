const place = '# COMMANDS\n';

/** Puts what follows from the commands into a template. */
export function withCommands(template: string, text: string): string {
	const [before = '', after] = template.split(place);
	if (after === undefined) throw new Error(`the script of the completion has no line "${place.trim()}"`);
	return `${before}${text}\n${after}`;
}
