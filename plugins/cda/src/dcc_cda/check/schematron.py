"""ISO Schematron (ISO/IEC 19757-3, xslt2 binding) translated into one XSLT 3.0 style sheet.

Only what the national rules use: includes, phases, abstract patterns with parameters, abstract
rules, let, assert, report. A check that cannot be evaluated is reported as broken instead of
stopping the run: some published rules are.
"""

import re
from copy import deepcopy
from pathlib import Path

from lxml import etree

SCHEMATRON = "http://purl.oclc.org/dsdl/schematron"
XSLT = "http://www.w3.org/1999/XSL/Transform"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
_BY_TEMPLATE = re.compile(r"""\*\[\s*cda:templateId/@root\s*=\s*["']([\d.]+)["']\s*\]""")
_TEMPLATE_KEY = "by-template"
"""Index of elements by template: what most of the rules begin with."""
_EXPRESSIONS = ("context", "test", "value", "select", "path")


def _s(name: str) -> str:
    return f"{{{SCHEMATRON}}}{name}"


def _x(name: str) -> str:
    return f"{{{XSLT}}}{name}"


def translate(schema_file: Path) -> str:
    """Return the style sheet of a schema. Raise ``ValueError`` when a phase or an abstract part is
    missing.
    """
    schema = _load(schema_file)
    sheet = _empty_sheet(schema, schema_file)
    patterns = _active_patterns(schema)
    for name, value in _lets(schema, patterns).items():
        etree.SubElement(sheet, _x("variable"), name=name, select=value)
    _add_abstract_rules(sheet, schema, patterns)
    main = etree.SubElement(sheet, _x("template"), name="xsl:initial-template", match="/")
    report = etree.SubElement(main, "report")
    for number, pattern in enumerate(patterns):
        _add_pattern(sheet, report, pattern, f"p{number}")
    return etree.tostring(sheet, encoding="unicode")


def _load(file: Path) -> etree._Element:
    """Parse a schema with every include replaced by what it names."""
    root = etree.parse(str(file), _PARSER).getroot()
    for include in list(root.iter(_s("include"))):
        target = _load(_existing(file.parent / include.get("href", "")))
        target.tail = include.tail
        parent = include.getparent()
        if parent is not None:
            parent.replace(include, target)
    return root


def _existing(file: Path) -> Path:
    """Return the file of that name: the published rules were written where case does not count."""
    if file.exists():
        return file
    same = (one for one in file.parent.iterdir() if one.name.lower() == file.name.lower())
    return next(same, file)


def _empty_sheet(schema: etree._Element, file: Path) -> etree._Element:
    namespaces: dict[str | None, str] = {
        "xsl": XSLT,
        "xs": "http://www.w3.org/2001/XMLSchema",
        "err": "http://www.w3.org/2005/xqt-errors",
    }
    for one in schema.iter(_s("ns")):
        if one.get("prefix") != "xml":
            namespaces[one.get("prefix")] = one.get("uri", "")
    sheet = etree.Element(_x("stylesheet"), {"version": "3.0"}, nsmap=namespaces)
    sheet.set(_BASE, file.resolve().as_uri())
    sheet.set("exclude-result-prefixes", "#all")
    if "cda" in namespaces:
        index = etree.SubElement(sheet, _x("key"), name=_TEMPLATE_KEY)
        index.set("match", "*[cda:templateId]")
        index.set("use", "cda:templateId/@root")
    return sheet


def _active_patterns(schema: etree._Element) -> list[etree._Element]:
    phase = schema.get("defaultPhase")
    wanted = None if phase in (None, "#ALL") else _phase_patterns(schema, phase)
    abstract = {
        one.get("id"): one for one in schema.iter(_s("pattern")) if one.get("abstract") == "true"
    }
    return [
        _concrete(pattern, abstract)
        for pattern in schema.iter(_s("pattern"))
        if pattern.get("abstract") != "true" and (wanted is None or pattern.get("id") in wanted)
    ]


def _phase_patterns(schema: etree._Element, phase: str | None) -> set[str | None]:
    for one in schema.findall(_s("phase")):
        if one.get("id") == phase:
            return {active.get("pattern") for active in one.findall(_s("active"))}
    raise ValueError(f"no phase {phase!r} in the schema")


def _concrete(
    pattern: etree._Element, abstract: dict[str | None, etree._Element]
) -> etree._Element:
    """Return an instance of an abstract pattern with its parameters filled in."""
    parent = pattern.get("is-a")
    if parent is None:
        return pattern
    if parent not in abstract:
        raise ValueError(f"no abstract pattern {parent!r} in the schema")
    instance = deepcopy(abstract[parent])
    instance.set("id", pattern.get("id", ""))
    given = {one.get("name", ""): one.get("value", "") for one in pattern.findall(_s("param"))}
    names = "|".join(sorted(map(re.escape, given), key=len, reverse=True))
    reference = re.compile(rf"\$({names})(?![\w.-])")
    for element in instance.iter(tag=etree.Element):
        for name in _EXPRESSIONS:
            if given and name in element.attrib:
                element.set(name, reference.sub(lambda m: given[m[1]], element.get(name, "")))
    return instance


