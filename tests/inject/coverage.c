/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/inject/coverage.h"

#include <stddef.h>
#include <string.h>

#include "common/attr.h"

static const struct {
	const char *code, *near;
} rows[] = {
	{ "Injected", "ask-nobody" },
	{ "AlreadyInjected", "again-writer-missing" },
	{ "NotAsked", "namespace-enabled" },
	{ "OptedOut", "ask-by-label" },
	{ "ObservedInject", "namespace-enabled" },
	{ "ObservedDeny", "namespace-observe" },
	{ "MirrorPod", "recorded-daemonset" },
	{ "NoConsumer", "consumers-own-profile" },
	{ "UnknownKey", "levels-pod-over-all" },
	{ "WrongObject", "ask-by-label" },
	{ "OverriddenBadValue", "levels-pod-over-all" },
	{ "UnknownContainer", "consumers-named" },
	{ "NothingToInject", "consumers-own-profile" },
	{ "OwnProfile", "mode-env-own-variable" },
	{ "OtherIdentity", "consumers-named" },
	{ "LateContainer", "again-unchanged" },
	{ "RunsBefore", "order-linkerd" },
	{ "StaticKeyWins", "static-key-ignore" },
	{ "StaticKeyRemoved", "static-key-warn" },
	{ "EnvFromUnseen", "static-key-env-from-ignored" },
	{ "VariableKept", "mode-env" },
	{ "SingleUse", "mode-init" },
	{ "SupplyShort", "supply-assertions" },
	{ "SharedProcesses", "host-network" },
	{ "MeshNotNative", "order-after-native-mesh" },
	{ "MoreWarnings", "key-unknown" },
	{ "BadValue", "levels-overridden-bad-value" },
	{ "InjectTwice", "ask-twice-alike" },
	{ "InjectionDisabled", "namespace-absent-label-asked" },
	{ "InjectionUnknown", "namespace-absent-label-asked" },
	{ "ObjectUnknown", "service-account-sets-mode" },
	{ "ListsTogether", "consumers-named" },
	{ "UnknownFederation", "federation-named" },
	{ "NoDefaultFederation", "federation-named" },
	{ "PolicyNoRule", "policy-none-own-values" },
	{ "PolicyFederation", "policy-federation-given" },
	{ "PolicyValue", "policy-lets-federation-rule" },
	{ "ResourcesInverted", "resources-limit-below-request" },
	{ "WindowsPod", "windows-or-linux" },
	{ "PodMalformed", "lists-null" },
	{ "NoContainers", "lists-null" },
	{ "StaticKeyDenied", "static-key-only-in-others" },
	{ "TooManyIdentities", "consumers-four-users" },
	{ "ContainerTaken", "config-image-tag" },
	{ "VolumeTaken", "config-lifetime-shorter" },
	{ "MountTaken", "path-beside-is-free" },
	{ "VolumeMounted", "path-taken-in-another-container" },
	{ "NoExpirationLeft", "supply-own-volumes" },
};

const char *coverage_near(const char *code)
{
	for (size_t i = 0; i < COUNTOF(rows); i++)
		if (!strcmp(rows[i].code, code))
			return rows[i].near;
	return NULL;
}
