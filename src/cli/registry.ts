import type { Command, CommandEntry } from './command.js';

const RUN = 'Run containers';
const LOOK = 'Look at them';
const GOVERN = 'Govern them';
const NODE = 'The agent and the node';

/** Every command, in the order of the help. The module of a command is loaded when it is called, not before. */
export const COMMANDS: readonly CommandEntry[] = [
  entry(RUN, 'run', 'Create a container and start it', async () => (await import('./commands/run.js')).RUN),
  entry(RUN, 'create', 'Create a container', async () => (await import('./commands/create.js')).CREATE),
  entry(RUN, 'start', 'Start containers', async () => (await import('./commands/start.js')).START),
  entry(RUN, 'stop', 'Stop containers', async () => (await import('./commands/stop.js')).STOP),
  entry(RUN, 'restart', 'Stop and start containers', async () => (await import('./commands/restart.js')).RESTART),
  entry(RUN, 'kill', 'Send containers a signal', async () => (await import('./commands/kill.js')).KILL),
  entry(RUN, 'rm', 'Remove containers', async () => (await import('./commands/rm.js')).RM),
  entry(
    RUN,
    'wait',
    'Wait for containers to stop and print their exit codes',
    async () => (await import('./commands/wait.js')).WAIT,
  ),
  entry(RUN, 'exec', 'Run a command in a running container', async () => (await import('./commands/exec.js')).EXEC),
  entry(
    RUN,
    'attach',
    'Connect to the streams of a running container',
    async () => (await import('./commands/attach.js')).ATTACH,
  ),
  entry(RUN, 'rename', 'Give a container another name', async () => (await import('./commands/rename.js')).RENAME),

  entry(LOOK, 'ps', 'List containers', async () => (await import('./commands/ps.js')).PS),
  entry(LOOK, 'logs', 'Print what a container wrote', async () => (await import('./commands/logs.js')).LOGS),
  entry(LOOK, 'inspect', 'Show all about containers', async () => (await import('./commands/inspect.js')).INSPECT),
  entry(
    LOOK,
    'top',
    'Show the node and all containers on a screen, live, and act on them',
    async () => (await import('./commands/top.js')).TOP,
  ),
  entry(LOOK, 'stats', 'Show what containers use, live', async () => (await import('./commands/stats.js')).STATS),
  entry(
    LOOK,
    'procs',
    'Show the processes, sockets or mounts of containers',
    async () => (await import('./commands/procs.js')).PROCS,
  ),
  entry(
    LOOK,
    'ns',
    'List the namespaces of the node or of a container, and who shares them',
    async () => (await import('./commands/ns.js')).NS,
  ),
  entry(LOOK, 'events', 'Show what happens, live', async () => (await import('./commands/events.js')).EVENTS),
  entry(LOOK, 'journal', 'Show who did what, and why', async () => (await import('./commands/journal.js')).JOURNAL),
  entry(LOOK, 'deaths', 'Show how containers ended', async () => (await import('./commands/deaths.js')).DEATHS),
  entry(LOOK, 'why', 'Say what holds a container back', async () => (await import('./commands/why.js')).WHY),
  entry(LOOK, 'trace', 'Show what the kernel tells, live', async () => (await import('./commands/trace.js')).TRACE),
  entry(
    LOOK,
    'plan',
    'Show how a container is (or would be) launched, step by step',
    async () => (await import('./commands/plan.js')).PLAN,
  ),

  entry(GOVERN, 'limit', 'Change limits of containers, live', async () => (await import('./commands/limit.js')).LIMIT, 'update'),
  entry(
    GOVERN,
    'freeze',
    'Stop containers from using any CPU',
    async () => (await import('./commands/freeze.js')).FREEZE,
    'pause',
  ),
  entry(GOVERN, 'thaw', 'Let frozen containers go on', async () => (await import('./commands/thaw.js')).THAW, 'unpause'),
  entry(
    GOVERN,
    'drift',
    'Show what others changed of its limits, and who',
    async () => (await import('./commands/drift.js')).DRIFT,
  ),
  entry(
    GOVERN,
    'policy',
    'Limits for all containers that match, enforced continuously',
    async () => (await import('./commands/policy.js')).POLICY,
  ),

  entry(NODE, 'agent', 'Run the agent in the foreground', async () => (await import('./commands/agent.js')).AGENT),
  entry(NODE, 'doctor', 'Show what this host offers and lacks', async () => (await import('./commands/doctor.js')).DOCTOR),
  entry(NODE, 'info', 'Show the agent and its node', async () => (await import('./commands/info.js')).INFO),
  entry(NODE, 'version', 'Print the version', async () => (await import('./commands/version.js')).VERSION_COMMAND),
  entry(
    NODE,
    'completion',
    'Print a completion script for a shell',
    async () => (await import('./commands/completion.js')).COMPLETION,
  ),
];

/** The entry of a name or alias. */
export function findCommand(name: string): CommandEntry | undefined {
  return COMMANDS.find((each) => each.name === name || each.aliases.includes(name));
}

function entry(group: string, name: string, summary: string, load: () => Promise<Command>, ...aliases: string[]): CommandEntry {
  return { name, aliases, group, summary, load };
}
