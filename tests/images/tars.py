# SPDX-License-Identifier: Apache-2.0
"""The two image tars and their SBOMs, read with nothing of ours. usage: tars.py DIR FILTER SITE;
run by tars.sh. SITE is where spdx-tools is, or empty."""

import datetime
import fnmatch
import hashlib
import io
import json
import pathlib
import re
import sys
import tarfile

DIR, FILTER, SITE = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
# The facts that `make images` gave, as VAR=VALUE words.
FACTS = dict(w.split("=", 1) for w in (DIR / ".facts").read_text().split())
USER = "65532:65532"
PROGRAMS = {"writer": {"wif-writer", "wif-exchange"}, "controller": {"wif-controller"}}
OTHERS = {"writer": r"ca-bundle\.pem|licenses/[a-z0-9.+-]+",
          "controller": r"etc/passwd|etc/group|licenses/[a-z0-9.+-]+|(usr/)?lib(64)?/[a-z0-9_/.-]*\.so(\.\d+)*"}
# Bytes of the tar: what was promised (writer 8 MB, controller 30 MB).
LIMITS = {"writer": 8_000_000, "controller": 30_000_000}
# A text that the linked library leaves in the program: that the SBOM has it is no accident.
TRACES = {"wif-exchange": {"curl": rb"libcurl is built without", "libssl-dev": rb"OpenSSL (3\.[0-9.]+) ",
                           "libc6-dev": rb"Fatal glibc error", "libc-ares-dev": rb"ares__is_list_empty",
                           "libjansson-dev": rb"JSON_ALLOW_NUL"},
          "wif-writer": {"musl-dev": rb"No error information"},
          "wif-controller": {"curl": rb"libcurl is built without"}}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Image:
    def __init__(self, what):
        self.what, self.path = what, DIR / f"{what}.tar"
        with tarfile.open(self.path) as tar:
            self.outer = tar.getmembers()
            self.parts = {m.name: tar.extractfile(m).read() for m in self.outer}
        [self.manifest] = json.loads(self.parts["manifest.json"])
        self.about = json.loads(self.parts[self.manifest["Config"]])
        [name] = self.manifest["Layers"]
        with tarfile.open(fileobj=io.BytesIO(self.parts[name])) as layer:
            self.members = layer.getmembers()
            self.files = {m.name: layer.extractfile(m).read() for m in self.members if m.isfile()}
        self.sbom = json.loads((DIR / f"{what}.spdx.json").read_text())
        self.packages = {p["name"]: p for p in self.sbom["packages"]}
        self.names = {e["SPDXID"]: e.get("name", e.get("fileName", "")[2:])
                      for e in self.sbom["packages"] + self.sbom["files"]}

    def related(self, kind, path):
        return {self.names[r["relatedSpdxElement"]] for r in self.sbom["relationships"]
                if r["relationshipType"] == kind and self.names.get(r["spdxElementId"]) == path}


def equal(got, want, of=""):
    if isinstance(got, dict) and isinstance(want, dict):  # what differs, not all
        same = {k for k in got if k in want and got[k] == want[k]}
        got, want = ({k: v for k, v in d.items() if k not in same} for d in (got, want))
    assert got == want, f"{of} got {got!r}, want {want!r}"


def format_is_docker_archive(i):
    equal(i.manifest["RepoTags"], [f"claude-wif/{i.what}:{FACTS['VERSION']}"])
    equal(sorted(i.parts), sorted(["manifest.json", i.manifest["Config"], *i.manifest["Layers"]]))
    equal(i.manifest["Config"], sha256(i.parts[i.manifest["Config"]]) + ".json")
    equal(i.about["os"], "linux")
    equal(i.about["architecture"], FACTS["ARCH"])


def layers_have_their_digests(i):
    equal(i.about["rootfs"]["type"], "layers")
    equal(i.about["rootfs"]["diff_ids"], ["sha256:" + sha256(i.parts[n]) for n in i.manifest["Layers"]])
    equal(i.manifest["Layers"], [d.removeprefix("sha256:") + ".tar" for d in i.about["rootfs"]["diff_ids"]])


def size_is_as_promised(i):
    size = i.path.stat().st_size
    print(f"size of the {i.what} image: {size / 1e6:.1f} MB (at most {LIMITS[i.what] / 1e6:.0f})")
    assert size <= LIMITS[i.what], f"{size} bytes, want at most {LIMITS[i.what]}"


