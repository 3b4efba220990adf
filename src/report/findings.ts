import type {Finding} from '../model/finding.js';
import {visibleText} from '../text/byte-text.js';

/** One line for each: the level, the subject, the finding, and how to fix it. */
export function findingLines(findings: readonly Finding[]): string {
	const width = Math.max(...findings.map(({what}) => what.length));
	const lines = findings.map(({level, what, detail, advice}) => {
		const text = advice === undefined ? detail : `${detail}. ${advice}`;
		return `${level.padEnd(4)}  ${what.padEnd(width)}  ${visibleText(text.replaceAll(/\s*\n\s*/g, ' '))}\n`;
	});
	return lines.join('');
}

export function findingsJson(findings: readonly Finding[]): string {
	return `${JSON.stringify({usable: canRun(findings), findings})}\n`;
}

export function canRun(findings: readonly Finding[]): boolean {
	return findings.every(({level}) => level !== 'fail');
}
