#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The SPDX 2.3 document of an image, from what images.sh wrote down while it filled ROOT.
usage: sbom.py FACTS ROOT IMAGE.tar >OUT. The same input gives the same bytes: the time is
SOURCE_DATE_EPOCH (default 0), the namespace ends in the hash of the rest.

FACTS has lines of fields separated by tabs:
  image    NAME VERSION ARCH REVISION
  package  NAME VERSION ARCH SOURCE SOURCE_VERSION    of the distribution
  file     PATH PACKAGE                               the file in the image is that package's
  static   PATH PACKAGE                               the program was linked with its archives
Source: https://spdx.github.io/spdx-spec/v2.3/, clauses 6 to 8 and 11."""

import datetime
import hashlib
import json
import os
import pathlib
import platform
import re
import sys

OURS = "claude-wif"
# What upstream declares for the part that is linked or loaded, by Debian's source package. The
# whole list, file by file, is the package's copyright file, licenses/PACKAGE in the image.
LICENSES = {
    "c-ares": "MIT",
    "ca-certificates": "MPL-2.0",  # Mozilla's list; its scripts are not in the image
    "curl": "curl",
    "gcc": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "glibc": "LGPL-2.1-or-later",
    "jansson": "MIT",
    "libcap2": "BSD-3-Clause OR GPL-2.0-only",
    "libwebsockets": "MIT",
    "libyaml": "MIT",
    "musl": "MIT",
    "openssl": "Apache-2.0",
    "zlib": "Zlib",
}


def license_of(source):
    return LICENSES.get(re.sub(r"-\d+(-cross.*)?$", "", source), "NOASSERTION")


def spdx_id(*words):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.]+", "-", "-".join(words))


def digest(path, algorithm):
    return hashlib.new(algorithm, path.read_bytes()).hexdigest()


def checksums(path, *algorithms):
    return [{"algorithm": a.upper(), "checksumValue": digest(path, a)} for a in algorithms]


def purl(kind, name, version, **qualifiers):
    text = "&".join(f"{k}={v}" for k, v in sorted(qualifiers.items()))
    return {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
            "referenceLocator": f"pkg:{kind}/{name}@{version}" + (f"?{text}" if text else "")}


def package(name, version, license_declared, **more):
    return {"SPDXID": spdx_id("Package", name), "name": name, "versionInfo": version,
            "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "NOASSERTION",
            "licenseDeclared": license_declared, "copyrightText": "NOASSERTION", **more}


def of_distribution(name, version, arch, source, source_version):
    system = platform.freedesktop_os_release()
    more = {}
    if system["ID"] == "debian":  # every version stays there
        more = {"supplier": "Organization: Debian",
                "downloadLocation": f"https://snapshot.debian.org/package/{source}/{source_version}/"}
    return package(name, version, license_of(source), sourceInfo=f"built from: {source} {source_version}",
                   externalRefs=[purl(f"deb/{system['ID']}", name, version.replace("+", "%2B"), arch=arch,
                                      distro=f"{system['ID']}-{system.get('VERSION_ID', '')}")], **more)


def files_of(root):
    for path in sorted(p for p in root.rglob("*") if not p.is_dir()):
        if path.is_symlink() or not path.is_file():
            sys.exit(f"sbom: {path}: neither a file nor a folder")
        name = str(path.relative_to(root))
        yield {"SPDXID": spdx_id("File", name), "fileName": f"./{name}",
               "fileTypes": ["BINARY" if path.read_bytes()[:4] == b"\x7fELF" else "TEXT"],
               "checksums": checksums(path, "sha1", "sha256"), "licenseConcluded": "NOASSERTION",
               "copyrightText": "NOASSERTION"}


def verification_code(files):
    sums = sorted(c["checksumValue"] for f in files for c in f["checksums"] if c["algorithm"] == "SHA1")
    return {"packageVerificationCodeValue": hashlib.sha1("".join(sums).encode()).hexdigest()}


def relation(a, kind, b):
    return {"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b}


def document(facts, root, tar):
    [(name, version, arch, revision)] = facts["image"]
    files = list(files_of(root))
    image = package(name, version, "NOASSERTION", filesAnalyzed=True, primaryPackagePurpose="CONTAINER",
                    packageVerificationCode=verification_code(files), checksums=checksums(tar, "sha256"),
                    packageFileName=tar.name, comment=f"linux/{arch}")
    ours = package(OURS, version, "Apache-2.0", externalRefs=[purl("generic", OURS, version)],
                   **({"sourceInfo": f"git revision {revision}"} if revision else {}))
    packages = [image, ours, *(of_distribution(*fields) for fields in facts["package"])]
    relations = [relation("SPDXRef-DOCUMENT", "DESCRIBES", image["SPDXID"])]
    relations += [relation(image["SPDXID"], "CONTAINS", e["SPDXID"]) for e in packages[1:] + files]
    known = {p["name"] for p in packages}
    origin = dict(facts["file"])
    for file in files:
        path = file["fileName"][2:]
        if origin.get(path) not in known:
            sys.exit(f"sbom: {path} is in the image, and no package says that it is its own")
        relations.append(relation(file["SPDXID"], "GENERATED_FROM", spdx_id("Package", origin[path])))
    relations += [relation(spdx_id("File", path), "STATIC_LINK", spdx_id("Package", linked))
                  for path, linked in facts["static"]]
    created = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"{name}-{version}-linux-{arch}",
            "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: claude-wif-sbom"]},
            "packages": packages, "files": files, "relationships": relations}


def main():
    facts = {"image": [], "package": [], "file": [], "static": []}
    for line in pathlib.Path(sys.argv[1]).read_text().splitlines():
        kind, *fields = line.split("\t")
        facts[kind].append(fields)
    made = document(facts, pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    ids = [e["SPDXID"] for e in made["packages"] + made["files"]]
    if len(set(ids)) != len(ids):
        sys.exit("sbom: two things have one SPDXID")
    unique = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()
    made["documentNamespace"] = f"https://spdx.org/spdxdocs/{made['name'].replace('/', '-')}-{unique}"
    json.dump(made, sys.stdout, indent=1)
    print()


main()
