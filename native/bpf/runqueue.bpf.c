// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How long tasks wait for a CPU once they could run. The scheduler keeps that itself: at sched_switch the next task still has the time it
 * was queued at, on its run queue's own clock. So one program is enough, and nothing is stored for a task.
 */
#include "tsgov.h"

#define LATENCY_SLOTS 27

struct hist {
	__u64 slots[LATENCY_SLOTS]; /* [2^i, 2^(i+1)) microseconds */
	__u64 sum_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct hist);
} latency SEC(".maps");

static const struct hist no_hist;

SEC("tp_btf/sched_switch")
int runqueue_latency(__u64 *ctx)
{
	struct task_struct *next = (struct task_struct *)ctx[2];
	__u64 queued = next->sched_info.last_queued;
	struct hist *hist;
	__u64 cgroup, waited, now;

	if (queued == 0 || next->pid == 0)
		return 0;
	now = next->se.cfs_rq->rq->clock;
	/* The clocks of two CPUs may be apart by a little. */
	waited = now > queued ? now - queued : 0;
	cgroup = cgroup_of(next);
	hist = entry(&latency, &cgroup, &no_hist);
	if (!hist)
		return 0;
	__sync_fetch_and_add(&hist->slots[log2_slot(waited / 1000, LATENCY_SLOTS - 1)], 1);
	__sync_fetch_and_add(&hist->sum_ns, waited);
	return 0;
}
