/** One line of talk on stderr, so that stdout stays for results. */
export function say(text) {
  process.stderr.write(`\u2192 ${text}\n`);
}

/** A failure the user can act on: printed without a stack. */
export class Trouble extends Error {}

/** Runs a script's main, turning Trouble into one clear line and exit code 1. */
export async function main(run) {
  try {
    const code = await run();
    if (typeof code === 'number') process.exitCode = code;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = 1;
  }
}
