/** The variables that are read beside those of the options, and what they do. */
export const otherVariables: Readonly<Record<string, string>> = {
	DEBUG: 'errors are shown with their stack',
	FORCE_COLOR: 'colours, also where stdout is no terminal; `0` or `false`: none',
	NO_COLOR: 'no colours',
	TERM: '`dumb`: no colours',
	PATH: 'where `ip`, `nsenter`, `setpriv`, `flock` and the programs that netmon runs are looked for',
	XDG_RUNTIME_DIR: 'for a user who is not root: the sockets of the running watches lie in its folder `netmon`',
	XDG_STATE_HOME: 'for a user who is not root: the journal is looked for in its folder `netmon/journal`; default `~/.local/state`',
	NOTIFY_SOCKET: 'where systemd is told that netmon is ready and lives',
	WATCHDOG_USEC: 'how often systemd wants to hear that netmon lives',
	WATCHDOG_PID: 'the process that `WATCHDOG_USEC` is meant for',
	SYSTEMD_EXEC_PID: 'the process that systemd has started: only there the variables of the service count',
	JOURNAL_STREAM: 'whether an output leads to the journal, whose lines then have their severity',
	INVOCATION_ID: 'whether `netmon doctor` runs in a service of systemd',
	NETMON_WITHOUT: 'what netmon does for speed and is to leave out, separated by commas; for measurements (docs/performance.md)',
};
