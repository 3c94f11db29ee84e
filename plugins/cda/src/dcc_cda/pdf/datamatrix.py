"""Data Matrix symbols (ISO/IEC 16022:2006, ECC 200, square symbols, ASCII encodation).

Only what the Datamatrix INS needs: upper-case text of at most 280 code words.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_POLYNOMIAL = 0x12D
_PAD = 129


@dataclass(frozen=True, slots=True)
class _Symbol:
    """One symbol size: modules per side, regions per side, code words, interleaved blocks."""

    size: int
    regions: int
    data: int
    correction: int
    blocks: int = 1

    @property
    def mapping(self) -> int:
        """Side of the data area, finder patterns taken away."""
        return self.size - 2 * self.regions


_SYMBOLS = (
    _Symbol(10, 1, 3, 5),
    _Symbol(12, 1, 5, 7),
    _Symbol(14, 1, 8, 10),
    _Symbol(16, 1, 12, 12),
    _Symbol(18, 1, 18, 14),
    _Symbol(20, 1, 22, 18),
    _Symbol(22, 1, 30, 20),
    _Symbol(24, 1, 36, 24),
    _Symbol(26, 1, 44, 28),
    _Symbol(32, 2, 62, 36),
    _Symbol(36, 2, 86, 42),
    _Symbol(40, 2, 114, 48),
    _Symbol(44, 2, 144, 56),
    _Symbol(48, 2, 174, 68),
    _Symbol(52, 2, 204, 84, 2),
    _Symbol(64, 4, 280, 112, 2),
)


def data_matrix(text: str) -> tuple[str, ...]:
    """Return the rows of the smallest symbol that holds an ASCII text, ``1`` for a dark module.

    Raises:
        ValueError: The text is not ASCII or too long.
    """
    words = _encode(text)
    symbol = next((one for one in _SYMBOLS if one.data >= len(words)), None)
    if symbol is None:
        raise ValueError(f"{len(words)} code words do not fit in a symbol")
    padded = _pad(words, symbol.data)
    area = _place([*padded, *_correction(padded, symbol)], symbol.mapping)
    return _frame(area, symbol)


def _encode(text: str) -> list[int]:
    """Return ASCII code words: two digits in one word, any other character in one."""
    words: list[int] = []
    position = 0
    while position < len(text):
        pair = text[position : position + 2]
        if len(pair) == 2 and pair.isascii() and pair.isdecimal():
            words.append(130 + int(pair))
            position += 2
            continue
        if not pair[0].isascii():
            raise ValueError("only ASCII text can be encoded")
        words.append(ord(pair[0]) + 1)
        position += 1
    return words


def _pad(words: list[int], length: int) -> list[int]:
    """Fill up with the pad word, randomised from the second one on (§5.2.4.2)."""
    padded = list(words)
    while len(padded) < length:
        if len(padded) == len(words):
            padded.append(_PAD)
            continue
        value = _PAD + (149 * (len(padded) + 1)) % 253 + 1
        padded.append(value if value <= 254 else value - 254)
    return padded


def _tables() -> tuple[list[int], list[int]]:
    powers, logarithms, value = [0] * 255, [0] * 256, 1
    for exponent in range(255):
        powers[exponent], logarithms[value] = value, exponent
        value <<= 1
        if value & 0x100:
            value ^= _POLYNOMIAL
    return powers, logarithms


_POWERS, _LOGARITHMS = _tables()


def _multiply(left: int, right: int) -> int:
    if not left or not right:
        return 0
    return _POWERS[(_LOGARITHMS[left] + _LOGARITHMS[right]) % 255]


def _generator(length: int) -> list[int]:
    """Return the generator polynomial with roots 2^1 … 2^length, highest coefficient left out."""
    coefficients = [1]
    for exponent in range(1, length + 1):
        root = _POWERS[exponent]
        coefficients = [
            (coefficients[index] if index < len(coefficients) else 0)
            ^ _multiply(root, coefficients[index - 1] if index else 0)
            for index in range(len(coefficients) + 1)
        ]
    return coefficients[1:]


def _correction(words: list[int], symbol: _Symbol) -> list[int]:
    """Return the Reed-Solomon words, blocks interleaved as the data is."""
    length = symbol.correction // symbol.blocks
    generator = _generator(length)
    result = [0] * symbol.correction
    for block in range(symbol.blocks):
        remainder = [0] * length
        for word in words[block :: symbol.blocks]:
            factor = word ^ remainder[0]
            remainder = [
                shifted ^ _multiply(factor, coefficient)
                for shifted, coefficient in zip([*remainder[1:], 0], generator, strict=True)
            ]
        result[block :: symbol.blocks] = remainder
    return result


class _Area:
    """The data area while code words are placed (ISO/IEC 16022, annex F.3)."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.modules: list[list[int | None]] = [[None] * side for _ in range(side)]

    def set(self, row: int, column: int, bit: int) -> None:
        """Set a module; a negative place wraps round, shifted so that wrapped parts interlock."""
        if row < 0:
            row, column = row + self.side, column + 4 - (self.side + 4) % 8
        if column < 0:
            row, column = row + 4 - (self.side + 4) % 8, column + self.side
        self.modules[row][column] = bit

    def utah(self, row: int, column: int, word: int) -> None:
        """Place one word in the standard shape whose lower right corner is given."""
        for bit, (down, right) in enumerate(_UTAH):
            self.set(row + down, column + right, word >> (7 - bit) & 1)

    def corner(self, places: tuple[tuple[int, int], ...], word: int) -> None:
        """Place one word in a corner shape; negative indices count from the far side."""
        for bit, (row, column) in enumerate(places):
            self.modules[row][column] = word >> (7 - bit) & 1


