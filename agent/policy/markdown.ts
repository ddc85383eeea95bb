import { PolicyDocument } from '#agent/contract/policy.js';
import { SETTABLE } from './actions.js';
import { expected, type Schema } from './check-node.js';
import { SIGNALS } from './signals.js';

/** docs/policies.md: the whole of a policy file, from its schema and vocabularies. `example` is a policy that parses. */
export function policiesMarkdown(example: string): string {
  return [
    INTRODUCTION,
    '## Example\n',
    `\`\`\`yaml\n${example}\`\`\`\n`,
    '## Fields\n',
    'Whatever is not listed here is refused. Sizes take `k m g t` and `KiB MiB GiB TiB` (k is 1024), times `ms s m h`.\n',
    ...table(['field', 'what is valid'], fieldRows(PolicyDocument as unknown as Schema, '', new Set())),
    '',
    '## Signals\n',
    'What `when.signal` may name. `above` and `below` are in the unit.\n',
    ...table(
      ['signal', 'unit', 'what'],
      Object.entries(SIGNALS).map(([name, { unit, help }]) => [`\`${name}\``, UNITS[unit], help]),
    ),
    '',
    `\`set\` takes ${SETTABLE.map((name) => `\`${name}\``).join(', ')}, each as in \`limits\` or as a share such as \`-10%\`.`,
    '',
  ].join('\n');
}

const INTRODUCTION = `# Policies

<!-- Written by scripts/gen-docs.mjs from agent/contract/policy.ts and agent/policy; do not edit. -->

A policy sets limits for all containers it matches, and keeps them there. Policies come from two places:

- **files** \`*.yaml\` and \`*.yml\` in \`/etc/tsgov/policies.d\` (\`tsgov agent --policies-dir DIR\`). They are read again whenever the directory changes.
- **\`tsgov policy apply FILE\`**, or \`PUT /v1/policies/{name}\`. These are kept under the agent's root and are on disk when the command returns.

A file may hold several policies as YAML documents (\`---\`). A file with a fault is refused whole: the message names file, line, column and field,
and says what would be valid. What the file said before stays in force, also when the agent is started anew; \`tsgov policy ls\`, a \`policy-refuse\` event and the condition
\`PolicyFileRefused\` of the node and of the policy say so. An empty file is a fault; to have no policy, remove the file. A name belongs to one policy: who has it keeps it. YAML anchors, aliases and tags are not taken.

**Who wins**: limits given at \`run\` < policies by priority < \`tsgov limit\`, field by field. Of equal priority the policy whose name sorts first
wins. \`tsgov inspect\` shows the policies of a container in \`policies\` and who set each limit in \`limitSources\`. When a policy goes, each limit it
had set goes back to what holds without it. \`tsgov freeze\` and \`tsgov thaw\` count as \`tsgov limit\` of \`state\` where a policy says otherwise; a
freeze by hand ends with the run, at the latest.

**Continuously**: limits are written when a policy appears, changes or goes and when a container starts, and every 5 s (\`tsgov agent
--reassert\`) what somebody else changed is put back, with a \`drift\` event that says what was found. \`state: frozen\` freezes; a container that is being
stopped is let go, and a \`match\` so wide that it means systemd's own cgroup (\`cgroup: /**\`, \`runtime: systemd\`) is refused.

**enforce**: \`enforce\` writes. \`observe\` writes nothing, and tells the same as events (\`policy\` with \`enforce: observe\`) and as conditions of the
containers (\`PolicyObserved\`). \`off\` does nothing.

**Conditions**: a policy that would make no sense together with what else holds for a container (a burst above its quota) is left out there
(\`PolicyRefused\`); a device that this host does not have is left out (\`PolicyDeviceUnknown\`); what the kernel refuses changes nothing and is tried again
(\`PolicyFailed\`); what a rule needs and this host has not
(\`RuleUnsupported\`), a signal that nothing it matches has, so that a rule never holds (\`SignalMissing\`).

**Schedules**: from each time that \`cron\` names, in the machine's time zone, and for \`for\` of elapsed time, \`limits\` hold as the source
\`schedule/NAME\`, stronger than the policy's own limits and weaker than a policy of higher priority; of two windows the one that stands later
in the file. What a schedule set goes back when its window ends, and also when the agent was down at that time; one that starts inside a window
is inside. \`tsgov policy ls\` shows when the next window begins or ends.

**Rules** act on what is measured every second: [rules.md](rules.md) says exactly when each step is done and when it goes back.

**Globs**: \`*\` any characters, \`?\` one, \`[a-z]\` and \`[!a-z]\` one of a set, \`\\\` before a character that is meant literally. In \`cgroup\`, \`*\` stops
at \`/\` and \`**\` does not.

Containers of every runtime that is found ([discovery.md](discovery.md)) are held to policies like tsgov's own; \`match.runtime\` narrows that.
`;

const UNITS = {
  percent: '%',
  bytes: 'bytes',
  count: 'a number',
  perSecond: 'a second',
  cores: 'cores',
  duration: 'time',
  bytesPerSecond: 'bytes a second',
} as const;

/** What is written out elsewhere in the table. */
const SAME_AS: Readonly<Record<string, string>> = {
  'spec.schedule[].limits': 'As `spec.limits`.',
  'spec.rules[].victims.prefer': 'As `spec.match`: these go first.',
  'spec.rules[].victims.avoid': 'As `spec.match`: these go last.',
};

function fieldRows(schema: Schema, prefix: string, seen: ReadonlySet<string>): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]): string[][] => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    const required = schema.required?.includes(key) === true ? ' (required)' : '';
    if (field.$ref !== undefined || (field.items?.$ref !== undefined && seen.has(field.items.$ref)))
      return [[`\`${path}\`${required}`, `a list of conditions (${field.description ?? ''})`]];
    const same = SAME_AS[path];
    if (same !== undefined) return [[`\`${path}\`${required}`, same]];
    const within = new Set([...seen, ...(field.$id === undefined ? [] : [field.$id])]);
    if (field.properties !== undefined) {
      const rows = fieldRows(field, path, within);
      return rows.length === 0 || field.rule !== undefined
        ? [[`\`${path}\`${required}`, field.description ?? '{}'], ...rows]
        : rows;
    }
    if (field.items?.properties !== undefined) return fieldRows(field.items, `${path}[]`, within);
    const values = Object.values(field.patternProperties ?? {})[0];
    const takes =
      values === undefined
        ? described(field)
        : `names, each with ${expected(values)}${field.description === undefined ? '' : ` (${field.description})`}`;
    return [[`\`${path}\`${required}`, takes]];
  });
}

/** What is valid, and what it is for where that does not say so. */
function described(field: Schema): string {
  const takes = expected(field);
  const { description = '' } = field;
  return description === '' || takes.includes(description) ? takes : `${takes} (${description})`;
}

function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
