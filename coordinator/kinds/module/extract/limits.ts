/** How much of a module is read, so that a hostile one costs little: files, characters, findings. */
export const LIMITS = {
  /** Files that are looked at; those nearest the top come first. */
  files: 2_000,
  /** Characters of one file. */
  fileChars: 400_000,
  /** Characters of all files that are not Python together. */
  configChars: 1_000_000,
  /** Steps of the parser of Python for all files together, about three for eight characters of usual code. */
  pythonSteps: 600_000,
  /** Brackets within brackets; beyond, parsers take a time that grows faster than the file. */
  brackets: 200,
  /** Characters of all files together. */
  totalChars: 6_000_000,
  /** Settings found before merging. */
  findings: 4_000,
  /** Settings of one configuration file. */
  settingsOfFile: 300,
  warnings: 200,
  ports: 200,
  entries: 100,
  facts: 500,
  /** Places of one setting beside the first. */
  also: 20,
  /** Characters of a name. */
  name: 160,
  /** Characters of a default or a choice. */
  value: 1_000,
  choices: 100,
  /** Characters of a description or a message. */
  description: 300,
  /** Mappings within mappings of a configuration file. */
  nesting: 12,
  /** Steps of following values of Python through names, of all files together. */
  steps: 200_000,
  /** Names and operators followed for one value. */
  depth: 24,
} as const;