def labels_are_the_oci_ones(i):
    labels = {k.removeprefix("org.opencontainers.image."): v for k, v in i.about["config"]["Labels"].items()}
    equal(labels.pop("title"), f"claude-wif {i.what}")
    assert len(labels.pop("description")) > 20
    created = datetime.datetime.fromtimestamp(int(FACTS["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    want = {"version": FACTS["VERSION"], "licenses": "Apache-2.0", "vendor": "claude-wif",
            "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "revision": FACTS["REVISION"], "source": FACTS["SOURCE_URL"]}
    equal(labels, {k: v for k, v in want.items() if v})
    equal(i.about["created"], want["created"])
    equal(i.sbom["creationInfo"]["created"], want["created"])
    assert re.fullmatch(r"([0-9a-f]{40}(-dirty)?)?", FACTS["REVISION"]), FACTS


def runs_as_nobody_in_particular(i):
    equal(i.about["config"]["User"], USER)
    equal(i.about["config"]["Entrypoint"], [f"/wif-{i.what}"])
    equal(i.about["config"].get("Env"), None)


def holds_no_shell_and_nothing_unknown(i):
    unknown = {n for n in i.files if n not in PROGRAMS[i.what] and not re.fullmatch(OTHERS[i.what], n)}
    equal(unknown, set())
    for name in PROGRAMS[i.what]:
        equal(i.files[name][:4], b"\x7fELF", name)
    equal({n for n, data in i.files.items() if data[:2] == b"#!"}, set())
    machine = {"amd64": 62, "arm64": 183}[i.about["architecture"]]
    elf = {n: int.from_bytes(d[18:20], "little") for n, d in i.files.items() if d[:4] == b"\x7fELF"}
    equal(elf, dict.fromkeys(elf, machine))


def modes_let_anyone_read_and_no_one_write(i):
    epoch = int(FACTS["SOURCE_DATE_EPOCH"])
    for m in i.members:
        assert m.isfile() or m.isdir(), f"{m.name}: neither a file nor a folder"
        equal((m.uid, m.gid, m.uname, m.gname, m.mtime), (0, 0, "", "", epoch), m.name)
        mode = 0o755 if m.isdir() else 0o555 if i.files[m.name][:4] == b"\x7fELF" else m.mode
        equal(m.mode, mode, m.name)
        equal(m.mode & 0o7022, 0, m.name)
        equal(m.mode & 0o444, 0o444, m.name)
    for m in i.outer:
        equal((m.uid, m.gid, m.mtime, m.mode), (0, 0, epoch, 0o644), m.name)


def sbom_lists_every_file_with_its_hashes(i):
    listed = {f["fileName"]: {c["algorithm"]: c["checksumValue"] for c in f["checksums"]} for f in i.sbom["files"]}
    equal(listed, {"./" + n: {"SHA1": hashlib.sha1(d).hexdigest(), "SHA256": sha256(d)} for n, d in i.files.items()})
    image = i.packages[f"claude-wif/{i.what}"]
    equal(image["checksums"], [{"algorithm": "SHA256", "checksumValue": sha256(i.path.read_bytes())}])
    sums = "".join(sorted(h["SHA1"] for h in listed.values()))
    equal(image["packageVerificationCode"]["packageVerificationCodeValue"], hashlib.sha1(sums.encode()).hexdigest())


def sbom_says_whose_each_file_is(i):
    for name in i.files:
        [owner] = i.related("GENERATED_FROM", name)
        if name in PROGRAMS[i.what] or name.startswith("etc/"):
            equal(owner, "claude-wif", name)
        elif name.startswith("licenses/"):
            equal(owner, name.removeprefix("licenses/"))
        else:
            assert owner in i.packages and owner != "claude-wif", f"{name}: {owner}"
    # Each package is there for a reason, and its copyright file with it.
    used = {o for n in i.files for k in ("GENERATED_FROM", "STATIC_LINK") if not n.startswith("licenses/")
            for o in i.related(k, n)}
    equal(used, set(i.packages) - {f"claude-wif/{i.what}"})
    equal({n.removeprefix("licenses/") for n in i.files if n.startswith("licenses/")}, used)


def sbom_has_version_source_and_licence(i):
    for name, p in i.packages.items():
        assert p["versionInfo"], name
        if name == f"claude-wif/{i.what}":
            continue
        assert p["licenseDeclared"] != "NOASSERTION", f"{name}: add its licence to tools/sbom.py"
        if name == "claude-wif":
            equal(p.get("sourceInfo", ""), f"git revision {FACTS['REVISION']}" if FACTS["REVISION"] else "")
        else:
            assert re.fullmatch(r"built from: \S+ \S+", p["sourceInfo"]), p


def sbom_names_what_left_its_trace(i):
    for program in PROGRAMS[i.what]:
        linked = i.related("STATIC_LINK", program)
        for package, trace in TRACES[program].items():
            found = re.search(trace, i.files[program])
            assert found, f"{program} has no trace of {package}"
            assert package in linked, f"{program} holds {package}, the SBOM says {linked}"
            version = i.packages[package]["versionInfo"]
            for said in found.groups():
                assert version.startswith(said.decode()), f"{package}: {said}, not {version}"


def spdx_tools_finds_no_fault(i):
    sys.path.insert(0, SITE)
    from spdx_tools.spdx.parser.json import json_parser
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
    document = json_parser.parse_from_file(str(DIR / f"{i.what}.spdx.json"))
    equal(document.creation_info.spdx_version, "SPDX-2.3")
    equal([m.validation_message for m in validate_full_spdx_document(document)], [])


TESTS = [format_is_docker_archive, layers_have_their_digests, size_is_as_promised, labels_are_the_oci_ones,
         runs_as_nobody_in_particular, holds_no_shell_and_nothing_unknown,
         modes_let_anyone_read_and_no_one_write, sbom_lists_every_file_with_its_hashes,
         sbom_says_whose_each_file_is, sbom_has_version_source_and_licence, sbom_names_what_left_its_trace,
         *([spdx_tools_finds_no_fault] if SITE else [])]


def main():
    passed = failed = 0
    for what in PROGRAMS:
        for test in TESTS:
            name = f"images/{test.__name__.replace('_', '-')}-{what}"
            if not fnmatch.fnmatch(name, FILTER):
                continue
            try:
                test(Image(what))
                passed += 1
            except Exception as e:  # whatever a broken tar does
                failed += 1
                print(f"FAIL {name}: {type(e).__name__}: {e}")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
