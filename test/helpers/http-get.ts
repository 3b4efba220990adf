const script = `const {socketPath, url} = JSON.parse(process.argv[1]);
require('node:http').get(url, {socketPath}, (answer) => answer.pipe(process.stdout));`;

/** A command that prints what a server answers, as long as it does; curl is not on every machine. */
export function httpGet(url: string, socketPath?: string): [string, string[]] {
	return [process.execPath, ['-e', script, JSON.stringify({url, socketPath})]];
}
