"""Rewriting found code into what a person would write. Every rule keeps the meaning."""

from __future__ import annotations

import ast

_NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.Eq,
    ast.NotEq: ast.NotEq,
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
}
_CONSUMERS = {"sum", "max", "min", "any", "all", "sorted", "set", "list", "tuple", "dict", "join", "prod"}


def simplified(module: ast.Module) -> ast.Module:
    """Apply the rules until nothing changes."""
    before = ""
    for _ in range(8):
        text = ast.dump(module)
        if text == before:
            break
        before = text
        module = ast.fix_missing_locations(_Rules().visit(module))
    return module


def _is_const(node: ast.AST, *values: object) -> bool:
    return isinstance(node, ast.Constant) and any(
        type(node.value) is type(v) and node.value == v for v in values
    )


def _same(a: ast.AST, b: ast.AST) -> bool:
    return ast.dump(a) == ast.dump(b)


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _is_reversal(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Slice)
        and node.slice.lower is None
        and node.slice.upper is None
        and ast.unparse(node.slice) == "::-1"
    )


class _Rules(ast.NodeTransformer):
    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        inner = node.operand
        if isinstance(node.op, ast.Not):
            if isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.Not):
                return ast.Call(ast.Name("bool", ast.Load()), [inner.operand], [])
            if isinstance(inner, ast.Compare) and len(inner.ops) == 1:
                return ast.Compare(inner.left, [_NEGATED[type(inner.ops[0])]()], inner.comparators)
        if (
            isinstance(node.op, ast.USub)
            and isinstance(inner, ast.UnaryOp)
            and isinstance(inner.op, ast.USub)
        ):
            return inner.operand
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        left, right = node.left, node.right
        if isinstance(node.op, ast.Add | ast.Sub):
            plus = isinstance(node.op, ast.Add)
            negative = (
                isinstance(right, ast.UnaryOp)
                and isinstance(right.op, ast.USub)
                and isinstance(right.operand, ast.Constant)
            )
            if negative:
                return ast.BinOp(left, ast.Sub() if plus else ast.Add(), right.operand)  # type: ignore[attr-defined]
            if _is_const(right, 0):
                return left
            if plus and _is_const(left, 0):
                return right
        if isinstance(node.op, ast.Mult | ast.FloorDiv) and _is_const(right, 1):
            return left
        if isinstance(node.op, ast.Mult) and _is_const(left, 1):
            return right
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        flat: list[ast.expr] = []
        for value in node.values:
            same = isinstance(value, ast.BoolOp) and type(value.op) is type(node.op)
            flat += value.values if same else [value]  # type: ignore[attr-defined]
        node.values = flat
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if len(node.ops) != 1:
            return node
        (op,), (right,) = node.ops, node.comparators
        if isinstance(node.left, ast.Constant | ast.UnaryOp) and type(op) in _MIRRORED:
            constant_left = isinstance(node.left, ast.Constant) or isinstance(
                getattr(node.left, "operand", None), ast.Constant
            )
            if constant_left and not isinstance(right, ast.Constant):
                return ast.Compare(right, [_MIRRORED[type(op)]()], [node.left])
        if isinstance(op, ast.Eq) and _is_const(right, True) and isinstance(node.left, ast.Compare):
            return node.left
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.test, ast.Compare):
            if _is_const(node.body, True) and _is_const(node.orelse, False):
                return node.test
            if _is_const(node.body, False) and _is_const(node.orelse, True):
                return self.visit_UnaryOp(ast.UnaryOp(ast.Not(), node.test))
        if isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not):
            return ast.IfExp(node.test.operand, node.orelse, node.body)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = _called(node)
        if name in _CONSUMERS and len(node.args) == 1 and not node.keywords:
            (arg,) = node.args
            if isinstance(arg, ast.ListComp):
                if name == "list":
                    return arg
                if name == "set":
                    return ast.SetComp(arg.elt, arg.generators)
                node.args = [ast.GeneratorExp(arg.elt, arg.generators)]
            elif isinstance(arg, ast.Call) and arg.args and not arg.keywords:
                inner = _called(arg)
                listed = inner == "list" and name not in ("tuple", "dict")
                if listed or (inner == "sorted" and name in ("sorted", "set", "max", "min")):
                    node.args = [arg.args[0]]
        if name == "sorted" and len(node.args) == 1 and _is_reversal(node.args[0]) and not node.keywords:
            node.args = [node.args[0].value]  # type: ignore[attr-defined]
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        """``a = a + x`` is ``a += x``; a conditional that may leave ``a`` alone is an ``if``."""
        self.generic_visit(node)
        target, value = node.targets[0], node.value
        if not isinstance(target, ast.Name):
            return node
        name = target.id

        def is_self(other: ast.AST) -> bool:
            return isinstance(other, ast.Name) and other.id == name

        if isinstance(value, ast.IfExp):
            if is_self(value.orelse):
                inner = ast.Assign([target], value.body)
                return ast.If(value.test, [ast.copy_location(inner, node)], [])
            if is_self(value.body):
                inner = ast.Assign([target], value.orelse)
                return ast.If(ast.UnaryOp(ast.Not(), value.test), [inner], [])
        if isinstance(value, ast.BinOp) and is_self(value.left):
            return ast.AugAssign(target, value.op, value.right)
        if isinstance(value, ast.BinOp) and is_self(value.right) and isinstance(value.op, ast.Mult):
            return ast.AugAssign(target, value.op, value.left)
        starred = (
            isinstance(value, ast.List) and len(value.elts) == 2 and isinstance(value.elts[0], ast.Starred)
        )
        if starred and is_self(value.elts[0].value):  # type: ignore[attr-defined]
            call = ast.Attribute(ast.Name(name, ast.Load()), "append", ast.Load())
            return ast.Expr(ast.Call(call, [value.elts[1]], []))  # type: ignore[attr-defined]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        at = node.slice
        if isinstance(at, ast.Slice) and at.lower is not None and _is_const(at.lower, 0):
            node.slice = ast.Slice(None, at.upper, at.step)
        if _is_reversal(node):
            if _is_reversal(node.value):
                return node.value.value  # type: ignore[attr-defined, no-any-return]
            if _called(node.value) == "sorted" and not node.value.keywords:  # type: ignore[attr-defined]
                return ast.Call(
                    node.value.func,  # type: ignore[attr-defined]
                    node.value.args,  # type: ignore[attr-defined]
                    [ast.keyword("reverse", ast.Constant(True))],
                )
        if isinstance(at, ast.UnaryOp) and isinstance(at.op, ast.USub) and _is_const(at.operand, 1):
            plain = _called(node.value) == "sorted" and not node.value.keywords  # type: ignore[attr-defined]
            if plain:
                return ast.Call(ast.Name("max", ast.Load()), node.value.args, [])  # type: ignore[attr-defined]
        if _is_const(at, 0) and _called(node.value) == "sorted" and not node.value.keywords:  # type: ignore[attr-defined]
            return ast.Call(ast.Name("min", ast.Load()), node.value.args, [])  # type: ignore[attr-defined]
        if isinstance(at, ast.BinOp) and isinstance(at.op, ast.Sub) and _called(at.left) == "len":
            whole = at.left.args[0]  # type: ignore[attr-defined]
            if _same(whole, node.value) and isinstance(at.right, ast.Constant) and at.right.value:
                node.slice = ast.UnaryOp(ast.USub(), at.right)
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        self.generic_visit(node)
        if len(node.generators) == 1 and not node.generators[0].ifs:
            (g,) = node.generators
            if (
                isinstance(node.elt, ast.Name)
                and isinstance(g.target, ast.Name)
                and node.elt.id == g.target.id
            ):
                return ast.Call(ast.Name("list", ast.Load()), [g.iter], [])
        return node
