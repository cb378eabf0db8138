"""A loop is compiled also where there is no folder in which its machine code could be kept."""

from types import FunctionType

from margind.sweep.compiled import compile_loop


def twice(number: int) -> int:
    return 2 * number


def test_where_no_folder_may_keep_it_a_loop_is_compiled_all_the_same() -> None:
    homeless = FunctionType(twice.__code__.replace(co_filename="/nowhere/loops.py"), {})
    assert compile_loop(homeless)(21) == 42
