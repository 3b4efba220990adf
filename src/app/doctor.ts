import {examine} from '../doctor/examine.js';
import {exitCode} from '../model/errors.js';
import type {DoctorOptions} from '../options/doctor-options.js';
import {canRun, findingLines, findingsJson} from '../report/findings.js';
import {print} from '../report/print.js';

/** Prints the findings. Resolves to the exit code. */
export async function runDoctor(options: DoctorOptions): Promise<number> {
	const findings = await examine(options, process.env['PATH'] ?? '');
	await print(options.json ? findingsJson(findings) : findingLines(findings));
	return canRun(findings) ? exitCode.done : exitCode.environment;
}