_UTAH = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))
_CORNERS = (
    ((-1, 0), (-1, 1), (-1, 2), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    ((-3, 0), (-2, 0), (-1, 0), (0, -4), (0, -3), (0, -2), (0, -1), (1, -1)),
    ((-3, 0), (-2, 0), (-1, 0), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    ((-1, 0), (-1, -1), (0, -3), (0, -2), (0, -1), (1, -3), (1, -2), (1, -1)),
)


def _place(words: list[int], side: int) -> list[list[int]]:
    """Lay the words out along the diagonals, up then down, corners when they come."""
    area, stream = _Area(side), iter(words)
    row, column = 4, 0
    while row < side or column < side:
        _place_corner(area, row, column, stream)
        while row >= 0 and column < side:
            _place_free(area, row, column, stream)
            row, column = row - 2, column + 2
        row, column = row + 1, column + 3
        while row < side and column >= 0:
            _place_free(area, row, column, stream)
            row, column = row + 2, column - 2
        row, column = row + 3, column + 1
    if area.modules[-1][-1] is None:
        area.modules[-1][-1] = area.modules[-2][-2] = 1
    return [[bit or 0 for bit in line] for line in area.modules]


def _place_corner(area: _Area, row: int, column: int, stream: Iterator[int]) -> None:
    side = area.side
    if (row, column) == (side, 0):
        area.corner(_CORNERS[0], next(stream))
    elif (row, column) == (side - 2, 0) and side % 4:
        area.corner(_CORNERS[1], next(stream))
    elif (row, column) == (side - 2, 0) and side % 8 == 4:
        area.corner(_CORNERS[2], next(stream))
    elif (row, column) == (side + 4, 2) and not side % 8:
        area.corner(_CORNERS[3], next(stream))


def _place_free(area: _Area, row: int, column: int, stream: Iterator[int]) -> None:
    if 0 <= row < area.side and 0 <= column < area.side and area.modules[row][column] is None:
        area.utah(row, column, next(stream))


def _frame(area: list[list[int]], symbol: _Symbol) -> tuple[str, ...]:
    """Set the finder pattern round each region: solid left and bottom, dashed top and right."""
    inner = symbol.mapping // symbol.regions
    outer = inner + 2
    rows = []
    for row in range(symbol.size):
        line = []
        for column in range(symbol.size):
            down, right = row % outer, column % outer
            if right == 0 or down == outer - 1:
                bit = 1
            elif down == 0:
                bit = 1 - right % 2
            elif right == outer - 1:
                bit = down % 2
            else:
                bit = area[row // outer * inner + down - 1][column // outer * inner + right - 1]
            line.append(str(bit))
        rows.append("".join(line))
    return tuple(rows)
