import { basename, join } from 'node:path';
import { known, readNames } from '#agent/discovery/read-files.js';
import type { Facts, RuntimeKnowledge } from '#agent/discovery/runtime.js';

const POD = /(?:^|-)pod([0-9a-f]{8}(?:[-_]?[0-9a-f]{4}){3}[-_]?[0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;
const QOS = /(?:^|[-/])(besteffort|burstable)[-/]/;
/** Where the kubelet puts logs: NAMESPACE_NAME_UID. */
const PODS = '/var/log/pods';

/**
 * Kubernetes' pods; what runs in them is its runtime's own. Cgroups: `/kubepods/[QOS/]podUID` (cgroupfs),
 * `/kubepods.slice/kubepods-QOS.slice/kubepods-QOS-podUID.slice` (systemd, `_` for `-`). Names: directories of /var/log/pods.
 * Sources: kubernetes pkg/kubelet/cm/pod_container_manager_linux.go, kuberuntime/helpers.go BuildPodLogsDirectory.
 */
export const kubernetes: RuntimeKnowledge = {
  runtime: 'kubernetes',
  recognise(path) {
    const uid = path.includes('kubepods') ? POD.exec(basename(path))?.[1] : undefined;
    return uid === undefined ? undefined : { id: uid.replaceAll('_', '-'), holds: true };
  },
  facts({ id, path }, host) {
    const qos = QOS.exec(path.slice(path.indexOf('kubepods')))?.[1] ?? 'guaranteed';
    const labels = { 'tsgov.pod/uid': id, 'tsgov.pod/qos': qos };
    const named = readNames(join(host.fileRoot, PODS)).find((name) => name.endsWith(`_${id}`));
    if (named === undefined) return undefined;
    const [namespace = '', name = ''] = named.split('_');
    return known<Facts>({ name: `${namespace}/${name}`, labels: { ...labels, 'tsgov.pod/namespace': namespace } });
  },
  command: (verb, name) => {
    const [namespace, pod] = name.includes('/') ? name.split('/') : ['NAMESPACE', name];
    return verb === 'rm' || verb === 'stop'
      ? `kubectl -n ${namespace} delete pod ${pod}`
      : `kubectl -n ${namespace} ${verb} ${pod}`;
  },
};
