import { exitCodeOf } from '#agent/contract/errors.js';
import { VERSION } from '#agent/contract/version.js';
import { type Context, defineCommand } from '#src/cli/command.js';
import { describeFailure } from '#src/cli/failure.js';
import { printable } from '#src/cli/output/printable.js';

export const AGENT = defineCommand({
  usage: '[OPTIONS]',
  description:
    'Runs the agent in the foreground until SIGTERM or SIGINT; containers go on without it, and the next agent takes them up again.\nTSGOV_TOKEN is the bearer token for changes over TCP. Exits 125 when another agent has the root.',
  flags: {},
  args: { min: 0, max: 0 },
  examples: ['tsgov agent', 'tsgov agent --root /srv/tsgov --state /run/tsgov2 --listen off'],
  run: async (context) => {
    try {
      await serve(context);
      return 0;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'AGENT_RUNNING') throw error;
      context.stderr.write(describeFailure(error));
      return exitCodeOf('AGENT_RUNNING');
    }
  },
});

async function serve(context: Context): Promise<void> {
  const { startAgent } = await import('#agent/main.js');
  const { root, state, cgroupParent, listen } = context.globals;
  const token = context.env.TSGOV_TOKEN || undefined;
  const agent = await startAgent({ root, state, cgroupParent, listen, version: VERSION, token });
  for (const warning of agent.warnings) context.stderr.write(`tsgov: ${printable(warning)}\n`);
  const { socket, metricsUrl } = agent.addresses;
  context.stdout.write(
    `tsgov agent ${VERSION} listens on unix://${socket}${metricsUrl === null ? '' : `, metrics on ${metricsUrl}`}\n`,
  );
  await agent.closed;
}
