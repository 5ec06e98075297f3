/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/reasons.h"

#include <string.h>

#define ARGS_MAX 4
#define ELLIPSIS "\xe2\x80\xa6"

static const struct reason_row rows[REASONS] = {
	[REASON_INJECTED] = { "Injected", REASON_PASS, "injected",
		"The pod asked and was changed." },
	[REASON_ALREADY_INJECTED] = { "AlreadyInjected", REASON_PASS, "already injected",
		"All that would be injected is in the pod." },
	[REASON_NOT_ASKED] = { "NotAsked", REASON_PASS, "not asked for",
		"Neither the pod nor its namespace asks for injection." },
	[REASON_OPTED_OUT] = { "OptedOut", REASON_PASS, "opted out",
		"The pod says inject=\"false\"." },
	[REASON_OBSERVED_INJECT] = { "ObservedInject", REASON_PASS, "observed: would be injected",
		"The Namespace says injection=observe; with enabled the pod would be changed." },
	[REASON_OBSERVED_DENY] = { "ObservedDeny", REASON_PASS, "observed: would be refused",
		"The Namespace says injection=observe; with enabled the pod would be refused." },
	[REASON_MIRROR_POD] = { "MirrorPod", REASON_PASS, "a static pod's mirror",
		"The kubelet runs static pods from its own files; their mirrors cannot be "
		"changed." },
	[REASON_NO_CONSUMER] = { "NoConsumer", REASON_PASS, "no container takes credentials",
		"The pod asked, but no container of it is left to get credentials; a warning says "
		"why." },

	[REASON_UNKNOWN_KEY] = { "UnknownKey", REASON_WARN,
		"unknown key %1; nothing here reads it",
		"An annotation or label under the prefix that does not exist." },
	[REASON_UNKNOWN_KEY_NEAR] = { "UnknownKey", REASON_WARN,
		"unknown key %1; did you mean %2?",
		"An annotation or label under the prefix that does not exist." },
	[REASON_WRONG_OBJECT] = { "WrongObject", REASON_WARN, "%1 has no effect here: it is %2",
		"A known key on an object, or as a kind of metadata, where it is not read." },
	[REASON_OVERRIDDEN] = { "OverriddenBadValue", REASON_WARN,
		"%1: annotation %2=\"%3\" is %4 (overridden here)",
		"A bad value that does not count because a nearer object sets the same key." },
	[REASON_UNKNOWN_CONTAINER] = { "UnknownContainer", REASON_WARN,
		"annotation %1: the pod has no container \"%2\"",
		"A name in containers or skip-containers that the pod does not have." },
	[REASON_NOTHING_TO_INJECT] = { "NothingToInject", REASON_WARN,
		"no container is left to get Claude credentials (%1)",
		"Every container is skipped or brings its own profile." },
	[REASON_OWN_PROFILE] = { "OwnProfile", REASON_WARN,
		"container %1 sets %2 itself and gets no Claude credentials",
		"A container that chooses its own SDK profile is left as it is." },
	[REASON_OTHER_IDENTITY] = { "OtherIdentity", REASON_WARN,
		"container %1 gets no Claude credentials: another user than %2; name it in %3",
		"SDKs accept only files of their own user; by default one user per pod is "
		"served." },
	[REASON_LATE_CONTAINER] = { "LateContainer", REASON_WARN,
		"container %1 came after the injection and gets no Claude credentials; name it in "
		"%2",
		"Another webhook added the container after this one had run." },
	[REASON_RUNS_BEFORE] = { "RunsBefore", REASON_WARN,
		"init container %1 runs before the mesh and the writer: it gets no Claude "
		"credentials",
		"The writer comes after the mesh's containers; what runs before it finds no "
		"file." },
	[REASON_STATIC_KEY_WINS] = { "StaticKeyWins", REASON_WARN,
		"container %1: %2 outranks the injected credentials; remove it",
		"Every SDK prefers a static key to a profile: the pod goes on using the key." },
	[REASON_STATIC_KEY_REMOVED] = { "StaticKeyRemoved", REASON_WARN,
		"container %1: %2 was removed (static-key=remove)",
		"The static key's variable was taken out so that the injected credentials count." },
	[REASON_ENV_FROM_UNSEEN] = { "EnvFromUnseen", REASON_WARN,
		"container %1 uses envFrom: a static key in it cannot be seen and would win",
		"Keys that come from a ConfigMap or Secret as a whole are not in the pod's text." },
	[REASON_VARIABLE_KEPT] = { "VariableKept", REASON_WARN,
		"container %1 sets %2 itself; it was left as it is",
		"A variable that would be injected is already set to something else." },
	[REASON_SINGLE_USE] = { "SingleUse", REASON_WARN,
		"mode env: each token works once; a second process or a restart fails until the "
		"next",
		"An assertion with a jti is single-use; without a writer nothing keeps a spare." },
	[REASON_SUPPLY_SHORT] = { "SupplyShort", REASON_WARN,
		"%1 gives %2 s assertions: %3 are too few for a token lifetime of %4 s",
		"Assertions that come seldom cannot feed short-lived tokens; lower the "
		"expiration." },
	[REASON_SHARED_PROCESSES] = { "SharedProcesses", REASON_WARN,
		"%1: processes of other containers can look into the writer",
		"A shared process namespace weakens the separation of the writer from the app." },
	[REASON_MESH_NOT_NATIVE] = { "MeshNotNative", REASON_WARN,
		"%1 is an ordinary container: if egress needs it, the writer waits forever",
		"The writer starts before ordinary containers; use the mesh's native sidecar." },
	[REASON_WOULD_INJECT] = { "ObservedInject", REASON_WARN,
		"observe: would be injected (mode %1, federation %2); nothing was changed",
		"The Namespace says injection=observe; with enabled the pod would be changed." },
	[REASON_WOULD_DENY] = { "ObservedDeny", REASON_WARN, "observe: would be refused: %1",
		"The Namespace says injection=observe; with enabled the pod would be refused." },
	[REASON_MORE_WARNINGS] = { "MoreWarnings", REASON_WARN, "more warnings were left out",
		"A pod has more warnings than one answer holds." },

	[REASON_BAD_VALUE] = { "BadValue", REASON_DENY, "%1 %2=\"%3\": %4",
		"A value that the table of annotations does not allow." },
	[REASON_INJECT_TWICE] = { "InjectTwice", REASON_DENY,
		"%1 is \"%2\" as an annotation and \"%3\" as a label; set one of them",
		"The annotation and the label inject disagree." },
	[REASON_INJECTION_DISABLED] = { "InjectionDisabled", REASON_DENY,
		"label %1=\"disabled\" refuses pods that ask (%2); use enabled or observe, or "
		"remove it",
		"The pod asks in a Namespace whose label injection says disabled." },
	[REASON_INJECTION_UNKNOWN] = { "InjectionUnknown", REASON_DENY,
		"label %1=\"%2\": not a state; use enabled, observe or disabled (%3 asks)",
		"The pod asks in a Namespace whose label injection has no valid value." },
	[REASON_OBJECT_UNKNOWN] = { "ObjectUnknown", REASON_DENY,
		"what it says is not known yet (%1); try again",
		"The Namespace or ServiceAccount was not in the caches, and the API server gave "
		"no answer in time. Not knowing is never a silent admit; trying again helps." },
	[REASON_LISTS_TOGETHER] = { "ListsTogether", REASON_DENY,
		"annotations %1 and %2 exclude each other; keep one",
		"containers and skip-containers are both set." },
	[REASON_UNKNOWN_FEDERATION] = { "UnknownFederation", REASON_DENY,
		"annotation %1=\"%2\": no such federation in the operator's config; there is %3",
		"The named federation does not exist." },
	[REASON_NO_DEFAULT_FEDERATION] = { "NoDefaultFederation", REASON_DENY,
		"the operator's config has no federation \"default\"; set annotation %1 to one of "
		"%2",
		"No federation was named and none is called default." },
	[REASON_POLICY_NO_RULE] = { "PolicyNoRule", REASON_DENY,
		"the operator's policy has no rule for namespace \"%1\"; ask the operator for one",
		"A policy is given, and none of its rules matches the namespace." },
	[REASON_POLICY_FEDERATION] = { "PolicyFederation", REASON_DENY,
		"federation \"%1\": the operator's policy does not give it to namespace \"%2\"",
		"The policy's rule for the namespace does not list the federation." },
	[REASON_POLICY_VALUE] = { "PolicyValue", REASON_DENY,
		"annotation %1=\"%2\": the operator's policy does not give it to namespace \"%3\"; "
		"remove it to use the federation's own (%4)",
		"Only the federation's own value and what the policy lists may be asked for." },
	[REASON_RESOURCES_INVERTED] = { "ResourcesInverted", REASON_DENY,
		"the writer's %1 request %2 is above its limit %3; set %4 too",
		"A request above the limit would be refused by the API server." },
	[REASON_WINDOWS_POD] = { "WindowsPod", REASON_DENY,
		"pods for Windows nodes are not supported; remove %1",
		"The writer is a Linux program." },
	[REASON_POD_MALFORMED] = { "PodMalformed", REASON_DENY, "%1 is not %2",
		"The pod's text is not a Pod; the API server never sends such." },
	[REASON_NO_CONTAINERS] = { "NoContainers", REASON_DENY, "the pod has no containers",
		"spec.containers is empty or absent." },
	[REASON_STATIC_KEY_DENIED] = { "StaticKeyDenied", REASON_DENY,
		"container %1 sets %2, which would outrank the injected credentials; remove it "
		"(static-key=deny)",
		"Static keys are forbidden here." },
	[REASON_TOO_MANY_IDENTITIES] = { "TooManyIdentities", REASON_DENY,
		"annotation %1 names containers of more than %2 users; name fewer",
		"Each user needs a writer of its own." },
	[REASON_CONTAINER_TAKEN] = { "ContainerTaken", REASON_DENY,
		"container %1 is not the one that would be injected (%2 differs); rename or "
		"remove it",
		"A container under a reserved name is not ours." },
	[REASON_VOLUME_TAKEN] = { "VolumeTaken", REASON_DENY,
		"volume %1 is not the one that would be injected; rename or remove it",
		"A volume under a reserved name is not ours." },
	[REASON_MOUNT_TAKEN] = { "MountTaken", REASON_DENY,
		"container %1 mounts volume %2 at %3, where the credentials go; move it",
		"The credentials' path is in use." },
	[REASON_VOLUME_MOUNTED] = { "VolumeMounted", REASON_DENY,
		"container %1 mounts volume %2, which belongs to the writer; remove the mount",
		"Only the writer sees assertions, and only it writes credentials." },
	[REASON_NO_EXPIRATION_LEFT] = { "NoExpirationLeft", REASON_DENY,
		"the pod's own token volumes leave no expirationSeconds for audience %1; remove "
		"some",
		"Tokens of one pod, audience and expiration are one token." },

	[REASON_POD_UNREADABLE] = { "PodUnreadable", REASON_ERROR,
		"%1; send a Pod as a JSON object of at most 3 MiB, or try again when memory was "
		"short",
		"The review's object is no JSON object, or memory was short. The pod is refused, "
		"never admitted unread." },
	[REASON_NOT_A_POD_CREATION] = { "NotAPodCreation", REASON_PASS, "not a pod's creation",
		"The review is about something else: a webhook configuration that is not ours "
		"sends it here." },
	[REASON_NOT_A_REVIEW] = { "NotAReview", REASON_ERROR,
		"not an AdmissionReview: %1; send kind AdmissionReview of apiVersion "
		"admission.k8s.io/v1 with a request that has a uid",
		"The request's body is not what an API server sends." },
	[REASON_ANSWER_TOO_BIG] = { "AnswerTooBig", REASON_ERROR,
		"%1; give credentials to fewer containers, or try again when memory was short",
		"The answer with its patch is more than an API server reads, or memory was "
		"short." },
};

