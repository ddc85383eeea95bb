/**
 * What the expressions of public dashboards made for cAdvisor select: metric → the sets of labels they match or sum by. 893's other half
 * (`node_*`, `process_cpu_seconds_total`) is node_exporter's and Prometheus' own. Source: the expressions of dashboards 14282
 * ("Cadvisor exporter") and 893 ("Docker and system monitoring") of grafana.com.
 */
export const PUBLIC_DASHBOARDS: Readonly<Record<'14282' | '893', Readonly<Record<string, readonly ('name' | 'id')[]>>>> = {
  '14282': {
    container_start_time_seconds: ['name'],
    container_cpu_usage_seconds_total: ['name'],
    container_memory_rss: ['name'],
    container_memory_cache: ['name'],
    container_network_receive_bytes_total: ['name'],
    container_network_transmit_bytes_total: ['name'],
  },
  '893': {
    container_last_seen: ['name'],
    container_cpu_usage_seconds_total: ['name'],
    container_cpu_system_seconds_total: ['name', 'id'],
    container_memory_rss: ['name', 'id'],
    container_memory_swap: ['name'],
    container_memory_usage_bytes: ['name'],
    container_spec_memory_limit_bytes: ['name'],
    container_network_receive_bytes_total: ['name', 'id'],
    container_network_transmit_bytes_total: ['name', 'id'],
  },
};
