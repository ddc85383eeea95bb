import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

const DIR = join(import.meta.dirname, '../../../../dashboards');
const read = (path: string): unknown => parse(readFileSync(join(DIR, path), 'utf8'));

interface Service {
  command?: string[];
  environment?: Record<string, string>;
  volumes: string[];
}

test('what docker-compose.yaml mounts is there, and where the provisioning files say', () => {
  const { services, volumes } = read('docker-compose.yaml') as { services: Record<string, Service>; volumes: object };
  const mounts = new Map<string, string>();
  for (const [from = '', to = ''] of Object.values(services).flatMap((service) =>
    service.volumes.map((line) => line.split(':')),
  )) {
    assert.ok(from.startsWith('./') ? existsSync(join(DIR, from)) : from in volumes, from);
    mounts.set(to, from);
  }
  const { providers } = read('provisioning/dashboards/tsgov.yaml') as { providers: { options: { path: string } }[] };
  assert.equal(mounts.get(providers[0]?.options.path ?? ''), './grafana');
  const config = services.prometheus?.command?.find((flag) => flag.startsWith('--config.file='))?.split('=')[1] ?? '';
  assert.equal(mounts.get(config), './prometheus/prometheus.yaml');
});

test('the datasource has its address from the environment that docker-compose.yaml gives', () => {
  const { datasources } = read('provisioning/datasources/prometheus.yaml') as { datasources: { url: string; type: string }[] };
  const { services } = read('docker-compose.yaml') as { services: Record<string, Service> };
  const variable = datasources[0]?.url.slice(1) ?? '';
  const listen = services.prometheus?.command?.find((flag) => flag.startsWith('--web.listen-address='))?.split('=')[1];
  assert.equal(services.grafana?.environment?.[variable], `http://${listen}`);
});
