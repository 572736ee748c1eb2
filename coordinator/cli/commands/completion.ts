import { Argument } from 'commander';
import { SHELLS, completionScript } from '../completion/scripts.js';
import type { Shell } from '../completion/scripts.js';
import type { Registrar } from '../runner.js';

/** `completion bash|zsh|fish`. */
export const addCompletion: Registrar = (program, run) => {
  program
    .command('completion')
    .description('Print a script that makes a shell complete commands and names: source <(headframe completion bash).')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action(run((call, shell: Shell) => call.printer.text(completionScript(shell))));
};
