/** What stands in a `describe`. */
export type SuiteBody = (this: Mocha.Suite) => void;

/**
 * Makes a `describe` for tests that need something of the machine. Without it they are skipped with the reason in
 * their title; under CI they fail instead, so that a green run there means that they ran.
 */
export function describeWith(missing: string | undefined): (title: string, body: SuiteBody) => void {
  return (title, body) => {
    if (missing === undefined) describe(title, body);
    else if (process.env.CI) describe(title, () => it(`needs what is missing here: ${missing}`, () => fail(missing)));
    else describe.skip(`${title} (skipped: ${missing})`, body);
  };
}

function fail(missing: string): never {
  throw new Error(missing);
}
