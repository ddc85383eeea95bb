/**
 * What public dashboards made for cAdvisor ask, one entry a different question, written as Prometheus' documentation writes them (`sum by (…) (…)`)
 * and with every variable at "all". 893 also asks node_exporter (`node_*`), which is nothing of ours; what it adds of Prometheus' own
 * (`process_cpu_seconds_total`) is there when Prometheus scrapes itself. Source: grafana.com, dashboards 14282 revision 1 ("Cadvisor exporter")
 * and 893 revision 5 ("Docker and system monitoring").
 */
export const PUBLIC_DASHBOARDS: Readonly<Record<'14282' | '893', readonly string[]>> = {
  '14282': [
    'sum by (name) (rate(container_cpu_usage_seconds_total{instance=~".+",name=~".+"}[5m])) * 100',
    'sum by (name) (container_memory_rss{instance=~".+",name=~".+"})',
    'sum by (name) (container_memory_cache{instance=~".+",name=~".+"})',
    'sum by (name) (rate(container_network_receive_bytes_total{instance=~".+",name=~".+"}[5m]))',
    'sum by (name) (rate(container_network_transmit_bytes_total{instance=~".+",name=~".+"}[5m]))',
    '(time() - container_start_time_seconds{instance=~".+",name=~".+"}) / 86400',
    // Its variables.
    'group by (instance) ({__name__=~"container.*"})',
    'group by (name) ({__name__=~"container.*",instance=~".+",name!=""})',
  ],
  '893': [
    'count(rate(container_last_seen{name=~".+"}[1m]))',
    'sum by (id) (rate(container_network_receive_bytes_total{id="/"}[1m]))',
    '-sum by (id) (rate(container_network_transmit_bytes_total{id="/"}[1m]))',
    'rate(container_network_transmit_bytes_total{id="/"}[1m])',
    'sum(rate(container_cpu_system_seconds_total[1m]))',
    'sum(rate(container_cpu_system_seconds_total{name=~".+"}[1m]))',
    'sum(rate(container_cpu_system_seconds_total{id="/"}[1m]))',
    `sum(rate(container_cpu_system_seconds_total{name=~".+"}[1m])) + sum(rate(container_cpu_system_seconds_total{id="/"}[1m]))
      + sum(rate(process_cpu_seconds_total[1m]))`,
    'container_memory_rss{name=~".+"}',
    'sum(container_memory_rss{name=~".+"})',
    'container_memory_rss{id="/"}',
    'sum(container_memory_rss)',
    'sum by (name) (container_memory_rss{name=~".+"})',
    'container_memory_usage_bytes{name=~".+"}',
    'sum by (name) (container_memory_swap{name=~".+"})',
    'sum by (name) (rate(container_network_receive_bytes_total{name=~".+"}[1m]))',
    'sum by (name) (rate(container_network_transmit_bytes_total{name=~".+"}[1m]))',
    '-rate(container_network_transmit_bytes_total{name=~".+"}[1m])',
    'sum by (name) (rate(container_cpu_usage_seconds_total{name=~".+"}[1m])) * 100',
    'sum by (name) (container_spec_memory_limit_bytes{name=~".+"})',
    // For this the labels of limit and use must be the same.
    'sum by (name) (container_spec_memory_limit_bytes{name=~".+"} - container_memory_usage_bytes{name=~".+"})',
    `sum by (name) (100 - (container_spec_memory_limit_bytes{name=~".+"} - container_memory_usage_bytes{name=~".+"}) * 100
      / container_spec_memory_limit_bytes{name=~".+"})`,
  ],
};
