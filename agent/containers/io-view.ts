import type { StatsView } from '#agent/contract/container.js';

type Device = StatsView['io']['devices'][number];

/** Disks' counters as statistics show them: each, and all together. */
export function ioView(counted: readonly Device[]): StatsView['io'] {
  const devices = counted.map(({ device, readBytes, writeBytes, reads, writes }) => ({
    device,
    readBytes,
    writeBytes,
    reads,
    writes,
  }));
  const sum = (pick: (device: Device) => number): number => devices.reduce((total, device) => total + pick(device), 0);
  return {
    readBytes: sum((device) => device.readBytes),
    writeBytes: sum((device) => device.writeBytes),
    reads: sum((device) => device.reads),
    writes: sum((device) => device.writes),
    devices,
  };
}
