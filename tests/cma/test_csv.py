import csv
import io

import pytest

from cma.csv import csv_text, neutralise


@pytest.mark.parametrize("cell", ["=1+1", "+44 113", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_become_text(cell):
    assert neutralise(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Jo Whitaker", "1=1", "-12.50", "12.50", "£1"])
def test_everything_else_stays(cell):
    assert neutralise(cell) == cell


def test_it_reads_back():
    text = csv_text(["Name", "Note"], [['Jo, "J"', "two\nlines"], ["=1+1", None]])
    assert list(csv.reader(io.StringIO(text))) == [["Name", "Note"], ['Jo, "J"', "two\nlines"], ["'=1+1", ""]]
