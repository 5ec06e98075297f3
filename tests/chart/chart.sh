#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The chart with the real Helm and no cluster: what values render, which are refused and how, and
# that the controller takes the config that comes out. A case of tests/data/chart is values.yaml
# and either `want` (texts that must be rendered; after "! ", that must not) or `err` (a text of
# the refusal). usage: chart.sh [FILTER]
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
filter=${1:-*}
chart=charts/claude-wif
passed=0 failed=0

# shellcheck disable=SC2053 # a pattern is what it is
if [[ chart/all != $filter ]]; then echo "0 passed, 0 failed"; exit 0; fi
helm=$(tools/helm.sh)
case $?/${CI:-} in
0/*) ;;
100/) echo "skipped: no Helm, and no Go to build it with"; echo "0 passed, 0 failed"; exit 0 ;;
*) echo "FAIL helm: none"; echo "0 passed, 1 failed"; exit 1 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HELM_CACHE_HOME=$work/helm HELM_CONFIG_HOME=$work/helm HELM_DATA_HOME=$work/helm
export KUBECONFIG=$work/none # no cluster, whatever this shell has

# holds NAME COMMAND...: it succeeds; else its last lines say why
holds() {
	local name=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $name: $(tail -n 5 "$work/log")"
	fi
}
has() { grep -qF -e "$2" "$1" || { echo "no \"$2\" in it"; return 1; }; }
has_not() { ! grep -nF -e "$2" "$1"; }
render() { "$helm" template claude-wif $chart --namespace ns --kube-version 1.34 --values "$1"; }

# The config as the controller gets it: the text under config.yaml, moved to the left margin.
config_of() {
	"$helm" template claude-wif $chart --kube-version 1.34 --values "$1" \
		--show-only templates/config.yaml |
		sed -n '/^  config.yaml: |$/,$p' | sed -e 1d -e 's/^    //'
}
controller_takes() {
	config_of "$1" >"$work/config.yaml" && [ -s "$work/config.yaml" ] &&
		"$build/wif-controller" --config "$work/config.yaml" --check-config
}

accepted() {
	local dir=$1 name=${1##*/} line
	holds "$name: lint" "$helm" lint --strict --kube-version 1.34 $chart --values "$dir/values.yaml"
	render "$dir/values.yaml" >"$work/one" 2>"$work/err"
	holds "$name: renders" test -s "$work/one"
	render "$dir/values.yaml" >"$work/two" 2>&1
	holds "$name: two renders are equal" cmp "$work/one" "$work/two"
	while IFS= read -r line; do
		case $line in
		'! '*) holds "$name: $line" has_not "$work/one" "${line#! }" ;;
		*) holds "$name: $line" has "$work/one" "$line" ;;
		esac
	done <"$dir/want"
	holds "$name: no key" has_not "$work/one" 'PRIVATE KEY'
	holds "$name: the controller takes the config" controller_takes "$dir/values.yaml"
}

# Refused before anything is rendered, with the key's name.
refused() {
	local dir=$1 name=${1##*/}
	render "$dir/values.yaml" >"$work/one" 2>"$work/err"
	holds "$name: refused" test $? -ne 0
	holds "$name: says which key" has "$work/err" "$(cat "$dir/err")"
	holds "$name: nothing rendered" test ! -s "$work/one"
}

for dir in tests/data/chart/*/; do
	dir=${dir%/}
	if [ -e "$dir/want" ]; then accepted "$dir"; else refused "$dir"; fi
done

# A slip that only the controller can see passes the schema, and is one line there.
only_controller() {
	sed 's/^  policy:$/&\n    - {namespaces: ["a"], federations: [nobody]}/' \
		tests/data/chart/config/values.yaml >"$work/slip.yaml"
	config_of "$work/slip.yaml" >"$work/config.yaml" || return 1
	"$build/wif-controller" --config "$work/config.yaml" --check-config 2>"$work/err"
	[ $? -eq 100 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && has "$work/err" nobody
}
holds "a federation that no policy can name: the controller's line" only_controller

# The schema has the keys of config/config.c, less the image, which images.writer gives.
config_keys() {
	sed -nE 's/.*\{ (\.key = )?"([a-zA-Z]+)", .*FIELD_.*/\2/p' config/config.c | grep -vx image | sort -u
}
each_key() {
	local key missing=0
	[ "$(config_keys | wc -l)" -ge 25 ] || { echo "config/config.c has another shape"; return 1; }
	for key in $(config_keys); do
		grep -q "^ *\"$key\": {" $chart/values.schema.json && continue
		echo "$key is not in the schema"
		missing=1
	done
	return $missing
}
holds "the schema has every key of the config" each_key

