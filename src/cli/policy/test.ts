import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { TsgovClient } from '#agent/client.js';
import type { PolicyTest, ReplayedAct } from '#agent/contract/policy-test.js';
import type { Context } from '#src/cli/command.js';
import type { PolicyOptions } from '#src/cli/commands/policy.js';
import { defined } from '#src/cli/defined.js';
import { timeOf } from '#src/cli/flags/time-of.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { document } from '#src/cli/output/documents.js';
import { binarySize } from '#src/cli/output/human-size.js';
import { printable } from '#src/cli/output/printable.js';
import { issueLines } from './checked.js';
import { type ReadPolicyFile, readPolicyFile } from './read-file.js';

/** `policy test FILE|NAME --replay`: what its rules would have done over what was recorded; 1 when the file is wrong. */
export async function testPolicies(context: Context, [source = '']: readonly string[], options: PolicyOptions): Promise<number> {
  if (!options.replay) throw new UsageError("'tsgov policy test' needs --replay: it tests over what the agent recorded");
  const client = await context.client();
  const { file, text, issues } = await sourceOf(context, client, source);
  const at = (flag: 'since' | 'until'): string | undefined => {
    const value = options[flag];
    return value === undefined ? undefined : timeOf(flag, value, context.now());
  };
  const { container, format } = options;
  const result =
    issues.length > 0
      ? { ...NOTHING_TESTED, issues }
      : await client.testPolicies(text, { file, ...defined({ since: at('since'), until: at('until'), container }) });
  if (format === 'json' || format === 'yaml') context.stdout.write(await document(result, format));
  else if (options.quiet) context.stdout.write([...new Set(result.acts.map((act) => `${act.container.name}\n`))].join(''));
  else {
    context.stderr.write(issueLines(result.issues));
    if (result.issues.length === 0) context.stdout.write(testText(result));
  }
  return result.issues.length === 0 ? 0 : 1;
}

const NOTHING_TESTED: PolicyTest = { issues: [], rules: 0, from: null, to: null, ticks: 0, missing: [], acts: [], more: 0 };

/** What a person reads: each act with when, on whom, and the values it was decided on. */
export function testText({ rules, from, to, ticks, missing, acts, more }: PolicyTest): string {
  if (rules === 0) return 'it has no rules: there is nothing to replay\n';
  if (from === null || to === null) return 'nothing was recorded in that time\n';
  const lines = [`${ticks} ticks from ${from} to ${to}, ${rules} ${rules === 1 ? 'rule' : 'rules'}`];
  if (missing.length > 0) lines.push(`never recorded in that time, so never above or below anything: ${missing.join(', ')}`);
  if (acts.length === 0) lines.push('nothing would have been done');
  for (const act of acts) lines.push(`${act.time} ${act.container.name}: ${actText(act)}`, `    ${act.reason}${valuesText(act)}`);
  if (more > 0) lines.push(`and ${more} acts more`);
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function actText({ policy, rule, action, detail }: ReplayedAct): string {
  const details = Object.entries(detail).map(([name, value]) => `${name} ${valueText(name, value)}`);
  return `${action}${details.length === 0 ? '' : ` ${details.join(', ')}`} (${policy}/${rule})`;
}

function valuesText({ values }: ReplayedAct): string {
  const texts = Object.entries(values).map(([name, value]) => `${name} ${valueText(name, value)}`);
  return texts.length === 0 ? '' : ` [${texts.join(', ')}]`;
}

function valueText(name: string, value: string | number | boolean): string {
  if (typeof value !== 'number') return String(value);
  const isBytes = name === 'bytes' || /^memory\.(max|high|low|min|swap|current|anon)/.test(name);
  return isBytes ? binarySize(value) : String(Number(value.toFixed(3)));
}

/** A file, stdin as `-`, or else a policy by its name. */
async function sourceOf(context: Context, client: TsgovClient, source: string): Promise<ReadPolicyFile> {
  if (source === '-' || existsSync(resolve(context.cwd, source))) return readPolicyFile(source, context.cwd);
  return { file: source, text: (await client.policy(source)).text, issues: [] };
}
