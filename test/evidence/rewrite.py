# SPDX-License-Identifier: Apache-2.0
"""Puts mutants into C++ text: clauses of conditions, bounds, numbers, verdicts, reason codes, quantifiers, statements.

It knows the tree's formatting (binary operators between blanks, braces always) and no more of C++ than brackets, literals and
comments; what it cannot place it leaves alone."""
import re

OPEN, CLOSE = "([{", ")]}"
BOUNDS = {" < ": "less", " <= ": "less_or_equal", " > ": "greater", " >= ": "greater_or_equal"}
QUANTIFIERS = {"std::any_of(": "any_of", "std::all_of(": "all_of", "std::none_of(": "none_of",
               "std::ranges::any_of(": "any_in", "std::ranges::all_of(": "all_in"}
# What a verdict of the function would be: 0 denied, 1 untrusted, 2 trusted.
VERDICTS = {"lowers": (2,), "denies": (1,), "holds": (1,)}


def masked(text):
    """The same length, with comments, literals and preprocessor lines blanked."""
    def blank(match):
        return re.sub(r"[^\n]", "~", match.group(0))
    pattern = r'//[^\n]*|/\*.*?\*/|R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|^#[^\n]*'
    return re.sub(pattern, blank, text, flags=re.S | re.M)


class Rewriter:
    def __init__(self, name, text, first):
        self.name, self.text, self.mask = name, text, masked(text)
        self.number, self.mutants, self.edits = first, [], []
        self.skipped = self.constant_spans()

    # -- places

    def closing(self, at):
        depth = 0
        for i in range(at, len(self.mask)):
            if self.mask[i] in OPEN:
                depth += 1
            elif self.mask[i] in CLOSE:
                depth -= 1
                if depth == 0:
                    return i
        raise ValueError(f"{self.name}: bracket without end")

    def constant_spans(self):
        """constexpr and static_assert: evaluated by the compiler."""
        spans = []
        for found in re.finditer(r"\bconstexpr\b|\bstatic_assert\b|\btemplate <", self.mask):
            end = found.start()
            while end < len(self.mask) and self.mask[end] not in ";{":
                end = self.closing(end) + 1 if self.mask[end] in "([" else end + 1
            if end < len(self.mask) and self.mask[end] == "{":
                end = self.closing(end)
            spans.append((found.start(), end))
        for found in re.finditer(r"\bcase [^;]*?:(?!:)", self.mask):
            spans.append((found.start(), found.end()))
        return spans

    def is_constant(self, at):
        return any(begin <= at < end for begin, end in self.skipped)

    def line(self, at):
        return self.text.count("\n", 0, at) + 1

    def add(self, at, what, count=1):
        number = self.number
        for i in range(count):
            self.mutants.append({"number": number + i, "file": self.name, "line": self.line(at), "what": what if count == 1
                                 else f"{what} is {'true' if i == 0 else 'false'}"})
        self.number += count
        return number

    def wrap(self, begin, end, before, after=")"):
        self.edits.append((begin, end, before, after))

    def shown(self, begin, end):
        return " ".join(self.text[begin:end].split())[:90]

    def split(self, begin, end, separators):
        """Parts between top-level separators."""
        parts, depth, start, i = [], 0, begin, begin
        while i < end:
            if self.mask[i] in OPEN:
                i = self.closing(i)
            elif any(self.mask.startswith(s, i) for s in separators):
                s = next(s for s in separators if self.mask.startswith(s, i))
                parts.append((start, i))
                i += len(s) - 1
                start = i + 1
            i += 1
        parts.append((start, end))
        return [self.trimmed(*part) for part in parts]

    def trimmed(self, begin, end):
        while begin < end and self.text[begin].isspace():
            begin += 1
        while end > begin and self.text[end - 1].isspace():
            end -= 1
        return begin, end

    # -- mutants

    def clauses(self, begin, end):
        begin, end = self.trimmed(begin, end)
        if begin >= end or self.is_constant(begin):
            return
        parts = self.split(begin, end, ["&&", "||"])
        if len(parts) > 1:
            for part in parts:
                self.clauses(*part)
            return
        inner = begin + 1 if self.mask[begin] == "!" else begin
        if self.mask[inner] == "(" and self.closing(inner) == end - 1:
            self.clauses(inner + 1, end - 1)
            return
        if len(self.split(begin, end, [" = "])) > 1 or len(self.split(begin, end, [" ? "])) > 1:
            return
        if any(b == begin and e == end and "clause" in text for b, e, text, _ in self.edits):
            return
        number = self.add(begin, self.shown(begin, end), 2)
        self.wrap(begin, end, f"::mutant::clause({number}, static_cast<bool>(", "))")
        self.bound(begin, end)

    def bound(self, begin, end):
        for operator, function in BOUNDS.items():
            parts = self.split(begin, end, [operator])
            if len(parts) != 2 or "{" in self.mask[begin:end] or len(self.split(begin, end, [" == ", " != "])) > 1:
                continue
            number = self.add(begin, f"bound of {self.shown(begin, end)}")
            middle = self.mask.index(operator, parts[0][1])
            self.wrap(begin, end, f"::mutant::{function}({number}, ")
            self.edits.append((middle, middle + len(operator), None, ", "))

    def conditions(self):
        for found in re.finditer(r"\b(?:if|while) \(", self.mask):
            opening = found.end() - 1
            parts = self.split(opening + 1, self.closing(opening), [";"])
            self.clauses(*parts[-1])
        for found in re.finditer(r"\bfor \(", self.mask):
            opening = found.end() - 1
            parts = self.split(opening + 1, self.closing(opening), [";"])
            if len(parts) == 3:
                self.clauses(*parts[1])
        for found in re.finditer(r"\breturn\b|\bbool \w+ =|[,(]\s", self.mask):
            self.boolean_after(found.end())
        for found in re.finditer(r"\s\?\s", self.mask):
            begin = found.start() - 1
            while begin > 0 and not (self.mask[begin] in "([{,;=?:" and self.mask[begin - 1:begin + 1] not in ("==", "!=", "<=", ">=", "::")
                                     and self.mask[begin:begin + 2] not in ("==", "::")):
                if self.mask[begin] in CLOSE:
                    depth, begin = 1, begin - 1
                    while depth:
                        depth += (self.mask[begin] in CLOSE) - (self.mask[begin] in OPEN)
                        begin -= 1
                    continue
                if self.mask[begin - 5:begin + 1] == "return":
                    break
                begin -= 1
            self.clauses(begin + 1, found.start())

    def boolean_after(self, begin):
        """An expression that is surely boolean: it has a comparison, && or || at its top, or begins with '!'."""
        end, i = None, begin
        while i < len(self.mask):
            if self.mask[i] in OPEN:
                i = self.closing(i)
            elif self.mask[i] in CLOSE or self.mask[i] in ";,":
                end = i
                break
            i += 1
        begin, end = self.trimmed(begin, end or begin)
        if begin >= end or self.is_constant(begin) or len(self.split(begin, end, [" ? "])) > 1:
            return
        operators = ["&&", "||", " == ", " != ", " < ", " <= ", " > ", " >= "]
        if len(self.split(begin, end, operators)) > 1 or self.mask[begin] == "!":
            self.clauses(begin, end)

    def quantifiers(self):
        for found in re.finditer(r"std::(?:ranges::)?(?:any|all|none)_of\(", self.mask):
            function = QUANTIFIERS.get(found.group(0))
            if function:
                number = self.add(found.start(), f"quantifier {found.group(0)[:-1]}")
                self.edits.append((found.start(), found.end(), None, f"::mutant::{function}({number}, "))

    def verdicts(self):
        if "/trust/" not in self.name:
            return  # the words mean something else there
        for found in re.finditer(r"\b(lowers|denies|holds)\(", self.mask):
            end = self.closing(found.end() - 1) + 1
            for otherwise in VERDICTS[found.group(1)]:
                number = self.add(found.start(), f"class of {self.shown(found.start(), end)}")
                self.wrap(found.start(), end, f"::mutant::verdict({number}, ", f", {otherwise})")

    def codes(self):
        for found in re.finditer(r"\bReasonCode::\w+", self.mask):
            if not self.is_constant(found.start()):
                number = self.add(found.start(), f"code {found.group(0)[12:]}")
                self.wrap(found.start(), found.end(), f"::mutant::other({number}, ")

    def numbers(self):
        names = re.findall(r"^constexpr (?:std::)?(?:size_t|int64_t|int) (\w+) = ", self.mask, flags=re.M)
        pattern = r"(?<![\w.'])\d[\d']*(?![\w.'])" + "".join(rf"|\b{name}\b" for name in names)
        for found in re.finditer(pattern, self.mask):
            if self.is_constant(found.start()) or self.mask[found.start() - 1] == "<" or self.mask[found.end():found.end() + 1] == ">":
                continue
            if not self.is_inside_function(found.start()):
                continue
            number = self.add(found.start(), f"number {self.text[found.start():found.end()]}")
            self.wrap(found.start(), found.end(), f"::mutant::next({number}, ")

    def is_inside_function(self, at):
        """Within braces that are no namespace's: every line of a body is indented."""
        start = self.text.rfind("\n", 0, at) + 1
        return self.text[start:start + 4] == "    "

    def statements(self):
        for found in re.finditer(r"^ +(?:continue|[\w:.>\-]+\()", self.mask, flags=re.M):
            begin = found.end() - len(found.group(0).lstrip())
            if self.mask[begin:begin + 8] == "continue":
                end = begin + 9
            elif re.match(r"(?:if|for|while|switch|return|catch|sizeof)\b", self.mask[begin:]):
                continue
            else:
                end = self.closing(found.end() - 1) + 1
            previous = self.mask[:begin].rstrip()[-1:]
            if self.mask[end - 1:end] != ";" and self.mask[end:end + 1] != ";" or previous not in ";{}:" or self.is_constant(begin):
                continue
            end = end if self.mask[end - 1] == ";" else end + 1
            number = self.add(begin, f"without {self.shown(begin, end)}")
            self.wrap(begin, end, f"if (!::mutant::on({number})) {{ ", " }")

    def run(self):
        self.conditions()
        self.quantifiers()
        self.verdicts()
        self.codes()
        self.numbers()
        self.statements()
        return '#include "mutant.hpp"\n#line 1 "' + self.name + '"\n' + self.applied()

    def applied(self):
        """Insertions nest: outer ones open first and close last."""
        points = []
        for begin, end, before, after in self.edits:
            if before is None:
                points.append((begin, 2, 0, end, after))
            else:
                points.append((begin, 1, -(end - begin), begin, before))
                points.append((end, 0, end - begin, end, after))
        points.sort(key=lambda p: (p[0], p[1], p[2]))
        out, at = [], 0
        for where, _, _, resume, what in points:
            out += [self.text[at:where], what]
            at = max(resume, where)
        return "".join(out) + self.text[at:]
