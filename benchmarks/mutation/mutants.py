"""Mutants of a module: one small change of its syntax tree each, in the order of the text.

Left alone are docstrings, messages (f-strings, what a ``raise`` builds, ``hint=``), annotations,
decorators, base classes, ``__all__`` and protocols: a change there changes no behaviour that a
test should pin.
"""

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of one file: the bytes from ``start`` to ``end`` become ``after``."""

    module: str  # below src/pytest_evalgate
    line: int
    first: int  # the lines of the statement, by which tests are chosen
    last: int
    start: int
    end: int
    operator: str
    before: str
    after: str

    @property
    def name(self) -> str:
        """What names it in results: place, operator and both texts."""
        return f"{self.module}:{self.line} {self.operator}: {self.before} -> {self.after}"


Enums = Mapping[str, tuple[str, ...]]  # class -> members, in order
Change = tuple[str, ast.stmt | ast.expr, str]  # operator, what is changed, its new text
_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.MatMult: ast.Mult,
}
_PAIRS = (("min", "max"), ("minimum", "maximum"), ("any", "all"), ("floor", "ceil"))
_SWAPPED = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}
_SIDES = {"left": "right", "right": "left"}
_SYMMETRIC = {*_SWAPPED, "isclose", "allclose", "array_equal", "logaddexp", "hypot", "gcd"}
_SKIPPED_FIELDS = {
    "annotation",
    "returns",
    "decorator_list",
    "bases",
    "type_comment",
    "format_spec",
}


def enums(package: Path) -> Enums:
    """Return the members of every string enum of the package."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and _is_enum(node):
                found[node.name] = tuple(name for name, _ in _members(node))
    return found


def mutants(package: Path, module: str, known: Enums) -> list[Mutant]:
    """Return all mutants of one module, in the order of the text."""
    source = (package / module).read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: dict[tuple[int, int, str], Mutant] = {}
    for node, statement in _walk(ast.parse(source), None):
        for operator, target, after in _changes(node, known):
            start = starts[target.lineno - 1] + target.col_offset
            end = starts[(target.end_lineno or 0) - 1] + (target.end_col_offset or 0)
            first = _own_lines(statement)
            mutant = Mutant(
                module=module,
                line=target.lineno,
                first=first[0],
                last=first[1],
                start=start,
                end=end,
                operator=operator,
                before=" ".join(source[start:end].decode().split()),
                after=after,
            )
            found.setdefault((start, end, after), mutant)
    return sorted(found.values(), key=lambda one: (one.start, one.end, one.operator, one.after))


def mutated(source: bytes, mutant: Mutant) -> bytes:
    """Return the source with the change, and the mutant's name for the proof that it ran."""
    text = source[: mutant.start] + mutant.after.encode() + source[mutant.end :]
    return text + f"\n__mutant__ = {mutant.name!r}\n".encode()


def _own_lines(statement: ast.stmt) -> tuple[int, int]:
    """Return the lines of a statement, of a compound one those of its head."""
    body = getattr(statement, "body", None)
    last = statement.end_lineno or statement.lineno
    if isinstance(body, list) and body:
        last = max(statement.lineno, body[0].lineno - 1)
    return statement.lineno, last


def _walk(node: ast.AST, statement: ast.stmt | None) -> Iterator[tuple[ast.AST, ast.stmt]]:
    """Yield the nodes that may be changed, each with its statement."""
    if isinstance(node, ast.stmt):
        statement = node
    if statement is not None:
        if _is_left_alone(node):
            return
        yield node, statement
    if not isinstance(node, ast.Raise):
        for child in _children(node):
            yield from _walk(child, statement)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for field, value in ast.iter_fields(node):
        if field not in _SKIPPED_FIELDS:
            found = value if isinstance(value, list) else [value]
            yield from (child for child in found if isinstance(child, ast.AST))


