/** What is done with a service. */
export type ServiceVerb = 'install' | 'upgrade' | 'uninstall';

/** Commands of a program about its service, each with its words for help. */
export const SERVICE_VERBS = [
  ['install', 'Install it as a service of systemd, enable and start it; the settings given become its configuration.'],
  ['upgrade', 'Let the installed service run this version; the one before comes back where it is not active in time.'],
  ['uninstall', 'Stop and remove the service; what it runs goes on.'],
] as const satisfies readonly (readonly [ServiceVerb, string])[];

/** Flags of all these commands; commander's names for them are those of `ServiceFlags`. */
export const SERVICE_OPTIONS = [
  ['--dry-run', 'say what would be done, and do nothing'],
  ['--root <folder>', 'root of the file system of an image, in which nothing is started'],
  ['--wait <seconds>', 'time for the service to become active; 60 when not given, 0 does not wait'],
  ['--purge', 'uninstall: remove data and configuration, too'],
] as const;
