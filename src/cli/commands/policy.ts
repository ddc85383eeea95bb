import { type Context, defineCommand } from '#src/cli/command.js';
import { closest } from '#src/cli/flags/closest.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { FORMAT_FLAG, type Format, formatOf } from '#src/cli/output/documents.js';
import { applyPolicies } from '#src/cli/policy/apply.js';
import { diffPolicies } from '#src/cli/policy/diff.js';
import { getPolicies } from '#src/cli/policy/get.js';
import { listPolicies } from '#src/cli/policy/ls.js';
import { removePolicies } from '#src/cli/policy/rm.js';
import { testPolicies } from '#src/cli/policy/test.js';
import { validatePolicies } from '#src/cli/policy/validate.js';

export interface PolicyOptions {
  /** As asked for; undefined: what the subcommand prints by itself. */
  format: Format | undefined;
  quiet: boolean;
  /** Of `test`. */
  replay: boolean;
  since: string | undefined;
  until: string | undefined;
  container: string | undefined;
}

interface Subcommand {
  min: number;
  max: number;
  run(context: Context, args: readonly string[], options: PolicyOptions): Promise<number>;
}

const ANY = Number.POSITIVE_INFINITY;
const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  apply: { min: 1, max: ANY, run: applyPolicies },
  ls: { min: 0, max: 0, run: listPolicies },
  get: { min: 1, max: ANY, run: getPolicies },
  rm: { min: 1, max: ANY, run: removePolicies },
  validate: { min: 1, max: ANY, run: validatePolicies },
  diff: { min: 1, max: ANY, run: diffPolicies },
  test: { min: 1, max: 1, run: testPolicies },
};

export const POLICY = defineCommand({
  usage: 'apply|ls|get|rm|validate|diff|test [OPTIONS] [FILE|NAME...]',
  description:
    'Policies: limits for all containers they match, enforced continuously. docs/policies.md has the whole of a policy file.\n' +
    '  apply FILE...     check files (- is stdin) and put their policies in force; files with a fault change nothing\n' +
    '  ls                list policies, and files of policies.d that are refused\n' +
    '  get NAME...       print policies as they were written\n' +
    '  rm NAME...        remove policies; what they had set goes back to what holds without them\n' +
    '  validate FILE...  say all that is wrong with files, with line and column; exits 1 when anything is\n' +
    '  diff FILE...      show what files would change on which container, without changing it\n' +
    '  test FILE|NAME    with --replay: say what its rules would have done, and when, over what the agent recorded',
  flags: {
    format: { ...FORMAT_FLAG, default: 'what suits: a table, or the policy itself for get' },
    quiet: { type: 'boolean', short: 'q', help: 'Only names' },
    filename: {
      type: 'list',
      short: 'f',
      aliases: ['file'],
      value: 'file',
      help: 'A file, as it may also be given without a flag',
    },
    replay: { type: 'boolean', help: 'test: over what was recorded' },
    since: {
      type: 'string',
      value: 'string',
      help: 'test: from this time on: RFC 3339, unix seconds, or how long ago',
      default: '1h',
    },
    until: { type: 'string', value: 'string', help: 'test: up to this time, written as for --since' },
    container: { type: 'string', value: 'string', help: 'test: only of this container' },
  },
  args: { min: 1, max: ANY },
  examples: [
    'tsgov policy validate batch.yaml && tsgov policy diff batch.yaml',
    'tsgov policy apply batch.yaml',
    'tsgov policy ls --format json',
    'tsgov policy rm batch',
    'tsgov policy test batch.yaml --replay --since 6h',
  ],
  run: async (context, flags, [name = '', ...words]) => {
    const args = [...flags.filename, ...words];
    const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name]! : unknown(name);
    if (args.length < subcommand.min || args.length > subcommand.max)
      throw new UsageError(
        `'tsgov policy ${name}' ${subcommand.max === 0 ? 'accepts no arguments' : 'requires at least 1 argument'}`,
      );
    const format = flags.format === undefined ? undefined : formatOf(flags.format, ['json', 'table', 'yaml'], 'table');
    const { since, until, container } = flags;
    const options = { format, quiet: flags.quiet ?? false, replay: flags.replay ?? false, since, until, container };
    return subcommand.run(context, args, options);
  },
});

function unknown(name: string): never {
  const near = closest(name, Object.keys(SUBCOMMANDS));
  throw new UsageError(`'tsgov policy ${name}' is no command: want ${Object.keys(SUBCOMMANDS).join(', ')}`, {
    ...(near === undefined ? {} : { hint: `did you mean 'tsgov policy ${near}'?` }),
  });
}
