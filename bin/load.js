const {existsSync} = require('node:fs');
const {join} = require('node:path');

// Before anything is loaded: an older Node would run for a while, and then end with an error of its own.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
	refuse(
		`netmon needs Node 20.19 or later, and this is ${process.version}`,
		'Install a newer Node: README.md says how, or see https://nodejs.org.',
	);
}

// DEBUG shows stacks, with the lines of the sources. Node reads the source map when it loads the bundle.
if (process.env.DEBUG) process.setSourceMapsEnabled(true);

function refuse(message, advice) {
	process.stderr.write(`Error: ${message}\n${advice}\n`);
	process.exit(2);
}

/** Loads a bundle that the build has made. */
exports.load = (name) => {
	try {
		return require(`../dist/${name}`);
	} catch (error) {
		if (error.code !== 'MODULE_NOT_FOUND' || !error.message.includes(name)) throw error;
		return refuse(`netmon is not built: there is no ${name}`, 'Run npm ci in the folder of netmon, and see what it says.');
	}
};

/** As process 1: a shell takes the place of this process, and starts it again. It reaps what others leave behind, which Node does not. */
exports.becomeInit = () => {
	const init = join(__dirname, 'init.sh');
	if (process.pid !== 1 || process.execve === undefined || !existsSync('/bin/sh') || !existsSync(init)) return;
	process.execve('/bin/sh', ['sh', init, process.execPath, ...process.execArgv, ...process.argv.slice(1)]);
};
