/** The variables that are read beside those of the options, and what they do. */
export const otherVariables: Readonly<Record<string, string>> = {
	DEBUG: 'errors are shown with their stack',
	FORCE_COLOR: 'colours, also where stdout is no terminal; `0` or `false`: none',
	NO_COLOR: 'no colours',
	TERM: '`dumb`: no colours',
	PATH: 'where `ip`, `nsenter`, `setpriv`, `flock` and the programs that netmon runs are looked for',
	XDG_RUNTIME_DIR: 'for a user who is not root: the sockets of the running watches lie in its folder `netmon`',
	XDG_STATE_HOME: 'for a user who is not root: the journal is looked for in its folder `netmon/journal`; default `~/.local/state`',
	NETMON_WITHOUT: 'what netmon does for speed and is to leave out, separated by commas; for measurements (docs/performance.md)',
};
