import type { NodeView } from '#agent/contract/node.js';
import { defineCommand } from '#src/cli/command.js';
import { document, FORMAT_FLAG, formatOf } from '#src/cli/output/documents.js';
import { binarySize } from '#src/cli/output/human-size.js';
import { ago } from '#src/cli/output/human-time.js';
import { printable } from '#src/cli/output/printable.js';
import { templateOf } from '#src/cli/output/template.js';

export const INFO = defineCommand({
  usage: '[OPTIONS]',
  description: 'Shows the agent and its node.',
  flags: { format: { ...FORMAT_FLAG, short: 'f' } },
  args: { min: 0, max: 0 },
  run: async (context, flags) => {
    const template = templateOf(flags.format);
    const format = template === undefined ? formatOf(flags.format, ['json', 'table', 'yaml'], 'table') : 'table';
    const node = await (await context.client()).node();
    if (template !== undefined) context.stdout.write(template([node]));
    else context.stdout.write(format === 'table' ? infoText(node, context.now()) : await document(node, format));
    return 0;
  },
});

function infoText(node: NodeView, nowMs: number): string {
  const { containers, cgroup, features } = node;
  const lacking = features.filter((each) => each.status !== 'ok').length;
  const lines: [string, string][] = [
    ['Containers', String(containers.total)],
    [' Running', String(containers.running)],
    [' Frozen', String(containers.frozen)],
    [' Stopped', String(containers.stopped)],
    ['Agent version', node.version],
    ['Agent pid', `${node.pid}, started ${ago(node.startedAt, nowMs)}`],
    ['Socket', node.socket],
    ['Metrics', node.listen === null ? 'off' : `http://${node.listen}/metrics`],
    ['Root directory', node.root],
    ['State directory', node.state],
    ['Cgroup mode', cgroup.mode],
    ['Cgroup parent', cgroup.parent],
    [
      'Cgroup controllers',
      Object.entries(cgroup.controllers)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    ['Host name', node.hostname],
    ['Operating system', node.os],
    ['Kernel', node.kernel],
    ['Architecture', node.architecture],
    ...hardwareLines(node),
    ['CPUs', String(node.cpus)],
    ['Memory', binarySize(node.memoryBytes)],
    ['Swap', binarySize(node.swapBytes)],
    ['Features', lacking === 0 ? 'all there' : `${lacking} of ${features.length} lacking or limited: see 'tsgov doctor'`],
  ];
  for (const { message } of node.conditions) lines.push(['Warning', message]);
  return lines.map(([label, value]) => `${label}: ${printable(value)}\n`).join('');
}

/** Only what the machine tells. */
function hardwareLines({ hardware: { vendor, product, cpu, memoryModules, disks } }: NodeView): [string, string][] {
  const modules = memoryModules.map((each) => [binarySize(each.sizeBytes), each.type].filter(Boolean).join(' '));
  const lines: [string, string][] = [
    ['Machine', [vendor, product].filter(Boolean).join(' ')],
    ['Processor', cpu.model ?? ''],
    ['Memory modules', modules.join(', ')],
    [
      'Disks',
      disks
        .map(({ name, sizeBytes, model }) => `${name} ${binarySize(sizeBytes)}${model === null ? '' : ` ${model}`}`)
        .join(', '),
    ],
  ];
  return lines.filter(([, value]) => value !== '');
}
