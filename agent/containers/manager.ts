import type { ContainerBackend, StreamSession } from '#agent/contract/backend.js';
import type { Foreign } from '#agent/discovery/foreign.js';
import { isListed, viewForeign } from '#agent/discovery/foreign-view.js';
import { killForeign } from '#agent/discovery/kill-foreign.js';
import { asPersonAsked } from './asked-state.js';
import { attachContainer } from './attach.js';
import { Container } from './container.js';
import type { NodeContext } from './context.js';
import { createContainer } from './create.js';
import { execInContainer } from './exec.js';
import { ownContainer } from './find.js';
import { freezeContainer, thawContainer } from './freeze.js';
import { governContainer } from './govern.js';
import { askedFor, limitAsked } from './journal-acts.js';
import { killContainer } from './kill.js';
import { containerLogs } from './logs.js';
import { namespacesOf } from './namespaces.js';
import { planContainer } from './plan.js';
import { planContainerLimits } from './plan-limits.js';
import { removeContainer } from './remove.js';
import { renameContainer } from './rename.js';
import { restartContainer } from './restart-now.js';
import { startContainer } from './start.js';
import { requireCgroup } from './state.js';
import { containerStats } from './stats.js';
import { stopContainer } from './stop.js';
import { limitsOf, viewContainer } from './view.js';
import { waitContainer } from './wait.js';

const OURS = 'tsgov';

/** The containers of a node as the API sees them: finds the container a reference means and hands on to its operation. */
export function containerBackend(context: NodeContext): ContainerBackend {
  return {
    create: (body) => createContainer(context, body),
    start: async (ref) => {
      const container = ownContainer(context, ref, 'start');
      await container.queue.run(() => startContainer(context, container, 'person'));
    },
    stop: async (ref, options) => {
      const container = ownContainer(context, ref, 'stop');
      const values = { signal: options.signal ?? container.record.stopSignal };
      const act = { action: 'stop', undo: `tsgov start ${container.name}`, values } as const;
      await askedFor(context, container, act, () => stopContainer(context, container, options));
    },
    kill: async (ref, signal) => {
      const container = context.find(ref);
      await askedFor(context, container, { action: 'kill', values: { signal } }, () =>
        container instanceof Container ? killContainer(context, container, signal) : killForeign(context, container, signal),
      );
    },
    restart: async (ref, options) => {
      const container = ownContainer(context, ref, 'restart');
      await askedFor(context, container, { action: 'restart' }, () => restartContainer(context, container, options));
    },
    freeze: async (ref, options) => {
      const container = context.find(ref);
      const values = options.forMs === undefined ? {} : { forMs: options.forMs };
      const state = { field: 'state', before: 'thawed', after: 'frozen', undo: `tsgov thaw ${container.name}`, values };
      await askedFor(context, container, { action: 'freeze', ...state }, () =>
        container.queue.run(() => {
          const freeze = () => freezeContainer(context, container, options);
          // Its deadline is what keeps one with an end.
          return options.forMs === undefined ? asPersonAsked(container, 'frozen', freeze) : freeze();
        }),
      );
    },
    thaw: async (ref) => {
      const container = context.find(ref);
      const state = { field: 'state', before: 'frozen', after: 'thawed', undo: `tsgov freeze ${container.name}` };
      await askedFor(context, container, { action: 'thaw', ...state }, () =>
        container.queue.run(() => asPersonAsked(container, 'thawed', () => thawContainer(context, container))),
      );
    },
    wait: async (ref, condition, signal) => waitContainer(ownContainer(context, ref, 'wait'), condition, signal),
    remove: async (ref, options) => {
      const container = ownContainer(context, ref, 'rm');
      const values = { force: String(options.force) };
      await askedFor(context, container, { action: 'remove', values }, () => removeContainer(context, container, options));
    },
    rename: async (ref, name) => {
      const container = ownContainer(context, ref, 'rename');
      await container.queue.run(async () => {
        renameContainer(context, container, name);
        await governContainer(context, container);
      });
    },
    list: (runtimes = [OURS]) => [
      ...(runtimes === 'all' || runtimes.includes(OURS) ? context.registry.all() : []).map((each) =>
        viewContainer(context, each),
      ),
      ...listedForeign(context, runtimes).map((each) => viewForeign(context, each)),
    ],
    inspect: (ref) => {
      const container = context.find(ref);
      return container instanceof Container ? viewContainer(context, container) : viewForeign(context, container);
    },
    limits: (ref) => limitsOf(context.find(ref)),
    setLimits: async (ref, limits, options) => {
      const container = context.find(ref);
      return limitAsked(context, container, limits, options);
    },
    planLimits: (ref, limits, options) => planContainerLimits(context, context.find(ref), limits, options),
    stats: (ref) => containerStats(context, context.find(ref)),
    drift: (ref) => {
      const { id, name } = context.find(ref);
      return context.drift.view(id, name);
    },
    namespaces: (ref) => {
      const container = context.find(ref);
      requireCgroup(container, 'list the namespaces of');
      return namespacesOf(context.procRoot, container.pid ?? 0);
    },
    plan: (ref) => planContainer(context, ownContainer(context, ref, 'plan')),
    logs: (ref, options, signal) => containerLogs(context, ownContainer(context, ref, 'logs'), options, signal),
    attach: async (ref, options) => attachContainer(ownContainer(context, ref, 'attach'), options),
    exec: async (ref, body): Promise<StreamSession> =>
      (await execInContainer(context, ownContainer(context, ref, 'exec'), body)).session,
    execDetached: async (ref, body) => ({
      id: (await execInContainer(context, ownContainer(context, ref, 'exec'), { ...body, detach: true })).id,
    }),
    events: (lastId, signal) => context.events.subscribe(lastId, signal),
    keptEvents: (lastId) => context.events.kept(lastId),
  };
}

function listedForeign(context: NodeContext, runtimes: readonly string[] | 'all'): Foreign[] {
  if (context.others === undefined || (runtimes !== 'all' && runtimes.every((runtime) => runtime === OURS))) return [];
  const asked = context.others.all().filter(({ runtime }) => runtimes === 'all' || runtimes.includes(runtime));
  return asked.filter(isListed);
}
