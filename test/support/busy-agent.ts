import { AgentBackend } from './agent-backend.js';

// A program: an agent on the directory and cgroup parent given that creates, starts, freezes, limits, stops and removes containers at
// random, several at a time, until it is killed. Prints `busy` once all that an earlier one left is adopted.
const [dir = '', cgroupParent = '', seedText = '1'] = process.argv.slice(2);
let seed = Number(seedText);
const random = (below: number): number => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return Math.floor((seed / 2147483648) * below);
};

const agent = AgentBackend.at(dir, cgroupParent);
await agent.open();
agent.keepSpareShim();
process.stdout.write('busy\n');
await Promise.all(Array.from({ length: 4 }, work));

async function work(): Promise<never> {
  for (;;) {
    const { backend } = agent;
    const views = backend.list();
    const view = views[random(views.length)];
    try {
      if (view === undefined || views.length < 6) {
        const command = ['exec sleep 1000', 'exit 3', 'sleep 0.05; exit 4'][random(3)] ?? '';
        const { id } = await agent.create(command, {
          autoRemove: random(4) === 0,
          limits: { memory: { max: '32m' } },
        });
        await backend.start(id);
      } else if (random(6) === 0) await backend.remove(view.id, { force: true });
      else if (random(4) === 0) await backend.freeze(view.id, { forMs: 100_000 });
      else if (random(3) === 0) await backend.setLimits(view.id, { memory: { max: `${16 + random(40)}m` } }, { clear: true });
      else if (random(2) === 0) await backend.stop(view.id, { timeoutMs: 0 });
      else await backend.start(view.id);
    } catch (error) {
      // They get into each other's way, and are refused; anything else is a fault.
      if (
        !['STATE_CONFLICT', 'CONTAINER_NOT_FOUND', 'LAUNCH_FAILED', 'COMMAND_NOT_FOUND'].includes(
          (error as { code?: string }).code ?? '',
        )
      )
        throw error;
    }
  }
}