def _is_left_alone(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr() | ast.Import() | ast.ImportFrom() | ast.Assert():
            return True
        case ast.Expr(value=ast.Constant()) | ast.keyword(arg="hint"):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.ClassDef(bases=bases):
            return any("Protocol" in ast.unparse(base) for base in bases)
        case _:
            return False


def _changes(node: ast.AST, known: Enums) -> Iterator[Change]:
    """Yield operator, changed node and new text."""
    if isinstance(node, ast.Attribute):
        yield from _attribute(node, known)
    elif isinstance(node, ast.ClassDef) and _is_enum(node):
        for _, value in _members(node):
            yield "enum member", value, repr(str(value.value) + "_")
    elif isinstance(node, ast.stmt):
        yield from _statement(node)
    elif type(node) in _MAKERS:
        yield from _MAKERS[type(node)](node)


def _attribute(node: ast.Attribute, known: Enums) -> Iterator[Change]:
    owner = node.value.id if isinstance(node.value, ast.Name) else ""
    members = known.get(owner, ())
    if node.attr in members:
        following = members[(members.index(node.attr) + 1) % len(members)]
        yield "enum", node, f"{owner}.{following}"


def _boolean(node: ast.BoolOp) -> Iterator[Change]:
    other = copy.copy(node)
    other.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield "boolean", node, f"({ast.unparse(other)})"


def _arithmetic(node: ast.BinOp) -> Iterator[Change]:
    if not _is_text(node) and type(node.op) in _ARITHMETIC:
        changed = copy.copy(node)
        changed.op = _ARITHMETIC[type(node.op)]()
        yield "arithmetic", node, f"({ast.unparse(changed)})"


def _unary(node: ast.UnaryOp) -> Iterator[Change]:
    yield "unary", node, f"({ast.unparse(node.operand)})"


def _conditions(node: ast.IfExp | ast.comprehension) -> Iterator[Change]:
    for test in [node.test] if isinstance(node, ast.IfExp) else node.ifs:
        yield from _negated(test)


def _statement(node: ast.stmt) -> Iterator[Change]:
    match node:
        case ast.Raise() | ast.Continue() | ast.Break() | ast.Expr(value=ast.Call()):
            yield "removed", node, "pass"
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield "return None", node, "return None"
        case ast.AugAssign(op=op) if type(op) in _ARITHMETIC:
            changed = copy.copy(node)
            changed.op = _ARITHMETIC[type(op)]()
            yield "arithmetic", node, ast.unparse(changed)
        case ast.If(test=test):
            yield from _negated(test)


def _negated(test: ast.expr) -> Iterator[Change]:
    """Turn a plain condition round; comparisons and `not` have mutants of their own."""
    if isinstance(test, ast.Name | ast.Attribute | ast.Call | ast.BoolOp):
        yield "negated", test, f"(not ({ast.unparse(test)}))"


def _compare(node: ast.Compare) -> Iterator[Change]:
    for index, op in enumerate(node.ops):
        for other in _COMPARED[type(op)]:
            changed = copy.copy(node)
            changed.ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield "comparison", node, f"({ast.unparse(changed)})"
    for side in (node.left, *node.comparators):
        if isinstance(side, ast.Constant) and isinstance(side.value, str):
            yield "text compared", side, repr(f"{side.value}_")


def _constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", node, str(not value)
    elif isinstance(value, int):
        yield "constant", node, str(value + 1)
        yield "constant", node, str(value - 1) if value else "(-1)"
    elif isinstance(value, float):
        yield "constant", node, repr(value * 2) if value else "1.0"
        if value:
            yield "constant", node, "0.0"
    elif isinstance(value, str) and value in _SIDES:
        yield "constant", node, repr(_SIDES[value])


def _call(node: ast.Call) -> Iterator[Change]:
    func = node.func
    name = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
    if name in _SWAPPED:
        changed = copy.deepcopy(node)
        if isinstance(changed.func, ast.Name):
            changed.func.id = _SWAPPED[name]
        elif isinstance(changed.func, ast.Attribute):
            changed.func.attr = _SWAPPED[name]
        yield "min and max", node, ast.unparse(changed)
    is_plain = not any(isinstance(one, ast.Starred) for one in node.args)
    if len(node.args) == 2 and is_plain and name not in _SYMMETRIC:
        changed = copy.copy(node)
        changed.args = node.args[::-1]
        if ast.unparse(changed) != ast.unparse(node):
            yield "arguments swapped", node, ast.unparse(changed)


def _is_text(node: ast.BinOp) -> bool:
    """Say whether it joins messages."""
    return any(
        isinstance(side, ast.JoinedStr)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )


def _is_enum(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base) in {"StrEnum", "enum.StrEnum"} for base in node.bases)


def _members(node: ast.ClassDef) -> list[tuple[str, ast.Constant]]:
    return [
        (one.targets[0].id, one.value)
        for one in node.body
        if isinstance(one, ast.Assign)
        and isinstance(one.targets[0], ast.Name)
        and isinstance(one.value, ast.Constant)
    ]


_MAKERS: Mapping[type[ast.AST], Callable[[Any], Iterator[Change]]] = {
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.BinOp: _arithmetic,
    ast.UnaryOp: _unary,
    ast.IfExp: _conditions,
    ast.comprehension: _conditions,
    ast.Constant: _constant,
    ast.Call: _call,
}
