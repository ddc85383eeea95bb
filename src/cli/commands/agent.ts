import { DURATION_FORMS, parseDurationUsec } from '#agent/contract/duration.js';
import { exitCodeOf } from '#agent/contract/errors.js';
import { VERSION } from '#agent/contract/version.js';
import type { AgentOptions } from '#agent/main.js';
import { type Context, defineCommand } from '#src/cli/command.js';
import { AGENT_FLAGS } from '#src/cli/config/agent-flags.js';
import { readNamed, readToken } from '#src/cli/credentials.js';
import { describeFailure } from '#src/cli/failure.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { metricsOf } from '#src/cli/metrics-flags.js';
import { printable } from '#src/cli/output/printable.js';
import { retentionOf } from '#src/cli/retention.js';

export const AGENT = defineCommand({
  usage: '[OPTIONS]',
  description:
    'Runs the agent in the foreground until SIGTERM or SIGINT; containers go on without it, and the next agent takes them up again.\nOver TCP anybody on this node may read, and who has the token (--token-file) may do everything; an address that is not loopback needs token\nand TLS (docs/remote.md). What no flag and no variable says is taken from /etc/tsgov/config.yaml (docs/config.md). Exits 125 when another agent has the root.',
  flags: AGENT_FLAGS,
  args: { min: 0, max: 0 },
  examples: [
    'tsgov agent',
    'tsgov agent --root /srv/tsgov --state /run/tsgov2 --listen off',
    'tsgov agent --listen 0.0.0.0:9477 --tls-cert /etc/tsgov/cert.pem --tls-key /etc/tsgov/key.pem --token-file /etc/tsgov/token',
  ],
  run: async (context, flags) => {
    const { settings } = context.globals;
    const reassertUsec = flags.reassert ?? durationOf(settings.TSGOV_REASSERT);
    if (reassertUsec !== undefined && reassertUsec < MIN_REASSERT_USEC)
      throw new UsageError(`--reassert: ${reassertUsec / 1e6} s is less than 0.1 s`);
    try {
      await serve(context, {
        policiesDir: flags['policies-dir'] ?? (settings.TSGOV_POLICIES_DIR || undefined),
        reassertMs: reassertUsec === undefined ? undefined : reassertUsec / 1000,
        fanotify: autoOrOff('fanotify', flags.fanotify ?? (settings.TSGOV_FANOTIFY || undefined)),
        bpf: autoOrOff('bpf', flags.bpf ?? (settings.TSGOV_BPF || undefined)),
        ...retentionOf(flags, settings),
        metrics: metricsOf(flags, settings),
        tls: tlsOf(
          flags['tls-cert'] ?? (settings.TSGOV_TLS_CERT || undefined),
          flags['tls-key'] ?? (settings.TSGOV_TLS_KEY || undefined),
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
  const { TSGOV_TOKEN_FILE: file } = context.globals.settings;
  const token = readToken(context.globals.token ?? (file ? { file } : undefined));
  const agent = await startAgent({ root, state, cgroupParent, listen, version: VERSION, token, ...options });
  for (const warning of agent.warnings) context.stderr.write(`tsgov: ${printable(warning)}\n`);
  const { socket, metricsUrl } = agent.addresses;
  context.stdout.write(
    `tsgov agent ${VERSION} listens on unix://${socket}${metricsUrl === null ? '' : `, metrics on ${metricsUrl}`}\n`,
  );
  await agent.closed;
}
