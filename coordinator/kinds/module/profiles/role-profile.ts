import type { FieldViolation } from '../../../../common/model/error.js';
import type { ModuleSetting } from '../extract/index.js';

/** What a role has to do on its chain: be registered, hold a stake, publish where it is reached, judge others. */
export const CHAIN_DUTIES = ['register', 'stake', 'serve', 'weights'] as const;

/** One of `CHAIN_DUTIES`. */
export type ChainDuty = (typeof CHAIN_DUTIES)[number];

/** A variable of the environment that a role is given. */
export interface RoleVariable {
  readonly name: string;
  readonly required: boolean;
  readonly secret: boolean;
  readonly default: string | undefined;
  readonly description: string;
  /** `file:line` of where it is read. */
  readonly at: string;
}

/** A port that a role listens on. */
export interface RolePort {
  readonly name: string;
  readonly port: number;
  /** `file:line` of where it is said. */
  readonly at: string;
}

/** How a module runs as one of its roles. */
export interface RoleProfile {
  readonly role: string;
  /** Path of the program's file; '' where a command was declared without one. */
  readonly entry: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** Paths of the files that name what it needs installed. */
  readonly requirements: readonly string[];
  readonly environment: readonly RoleVariable[];
  /** Command line options that it takes. */
  readonly options: readonly ModuleSetting[];
  readonly ports: readonly RolePort[];
  readonly duties: readonly ChainDuty[];
}

/** Why a module cannot run as a role, with what was found instead. */
export interface ProfileMistake {
  readonly code:
    | 'module_file_invalid'
    | 'role_entry_missing'
    | 'role_entry_ambiguous'
    | 'role_entry_not_found'
    | 'role_requirements_not_found';
  readonly text: string;
  readonly remedy: string;
  /** Paths that look alike, or are meant as likely. */
  readonly found: readonly string[];
  readonly violations: readonly FieldViolation[];
}

/** A profile, or why there is none. */
export type ProfileOutcome = { readonly profile: RoleProfile } | { readonly mistake: ProfileMistake };
