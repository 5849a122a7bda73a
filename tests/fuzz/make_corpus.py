"""Writes the seeds of the fuzzer: tests/fuzz/corpus/NAME, each a body of rows and eight bytes of settings (csv_case.hpp).

    tests/fuzz/make_corpus.py
"""

from __future__ import annotations

from pathlib import Path

# Bits of the settings `flags` and `lines`.
PASS_OVER, BAD_IS_MISSING, NUMBERS_ARE_MISSING, CHECK_TIMES = 1, 4, 6, 8
NO_HEADER, CRLF, BYTE_ORDER_MARK, KEEP_LAYOUT, NO_LAST_LINE_END = 1, 2, 4, 8, 16
WIDE = {16: 248, 17: 249, 31: 250, 32: 251, 33: 252, 64: 253, 129: 254, 300: 255}
# 255 alone makes a text longer than 4 KiB.
REPEATED = {1: 0, 2: 224, 3: 225, 5: 226, 9: 227, 33: 228, 100: 229, 1000: 230, 100_000: 255}
BACKWARDS, EVERY_SECOND, ONE = 1, 2, 3


def case(
    body: bytes,
    columns: int,
    *,
    delimiter: str = ",",
    decimal_comma: bool = False,
    wanted: int = 0,
    flags: int = 0,
    lines: int = 0,
    repeats: int = 1,
    padding: int = 0,
    times: bool = False,
) -> bytes:
    settings = [
        ",;\t| ".index(delimiter) + (5 if decimal_comma else 0),
        WIDE.get(columns, columns - 1),
        wanted,
        flags,
        lines,
        REPEATED[repeats],
        padding,
        1 if times else 0,
    ]
    return body + bytes(settings)


