/** The output for the lines of one segment. It takes a line or drops it, and never waits. */
export interface SegmentOutput {
	/** Returns whether the line was taken. */
	write(line: string): boolean;
	/** What has been taken, in bytes. */
	readonly taken: number;
	/** Calls once so much of it is in the file, or cannot be written. */
	whenWritten(bytes: number, call: () => void): void;
	flush(limitMs: number): Promise<void>;
	/** Drops everything that has not been written. */
	close(): void;
}

/** One segment that is being written. */
export class SegmentWriter {
	readonly output: SegmentOutput;
	/** It gets its final name when its picture is complete. */
	path: string;
	readonly begins: number;
	bytes = 0;
	/** The size of the picture at its start. */
	headBytes = 0;

	constructor(output: SegmentOutput, path: string, begins: number) {
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

/** The segment that is about to be the current one. */
export interface NextSegment {
	readonly writing: SegmentWriter;
	/** Its picture. */
	readonly head: Iterator<string>;
	/** What has happened since. */
	readonly lines: string[];
	/** What the current segment had taken before its picture. */
	readonly before: number;
}
