/** What the doctor looks at; `headframe agent doctor` prints them in this order. */
export type CheckName =
  | 'engine'
  | 'live_restore'
  | 'resource_limits'
  | 'storage'
  | 'engine_disk'
  | 'networking'
  | 'user_namespaces'
  | 'seccomp'
  | 'access_control'
  | 'icc'
  | 'engine_api'
  | 'engine_logs'
  | 'cgroups'
  | 'confinement'
  | 'kernel'
  | 'clock_sync'
  | 'open_files'
  | 'data_folder'
  | 'other_agent'
  | 'leases'
  | 'coordinator'
  | 'gpus';

/** The outcome of one check; whatever is not well comes with what to do about it. */
export type Finding =
  | { readonly check: CheckName; readonly status: 'ok'; readonly detail: string }
  | {
      readonly check: CheckName;
      /** A `problem` keeps miners from running; a `warning` costs something that is said in the detail. */
      readonly status: 'warning' | 'problem';
      readonly detail: string;
      readonly remedy: string;
    };

/** A finding that all is well. */
export function ok(check: CheckName, detail: string): Finding {
  return { check, status: 'ok', detail };
}

/** A finding that something is worse than it could be. */
export function warning(check: CheckName, detail: string, remedy: string): Finding {
  return { check, status: 'warning', detail, remedy };
}

/** A finding that miners cannot run, or not safely. */
export function problem(check: CheckName, detail: string, remedy: string): Finding {
  return { check, status: 'problem', detail, remedy };
}

/** A byte count for people, in GiB with one digit. */
export function inGib(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
