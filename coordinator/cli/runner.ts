import type { Command } from 'commander';
import type { Invocation } from './invocation.js';

/**
 * Makes a commander action of a handler that takes the invocation first, then the arguments and options that the command
 * declares. Commander does not type these, so each handler states what its command declared.
 */
export type Runner = <Args extends unknown[]>(
  handler: (call: Invocation, ...args: Args) => Promise<void>,
) => (...args: [...Args, Command]) => Promise<void>;

/** Adds a subject's commands to the program. */
export type Registrar = (program: Command, run: Runner) => void;
