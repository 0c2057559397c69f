# ruff: noqa: T201
"""Writes tests/collection/xform/javarosa.toml: what JavaRosa, the engine of ODK Collect, makes of expressions of forms.

`python tools/reference_values/form_functions.py` needs a JDK; JavaRosa is in the ODK Validate that comes with pyxform. Expressions that JavaRosa
refuses are left out and printed.
"""

import json
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from xml.sax.saxutils import quoteattr

REPOSITORY = Path(__file__).resolve().parents[2]
REFERENCE = REPOSITORY / "tests" / "collection" / "xform" / "javarosa.toml"
RECORD = """<data id="f" version="12"><n>5</n><t>héllo</t><d>2026-11-20</d><when>2026-11-25T08:15:00.000Z</when><s>a</s><m>b a</m><empty/>
<area>7.9377 -11.5845 0 0;7.9324 -11.5902 0 0;7.927 -11.5857 0 0;7.925 -11.578 0 0;7.9377 -11.5845 0 0</area><r><x>2</x><y>y1</y></r>
<r><x>4</x><y>y2</y></r><r><x>7</x><y>y3</y></r><c/></data>"""
FORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa"><h:head>
<h:title>f</h:title><model><instance><data id="f" version="12"><n/><t/><d/><when/><s/><m/><empty/><area/><r jr:template=""><x/><y/></r><c/></data>
</instance><instance id="l"><root><item><name>a</name><label>Alpha</label><tone>x</tone></item><item><name>b</name><label>Beta</label><tone>y</tone>
</item></root></instance><bind nodeset="/data/n" type="int"/><bind nodeset="/data/d" type="date"/><bind nodeset="/data/when" type="dateTime"/>
<bind nodeset="/data/area" type="geoshape"/><bind nodeset="/data/r/x" type="int"/>
<bind nodeset="/data/c" type="string" calculate={}/></model></h:head><h:body>
<input ref="/data/n"><label>n</label></input><select1 ref="/data/s"><label>s</label><itemset nodeset="instance('l')/root/item">
<value ref="name"/><label ref="label"/></itemset></select1><group ref="/data/r"><label>r</label><repeat nodeset="/data/r"><input ref="/data/r/x">
<label>x</label></input></repeat></group></h:body></h:html>"""
EXPRESSIONS = (
    "1 + 2 * 3",
    "7 mod 4",
    "7 div 2",
    "1 - -1",
    "-/data/n + 1",
    "10 - 2 - 3",
    "2 * 3 > 5 and not(1 = 2)",
    "'a' = 'a' or 1 = 2",
    "/data/n = 5",
    "/data/n > 4.5",
    "/data/empty = ''",
    "/data/empty > 3",
    "/data/empty + 1",
    "/data/t = 'héllo'",
    "concat('a', 'b', 1)",
    "concat(/data/n, '-', /data/t)",
    "join(' ', 'a', 'b')",
    "join('-', /data/r/y)",
    "substr('hello', 1, 3)",
    "substr('hello', 2)",
    "substr('hello', -3)",
    "ends-with('hello', 'lo')",
    "starts-with(/data/t, 'h')",
    "contains(/data/t, 'éll')",
    "substring-before('a-b', '-')",
    "substring-after('a-b', '-')",
    "string-length(/data/t)",
    "normalize-space('  a   b ')",
    "translate('abc', 'ab', 'xy')",
    "regex('0712', '[0-9]{4}')",
    "regex('0712x', '[0-9]{4}')",
    r"regex('é', '\p{L}')",
    "digest('abc', 'MD5', 'hex')",
    "digest('abc', 'SHA-1')",
    "digest('abc', 'SHA-256', 'hex')",
    "base64-decode('aGk=')",
    "if(/data/n > 4, 'more', 'less')",
    "if(/data/empty = '', 1, 2)",
    "coalesce(/data/empty, 'b')",
    "coalesce(/data/n, 'b')",
    "boolean-from-string('1')",
    "boolean-from-string('yes')",
    "checklist(1, 2, 1, 0, 1)",
    "checklist(-1, 1, 1, 1)",
    "weighted-checklist(3, 5, 1, 2, 0, 9, 1, 1)",
    "int(-2.7)",
    "int(2.7)",
    "round(2.5)",
    "round(-2.5)",
    "round(1.2345, 2)",
    "round(1234, -2)",
    "sum(/data/r/x)",
    "max(/data/r/x)",
    "min(/data/r/x)",
    "max(3, 9, 4)",
    "pow(2, 10)",
    "abs(-3)",
    "sqrt(16)",
    "log10(1000)",
    "exp10(2)",
    "atan2(0, 1)",
    "round(pi(), 4)",
    "round(sin(1), 6)",
    "round(exp(1), 6)",
    "count(/data/r)",
    "count-non-empty(/data/r/x)",
    "count(/data/r[x > 3])",
    "/data/r[y = 'y2']/x",
    "indexed-repeat(/data/r/y, /data/r, 2)",
    "sum(/data/r[x > 3]/x)",
    "number('12abc')",
    "number(true())",
    "instance('l')/root/item[name = /data/s]/label",
    "instance('l')/root/item[tone = 'y' and /data/n = 5]/name",
    "count(instance('l')/root/item)",
    "selected(/data/m, 'a')",
    "selected('ab', 'a')",
    "selected-at(/data/m, 0)",
    "selected-at(/data/m, 5)",
    "count-selected(/data/m)",
    "count-selected(/data/empty)",
    "jr:choice-name(/data/s, '/data/s')",
    "string(date('2026-01-05'))",
    "string(date(0))",
    "/data/d < today()",
    "/data/d > date('2026-11-19')",
    "/data/d = date('2026-11-20')",
    "/data/d - date('2026-11-10')",
    "string(date(/data/d + 10))",
    "int((date('2026-11-25') - date('2000-11-26')) div 365.25)",
    "decimal-date-time('1970-01-02T12:00:00.000Z')",
    "decimal-date-time(/data/d)",
    "decimal-time('18:00:00.000Z')",
    "format-date(/data/d, '%e %b %Y, %a %d.%m.%y %n')",
    "format-date-time(/data/when, '%H:%M:%S.%3 %h')",
    "/data/when > date('2026-11-25')",
    "round(area(/data/area), 2)",
    "round(distance(/data/area), 2)",
    "number('1970-01-03')",
    "/data/d > '2026-11-19'",
    "weighted-checklist(3, -1, 1, 2, 0, 9, 1, 1)",
)


def main() -> None:
    """Ask JavaRosa and write the file."""
    jar = files("pyxform.validators.odk_validate") / "bin" / "ODK_Validate.jar"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "record.xml").write_text(RECORD, encoding="utf-8")
        for number, expression in enumerate(EXPRESSIONS):
            # As text, so that JavaRosa writes booleans and dates as XPath does and not in its own form of storage.
            (folder / f"{number}.xml").write_text(FORM.format(quoteattr(f"string({expression})")), encoding="utf-8")
        command = ["java", "-Duser.timezone=UTC", "-cp", str(jar), str(Path(__file__).with_name("JavaRosa.java")), name]
        done = subprocess.run(command, capture_output=True, check=True)
    answers = [line.split("\t") for line in done.stdout.decode().splitlines() if line.startswith(("VALUE", "REFUSED"))]
    lines = [
        'source = "JavaRosa in ODK Validate 1.20.0, as shipped with pyxform 4.5.0"',
        f"record = {json.dumps(RECORD, ensure_ascii=False)}",
    ]
    lines.append(f"form = {json.dumps(FORM, ensure_ascii=False)}")
    for kind, place, *value in answers:
        if kind == "REFUSED":
            print(f"JavaRosa refuses {EXPRESSIONS[int(place)]}", file=sys.stderr)
        else:
            expression = json.dumps(EXPRESSIONS[int(place)], ensure_ascii=False)
            lines += [
                "",
                "[[case]]",
                f"expression = {expression}",
                f"value = {json.dumps(value[0], ensure_ascii=False)}",
            ]
    REFERENCE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
