import type { ExecBody } from '#agent/contract/create.js';
import { AgentError } from '#agent/contract/errors.js';
import { TsgovError } from '#native/tsgov-error.js';
import { buildEnv } from '#runtime/spec/build-process.js';
import { capabilityNames } from '#runtime/spec/capabilities.js';
import type { OciConfig, OciProcess } from '#runtime/spec/oci.js';
import { readFileInRoot } from '#runtime/spec/rootfs-files.js';
import { resolveUser } from '#runtime/spec/user.js';
import { checkProcess } from '#runtime/spec/validate-process.js';
import type { Container } from './container.js';
import type { NodeContext } from './context.js';

/**
 * The OCI process of an exec: the container's own, with what the body says over it. Users are looked up in the container's root as it
 * is now. Throws BODY_INVALID with the body's field.
 */
export function execProcess(context: NodeContext, container: Container, spec: OciConfig, body: ExecBody): OciProcess {
  const { user, home } = userOf(context, container, spec, body.user === undefined ? undefined : String(body.user));
  const { consoleSize: _launchSize, ...own } = spec.process;
  const base =
    body.user === undefined ? (spec.process.env ?? []) : (spec.process.env ?? []).filter((entry) => !entry.startsWith('HOME='));
  const process: OciProcess = {
    ...own,
    terminal: body.tty === true,
    user,
    args: [...body.command],
    env: buildEnv(body.tty === true ? ['TERM=xterm', ...base] : base, body.env ?? [], home),
    cwd: body.workdir ?? spec.process.cwd,
    ...(body.privileged === true ? { capabilities: allCapabilities(context) } : {}),
  };
  try {
    checkProcess(process);
  } catch (error) {
    if (!(error instanceof TsgovError)) throw error;
    const field = FIELDS[error.field?.replace(/^process\./, '').replace(/\[.*$/, '') ?? ''] ?? 'command';
    throw new AgentError('BODY_INVALID', error.message, { field, cause: error });
  }
  return process;
}

/** config.json's words → the body's. */
const FIELDS: Readonly<Record<string, string>> = { args: 'command', env: 'env', cwd: 'workdir', user: 'user' };

function userOf(
  context: NodeContext,
  container: Container,
  spec: OciConfig,
  asked: string | undefined,
): { user: OciProcess['user']; home: string | undefined } {
  if (asked === undefined) return { user: spec.process.user, home: undefined };
  const root = `${context.procRoot}/${container.run?.process.pid}/root`;
  const { uid, gid, additionalGids, home } = resolveUser(asked, [], (path) => readFileInRoot(root, path));
  return { user: { uid, gid, additionalGids }, home };
}

function allCapabilities(context: NodeContext): NonNullable<OciProcess['capabilities']> {
  const names = capabilityNames(context.tapes.facts.hostCapabilities);
  return { bounding: names, effective: names, permitted: names, inheritable: [], ambient: [] };
}
