import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from biomech.io.csv_parquet import csv_appender, guard_formulas, read_tsv, tidy, write_csv, write_parquet, write_tsv

TABLE = pd.DataFrame(
    {
        "participant": ["01", "=cmd()", "+x"],
        "note": ['a, "quoted"\nsecond line', None, "-5"],
        "score": pd.Series([1, "late", None], dtype=object),
        "value": [-0.1, np.nan, 3.0],
    }
)


def test_columns_get_one_plain_type():
    plain = tidy(TABLE)
    assert plain["score"].tolist() == ["1", "late", ""]
    assert plain["note"].tolist()[1] == ""
    assert plain["value"].dtype == float
    assert tidy(pd.DataFrame({"a": pd.Series([None, 2], dtype=object)}))["a"].isna().tolist() == [True, False]


def test_formulas_become_text_and_negative_numbers_stay():
    assert guard_formulas(["01", "=cmd()", "+x", "-5", "-inf", "@", ""]) == [
        "01",
        "'=cmd()",
        "'+x",
        "-5",
        "-inf",
        "'@",
        "",
    ]
    assert guard_formulas([]) == []


def test_csv_is_that_of_pandas(tmp_path):
    numbers = [0.1 + 0.2, -0.0, 0.0, 1e16, 1e-5, 123456789.0, 5e-324, np.inf, -np.inf, np.nan, 1 / 3, 2.0]
    table = pd.DataFrame(
        {
            "a": numbers,
            "b, c": [f"{x}" for x in numbers],
            "text": ['"', "a,b", "c\nd", "", "e'f", " g ", "é", "h\ti", ";", "j k", "l", ""],
            "whole": np.arange(12),
            "truth": np.arange(12) % 2 == 0,
            "some": pd.array([1, None, *range(10)], dtype="Int64"),
            "small": np.arange(12, dtype="f4") / 10,
        }
    )
    for some in (table, table[["text"]], table.head(0), table.iloc[3:, ::-1]):
        expected = some.to_csv(index=False, lineterminator="\n").encode()
        assert write_csv(some, tmp_path / "a.csv").read_bytes() == expected
        with csv_appender(tmp_path / "b.csv") as append:
            for part in (some.head(0), some.head(2), some.iloc[2:]):
                append(part)
        assert (tmp_path / "b.csv").read_bytes() == expected
    assert write_csv(pd.DataFrame({"a": ["b\rc"]}), tmp_path / "c.csv").read_bytes() == b'a\n"b\rc"\n'


def test_csv_has_empty_cells_for_missing_values_and_is_read_back(tmp_path):
    path = write_csv(TABLE, tmp_path / "deep" / "a.csv")
    back = pd.read_csv(path, dtype={"participant": str}, keep_default_na=False)
    assert back["participant"].tolist() == ["01", "'=cmd()", "'+x"]
    assert back["value"].tolist() == ["-0.1", "", "3.0"]
    assert back["note"].tolist()[0] == TABLE["note"][0]
    assert b"\r" not in path.read_bytes()


def test_parquet_keeps_text_types_and_metadata(tmp_path):
    path = write_parquet(TABLE, tmp_path / "a.parquet", {"biomech_version": "1"})
    back = pd.read_parquet(path)
    assert back["participant"].tolist() == ["01", "=cmd()", "+x"]
    assert np.isnan(back["value"][1])
    assert pq.read_schema(path).metadata == {b"biomech_version": b"1"}


@pytest.mark.parametrize("writer", [write_csv, write_tsv, write_parquet])
def test_same_content_gives_the_same_bytes_and_leaves_no_temporary_files(tmp_path, writer):
    first, second = writer(TABLE, tmp_path / "one"), writer(TABLE.copy(), tmp_path / "two")
    assert first.read_bytes() == second.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one", "two"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = write_csv(TABLE, tmp_path / "a.csv")
    before = path.read_bytes()

    def refuse(*_):
        raise OSError("disk full")

    monkeypatch.setattr("biomech.io.whole_files.os.replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        write_csv(TABLE.head(1), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_empty_tables_keep_their_columns(tmp_path):
    path = write_tsv(TABLE.head(0), tmp_path / "a.tsv")
    assert read_tsv(path).columns.tolist() == TABLE.columns.tolist()
    (tmp_path / "empty.tsv").touch()
    assert read_tsv(tmp_path / "empty.tsv", ["a", "b"]).columns.tolist() == ["a", "b"]


def test_tsv_round_trip_with_text_that_looks_like_numbers(tmp_path):
    table = pd.DataFrame({"session": ["01", "NA"], "value": [np.nan, 2.0]})
    back = read_tsv(write_tsv(table, tmp_path / "a.tsv"), text=["session"])
    assert back["session"].tolist() == ["01", "NA"]
    assert np.isnan(back["value"][0]) and back["value"][1] == 2.0