INTEGERS = b"1,-2,3,,32767,-32767,0,12345,-7,100"
INGV = b"-213.0,1.0,,404.0,-5.0,0.0,32767.0,-32767.0,,12.0"
DECIMALS = b"0.123456,-0.000001,1234.500000,,99999.999999,-12.345678,0.000000,7.250000,3.0,-1"
SEEDS = {
    "integers": case(INTEGERS, 10),
    "integers_crlf": case(INTEGERS, 10, lines=CRLF, padding=1),
    "integers_no_end": case(INTEGERS, 10, lines=NO_LAST_LINE_END),
    "integers_no_header": case(INTEGERS, 10, lines=NO_HEADER | BYTE_ORDER_MARK),
    "integers_semicolon": case(INTEGERS, 5, delimiter=";", wanted=BACKWARDS),
    "integers_tab": case(INTEGERS, 2, delimiter="\t", wanted=EVERY_SECOND, flags=PASS_OVER),
    "integers_bar_one": case(INTEGERS, 5, delimiter="|", wanted=ONE, flags=PASS_OVER),
    "integers_spaces": case(b"1,2,3,4,5,6", 3, delimiter=" "),
    "integers_many_rows": case(INTEGERS, 10, repeats=1000),
    "integers_large_text": case(INTEGERS, 10, repeats=100_000, wanted=BACKWARDS),
    "integers_17": case(INTEGERS * 3, 17, repeats=100),
    "integers_64": case(INTEGERS, 64, repeats=33, padding=2),
    "integers_300": case(INTEGERS * 5, 300, repeats=9),
    "one_column": case(b"1\n2\n-3\n\n5", 1, repeats=5),
    "too_large": case(b"1,2,32768,-32768,99999,100000", 3),
    "too_large_late": case(b"1,2,3," * 100 + b"70000", 3, repeats=33),
    "int32": case(b"16777216,16777217,-16777216,2147483648", 2),
    "ingv": case(INGV, 10, repeats=33),
    "ingv_large_text": case(INGV, 10, repeats=100_000),
    "ingv_points": case(b"1.,2.0,3.00,4.0000000,-5.,0.0,-0.0,.5", 4),
    "empty_rows": case(b"," * 60, 10, repeats=33),
    "empty_large_text": case(b"," * 99, 10, repeats=1000, lines=CRLF),
    "decimals": case(DECIMALS, 10),
    "decimals_many_rows": case(DECIMALS, 10, repeats=1000),
    "decimals_33": case(DECIMALS * 4, 33, repeats=9, wanted=EVERY_SECOND, flags=PASS_OVER),
    "decimals_300": case(DECIMALS, 300, repeats=5),
    "decimals_crlf": case(DECIMALS, 5, lines=CRLF | NO_LAST_LINE_END, padding=3),
    "decimals_comma": case(b"1.5,2.25,-3.125", 3, delimiter=";", decimal_comma=True),
    "decimals_large_text": case(DECIMALS, 10, repeats=100_000, wanted=BACKWARDS, padding=2),
    "decimals_index": case(b"100000,0.5,100001,-.25,100002,5.,100003,", 2, repeats=33, lines=CRLF),
    "decimals_odd": case((DECIMALS + b",") * 3 + b"1e-05,-2.5E+3,+7.25,0.12345678901234567", 10, repeats=9),
    "decimals_17_digits": case(b"-1.2345678901234567,0.98765432109876543,12345.678901234567,,0.00012345678901234567", 5),
    "decimals_halfway": case(
        b"9007199254740993,9007199254740993.0,18014398509481985,4503599627370496.5,1125899906842624.125,"
        b"9007199254740995,-9999999999999999,0.50000000000000011102",
        4,
        repeats=5,
    ),
    "decimals_wrong": case(b"1.5,-,2.5,.,3.5,-.,4.5,1.2.3,5.5,1-2,6.5,--1,7.5,1.-", 2, padding=4),
    "decimals_signed_zeros": case(b"-0.0,0.5,-0,-0.000000,-.0,-0.,-0e0,-1e-999", 2, repeats=9),
    "decimals_64": case(DECIMALS * 2, 64, repeats=33, lines=NO_LAST_LINE_END),
    "decimals_long": case(b"0.1234567890123456789,123456789012345.6,12345678901234567890,0.000000000000000000012", 2),
    "exponents": case(b"1e5,-1E-5,1e400,2.5e-320,1e+10,1e", 3),
    "gaps": case(b",1,,,5,-7,,,,,32767,,0,,", 2, repeats=9),
    "gaps_decimals": case(b",1.5,,,5,-0.25,,,,,1234.5,,0,,,", 3, repeats=33),
    "gaps_large": case(b"70000,,1,,,-8,16777217,,,0.5,,", 4, repeats=100),
    "gaps_large_text": case(b",1,,2.5,,70000,3,,,", 3, repeats=100_000),
    "words": case(b"nan,NA,null,None,n/a,inf,-inf,x", 4),
    "quotes": case(b'"1",2,"3""",4,"5\n6",7', 3, lines=KEEP_LAYOUT),
    "signs": case(b"+1,-1,--1,+-1,-,+,-0,0-", 4),
    "spaces": case(b" 1,2 , 3 ,\t4", 2),
    "short_row": case(b"1,2,3\n4,5\n6,7,8\n", 3, lines=KEEP_LAYOUT),
    "long_row": case(b"1,2,3\n4,5,6,7\n", 3, lines=KEEP_LAYOUT),
    "blank_lines": case(b"1,2\n\n3,4\n   \n\n", 2, lines=KEEP_LAYOUT),
    "bare_cr": case(b"1,2\r3,4\r\n5,6\n\r7,8", 2, lines=KEEP_LAYOUT),
    "truncated": case(b"1,2,3\n4,5", 3, lines=KEEP_LAYOUT | NO_LAST_LINE_END),
    "nul_and_high_bytes": case(b"1,\x002,\xff3,\x804", 2),
    "missing_words": case(b"1,bad,3,BAD,5,6", 3, flags=BAD_IS_MISSING),
    "missing_numbers": case(b"1,-999,?,4,-999.0,6", 3, flags=NUMBERS_ARE_MISSING),
    "times": case(b"0,5,1,6,2,7,3,8", 2, times=True, flags=CHECK_TIMES),
    "times_decimal": case(b"0.0,5,0.01,6,0.02,7,0.03,8", 2, times=True, flags=CHECK_TIMES, lines=CRLF),
    "times_dates": case(b"2020-01-01T00:00:00,5,2020-01-01T00:00:01,6,2020-01-01T00:00:02,7", 2, times=True),
}

folder = Path(__file__).parent / "corpus"
folder.mkdir(exist_ok=True)
for name, content in SEEDS.items():
    (folder / name).write_bytes(content)
print(f"{len(SEEDS)} seeds in {folder}")
