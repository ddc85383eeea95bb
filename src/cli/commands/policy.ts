import { type Context, defineCommand } from '#src/cli/command.js';
import { closest } from '#src/cli/flags/closest.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { FORMAT_FLAG, type Format, formatOf } from '#src/cli/output/documents.js';
import { applyPolicies } from '#src/cli/policy/apply.js';
import { diffPolicies } from '#src/cli/policy/diff.js';
import { getPolicies } from '#src/cli/policy/get.js';
import { listPolicies } from '#src/cli/policy/ls.js';
import { removePolicies } from '#src/cli/policy/rm.js';
import { validatePolicies } from '#src/cli/policy/validate.js';

export interface PolicyOptions {
  /** As asked for; undefined: what the subcommand prints by itself. */
  format: Format | undefined;
  quiet: boolean;
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
};

export const POLICY = defineCommand({
  usage: 'apply|ls|get|rm|validate|diff [OPTIONS] [FILE|NAME...]',
  description:
    'Policies: limits for all containers they match, enforced continuously. docs/policies.md has the whole of a policy file.\n' +
    '  apply FILE...     check files (- is stdin) and put their policies in force; files with a fault change nothing\n' +
    '  ls                list policies, and files of policies.d that are refused\n' +
    '  get NAME...       print policies as they were written\n' +
    '  rm NAME...        remove policies; what they had set goes back to what holds without them\n' +
    '  validate FILE...  say all that is wrong with files, with line and column; exits 1 when anything is\n' +
    '  diff FILE...      show what files would change on which container, without changing it',
  flags: {
    format: { ...FORMAT_FLAG, default: 'what suits: a table, or the policy itself for get' },
    quiet: { type: 'boolean', short: 'q', help: 'Only names' },
  },
  args: { min: 1, max: ANY },
  examples: [
    'tsgov policy validate batch.yaml && tsgov policy diff batch.yaml',
    'tsgov policy apply batch.yaml',
    'tsgov policy ls --format json',
    'tsgov policy rm batch',
  ],
  run: async (context, flags, [name = '', ...args]) => {
    const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name]! : unknown(name);
    if (args.length < subcommand.min || args.length > subcommand.max)
      throw new UsageError(
        `'tsgov policy ${name}' ${subcommand.max === 0 ? 'accepts no arguments' : 'requires at least 1 argument'}`,
      );
    const format = flags.format === undefined ? undefined : formatOf(flags.format, ['json', 'table', 'yaml'], 'table');
    return subcommand.run(context, args, { format, quiet: flags.quiet ?? false });
  },
});

function unknown(name: string): never {
  const near = closest(name, Object.keys(SUBCOMMANDS));
  throw new UsageError(`'tsgov policy ${name}' is no command: want ${Object.keys(SUBCOMMANDS).join(', ')}`, {
    ...(near === undefined ? {} : { hint: `did you mean 'tsgov policy ${near}'?` }),
  });
}
