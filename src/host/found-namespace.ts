/** A process that a namespace is known by. */
export interface NamespaceProcess {
	readonly pid: number;
	/** The name of its command, as `ps` shows it. */
	readonly command: string;
	/** The id of its container, if its cgroup names one. */
	readonly container?: string;
}

/** A namespace that is on this host now. */
export interface FoundNamespace {
	/** The name in events; undefined for netmon's own if it has no name. */
	readonly name: string | undefined;
	/** Path of its nsfs file. */
	readonly path: string;
	/** Device and inode of that file. */
	readonly identity: string;
	/** Set if the namespace has no name, only processes. */
	readonly process?: NamespaceProcess;
}

/** Which namespaces to watch. */
export interface NamespaceChoice {
	/** Names of `ip netns`, paths, or pids. Each is watched whenever it exists. */
	readonly names: readonly string[];
	/** Shell patterns of names. */
	readonly patterns: readonly string[];
	/** Everything that has a name or a process. */
	readonly all: boolean;
}
