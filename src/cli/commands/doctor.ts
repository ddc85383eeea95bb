import type { HostFeature } from '#agent/contract/node.js';
import { defineCommand } from '#src/cli/command.js';
import type { FlagTable } from '#src/cli/flags/flag.js';
import { painter } from '#src/cli/output/colour.js';
import { doctorText } from '#src/cli/output/doctor-text.js';
import { document, FORMAT_FLAG, formatOf } from '#src/cli/output/documents.js';

const FLAGS = {
  format: FORMAT_FLAG,
  quiet: { type: 'boolean', short: 'q', help: 'Only the names of what lacks or is limited' },
} as const satisfies FlagTable;

export const DOCTOR = defineCommand({
  usage: '[OPTIONS]',
  description:
    'Shows what this host offers and lacks, what it costs to lack it, and how to get it. Tries things on the kernel and leaves nothing\nbehind; needs no agent. Exits 1 when something is missing without which nothing runs.',
  flags: FLAGS,
  args: { min: 0, max: 0 },
  run: async (context, flags) => {
    const format = formatOf(flags.format, ['json', 'table', 'yaml'], 'table');
    const features = await probe(context.globals.root);
    const lacking = features.filter((each) => each.status !== 'ok');
    if (flags.quiet) context.stdout.write(lacking.map((each) => `${each.name}\n`).join(''));
    else if (format !== 'table') context.stdout.write(await document(features, format));
    else context.stdout.write(doctorText(features, painter(1, context.env)));
    return features.some((each) => each.essential && each.status === 'missing') ? 1 : 0;
  },
});

async function probe(root: string): Promise<HostFeature[]> {
  const [{ probeFeatures }, { realProbeHost }] = await Promise.all([
    import('#agent/node/features.js'),
    import('#agent/node/real-host.js'),
  ]);
  return probeFeatures(await realProbeHost(root));
}