const struct reason_row *reason_row(enum reason why)
{
	return &rows[why];
}

/* The number of the argument that stands at T, or 0. */
static size_t placeholder(const char *t)
{
	return t[0] == '%' && t[1] >= '1' && t[1] <= '0' + ARGS_MAX ? (size_t)(t[1] - '0') : 0;
}

/* The longest that an argument may be so that the text has at most MAX bytes. */
static size_t longest_allowed(const char *text, const size_t *len, size_t max)
{
	for (size_t cap = max;; cap--) {
		size_t sum = 0, n;

		for (const char *t = text; *t; t += n ? 2 : 1) {
			n = placeholder(t);
			sum += !n ? 1 : len[n - 1] < cap ? len[n - 1] : cap;
		}
		if (sum <= max || cap == 0)
			return cap;
	}
}

static void add_arg(struct buf *out, const char *arg, size_t len, size_t cap)
{
	size_t keep = len;

	if (len > cap) {
		keep = cap > strlen(ELLIPSIS) ? cap - strlen(ELLIPSIS) : 0;
		while (keep && ((unsigned char)arg[keep] & 0xc0) == 0x80)
			keep--;
	}
	for (size_t i = 0; i < keep; i++)
		buf_addc(out, (unsigned char)arg[i] < 0x20 || arg[i] == 0x7f ? '?' : arg[i]);
	if (keep < len && cap >= strlen(ELLIPSIS))
		buf_adds(out, ELLIPSIS);
}

void reason_text(enum reason why, const char *const *args, size_t max, struct buf *out)
{
	const char *text = rows[why].text;
	const char *arg[ARGS_MAX] = { "", "", "", "" };
	size_t len[ARGS_MAX] = { 0 }, cap, n;

	for (size_t i = 0; i < ARGS_MAX && args[i]; i++) {
		arg[i] = args[i];
		len[i] = strlen(args[i]);
	}
	cap = longest_allowed(text, len, max);
	for (; *text; text += n ? 2 : 1) {
		n = placeholder(text);
		if (n)
			add_arg(out, arg[n - 1], len[n - 1], cap);
		else
			buf_addc(out, *text);
	}
}
