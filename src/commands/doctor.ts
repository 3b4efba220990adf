import {Command} from '@oclif/core';
import {runDoctor} from '../app/doctor.js';
import {checkDoctorOptions} from '../options/doctor-options.js';
import {doctorOptions} from '../options/option-table.js';
import {flagsOf} from './flags.js';

export default class Doctor extends Command {
	static override summary = 'Check what netmon needs on this machine, and say how to fix what is missing';

	static override description =
		`Prints one line for each check: ok, warn or fail, what was checked, what was found, and how to fix it. The checks use the real
thing: \`ip\` with its JSON, its batch and its monitor, and the namespace. They change nothing.

Exits 0 if netmon can run, with or without warnings, and 2 if it cannot.`;

	static override examples = [
		{description: 'Can this namespace be watched?', command: '<%= config.bin %> <%= command.id %>'},
		{
			description: 'Can a runtime be called for another namespace?',
			command: '<%= config.bin %> <%= command.id %> --netns web -r /usr/bin/kata-runtime',
		},
		{
			description: 'What is missing, for a program',
			command: `<%= config.bin %> <%= command.id %> --json | jq -r '.findings[] | select(.level != "ok") | .advice'`,
		},
	];

	static override flags = flagsOf(doctorOptions);

	override async run(): Promise<number> {
		const {flags} = await this.parse(Doctor);
		return runDoctor(checkDoctorOptions(flags, process.env));
	}
}
