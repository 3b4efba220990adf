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
