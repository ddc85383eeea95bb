import { AgentError, exitCodeOf } from '#agent/contract/errors.js';
import { VERSION } from '#agent/contract/version.js';
import { type Context, defineCommand } from '#src/cli/command.js';
import { describeFailure } from '#src/cli/failure.js';

export const AGENT = defineCommand({
  usage: '[OPTIONS]',
  description:
    'Runs the agent in the foreground until SIGTERM or SIGINT; containers go on without it, and the next agent takes them up again.\nExits 125 when another agent has the root.',
  flags: {},
  args: { min: 0, max: 0 },
  examples: ['tsgov agent', 'tsgov agent --root /srv/tsgov --state /run/tsgov2 --listen off'],
  run: async (context) => {
    try {
      return await serve(context);
    } catch (error) {
      if (!(error instanceof AgentError) || error.code !== 'AGENT_RUNNING') throw error;
      context.stderr.write(describeFailure(error));
      return exitCodeOf('AGENT_RUNNING');
    }
  },
});

async function serve(context: Context): Promise<number> {
  const { startAgent } = await import('#agent/main.js');
  const { root, state, cgroupParent, listen } = context.globals;
  await startAgent({ root, state, cgroupParent, listen, version: VERSION });
  return 0;
}
