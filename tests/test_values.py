"""Values as they are written and compared; options; records from files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import RecordError
from agent.meaning.dates import Day, date_order, format_date, parse_date, parse_time, readings
from agent.meaning.options import choose_option, truth
from agent.planners.embedded.amounts import calling_code
from agent.planners.embedded.record import load_record
from agent.planners.embedded.values import Kind, shape_of, value_matches, write_value
from agent.schema import FieldVerdict


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("2024-05-03", "date"),
        ("05/03/2024", "date"),
        ("1990年3月5日", "date"),
        ("2027-05", "month"),
        ("2024-05-03T14:30", "datetime"),
        ("14:30", "time"),
        ("a@b.co", "email"),
        ("https://x.y/z", "url"),
        ("12.50", "number"),
        (7, "number"),
        ("007", "text"),
        ("+44 20 7946 0958", "tel"),
        ("4111 1111 1111 1111", "number"),
        (True, "bool"),
        ("yes", "bool"),
        (["a"], "list"),
        (None, "empty"),
        ("", "empty"),
        ("a\nb", "long"),
        ("Ada", "text"),
    ],
)
def test_shapes(value: object, shape: str) -> None:
    assert shape_of(value) == shape


@pytest.mark.parametrize(
    ("asks", "written"),
    [
        ("dd/mm/yyyy", "03/05/2024"),
        ("Date (MM-DD-YYYY)", "05-03-2024"),
        ("TT.MM.JJJJ", "03.05.2024"),
        ("JJ/MM/AAAA", "03/05/2024"),
        ("YYYY年MM月DD日", "2024年05月03日"),
        ("For example, 27 3 2007", "3 5 2024"),
        ("e.g. 12/31/2020", "05/03/2024"),
        ("d MMMM yyyy", "3 May 2024"),
        ("m/d/yy", "5/3/24"),
        ("Date of birth", "2024-05-03"),
        ("e.g. 01/02/2020", "2024-05-03"),
    ],
)
def test_a_date_is_written_as_the_field_asks(asks: str, written: str) -> None:
    assert write_value("2024-05-03", asks=asks).text == written


@given(st.dates(), st.sampled_from(["dd/mm/yyyy", "mm/dd/yyyy", "yyyy-mm-dd", "d.m.yyyy", "d MMMM yyyy"]))
def test_a_written_date_reads_back_as_itself(day: object, asks: str) -> None:
    iso = str(day)
    writing = write_value(iso, asks=asks)
    if parse_date(iso) is None:
        return  # years that nobody writes with four digits
    assert value_matches(iso, writing.text, "date", writing.order) == "ok"


@pytest.mark.parametrize(
    ("wanted", "read", "kind", "verdict"),
    [
        ("2024-05-03", "03/05/2024", "date", "unknown"),
        ("2024-05-13", "13/05/2024", "date", "ok"),
        ("2024-05-03", "04/05/2024", "date", "wrong"),
        ("2024-05-03", "May 3, 2024", "date", "ok"),
        ("2024-05-03", "2023-05-03", "date", "wrong"),
        ("2027-05", "05/27", "month", "ok"),
        ("2027-05", "06/27", "month", "wrong"),
        ("14:30", "02:30 PM", "time", "ok"),
        ("14:30", "02:30 AM", "time", "wrong"),
        ("1234.5", "1,234.50", "number", "ok"),
        ("1234", "1,234", "number", "ok"),
        ("1.234", "1,234", "number", "unknown"),
        ("1234", "1235", "number", "wrong"),
        ("012", "12", "number", "wrong"),
        ("5", "-5", "number", "wrong"),
        ("5", "$5.00", "number", "ok"),
        ("12.5", "125", "number", "wrong"),
        ("+44 20 7946 0958", "+442079460958", "tel", "ok"),
        ("2079460958", "(207) 946-0958", "tel", "ok"),
        ("2079460958", "(207) 946-0959", "tel", "wrong"),
        ("DE", "Germany", "choice", "ok"),
        ("DE", "France", "choice", "wrong"),
        ("female", "Male", "choice", "wrong"),
        ("José", "Jose", "text", "unknown"),
        ("Ada", "", "text", "unfilled"),
        ("", "", "text", "ok"),
        ("", "x", "text", "wrong"),
        ("Ada", "Adam", "text", "wrong"),
        ("a long line of words", "long line of", "text", "unknown"),
        (["a", "b"], "a, b", "text", "ok"),
        (["a", "b"], "a", "text", "wrong"),
        ("secret", "••••••", "secret", "ok"),
        ("secret", "•••••", "secret", "unknown"),
        (True, "yes", "bool", "ok"),
        (True, "no", "bool", "wrong"),
    ],
)
def test_reading_back(wanted: object, read: str, kind: Kind, verdict: FieldVerdict) -> None:
    assert value_matches(wanted, read, kind) == verdict


def test_an_ordered_date_is_read_in_its_order() -> None:
    order = date_order("mm/dd/yyyy")
    assert order is not None
    assert value_matches("2024-05-03", "05/03/2024", "date", order) == "ok"
    assert value_matches("2024-05-03", "03/05/2024", "date", order) == "wrong"
    assert format_date(Day(2024, 5, 3), order) == "05/03/2024"


def test_dates_that_do_not_exist() -> None:
    assert parse_date("2023-02-30") is None
    assert readings("31/02/2024") == ()
    assert parse_time("25:00") is None
    assert parse_time("3.14") is None


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_other_numbers_are_wrong(a: int, b: int) -> None:
    assert value_matches(a, str(b), "number") == ("ok" if a == b else "wrong")


@pytest.mark.parametrize(
    ("value", "options", "index"),
    [
        ("DE", ["France", "Germany", "Denmark"], 1),
        ("DE", ["Delaware", "Florida"], 0),
        ("de", ["Germany (DE)", "Delaware"], None),
        ("m", ["Male", "Female"], 0),
        ("m", ["Small", "Medium", "Large"], 1),
        (True, ["Yes", "No"], 0),
        (False, ["Yes, please", "No, thanks"], 1),
        ("US", ["United Kingdom", "United States"], 1),
        ("uk", ["United Kingdom", "Ukraine"], 0),
        ("3", ["March", "April"], 0),
        ("03", ["1", "2", "3"], 2),
        (3, ["1", "2", "3", "13"], 2),
        ("red", ["Dark red", "Red"], 1),
        ("red", ["Dark red", "Light red"], None),
        ("CHN", ["美国", "中国"], 1),
        ("express", ["Standard (3 days)", "Express (1 day)"], 1),
        ("Georgia", ["Georgia", "Georgia"], None),
        ("blue", ["Red", "Green"], None),
        ("e-mail", ["Email", "Phone"], 0),
        ("Female", ["Male", "Female"], 1),
    ],
)
def test_options(value: object, options: list[str], index: int | None) -> None:
    assert choose_option(value, options).index == index


@pytest.mark.parametrize(
    ("value", "says"), [("是", True), ("on", True), (0, False), ("No", False), ("maybe", None), (7, None)]
)
def test_truth(value: object, says: bool | None) -> None:
    assert truth(value) is says


# ---------------------------------------------------------------- records


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_json_keeps_order_nesting_and_spelling(tmp_path: Path) -> None:
    path = write(tmp_path, "r.json", '{"b": {"z": "1", "a": 2}, "price": 1.50, "tags": ["x", "y"], "ok": true}')
    record = load_record(path)
    assert list(record.items()) == [("b.z", "1"), ("b.a", 2), ("price", "1.50"), ("tags", ["x", "y"]), ("ok", True)]


def test_json_list_with_row(tmp_path: Path) -> None:
    path = write(tmp_path, "r.json", '[{"a": "1"}, {"a": "2"}]')
    assert load_record(path, 2) == {"a": "2"}
    with pytest.raises(RecordError, match="--row 1 to --row 2"):
        load_record(path)
    with pytest.raises(RecordError, match="no row 3"):
        load_record(path, 3)


def test_yaml_keeps_what_looks_like_dates_codes_and_norway(tmp_path: Path) -> None:
    path = write(tmp_path, "r.yaml", "born: 1990-01-02\ncountry: no\nzip: 007\nn: 12\nok: true\nprice: 1.50\non: x\n")
    assert load_record(path) == {
        "born": "1990-01-02",
        "country": "no",
        "zip": "007",
        "n": 12,
        "ok": True,
        "price": "1.50",
        "on": "x",
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_with_bom_delimiters_and_newlines(tmp_path: Path, delimiter: str) -> None:
    text = f'\ufeffname{delimiter}note\r\n"Müller, A"{delimiter}"a\nb"\r\n007{delimiter}""\r\n'
    path = write(tmp_path, "r.csv", text)
    assert load_record(path, 1) == {"name": "Müller, A", "note": "a\nb"}
    assert load_record(path, 2) == {"name": "007", "note": ""}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_csv_encodings(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "r.csv", "name\nJosé Müller\n".encode(encoding))
    assert load_record(path) == {"name": "José Müller"}


def test_csv_in_chinese_encoding(tmp_path: Path) -> None:
    path = write(tmp_path, "r.csv", "姓名,城市\n王小明,北京\n".encode("gb18030"))
    assert load_record(path) == {"姓名": "王小明", "城市": "北京"}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("r.json", '{"a": 1,}', "r.json:1: not valid JSON"),
        ("r.json", '{"a": 1, "a": 2}', "'a' stands twice"),
        ("r.json", "[1]", "item 1"),
        ("r.json", '"x"', "an object"),
        ("r.json", "", "empty"),
        ("r.json", "{}", "the record is empty"),
        ("r.json", '{"a": {"b": 1}, "a.b": 2}', "'a.b' stands twice"),
        ("r.yaml", "a: [1\n", "r.yaml:2: not valid YAML"),
        ("r.yaml", "a: 1\na: 2\n", "r.yaml:2"),
        ("r.csv", "a,b\n1\n", "r.csv:2: 1 cells"),
        ("r.csv", "a,a\n1,2\n", "'a' stands twice"),
        ("r.csv", "a,b\n", "no row"),
        ("r.xml", "<a/>", ".xml is not known"),
        ("r.json", b'{"a": "\xe4\xf6"}', "not UTF-8"),
    ],
)
def test_bad_records_name_the_place(tmp_path: Path, name: str, text: str | bytes, says: str) -> None:
    with pytest.raises(RecordError, match=says.replace("(", r"\(")) as caught:
        load_record(write(tmp_path, name, text))
    assert name in str(caught.value)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no such file"):
        load_record(tmp_path / "none.json")


def test_a_date_that_can_be_read_two_ways_is_not_turned_round() -> None:
    assert write_value("03/04/2027", asks="YYYY-MM-DD").doubt
    assert write_value("03-04-2027", asks="mm/dd/yyyy").doubt
    assert write_value("03/04/2027", asks="dd/mm/yyyy").text == "03/04/2027"
    assert write_value("13/04/2027", asks="YYYY-MM-DD").text == "2027-04-13"
    assert write_value("03.04.2027", asks="MM/DD/YYYY").text == "04/03/2027"


def test_an_amount_loses_its_currency_only_where_the_field_names_the_same() -> None:
    assert write_value("34 500 SEK", asks="Salary expectation (SEK per month)").text == "34 500"
    assert write_value("34 500 SEK", asks="Salary expectation").text == "34 500 SEK"
    assert write_value("€20", asks="Budget in EUR").text == "20"
    assert write_value("$20", asks="Budget (USD)").text == "20"
    assert write_value("20 USD", asks="Amount in €").doubt
    assert not write_value("20 USD", asks="PIN of your BIC").doubt


@pytest.mark.parametrize(
    ("phone", "pieces"),
    [
        ("+46 70 174 06 05", ("46", "70 174 06 05")),
        ("+46701740605", ("46", "701740605")),
        ("0049 (0) 30 1234567", ("49", "30 1234567")),
        ("+1 (555) 013-7788", ("1", "(555) 013-7788")),
        ("+352 621 123 456", ("352", "621 123 456")),
        ("030 1234567", None),
        ("+44", None),
    ],
)
def test_the_code_of_the_country_in_a_phone_number(phone: str, pieces: tuple[str, str] | None) -> None:
    assert calling_code(phone) == pieces


def test_amounts_are_compared_with_their_currency() -> None:
    assert value_matches("34 500 SEK", "34 500", "number") == "ok"
    assert value_matches("34 500 SEK", "34,500 SEK", "number") in ("ok", "unknown")
    assert value_matches("20 USD", "20 EUR", "number") == "wrong"
    assert value_matches("20 USD", "$20", "number") == "ok"
    assert value_matches("20 USD", "21 USD", "number") == "wrong"