def _lets(schema: etree._Element, patterns: list[etree._Element]) -> dict[str, str]:
    """Return the variables of the schema and of its patterns: both are visible everywhere."""
    holders = (schema, *patterns)
    return {
        one.get("name", ""): one.get("value", "")
        for holder in holders
        for one in holder.findall(_s("let"))
    }


def _add_abstract_rules(
    sheet: etree._Element, schema: etree._Element, patterns: list[etree._Element]
) -> None:
    """Turn the abstract rules in use into named templates; an unused one need not even be valid."""
    rules = {one.get("id"): one for one in schema.iter(_s("rule")) if one.get("abstract") == "true"}
    wanted = [
        extension.get("rule") for pattern in patterns for extension in pattern.iter(_s("extends"))
    ]
    done: set[str | None] = set()
    while wanted:
        name = wanted.pop()
        if name in done:
            continue
        done.add(name)
        if name not in rules:
            raise ValueError(f"no abstract rule {name!r} in the schema")
        wanted += [one.get("rule") for one in rules[name].findall(_s("extends"))]
        template = etree.SubElement(sheet, _x("template"), name=f"rule-{name}")
        _fill_rule(template, rules[name], str(name))


def _add_pattern(
    sheet: etree._Element, report: etree._Element, pattern: etree._Element, mode: str
) -> None:
    """Add one mode per pattern: in a pattern the first rule that matches a node wins.

    The nodes that the rules speak of are selected, instead of walking the whole document once per
    pattern: the published rules have hundreds of patterns for a few nodes each.
    """
    rules = [one for one in pattern.iter(_s("rule")) if one.get("abstract") != "true"]
    if not rules:
        return
    etree.SubElement(sheet, _x("mode"), {"name": mode, "on-no-match": "shallow-skip"})
    select = " | ".join(dict.fromkeys(_everywhere(rule.get("context", "")) for rule in rules))
    etree.SubElement(report, _x("apply-templates"), select=select, mode=mode)
    for rank, rule in enumerate(rules):
        template = etree.SubElement(
            sheet,
            _x("template"),
            match=rule.get("context", ""),
            mode=mode,
            priority=str(len(rules) - rank),
        )
        _fill_rule(template, rule, pattern.get("id", ""))


def _everywhere(context: str) -> str:
    """Return the expression that selects every node a match pattern matches."""
    by_template = _BY_TEMPLATE.fullmatch(context.strip())
    if by_template:
        return f"key('{_TEMPLATE_KEY}', '{by_template[1]}')"
    return f"//({context})"


def _fill_rule(template: etree._Element, rule: etree._Element, pattern: str) -> None:
    for one in rule.iterchildren(tag=etree.Element):
        if one.tag == _s("extends"):
            etree.SubElement(template, _x("call-template"), name=f"rule-{one.get('rule')}")
        elif one.tag == _s("let"):
            etree.SubElement(
                template, _x("variable"), name=one.get("name", ""), select=one.get("value", "")
            )
        elif one.tag in (_s("assert"), _s("report")):
            _add_check(template, one, pattern)


def _add_check(template: etree._Element, check: etree._Element, pattern: str) -> None:
    test = check.get("test", "")
    guard = etree.SubElement(template, _x("try"))
    fails = f"not({test})" if check.tag == _s("assert") else test
    failed = etree.SubElement(etree.SubElement(guard, _x("if"), test=fails), "failed")
    broken = etree.SubElement(etree.SubElement(guard, _x("catch")), "failed")
    failed.set("role", (check.get("role") or "error").lower())
    broken.set("role", "broken")
    for one in (failed, broken):
        one.set("pattern", pattern)
        one.set("path", "{path(.)}")
    _fill_message(failed, check)


def _fill_message(target: etree._Element, source: etree._Element) -> None:
    """Copy the fixed words of a message. What it would quote of the document is left out: findings
    are kept and shown where patient data must not be.
    """
    words = [source.text or ""]
    for inner in source:
        quoted = inner.tag in (_s("value-of"), _s("name"))
        words.append(
            "…" if quoted else "".join(inner.itertext()) if isinstance(inner.tag, str) else ""
        )
        words.append(inner.tail or "")
    etree.SubElement(target, _x("text")).text = " ".join("".join(words).split())
