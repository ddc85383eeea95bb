import { DURATION_FORMS, parseDurationUsec } from '#agent/contract/duration.js';
import { exitCodeOf } from '#agent/contract/errors.js';
import { VERSION } from '#agent/contract/version.js';
import type { AgentOptions } from '#agent/main.js';
import { type Context, defineCommand } from '#src/cli/command.js';
import { readNamed, readToken } from '#src/cli/credentials.js';
import { describeFailure } from '#src/cli/failure.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { METRICS_FLAGS, metricsOf } from '#src/cli/metrics-flags.js';
import { printable } from '#src/cli/output/printable.js';
import { RETENTION_FLAGS, retentionOf } from '#src/cli/retention.js';

export const AGENT = defineCommand({
  usage: '[OPTIONS]',
  description:
    'Runs the agent in the foreground until SIGTERM or SIGINT; containers go on without it, and the next agent takes them up again.\nOver TCP anybody on this node may read, and who has the token (--token-file) may do everything; an address that is not loopback needs token\nand TLS (docs/remote.md). Exits 125 when another agent has the root.',
  flags: {
    'policies-dir': {
      type: 'string',
      value: 'string',
      help: 'Where policy files are; also TSGOV_POLICIES_DIR',
      default: '/etc/tsgov/policies.d',
    },
    reassert: {
      type: 'duration',
      value: 'duration',
      help: 'How often limits are looked after; also TSGOV_REASSERT',
      default: '5s',
    },
    'tls-cert': { type: 'string', value: 'file', help: 'Certificate chain (PEM) for TCP; also TSGOV_TLS_CERT' },
    'tls-key': { type: 'string', value: 'file', help: 'Its private key (PEM); also TSGOV_TLS_KEY' },
    fanotify: {
      type: 'string',
      value: 'string',
      help: 'auto: hear of other writers to limits at once, where the kernel lets us; off: only find what they did (docs/drift.md); also TSGOV_FANOTIFY',
      default: 'auto',
    },
    bpf: {
      type: 'string',
      value: 'string',
      help: 'auto: load BPF programs where the kernel lets us; off: go without (docs/bpf.md); also TSGOV_BPF',
      default: 'auto',
    },
    ...RETENTION_FLAGS,
    ...METRICS_FLAGS,
  },
  args: { min: 0, max: 0 },
  examples: [
    'tsgov agent',
    'tsgov agent --root /srv/tsgov --state /run/tsgov2 --listen off',
    'tsgov agent --listen 0.0.0.0:9477 --tls-cert /etc/tsgov/cert.pem --tls-key /etc/tsgov/key.pem --token-file /etc/tsgov/token',
  ],
  run: async (context, flags) => {
    const reassertUsec = flags.reassert ?? durationOf(context.env.TSGOV_REASSERT);
    if (reassertUsec !== undefined && reassertUsec < MIN_REASSERT_USEC)
      throw new UsageError(`--reassert: ${reassertUsec / 1e6} s is less than 0.1 s`);
    try {
      await serve(context, {
        policiesDir: flags['policies-dir'] ?? (context.env.TSGOV_POLICIES_DIR || undefined),
        reassertMs: reassertUsec === undefined ? undefined : reassertUsec / 1000,
        fanotify: autoOrOff('fanotify', flags.fanotify ?? (context.env.TSGOV_FANOTIFY || undefined)),
        bpf: autoOrOff('bpf', flags.bpf ?? (context.env.TSGOV_BPF || undefined)),
        ...retentionOf(flags, context.env),
        metrics: metricsOf(flags, context.env),
        tls: tlsOf(
          flags['tls-cert'] ?? (context.env.TSGOV_TLS_CERT || undefined),
          flags['tls-key'] ?? (context.env.TSGOV_TLS_KEY || undefined),
        ),
      });
      return 0;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'AGENT_RUNNING') throw error;
      context.stderr.write(describeFailure(error));
      return exitCodeOf('AGENT_RUNNING');
    }
  },
});

const MIN_REASSERT_USEC = 100_000;

/** Throws UsageError. */
function autoOrOff(flag: string, word: string | undefined): 'auto' | 'off' | undefined {
  if (word === undefined || word === 'auto' || word === 'off') return word;
  throw new UsageError(`--${flag}: ${JSON.stringify(word)} is neither auto nor off`);
}

/** Certificate and key, both or none; throws UsageError. */
function tlsOf(cert: string | undefined, key: string | undefined): AgentOptions['tls'] {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new UsageError('--tls-cert and --tls-key belong together: give both');
  return { cert: readNamed('tls-cert', cert), key: readNamed('tls-key', key) };
}

/** TSGOV_REASSERT; throws UsageError. */
function durationOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const usec = parseDurationUsec(text);
  if (usec === undefined) throw new UsageError(`TSGOV_REASSERT: ${JSON.stringify(text)}: ${DURATION_FORMS}`);
  return usec;
}

async function serve(
  context: Context,
  options: Pick<AgentOptions, 'policiesDir' | 'reassertMs' | 'fanotify' | 'bpf' | 'tls' | 'journal' | 'history' | 'metrics'>,
): Promise<void> {
  const { startAgent } = await import('#agent/main.js');
  const { root, state, cgroupParent, listen } = context.globals;
  const token = readToken(context.globals);
  const agent = await startAgent({ root, state, cgroupParent, listen, version: VERSION, token, ...options });
  for (const warning of agent.warnings) context.stderr.write(`tsgov: ${printable(warning)}\n`);
  const { socket, metricsUrl } = agent.addresses;
  context.stdout.write(
    `tsgov agent ${VERSION} listens on unix://${socket}${metricsUrl === null ? '' : `, metrics on ${metricsUrl}`}\n`,
  );
  await agent.closed;
}
