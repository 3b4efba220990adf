import {Command} from '@oclif/core';
import {runDoctor} from '../app/doctor.js';
import {checkDoctorOptions} from '../options/doctor-options.js';
import {doctorOptions} from '../options/option-table.js';
import {flagsOf} from './flags.js';

export default class Doctor extends Command {
	static override summary = 'Check what netmon needs of this machine, and say how to mend what is missing';

	static override description =
		`A line for each thing: ok, warn or fail, what it is, what was found, and how to mend it. It tries the real thing:
\`ip\` and its JSON, its batch and its monitor, the namespace, and changes nothing.

Ends with 0 where netmon can run, be it with warnings, and with 2 where it cannot.`;

	static override examples = [
		{description: 'Can the own namespace be watched', command: '<%= config.bin %> <%= command.id %>'},
		{
			description: 'Can a runtime be told of another one',
			command: '<%= config.bin %> <%= command.id %> --netns web -r /usr/bin/kata-runtime',
		},
		{
			description: 'What is missing, for programs',
			command: `<%= config.bin %> <%= command.id %> --json | jq -r '.findings[] | select(.level != "ok") | .advice'`,
		},
	];

	static override flags = flagsOf(doctorOptions);

	override async run(): Promise<number> {
		const {flags} = await this.parse(Doctor);
		return runDoctor(checkDoctorOptions(flags, process.env));
	}
}
