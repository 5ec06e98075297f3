/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_QOS_H
#define INJECT_QOS_H

/* The pod's quality-of-service class without our containers, which must keep it. */

#include "inject/pod.h"

enum qos { QOS_BEST_EFFORT, QOS_BURSTABLE, QOS_GUARANTEED };

/* Source: Kubernetes pkg/apis/core/v1/helper/qos, "GetPodQOS". */
enum qos qos_of(const struct pod *p);

/*
 * Does the pod carry resources of its own (spec.resources)? Its class then
 * follows them, and what containers ask for must fit into them.
 */
bool qos_is_pod_level(const struct pod *p);

/* Has the container a CPU limit? */
bool qos_has_cpu_limit(const struct pod *p, const struct container *c);

#endif