# The config that controller_takes left injects what FILE has.
injects() { # FILE
	"$build/kubectl-wif" explain -f "$1" --config "$work/config.yaml" >"$work/explained" &&
		grep -qE '^ +decision +inject$' "$work/explained" || { cat "$work/explained"; return 1; }
}

# What a newcomer copies from docs/install.md: blocks whose first line is "# FILE".
block() { sed -n "/^# $1\$/,/^\`\`\`\$/p" docs/install.md | sed '$d'; }
newcomer() {
	block values.yaml | sed 's/_\.\.\.$/_01/' >"$work/values.yaml"
	block hello-claude.yaml >"$work/hello.yaml"
	controller_takes "$work/values.yaml" && injects "$work/hello.yaml"
}
holds "the values and the first workload of docs/install.md" newcomer

# What Helm says after an install, with its values; it shows none without a cluster, so a copy of
# the chart has the text as a manifest. What it tells to type is injected.
notes() { # CASE
	rm -rf "$work/chart" && cp -r $chart "$work/chart" || return 1
	{ printf 'apiVersion: v1\n'; sed -e 's/^/# /' "$work/chart/templates/NOTES.txt"; } >"$work/chart/templates/notes.yaml"
	"$helm" template claude-wif "$work/chart" --kube-version 1.34 --show-only templates/notes.yaml \
		--values "tests/data/chart/$1/values.yaml" >"$work/notes"
}
typed() { # CASE: a pod with the annotations of the patch that the notes of CASE say
	notes "$1" && controller_takes "tests/data/chart/$1/values.yaml" || return 1
	{
		printf 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: team-a\n  annotations: '
		sed -n 's/.*"annotations":\({[^}]*}\).*/\1/p' "$work/notes"
		printf 'spec: {containers: [{name: app, image: app}]}\n'
	} >"$work/pod.yaml"
	injects "$work/pod.yaml"
}
holds "the notes' patch injects" typed defaults
holds "the notes' patch injects where no federation is called default" typed config

# Release and namespace may be called like a number.
numbers() {
	"$helm" template 123 $chart --namespace 456 --kube-version 1.34 \
		--values tests/data/chart/everything/values.yaml >"$work/one" || return 1
	has "$work/one" 'namespace: "456"' && has "$work/one" 'app.kubernetes.io/instance: "123"' &&
		has_not "$work/one" 'namespace: 456' && has_not "$work/one" 'instance: 123'
}
holds "names of digits stay texts" numbers

# Alerts and dashboard ask for figures that the controller has.
figures() {
	local name missing=0
	grep -ohE 'claude_wif_[a-z_]+' $chart/files/* | sed -E 's/^claude_wif_//; s/_bucket$//' | sort -u >"$work/figures"
	[ "$(wc -l <"$work/figures")" -ge 6 ] || { echo "files/ has another shape"; return 1; }
	while read -r name; do
		grep -qF "add_head(out, \"$name\"" controller/metrics*.c && continue
		echo "no claude_wif_$name in controller/"
		missing=1
	done <"$work/figures"
	return $missing
}
holds "each figure of alerts and dashboard is one of the controller's" figures

versions() {
	local want
	want=$(sed -n 's/^VERSION ?= //p' Makefile)
	grep -qx "version: $want" $chart/Chart.yaml && grep -qx "appVersion: $want" $chart/Chart.yaml
}
holds "the chart's versions are the Makefile's" versions

manifests() {
	mkdir "$work/manifests" && tools/manifests.sh "$work/manifests" || return 1
	for file in "$work"/manifests/*; do
		cmp "$file" "manifests/${file##*/}" || { echo "run make manifests"; return 1; }
		grep -qx "  - ${file##*/}" manifests/kustomization.yaml ||
			{ echo "${file##*/}: not in kustomization.yaml"; return 1; }
	done
	for file in $(grep -l 'Made by .make manifests' manifests/*); do
		[ -e "$work/manifests/${file##*/}" ] || { echo "$file: no template makes it"; return 1; }
	done
}
holds "manifests/ is what the chart renders" manifests

packaged() {
	"$helm" package $chart --destination "$work" && tar -tzf "$work"/claude-wif-*.tgz >"$work/list" &&
		has "$work/list" claude-wif/values.schema.json && has_not "$work/list" '/ci/'
}
holds "the chart packs" packaged

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
