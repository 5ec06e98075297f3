/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/reasons.h"

static const struct reason_row rows[REASONS] = {
	[REASON_INJECTED] = { "Injected", REASON_PASS,
		"injected",
		"The pod asked and was changed.",
		"" },
	[REASON_ALREADY_INJECTED] = { "AlreadyInjected", REASON_PASS,
		"already injected",
		"All that would be injected is in the pod.",
		"" },
	[REASON_NOT_ASKED] = { "NotAsked", REASON_PASS,
		"not asked for",
		"Neither the pod nor its namespace asks for injection.",
		"To ask, set the annotation or label inject to \"true\" on the pod, in a "
		"workload on its template; or label the Namespace injection=enabled." },
	[REASON_OPTED_OUT] = { "OptedOut", REASON_PASS,
		"opted out",
		"The pod says inject=\"false\".",
		"To ask, remove it or say \"true\"." },
	[REASON_OBSERVED_INJECT] = { "ObservedInject", REASON_PASS,
		"observed: would be injected",
		"The Namespace says injection=observe; with enabled the pod would be changed.",
		"Label the Namespace injection=enabled when you want that." },
	[REASON_OBSERVED_DENY] = { "ObservedDeny", REASON_PASS,
		"observed: would be refused",
		"The Namespace says injection=observe; with enabled the pod would be refused.",
		"Mend what the warning says before you label the Namespace injection=enabled." },
	[REASON_MIRROR_POD] = { "MirrorPod", REASON_PASS,
		"a static pod's mirror",
		"The kubelet runs static pods from its own files; their mirrors cannot be "
		"changed.",
		"Run it by a DaemonSet: a static pod can have no ServiceAccount token." },
	[REASON_NO_CONSUMER] = { "NoConsumer", REASON_PASS,
		"no container takes credentials",
		"The pod asked, but no container of it is left to get credentials; a warning "
		"says why.",
		"Do what the warnings say." },

	[REASON_UNKNOWN_KEY] = { "UnknownKey", REASON_WARN,
		"unknown key %1: nothing reads it; remove it",
		"An annotation or label under the prefix that does not exist.",
		"Correct or remove it; README's table of annotations has every key." },
	[REASON_UNKNOWN_KEY_NEAR] = { "UnknownKey", REASON_WARN,
		"unknown key %1; did you mean %2?",
		"An annotation or label under the prefix that does not exist.",
		"Correct or remove it; README's table of annotations has every key." },
	[REASON_WRONG_OBJECT] = { "WrongObject", REASON_WARN,
		"%1 has no effect here: it is %2",
		"A known key on an object, or as a kind of metadata, where it is not read.",
		"Move it to where the warning says." },
	[REASON_MISPLACED] = { "WrongObject", REASON_WARN,
		"%1 on the %2 asks nothing; it belongs into its pod template's metadata",
		"A known key on an object, or as a kind of metadata, where it is not read.",
		"Move it to where the warning says." },
	[REASON_OVERRIDDEN] = { "OverriddenBadValue", REASON_WARN,
		"%1: annotation %2=\"%3\" is %4 (overridden here)",
		"A bad value that does not count because a nearer object sets the same key.",
		"Correct it on the object named first: pods that do not set the key are refused "
		"for it." },
	[REASON_UNKNOWN_CONTAINER] = { "UnknownContainer", REASON_WARN,
		"annotation %1: the pod has no container \"%2\"; correct or remove the name",
		"A name in containers or skip-containers that the pod does not have.",
		"Use names of the pod's containers and init containers, with commas between "
		"them." },
	[REASON_NOTHING_TO_INJECT] = { "NothingToInject", REASON_WARN,
		"no container can get Claude credentials (%1); change %2",
		"Every container is skipped or brings its own profile.",
		"Name a container that sets no SDK profile in the annotation containers, which "
		"counts over the config's skipContainers; or ask for nothing." },
	[REASON_OWN_PROFILE] = { "OwnProfile", REASON_WARN,
		"container %1 sets %2 itself and gets no Claude credentials; unset it to get "
		"them",
		"A container that chooses its own SDK profile is left as it is.",
		"Remove the variable if the container is to use the injected credentials." },
	[REASON_OTHER_IDENTITY] = { "OtherIdentity", REASON_WARN,
		"container %1 gets no Claude credentials: another user than %2; name it in %3",
		"SDKs accept only files of their own user; by default one user per pod is "
		"served.",
		"Name it in the annotation containers for a writer of its own, give both the "
		"same runAsUser, or put it into skip-containers." },
	[REASON_LATE_CONTAINER] = { "LateContainer", REASON_WARN,
		"container %1 came after the injection and gets no Claude credentials; name it "
		"in %2",
		"Another webhook added the container after this one had run.",
		"Name it in the annotation containers if it is to have credentials." },
	[REASON_RUNS_BEFORE] = { "RunsBefore", REASON_WARN,
		"init container %1 runs before the mesh and the writer, without credentials; "
		"put it after them",
		"The writer comes after the mesh's containers; what runs before it finds no "
		"file.",
		"Move it behind them in spec.initContainers if it calls Claude." },
	[REASON_STATIC_KEY_WINS] = { "StaticKeyWins", REASON_WARN,
		"container %1: %2 outranks the injected credentials; remove it",
		"Every SDK prefers a static key to a profile: the pod goes on using the key.",
		"Remove the variable from the container, or set the annotation static-key to "
		"remove." },
	[REASON_STATIC_KEY_REMOVED] = { "StaticKeyRemoved", REASON_WARN,
		"container %1: %2 was removed (static-key=remove); remove it from the manifest",
		"The static key's variable was taken out so that the injected credentials count.",
		"Remove it from the manifest too; then revoke the key." },
	[REASON_ENV_FROM_UNSEEN] = { "EnvFromUnseen", REASON_WARN,
		"container %1 uses envFrom: a static key there is not seen and would win; keep "
		"keys out of it",
		"Keys that come from a ConfigMap or Secret as a whole are not in the pod's text.",
		"Take ANTHROPIC_API_KEY and ANTHROPIC_AUTH_TOKEN out of that ConfigMap or "
		"Secret; static-key=ignore silences this." },
	[REASON_VARIABLE_KEPT] = { "VariableKept", REASON_WARN,
		"container %1 sets %2 itself, which was kept; unset it to get ours",
		"A variable that would be injected is already set to something else.",
		"Remove the variable unless its value is meant." },
	[REASON_SINGLE_USE] = { "SingleUse", REASON_WARN,
		"mode env: each token works once; a second process or a restart fails; use mode "
		"sidecar for those",
		"An assertion with a jti is single-use; without a writer nothing keeps a spare.",
		"Use mode sidecar, or init for short Jobs, unless the pod has one process that "
		"never restarts." },
	[REASON_SUPPLY_SHORT] = { "SupplyShort", REASON_WARN,
		"%1: %3 assertions of %2 s are too few for a token lifetime of %4 s; remove it",
		"Assertions that come seldom cannot feed short-lived tokens.",
		"Remove the annotation, and the number is planned; or raise assertions (at most "
		"12), or lower token-expiration (at least 600)." },
	[REASON_SHARED_PROCESSES] = { "SharedProcesses", REASON_WARN,
		"%1: processes of other containers can look into the writer; set it to false",
		"A shared process namespace weakens the separation of the writer from the app.",
		"Set the field to false, or remove it, unless the containers trust each other." },
	[REASON_MESH_NOT_NATIVE] = { "MeshNotNative", REASON_WARN,
		"%1 is an ordinary container: if egress needs it, the writer waits forever; "
		"make it a native sidecar",
		"The writer starts before ordinary containers.",
		"Turn on the mesh's native sidecars (Istio: ENABLE_NATIVE_SIDECARS)." },
	[REASON_WOULD_INJECT] = { "ObservedInject", REASON_WARN,
		"observe: would be injected (mode %1, federation %2); nothing was changed",
		"The Namespace says injection=observe; with enabled the pod would be changed.",
		"Label the Namespace injection=enabled when you want that." },
	[REASON_WOULD_DENY] = { "ObservedDeny", REASON_WARN,
		"observe: would be refused: %1",
		"The Namespace says injection=observe; with enabled the pod would be refused.",
		"Mend what the warning says before you label the Namespace injection=enabled." },
	[REASON_MORE_WARNINGS] = { "MoreWarnings", REASON_WARN,
		"more warnings were left out; mend these to see them",
		"A pod has more warnings than one answer holds.",
		"Mend those that are shown; the rest comes next time." },

	[REASON_BAD_VALUE] = { "BadValue", REASON_DENY,
		"%1 %2=\"%3\": %4",
		"A value that the table of annotations does not allow.",
		"Use what the sentence offers; README's table of annotations has the values of "
		"every key." },
	[REASON_INJECT_TWICE] = { "InjectTwice", REASON_DENY,
		"%1 is \"%2\" as an annotation and \"%3\" as a label; set one of them",
		"The annotation and the label inject disagree.",
		"Remove one of the two, or give both the same value, \"true\" or \"false\"." },
	[REASON_INJECTION_DISABLED] = { "InjectionDisabled", REASON_DENY,
		"label %1=\"disabled\" refuses pods that ask (%2); use enabled or observe, or "
		"remove it",
		"The pod asks in a Namespace whose label injection says disabled.",
		"Label the Namespace injection=enabled or observe, or remove the label; or let "
		"the pod not ask." },
	[REASON_INJECTION_UNKNOWN] = { "InjectionUnknown", REASON_DENY,
		"label %1=\"%2\": not a state; use enabled, observe or disabled (%3 asks)",
		"The pod asks in a Namespace whose label injection has no valid value.",
		"Label the Namespace injection=enabled, observe or disabled, or remove the "
		"label." },
	[REASON_OBJECT_UNKNOWN] = { "ObjectUnknown", REASON_DENY,
		"what it says is not known yet (%1); try again",
		"The Namespace or ServiceAccount was not in the caches, and the API server gave "
		"no answer in time. Not knowing is never a silent admit.",
		"Trying again helps, and controllers do. If it lasts: the controller's "
		"`/readyz`, its RBAC (get, list and watch of both kinds) and its way to the API "
		"server." },
	[REASON_LISTS_TOGETHER] = { "ListsTogether", REASON_DENY,
		"annotations %1 and %2 exclude each other; keep one",
		"containers and skip-containers are both set.",
		"Remove one of the two." },
	[REASON_UNKNOWN_FEDERATION] = { "UnknownFederation", REASON_DENY,
		"annotation %1=\"%2\": no such federation in the operator's config; use one of: "
		"%3",
		"The named federation does not exist.",
		"Use a name that the sentence lists, or have the operator add the federation to "
		"the config." },
	[REASON_NO_DEFAULT_FEDERATION] = { "NoDefaultFederation", REASON_DENY,
		"the operator's config has no federation \"default\"; set annotation %1 to one "
		"of %2",
		"No federation was named and none is called default.",
		"Set the annotation federation on the pod, its ServiceAccount or its Namespace." },
	[REASON_POLICY_NO_RULE] = { "PolicyNoRule", REASON_DENY,
		"the operator's policy has no rule for namespace \"%1\"; ask the operator for "
		"one",
		"A policy is given, and none of its rules matches the namespace.",
		"The operator adds a rule to the config's policy whose namespaces match." },
	[REASON_POLICY_FEDERATION] = { "PolicyFederation", REASON_DENY,
		"federation \"%1\": the operator's policy does not give it to namespace \"%2\"; "
		"use one of: %3",
		"The policy's rule for the namespace does not list the federation.",
		"Use one that the sentence lists (a * stands for anything), or ask the operator "
		"to add it to the policy's rule." },
	[REASON_POLICY_VALUE] = { "PolicyValue", REASON_DENY,
		"annotation %1=\"%2\": the operator's policy does not give it to namespace "
		"\"%3\"; remove it to use the federation's own (%4)",
		"Only the federation's own value and what the policy lists may be asked for.",
		"Remove the annotation, or ask the operator to add the value to the policy's "
		"rule." },
	[REASON_RESOURCES_INVERTED] = { "ResourcesInverted", REASON_DENY,
		"the writer's %1 request %2 is above its limit %3; set %4 too",
		"A request above the limit would be refused by the API server.",
		"Set both annotations, the request at most the limit." },
	[REASON_WINDOWS_POD] = { "WindowsPod", REASON_DENY,
		"pods for Windows nodes are not supported; remove %1, or what asks for injection",
		"The writer is a Linux program.",
		"Run the pod on Linux nodes, or remove the annotation or label inject." },
	[REASON_POD_MALFORMED] = { "PodMalformed", REASON_DENY,
		"%1 is not %2; correct it in the manifest",
		"The text is not one of the Pod API; the API server never sends such, `kubectl "
		"wif` may read it.",
		"Give the field the type that the sentence names; `kubectl explain pod.spec` "
		"has them all." },
	[REASON_NO_CONTAINERS] = { "NoContainers", REASON_DENY,
		"the pod has no containers of its own; list one in spec.containers",
		"spec.containers is empty, absent, or has only what was injected.",
		"List the container that calls Claude in spec.containers." },
	[REASON_STATIC_KEY_DENIED] = { "StaticKeyDenied", REASON_DENY,
		"container %1 sets %2, which would outrank the injected credentials; remove it "
		"(static-key=deny)",
		"Static keys are forbidden here.",
		"Remove the variable from the container. The pod, or its Namespace, says "
		"static-key=deny; the stricter of the two counts." },
	[REASON_TOO_MANY_IDENTITIES] = { "TooManyIdentities", REASON_DENY,
		"annotation %1 names containers of more than %2 users; name fewer",
		"Each user needs a writer of its own.",
		"Name fewer containers, or give some of them the same runAsUser." },
	[REASON_CONTAINER_TAKEN] = { "ContainerTaken", REASON_DENY,
		"container %1 is not the one that would be injected (%2 differs); rename or "
		"remove it",
		"A container under a reserved name is not ours, or was changed since, or its pod "
		"has lost the annotation status.",
		"Rename a container of your own. One that was injected, say into a manifest: "
		"remove it, it is made anew. When another webhook rewrites it (images to "
		"a mirror, users): exempt claude-wif-* there, or see docs/install.md, Other "
		"webhooks." },
	[REASON_VOLUME_TAKEN] = { "VolumeTaken", REASON_DENY,
		"volume %1 is not the one that would be injected; rename or remove it",
		"A volume under a reserved name is not ours, or was changed since, or its pod has "
		"lost the annotation status.",
		"Rename a volume of your own. One that was injected, say into a manifest: remove "
		"it, it is made anew. claude-wif-bin: another webhook has set the user "
		"that the image decided before; set runAsUser in the manifest, or run-as-user." },
	[REASON_MOUNT_TAKEN] = { "MountTaken", REASON_DENY,
		"container %1 mounts volume %2 at %3, where the credentials go; move it",
		"The credentials' path is in use.",
		"Mount the volume elsewhere, or put the container into skip-containers." },
	[REASON_VOLUME_MOUNTED] = { "VolumeMounted", REASON_DENY,
		"container %1 mounts volume %2, which belongs to the writer; remove the mount",
		"Only the writer sees assertions, and only it writes credentials.",
		"Remove the mount; a container that is to have credentials is named in the "
		"annotation containers." },
	[REASON_NO_EXPIRATION_LEFT] = { "NoExpirationLeft", REASON_DENY,
		"the pod's own token volumes leave no expirationSeconds for audience %1; remove "
		"some",
		"Tokens of one pod, audience and expiration are one token.",
		"Remove serviceAccountToken sources of that audience from the pod's projected "
		"volumes: 600 to 3600 has room for 3001 of them and ours." },

	[REASON_POD_UNREADABLE] = { "PodUnreadable", REASON_ERROR,
		"%1; send a Pod as a JSON object of at most 3 MiB, or try again when memory was "
		"short",
		"The review's object is no JSON object, or memory was short. The pod is refused, "
		"never admitted unread, but where its Namespace says injection=observe; of one "
		"that may be good and does not ask the `failurePolicy` decides.",
		"An API server sends only pods: look at who else calls the webhook, and at the "
		"controller's memory limit." },
	[REASON_NOT_A_POD_CREATION] = { "NotAPodCreation", REASON_PASS,
		"not a pod's creation",
		"The review is about something else: a webhook configuration that is not ours "
		"sends it here.",
		"Find the webhook configuration whose rules send more than CREATE of pods to "
		"this Service, and narrow it." },
	[REASON_NOT_A_REVIEW] = { "NotAReview", REASON_ERROR,
		"not an AdmissionReview: %1; send kind AdmissionReview of apiVersion "
		"admission.k8s.io/v1 with a request that has a uid",
		"The request's body is not what an API server sends.",
		"Find who calls the webhook: a probe that should ask `/readyz` of the other "
		"port, or a webhook configuration without v1 in admissionReviewVersions." },
	[REASON_REVIEW_TOO_BIG] = { "ReviewTooBig", REASON_ERROR,
		"%1; send a review of at most 524288 JSON values, nested at most 64 deep, or try "
		"again when memory was short",
		"The request's body has more values, or is nested deeper, than there is room for, "
		"or memory was short. It was not read, so nobody knows whether its pod asks.",
		"Find the pod with so many values, most likely a list without end, and give it "
		"fewer; look at the controller's memory limit." },
	[REASON_ANSWER_TOO_BIG] = { "AnswerTooBig", REASON_ERROR,
		"%1; give credentials to fewer containers, give these fewer variables, or try "
		"again when memory was short",
		"The answer with its patch is more than an API server reads, or memory was "
		"short. A pod whose patch alone is too big is refused.",
		"Name fewer containers in the annotation containers; with static-key=remove, "
		"take the static keys out of the manifest; look at the controller's memory "
		"limit." },
};

const struct reason_row *reason_row(enum reason why)
{
	return &rows[why];
}
