/** Prints a report for people. */
export function printReport({node, at, quick, sections}) {
	process.stdout.write(`netmon bench, Node ${node}, ${at}${quick ? ', quick (few repetitions: a first impression only)' : ''}\n`);
	for (const [name, {rows, checks}] of Object.entries(sections)) {
		process.stdout.write(`\n${name}\n`);
		printTable(['', 'setting', 'median', '95 %', 'n', 'ratio'], rows.map(rowCells));
		if (checks.length > 0) process.stdout.write('\n');
		for (const {what, value, limit, unit, holds} of checks) {
			process.stdout.write(`  ${holds ? 'holds' : 'MISSED'}  ${what}: ${format(value)} of ${format(limit)} ${unit}\n`);
		}
	}
}

function rowCells({what, interfaces, routes, median, p95, count, unit, ratio, of}) {
	const setting = interfaces === undefined ? '' : `${interfaces} interfaces, ${routes} routes`;
	return [
		what,
		setting,
		`${format(median)} ${unit}`,
		p95 === undefined ? '' : format(p95),
		count ?? '',
		ratio === undefined ? '' : `${format(ratio)} x ${of}`,
	];
}

function printTable(head, rows) {
	const cells = [head, ...rows].map((row) => row.map(String));
	const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
	for (const row of cells) {
		process.stdout.write(
			`  ${row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  ')}\n`,
		);
	}
}

/** Three figures that count. */
function format(value) {
	if (!Number.isFinite(value)) return '-';
	if (Number.isInteger(value)) return String(value);
	return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
