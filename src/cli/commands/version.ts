import { VERSION } from '#agent/contract/version.js';
import { defineCommand } from '#src/cli/command.js';
import { document, formatOf } from '#src/cli/output/documents.js';

export const VERSION_COMMAND = defineCommand({
  usage: '[OPTIONS]',
  description: "Prints the version of this command line; with --agent the running agent's too. Without it nothing is contacted.",
  flags: {
    agent: { type: 'boolean', help: 'Ask the agent for its version, kernel and cgroup mode too' },
    format: { type: 'string', short: 'f', value: 'string', help: 'text, json or yaml', default: 'text' },
  },
  args: { min: 0, max: 0 },
  run: async (context, flags) => {
    const format = formatOf(flags.format, ['text', 'json', 'yaml'], 'text');
    const node = flags.agent ? await (await context.client()).node() : undefined;
    const agent = node && { version: node.version, kernel: node.kernel, cgroupMode: node.cgroup.mode };
    if (format !== 'text')
      context.stdout.write(
        await document({ client: { version: VERSION, node: process.version }, ...(agent && { agent }) }, format),
      );
    else
      context.stdout.write(
        `tsgov ${VERSION}\n${agent ? `agent ${agent.version} (kernel ${agent.kernel}, cgroup ${agent.cgroupMode})\n` : ''}`,
      );
    return 0;
  },
});
