import { Option } from 'commander';
import type { Command } from 'commander';
import { SPACE_COMMANDS } from '../../../common/model/space-commands.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';

/** `space …`, a program of its own that needs no coordinator and parses these flags once more. */
export const addSpace: Registrar = (program, run) => {
  const space = program.command('space').description('Mine by the disks of this machine alone, without a coordinator.');
  for (const { name, description, argument, flags } of SPACE_COMMANDS) {
    const command = space.command(name).description(description);
    if (argument !== undefined) command.argument(`<${argument.name}>`, argument.description);
    for (const { flags: text, description: meaning, standard } of flags)
      command.addOption(new Option(text, meaning).default(standard));
    command.action(
      run(async (call: Invocation, ...given: unknown[]) => {
        const words = given.filter((one) => typeof one === 'string');
        call.exitCode = await call.world.programs.space([name, ...words, ...writtenFlags(command)]);
      }),
    );
  }
};

/** The flags that were given, as they may be written. */
function writtenFlags(command: Command): readonly string[] {
  return command.options.flatMap((option) => {
    const value: unknown = command.getOptionValue(option.attributeName());
    if (typeof value === 'string') return [option.long ?? '', value];
    return value === true ? [option.long ?? ''] : [];
  });
}
