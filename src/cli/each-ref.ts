import type { Context, ExitStyle } from './command.js';
import { describeFailure, failureExit } from './failure.js';
import { printable } from './output/printable.js';

/** Requests under way at a time when a command names many containers. */
const AT_ONCE = 16;

/**
 * Does something to each container named, several at a time, and prints in the order they were named: what `say` makes of the answer
 * (by default the name as it was given) on stdout, a failure on stderr. Resolves to 0, or to the exit code of the first failure that is not one the caller `forgives`.
 */
export async function eachRef<T>(
  context: Context,
  refs: readonly string[],
  act: (ref: string) => Promise<T>,
  options: { style?: ExitStyle; say?: (answer: T) => string; forgives?: (error: unknown) => boolean } = {},
): Promise<number> {
  const names = [...new Set(refs)];
  const results: Promise<{ answer: T } | { error: unknown }>[] = [];
  const begin = (ref: string | undefined) => {
    if (ref === undefined) return;
    const result = act(ref).then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    );
    results.push(result);
  };
  for (const ref of names.slice(0, AT_ONCE)) begin(ref);
  let code = 0;
  for (const [index, ref] of names.entries()) {
    const result = await results[index]!;
    begin(names[index + AT_ONCE]);
    if ('answer' in result) context.stdout.write(`${printable(options.say?.(result.answer) ?? ref)}\n`);
    else {
      context.stderr.write(describeFailure(result.error));
      if (options.forgives?.(result.error) !== true) code ||= failureExit(result.error, options.style ?? 'plain');
    }
  }
  return code;
}
