import {visibleText} from '../text/byte-text.js';
import {columnsOf, padded} from './wrap.js';

/** Rows as lines, each column as wide as its widest cell. */
export function aligned(rows: readonly (readonly string[])[]): string {
	const shown = rows.map((row) => row.map(visibleText));
	const widths = (shown[0] ?? []).map((_, column) => shown.reduce((width, row) => Math.max(width, columnsOf(row[column] ?? '')), 0));
	return shown
		.map(
			(row) =>
				`${row
					.map((cell, column) => padded(cell, widths[column] ?? 0))
					.join('  ')
					.trimEnd()}\n`,
		)
		.join('');
}
