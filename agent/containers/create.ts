import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { CreateBody, Created } from '#agent/contract/create.js';
import { parseDurationUsec } from '#agent/contract/duration.js';
import { AgentError } from '#agent/contract/errors.js';
import { newContainerId } from '#agent/store/container-id.js';
import type { ContainerRecord } from '#agent/store/container-record.js';
import { checkCgroupPath } from '#runtime/cgroup/cgroup-path.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { validateLimits } from '#runtime/cgroup/validate.js';
import { buildSpec } from '#runtime/spec/build.js';
import type { OciConfig } from '#runtime/spec/oci.js';
import { saveSpec } from './config-file.js';
import { Container } from './container.js';
import type { NodeContext } from './context.js';
import { createConfig, joinsContainers } from './create-config.js';
import { resolveDevice } from './devices.js';
import { joinedContainer, joinedMark } from './joined-namespaces.js';
import { mergeLimits } from './limits-merge.js';
import { limitsFromResources } from './limits-oci.js';
import { parseLimits } from './limits-parse.js';
import { checkName, generateName } from './names.js';
import { policyLimits } from './policy-limits.js';
import { formatRestartPolicy, parseRestartPolicy } from './restart-policy.js';
import { signalName, signalNumber } from './signals.js';
import { newState, save } from './state.js';

const DEFAULT_STOP_TIMEOUT_MS = 10_000;

/**
 * Makes a container from a create body: everything in it is checked, config.json and the record are on disk when it resolves. Throws
 * BODY_INVALID, IMAGE_INVALID, LIMIT_INVALID, DEVICE_UNKNOWN, SPEC_INVALID, SPEC_UNSUPPORTED (with the field), NAME_IN_USE; then
 * nothing of it is left.
 */
export async function createContainer(context: NodeContext, body: CreateBody): Promise<Created> {
  const id = newContainerId();
  const name = body.name ?? generateName((taken) => context.registry.hasName(taken), context.random);
  checkName(name);
  const cgroupPath = cgroupPathOf(context, body, id);
  const restart = restartOf(body);
  const asked = parseLimits(body.limits ?? {}, 'limits', (device, field) => resolveDevice(context, device, field));
  const config = createConfig(body, {
    id,
    cgroupPath,
    namespacePath: (ref, _type, field) => joinedMark(joinedContainer(context, ref, field).id),
  });
  if (config.image.kind !== 'host') checkImage(body.image, config.image.dir);
  checkSources(body.mounts ?? []);
  const spec = buildSpec(config, context.specs.hostFor(context.store.dataDir(id)));
  if (config.image.kind === 'bundle') checkImage(body.image, spec.root.path);
  const record: ContainerRecord = {
    version: 1,
    id,
    name,
    image: body.image,
    createdAtMs: context.clock.nowMs(),
    command: [...spec.process.args],
    labels: body.labels ?? {},
    tty: spec.process.terminal === true,
    stdin: body.stdin ?? false,
    autoRemove: body.autoRemove ?? false,
    restart,
    stopSignal: signalName(signalNumber(body.stopSignal ?? 'SIGTERM', 'stopSignal')),
    stopTimeoutMs: stopTimeout(body),
    cgroupPath,
    limits: { run: runLimits(context, asked, spec), override: {} },
    conditions: context.specs.conditions(spec),
    state: newState('created'),
    stopped: false,
    restartCount: 0,
    restartDelayMs: null,
    restartDue: false,
    thawAtMs: null,
    ...(joinsContainers(body) ? { config } : {}),
  };
  const container = new Container(record, (it) => context.store.write(it));
  record.limits.policies = policyLimits(context, container).layers;
  context.registry.add(container);
  try {
    context.store.makeDataDir(id);
    saveSpec(context, container, spec, true);
    save(context, container);
  } catch (error) {
    context.registry.delete(container);
    await rm(context.store.dataDir(id), { recursive: true, force: true });
    throw error;
  }
  context.events.emit('create', container.subject());
  const warnings = record.conditions.map((condition) => condition.message);
  return { id, name, ...(warnings.length > 0 ? { warnings } : {}) };
}

function cgroupPathOf(context: NodeContext, body: CreateBody, id: string): string {
  if (body.cgroupParent === undefined) return `${context.cgroupParent}/${id}`;
  try {
    return `${checkCgroupPath(body.cgroupParent)}/${id}`;
  } catch (error) {
    throw new AgentError('BODY_INVALID', `cgroupParent: ${(error as Error).message}`, { field: 'cgroupParent', cause: error });
  }
}

function checkImage(image: string, dir: string): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new AgentError('IMAGE_INVALID', `image ${JSON.stringify(image)}: ${dir} is not a directory`, { field: 'image' });
}

function checkSources(mounts: NonNullable<CreateBody['mounts']>): void {
  mounts.forEach(({ type = 'bind', source }, index) => {
    if (type !== 'bind' || source === undefined || statSync(source, { throwIfNoEntry: false }) !== undefined) return;
    const field = `mounts[${index}].source`;
    throw new AgentError('BODY_INVALID', `${field} ${source} is not there on the node: make it first, tsgov makes none`, {
      field,
    });
  });
}

function restartOf(body: CreateBody): string {
  const policy = parseRestartPolicy(body.restart ?? 'no');
  if (body.autoRemove === true && policy.kind !== 'no')
    throw new AgentError('BODY_INVALID', 'autoRemove: a container that is restarted cannot remove itself: choose one', {
      field: 'autoRemove',
    });
  return formatRestartPolicy(policy);
}

function stopTimeout(body: CreateBody): number {
  if (body.stopTimeout === undefined) return DEFAULT_STOP_TIMEOUT_MS;
  if (body.stopTimeout === -1) return -1;
  const usec = parseDurationUsec(body.stopTimeout);
  if (usec === undefined)
    throw new AgentError('BODY_INVALID', `stopTimeout ${body.stopTimeout}: seconds from 0 on, or -1 for no SIGKILL`, {
      field: 'stopTimeout',
    });
  return usec / 1000;
}

/** A bundle's own resources, and over them what the body asks. */
function runLimits(context: NodeContext, asked: Limits, spec: OciConfig): Limits {
  const { limits } = mergeLimits([
    { source: 'bundle', limits: limitsFromResources(spec.linux.resources ?? {}) },
    { source: 'run', limits: asked },
  ]);
  validateLimits(limits, context.cgroups.facts);
  return limits;
}
