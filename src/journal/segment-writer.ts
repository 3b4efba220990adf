/** The output for the lines of one segment. It takes a line or drops it, and never waits. */
export interface SegmentOutput {
	/** Returns whether the line was taken. */
	write(line: string): boolean;
	/** How many bytes it has taken. */
	readonly taken: number;
	/** Calls back once this many of the bytes taken are in the file, or cannot be written. */
	whenWritten(bytes: number, call: () => void): void;
	flush(limitMs: number): Promise<void>;
	/** Drops everything that has not been written. */
	close(): void;
}

/** One segment that is being written. */
export class SegmentWriter {
	readonly output: SegmentOutput;
	readonly path: string;
	readonly begins: number;
	bytes = 0;
	/** The size of the picture at its start. */
	headBytes = 0;

	constructor(output: SegmentOutput, {path, begins}: {readonly path: string; readonly begins: number}) {
		this.output = output;
		this.path = path;
		this.begins = begins;
	}

	/** Returns whether the line was taken. */
	write(line: string): boolean {
		const taken = this.output.write(line);
		if (taken) this.bytes += Buffer.byteLength(line);
		return taken;
	}
}
