import type { FlagSpec } from '#src/cli/flags/flag.js';
import { SETTINGS, variableOf } from './settings.js';

/** docs/config.md: every setting, around an example. */
export function configMarkdown(example: string): string {
  const rows = Object.entries<FlagSpec>(SETTINGS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, spec]) => {
      const help = spec.help.replace(/; also TSGOV_\w+$/, '');
      return `| \`${key}\` | ${spec.type === 'list' ? 'list' : (spec.value ?? spec.type)} | ${spec.default === undefined ? '' : `\`${spec.default}\``} | ${help} | \`${variableOf(key)}\` |`;
    });
  return `${BEFORE}
\`\`\`yaml
${example}\`\`\`

| setting | value | default | what | variable |
|---|---|---|---|---|
${rows.join('\n')}
${AFTER}`;
}

const BEFORE = `# The settings file

<!-- Written by scripts/gen-cli-docs.mjs from src/cli/config/settings.ts; do not edit. -->

\`/etc/tsgov/config.yaml\`, or the file that \`--config\` or \`TSGOV_CONFIG\` names, says what the agent is started with: a YAML (or JSON) map of the agent's
flags by their names. A flag wins over a variable, a variable over the file, the file over what is built in. No file is an empty one, unless it was named.
`;

const AFTER = `
Values are written as on the command line ([cli.md](cli.md)), a list as a list. Paths are absolute: the agent's directory is not that of who starts it.

Commands read the file too, for \`root\`, \`state\`, \`cgroup-parent\` and \`listen\`: so they find the agent, and start the same one. Who may not read the file of
the default path gets the defaults. The token is the agent's: a command takes one for another node only from a flag or the environment.

A file with a fault is refused whole (\`CONFIG_INVALID\`, exit 1), with file, line and column of each, and what would be valid:

    tsgov: /etc/tsgov/config.yaml:2:11: reassert: "soon"; want seconds as a number, or with ms s m h, such as 100ms, 30s, 1m30s
      /etc/tsgov/config.yaml:3:1: "metrics-graze" is no setting; did you mean metrics-grace?

It is read when the agent starts; policies are not in it, they have files of their own ([policies.md](policies.md)) that are followed.
`;
